"""Killed at any instant, one command reaches wholly the old release or wholly the new.

Invariants 1, 2, 4, 6 and 7, on a real DuckDB file with a double in dbt's place.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.crash.checker import Name, prove, readable, whole
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
    for at in range(1 + offset + part * EVERY, 1000, PARTS * EVERY):
        lab = scenario.begin(shelf, tmp_path / str(at))
        before = _sees(lab)
        answer = run(lab, *scenario.command, at=at)
        if REACHED not in answer.stderr:
            answer.check(scenario.ends_with)
            prove(lab.database, lab.mirror)
            assert at > 5, "the scenario has next to no instants"
            tried = len(range(1 + offset + part * EVERY, at, PARTS * EVERY))
            record_property(f"{scenario.name}: instants", tried)
            return
        assert answer.status == -9
        _recovers(lab, (RECOVER, DEPLOY)[at // EVERY % 2], before, f"{at}: {answer.stderr}")
        shutil.rmtree(lab.folder)
    raise AssertionError("the scenario never ends")


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("scenario", RANDOM, ids=lambda scenario: scenario.name)
def test_killed_at_a_random_moment(
    scenario: Scenario, part: int, shelf: Shelf, tmp_path: Path, record_property: Record
) -> None:
    began = time.monotonic()
    run(scenario.begin(shelf, tmp_path / "usual"), *scenario.command).check(scenario.ends_with)
    usual = time.monotonic() - began
    killed, wanted = 0, len(range(part, RANDOM_KILLS, PARTS))
    for seed in range(part, 4 * RANDOM_KILLS, PARTS):
        if killed == wanted:
            break
        lab = scenario.begin(shelf, tmp_path / str(seed))
        before = _sees(lab)
        wait = random.Random(f"{scenario.name} {seed}").uniform(0, 1.05) * usual
        killed += run(lab, *scenario.command, after=wait).status == -9
        _recovers(lab, (RECOVER, DEPLOY)[seed // PARTS % 2], before, f"after {wait:.3f} s")
        shutil.rmtree(lab.folder)
    assert killed == wanted, "too many had ended before"
    record_property(f"{scenario.name}: random", killed)


def _recovers(lab: Lab, command: tuple[str, ...], before: Seen, when: str) -> None:
    if lab.database.exists():
        whole(lab.database)
    after = _sees(lab)
    recovered = run(lab, *command)
    assert recovered.status == 0, f"killed {when}: {recovered}"
    try:
        found = prove(lab.database, lab.mirror)
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
    if not lab.database.exists():
        return Seen({}, 0)
    publishes = [row for row in lab.standing()["events"] if "published" in row]
    return Seen(readable(lab.database), len(publishes))
