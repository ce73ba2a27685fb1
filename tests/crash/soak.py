"""The crash tests with their full counts, bounded in time.

    python -m tests.crash.soak            says how often what was tried
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
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

from tests.crash.counts import PAGE, REQUIRED, SEQUENCES, Counts, page_with, table

ROOT = Path(__file__).resolve().parents[2]
MINUTES = 38
FULL = {
    "CRASH_EVERY": "1",
    "CRASH_RANDOM": "200",
    "CRASH_ROUNDS": "50",
    "SEQUENCE_EXAMPLES": "1000",
}
TESTS = ("tests/crash", "tests/unit/engine/test_random_sequences.py")


def main() -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", *TESTS, "-q", "-n", "2", "--dist", "worksteal"]
        command += [f"--junit-xml={report}", "-o", "junit_family=xunit1"]
        try:
            done = subprocess.run(
                command, cwd=ROOT, env={**os.environ, **FULL}, check=False, timeout=MINUTES * 60
            )
        except subprocess.TimeoutExpired:
            print(f"the time was up after {MINUTES} minutes: not all was tried", file=sys.stderr)
            return 1
        counts, failed = read(report)
    minutes = (time.monotonic() - began) / 60
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    text = table(counts, failed=failed, day=day, minutes=minutes)
    print(text)
    short = {name: least for name, least in REQUIRED.items() if counts.get(name, 0) < least}
    if done.returncode or failed or short:
        print(f"not as it must be: {failed} failed, too few of {short}", file=sys.stderr)
        return 1
    if os.environ.get("RECORD"):
        page = ROOT / PAGE
        page.write_text(page_with(page.read_text(encoding="utf-8"), text), encoding="utf-8")
    return 0


def read(report: Path) -> tuple[Counts, int]:
    """How often what was tried, by its name, and how many tests failed."""
    counts: Counter[str] = Counter()
    failed = 0
    for case in ElementTree.parse(report).iter("testcase"):
        bad = case.find("failure") is not None or case.find("error") is not None
        failed += bad
        if not bad and case.get("classname", "").endswith("TestSequences"):
            counts[SEQUENCES] += int(FULL["SEQUENCE_EXAMPLES"])
        for each in case.iter("property"):
            counts[str(each.get("name"))] += int(str(each.get("value")))
    return counts, failed


if __name__ == "__main__":
    sys.exit(main())
