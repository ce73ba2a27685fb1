"""Whatever a relation, its schema and its comments are called, it is published, and goes back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.conformance.engines import ENGINES, Engine
from tests.conformance.operation import Operation

from dbt_rewind.errors import PointerOccupied
from dbt_rewind.model import PointerMove, RelationName

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


@pytest.mark.parametrize("make", ENGINES.values(), ids=ENGINES.keys())
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(schema=TEXTS, name=TEXTS, comment=TEXTS)
@example(schema='"; drop schema rewind; --', name="Orders", comment="it's; \"--\n")
@example(schema="SELECT", name="\n", comment=" ")
@example(schema="s" * 300, name="\U0001f600" * 64, comment="c" * 5_000)
def test_it_goes_forward_back_and_forward(
    make: Callable[[Path], Engine], schema: str, name: str, comment: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = make(Path(folder))
        warehouse = engine.open()
        warehouse.prepare()
        operation = Operation(engine, warehouse)
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
        warehouse.close()


@pytest.mark.parametrize("make", ENGINES.values(), ids=ENGINES.keys())
def test_names_that_differ_in_case_alone_are_never_mixed_up(
    make: Callable[[Path], Engine], tmp_path: Path
) -> None:
    """DuckDB takes them for one name, and then a publish of both is refused, whole."""
    engine = make(tmp_path)
    warehouse = engine.open()
    warehouse.prepare()
    operation = Operation(engine, warehouse)
    moves = [operation.move(None, 1, name) for name in ("Orders", "orders")]
    operation.build(1, "Orders")
    operation.build(1, "orders")
    try:
        operation.publish(*moves)
    except PointerOccupied:
        assert warehouse.events("prod") == ()
        assert all(
            state.absent for state in warehouse.pointers([move.pointer for move in moves]).values()
        )
    else:
        assert [engine.rows(move.pointer) for move in moves] == [[(1, "Orders")], [(1, "orders")]]
    warehouse.close()
