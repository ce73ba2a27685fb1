"""No secret is in anything that is stored or shown, whatever a command does. Invariant 10.

Every secret holds the word CANARY; nothing else does.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.crash.double import DoubleVersion, opening, unique_id
from tests.crash.writing import InFile
from tests.hardening.place import ACTING, READING, Place

from dbt_rewind.cli.main import COMMANDS, run
from dbt_rewind.dbt.manifest import Manifest, read_manifest
from dbt_rewind.dbt.version import Built
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.redact import redact_artifact

PASSWORD = 'it\'s "CANARY" one'
PHRASE = "CANARY/two+\u00e9"
SECRET = "CANARY-three-three"
REMOTE = "CANARY-four"
ATTACHED = "CANARY-five"
KEY = "-----BEGIN PRIVATE KEY-----\nCANARYSIXSIXSIX\nCANARYSEVENSEVEN\n-----END PRIVATE KEY-----"
REASON = f"the password is {PASSWORD}"

CALLS: dict[str, tuple[tuple[str, ...], ...]] = {
    **READING,
    **ACTING,
    "incident": (
        ("open", REASON),
        ("note", f"{SECRET} and {PHRASE}"),
        ("show",),
        ("close", "--note", REASON),
    ),
    "fix": (("start", "it"), ("ship", "--turn", "0s", "--reason", REASON)),
    "flag": (
        ("list",),
        ("show", "sales"),
        ("disable", "sales", "--yes", "--reason", REASON),
        ("enable", "sales", "--yes", "--reason", REASON),
        ("sync", "--yes", "--reason", REASON),
    ),
    "assess": (("--report", REASON),),
    "watch": (("--for", "0s"),),
    "approve": (("A1", "--yes", "--reason", REASON),),
    "reject": (("A1", "--yes", "--reason", REASON),),
    "review": (("list",), ("close", "--note", REASON)),
    "policy": (("show",), ("apply", "--reason", REASON)),
    "notify": (("test",),),
    "backup": (
        ("create", "--reason", REASON),
        ("list",),
        ("verify",),
        ("prune", "--keep", "1", "--yes"),
    ),
    "doctor": ((),),
    "run": (("list",), ("watch", "1"), ("logs", "1")),
    "init": ((), ("github",)),
    "schema": ((),),
    "demo": (("--folder", "."),),
}
"""At least one call of every command. A command that is added needs one here, or in place.py."""

FAILING = (
    ("deploy", "fails", "--reason", REASON),
    ("deploy", "no-such-tag"),
    ("rollback", "--yes", "--to", "r99"),
    ("show", "r99"),
    ("show", "r3"),
    ("status", "--env", "CANARIES"[:3]),
    ("status", "--sideways"),
)


@dataclass(frozen=True)
class LeakyVersion(DoubleVersion):
    """The double, into whose artifacts dbt and its adapter have written every secret there is."""

    def parse(self) -> Manifest:
        return read_manifest(redact_artifact(self._manifest()), "manifest.json")

    def _manifest(self) -> bytes:
        data = json.loads(json.dumps(super().parse().data))
        for node in data["nodes"].values():
            node["compiled_code"] = f"select '{SECRET}' as a, '{PASSWORD}' as b"
            node["config"]["meta"] = {"phrase": PHRASE, "deep": [{"url": f"https://x:{REMOTE}@h/"}]}
            node["unrendered_config"] = {"password": PASSWORD}
        data["metadata"]["env"] = {"PHRASE": PHRASE}
        return json.dumps(data).encode()

    def build(self, *arguments: Any, **named: Any) -> Built:
        built = super().build(*arguments, **named)
        results = [
            {
                "unique_id": each.unique_id,
                "status": each.status,
                "execution_time": each.seconds,
                "message": f"no connection: password='{PASSWORD}' phrase {PHRASE}\n{KEY}",
                "compiled_code": f"select '{SECRET}' from postgres_scan('password={ATTACHED}')",
            }
            for each in built.results.nodes.values()
        ]
        content = {"results": results, "args": {"vars": {"password": PASSWORD}}}
        return Built.read(self._manifest(), json.dumps(content).encode())


@contextmanager
def leaky(workspace: Workspace, sha: str) -> Iterator[DoubleVersion]:
    with opening(lambda instant: None)(workspace, sha) as version:
        yield LeakyVersion(version.nodes, version.database, version.instant)


def profile(**more: Any) -> str:
    settings = {
        "type": "duckdb",
        "path": "../double.duckdb",
        "password": PASSWORD,
        "phrase": "{{ env_var('SHOP_PHRASE') }}",
        "secrets": [{"type": "s3", "key_id": KEY}],
        **more,
    }
    return yaml.safe_dump({"double": {"outputs": {"prod": settings}}})


@pytest.fixture
def secretive(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("SHOP_PHRASE", PHRASE)
    monkeypatch.setenv("DBT_ENV_SECRET_X", SECRET)
    monkeypatch.setattr(Workspace, "open_version", leaky)
    place.lab.git("remote", "add", "origin", f"https://ada:{REMOTE}@git.example.invalid/shop")
    (place.lab.repository / "pipeline" / "profiles.yml").write_text(profile())
    return place


def silent(
    place: Place, *call: str, forms: Sequence[tuple[str, ...]] = ((), ("--quiet",), ("--json",))
) -> None:
    """The call, in text, quietly and as a document: none of them holds a secret."""
    for form in forms:
        if form and call[0] in {"schema", "demo"}:
            continue
        place.capsys.readouterr()
        run([*call, *form])
        told = place.capsys.readouterr()
        assert told.out + told.err or form == ("--quiet",), call
        assert "CANARY" not in told.out + told.err, (call, form)


def stored(place: Place) -> Iterator[tuple[str, bytes]]:
    """Everything that was written: the ledger's tables, what they hold compressed, and files."""
    with place.connect(read_only=True) as connection:
        for table in ("event", "lease", "ledger"):
            yield table, repr(connection.execute(f"from rewind.{table}").fetchall()).encode()
        for digest, content in connection.execute("from rewind.artifact").fetchall():
            yield f"artifact {digest}", zlib.decompress(content)
    yield "the database", place.database.read_bytes()
    for file in (place.lab.repository / ".rewind").rglob("*"):
        if file.is_file():
            yield str(file), file.read_bytes()


def assert_nothing_stored(place: Place) -> None:
    for name, content in stored(place):
        assert b"CANARY" not in content, name


def test_every_command_has_a_call() -> None:
    assert set(CALLS) == {name.replace("_", "-") for name in COMMANDS}


def test_no_command_tells_or_stores_a_secret(secretive: Place) -> None:
    calls = [
        *(("deploy", tag, "--reason", REASON) for tag in ("v4", "v5")),
        *((command, *arguments) for command in CALLS for arguments in CALLS[command]),
        *FAILING,
        ("show", "r5"),
        ("show", "r6"),
        ("rollback", "--yes", "--reason", REASON),
    ]
    for call in calls:
        silent(secretive, *call)
    assert_nothing_stored(secretive)
    kinds = [event["kind"] for event in secretive.events()]
    assert {"built", "failed", "published"} <= set(kinds[12:])
    assert any("*****" in event["payload"] for event in secretive.events())


BROKEN: dict[str, Callable[[], dict[str, Any]]] = {
    "an attached database": lambda: {
        "settings": {"autoinstall_known_extensions": False},
        "attach": [{"path": f"host=x password={ATTACHED}", "type": "postgres", "alias": "pg"}],
    },
    "an attached address": lambda: {"attach": [{"path": f"postgres://ada:{ATTACHED}@h/db"}]},
    "a setting": lambda: {"settings": {"threads": PASSWORD}},
    "a setting that nobody knows": lambda: {"settings": {"s3_secret": PASSWORD}},
    "a path": lambda: {"path": f"md:shop?motherduck_token={ATTACHED}"},
    "a path that is not there": lambda: {"path": f"{ATTACHED}/x.duckdb", "password": ATTACHED},
    "Jinja": lambda: {"token": "{{ '" + ATTACHED + "' | nothing }}"},
    "a shape": lambda: {"attach": {"password": ATTACHED}},
}


@pytest.mark.parametrize("broken", BROKEN)
def test_no_command_tells_a_secret_of_a_profile_that_fails(secretive: Place, broken: str) -> None:
    file = secretive.lab.repository / "pipeline" / "profiles.yml"
    file.write_text(profile(**BROKEN[broken]()))
    for command, calls in CALLS.items():
        silent(secretive, command, *calls[0], forms=((), ("--json",)))
    assert_nothing_stored(secretive)


def test_a_fault_of_ours_tells_no_secret(secretive: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError(f"unable to open {PASSWORD} and {SECRET} with\n{KEY}")

    monkeypatch.setattr(Workspace, "connect_to_read", broken)
    silent(secretive, "status")
    monkeypatch.setenv("REWIND_TRACEBACK", "1")
    silent(secretive, "status")


def test_the_double_would_leak() -> None:
    """The test of the test: without masks, the secrets would be in what is stored."""
    nodes = {"a": {"schema": "s", "materialized": "table"}}
    version = LeakyVersion(nodes, InFile(Path("x.duckdb")), lambda instant: None)
    assert version._manifest().count(b"CANARY") >= 5
    assert unique_id("a").encode() in version._manifest()
