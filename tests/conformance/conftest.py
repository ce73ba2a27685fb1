"""Every test of this folder runs once for each engine, on an empty warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conformance.engines import ENGINES, Engine
from tests.conformance.operation import Operation

from dbt_rewind.warehouse.protocol import Warehouse


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    made: Engine = ENGINES[request.param](tmp_path)
    yield made
    made.close()


@pytest.fixture
def warehouse(engine: Engine) -> Iterator[Warehouse]:
    opened = engine.open()
    opened.prepare()
    yield opened
    opened.close()


@pytest.fixture
def operation(engine: Engine, warehouse: Warehouse) -> Operation:
    return Operation(engine, warehouse)
