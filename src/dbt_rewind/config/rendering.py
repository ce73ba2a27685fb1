"""Jinja in profiles.yml and dbt_project.yml, rendered as dbt renders it."""

from __future__ import annotations

import itertools
import os
import re
from ast import literal_eval
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from dbt_rewind.errors import EnvVarUnset

_HAS_JINJA: Final = re.compile(r"\{[{%#]")
_TEXT: Final = r"""(?:'([^'\\{}\n]*)'|"([^"\\{}\n]*)")"""
# Nearly every profile uses only this, and importing jinja2 takes longer than a whole rollback may.
_ENV_VAR_ONLY: Final = re.compile(
    rf"\{{\{{\s*env_var\(\s*{_TEXT}\s*(?:,\s*{_TEXT}\s*)?\)"
    r"\s*(?:\|\s*(as_text|as_native|as_bool|as_number)\s*)?\}\}\n?"
)

# More than a file that was read can be nested: an alias leads back into its own value.
_DEEPEST: Final = 100

_MOST_VALUES: Final = 100_000
"""Values of one file; aliases of aliases make many of few lines."""


@dataclass(eq=False)
class RenderProblem(Exception):
    """A value cannot be rendered; never quotes it, since it may be a secret."""

    where: str
    problem: str


class Unrenderable(Exception):
    """What a value's template does wrong, in words that are safe to show."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """Renders the values of `file`; `variables` are what `var()` finds."""

    file: str
    variables: Mapping[str, Any] = field(default_factory=dict)

    def value(self, value: Any, where: tuple[str, ...] = ()) -> Any:
        """The value with every text in it rendered, however deep.

        `where` are the keys that lead to it. Raises EnvVarUnset, RenderProblem.
        """
        return self._value(value, where, itertools.count(1))

    def _value(self, value: Any, where: tuple[str, ...], counted: Iterator[int]) -> Any:
        if len(where) > _DEEPEST:
            raise RenderProblem(where[0], "refers to itself")
        if next(counted) > _MOST_VALUES:
            raise RenderProblem(where[0], "holds too many values")
        if isinstance(value, dict):
            return {
                key: self._value(item, (*where, str(key)), counted) for key, item in value.items()
            }
        if isinstance(value, list):
            return [self._value(item, (*where, str(at)), counted) for at, item in enumerate(value)]
        if isinstance(value, date):
            return value.isoformat()
        return self._text(value, where) if isinstance(value, str) else value

    def _text(self, text: str, where: tuple[str, ...]) -> Any:
        if not has_jinja(text):
            return text.removesuffix("\n")  # as Jinja does with what it need not render
        try:
            if match := _ENV_VAR_ONLY.fullmatch(text):
                name, default, kind = match[1] or match[2] or "", match[3], match[5]
                found = self.env_var(name, match[4] if default is None else default)
                return converted(found, kind) if kind else found
            from dbt_rewind.config.jinja import render_native

            return render_native(text, env_var=self.env_var, var=self.var)
        except EnvVarUnset:
            raise
        except Exception as error:
            # dbt takes a password that is not Jinja, though it looks so, as it is.
            if "password" in where:
                return text
            problem = str(error) if isinstance(error, Unrenderable) else "is not valid Jinja"
            raise RenderProblem(".".join(where), problem) from None

    def env_var(self, name: str, default: Any = None) -> Any:
        """dbt's `env_var()`. Raises EnvVarUnset."""
        found = os.environ.get(name, default)
        if found is None:
            raise EnvVarUnset(name=name, file=self.file)
        return found

    def var(self, name: str, default: Any = None) -> Any:
        """dbt's `var()`. Raises Unrenderable."""
        if name not in self.variables and default is None:
            raise Unrenderable(f"needs the variable {name!r}, which has no value")
        return self.variables.get(name, default)


def has_jinja(text: str) -> bool:
    return _HAS_JINJA.search(text) is not None


def converted(value: Any, kind: str) -> Any:
    """The value as one of dbt's filters (`as_number` and the others) makes it.

    Raises Unrenderable.
    """
    if kind == "as_text":
        return str(value)
    text = str(value)
    try:
        result = literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        result = text
    is_bool = isinstance(result, bool)
    if kind == "as_bool" and not is_bool:
        raise Unrenderable("is not True or False")
    if kind == "as_number" and (is_bool or not isinstance(result, (int, float))):
        raise Unrenderable("is not a number")
    return result
