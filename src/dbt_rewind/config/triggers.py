"""What rewind.yml says of triggers: what can ask for a rollback, and from which value on."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from dbt_rewind.config.measures import Duration, HealthTrigger, PerformanceTrigger, SecurityTrigger
from dbt_rewind.config.rules import PROBLEM, Percent, Settings, SeverityName


class TestsTrigger(Settings):
    """dbt's tests that fail, and how bad that is."""

    __test__ = False  # pytest must not collect it

    tags: dict[Annotated[str, Field(min_length=1)], SeverityName] = Field(
        default={"critical": "critical"},
        description="How bad it is when a test with that tag fails; the worst of its tags counts.",
    )
    default: SeverityName = Field(
        default="high", description="How bad it is when a test without such a tag fails."
    )
    run: bool = Field(
        default=False,
        description="Whether dbt's tests run each time; otherwise what they said at the build.",
    )


class DataTrigger(Settings):
    """Rows that are lost, or more than expected, beside the releases before."""

    max_loss: Percent | None = Field(
        default=50.0,
        le=100,
        description="The greatest loss, in percent of what the last releases had; none: any.",
    )
    max_gain: Percent | None = Field(
        default=200.0,
        description="The greatest gain, in percent of what the last releases had; none: any.",
    )
    releases: int = Field(
        default=5,
        ge=1,
        le=200,
        description="With how many earlier counts a table's rows are compared at most.",
    )
    samples: int = Field(
        default=3, ge=1, description="How many earlier counts there must be to compare with."
    )
    time: Duration = Field(
        default="1m", description="How long tables are counted; what is left is not looked at."
    )

    @model_validator(mode="after")
    def _there_can_be_enough(self) -> Self:
        if self.samples > self.releases:
            raise PydanticCustomError(
                PROBLEM,
                "must be at least {samples}, which `samples` is",
                {"samples": self.samples, "at": ("releases",)},
            )
        return self


class IntegrityTrigger(Settings):
    """Tables and views that are gone or cannot be read."""

    deep: bool = Field(
        default=False,
        description="Whether the warehouse checks its own storage each time, which may take long.",
    )
    time: Duration = Field(
        default="10m", description="How long tables are checked; what is left is not looked at."
    )


class FreshnessTrigger(Settings):
    """Sources that are older than the project says that they may be."""

    run: bool = Field(
        default=False, description="Whether dbt asks the sources for their age each time."
    )


class TriggersConfig(Settings):
    """What can ask for a rollback, and from which value on."""

    tests: TestsTrigger = Field(default_factory=TestsTrigger, description="dbt's tests that fail.")
    health: HealthTrigger = Field(
        default_factory=HealthTrigger, description="Applications that do not answer."
    )
    data: DataTrigger = Field(
        default_factory=DataTrigger, description="Rows that are lost, or more than expected."
    )
    performance: PerformanceTrigger = Field(
        default_factory=PerformanceTrigger,
        description="Models and sample queries that take longer than before.",
    )
    security: SecurityTrigger = Field(
        default_factory=SecurityTrigger,
        description="Secrets, known vulnerabilities, and privileges of everybody.",
    )
    integrity: IntegrityTrigger = Field(
        default_factory=IntegrityTrigger, description="What is gone or cannot be read."
    )
    freshness: FreshnessTrigger = Field(
        default_factory=FreshnessTrigger, description="Sources that are too old."
    )
