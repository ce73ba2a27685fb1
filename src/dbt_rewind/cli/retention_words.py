"""What is kept and for how long, in words and as JSON data; shared by several commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dbt_rewind.cli.words import clipped, moment
from dbt_rewind.config.age import age_text, parse_age

if TYPE_CHECKING:
    from dbt_rewind.config.schema import RewindConfig
    from dbt_rewind.engine.history import History
    from dbt_rewind.engine.retention import Rules, Verdict


def rules_of(
    config: RewindConfig, keep: int | None = None, within: timedelta | None = None
) -> Rules:
    """The rules of rewind.yml, with those of the command line in their place."""
    from dbt_rewind.engine.retention import Rules

    own = config.retention
    return Rules(
        own.keep if keep is None else keep,
        parse_age(own.within) if within is None and own.within is not None else within,
    )


def rules_words(rules: Rules) -> str:
    """`the last 10 releases that were live, and those that went live in the last 30d`."""
    words = f"the last {rules.keep} releases that were live"
    if rules.keep == 1:
        words = "the live release"
    if rules.within is not None:
        words += f", and those that went live in the last {age_text(rules.within)}"
    return words


def verdict_words(verdict: Verdict, known: History, rules: Rules) -> str:
    """Why a release is kept or dropped."""
    from dbt_rewind.engine.retention import Reason

    pinned = known.pins.get(verdict.release)
    ended = known.releases[verdict.release].state.value
    old = f"not one of the last {rules.keep} that were live" if rules.keep > 1 else "not live now"
    if rules.within is not None:
        old += f", and did not go live in the last {age_text(rules.within)}"
    return {
        Reason.GIVEN_BACK: "given back by `rewind eject`",
        Reason.EMPTY: f"it is {ended}: nothing of it is left",
        Reason.UNFINISHED: "it is being built",
        Reason.WAITING: "it waits for its publish",
        Reason.LIVE: "it is live",
        Reason.PINNED: f"pinned: {clipped(pinned, 30)}" if pinned else "pinned",
        Reason.WAY_BACK: "`rewind rollback` goes to it",
        Reason.FLAG: "a flag that is off goes back to it",
        Reason.NEWEST_FAILURE: f"the newest that {ended}, for a look",
        Reason.LAST: f"one of the last {rules.keep} that were live",
        Reason.YOUNG: f"young until {moment(verdict.until)}" if verdict.until else "young",
        Reason.OLD: old,
        Reason.PAST_FAILURE: f"it {ended}, and something newer came after it"
        if ended == "failed"
        else f"it was {ended}, and something newer came after it",
    }[verdict.reason]


@dataclass(frozen=True, slots=True)
class Retention:
    """What the rules say of every release of `known`."""

    known: History
    rules: Rules
    verdicts: Mapping[int, Verdict]

    def way_back(self, number: int) -> str:
        """Whether the release can be rolled back to, and for how long that is sure."""
        from dbt_rewind.engine.history import RESTORABLE
        from dbt_rewind.engine.retention import Reason

        verdict = self.verdicts[number]
        words = verdict_words(verdict, self.known, self.rules)
        if verdict.reason is Reason.LIVE:
            return words
        if verdict.reason is Reason.WAITING:
            return f"no; {words}"
        if self.known.releases[number].state not in RESTORABLE:
            return "no"
        if verdict.reason is Reason.OLD:
            return "yes, until the next `rewind prune`"
        if verdict.until is not None:
            return f"yes, until {moment(verdict.until)}"
        return f"yes, while it is {words}" if verdict.reason is Reason.LAST else f"yes; {words}"

    def facts(self, number: int) -> dict[str, Any]:
        """Why the release is pinned, what keeps it, and until when time alone does."""
        from dbt_rewind.engine.retention import Fate

        verdict = self.verdicts[number]
        return {
            "pinned": self.known.pins.get(number),
            "kept_by": verdict.reason if verdict.reason.fate is Fate.KEPT else None,
            "restorable_until": verdict.until,
        }


def read_retention(known: History, config: RewindConfig) -> Retention:
    """What the rules of rewind.yml say now."""
    from dbt_rewind import clock
    from dbt_rewind.engine.retention import decide

    rules = rules_of(config)
    verdicts = {each.release: each for each in decide(known, rules, clock.now())}
    return Retention(known, rules, verdicts)
