"""Killed at any instant, one command reaches wholly the old release or wholly the new.

Invariants 1, 2, 4, 6 and 7, on a real DuckDB file with a double in dbt's place.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.crash.checker import Name, prove, readable
from tests.crash.child import REACHED
from tests.crash.scenarios import CHILD, SCENARIOS, Scenario, Shelf, run
from tests.e2e.lab import Lab, killed_at_last

pytestmark = pytest.mark.crash

EVERY = int(os.environ.get("CRASH_EVERY", "6"))
"""Which share of the instants is tried: every sixth. `CRASH_EVERY=1` tries all of them."""

RANDOM_KILLS = 10
PARTS = 2
"""Into how many tests a scenario's instants are divided, for workers to share."""

RECOVER = ("recover",)
DEPLOY = ("deploy", "v4", "--accept", "rows", "--reason", "meant")


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_killed_at_an_instant(scenario: Scenario, part: int, shelf: Shelf, tmp_path: Path) -> None:
    offset = SCENARIOS.index(scenario) % EVERY
    for at in range(1 + offset + part * EVERY, 1000, PARTS * EVERY):
        lab = scenario.begin(shelf, tmp_path / str(at))
        before = _sees(lab)
        answer = run(lab, *scenario.command, at=at)
        if REACHED not in answer.stderr:
            answer.check(scenario.ends_with)
            prove(lab.database, lab.mirror)
            assert at > 5, "the scenario has next to no instants"
            return
        assert answer.status == -9
        _recovers(lab, (RECOVER, DEPLOY)[at // EVERY % 2], before, f"{at}: {answer.stderr}")
    raise AssertionError("the scenario never ends")


@pytest.fixture(scope="session")
def usual_seconds(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> float:
    """What an undisturbed deploy takes here and now."""
    lab = shelf.stage("two").copy(tmp_path_factory.mktemp("timed") / "lab")
    began = time.monotonic()
    run(lab, "deploy", "v3").check(0)
    return time.monotonic() - began


@pytest.mark.parametrize("seed", range(RANDOM_KILLS))
def test_killed_at_a_random_moment(
    seed: int, usual_seconds: float, shelf: Shelf, tmp_path: Path
) -> None:
    lab = shelf.stage("two").copy(tmp_path / "lab")
    before = _sees(lab)
    # Before that, the interpreter is still starting.
    wait = random.Random(seed).uniform(0.4, 1.05) * usual_seconds
    command = ("rollback", "--yes") if seed % 3 == 2 else ("deploy", "v3")
    with killed_at_last(lab.start(*command, script=CHILD)):
        time.sleep(wait)
    _recovers(lab, (RECOVER, DEPLOY)[seed % 2], before, f"after {wait:.2f} s")


def _recovers(lab: Lab, command: tuple[str, ...], before: Seen, when: str) -> None:
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
