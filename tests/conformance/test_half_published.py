"""Invariants 2, 5 and 6 where pointers move one by one: what a kill, a refusal or a thief of the
lease leaves half done is finished or taken back. Where a publish commits whole, nothing is ever
half done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from tests.conformance.engines import Engine
from tests.conformance.operation import ALIVE, MINUTE, NOW, Operation

from dbt_rewind.errors import LeaseLost, RewindError
from dbt_rewind.model import Event, Lease
from dbt_rewind.warehouse.dbt_adapter import AdapterWarehouse
from dbt_rewind.warehouse.dbt_adapter_channel import Channel, DriverRefused, Rows
from dbt_rewind.warehouse.protocol import Warehouse

STRIDES = {"spark": 3}
"""How many statements apart a publish is broken off, where each takes its time."""

NAMES = ("customers", "orders", "products")


class Killed(BaseException):
    """The process ends here."""


class Fuse(Channel):
    """A connection on which something happens before the statement with that number."""

    def __init__(self, channel: Channel, number: int, happens: Callable[[], None]) -> None:
        self._channel = channel
        self._left = number
        self._happens = happens

    @property
    def adapter_version(self) -> str:
        return self._channel.adapter_version

    def run(self, sql: str, values: Sequence[Any] | None, *, fetch: bool) -> Rows:
        self._left -= 1
        if self._left == 0:
            self._happens()
        return self._channel.run(sql, values, fetch=fetch)

    def close(self) -> None:
        self._channel.close()


@pytest.fixture
def journalled(operation: Operation) -> Operation:
    """An operation on a warehouse whose pointers move one by one, with release 1 live."""
    if operation.warehouse.capabilities.transactional_ddl:
        pytest.skip(f"{operation.engine.name} publishes in one transaction")
    for name in NAMES:
        for release in (1, 2):
            operation.build(release, name)
    operation.publish(*(operation.move(None, 1, name) for name in NAMES))
    return operation


@contextmanager
def fused(warehouse: Warehouse, number: int, happens: Callable[[], None]) -> Iterator[Fuse]:
    assert isinstance(warehouse, AdapterWarehouse)
    session = warehouse._session
    sound = session._channel
    fuse = Fuse(sound, number, happens)
    session._channel = fuse
    try:
        yield fuse
    finally:
        session._channel = sound


def publish(operation: Operation, before: int, after: int) -> Event:
    moves = [operation.move(before, after, name) for name in NAMES]
    return operation.publish(*moves, artifacts=[b"of the release"])


def live(operation: Operation) -> set[int]:
    """The releases that users see: one, or two in the middle of a publish."""
    seen = [operation.engine.rows(operation.pointer(name)) for name in NAMES]
    return {number for ((number, _),) in seen}


def led(operation: Operation, release: int) -> int:
    """How many pointers lead to the release."""
    return sum(operation.leads_to(name) == operation.versioned(release, name) for name in NAMES)


def is_refused(operation: Operation, before: int, after: int, words: str) -> bool:
    """Whether a publish is refused, and then in these words."""
    try:
        publish(operation, before, after)
    except RewindError as error:
        return words in error.message
    return False


def steps(operation: Operation) -> Iterator[int]:
    """Every statement of a publish, or some where each takes its time."""
    return count(1, STRIDES.get(operation.engine.name, 1))


def test_a_publish_that_commits_whole_is_never_half_done(operation: Operation) -> None:
    operation.build(1)
    operation.publish(operation.move(None, 1))
    assert operation.warehouse.half_published("prod") is None
    assert operation.warehouse.finish_publish(operation.lease) is None
    assert operation.leads_to() == operation.versioned(1)


def test_killed_at_every_statement(journalled: Operation) -> None:
    def end() -> None:
        raise Killed

    before, after, mixtures = 1, 2, 0
    for number in steps(journalled):
        known = len(journalled.warehouse.events("prod"))
        with fused(journalled.warehouse, number, end) as fuse:
            try:
                publish(journalled, before, after)
            except Killed:
                mixtures += len(live(journalled)) > 1
            if fuse._left > 0:
                break  # it has run to its end
        if len(live(journalled)) > 1:
            assert journalled.warehouse.half_published("prod") is not None
        journalled.warehouse.finish_publish(journalled.lease)
        assert journalled.warehouse.half_published("prod") is None
        (seen,) = live(journalled)
        grown = len(journalled.warehouse.events("prod")) - known
        assert (seen, grown) in ((before, 0), (after, 1))
        if seen == after:
            before, after = after, before
    assert mixtures > 0


def test_refused_at_every_statement(journalled: Operation) -> None:
    def refuse() -> None:
        raise DriverRefused("PermissionDenied", "not allowed", frozenset())

    before, after = 1, 2
    for number in steps(journalled):
        known = len(journalled.warehouse.events("prod"))
        with fused(journalled.warehouse, number, refuse) as fuse:
            refused = is_refused(journalled, before, after, "not allowed")
            if fuse._left > 0:
                assert not refused
                break
        taken_back = journalled.warehouse.half_published("prod") is None
        if taken_back:
            assert len(live(journalled)) == 1
        journalled.warehouse.finish_publish(journalled.lease)
        (seen,) = live(journalled)
        grown = len(journalled.warehouse.events("prod")) - known
        assert (seen, grown) in ((before, 0), (after, 1))
        if seen == after:
            before, after = after, before


def test_a_stale_process_moves_one_pointer_at_the_most(
    engine: Engine, journalled: Operation
) -> None:
    before, after = 1, 2
    for number in steps(journalled):
        other = engine.open()
        taken: list[tuple[Lease, int]] = []

        def take(warehouse: Warehouse = other, release: int = after) -> None:
            lease = warehouse.acquire_lease("prod", ALIVE, NOW + MINUTE, MINUTE)
            taken.append((lease, led(journalled, release)))  # noqa: B023 - of this round

        with fused(journalled.warehouse, number, take) as fuse:
            try:
                publish(journalled, before, after)
            except LeaseLost:
                assert led(journalled, after) <= taken[0][1] + 1
            if fuse._left > 0:
                other.close()
                return
        ((theirs, _),) = taken
        other.finish_publish(theirs)
        assert other.half_published("prod") is None
        (seen,) = live(journalled)
        before, after = (after, before) if seen == after else (before, after)
        other.release_lease(theirs)
        other.close()
        journalled.lease = journalled.warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE)


def test_what_a_stranger_put_in_a_pointers_place_stays(
    engine: Engine, journalled: Operation
) -> None:
    def end() -> None:
        raise Killed

    number = 1
    while journalled.warehouse.half_published("prod") is None:
        with fused(journalled.warehouse, number, end), pytest.raises(Killed):
            publish(journalled, 1, 2)
        number += STRIDES.get(engine.name, 1)
    stranger = journalled.versioned(1, "orders")
    engine.create_view(journalled.pointer("customers"), stranger)
    finished = journalled.warehouse.finish_publish(journalled.lease)
    assert finished is not None
    assert journalled.warehouse.events("prod")[-1] == finished
    assert journalled.leads_to("customers") == stranger
    assert journalled.leads_to("products") == journalled.versioned(2, "products")
