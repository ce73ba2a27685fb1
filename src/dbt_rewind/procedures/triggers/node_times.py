"""Did the build of the live release take longer than the builds before it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from dbt_rewind.config.duration import parse_duration
from dbt_rewind.config.measures import PerformanceTrigger
from dbt_rewind.model import Observation, Origin, Release, Severity, Trigger, TriggerFinding
from dbt_rewind.procedures.triggers.baseline import Rule, Slowdown, usable
from dbt_rewind.procedures.triggers.build_times import Comparison, Times, compare_builds
from dbt_rewind.procedures.triggers.subject import Subject

NAME = "build times"


@dataclass(frozen=True, slots=True)
class NodeTimes:
    """Compares what dbt measured for each node that the live release built with what it took in at
    most `most` earlier builds that went live and were not rolled back."""

    rule: Rule
    most: int
    trigger: Trigger = Trigger.PERFORMANCE
    question: str = "Do models take longer than before?"

    def look(self, subject: Subject) -> Iterator[Observation]:
        build = built_times(subject.live)
        if not build:
            yield Observation(self.trigger, NAME, f"{subject.live.id} has built nothing")
            return
        found = compare_builds(build, self._earlier(subject), self.rule)
        yield Observation(
            self.trigger, NAME, self._seen(build, found), tuple(_findings(found, subject.live))
        )

    def _earlier(self, subject: Subject) -> list[Times]:
        """The times of the builds before the live release, the newest first."""
        earlier: list[Times] = []
        for release in subject.earlier():
            if subject.history.releases[release.number].built:
                earlier.append(built_times(release))
            if len(earlier) == self.most:
                break
        return earlier

    def _seen(self, build: Times, found: Comparison) -> str:
        if not found.compared:
            return f"no model has {self.rule.samples} earlier times to compare with yet"
        slow = len(found.nodes) + (found.whole is not None)
        also = (
            f"; {len(build) - found.compared} have too few" if found.compared < len(build) else ""
        )
        return f"{found.compared} of {len(build)} compared{also}: {slow or 'none'} slower"


def performance_rule(settings: PerformanceTrigger) -> Rule:
    """What rewind.yml says of when a time is worse."""
    floor = parse_duration(settings.floor) / timedelta(seconds=1)
    return Rule(settings.worse_by, settings.deviations, settings.samples, floor)


def built_times(release: Release) -> Times:
    """What dbt measured for each node that the release itself has built."""
    return {
        node.unique_id: node.seconds
        for node in release.nodes
        if node.origin is Origin.BUILT and node.built_by == release.number and usable(node.seconds)
    }


def slowdown_finding(
    subject: str, what: str, found: Slowdown, times: str, release: int
) -> TriggerFinding:
    """The finding about a time that is worse; `times` is what there are several of."""
    return TriggerFinding(
        Trigger.PERFORMANCE,
        Severity.MEDIUM,
        subject=subject,
        what=f"{what} takes {found.percent:.0f} % longer than usual",
        measured=f"{found.measured:.2f} s",
        threshold=f"{found.threshold:.2f} s",
        evidence=(f"usually {found.usual:.2f} s, the median of {found.samples} {times}",),
        release=release,
    )


def _findings(found: Comparison, live: Release) -> Iterator[TriggerFinding]:
    if found.whole is not None:
        what = f"the build of {found.compared} nodes as a whole"
        yield slowdown_finding("the build", what, found.whole, "earlier builds", live.number)
    for node, slowdown in found.nodes:
        yield slowdown_finding(node, node, slowdown, "earlier builds", live.number)
