"""What rewind.yml says of gates and checkpoints."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

PROBLEM: Final = "problem"
"""The type of validation errors whose words are ours already; `at` in their context leads on."""

_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?(B|kB|MB|GB|TB)")
_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


class Settings(BaseModel):
    """A section of rewind.yml: unknown keys are errors, and nothing is converted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


def _gate(value: Any) -> Any:
    """`off` for a whole gate is short for its level."""
    return {"level": "off"} if value in ("off", False) else value


def _level(value: Any) -> Any:
    return "off" if value is False else value  # to YAML, a bare off is a boolean


def _size(value: Any) -> Any:
    """The bytes of a size such as `20 GB` (powers of 1000)."""
    if value is None:
        return None
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError(PROBLEM, "must be a size such as 20 GB")
    return int(float(match[1]) * _UNITS[match[2]])


SeverityName = Literal["critical", "high", "medium", "low"]
Level = Annotated[Literal["stop", "warn", "off"], BeforeValidator(_level)]
Percent = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Columns = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(strict=False)]


class RowsGate(Settings):
    """How far a number of rows may go from the live one."""

    max_loss: Percent | None = Field(
        default=50.0, le=100, description="The greatest loss, in percent of the live rows."
    )
    max_gain: Percent | None = Field(
        default=None, description="The greatest gain, in percent of the live rows; none: any."
    )
    level: Level = Field(default="stop", description="What a finding does: stop, warn or off.")


class VanishedGate(Settings):
    """A public name that the new release does not have."""

    level: Level = Field(default="stop", description="What a finding does: stop, warn or off.")


class ColumnsGate(Settings):
    """Columns that were added, removed or changed their type."""

    level: Level = Field(default="warn", description="What a finding does: stop, warn or off.")


class UniqueGate(Settings):
    """A key that was unique and is so no longer."""

    key: Columns = Field(
        default=(), description="The columns; without them, the model's own `unique_key`."
    )
    level: Level = Field(default="stop", description="What a finding does: stop, warn or off.")


class NullsGate(Settings):
    """Columns of which more is NULL than before."""

    max_rise: Percent = Field(
        default=50.0,
        le=100,
        description="How many more percent of the rows may be NULL than in the live release.",
    )
    columns: dict[str, Percent] = Field(
        default_factory=dict, description="The same for single columns, by name."
    )
    level: Level = Field(default="warn", description="What a finding does: stop, warn or off.")


class SumGate(Settings):
    """Measures whose sum goes too far from the live one."""

    columns: dict[str, Percent] = Field(
        default_factory=dict,
        description="The columns by name, and how many percent their sums may change.",
    )
    level: Level = Field(default="stop", description="What a finding does: stop, warn or off.")


class GatesConfig(Settings):
    """What a new release is compared in with the live one before it is published."""

    vanished: Annotated[VanishedGate, BeforeValidator(_gate)] = Field(
        default_factory=VanishedGate, description="A public name is gone."
    )
    rows: Annotated[RowsGate, BeforeValidator(_gate)] = Field(
        default_factory=RowsGate, description="A table has far fewer rows, or more."
    )
    columns: Annotated[ColumnsGate, BeforeValidator(_gate)] = Field(
        default_factory=ColumnsGate, description="Columns came, went or changed their type."
    )
    unique: Annotated[UniqueGate, BeforeValidator(_gate)] = Field(
        default_factory=UniqueGate, description="A key is no longer unique."
    )
    nulls: Annotated[NullsGate, BeforeValidator(_gate)] = Field(
        default_factory=NullsGate, description="More of a column is NULL."
    )
    sum: Annotated[SumGate, BeforeValidator(_gate)] = Field(
        default_factory=SumGate, description="The sum of a measure changed."
    )


class ModelConfig(Settings):
    """Settings of one model, seed or snapshot."""

    checkpoint: Literal["copy", "none"] = Field(
        default="copy",
        description=(
            "Whether an incremental model or snapshot is copied before it is written on, so that "
            "this can be undone; none: it is written in place."
        ),
    )
    gates: GatesConfig | None = Field(
        default=None, description="Its gates; what is left out is as in `gates` above."
    )


class CheckpointConfig(Settings):
    """Copies of stateful models."""

    limit: Annotated[int | None, BeforeValidator(_size)] = Field(
        default=None,
        ge=0,
        description=(
            "The size from which on a table is not copied but written in place, such as 20 GB; "
            "without it, all are copied."
        ),
    )
