"""Builds as they might have been: seeded, with the noise that machines make, and with slowdowns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp
from random import Random

from dbt_rewind.procedures.triggers.baseline import Rule
from dbt_rewind.procedures.triggers.build_times import Comparison, Times, compare_builds

NODES = 30
PAST = 10
TRIALS = 400
RULE = Rule()


@dataclass(frozen=True)
class Noise:
    """`own` is the spread of a node's time (of its logarithm), `shared` that of the machine's;
    `drift` is what each build takes longer than the one before, `odd` how often a node takes two to
    four times as long by chance, `cold` how often a whole build runs with empty caches, which takes
    1.6 times as long."""

    name: str
    own: float = 0.1
    shared: float = 0.05
    drift: float = 0.0
    odd: float = 0.0
    cold: float = 0.0


NOISES = (
    Noise("steady", own=0.05),
    Noise("usual", own=0.1, shared=0.1),
    Noise("noisy", own=0.25, shared=0.1),
    Noise("a busy machine", own=0.1, shared=0.3),
    Noise("data that grow by 2 % a release", drift=0.02),
    Noise("odd times in 1 of 1,000", odd=0.001),
    Noise("empty caches in 1 of 4 builds", cold=0.25),
)

Change = Callable[[dict[str, float]], dict[str, float]]
"""What a release does to the times of its build."""


def unchanged(build: dict[str, float]) -> dict[str, float]:
    return build


def one_slower(factor: float) -> Change:
    """The fifth slowest node takes that many times as long."""

    def change(build: dict[str, float]) -> dict[str, float]:
        node = sorted(build, key=build.__getitem__)[-5]
        return {**build, node: build[node] * factor}

    return change


def all_slower(factor: float) -> Change:
    return lambda build: {node: seconds * factor for node, seconds in build.items()}


def builds(noise: Noise, random: Random) -> list[dict[str, float]]:
    """`PAST` builds and one more, oldest first. Half of the nodes take less than 2 seconds."""
    usual = {f"model.shop.m{number}": 2 * exp(random.gauss(0, 1.2)) for number in range(NODES)}
    return [_build(noise, random, usual, exp(noise.drift * age)) for age in range(PAST + 1)]


def _build(noise: Noise, random: Random, usual: Times, drift: float) -> dict[str, float]:
    pace = exp(random.gauss(0, noise.shared)) * (1.6 if random.random() < noise.cold else 1) * drift
    return {
        node: seconds
        * pace
        * exp(random.gauss(0, noise.own))
        * (random.uniform(2, 4) if random.random() < noise.odd else 1)
        for node, seconds in usual.items()
    }


def rate(noise: Noise, change: Change, triggers: Callable[[Comparison], bool]) -> float:
    """In which part of the trials a comparison is such."""
    random = Random(f"rewind {noise.name}")
    found = 0
    for _ in range(TRIALS):
        *past, build = builds(noise, random)
        found += triggers(compare_builds(change(build), past, RULE))
    return found / TRIALS


def rates(noise: Noise) -> tuple[float, float, float, float]:
    """False alarms in an unchanged release; misses of one node that takes twice, and three times,
    as long; misses of a build that takes twice as long as a whole."""
    return (
        rate(noise, unchanged, lambda found: bool(found.whole or found.nodes)),
        rate(noise, one_slower(2), lambda found: not found.nodes),
        rate(noise, one_slower(3), lambda found: not found.nodes),
        rate(noise, all_slower(2), lambda found: found.whole is None),
    )
