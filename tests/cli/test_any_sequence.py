"""No sequence of commands takes production back without what the matrix demands.

People of three roles, and somebody whom nobody knows, do whatever they like. What is checked knows
nothing of the code: it keeps its own log of who has said what and when, and looks at what was
published since. It says when something has happened that should not have, and not the other way.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cli.cases import two
from tests.cli.people import ROLES, acting, pair_of
from tests.cli.shop import CONFIG, Shop

from dbt_rewind.model import Event

EXAMPLES = int(os.environ.get("SEQUENCE_EXAMPLES", "20"))
"""How many random sequences are tried; always the same ones."""

EXPIRES = timedelta(hours=4)
REFS = ("v1.0", "v1.1", "main")
"""From the earliest on. Users miss their customers in the last one, which is critical."""

TRIGGERS = """\
triggers:
  health:
    checks:
      - {name: shop, sql: select * from gold.customers, attempts: 1}
"""


@dataclass(frozen=True)
class Rules:
    """What rewind.yml says: who is what, and whether a rollback for `high` is free."""

    roles: Mapping[str, str] = field(default_factory=lambda: dict(ROLES))
    production: bool = True
    high_is_free: bool = False

    @property
    def text(self) -> str:
        config = CONFIG
        if not self.production:
            config = config.replace("branch: main}", "branch: main, production: false}")
        matrix = "matrix: [{production: true, severities: [high], action: roll back}]\n"
        people = "".join(
            f"  {name}: {{roles: [{role}], keys: [{pair_of(name).public}]}}\n"
            for name, role in self.roles.items()
        )
        return f"{config}{TRIGGERS}{matrix if self.high_is_free else ''}people:\n{people}"


EDITS: dict[str, Rules] = {
    "as it was": Rules(),
    "ada leads": Rules({**ROLES, "ada": "team-lead"}),
    "joan leads no more": Rules({**ROLES, "joan": "on-call"}),
    "mallory leads": Rules({**ROLES, "mallory": "team-lead"}),
    "no production": Rules(production=False),
    "high is free": Rules(high_is_free=True),
}


@dataclass
class Asked:
    """A request as the log has it; `what` is the operation, from where, and whereto."""

    by: str | None
    at: datetime
    what: tuple[object, ...]
    yes: dict[str, datetime] = field(default_factory=dict)
    rejected: bool = False
    used: bool = False


@dataclass(frozen=True)
class Assessed:
    at: datetime
    release: int
    severity: str
    by_report: bool


class Forbidden(AssertionError):
    pass


@dataclass
class Log:
    """Who has said what, and what is live by the events that were looked at."""

    shop: Shop
    pending: Rules = field(default_factory=Rules)
    recorded: Rules | None = None
    asked: dict[str, Asked] = field(default_factory=dict)
    assessed: list[Assessed] = field(default_factory=list)
    known: int = 0
    live: int = 0
    since: datetime | None = None
    refs: dict[int, int] = field(default_factory=dict)
    before: dict[int, int | None] = field(default_factory=dict)
    left: set[int] = field(default_factory=set)
    seen: Counter[str] = field(default_factory=Counter)

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(self.shop.store.contents.events.get("prod", ()))

    @property
    def rules(self) -> Rules:
        """Those in force: the ledger's, if people have to be asked by them."""
        recorded = self.recorded
        return recorded if recorded is not None and recorded.production else self.pending

    @property
    def way_back(self) -> int | None:
        """The last release before the live one that nobody has rolled back."""
        number = self.before.get(self.live)
        while number is not None and number in self.left:
            number = self.before.get(number)
        return number

    @property
    def demanded(self) -> str:
        """By the newest finding: `lead`, `nobody`, or `emergency` alone."""
        now, rules = self.shop.at, self.rules
        found = [
            each
            for each in self.assessed
            if each.release == self.live
            and self.since is not None
            and each.at >= self.since
            and each.at + EXPIRES > now
        ]
        usual = "nobody" if rules.high_is_free else "lead"
        if not found or found[-1].severity == "high":
            return usual
        if found[-1].severity != "critical":
            return "lead"
        if found[-1].by_report:
            return "emergency" if rules.high_is_free else "lead"
        return "nobody, to the release before"

    def approved(self, what: tuple[object, ...]) -> bool:
        """Whether a lead has said yes to that, which somebody else has asked for."""
        now, roles = self.shop.at, self.rules.roles
        for each in self.asked.values():
            names = [
                name
                for name, at in each.yes.items()
                if name != each.by and roles.get(name) == "team-lead" and at < each.at + EXPIRES
            ]
            good = each.by in roles and not each.used and not each.rejected
            if good and each.what == what and now < each.at + EXPIRES and names:
                each.used = True
                return True
        return False


@dataclass(frozen=True)
class Act:
    """What somebody does; None: somebody whom nobody knows."""

    who: str | None
    line: str

    @property
    def emergency(self) -> bool:
        return "--emergency" in self.line

    @property
    def verb(self) -> str:
        return self.line.split()[0]

    def word(self, at: int) -> str:
        words = self.line.split()
        return words[at] if len(words) > at else ""


def do(log: Log, act: Act) -> bool:
    """Does it, and looks at what came of it. Returns whether there is anything left to go on."""
    shop = log.shop
    if act.verb == "wait":
        shop.at += timedelta(hours=int(act.word(1)))
        return True
    if act.verb == "edit":
        log.pending = EDITS[act.line.removeprefix("edit ")]
        shop.write("rewind.yml", lambda _: log.pending.text)
        return True
    acting(shop, act.who)
    shop.at -= timedelta(minutes=50)  # a command takes an hour here, and should take ten minutes
    was_live, live_ref = log.live, log.refs.get(log.live)
    ran = shop.run(*act.line.split(), "--json")
    assert ran.status != 1, ran
    document = json.loads(ran.out)
    _write_down(log, act, ran.status, document, was_live, live_ref)
    if not log.events:
        if log.rules.production:
            _require(log.approved(("eject", was_live)), log, act, "an eject")
        log.seen["ejected"] += 1
        return False
    for event in log.events[log.known :]:
        _look(log, act, event)
    log.known = len(log.events)
    return True


def _write_down(
    log: Log, act: Act, status: int, document: Mapping[str, Any], live: int, ref: int | None
) -> None:
    error = document.get("error", {})
    facts = error.get("facts", {})
    if (
        error.get("slug") == "approval-needed"
        and facts["request"]
        and (facts["request"] not in log.asked)
    ):
        if facts["operation"] == "policy":
            what: tuple[object, ...] = ("policy", log.pending)
        elif facts["operation"] == "eject":
            what = ("eject", live)
        else:
            what = (facts["operation"], live, facts["subject"])
        log.asked[facts["request"]] = Asked(act.who, log.shop.at, what)
        log.seen["asked"] += 1
    if act.verb in ("approve", "reject") and status == 0:
        assert act.who is not None
        request = log.asked[document["request"]["id"]]
        if act.verb == "approve":
            request.yes[act.who] = log.shop.at
        else:
            request.rejected = True
        log.seen[act.verb] += 1
    if act.verb in ("assess", "watch"):
        if ref == len(REFS) - 1:
            log.assessed.append(Assessed(log.shop.at, live, "critical", by_report=False))
        elif "--report" in act.line:
            log.assessed.append(Assessed(log.shop.at, live, act.line.split()[-1], by_report=True))


def _look(log: Log, act: Act, event: Event) -> None:
    payload = event.payload
    match event.kind.value:
        case "published":
            _look_at_publish(log, act, event)
        case "policy":
            if log.recorded is not None and log.recorded.production:
                broken = act.emergency and act.who in log.recorded.roles
                _require(broken or log.approved(("policy", log.pending)), log, act, "a policy")
                log.seen["policy by emergency" if broken else "policy approved"] += 1
            log.recorded = log.pending
        case "unquarantined":
            if log.rules.production:
                what = ("release-quarantine", log.live, payload["commit"])
                _require(log.approved(what), log, act, "what is let in")
                log.seen["let in"] += 1
        case "ejected":
            raise AssertionError("the ledger goes with it")


def _look_at_publish(log: Log, act: Act, event: Event) -> None:
    payload = event.payload
    operation, number, previous = (payload[name] for name in ("operation", "release", "previous"))
    ref = {
        "rollback": lambda: log.refs[number],
        "deploy": lambda: REFS.index(act.word(1)),
        "refresh": lambda: log.refs[log.live],
    }[operation]()
    if log.rules.production and (operation == "rollback" or ref < log.refs[log.live]):
        _require_right(log, act, operation, number, ref)
    if operation == "rollback" and number < log.live:
        log.left.add(log.live)
    log.left.discard(number)
    log.before.setdefault(number, previous)
    log.refs[number], log.live, log.since = ref, number, event.at


def _require_right(log: Log, act: Act, operation: str, number: int, ref: int) -> None:
    """That going there was what the matrix demands."""
    demanded, back = log.demanded, log.way_back
    if act.emergency:
        log.seen["emergency"] += 1
        return
    if demanded == "nobody, to the release before":
        there = number if operation == "rollback" else None
        equal = (
            operation == "deploy" and "--full" not in act.line and ref == log.refs.get(back or 0)
        )
        if back is not None and (there == back or equal):
            log.seen["automatic" if act.verb == "watch" else "immediate"] += 1
            return
        demanded = "nobody" if log.rules.high_is_free else "lead"
    assert act.verb != "watch", "automation goes to the release before, and where it is critical"
    if demanded == "nobody":
        log.seen["free"] += 1
        return
    subject = f"r{number}" if operation == "rollback" else _sha(log.shop, act.word(1))
    good = demanded == "lead" and log.approved((operation, log.live, subject))
    _require(good, log, act, f"{operation} to r{number}, which needs {demanded}")
    log.seen["approved"] += 1


def _sha(shop: Shop, ref: str) -> str:
    return shop.sandbox.git("rev-parse", ref)


def _require(holds: bool, log: Log, act: Act, what: str) -> None:
    if not holds:
        raise Forbidden(f"{what}: {act} by {log.rules}, after {log.asked} and {log.assessed}")


MEANT = "--accept vanished --reason meant"
PEOPLE = st.sampled_from(["ada", "grace", "joan", "mallory", None])
MOSTLY_ADA = st.just("ada") | PEOPLE
MOSTLY_LEADS = st.sampled_from(["grace", "joan"]) | PEOPLE
LINES = st.sampled_from(
    [
        *("rollback --yes", "rollback --yes", "rollback --yes --to r1", "rollback --yes --to r2"),
        *("rollback --yes --to r3", "rollback --yes --emergency --reason down"),
        *(f"deploy v1.0 {MEANT}", f"deploy v1.1 {MEANT}", f"deploy main {MEANT}"),
        *(f"deploy main {MEANT}", f"deploy v1.0 --full {MEANT}"),
        f"deploy v1.0 {MEANT} --emergency",
        *("approve --yes", "approve --yes", "approve A1 --yes", "reject --yes --reason no"),
        *("assess", "watch --for 0s"),
        *(f"assess --report wrong --severity {each}" for each in ("critical", "high", "low")),
        *("policy apply", "policy apply --emergency --reason gone", "refresh", "eject --yes"),
        "release-quarantine --reason good",
    ]
)
ACTS = st.builds(Act, PEOPLE, LINES)
ELSEWHERE = st.builds(
    Act,
    st.none(),
    st.sampled_from(["wait 2", "wait 5", *(f"edit {name}" for name in EDITS)]),
)
NEEDING = st.sampled_from(
    [
        *("rollback --yes", "rollback --yes --to r1", f"deploy v1.0 {MEANT}", "policy apply"),
        *("eject --yes", "release-quarantine --reason good"),
    ]
)


@st.composite
def agreements(draw: st.DrawFn) -> tuple[Act, ...]:
    """Somebody asks, somebody answers, and it is tried again; something may come in between."""
    line, asker, answerer, doer = draw(NEEDING), draw(MOSTLY_ADA), draw(MOSTLY_LEADS), draw(PEOPLE)
    edit = draw(st.lists(ELSEWHERE, max_size=1)) if line == "policy apply" else []
    between = draw(st.lists(ACTS | ELSEWHERE, max_size=1))
    return (*edit, Act(asker, line), Act(answerer, "approve --yes"), *between, Act(doer, line))


@st.composite
def downfalls(draw: st.DrawFn) -> tuple[Act, ...]:
    """What is bad goes live, and somebody looks."""
    look = draw(st.sampled_from(["assess", "watch --for 0s"]))
    return (Act("ada", f"deploy main {MEANT}"), Act(draw(PEOPLE), look), draw(ACTS))


SEQUENCES = st.lists(
    agreements() | st.tuples(ACTS) | downfalls() | st.tuples(ELSEWHERE), min_size=2, max_size=6
)


def fresh(shop: Shop) -> Log:
    """Two releases went live before anybody was named."""
    for file in (shop.folder / ".rewind").glob("*.jsonl"):
        file.unlink()
    shop.write("rewind.yml", lambda _: CONFIG)
    two(shop)
    log = Log(shop)
    for event in log.events:
        if event.kind.value == "published":
            number = event.payload["release"]
            log.refs[number] = number - 1
            log.before[number] = event.payload["previous"]
            log.live, log.since = number, event.at
    log.known = len(log.events)
    shop.write("rewind.yml", lambda _: log.pending.text)
    return log


KNOWN: dict[str, tuple[Act, ...]] = {
    "approved": (
        Act("ada", "rollback --yes"),
        Act("grace", "approve --yes"),
        Act("mallory", "rollback --yes"),
    ),
    "emergency": (Act(None, "rollback --yes --emergency --reason down"),),
    "immediate": (
        Act("ada", f"deploy main {MEANT}"),
        Act("ada", "assess"),
        Act("ada", "rollback --yes"),
    ),
    "automatic": (Act("ada", f"deploy main {MEANT}"), Act("ada", "watch --for 0s")),
    "policy approved": (
        Act("ada", "policy apply"),
        Act(None, "edit mallory leads"),
        Act("ada", "policy apply"),
        Act("mallory", "approve --yes"),
        Act("joan", "approve --yes"),
        Act("mallory", "policy apply"),
        Act("ada", "rollback --yes"),
        Act("mallory", "approve A2 --yes"),
        Act("ada", "rollback --yes"),
    ),
    "policy by emergency": (
        Act("ada", "policy apply"),
        Act(None, "edit high is free"),
        Act("mallory", "policy apply --emergency --reason gone"),
        Act("ada", "policy apply --emergency --reason gone"),
        Act(None, "rollback --yes"),
    ),
    "ejected": (
        Act("ada", "eject --yes"),
        Act("joan", "approve --yes"),
        Act("ada", "eject --yes"),
    ),
}
"""One way to each thing that may happen, so that all of them are tried."""


@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    suppress_health_check=[*HealthCheck],
)
@given(SEQUENCES)
def any_sequence(shop: Shop, sequence: list[tuple[Act, ...]]) -> None:
    log = fresh(shop)
    for act in (each for part in sequence for each in part):
        if not do(log, act):
            break


def test_nothing_goes_back_without_what_the_matrix_demands(shop: Shop) -> None:
    any_sequence(shop)


@pytest.mark.parametrize("name", KNOWN)
def test_what_may_happen_does(shop: Shop, name: str) -> None:
    """Else nothing would be found by looking."""
    log = fresh(shop)
    for act in KNOWN[name]:
        do(log, act)
    assert log.seen[name] == 1, log.seen


def test_the_log_tells_what_may_not_happen(shop: Shop) -> None:
    """Somebody has moved production back, and nobody has said a word to it."""
    log = fresh(shop)
    shop.write("rewind.yml", lambda _: CONFIG)
    with pytest.raises(Forbidden, match="rollback to r1, which needs lead"):
        do(log, Act("ada", "rollback --yes"))
