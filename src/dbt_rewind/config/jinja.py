"""Rendering with jinja2, in a module of its own because importing jinja2 is slow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from jinja2 import Undefined
from jinja2.meta import find_undeclared_variables
from jinja2.nativetypes import NativeCodeGenerator
from jinja2.sandbox import SandboxedEnvironment

from dbt_rewind.config.rendering import Unrenderable, converted


class _Filtered(str):
    """A text that one of dbt's filters marked; it is converted once the whole value is known."""

    __slots__ = ("kind",)
    kind: str


def _filter(kind: str) -> Callable[[Any], _Filtered]:
    def mark(value: Any) -> _Filtered:
        marked = _Filtered(value)
        marked.kind = kind
        return marked

    return mark


class _Environment(SandboxedEnvironment):
    code_generator_class = NativeCodeGenerator


_ENVIRONMENT: Final = _Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])
for _kind in ("as_text", "as_native", "as_bool", "as_number"):
    _ENVIRONMENT.filters[_kind] = _filter(_kind)


def render_native(text: str, **functions: Callable[..., Any]) -> Any:
    """The text rendered with dbt's rules of typing: a lone expression keeps its type.

    Raises Unrenderable for what is not known or cannot be converted, and whatever `functions` and
    jinja2 raise.
    """
    used = find_undeclared_variables(_ENVIRONMENT.parse(text))
    if unknown := sorted(used - functions.keys() - _ENVIRONMENT.globals.keys()):
        known = " and ".join(f"{name}()" for name in functions)
        raise Unrenderable(f"uses {unknown[0]!r}; only {known} can be used here")
    template = _ENVIRONMENT.from_string(text)
    nodes = list(template.root_render_func(template.new_context(functions)))
    if any(isinstance(node, Undefined) for node in nodes):
        raise Unrenderable("uses an attribute that does not exist")
    if len(nodes) != 1:
        return "".join(str(node) for node in nodes)
    (only,) = nodes
    return converted(only, only.kind) if isinstance(only, _Filtered) else only
