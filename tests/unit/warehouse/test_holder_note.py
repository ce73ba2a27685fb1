"""The note beside the database file: an answer that is believed only where it can be true."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.operation import ALIVE, ELSEWHERE, ENDED, MINUTE, NOW

from dbt_rewind.model import Lease, Owner
from dbt_rewind.warehouse.duckdb import open_duckdb
from dbt_rewind.warehouse.holder_note import noted_leases, remove_note, write_note

LEASE = Lease("prod", ALIVE, 1, NOW, NOW + MINUTE)


def notes(path: str) -> list[Path]:
    folder = Path(path).parent / ".rewind"
    return sorted(folder.glob("*.json")) if folder.is_dir() else []


def test_a_note_is_read_as_it_was_written(path: str) -> None:
    write_note(path, LEASE)
    assert noted_leases(path, NOW) == (LEASE,)
    (note,) = notes(path)
    assert note.name == "shop.duckdb.prod.holder.json"
    assert json.loads(note.read_text()) == {
        "version": 1,
        "environment": "prod",
        "owner": {
            "person": "ada",
            "host": ALIVE.host,
            "pid": ALIVE.pid,
            "started": ALIVE.started,
            "operation": "deploy",
        },
        "fence": 1,
        "acquired_at": "2026-01-02T03:04:05.678901+00:00",
        "expires_at": "2026-01-02T03:05:05.678901+00:00",
    }


def test_git_does_not_see_notes(path: str) -> None:
    write_note(path, LEASE)
    assert (Path(path).parent / ".rewind" / ".gitignore").read_text() == "*\n"


def test_without_notes_nobody_is_named(path: str) -> None:
    assert noted_leases(path, NOW) == ()
    remove_note(path, LEASE)


def test_a_link_to_the_database_has_the_same_notes(path: str) -> None:
    Path(path).touch()
    link = Path(path).parent / "elsewhere" / "link.duckdb"
    link.parent.mkdir()
    link.symlink_to(path)
    write_note(str(link), LEASE)
    assert noted_leases(path, NOW) == noted_leases(str(link), NOW) == (LEASE,)


def test_environments_and_databases_have_notes_of_their_own(path: str) -> None:
    other = replace(LEASE, environment="dev", acquired_at=NOW - MINUTE)
    write_note(path, LEASE)
    write_note(path, other)
    write_note(f"{path}.another", LEASE)
    assert noted_leases(path, NOW) == (other, LEASE)
    remove_note(path, LEASE)
    assert noted_leases(path, NOW) == (other,)


@pytest.mark.parametrize(
    "lease",
    [
        replace(LEASE, owner=ENDED),
        replace(LEASE, owner=replace(ALIVE, pid=2**22 + 1)),
        replace(LEASE, expires_at=NOW),
        replace(LEASE, owner=ELSEWHERE, expires_at=NOW),
    ],
)
def test_a_stale_note_is_not_believed(path: str, lease: Lease) -> None:
    write_note(path, lease)
    assert noted_leases(path, NOW) == ()


def test_a_holder_on_another_host_is_believed_until_its_lease_ends(path: str) -> None:
    lease = replace(LEASE, owner=ELSEWHERE)
    write_note(path, lease)
    assert noted_leases(path, NOW) == (lease,)
    assert noted_leases(path, NOW + MINUTE) == ()


def test_a_note_of_a_later_holder_stays(path: str) -> None:
    write_note(path, LEASE)
    later = replace(LEASE, fence=2)
    write_note(path, later)
    remove_note(path, LEASE)
    assert noted_leases(path, NOW) == (later,)
    remove_note(path, later)
    assert notes(path) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"version": 1}',
        b'{"version": 2}',
        b'{"version": 1, "owner": {}}',
    ],
)
def test_what_is_no_note_is_passed_over(path: str, content: bytes) -> None:
    write_note(path, LEASE)
    notes(path)[0].write_bytes(content)
    assert noted_leases(path, NOW) == ()
    write_note(path, LEASE)
    assert noted_leases(path, NOW) == (LEASE,)


JSON: st.SearchStrategy[object] = (
    st.none() | st.integers() | st.floats() | st.text(max_size=5) | st.just([]) | st.just({})
)


@given(
    field=st.sampled_from(["environment", "owner", "fence", "acquired_at", "expires_at"]),
    value=JSON | st.sampled_from(["2026-01-02", "9999-12-31T23:59:59"]),
)
def test_any_value_in_a_note_is_read_or_passed_over(
    tmp_path_factory: pytest.TempPathFactory, field: str, value: object
) -> None:
    path = str(tmp_path_factory.mktemp("noted") / "shop.duckdb")
    write_note(path, LEASE)
    (note,) = notes(path)
    note.write_text(json.dumps({**json.loads(note.read_text()), field: value}))
    assert len(noted_leases(path, NOW)) <= 1


@given(field=st.sampled_from(["person", "host", "pid", "started", "operation"]), value=JSON)
def test_any_owner_in_a_note_is_read_or_passed_over(
    tmp_path_factory: pytest.TempPathFactory, field: str, value: object
) -> None:
    path = str(tmp_path_factory.mktemp("noted") / "shop.duckdb")
    write_note(path, LEASE)
    (note,) = notes(path)
    record = json.loads(note.read_text())
    record["owner"][field] = value
    note.write_text(json.dumps(record))
    assert len(noted_leases(path, NOW)) <= 1


def test_where_no_note_can_be_written_the_lease_is_taken_without(path: str) -> None:
    (Path(path).parent / ".rewind").write_text("a file where the folder should be")
    warehouse = open_duckdb(path, read_only=False)
    warehouse.prepare()
    lease = warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE)
    assert noted_leases(path, NOW) == ()
    warehouse.release_lease(warehouse.renew_lease(lease, NOW, MINUTE))
    warehouse.close()


def test_in_memory_there_is_nobody_to_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_note(":memory:", LEASE)
    remove_note(":memory:", LEASE)
    assert list(tmp_path.iterdir()) == []


def test_a_lease_and_its_note_come_and_go_together(path: str) -> None:
    warehouse = open_duckdb(path, read_only=False)
    warehouse.prepare()
    elsewhere = Owner("grace", "another host", 7, "then", "deploy")
    first = warehouse.acquire_lease("prod", elsewhere, NOW, MINUTE)
    assert noted_leases(path, NOW) == (first,)
    renewed = warehouse.renew_lease(first, NOW + MINUTE, MINUTE)
    assert noted_leases(path, NOW) == (renewed,)
    second = warehouse.acquire_lease("prod", ALIVE, NOW + 2 * MINUTE, MINUTE)
    warehouse.release_lease(renewed)
    assert noted_leases(path, NOW) == (second,)
    warehouse.release_lease(second)
    assert notes(path) == []
    warehouse.close()
