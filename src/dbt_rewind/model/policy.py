"""The policy of an environment: the decision matrix, and who may say yes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

from dbt_rewind.model.severity import Severity
from dbt_rewind.model.trigger import Trigger

GITHUB: Final = "https://token.actions.githubusercontent.com"
"""Who issues the tokens of GitHub Actions."""


class Action(StrEnum):
    """What the matrix says is to be done."""

    ROLL_BACK = "roll back"
    ASSESS = "assess"
    MONITOR = "monitor"
    FIX_FORWARD = "fix forward"


@dataclass(frozen=True, slots=True)
class Demand:
    """Whose yes something needs: that of `quorum` people who have one of `roles`; of nobody where
    the quorum is 0. `emergency`: nobody's, but only with `--emergency` and a reason. `also` has to
    be met beside, by the same people or by others."""

    roles: tuple[str, ...] = ()
    quorum: int = 0
    emergency: bool = False
    also: tuple[Demand, ...] = ()

    @property
    def parts(self) -> tuple[Demand, ...]:
        """Everything that has to be met, one by one."""
        return (replace(self, also=()), *self.also)

    def __str__(self) -> str:
        """`1 of team-lead or cto, and 2 of auditor`."""
        return ", and ".join(f"{each.quorum} of {' or '.join(each.roles)}" for each in self.parts)

    def asks(self, person: Person) -> bool:
        """Whether that person's yes counts for any part of it."""
        return any(set(person.roles) & set(each.roles) for each in self.parts)

    def is_met_by(self, people: Collection[Person]) -> bool:
        """Whether the yes of these people is all that it takes."""
        return all(
            sum(bool(set(person.roles) & set(each.roles)) for person in people) >= each.quorum
            for each in self.parts
        )


NOBODY = Demand()


def together(*demands: Demand) -> Demand:
    """What meets all of them. Where one needs --emergency, or lets it do instead, so does that."""
    by_need = {
        (frozenset(part.roles), part.quorum): replace(part, emergency=False, also=())
        for demand in demands
        for part in demand.parts
        if part.quorum
    }
    needed = [
        part
        for (roles, quorum), part in by_need.items()
        # Whoever meets a stricter one meets this one, too.
        if not any(
            others <= roles and other >= quorum and (others, other) != (roles, quorum)
            for others, other in by_need
        )
    ]
    first = needed[0] if needed else NOBODY
    emergency = any(demand.emergency for demand in demands)
    return replace(first, emergency=emergency, also=tuple(needed[1:]))


@dataclass(frozen=True, slots=True)
class Answer:
    """What is to be done within which time (None: no hurry), whose yes that needs, and whether
    somebody has to look at it afterwards."""

    action: Action
    within: timedelta | None = None
    demand: Demand = NOBODY
    review: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the matrix. It is about the cases that have one of the triggers, one of the
    severities and that kind of environment; None: any."""

    answer: Answer
    triggers: tuple[Trigger, ...] | None = None
    severities: tuple[Severity, ...] | None = None
    production: bool | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can ask and say yes. `keys` are public SSH keys as `type base64`, `logins` the
    names by which CI knows them."""

    name: str
    roles: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CiTrust:
    """A CI that is trusted to say who somebody is: the tokens that `issuer` made for workflows of
    those branches of the repository (`owner/name`)."""

    repository: str
    branches: tuple[str, ...] = ("main",)
    issuer: str = GITHUB


@dataclass(frozen=True, slots=True)
class Policy:
    """What decides in one environment. `deploy` is whose yes a deploy needs, `expires` for how long
    a request may be answered and an answer used, `ci` what proves who acts in CI. Without people
    nobody can be asked, and nothing is enforced. `triggers` are the settings by which findings are
    made, as JSON."""

    production: bool
    matrix: tuple[Rule, ...] = ()
    people: tuple[Person, ...] = ()
    expires: timedelta = timedelta(hours=4)
    deploy: Demand = NOBODY
    triggers: str = ""
    ci: CiTrust | None = None

    @property
    def enforced(self) -> bool:
        return self.production and bool(self.people)

    def person(self, name: str) -> Person | None:
        return next((each for each in self.people if each.name == name), None)
