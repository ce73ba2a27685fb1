"""What rewind.yml says of the decision matrix, checked for contradictions when it is read."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from dbt_rewind.config.age import parse_age
from dbt_rewind.config.demand import Approval, demand_of
from dbt_rewind.config.duration import parse_duration
from dbt_rewind.config.rules import PROBLEM, Settings, SeverityName
from dbt_rewind.model import Action, Answer, Rule, Severity, Trigger
from dbt_rewind.model.matrix import cases_of, contradictions

ActionName = Literal["roll back", "assess", "monitor", "fix forward"]
TriggerName = Literal[
    "tests", "health", "data", "integrity", "performance", "security", "freshness", "report"
]
SomeTriggers = Annotated[tuple[TriggerName, ...], Field(strict=False, min_length=1)]
SomeSeverities = Annotated[tuple[SeverityName, ...], Field(strict=False, min_length=1)]


def parse_deadline(text: str) -> timedelta:
    """The time that `30m`, `4h` or `2d` is. Raises ValueError."""
    try:
        return parse_duration(text)
    except ValueError:
        return parse_age(text)


def _within(value: Any) -> Any:
    try:
        if value is not None:
            parse_deadline(value)
    except (TypeError, ValueError):
        raise PydanticCustomError(PROBLEM, "must be a time such as 0s, 30m, 4h or 2d") from None
    return value


class RuleConfig(Settings):
    """What is to be done in some cases; what is left out stands for any."""

    triggers: SomeTriggers | None = Field(
        default=None, description="Which triggers it is about; without it, all."
    )
    severities: SomeSeverities | None = Field(
        default=None, description="Which severities it is about; without it, all."
    )
    production: bool | None = Field(
        default=None, description="Whether it is about production; without it, about both."
    )
    action: ActionName = Field(
        description="What is to be done: roll back, assess, monitor or fix forward."
    )
    within: Annotated[str | None, BeforeValidator(_within)] = Field(
        default=None, description="Within which time; without it, there is no hurry."
    )
    approval: Approval = Field(
        default="nobody",
        description=(
            "Whose yes that needs: nobody, emergency (nobody's, but only with --emergency), or "
            "people by their roles."
        ),
    )
    review: bool = Field(
        default=False, description="Whether somebody has to look at it afterwards."
    )

    @model_validator(mode="after")
    def _may_say_so(self) -> Self:
        if self.action != "roll back":
            if self.approval == "emergency":
                raise _problem("has an emergency approval, which is for `action: roll back` alone")
            return self
        for case in cases_of(rule_of(self)):
            if not case.production:
                raise _problem(
                    "rolls back outside production too; say `production: true`, or another action"
                )
            if case.severity is Severity.LOW:
                raise _problem(
                    "rolls back for warnings too; name severities without low, or another action"
                )
        return self


def rule_of(config: RuleConfig) -> Rule:
    """The rule that the settings stand for."""
    answer = Answer(
        Action(config.action),
        None if config.within is None else parse_deadline(config.within),
        demand_of(config.approval),
        config.review,
    )
    return Rule(
        answer,
        None if config.triggers is None else tuple(Trigger(each) for each in config.triggers),
        None if config.severities is None else tuple(Severity(each) for each in config.severities),
        config.production,
    )


def require_agreement(rules: tuple[RuleConfig, ...]) -> tuple[RuleConfig, ...]:
    """The rules. Raises a problem where two of them answer a case differently, and neither is about
    a part of the other's cases only."""
    for found in contradictions([rule_of(rule) for rule in rules]):
        raise PydanticCustomError(
            PROBLEM,
            "contradicts matrix[{first}] for: {case}; name the case in a rule of its own",
            {"first": found.first, "case": str(found.case), "at": (found.second,)},
        )
    return rules


def _problem(words: str) -> PydanticCustomError:
    return PydanticCustomError(PROBLEM, words)
