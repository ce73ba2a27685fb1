"""The mirror remembers what a restored database has forgotten."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.engine.releases import AT, Chain

from dbt_rewind.engine.mirror import check_mirror, event_line, read_mirror, set_aside, sync_mirror
from dbt_rewind.errors import MirrorAhead, MirrorBroken, MirrorUnreadable, MirrorUnusable
from dbt_rewind.model import Event

EVENTS = tuple(Chain().deployed(1, 2).rolled_back(1).events)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "prod.ledger.jsonl"


def sync(path: Path, count: int = len(EVENTS)) -> int:
    return sync_mirror(path, "prod", EVENTS[:count])


def text_of(count: int) -> bytes:
    return "".join(event_line(event) + "\n" for event in EVENTS[:count]).encode()


def test_without_a_file_there_are_no_events(path: Path) -> None:
    assert read_mirror(path) == ()
    check_mirror(path, "prod", EVENTS)
    assert not path.exists()


def test_an_event_is_one_line_that_comes_back(path: Path) -> None:
    assert sync(path) == len(EVENTS)
    assert read_mirror(path) == EVENTS
    lines = path.read_text().splitlines()
    assert len(lines) == len(EVENTS)
    assert json.loads(lines[0])["hash"] == EVENTS[0].hash


def test_each_sync_appends_what_is_new(path: Path) -> None:
    for count in range(1, len(EVENTS) + 1):
        assert sync(path, count) == 1
        assert path.read_bytes() == text_of(count)
    assert sync(path) == 0


def test_after_a_lag_it_catches_up(path: Path) -> None:
    assert [sync(path, 2), sync(path), sync(path)] == [2, len(EVENTS) - 2, 0]
    assert read_mirror(path) == EVENTS


def test_with_nothing_to_write_nothing_is_written(path: Path) -> None:
    assert sync(path, 0) == 0
    assert not path.exists()


@given(whole=st.integers(0, len(EVENTS) - 1), cut=st.integers(0, 400))
def test_a_torn_last_line_is_written_again(
    tmp_path_factory: pytest.TempPathFactory, whole: int, cut: int
) -> None:
    """A kill in the middle of an append leaves any beginning of a line (invariant 6)."""
    path = tmp_path_factory.mktemp("mirror") / "prod.ledger.jsonl"
    torn = (event_line(EVENTS[whole])).encode()[:cut]
    path.write_bytes(text_of(whole) + torn)
    assert read_mirror(path) == EVENTS[:whole]
    assert sync(path) == len(EVENTS) - whole
    assert path.read_bytes() == text_of(len(EVENTS))


def test_a_torn_line_is_cut_off_even_where_nothing_is_missing(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(text_of(len(EVENTS)) + b'{"torn')
    assert sync(path) == 0
    assert path.read_bytes() == text_of(len(EVENTS))


def test_lines_written_another_way_are_kept_and_continued(path: Path) -> None:
    """As a checkout with other line ends, or an editor, leaves them."""
    path.parent.mkdir()
    spaced = json.dumps(json.loads(event_line(EVENTS[0])), indent=None).encode()
    first = spaced + b"\r\n"
    path.write_bytes(first)
    assert sync(path) == len(EVENTS) - 1
    assert path.read_bytes() == first + text_of(len(EVENTS))[len(text_of(1)) :]
    assert read_mirror(path) == EVENTS


@pytest.mark.parametrize("kept", range(len(EVENTS)))
def test_a_database_that_has_forgotten_is_noticed(path: Path, kept: int) -> None:
    sync(path)
    for act in (sync_mirror, check_mirror):
        with pytest.raises(MirrorAhead) as raised:
            act(path, "prod", EVENTS[:kept])
        assert (raised.value.environment, raised.value.sequence) == ("prod", kept + 1)
    assert read_mirror(path) == EVENTS


def test_a_database_that_went_another_way_is_noticed(path: Path) -> None:
    sync(path)
    other = tuple(Chain().deployed(1).deployed(2, created_by="mallory").deployed(3).events)
    with pytest.raises(MirrorAhead):
        sync_mirror(path, "prod", other)
    assert path.read_bytes() == text_of(len(EVENTS))


def altered(event: Event, **fields: object) -> bytes:
    return event_line(replace(event, **fields)).encode()  # type: ignore[arg-type]


def test_a_tampered_line_is_named(path: Path) -> None:
    sync(path)
    lines = path.read_bytes().splitlines()
    lines[2] = altered(EVENTS[2], payload={**EVENTS[2].payload, "by": "mallory"})
    path.write_bytes(b"\n".join(lines) + b"\n")
    with pytest.raises(MirrorBroken) as raised:
        sync(path)
    assert (raised.value.line, raised.value.problem) == (3, "is not as it was written")


@pytest.mark.parametrize(
    "line", [b"", b"{}", b"[]", b"null", b"nonsense", b"\xff\xfe", b'{"at": 5}', b"[" * 100_000]
)
def test_a_line_that_is_no_event_is_named(path: Path, line: bytes) -> None:
    sync(path)
    lines = path.read_bytes().splitlines()
    lines[1] = line
    path.write_bytes(b"\n".join(lines) + b"\n")
    with pytest.raises(MirrorUnreadable) as raised:
        read_mirror(path)
    assert (raised.value.line, raised.value.mirror) == (2, str(path))


def test_set_aside_the_mirror_is_written_anew(path: Path) -> None:
    sync(path)
    kept = set_aside(path, AT)
    assert kept.name == "prod.ledger.jsonl.20260102T030405"
    assert kept.read_bytes() == text_of(len(EVENTS))
    assert sync(path, 3) == 3
    assert read_mirror(path) == EVENTS[:3]


def test_a_place_where_nothing_can_be_written_is_said(path: Path) -> None:
    path.parent.write_text("a file where the folder should be")
    with pytest.raises(MirrorUnusable) as raised:
        sync(path)
    assert raised.value.mirror == str(path)


def test_a_mirror_that_cannot_be_read_is_said(path: Path) -> None:
    path.mkdir(parents=True)
    for act in (sync_mirror, check_mirror):
        with pytest.raises(MirrorUnusable):
            act(path, "prod", EVENTS)
