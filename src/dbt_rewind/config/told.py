"""What rewind.yml says of each channel: what it is told of, and where its secret is."""

from __future__ import annotations

import os
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from dbt_rewind.config.rules import PROBLEM, Settings
from dbt_rewind.model import Severity, Topic

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _severity(value: Any) -> Any:
    if value not in tuple(Severity):
        raise _not_one_of(Severity)
    return Severity(value)


def _topic(value: Any) -> Any:
    if value not in tuple(Topic):
        raise _not_one_of(Topic)
    return Topic(value)


def _not_one_of(kind: type[Severity] | type[Topic]) -> PydanticCustomError:
    return PydanticCustomError(PROBLEM, "must be one of: {known}", {"known": ", ".join(kind)})


def _variable(text: str) -> str:
    # An address here would be a secret in a file that everybody reads.
    if not _VARIABLE.fullmatch(text):
        words = "must be the name of an environment variable: what it holds is a secret"
        raise PydanticCustomError(PROBLEM, words)
    return text


Variable = Annotated[str, AfterValidator(_variable)]
FromSeverity = Annotated[Severity, BeforeValidator(_severity)]
Topics = Annotated[tuple[Annotated[Topic, BeforeValidator(_topic)], ...], Field(strict=False)]
Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(strict=False)]


class ToldConfig(Settings):
    """What a channel is told of."""

    topics: Topics | None = Field(
        default=None, description="What it is told of; without it, of everything."
    )
    severity: FromSeverity = Field(
        default=Severity.LOW,
        description="From which severity on it is told: critical, high, medium or low.",
    )
    environments: Names | None = Field(
        default=None,
        description="The environments that it is told of; without it, those in production.",
    )


def value_of(variable: str) -> str:
    """What the environment variable holds; nothing where it is not set."""
    return os.environ.get(variable, "").strip()
