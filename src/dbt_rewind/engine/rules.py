"""The rules of an environment: which gates, which checkpoints, model by model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dbt_rewind.model import GateLevel


@dataclass(frozen=True, slots=True)
class GateRules:
    """What each gate lets pass. Figures are percent; None: any change.

    `unique_key`: without columns, the model's own. `max_nulls` and `max_change` are by column.
    """

    vanished: GateLevel = GateLevel.STOP
    rows: GateLevel = GateLevel.STOP
    max_loss: float | None = 50.0
    max_gain: float | None = None
    columns: GateLevel = GateLevel.WARN
    unique: GateLevel = GateLevel.STOP
    unique_key: tuple[str, ...] = ()
    nulls: GateLevel = GateLevel.WARN
    max_rise: float = 50.0
    max_nulls: Mapping[str, float] = field(default_factory=dict)
    sum: GateLevel = GateLevel.STOP
    max_change: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelRules:
    """The rules of one model. `copied`: whether it is copied before it is written on."""

    gates: GateRules = field(default_factory=GateRules)
    copied: bool = True


@dataclass(frozen=True, slots=True)
class Rules:
    """`models` are by name or by unique id; `copy_limit` is in bytes."""

    default: ModelRules = field(default_factory=ModelRules)
    models: Mapping[str, ModelRules] = field(default_factory=dict)
    copy_limit: int | None = None

    def of(self, unique_id: str) -> ModelRules:
        """The rules of the node with that id: its own, or the default ones."""
        name = unique_id.split(".", 2)[-1]
        return self.models.get(unique_id) or self.models.get(name) or self.default

    def unknown(self, unique_ids: frozenset[str]) -> tuple[str, ...]:
        """The models that have rules but are not among these nodes, sorted."""
        names = unique_ids | {unique_id.split(".", 2)[-1] for unique_id in unique_ids}
        return tuple(sorted(name for name in self.models if name not in names))
