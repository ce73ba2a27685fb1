"""The same on PostgreSQL: processes killed at any instant, and many at once.

Every trial has a database of its own, copied from one with releases in it. Invariants 1, 2, 4, 5, 6
and 7.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.crash.checker import prove
from tests.crash.postgres_lab import PostgresShelf
from tests.crash.scenarios import SCENARIOS, Scenario, run
from tests.crash.test_at_once import COMMANDS, CROWD, come, requires_named, requires_one_act
from tests.crash.test_killed import kill_at_instants, kill_at_random

pytestmark = pytest.mark.crash

EVERY = int(os.environ.get("CRASH_POSTGRES_EVERY", "40"))
RANDOM_KILLS = int(os.environ.get("CRASH_POSTGRES_RANDOM", "2"))
ROUNDS = int(os.environ.get("CRASH_POSTGRES_ROUNDS", "1"))
"""`make soak` tries every instant, 50 random moments of each operation, and 50 rounds."""

RANDOM = [each for each in SCENARIOS if each.name in {"deploy", "rollback"}]

Record = Callable[[str, object], None]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_killed_at_an_instant(
    scenario: Scenario, postgres_shelf: PostgresShelf, tmp_path: Path, record_property: Record
) -> None:
    # Each scenario begins at another one, so that a share reaches early and late instants.
    first = 1 + SCENARIOS.index(scenario) % EVERY
    tried = kill_at_instants(scenario, postgres_shelf, tmp_path, first, EVERY)
    record_property("PostgreSQL: instants", tried)


@pytest.mark.parametrize("scenario", RANDOM, ids=lambda scenario: scenario.name)
def test_killed_at_a_random_moment(
    scenario: Scenario, postgres_shelf: PostgresShelf, tmp_path: Path, record_property: Record
) -> None:
    kill_at_random(scenario, postgres_shelf, tmp_path, range(4 * RANDOM_KILLS), RANDOM_KILLS)
    record_property("PostgreSQL: random", RANDOM_KILLS)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_round_after_round_exactly_one_acts(
    seed: int, postgres_shelf: PostgresShelf, tmp_path: Path, record_property: Record
) -> None:
    lab = postgres_shelf.stage("two").copy(tmp_path / "lab")
    before = prove(lab.place, lab.mirror)
    chosen = random.Random(seed).choices(COMMANDS, k=CROWD)
    began = time.time()
    came = come(lab, chosen)
    assert came.acted is not None
    for number, answer in enumerate(came.answers):
        if number == came.acted:
            answer.check(0)
        else:
            requires_named(answer, came.pids[came.acted], began)
    requires_one_act(before, prove(lab.place, lab.mirror), chosen[came.acted])
    # A reader is not kept out, whoever acts; and there is a way on.
    run(lab, "status").check(0)
    run(lab, "deploy", "v4").check(0)
    prove(lab.place, lab.mirror)
    lab.remove()
    record_property("PostgreSQL: rounds", 1)
