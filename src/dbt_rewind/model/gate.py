"""Gates: what a new release is compared in with the live one before it is published."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dbt_rewind.model.relation import RelationName


class Gate(StrEnum):
    """What is compared. The value is what `--accept` and rewind.yml call it."""

    VANISHED = "vanished"
    ROWS = "rows"
    COLUMNS = "columns"
    UNIQUE = "unique"
    NULLS = "nulls"
    SUM = "sum"


class GateLevel(StrEnum):
    """What a finding does: stop the publish, be told, or not be looked for."""

    STOP = "stop"
    WARN = "warn"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class GateFinding:
    """One difference that a gate looks for. `accepted`: somebody let it through, with a reason."""

    gate: Gate
    pointer: RelationName
    level: GateLevel
    words: str
    accepted: bool = False

    @property
    def stops(self) -> bool:
        return self.level is GateLevel.STOP and not self.accepted
