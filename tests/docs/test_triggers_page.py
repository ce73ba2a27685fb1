"""The rates of false alarms and misses in the reference are what the seeded corpus shows."""

from __future__ import annotations

import pytest
from tests.docs.pages import reference, rows
from tests.unit.procedures.triggers.corpus import NOISES, PAST, TRIALS, Noise, rates

SECTION = reference("triggers").section("Performance")


@pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.name)
def test_the_rates_are_those_that_are_measured(noise: Noise) -> None:
    found = {row[0]: row[1:] for row in rows(SECTION)}
    assert found[noise.name] == tuple(f"{100 * rate:.1f} %" for rate in rates(noise))


def test_no_other_rates_are_documented() -> None:
    documented = [row[0] for row in rows(SECTION) if row[1].endswith(" %")]
    assert documented == [noise.name for noise in NOISES]
    assert f"in {TRIALS} made-up releases each: 30 nodes, ten earlier builds" in SECTION
    assert PAST == 10
