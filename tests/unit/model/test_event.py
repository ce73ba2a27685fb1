"""The hash chain covers every field of every event (invariant 4)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbt_rewind.model import GENESIS, Event, EventKind, event_hash, next_event

AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
PAYLOADS = st.dictionaries(st.text(), PLAIN, max_size=4)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "environment": st.text(min_size=1),
    "sequence": st.integers(min_value=1),
    "at": st.datetimes(timezones=st.just(UTC)),
    "kind": st.sampled_from(EventKind),
    "version": st.integers(min_value=1, max_value=9),
    "payload": PAYLOADS,
    "previous_hash": st.text("0123456789abcdef", min_size=64, max_size=64),
}
EVENTS = st.fixed_dictionaries(FIELDS)


def digest(fields: dict[str, Any]) -> str:
    return event_hash(**fields)


@given(fields=EVENTS, data=st.data(), name=st.sampled_from(sorted(FIELDS)))
def test_any_change_of_any_field_changes_the_hash(
    fields: dict[str, Any], data: st.DataObject, name: str
) -> None:
    other = data.draw(FIELDS[name], label=name)
    changed = {**fields, name: other}
    same = repr(other) == repr(fields[name])
    if same or name == "payload":
        # 1 and 1.0 are one number to Python and two texts in JSON; what counts is the text.
        texts = [json.dumps(each["payload"], sort_keys=True) for each in (fields, changed)]
        same = same or texts[0] == texts[1]
    assert (digest(changed) == digest(fields)) == same


@given(fields=EVENTS)
def test_the_hash_is_64_lower_case_hexadecimal_digits(fields: dict[str, Any]) -> None:
    assert set(digest(fields)) <= set("0123456789abcdef")
    assert len(digest(fields)) == 64


def test_the_order_of_a_payloads_keys_does_not_matter() -> None:
    first = next_event(None, "prod", AT, EventKind.BUILT, {"a": 1, "b": {"c": 2, "d": 3}})
    second = next_event(None, "prod", AT, EventKind.BUILT, {"b": {"d": 3, "c": 2}, "a": 1})
    assert first.hash == second.hash


def test_the_hash_of_a_known_event_never_changes() -> None:
    """A ledger written years ago must still verify."""
    event = next_event(None, "prod", AT, EventKind.STARTED, {"release": 1, "by": "Zoë"})
    assert event.hash == ("0ca7106488a149ab09f896e2a1dd05e314d96ee554d3cb95f5aacaa70fdc023d")


def test_no_two_splits_of_the_fields_collide() -> None:
    first = event_hash("prod", 1, AT, EventKind.BUILT, 1, {}, GENESIS)
    second = event_hash("prod1", 1, AT, EventKind.BUILT, 1, {}, GENESIS)
    third = event_hash("prod", 11, AT, EventKind.BUILT, 1, {}, GENESIS)
    assert len({first, second, third}) == 3


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_payload_that_is_no_json_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        next_event(None, "prod", AT, EventKind.BUILT, {"seconds": value})


def test_the_first_event_follows_genesis() -> None:
    first = next_event(None, "prod", AT, EventKind.STARTED, {"release": 1})
    assert (first.sequence, first.previous_hash, first.version) == (1, GENESIS, 1)
    assert (first.environment, first.at, first.kind) == ("prod", AT, EventKind.STARTED)
    assert first.payload == {"release": 1}


def test_each_event_follows_the_one_before() -> None:
    previous: Event | None = None
    for number in range(1, 6):
        event = next_event(previous, "prod", AT + timedelta(hours=number), EventKind.BUILT, {})
        assert event.sequence == number
        assert event.previous_hash == (previous.hash if previous else GENESIS)
        previous = event


def test_an_event_cannot_be_changed() -> None:
    event = next_event(None, "prod", AT, EventKind.STARTED, {})
    with pytest.raises(AttributeError):
        event.sequence = 2  # type: ignore[misc]
    assert replace(event, sequence=2) != event
