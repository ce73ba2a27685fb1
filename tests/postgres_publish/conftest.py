"""A shop in PostgreSQL whose pointers are published, and what others built on them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.postgres import Database
from tests.postgres_publish.shop import Shop


@pytest.fixture
def shop(postgres: Database) -> Iterator[Shop]:
    opened = Shop(postgres)
    yield opened
    opened.close()
