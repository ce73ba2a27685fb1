"""Whether the people of rewind.yml can give every yes that its rules ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticCustomError

from dbt_rewind.config.approvals import ci_trust_of
from dbt_rewind.config.demand import demand_of
from dbt_rewind.config.matrix import rule_of
from dbt_rewind.config.people import people_of
from dbt_rewind.config.rules import PROBLEM
from dbt_rewind.model import Demand
from dbt_rewind.model.matrix import CASES, DEFAULT, answer, cases_of

if TYPE_CHECKING:
    from dbt_rewind.config.schema import RewindConfig


def require_attainable(config: RewindConfig) -> None:
    """Raises a problem where people are named, and some approval in production is nobody's to give:
    it would be asked for again and again, and never be there. Who asks is not thought of."""
    people = people_of(config)
    if not people:
        return
    ci = ci_trust_of(config.approvals) is not None
    able = [person for person in people if person.keys or (person.logins and ci)]
    for demand, at, words in _demands(config):
        count = sum(demand.asks(person) for person in able)
        if count < demand.quorum:
            found = f"{count} of them" if count else "nobody"
            raise PydanticCustomError(
                PROBLEM, words, {"needed": str(demand), "found": found, "at": at}
            )


def _demands(config: RewindConfig) -> Iterator[tuple[Demand, tuple[Any, ...], str]]:
    """Whose yes is asked for, where that is said, and what is to be told of it.

    A change of the policy needs no more than all of these, from the same people.
    """
    rules = [rule_of(rule) for rule in config.matrix]
    for at, rule in enumerate(rules):
        if any(case.production for case in cases_of(rule)):
            yield rule.answer.demand, ("matrix", at, "approval"), _ASKED
    yield demand_of(config.approvals.deploy), ("approvals", "deploy"), _ASKED
    ours = frozenset[Any]().union(*map(cases_of, rules))
    for demand in _distinct(
        answer(DEFAULT, case).demand for case in CASES if case.production and case not in ours
    ):
        yield demand, ("people",), _ASKED_BY_DEFAULT


def _distinct(demands: Iterable[Demand]) -> tuple[Demand, ...]:
    return tuple(dict.fromkeys(demands))


_ASKED = (
    "needs the yes of {needed}, and `people` names {found} with a key, or a login that "
    "`approvals.ci` proves"
)
_ASKED_BY_DEFAULT = (
    "names {found} with a key, or a login that `approvals.ci` proves, for the yes of {needed}, "
    "which the matrix asks for; say in `matrix` if others are to be asked"
)
