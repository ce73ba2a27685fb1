"""Do the sample queries of `verify.queries` answer as fast as they did?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from dbt_rewind.errors import WarehouseError
from dbt_rewind.model import Observation, Severity, Trigger, TriggerFinding
from dbt_rewind.procedures.triggers.baseline import Rule, Slowdown, slower
from dbt_rewind.procedures.triggers.node_times import slowdown_finding
from dbt_rewind.procedures.triggers.query_log import (
    QueryTime,
    log_file,
    note_times,
    query_key,
    read_times,
)
from dbt_rewind.procedures.triggers.signal import unseen
from dbt_rewind.procedures.triggers.subject import Subject
from dbt_rewind.redact import redact

if TYPE_CHECKING:
    from dbt_rewind.config.schema import QueryConfig

AGAIN: Final = 2
"""How often a query that was slow is asked again; only the fastest answer counts."""


@dataclass(frozen=True, slots=True)
class QueryTimes:
    """Times each query, and compares that with its own limit, and with at most `most` times that
    this machine measured while earlier releases were live."""

    rule: Rule
    most: int
    trigger: Trigger = Trigger.PERFORMANCE
    question: str = "Do sample queries take longer than before?"

    def look(self, subject: Subject) -> Iterator[Observation]:
        queries = subject.workspace.config.verify.queries
        if not queries:
            return
        file = log_file(subject.workspace.state_folder, subject.workspace.name)
        noted, measured = read_times(file), []
        release = subject.live.number
        for query in queries:
            key = query_key(query.sql)
            past = [each.seconds for each in noted if each.query == key and each.release < release]
            try:
                first = _seconds(subject, query)
                measured.append(QueryTime(key, release, first))
                yield self._observation(subject, query, first, past[-self.most :])
            except WarehouseError as error:
                yield unseen(self.trigger, f"query: {query.name}", redact(error.message))
        try:
            note_times(file, measured)
        except OSError as error:
            reason = (error.strerror or "error").lower()
            yield Observation(self.trigger, "query times", f"{file.name} is not written: {reason}")

    def _observation(
        self, subject: Subject, query: QueryConfig, first: float, past: list[float]
    ) -> Observation:
        best = first
        for _ in range(AGAIN):
            if best <= query.max_seconds and slower(best, past, self.rule) is None:
                break
            best = min(best, _seconds(subject, query))
        found = slower(best, past, self.rule)
        known = len(past) >= self.rule.samples
        limit = f"limit {query.max_seconds:g} s; few earlier times"
        beside = f"beside {len(past)} earlier times" if known else limit
        return Observation(
            self.trigger,
            f"query: {query.name}",
            f"{best:.2f} s, {beside}",
            tuple(_findings(query, best, found, subject.live.number)),
        )


def _findings(
    query: QueryConfig, best: float, found: Slowdown | None, release: int
) -> Iterator[TriggerFinding]:
    again = f"the fastest of {AGAIN + 1} answers"
    if best > query.max_seconds:
        yield TriggerFinding(
            Trigger.PERFORMANCE,
            Severity.MEDIUM,
            subject=f"query {query.name}",
            what=f"the query {query.name} takes longer than it may",
            measured=f"{best:.2f} s",
            threshold=f"{query.max_seconds:g} s",
            evidence=(again, redact(" ".join(query.sql.split()))),
            release=release,
        )
    elif found is not None:
        what = f"the query {query.name}"
        finding = slowdown_finding(f"query {query.name}", what, found, "earlier times", release)
        yield replace(finding, evidence=(*finding.evidence, again))


def _seconds(subject: Subject, query: QueryConfig) -> float:
    return subject.reader.query(query.sql, limit=max(query.min_rows, 5)).seconds
