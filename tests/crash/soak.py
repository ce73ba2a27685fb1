"""The crash tests with their full counts, bounded in time.

    python -m tests.crash.soak            says how often what was tried
    python -m tests.crash.soak postgres   of one part alone: duckdb or postgres
    RECORD=1 python -m tests.crash.soak   and writes it into docs/explanation/reliability.md

Ends with 1 where anything failed, or where the time was up before all was tried.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

from tests.crash.counts import PAGE, SEQUENCES, SUITES, Counts, Suite

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    names = sys.argv[1:] or [suite.name for suite in SUITES]
    return max([soak(suite) for suite in SUITES if suite.name in names], default=2)


def soak(suite: Suite) -> int:
    """Runs one part, prints its result and returns the exit status."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", *suite.tests]
        command += ["-q", "-n", "2", "--dist", "worksteal"]
        command += [f"--junit-xml={report}", "-o", "junit_family=xunit1"]
        try:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env={**os.environ, **suite.variables},
                check=False,
                timeout=suite.minutes * 60,
            )
        except subprocess.TimeoutExpired:
            words = f"{suite.name}: the time was up after {suite.minutes} minutes"
            print(f"{words}: not all was tried", file=sys.stderr)
            return 1
        counts, failed = read(report, suite.variables)
    minutes = (time.monotonic() - began) / 60
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    text = suite.text(counts, failed=failed, day=day, minutes=minutes)
    print(text)
    short = {name: least for name, least in suite.required.items() if counts.get(name, 0) < least}
    if done.returncode or failed or short:
        print(f"not as it must be: {failed} failed, too few of {short}", file=sys.stderr)
        return 1
    if os.environ.get("RECORD"):
        page = ROOT / PAGE
        page.write_text(suite.page_with(page.read_text(encoding="utf-8"), text), encoding="utf-8")
    return 0


def read(report: Path, variables: Mapping[str, str]) -> tuple[Counts, int]:
    """How often what was tried, by its name, and how many tests failed."""
    counts: Counter[str] = Counter()
    failed = 0
    for case in ElementTree.parse(report).iter("testcase"):
        bad = case.find("failure") is not None or case.find("error") is not None
        failed += bad
        if not bad and case.get("classname", "").endswith("TestSequences"):
            counts[SEQUENCES] += int(variables["SEQUENCE_EXAMPLES"])
        for each in case.iter("property"):
            counts[str(each.get("name"))] += int(str(each.get("value")))
    return counts, failed


if __name__ == "__main__":
    sys.exit(main())
