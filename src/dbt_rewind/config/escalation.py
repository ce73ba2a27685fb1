"""What rewind.yml says of who is called when nobody answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, Field, field_validator
from pydantic_core import PydanticCustomError

from dbt_rewind.config.duration import parse_duration
from dbt_rewind.config.rules import PROBLEM, Settings
from dbt_rewind.config.told import FromSeverity, Names
from dbt_rewind.model import Severity

LONGEST: Final = timedelta(days=7)


def _after(text: str) -> str:
    try:
        fits = parse_duration(text) <= LONGEST
    except ValueError:
        fits = False
    if not fits:
        raise PydanticCustomError(PROBLEM, "must be a time such as 0s, 15m or 1h, at most 168h")
    return text


class LevelConfig(Settings):
    """One level of the ladder: whom to call, and when."""

    name: Annotated[str, Field(min_length=1)] = Field(
        description="Who is called, in a word or two."
    )
    contact: str = Field(
        default="", description="How to reach them, as it is to stand in the message."
    )
    after: Annotated[str, AfterValidator(_after)] = Field(
        description="How long after the incident was opened, if nobody has acknowledged it."
    )
    channels: Names | None = Field(
        default=None,
        description="The channels it goes to; without it, all that are told of `escalated`.",
    )


LADDER: Final = (
    LevelConfig(name="on-call", after="0s"),
    LevelConfig(name="DevOps lead", after="15m"),
    LevelConfig(name="engineering manager", after="30m"),
    LevelConfig(name="CTO", after="1h"),
)


class EscalationConfig(Settings):
    """Who is called, level by level, until somebody acknowledges an incident."""

    severity: FromSeverity = Field(
        default=Severity.HIGH,
        description="From which severity on somebody is called: critical, high, medium or low.",
    )
    levels: Annotated[tuple[LevelConfig, ...], Field(strict=False)] = Field(
        default=LADDER, description="The levels, the first called first."
    )

    @field_validator("levels")
    @classmethod
    def _later_and_later(cls, levels: tuple[LevelConfig, ...]) -> tuple[LevelConfig, ...]:
        for at in range(1, len(levels)):
            if parse_duration(levels[at].after) < parse_duration(levels[at - 1].after):
                raise PydanticCustomError(
                    PROBLEM,
                    "is earlier than that of the level before it",
                    {"at": (at, "after")},
                )
        return levels
