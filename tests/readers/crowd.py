"""Readers by the dozen, each in a process of its own, so that none waits for another's Python."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from tests.readers import reader
from tests.readers.reader import READ_COMMITTED, REPEATABLE_READ

READERS = 8
PAUSE, HOLD = 0.02, 0.001
SLOW_PAUSE, SLOW_HOLD = 4.0, 0.25
SLOW_KINDS = (READ_COMMITTED, REPEATABLE_READ)
"""What one more reader does: its transactions are longer than a publish may wait for a lock."""

Name = tuple[str, str]


@dataclass(frozen=True)
class Target:
    """What is read: `models` that must agree, and `views` that people have built on them."""

    settings: Mapping[str, Any]
    models: Sequence[Name]
    views: Sequence[Name] = ()


@dataclass(frozen=True)
class Seen:
    """What all readers have seen. `waits` are the seconds of every statement, the shortest
    first; `worst_at` is when the longest ended."""

    reads: Mapping[str, int]
    mixtures: Sequence[Mapping[str, Any]]
    errors: Mapping[str, int]
    waits: Sequence[float]
    worst_at: float

    def wait(self, share: float) -> float:
        """The seconds within which that share of all statements was answered."""
        return self.waits[max(0, math.ceil(share * len(self.waits)) - 1)]

    @property
    def figures(self) -> dict[str, Any]:
        return {
            "reads": sum(self.reads.values()),
            "mixtures": len(self.mixtures),
            "errors": sum(self.errors.values()),
            "p50": self.wait(0.5),
            "p99": self.wait(0.99),
            "max": self.wait(1),
        }


@dataclass
class Crowd:
    """Readers that read until they are stopped."""

    processes: list[subprocess.Popen[str]]
    result: list[Seen] = field(default_factory=list)

    @property
    def seen(self) -> Seen:
        """What they have seen, once they are stopped."""
        (seen,) = self.result
        return seen

    def stop(self) -> None:
        told = [json.loads(process.communicate("")[0]) for process in self.processes]
        waits = [wait for each in told for wait in each["waits"]]
        worst = max(told, key=lambda each: max(each["waits"], default=0))
        self.result.append(
            Seen(
                _sum(each["reads"] for each in told),
                [mixture for each in told for mixture in each["mixtures"]],
                _sum(each["errors"] for each in told),
                sorted(waits),
                worst["worst_at"],
            )
        )


@contextmanager
def reading(target: Target) -> Iterator[Crowd]:
    """Eight readers, and a slow one, for the length of the block."""
    tasks = [_task(target, seed, PAUSE, HOLD) for seed in range(READERS)]
    tasks.append(_task(target, READERS, SLOW_PAUSE, SLOW_HOLD, SLOW_KINDS))
    crowd = Crowd([_started(task) for task in tasks])
    try:
        for process in crowd.processes:
            assert cast("IO[str]", process.stdout).readline() == "ready\n"
        for process in crowd.processes:
            cast("IO[str]", process.stdin).write("go\n")
            cast("IO[str]", process.stdin).flush()
        yield crowd
        crowd.stop()
    finally:
        for process in crowd.processes:
            process.kill()
            with process:
                pass


def _task(
    target: Target, seed: int, pause: float, hold: float, kinds: Sequence[str] = ()
) -> dict[str, Any]:
    return {
        "settings": dict(target.settings),
        "models": list(target.models),
        "views": list(target.views),
        "seed": seed,
        "pause": pause,
        "hold": hold,
        "kinds": list(kinds),
    }


def _started(task: Mapping[str, Any]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(Path(reader.__file__)), json.dumps(task)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _sum(counts: Iterator[Mapping[str, int]]) -> Mapping[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)
