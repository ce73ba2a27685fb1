"""Which Python, with which dbt, builds a version of the project."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from dbt_rewind.errors import DbtMissing, RequirementsFailed
from dbt_rewind.process import run

_COMPLETE = ".complete"


@dataclass(frozen=True, slots=True)
class Requirements:
    """A version's own requirements file: where it lies in the worktree, and what it says."""

    path: Path
    content: bytes


def cache_folder() -> Path:
    """Where environments are kept: `$DBT_REWIND_CACHE`, or the user's cache folder."""
    if chosen := os.environ.get("DBT_REWIND_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dbt-rewind"


def find_python(chosen: str | None, requirements: Requirements | None) -> str:
    """The Python to run dbt with.

    In this order: `dbt.python` of rewind.yml; an environment with the version's own requirements
    (the one we run in, if it satisfies them; else one made by uv and kept by their hash); the one
    we run in, if it has dbt; the one behind the `dbt` on PATH.
    Raises DbtMissing, RequirementsFailed.
    """
    if chosen is not None:
        found = shutil.which(str(Path(chosen).expanduser()))
        if found is None:
            raise DbtMissing((f"{chosen} (dbt.python in rewind.yml)",))
        return found
    if requirements is not None and mentions_dbt(requirements.content):
        if satisfied_here(requirements.content):
            return sys.executable
        return _own_environment(requirements)
    if _installed("dbt-core") is not None:
        return sys.executable
    return _python_behind_dbt()


def is_installed(chosen: str | None, requirements: Requirements) -> bool:
    """Whether `find_python` would find a Python without making one for these requirements."""
    if chosen is not None or not mentions_dbt(requirements.content):
        return True
    return satisfied_here(requirements.content) or (_own_folder(requirements) / _COMPLETE).exists()


def mentions_dbt(content: bytes) -> bool:
    """Whether a requirements file installs dbt, directly or through an adapter."""
    lines = content.decode(errors="replace").splitlines()
    return any(line.strip().lower().startswith("dbt-") for line in lines)


def satisfied_here(content: bytes) -> bool:
    """Whether the environment we run in satisfies every line of a requirements file.

    Anything but plain requirements (options, files, addresses, extras) counts as not satisfied:
    then uv, which knows them all, makes an environment.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    for line in content.decode(errors="replace").splitlines():
        text = line.split(" #")[0].strip()
        if not text or text.startswith("#"):
            continue
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            return False
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        version = _installed(requirement.name)
        if requirement.url or requirement.extras or version is None:
            return False
        if not requirement.specifier.contains(version, prereleases=True):
            return False
    return True


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _python_behind_dbt() -> str:
    script = shutil.which("dbt")
    if script is None:
        raise DbtMissing((sys.executable, "`dbt` on PATH"))
    # A console script names its Python in the first line; in a virtual environment the two also
    # lie side by side, which holds where the first line is a shell's.
    with Path(script).open("rb") as file:
        first = file.readline().decode(errors="replace").strip()
    candidates = [first.removeprefix("#!").strip(), str(Path(script).resolve().parent / "python")]
    for candidate in candidates:
        if "python" in Path(candidate).name and os.access(candidate, os.X_OK):
            return candidate
    raise DbtMissing((sys.executable, script))


def _own_folder(requirements: Requirements) -> Path:
    key = hashlib.sha256(requirements.content + sys.version.encode()).hexdigest()[:16]
    return cache_folder() / "environments" / key


def _own_environment(requirements: Requirements) -> str:
    folder = _own_folder(requirements)
    python = folder / "bin" / "python"
    with _locked(folder.parent / f"{folder.name}.lock"):
        if not (folder / _COMPLETE).exists():
            _install(requirements, folder, python)
            (folder / _COMPLETE).touch()
    return str(python)


def _install(requirements: Requirements, folder: Path, python: Path) -> None:
    from uv import find_uv_bin

    uv = find_uv_bin()
    steps = (
        [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)],
        [uv, "pip", "install", "--quiet", "--python", str(python), "-r", requirements.path.name],
    )
    for step in steps:
        done = run(step, folder=requirements.path.parent)
        if done.status != 0:
            lines = done.stderr.decode(errors="replace").strip().splitlines()
            raise RequirementsFailed(requirements.path.name, " ".join(lines[-3:]))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keeps two deploys from making the same environment at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
