"""Whatever a relation, its schema and its comments are called, it is published, and goes back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.conformance.engines import ENGINES, Engine
from tests.conformance.operation import Operation

from dbt_rewind.errors import NameTooLong, PointerOccupied
from dbt_rewind.model import PointerMove, RelationName
from dbt_rewind.warehouse.protocol import Capabilities

PIECES = st.sampled_from(
    [
        *('"', '""', "'", ";", "--", "/*", "\n", "\t", " ", ".", "\\", "$$", "%", "?", "{{ x }}"),
        *("drop table x", "select", "\u00e9", "e\u0301", "\u4e16", "\U0001f600", "\u200b"),
        *("A", "a", "x" * 70),
    ]
)
TEXTS = st.lists(PIECES, min_size=1, max_size=6).map("".join) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=80
)


MAKERS = pytest.mark.parametrize("make", ENGINES.values(), ids=ENGINES.keys())


@MAKERS
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(schema=TEXTS, name=TEXTS, comment=TEXTS)
@example(schema='"; drop schema rewind; --', name="Orders", comment="it's; \"--\n")
@example(schema="SELECT", name="\n", comment=" ")
@example(schema="s" * 300, name="\U0001f600" * 64, comment="c" * 5_000)
def test_it_goes_forward_back_and_forward(
    make: Callable[[Path], Engine], schema: str, name: str, comment: str
) -> None:
    with opened(make) as operation:
        engine, warehouse = operation.engine, operation.warehouse
        if warehouse.capabilities.word_names:
            pytest.skip(f"{engine.name} has names of letters, digits and underscores alone")
        schema, name = (cut(warehouse.capabilities, text) for text in (schema, name))
        public = RelationName(engine.database, f"g{schema}", name)
        held = {
            number: RelationName(engine.database, f"rewind_r{number}_{schema}", name)
            for number in (1, 2)
        }
        for number, relation in held.items():
            engine.create_table(
                relation, [(number, name)], f"{number}{comment}", {"label": comment}
            )
        for before, after in ((None, 1), (1, 2), (2, 1), (1, 2)):
            target = held[after]
            operation.publish(PointerMove(public, held[before] if before else None, target))
            assert warehouse.pointers([public])[public].target == target
            assert engine.rows(public) == [(after, name)]
            assert engine.comments(public) == (f"{after}{comment}", {"label": comment})
        assert len(warehouse.events("prod")) == 4


@MAKERS
def test_names_that_differ_in_case_alone_are_never_mixed_up(make: Callable[[Path], Engine]) -> None:
    """DuckDB takes them for one name, and then a publish of both is refused, whole."""
    with opened(make) as operation:
        engine, warehouse = operation.engine, operation.warehouse
        moves = [operation.move(None, 1, name) for name in ("Orders", "orders")]
        operation.build(1, "Orders")
        operation.build(1, "orders")
        try:
            operation.publish(*moves)
        except PointerOccupied:
            assert warehouse.events("prod") == ()
            assert all(
                state.absent
                for state in warehouse.pointers([move.pointer for move in moves]).values()
            )
        else:
            seen = [engine.rows(move.pointer) for move in moves]
            assert seen == [[(1, "Orders")], [(1, "orders")]]


@MAKERS
@pytest.mark.parametrize("letter", ["x", "\u00e9"])
def test_a_name_that_is_too_long_is_never_cut(make: Callable[[Path], Engine], letter: str) -> None:
    """A server that cuts names off would take two pointers for one."""
    with opened(make) as operation:
        warehouse, engine = operation.warehouse, operation.engine
        if warehouse.capabilities.word_names and not letter.isascii():
            pytest.skip(f"{engine.name} has names of letters, digits and underscores alone")
        longest = warehouse.capabilities.max_identifier or 1_000
        length = longest // warehouse.capabilities.name_units.of(letter)
        target = operation.build(1)
        fitting = RelationName(engine.database, "gold", letter * length)
        operation.publish(PointerMove(fitting, None, target))
        assert warehouse.pointers([fitting])[fitting].target == target
        longer = replace(fitting, name=letter * (length + 1))
        assert warehouse.pointers([longer])[longer].absent
        assert warehouse.relations([longer]) == {}
        if warehouse.capabilities.max_identifier is None:
            warehouse.capabilities.require_fitting([longer])
            return
        warehouse.capabilities.require_fitting([fitting])
        with pytest.raises(NameTooLong):
            warehouse.capabilities.require_fitting([fitting, longer])
        for move in (
            PointerMove(longer, None, target),
            PointerMove(replace(target, schema=longer.name), None, target),
        ):
            with pytest.raises(NameTooLong):
                operation.publish(move)
        assert len(warehouse.events("prod")) == 1
        with pytest.raises(NameTooLong):
            warehouse.clone(target, longer)


@MAKERS
def test_a_suffix_tells_long_names_apart(make: Callable[[Path], Engine]) -> None:
    with opened(make) as operation:
        capabilities = operation.warehouse.capabilities
        assert capabilities.with_suffix("orders", "__aside_7") == "orders__aside_7"
        longest = (capabilities.max_identifier or 500) // 4
        names = ["\U0001f600" * (longest - 1) + last for last in ("a", "b")]
        kept = [capabilities.with_suffix(name, "__aside_7") for name in names]
        assert len(set(kept)) == 2
        assert all(each.endswith("__aside_7") and each[:5] == names[0][:5] for each in kept)
        capabilities.require_fitting(RelationName("", "gold", each) for each in kept)


@contextmanager
def opened(make: Callable[[Path], Engine]) -> Iterator[Operation]:
    """An operation on an empty warehouse of its own: an example of Hypothesis has no fixtures."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make(Path(folder))
        warehouse = engine.open()
        try:
            warehouse.prepare()
            yield Operation(engine, warehouse)
        finally:
            warehouse.close()
            engine.close()


def cut(capabilities: Capabilities, text: str) -> str:
    """As much of the text, and at least one character, as fits behind `rewind_r1_`."""
    room = (capabilities.max_identifier or len(text) * 4 + 10) - 10
    while capabilities.name_units.of(text) > room:
        text = text[:-1]
    return text
