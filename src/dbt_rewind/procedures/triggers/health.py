"""Do the applications that depend on the data answer as they should?

A check is an address or a query, with what is expected of the answer. It cannot be a command:
rewind.yml comes with a commit, and whoever can merge one could then run anything where it is
assessed, with the warehouse's credentials at hand.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from queue import Empty, Queue
from threading import Thread
from typing import Any, Final

from dbt_rewind.config.duration import parse_duration
from dbt_rewind.config.measures import HealthCheck, HealthTrigger, parse_statuses
from dbt_rewind.errors import WarehouseError
from dbt_rewind.integrations.http_check import (
    AddressUnusable,
    NoResponse,
    Response,
    address,
    ask,
)
from dbt_rewind.model import Observation, Severity, Trigger, TriggerFinding
from dbt_rewind.procedures.triggers.json_pointer import ABSENT, at_pointer
from dbt_rewind.procedures.triggers.subject import Subject
from dbt_rewind.procedures.triggers.words import in_rows
from dbt_rewind.redact import MASK, SHORTEST, redact
from dbt_rewind.warehouse.protocol import LedgerReader

PAUSE: Final = 1.0
"""Seconds between two attempts."""

_SLACK: Final = 2.0
"""Seconds that an attempt may last beyond its timeout before nobody waits for it any more."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected within `timeout` seconds, at one of `attempts`; and how bad it is if not.
    `values` are by JSON pointer or by column."""

    timeout: float = 5.0
    attempts: int = 3
    severity: Severity = Severity.CRITICAL
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HttpCheck:
    """An address that must answer with a status between `statuses`, and with that text in it."""

    name: str
    url: str
    expected: Expectation = Expectation()
    statuses: tuple[int, int] = (200, 299)
    contains: str | None = None


@dataclass(frozen=True, slots=True)
class SqlCheck:
    """A query that must return at least `min_rows` rows."""

    name: str
    sql: str
    expected: Expectation = Expectation()
    min_rows: int = 1


@dataclass(frozen=True, slots=True)
class Seen:
    """What an attempt has shown: in one line, and what is wrong with it (None: nothing).
    `unseen`: that is nothing that the other side could help. `wanted` is what should have been
    where `found` was, if that is what is wrong."""

    line: str
    wrong: str | None = None
    unseen: bool = False
    found: str | None = None
    wanted: str | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """Asks all addresses at once, and the queries meanwhile."""

    checks: tuple[HttpCheck | SqlCheck, ...]
    pause: float = PAUSE
    trigger: Trigger = Trigger.HEALTH
    question: str = "Do the applications answer?"

    def look(self, subject: Subject) -> Iterator[Observation]:
        asked = {
            check.name: _asked_aside(check, self.pause)
            for check in self.checks
            if isinstance(check, HttpCheck)
        }
        for check in self.checks:
            match check:
                case HttpCheck():
                    seen = asked[check.name]()
                case SqlCheck():
                    query = partial(_query, subject.reader, check)
                    seen = _attempted(check.expected, self.pause, query)
            yield _observation(check, seen, subject.live.number)


def health_of(settings: HealthTrigger) -> Health:
    """The signal that looks at all checks of rewind.yml."""
    return Health(tuple(_check(each) for each in settings.checks))


def _check(settings: HealthCheck) -> HttpCheck | SqlCheck:
    expected = Expectation(
        parse_duration(settings.timeout).total_seconds(),
        settings.attempts,
        Severity(settings.severity),
        settings.values,
    )
    if settings.url is not None:
        statuses = parse_statuses(settings.status)
        return HttpCheck(settings.name, settings.url, expected, statuses, settings.contains)
    return SqlCheck(settings.name, settings.sql or "", expected, settings.min_rows)


def _observation(check: HttpCheck | SqlCheck, seen: Seen, release: int) -> Observation:
    name = f"health: {check.name}"
    if seen.unseen:
        return Observation(Trigger.HEALTH, name, "", unseen=seen.wrong or seen.line)
    if seen.wrong is None:
        return Observation(Trigger.HEALTH, name, seen.line)
    expected = check.expected
    finding = TriggerFinding(
        Trigger.HEALTH,
        expected.severity,
        subject=check.name,
        what=f"{check.name}: {seen.wrong}",
        measured=seen.found or seen.line,
        threshold=seen.wanted or _threshold(check),
        evidence=(_where(check), f"{_times(expected.attempts)}, the last one: {seen.line}"),
        release=release,
    )
    said = seen.line if seen.line == seen.wrong else f"{seen.line}: {seen.wrong}"
    return Observation(Trigger.HEALTH, name, said, (finding,))


def _threshold(check: HttpCheck | SqlCheck) -> str:
    limit = f"within {check.expected.timeout:g} s"
    match check:
        case HttpCheck():
            low, high = check.statuses
            return f"{low} {limit}" if low == high else f"{low}-{high} {limit}"
        case SqlCheck():
            return f"at least {in_rows(check.min_rows)} {limit}"


def _where(check: HttpCheck | SqlCheck) -> str:
    match check:
        case HttpCheck():
            return redact(f"GET {check.url}")
        case SqlCheck():
            return redact(" ".join(check.sql.split()))


def _times(attempts: int) -> str:
    return "tried once" if attempts == 1 else f"tried {attempts} times"


def _attempted(expected: Expectation, pause: float, attempt: Callable[[], Seen]) -> Seen:
    """What the first good attempt has shown, or else the last one."""
    seen = attempt()
    for _ in range(expected.attempts - 1):
        if seen.wrong is None:
            break
        time.sleep(pause)
        seen = attempt()
    return seen


def _asked_aside(check: HttpCheck, pause: float) -> Callable[[], Seen]:
    """Asks in a thread of its own; what is returned waits for the answer, as long as all attempts
    may take and no longer: a thread that hangs is left behind."""
    answers: Queue[Seen] = Queue()
    try:
        where = address(check.url)
    except AddressUnusable as error:
        return partial(Seen, "", str(error), unseen=True)
    expected = check.expected
    until = time.monotonic() + expected.attempts * (expected.timeout + pause) + _SLACK

    def attempt() -> Seen:
        return _masked(_judged(check, ask(where, expected.timeout)), where.hidden)

    def answer() -> None:
        answers.put(_attempted(expected, pause, attempt))

    Thread(target=answer, name=f"health: {check.name}", daemon=True).start()

    def wait() -> Seen:
        try:
            return answers.get(timeout=max(until - time.monotonic(), 0.01))
        except Empty:
            return Seen("no answer", f"no answer within {expected.timeout:g} s")

    return wait


def _judged(check: HttpCheck, response: Response | NoResponse) -> Seen:
    if isinstance(response, NoResponse):
        return Seen(response.reason, response.reason, unseen=response.ours)
    low, high = check.statuses
    line = f"{response.status} in {response.seconds:.2f} s"
    if not low <= response.status <= high:
        return Seen(line, f"it answers with status {response.status}")
    if check.contains is not None and check.contains.encode() not in response.body:
        where = " in its first megabyte" if response.cut else ""
        return Seen(line, f"its answer has no {check.contains!r} in it{where}")
    return _with_values(line, check.expected, response) if check.expected.values else Seen(line)


def _with_values(line: str, expected: Expectation, response: Response) -> Seen:
    try:
        document = json.loads(response.body)
    except (ValueError, RecursionError):
        what = "is longer than a megabyte" if response.cut else "is no JSON"
        return Seen(line, f"its answer {what}")
    for pointer, wanted in expected.values.items():
        found = at_pointer(document, pointer)
        if isinstance(found, bool) is not isinstance(wanted, bool) or found != wanted:
            return _other(line, pointer, found, wanted)
    return Seen(line)


def _query(reader: LedgerReader, check: SqlCheck) -> Seen:
    expected = check.expected
    try:
        answer = reader.query(check.sql, limit=max(check.min_rows, 1))
    except WarehouseError as error:
        return Seen("no answer", redact(error.message))
    line = f"{in_rows(len(answer.rows))} in {answer.seconds:.2f} s"
    if len(answer.rows) < check.min_rows:
        return Seen(line, f"it returns {in_rows(len(answer.rows))}")
    line = f"at least {line}"
    if answer.seconds > expected.timeout:
        return Seen(line, f"it took longer than {expected.timeout:g} s")
    first = dict(zip(answer.columns, answer.rows[0], strict=False)) if answer.rows else {}
    for column, wanted in expected.values.items():
        found = first.get(column, ABSENT)
        if found is ABSENT or (found != wanted and str(found) != str(wanted)):
            return _other(line, column, found, wanted)
    return Seen(line)


def _other(line: str, place: str, found: Any, wanted: Any) -> Seen:
    """Something else is found in a place than is wanted."""
    return Seen(
        line,
        f"{place} is {_short(found)}, not {_short(wanted)}",
        found=f"{place} is {_short(found)}",
        wanted=f"{place} is {_short(wanted)}",
    )


def _short(value: Any) -> str:
    if value is ABSENT:
        return "missing"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _masked(seen: Seen, hidden: tuple[str, ...]) -> Seen:
    """What was seen without what stands in the address's variables, where an answer repeats it."""

    def mask(text: str) -> str:
        for value in sorted(hidden, key=len, reverse=True):
            if len(value) >= SHORTEST:
                text = text.replace(value, MASK)
        return redact(text)

    return replace(
        seen,
        line=mask(seen.line),
        wrong=mask(seen.wrong) if seen.wrong else None,
        found=mask(seen.found) if seen.found else None,
    )
