"""Publishes while people read: the engine's own, and two that do it wrong."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle

from tests.readers.stage import RELEASES, SCHEMA, Stage, go_to

PLACES = (1, 2, 3, 4, 1, 3, 2, 4, 2, 1, 4)
"""Releases to go to, one after another: forward and back, with the same columns and with others."""

assert max(PLACES) == RELEASES


@dataclass(frozen=True)
class Published:
    """The seconds that each publish took."""

    seconds: tuple[float, ...]

    @property
    def figures(self) -> dict[str, float]:
        return {
            "publishes": len(self.seconds),
            "publish_p50": round(statistics.median(self.seconds), 3),
            "publish_max": round(max(self.seconds), 3),
        }


def paced(publish: Callable[[], None], *, seconds: float, least: int) -> Published:
    """Publishes again and again for that time: `least` times evenly, and more often where the time
    is not up."""
    began = time.perf_counter()
    taken: list[float] = []
    while True:
        start = time.perf_counter()
        publish()
        now = time.perf_counter()
        taken.append(now - start)
        if len(taken) >= least and now >= began + seconds:
            return Published(tuple(taken))
        due = began + len(taken) * seconds / least
        time.sleep(max(0.0, due - now) if least > 1 else 0.0)


def publish_for(stage: Stage, *, seconds: float, least: int) -> Published:
    """The engine's publishes and rollbacks, of all pointers each."""
    with stage.operating() as ledger:
        places = _places(ledger.history.live.number if ledger.history.live else 0)
        return paced(lambda: go_to(ledger, next(places)), seconds=seconds, least=least)


def publish_one_by_one(stage: Stage, *, seconds: float, least: int) -> Published:
    """What nobody should do: each pointer in a transaction of its own."""
    places = cycle((1, 2))

    def publish() -> None:
        stage.run(*_re_pointed(stage, next(places)))

    return paced(publish, seconds=seconds, least=least)


def point_to_first(stage: Stage) -> None:
    """Makes the pointers, by hand."""
    stage.run(f"CREATE SCHEMA {SCHEMA}", *_re_pointed(stage, 1))


def hold_up(stage: Stage, name: str, seconds: float) -> None:
    """What nobody should do either: lock a pointer, and take one's time."""
    stage.run(f"BEGIN; ALTER VIEW {name} OWNER TO postgres; SELECT pg_sleep({seconds}); COMMIT")


def _places(live: int) -> Iterator[int]:
    """Without end, and never where one is already."""
    for place in cycle(PLACES):
        if place != live:
            yield place
            live = place


def _re_pointed(stage: Stage, number: int) -> Iterator[str]:
    for at in range(stage.pointers):
        name = stage.name(at)
        source = f"SELECT * FROM rewind_r{number}_{SCHEMA}.{name}"
        yield f"CREATE OR REPLACE VIEW {SCHEMA}.{name} AS {source}"
