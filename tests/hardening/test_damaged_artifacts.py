"""A stored artifact that is not what was stored is named by every command that needs it."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from tests.crash.checker import prove
from tests.hardening.place import ACTING, READING, Place, combined

from dbt_rewind.errors import ExitCode

DAMAGES: dict[str, Callable[[bytes], bytes | None]] = {
    "a bit is flipped": lambda stored: stored[:20] + bytes([stored[20] ^ 1]) + stored[21:],
    "it is cut short": lambda stored: stored[: len(stored) // 2],
    "it is empty": lambda stored: b"",
    "it is noise": lambda stored: random.Random(0).randbytes(len(stored)),
    "it is another": lambda stored: zlib.compress(b"{}"),
    "it is deleted": lambda stored: None,
}


IN_ANY_CASE = {"adopt", "approve", "fix", "reject", "review"}
"""Commands that are refused here whatever is damaged: the place is taken, nothing waits."""


@dataclass(frozen=True)
class Artifact:
    """`release` and `kind` say which; `needed_by` are the calls that cannot do without it."""

    release: int
    kind: str
    name: str
    needed_by: frozenset[tuple[str, ...]]


ARTIFACTS = [
    Artifact(
        4,
        "record",
        "the record of r4",
        frozenset(
            {
                ("assess", "--dry-run"),
                ("flag", "list"),
                ("flag", "disable", "sales", "--dry-run"),
                ("flag", "disable", "sales", "--yes"),
                ("status",),
                ("verify", "--no-tests"),
                ("watch", "--for", "0s"),
                ("rollback", "--dry-run"),
                ("rollback", "--yes"),
                ("deploy", "v4", "--dry-run"),
                ("deploy", "v4"),
                ("prune", "--dry-run"),
                ("prune", "--yes", "--keep", "1"),
            }
        ),
    ),
    Artifact(
        1,
        "record",
        "the record of r1",
        frozenset(
            {
                ("show", "r1"),
                ("flag", "disable", "sales", "--dry-run"),
                ("flag", "disable", "sales", "--yes"),
                ("rollback", "--dry-run"),
                ("rollback", "--yes"),
                ("prune", "--dry-run"),
                ("prune", "--yes", "--keep", "1"),
            }
        ),
    ),
    Artifact(
        4,
        "manifest",
        "the manifest of r4",
        frozenset(
            {
                ("deploy", "v4", "--dry-run"),
                ("deploy", "v4"),
                ("flag", "disable", "sales", "--dry-run"),
                ("flag", "disable", "sales", "--yes"),
            }
        ),
    ),
]


@pytest.mark.parametrize(
    ("damage", "artifact"),
    combined(DAMAGES, ARTIFACTS),
    ids=lambda each: getattr(each, "name", each),
)
def test_a_damaged_artifact_is_named(place: Place, artifact: Artifact, damage: str) -> None:
    digest = next(
        json.loads(event["payload"])["artifacts"][artifact.kind]
        for event in place.events()
        if event["kind"] == "built" and json.loads(event["payload"])["release"] == artifact.release
    )
    with place.connect() as connection:
        ((stored,),) = connection.execute(
            "select content from rewind.artifact where digest = ?", [digest]
        ).fetchall()
        replaced = DAMAGES[damage](stored)
        if replaced is None:
            connection.execute("delete from rewind.artifact where digest = ?", [digest])
        else:
            connection.execute(
                "update rewind.artifact set content = ? where digest = ?", [replaced, digest]
            )
    before = place.lab.standing()
    calls = {(name, *each) for table in (READING, ACTING) for name in table for each in table[name]}
    assert artifact.needed_by <= calls
    for call in sorted(artifact.needed_by):
        error = place.refused(*call)
        assert (error["slug"], error["exit_code"]) == ("artifact-damaged", 13), call
        assert artifact.name in error["message"]
    kept = {name: rows for name, rows in before.items() if name != "events"}
    after = place.lab.standing()
    assert {name: after[name] for name in kept} == kept
    for call in sorted(calls - artifact.needed_by):
        answer = place.run(*call)
        assert answer.status != 1, (call, answer)
        if answer.status == ExitCode.UNVERIFIED:  # it has looked at all else
            assert call[0] in {"assess", "watch"}, call
            assert call[0] == "watch" or artifact.name in answer.stdout, (call, answer)
            continue
        refused = answer.status and call[0] not in IN_ANY_CASE
        assert not refused or answer.error["slug"] == "artifact-damaged", (call, answer)
    # Put back, everything goes on.
    with place.connect() as connection:
        connection.execute("insert or replace into rewind.artifact values (?, ?)", [digest, stored])
    place.run("recover").check(0)
    prove(place.database, place.mirror)
