"""Errors are a contract: the tree is drawn, slugs and exit codes never change by accident."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import re
import types
import typing
from collections.abc import Iterator
from typing import Any

import pytest

import dbt_rewind
from dbt_rewind import errors
from dbt_rewind.errors import ExitCode, RewindError
from dbt_rewind.model import Demand, FailedNode, Gate, GateFinding, GateLevel, RelationName

FAILED = FailedNode(
    "model.shop.orders", "error", "Binder Error\nline 2", "select 1\nfrom x", "models/orders.sql"
)

FOUND = GateFinding(
    Gate.ROWS, RelationName("shop", "gold", "orders"), GateLevel.STOP, "goes from 9 to 1 rows"
)


def subclasses(root: type[RewindError]) -> Iterator[type[RewindError]]:
    for child in root.__subclasses__():
        yield child
        yield from subclasses(child)


EVERY = sorted(set(subclasses(RewindError)), key=lambda each: each.__name__)
LEAVES = [each for each in EVERY if not each.__subclasses__()]
GROUPS = [each for each in EVERY if each.__subclasses__()]


def value_for(kind: Any) -> Iterator[Any]:
    """Values that a field of this type may hold, the empty ones too."""
    options = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    for option in options:
        if option is types.NoneType:
            yield None
        elif option is str:
            yield "words"
        elif option is bool:
            yield from (True, False)
        elif option is int:
            yield from (7, 0)
        elif isinstance(option, type) and issubclass(option, enum.Enum):
            yield from option
        elif typing.get_origin(option) is tuple:
            known = {FailedNode: FAILED, GateFinding: FOUND, Demand: Demand(("auditor",), 1)}
            inner = known.get(typing.get_args(option)[0], "word")
            yield from ((inner,), (), (inner,) * 9)
        else:
            raise AssertionError(f"no value for {option}")


def examples(leaf: type[RewindError]) -> Iterator[RewindError]:
    """One error for each value of each field, with the others at their first value."""
    hints = typing.get_type_hints(leaf)
    fields = [field.name for field in dataclasses.fields(leaf)]  # type: ignore[arg-type]
    first = {name: next(value_for(hints[name])) for name in fields}
    yield leaf(**first)
    for name in fields:
        for value in value_for(hints[name]):
            yield leaf(**{**first, name: value})


def drawn() -> dict[str, str]:
    """Each name in the docstring's tree, and the name of the group it is drawn under."""
    tree = errors.__doc__ or ""
    parents: dict[str, str] = {}
    group = ""
    for line in tree.splitlines():
        if match := re.match(r"[├└]── (\w+)", line):
            group = match[1]
            parents[group] = "RewindError"
        elif match := re.match(r"│?\s+(?:[├└]── )?(\w.*)$", line):
            parents |= dict.fromkeys(re.findall(r"\w+", match[1]), group)
    return parents


def test_the_drawn_tree_names_exactly_what_exists() -> None:
    assert drawn() == {each.__name__: each.__bases__[0].__name__ for each in EVERY}


def test_the_drawn_exit_codes_are_those_of_the_classes() -> None:
    tree = errors.__doc__ or ""
    lines = re.findall(r"^[├└]── (\w+)\s+exit (\d+)", tree, re.MULTILINE)
    assert {name: int(code) for name, code in lines} == {
        each.__name__: each.exit_code for each in EVERY if each.__bases__[0] is RewindError
    }


def test_exactly_these_names_are_public() -> None:
    assert dbt_rewind.__all__ == ["__version__"]
    assert sorted(errors.__all__) == sorted(
        ["ExitCode", "RewindError", *(each.__name__ for each in EVERY)]
    )
    assert all(getattr(errors, name).__doc__ for name in errors.__all__)


def test_slugs_are_unique_and_made_of_the_name() -> None:
    slugs = [leaf.slug for leaf in LEAVES]
    assert len(set(slugs)) == len(slugs)
    for leaf in LEAVES:
        words = re.findall(r"[A-Z][a-z]*", leaf.__name__)
        assert leaf.slug == "-".join(words).lower()


def test_groups_are_never_raised_and_have_no_slug() -> None:
    for group in (RewindError, *GROUPS):
        assert "slug" not in vars(group)


def test_exit_codes_never_change() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "OK": 0,
        "INTERNAL": 1,
        "USAGE": 2,
        "INPUT": 3,
        "GIT": 4,
        "DBT": 5,
        "BUILD": 6,
        "LOCKED": 7,
        "CONFLICT": 8,
        "NO_SUCH_RELEASE": 9,
        "VERIFY_FAILED": 10,
        "UNVERIFIED": 11,
        "WAREHOUSE": 12,
        "LEDGER": 13,
        "GATE": 14,
        "UNWELL": 15,
        "APPROVAL": 16,
        "QUARANTINED": 17,
        "WITHDRAWN": 18,
        "APART": 19,
        "CRITICAL": 20,
        "HIGH": 21,
        "MEDIUM": 22,
        "LOW": 23,
        "BACKUP": 24,
        "RUN_FAILED": 25,
        "INTERRUPTED": 130,
    }


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.__name__)
def test_every_leaf_says_what_is_wrong_and_what_to_do(leaf: type[RewindError]) -> None:
    assert "__dataclass_fields__" in vars(leaf)
    assert (inspect.getdoc(leaf) or "").endswith(".")
    assert isinstance(leaf.exit_code, ExitCode)
    assert leaf.exit_code != ExitCode.OK
    for error in examples(leaf):
        for words in (error.message, error.hint):
            assert "{" not in words
            assert "None" not in words
            assert words == words.rstrip(".\n")
        assert error.hint
        assert str(error) == error.message
        assert all("\n" not in line for line in error.details)


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.__name__)
def test_every_leafs_facts_are_its_fields(leaf: type[RewindError]) -> None:
    for error in examples(leaf):
        fields = [field.name for field in dataclasses.fields(error)]  # type: ignore[arg-type]
        assert list(error.facts()) == fields
        # Compared by identity, as exceptions are: a second one like it is another event.
        assert error == error
        assert hash(error) == hash(error)


def test_every_fact_is_in_the_words() -> None:
    """A field that nobody is told would not be worth having."""
    for leaf in LEAVES:
        error = next(examples(leaf))
        words = "\n".join((error.message, error.hint, *error.details))
        for name, value in error.facts().items():
            shown = value[0] if isinstance(value, tuple) else value
            shown = shown.unique_id if isinstance(shown, FailedNode) else shown
            shown = shown.words if isinstance(shown, GateFinding) else shown
            assert str(shown) in words, f"{leaf.__name__}.{name}"


def test_a_long_list_of_failures_is_cut_and_counted() -> None:
    error = errors.BuildFailed("r2", (FAILED,) * 9, "r1")
    assert error.message.count("model.shop.orders") == 5
    assert "and 4 more" in error.message
    assert sum(line == "model.shop.orders" for line in error.details) == 3


def test_a_failure_shows_dbts_message_and_the_sql() -> None:
    error = errors.BuildFailed("r2", (FAILED,), None)
    assert error.details == (
        "model.shop.orders",
        "  in models/orders.sql",
        "  Binder Error",
        "  line 2",
        "  | select 1",
        "  | from x",
    )
    assert "nothing is live yet" in error.hint


def test_a_long_statement_is_cut_and_counted() -> None:
    long = dataclasses.replace(FAILED, compiled_sql="\n".join(f"line {n}" for n in range(40)))
    details = errors.BuildFailed("r2", (long,), "r1").details
    assert details[-1] == "  | ... 16 more lines"
