"""Whatever a file says, a command reads it or ends with an error that has a code; and once the file
is as it should be, nothing is lost."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from tests.crash.checker import prove
from tests.hardening.hostile import CORPUS, changed, every_change, garbled
from tests.hardening.place import ALL, Place

from dbt_rewind.engine.workspace import open_workspace
from dbt_rewind.errors import RewindError

FILES = {
    "rewind.yml": "rewind.yml",
    "profile": "pipeline/profiles.yml",
    "project": "pipeline/dbt_project.yml",
}
CALLS = (
    ("status",),
    ("verify", "--no-tests"),
    ("deploy", "v4", "--dry-run"),
    ("recover",),
)
RICHER = {
    "rewind.yml": {
        "version": 1,
        "project": "pipeline",
        "environments": {"prod": {"target": "prod", "branch": "main", "vars": {"a": [1]}}},
        "dbt": {"retries": 1, "threads": 2},
        "verify": {"queries": [{"name": "sales", "sql": "select 1", "max_seconds": 5}]},
    },
    "profile": {
        "double": {
            "target": "prod",
            "outputs": {
                "prod": {
                    "type": "duckdb",
                    "path": "../double.duckdb",
                    "schema": "main",
                    "threads": 2,
                    "settings": {"threads": 1},
                    "extensions": [],
                    "attach": [{"path": ":memory:", "alias": "more", "type": "duckdb"}],
                }
            },
        }
    },
    "project": {
        "name": "double",
        "profile": "double",
        "version": "1.0",
        "model-paths": ["models"],
        "vars": {"a": 1},
        "models": {"double": {"+schema": "gold"}},
    },
}


def assert_read_or_refused(place: Place, file: Path, content: bytes) -> None:
    good = file.read_bytes()
    before = place.events()
    file.write_bytes(content)
    for call in CALLS:
        answer = place.run(*call)
        # 1 would be a fault of ours; 9 is right where another environment was named.
        assert answer.status not in {1, 2}, (call, content, answer)
        if answer.status not in {0, 10, 11}:
            assert answer.error["slug"], (call, content)
    file.write_bytes(good)
    place.run("recover").check(0)
    assert place.events() == before


@pytest.mark.parametrize("which", FILES)
def test_the_corpus_is_refused(place: Place, which: str) -> None:
    file = place.lab.repository / FILES[which]
    for content in CORPUS.values():
        assert_read_or_refused(place, file, content)
    prove(place.database, place.mirror)


@pytest.mark.parametrize("which", FILES)
def test_junk_in_any_place_is_read_or_refused(place: Place, which: str) -> None:
    file = place.lab.repository / FILES[which]
    changes = list(every_change(RICHER[which]))
    for change in changes if ALL else changes[:: 3 if which == "profile" else 2]:
        file.write_text(yaml.safe_dump(change), errors="replace")
        with suppress(RewindError):
            workspace = open_workspace(Path.cwd(), "prod")
            assert str(workspace.mirror)
            workspace.connect_to_read().close()


@pytest.mark.parametrize("seed", range(60 if ALL else 3))
@pytest.mark.parametrize("which", FILES)
def test_any_garbled_file_is_read_or_refused(place: Place, which: str, seed: int) -> None:
    dice = random.Random(seed)
    file = place.lab.repository / FILES[which]
    good = yaml.safe_dump(RICHER[which])
    assert_read_or_refused(place, file, good.encode())
    for _ in range(2):
        assert_read_or_refused(place, file, garbled(good.encode(), dice))
        content = yaml.safe_dump(changed(RICHER[which], dice), allow_unicode=False)
        assert_read_or_refused(place, file, content.encode(errors="replace"))
    prove(place.database, place.mirror)
