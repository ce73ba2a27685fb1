"""Killed at any instant, one command reaches wholly the old release or wholly the new.

Invariants 1, 2, 4, 6 and 7, on a real DuckDB file with a double in dbt's place.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.crash.catalogues import Name, exists
from tests.crash.checker import prove, publishes, readable, whole
from tests.crash.child import REACHED
from tests.crash.scenarios import SCENARIOS, Scenario, Shelf, run
from tests.e2e.lab import Lab

pytestmark = pytest.mark.crash

EVERY = int(os.environ.get("CRASH_EVERY", "6"))
"""Which share of the instants is tried: every sixth. `CRASH_EVERY=1` tries all of them."""

RANDOM_KILLS = int(os.environ.get("CRASH_RANDOM", "6"))
"""How often each scenario is killed at a random moment. `make soak` does it 200 times."""

PARTS = 2
"""Into how many tests a scenario's instants are divided, for workers to share."""

RANDOM = [each for each in SCENARIOS if each.name in {"deploy", "refresh", "rollback", "prune"}]
Record = Callable[[str, object], None]

RECOVER = ("recover",)
DEPLOY = ("deploy", "v4", "--accept", "rows", "--reason", "meant")


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_killed_at_an_instant(
    scenario: Scenario, part: int, shelf: Shelf, tmp_path: Path, record_property: Record
) -> None:
    offset = SCENARIOS.index(scenario) % EVERY
    first, step = 1 + offset + part * EVERY, PARTS * EVERY
    record_property(
        f"{scenario.name}: instants", kill_at_instants(scenario, shelf, tmp_path, first, step)
    )


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("scenario", RANDOM, ids=lambda scenario: scenario.name)
def test_killed_at_a_random_moment(
    scenario: Scenario, part: int, shelf: Shelf, tmp_path: Path, record_property: Record
) -> None:
    seeds = range(part, 16 * RANDOM_KILLS, PARTS)
    wanted = len(range(part, RANDOM_KILLS, PARTS))
    kill_at_random(scenario, shelf, tmp_path, seeds, wanted)
    record_property(f"{scenario.name}: random", wanted)


def kill_at_instants(scenario: Scenario, shelf: Shelf, folder: Path, first: int, step: int) -> int:
    """Kills the scenario's command at its first such instant and at every `step`th after that, and
    recovers each time. Returns how many instants there were."""
    for at in range(first, 1000, step):
        lab = scenario.begin(shelf, folder / str(at))
        before = _sees(lab)
        answer = run(lab, *scenario.command, at=at)
        if REACHED not in answer.stderr:
            answer.check(scenario.ends_with)
            prove(lab.place, lab.mirror)
            assert at > 5, "the scenario has next to no instants"
            lab.remove()
            return len(range(first, at, step))
        assert answer.status == -9
        _recovers(lab, (RECOVER, DEPLOY)[at // EVERY % 2], before, f"{at}: {answer.stderr}")
        lab.remove()
    raise AssertionError("the scenario never ends")


def kill_at_random(
    scenario: Scenario, shelf: Shelf, folder: Path, seeds: Sequence[int], wanted: int
) -> None:
    """Kills the scenario's command `wanted` times, each at a moment that the next seed chooses, and
    recovers each time."""
    usual_lab = scenario.begin(shelf, folder / "usual")
    began = time.monotonic()
    run(usual_lab, *scenario.command).check(scenario.ends_with)
    usual = time.monotonic() - began
    usual_lab.remove()
    killed = 0
    for turn, seed in enumerate(seeds):
        if killed == wanted:
            break
        lab = scenario.begin(shelf, folder / str(seed))
        before = _sees(lab)
        wait = random.Random(f"{scenario.name} {seed}").uniform(0, 1.05) * usual
        killed += run(lab, *scenario.command, after=wait).status == -9
        _recovers(lab, (RECOVER, DEPLOY)[turn % 2], before, f"after {wait:.3f} s")
        lab.remove()
    assert killed == wanted, "too many had ended before"


def _recovers(lab: Lab, command: tuple[str, ...], before: Seen, when: str) -> None:
    if exists(lab.place):
        whole(lab.place)
    after = _sees(lab)
    recovered = run(lab, *command)
    assert recovered.status == 0, f"killed {when}: {recovered}"
    try:
        found = prove(lab.place, lab.mirror)
    except AssertionError as error:
        error.add_note(f"killed {when}")
        raise
    if command == RECOVER:
        assert found.pointers == after.pointers, f"killed {when}: recovery moved what users see"
        if found.kinds.count("published") == before.publishes:
            assert found.pointers == before.pointers, when
        else:
            assert found.kinds.count("published") == before.publishes + 1
    else:
        assert found.live == max(event["payload"].get("release", 0) for event in found.events)


@dataclass(frozen=True)
class Seen:
    """What users see at a moment, and how often something was published until then."""

    pointers: Mapping[Name, Name]
    publishes: int


def _sees(lab: Lab) -> Seen:
    if not exists(lab.place):
        return Seen({}, 0)
    return Seen(readable(lab.place), publishes(lab.place))
