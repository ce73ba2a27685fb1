"""What rewind.yml says of whose yes something needs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from dbt_rewind.config.rules import PROBLEM, Settings
from dbt_rewind.model import NOBODY, Demand

Role = Annotated[str, Field(min_length=1)]


class DemandConfig(Settings):
    """The yes of that many people who have one of those roles."""

    roles: Annotated[tuple[Role, ...], Field(strict=False, min_length=1)] = Field(
        description="The roles, one of which each of them has."
    )
    people: int = Field(default=1, ge=1, le=10, description="How many people.")


def _approval(value: Any) -> Any:
    if value in ("nobody", "emergency") or isinstance(value, dict):
        return value
    words = "must be nobody, emergency, or a mapping such as {roles: [team-lead], people: 1}"
    raise PydanticCustomError(PROBLEM, words)


Approval = Annotated[DemandConfig | Literal["nobody", "emergency"], BeforeValidator(_approval)]


def demand_of(approval: DemandConfig | Literal["nobody", "emergency"]) -> Demand:
    """The demand that the setting stands for."""
    match approval:
        case "nobody":
            return NOBODY
        case "emergency":
            return Demand(emergency=True)
        case DemandConfig():
            return Demand(approval.roles, approval.people)
