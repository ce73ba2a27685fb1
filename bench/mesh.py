"""The environment in which SQLMesh runs: its own, since it needs versions of its own."""

from __future__ import annotations

import sys
from pathlib import Path

from uv import find_uv_bin

from bench.processes import run

_REQUIREMENTS = Path(__file__).with_name("requirements-sqlmesh.txt")


def make_environment(folder: Path) -> str:
    """Makes it in `folder` and returns its Python. Raises ChildFailed."""
    environment = folder / "sqlmesh"
    uv, python = find_uv_bin(), environment / "bin" / "python"
    run(folder, uv, "venv", "--quiet", "--python", sys.executable, str(environment))
    install = (uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python))
    run(folder, *install, "--requirement", str(_REQUIREMENTS))
    return str(python)
