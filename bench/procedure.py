"""Measures a rollback beside the written procedure on the reference pipeline, in one run.

The written procedure undoes a bad deploy by checking the good commit out and running
`dbt deps`, `dbt run` and `dbt test`. Both sides start from the same warehouse with the bad version
live, and are timed from process start to exit, in turns, so that what else the machine does hits
both. Prints JSON: seconds of every round, medians, and their ratio.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from dbt_rewind.demo.sample import make_sample

REWIND = (sys.executable, "-m", "dbt_rewind")
DBT = (str(Path(sys.executable).with_name("dbt")),)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each side (default: 5)")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="rewind-bench-") as scratch:
        released, plain = Path(scratch) / "released", Path(scratch) / "plain"
        make_sample(released, None)
        shutil.copytree(released, plain)
        for tag in ("v1.0.0", "v1.2.0"):
            run(released, *REWIND, "deploy", tag)
        rollbacks, procedures = [], []
        for _ in range(rounds):
            run(plain, "git", "checkout", "--quiet", "v1.2.0")
            run(plain, *DBT, "build")
            procedures.append(written_procedure(plain))
            rollbacks.append(timed(released, *REWIND, "rollback", "--yes", "--to", "v1.0.0"))
            run(released, *REWIND, "rollback", "--yes", "--to", "v1.2.0")
    print(json.dumps(summary(rollbacks, procedures), indent=2))


def written_procedure(folder: Path) -> float:
    """Seconds that the procedure takes, command by command as written."""
    return (
        timed(folder, "git", "checkout", "--quiet", "v1.0.0")
        + timed(folder, *DBT, "deps")
        + timed(folder, *DBT, "run")
        + timed(folder, *DBT, "test")
    )


def summary(rollbacks: Sequence[float], procedures: Sequence[float]) -> dict[str, object]:
    rollback, procedure = statistics.median(rollbacks), statistics.median(procedures)
    return {
        "machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "rollback_seconds": [round(seconds, 3) for seconds in rollbacks],
        "procedure_seconds": [round(seconds, 3) for seconds in procedures],
        "rollback_median": round(rollback, 3),
        "procedure_median": round(procedure, 3),
        "ratio": round(procedure / rollback, 1),
    }


def timed(folder: Path, *command: str) -> float:
    began = time.perf_counter()
    run(folder, *command)
    return time.perf_counter() - began


def run(folder: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
