"""GitHub's own description of its interface, from the npm package `@octokit/openapi`.

It is fetched once, with npm as it is set up here, and what the tests need of it is kept in pytest's
cache.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

PACKAGE = "@octokit/openapi@23.0.2"
HOW = (
    "GitHub: what is asked of it was not compared with GitHub's own description of its interface,"
    f" for which npm has to be able to fetch {PACKAGE}."
)

_FILE = "package/generated/api.github.com.json"
_ISSUES = "/repos/{owner}/{repo}/issues"
PATHS = (
    _ISSUES,
    f"{_ISSUES}/{{issue_number}}",
    f"{_ISSUES}/{{issue_number}}/comments",
)


def description(folder: Path, paths: Sequence[str] = PATHS) -> dict[str, Any] | None:
    """The description of the paths and all that they refer to, as OpenAPI 3.0; None where npm is
    missing or cannot fetch it. `folder` is where it is kept."""
    digest = hashlib.sha256("\n".join(paths).encode()).hexdigest()[:12]
    kept = folder / f"{PACKAGE.rpartition('@')[2]}-{digest}.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the tests run in several processes
        if not kept.exists():
            whole = _fetched()
            if whole is None:
                return None
            kept.write_text(json.dumps(_part(whole, paths)))
    found: dict[str, Any] = json.loads(kept.read_text())
    return found


def _fetched() -> dict[str, Any] | None:
    npm = shutil.which("npm")
    if npm is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [npm, "pack", "--silent", PACKAGE],
            cwd=folder,
            capture_output=True,
            check=False,
            timeout=300,
        )
        archives = list(Path(folder).glob("*.tgz"))
        if done.returncode != 0 or not archives:
            return None
        with tarfile.open(archives[0]) as archive:
            file = archive.extractfile(_FILE)
            assert file is not None
            found: dict[str, Any] = json.load(file)
            return found


def _part(whole: dict[str, Any], paths: Sequence[str]) -> dict[str, Any]:
    part: dict[str, Any] = {
        "openapi": whole["openapi"],
        "info": whole["info"],
        "servers": whole["servers"],
        "paths": {path: whole["paths"][path] for path in paths},
        "components": {},
    }
    waiting = list(_references(part["paths"]))
    while waiting:
        kind, name = waiting.pop().removeprefix("#/components/").split("/", 1)
        kept = part["components"].setdefault(kind, {})
        if name not in kept:
            kept[name] = whole["components"][kind][name]
            waiting += _references(kept[name])
    return part


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)
