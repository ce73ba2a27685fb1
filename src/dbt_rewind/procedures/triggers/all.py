"""All triggers in the order in which they are asked: what is quick and bad comes first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dbt_rewind.config.duration import parse_duration
from dbt_rewind.config.triggers import TriggersConfig
from dbt_rewind.procedures.triggers.freshness import Freshness
from dbt_rewind.procedures.triggers.health import health_of
from dbt_rewind.procedures.triggers.node_times import NodeTimes, performance_rule
from dbt_rewind.procedures.triggers.public_grants import PublicGrants
from dbt_rewind.procedures.triggers.query_times import QueryTimes
from dbt_rewind.procedures.triggers.relations import Relations
from dbt_rewind.procedures.triggers.report import Report
from dbt_rewind.procedures.triggers.rows_before import RowsBefore
from dbt_rewind.procedures.triggers.rows_now import RowsNow
from dbt_rewind.procedures.triggers.secrets_in_change import SecretsInChange
from dbt_rewind.procedures.triggers.signal import Signal
from dbt_rewind.procedures.triggers.storage import Storage
from dbt_rewind.procedures.triggers.tests_at_build import TestsAtBuild
from dbt_rewind.procedures.triggers.tests_now import TestsNow
from dbt_rewind.procedures.triggers.vulnerable_pins import VulnerablePins

VULNERABILITIES: Final = "triggers.security.vulnerabilities"
"""The setting of what asks a service in the internet: no option does."""


@dataclass(frozen=True, slots=True)
class Extent:
    """What is looked at that takes longer than a moment. `tests`: dbt's tests run now, instead of
    what they said at the build. `integrity`: the warehouse checks its own storage. `freshness`:
    dbt asks the sources for their age. `vulnerabilities`: pip-audit asks a service in the internet
    for what is known of pinned packages."""

    tests: bool = False
    integrity: bool = False
    freshness: bool = False
    vulnerabilities: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was not looked at because nobody asked for it, and the setting that asks; `by_option`:
    `--deep` asks, too."""

    what: str
    setting: str
    by_option: bool = True


def extent_of(settings: TriggersConfig) -> Extent:
    """What the settings ask for."""
    return Extent(
        settings.tests.run,
        settings.integrity.deep,
        settings.freshness.run,
        settings.security.vulnerabilities,
    )


def all_triggers(
    settings: TriggersConfig, extent: Extent, reports: tuple[Report, ...] = ()
) -> tuple[Signal, ...]:
    """The signals that look at all that `settings` and `extent` ask for, and what people report."""
    return tuple(_signals(settings, extent, reports))


def left_out(extent: Extent) -> tuple[LeftOut, ...]:
    """What `extent` leaves out."""
    return tuple(
        LeftOut(what, setting, by_option=setting != VULNERABILITIES)
        for what, setting, included in (
            ("dbt's tests run now", "triggers.tests.run", extent.tests),
            ("the warehouse's own check", "triggers.integrity.deep", extent.integrity),
            ("dbt's source freshness", "triggers.freshness.run", extent.freshness),
            (
                "known vulnerabilities",
                VULNERABILITIES,
                extent.vulnerabilities,
            ),
        )
        if not included
    )


def _signals(
    settings: TriggersConfig, extent: Extent, reports: tuple[Report, ...]
) -> Iterator[Signal]:
    yield from reports
    if settings.health.checks:
        yield health_of(settings.health)
    yield Relations()
    tests = settings.tests
    yield TestsNow(tests) if extent.tests else TestsAtBuild(tests)
    data = settings.data
    yield RowsNow(data.max_loss, parse_duration(data.time).total_seconds())
    yield RowsBefore(data)
    performance = settings.performance
    rule = performance_rule(performance)
    yield NodeTimes(rule, performance.releases)
    yield QueryTimes(rule, performance.releases)
    security = settings.security
    yield PublicGrants(security.public)
    if security.secrets is not False:
        yield SecretsInChange(security.secrets is True, security.exempt)
    if extent.integrity:
        yield Storage(parse_duration(settings.integrity.time).total_seconds())
    if extent.freshness:
        yield Freshness()
    if extent.vulnerabilities:
        yield VulnerablePins(security.service, security.osv_url, security.accepted)
