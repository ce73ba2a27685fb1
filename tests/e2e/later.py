"""Runs `rewind` as a process whose clock goes ahead by LATER_SECONDS: nobody waits for an hour."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta

from dbt_rewind import clock
from dbt_rewind.cli.main import run

AHEAD = timedelta(seconds=float(os.environ["LATER_SECONDS"]))
true_now = clock.now


def now() -> datetime:
    return true_now() + AHEAD


clock.now = now
sys.exit(run(sys.argv[1:]))
