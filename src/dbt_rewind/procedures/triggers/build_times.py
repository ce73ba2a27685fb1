"""The times of a build's nodes beside those of earlier builds: which became slower, and did all?

A busy machine makes everything slower at once. What a build's nodes share, its pace, is therefore
judged apart, as the build's whole time, and does not make single nodes look slow. All is pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log
from statistics import median
from typing import Final

from dbt_rewind.procedures.triggers.baseline import Rule, Slowdown, slower, usable

Times = Mapping[str, float]
"""The seconds that each node of a build took, by its unique id."""

_ENOUGH: Final = 5
"""With fewer nodes to compare, nobody can tell a slow machine from slow nodes."""

_MOST: Final = 0.5
"""An earlier build says something of the whole time if its nodes make up that part of it."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`whole` is set where the nodes together became slower, `nodes` are those that did by
    themselves, the worst first. `compared` counts the nodes that have enough earlier times."""

    compared: int
    whole: Slowdown | None
    nodes: tuple[tuple[str, Slowdown], ...]


def compare_builds(build: Times, past: Sequence[Times], rule: Rule) -> Comparison:
    """The times of a build beside those of the `past` builds."""
    usual = _usual(build, past, max(rule.samples, 1))
    own = max(_pace(build, usual), 1.0)  # a fast machine accuses nobody
    paces = [_pace(each, usual) for each in past]
    nodes = []
    for node in usual:
        at_pace = [
            seconds / pace
            for each, pace in zip(past, paces, strict=True)
            if usable(seconds := each.get(node))
        ]
        found = slower(build[node] / own, at_pace, rule)
        if found is not None:
            nodes.append((node, _as_measured(found, build[node], own)))
    nodes.sort(key=lambda each: each[1].usual - each[1].measured)
    return Comparison(len(usual), _whole(build, past, usual, rule), tuple(nodes))


def _usual(build: Times, past: Sequence[Times], samples: int) -> Times:
    """The median time of each node of the build that has enough earlier times."""
    earlier = {
        node: [log(seconds) for each in past if usable(seconds := each.get(node))]
        for node, own in build.items()
        if usable(own)
    }
    return {node: exp(median(found)) for node, found in earlier.items() if len(found) >= samples}


def _pace(build: Times, usual: Times) -> float:
    """By which factor the nodes of a build took longer than usual; 1 where that cannot be told."""
    ratios = [
        log(seconds / expected)
        for node, expected in usual.items()
        if usable(seconds := build.get(node))
    ]
    return exp(median(ratios)) if len(ratios) >= _ENOUGH else 1.0


def _as_measured(found: Slowdown, measured: float, pace: float) -> Slowdown:
    return replace(found, measured=measured, threshold=found.threshold * pace)


def _whole(build: Times, past: Sequence[Times], usual: Times, rule: Rule) -> Slowdown | None:
    if len(usual) < 2:
        return None  # which the one node says already
    total = sum(usual.values())
    earlier = []
    for each in past:
        there = [node for node in usual if usable(each.get(node))]
        expected = sum(usual[node] for node in there)
        if there and expected >= total * _MOST:
            earlier.append(sum(each[node] for node in there) / expected * total)
    return slower(sum(build[node] for node in usual), earlier, rule)
