"""Is a time worse than it used to be? A baseline that a few odd times do not move.

The middle of the earlier times is their median, their spread the median of the absolute deviations
from it (MAD): up to half of the times may be anything, and neither follows them (C. Leys et al.,
"Detecting outliers", Journal of Experimental Social Psychology 49, 2013; P. J. Rousseeuw and
C. Croux, "Alternatives to the median absolute deviation", JASA 88, 1993). Both are taken of the
times' logarithms: what makes work slow makes it slow by a factor.

Everything here is pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, isfinite, log
from statistics import median
from typing import Final, TypeGuard

_NORMAL: Final = 1.4826
"""The MAD of normally distributed values times this is their standard deviation."""

_SMALL: Final = {2: 1.196, 3: 1.495, 4: 1.363, 5: 1.206, 6: 1.200, 7: 1.140, 8: 1.129, 9: 1.107}
"""By how much the MAD of so few values is too small on average (C. Croux and P. J. Rousseeuw,
"Time-efficient algorithms for two highly robust estimators of scale", COMPSTAT 1992)."""

_STEADIEST: Final = 0.1
"""No work takes the same time again to less than a tenth; a few equal times prove no steadiness."""

_GREATEST: Final = 100.0
"""Of which the exponential is still a number; nothing is slower by that factor."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When a time is worse. All must be so: by more than `worse_by` percent, by more than
    `deviations` robust standard deviations, by at least `floor` seconds, and there are at least
    `samples` earlier times."""

    worse_by: float = 50.0
    deviations: float = 4.0
    samples: int = 5
    floor: float = 0.5


@dataclass(frozen=True, slots=True)
class Slowdown:
    """A time in seconds that is worse than the `samples` earlier ones: `usual` is their median,
    `threshold` what it is worse than."""

    measured: float
    usual: float
    threshold: float
    samples: int

    @property
    def percent(self) -> float:
        """By how many percent it is worse than usual."""
        return (self.measured / self.usual - 1) * 100


def usable(seconds: float | None) -> TypeGuard[float]:
    """Whether that is a time. Zero is none: it says that nothing was measured."""
    return seconds is not None and isfinite(seconds) and seconds > 0


def slower(measured: float | None, past: Iterable[float | None], rule: Rule) -> Slowdown | None:
    """How much worse `measured` is than the `past` times, None where it is not.

    What is no time is left out; where `measured` is none, or too few are left, it is not worse.
    """
    known = [each for each in past if usable(each)]
    if not usable(measured) or len(known) < max(rule.samples, 1):
        return None
    logarithms = [log(each) for each in known]
    middle = median(logarithms)
    usual = exp(middle)
    factor = exp(min(rule.deviations * _spread(logarithms, middle), _GREATEST))
    threshold = max(usual * (1 + rule.worse_by / 100), usual * factor, usual + rule.floor)
    if measured <= threshold:
        return None
    return Slowdown(measured, usual, threshold, len(known))


def _spread(logarithms: list[float], middle: float) -> float:
    count = len(logarithms)
    correction = _SMALL.get(count, count / (count - 0.8)) if count > 1 else 1.0
    deviation = median(abs(each - middle) for each in logarithms)
    return max(_NORMAL * correction * deviation, _STEADIEST)
