"""What rewind.yml says of approvals beside the matrix."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator
from pydantic_core import PydanticCustomError

from dbt_rewind.config.address import HERE
from dbt_rewind.config.demand import Approval
from dbt_rewind.config.duration import parse_duration
from dbt_rewind.config.rules import PROBLEM, Settings
from dbt_rewind.model.policy import GITHUB, CiTrust

SHORTEST: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(days=7)

_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")


def _expires(text: str) -> str:
    try:
        fits = SHORTEST <= parse_duration(text) <= LONGEST
    except ValueError:
        fits = False
    if not fits:
        raise PydanticCustomError(PROBLEM, "must be a time from 1m to 168h, such as 30m or 4h")
    return text


def _issuer(text: str) -> str:
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    good = bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in HERE))
    if not good or "@" in parts.netloc or parts.query or parts.fragment or text.endswith("/"):
        raise PydanticCustomError(
            PROBLEM, "must be an https address as the tokens have it, without / at its end"
        )
    return text


def _repository(text: str) -> str:
    if not _REPOSITORY.fullmatch(text):
        raise PydanticCustomError(PROBLEM, "must be a repository such as acme/analytics")
    return text


Branches = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...], Field(strict=False, min_length=1)
]


class CiConfig(Settings):
    """The CI whose tokens say who somebody is."""

    repository: Annotated[str, AfterValidator(_repository)] | None = Field(
        default=None,
        description="The repository whose workflows count, as owner/name; without it, none do.",
    )
    branches: Branches = Field(
        default=("main",),
        description="The branches whose workflows count. Nobody may push to them without a review.",
    )
    issuer: Annotated[str, AfterValidator(_issuer)] = Field(
        default=GITHUB, description="Who issues the tokens, where it is not github.com."
    )


class ApprovalsConfig(Settings):
    """How long approvals hold, and how CI says who somebody is."""

    expires: Annotated[str, AfterValidator(_expires)] = Field(
        default="4h",
        description="For how long a request may be answered, and an approval be used.",
    )
    deploy: Approval = Field(
        default="nobody",
        description="Whose yes a deploy needs, in production: nobody's or people's.",
    )
    ci: CiConfig = Field(
        default_factory=CiConfig, description="The CI whose tokens prove who acts."
    )

    @field_validator("deploy")
    @classmethod
    def _deploys_are_no_emergencies(cls, value: Any) -> Any:
        if value == "emergency":
            raise PydanticCustomError(
                PROBLEM, "must be nobody or people: an emergency is for rollbacks alone"
            )
        return value


def ci_trust_of(approvals: ApprovalsConfig) -> CiTrust | None:
    """The CI that is trusted to say who somebody is, None where none is."""
    ci = approvals.ci
    return CiTrust(ci.repository, ci.branches, ci.issuer) if ci.repository else None
