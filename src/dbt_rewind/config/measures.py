"""What rewind.yml says of three triggers: health, performance, security."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    JsonValue,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from dbt_rewind.config.duration import parse_duration
from dbt_rewind.config.rules import PROBLEM, Percent, Settings, SeverityName

LONGEST_TIMEOUT: Final = timedelta(minutes=1)

_STATUSES: Final = re.compile(r"([1-5]\d\d)(?:-([1-5]\d\d))?", re.ASCII)
_ADDRESS: Final = re.compile(r"(https?://|\$\{)[^\s]+")

Text = Annotated[str, Field(min_length=1)]


def parse_statuses(text: str) -> tuple[int, int]:
    """The lowest and the highest status of `200` or `200-299`. Raises ValueError."""
    match = _STATUSES.fullmatch(text)
    if match is None or int(match[1]) > int(match[2] or match[1]):
        raise ValueError(f"{text!r} is no status such as 200 or 200-299")
    return int(match[1]), int(match[2] or match[1])


def _statuses(value: Any) -> Any:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    try:
        parse_statuses(text)
    except (TypeError, ValueError):
        raise PydanticCustomError(PROBLEM, "must be a status such as 200 or 200-299") from None
    return text


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise PydanticCustomError(
            PROBLEM, "must be an http or https address, or begin with ${NAME}"
        )
    return text


def _timeout(text: str) -> str:
    if not timedelta() < _time(text) <= LONGEST_TIMEOUT:
        raise PydanticCustomError(PROBLEM, "must be more than 0s, and at most 1m")
    return text


def _duration(text: str) -> str:
    _time(text)
    return text


def _time(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError:
        raise PydanticCustomError(PROBLEM, "must be a time such as 500ms, 30s or 5m") from None


Duration = Annotated[str, AfterValidator(_duration)]
"""A time such as `30s`."""


class HealthCheck(Settings):
    """An address, or a query, that must answer as expected."""

    name: Text = Field(description="What reports call it.")
    url: Annotated[Text, AfterValidator(_address)] | None = Field(
        default=None,
        description=(
            "An http or https address; `${NAME}` in it is replaced by that environment variable."
        ),
    )
    sql: Text | None = Field(default=None, description="A SELECT on public names.")
    status: Annotated[str, BeforeValidator(_statuses)] = Field(
        default="200-299", description="The status, or the range of them, that is good."
    )
    contains: Text | None = Field(
        default=None, description="What the address's answer must have in it."
    )
    values: dict[Text, JsonValue] = Field(
        default_factory=dict,
        description=(
            "What must be where: of an address, by JSON pointers into the answer; of a query, by "
            "columns of the first row."
        ),
    )
    min_rows: int = Field(default=1, ge=0, description="The fewest rows that the query returns.")
    timeout: Annotated[str, AfterValidator(_timeout)] = Field(
        default="5s", description="The longest time that one attempt may take."
    )
    attempts: int = Field(
        default=3, ge=1, le=10, description="How many attempts must fail until it counts as down."
    )
    severity: SeverityName = Field(
        default="critical", description="How bad it is when it does not answer as expected."
    )

    @model_validator(mode="after")
    def _one_thing_is_asked(self) -> Self:
        if (self.url is None) == (self.sql is None):
            raise PydanticCustomError(PROBLEM, "must have either `url` or `sql`")
        other = {"status", "contains"} if self.url is None else {"min_rows"}
        for setting in sorted(other & self.model_fields_set):
            asked = "sql" if self.url is None else "url"
            raise PydanticCustomError(
                PROBLEM,
                "says nothing beside `{asked}`",
                {"asked": asked, "at": (setting,)},
            )
        if self.url is not None and any(not pointer.startswith("/") for pointer in self.values):
            raise PydanticCustomError(
                PROBLEM, "must have JSON pointers, which begin with /", {"at": ("values",)}
            )
        return self


class HealthTrigger(Settings):
    """Checks of applications that depend on the data."""

    checks: Annotated[tuple[HealthCheck, ...], Field(strict=False)] = Field(
        default=(), description="Addresses and queries that must answer as expected."
    )

    @field_validator("checks")
    @classmethod
    def _names_differ(cls, checks: tuple[HealthCheck, ...]) -> tuple[HealthCheck, ...]:
        seen: set[str] = set()
        for at, check in enumerate(checks):
            if check.name in seen:
                raise PydanticCustomError(
                    PROBLEM,
                    "is the second check called '{name}'",
                    {"name": check.name, "at": (at, "name")},
                )
            seen.add(check.name)
        return checks


class PerformanceTrigger(Settings):
    """How much worse a time must be than it used to be."""

    worse_by: Percent = Field(
        default=50.0, description="By how many percent a time must be worse than the usual one."
    )
    deviations: float = Field(
        default=4.0,
        ge=0,
        allow_inf_nan=False,
        description="By how many robust standard deviations it must be worse, too.",
    )
    floor: Duration = Field(default="500ms", description="By how much it must be worse, too.")
    samples: int = Field(
        default=5, ge=2, description="How many earlier times there must be to compare with."
    )
    releases: int = Field(
        default=20,
        ge=1,
        le=200,
        description="With how many earlier builds, and times of a query, it is compared at most.",
    )


class SecurityTrigger(Settings):
    """Secrets, vulnerabilities and privileges of everybody."""

    secrets: bool | None = Field(
        default=None,
        description=(
            "Whether the live release's change is scanned for secrets; without it, where "
            "detect-secrets is installed."
        ),
    )
    exempt: Annotated[tuple[Text, ...], Field(strict=False)] = Field(
        default=(),
        description="Files that are not scanned for secrets, from the repository's top; * stands "
        "for any text.",
    )
    vulnerabilities: bool = Field(
        default=False,
        description="Whether pip-audit asks for known vulnerabilities of pinned requirements.",
    )
    service: Literal["pypi", "osv"] = Field(
        default="pypi", description="Which service pip-audit asks."
    )
    osv_url: Annotated[Text, AfterValidator(_address)] | None = Field(
        default=None, description="The address of an OSV service other than the public one."
    )
    accepted: Annotated[tuple[Text, ...], Field(strict=False)] = Field(
        default=(), description="The ids of vulnerabilities that are known and accepted."
    )
    public: Annotated[tuple[Text, ...], Field(strict=False)] = Field(
        default=(),
        description=(
            "The public names on which everybody (PUBLIC) may have privileges, as schema.name; "
            "* stands for any text."
        ),
    )
