"""How far a table's rows may be from what they used to be: the trigger's limits, or its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from dbt_rewind.config.schema import RewindConfig
from dbt_rewind.config.triggers import DataTrigger
from dbt_rewind.model import Severity


@dataclass(frozen=True, slots=True)
class RowLimits:
    """The greatest loss and the greatest gain in percent; None: any. There must be at least
    `samples` earlier counts."""

    max_loss: float | None = 50.0
    max_gain: float | None = 200.0
    samples: int = 3


@dataclass(frozen=True, slots=True)
class Unusual:
    """A number of rows that is beyond a limit: `usual` is the median of the `samples` earlier ones,
    `threshold` the limit as a number of rows, `change` what it is above usual in percent."""

    rows: int
    usual: float
    threshold: float
    change: float
    samples: int
    severity: Severity


def limits_of(settings: DataTrigger) -> RowLimits:
    """What rewind.yml says of tables without gates of their own."""
    return RowLimits(settings.max_loss, settings.max_gain, settings.samples)


def limits_for(unique_id: str, default: RowLimits, config: RewindConfig) -> RowLimits:
    """The limits of one model: what its own gate on rows says goes before `default`, and a gate
    that is off allows anything."""
    name = unique_id.split(".", 2)[-1]
    model = config.models.get(unique_id) or config.models.get(name)
    if model is None or model.gates is None or "rows" not in model.gates.model_fields_set:
        return default
    gate = model.gates.rows
    if gate.level == "off":
        return replace(default, max_loss=None, max_gain=None)
    said = {name: getattr(gate, name) for name in gate.model_fields_set & {"max_loss", "max_gain"}}
    return replace(default, **said)


def unusual(rows: int, past: Sequence[int], limits: RowLimits) -> Unusual | None:
    """What is unusual in `rows` beside the `past` counts, None for nothing.

    Of a table that is usually empty, and with too few counts, nothing is. A table that never was
    empty before and is empty now is critical, any other loss high, a gain medium.
    """
    usual = float(median(past)) if len(past) >= max(limits.samples, 1) else 0.0
    if not usual:
        return None
    change = 100 * (rows - usual) / usual
    if limits.max_loss is not None and -change > limits.max_loss:
        severity = Severity.CRITICAL if rows == 0 and all(past) else Severity.HIGH
        threshold = usual * (1 - limits.max_loss / 100)
    elif limits.max_gain is not None and change > limits.max_gain:
        severity = Severity.MEDIUM
        threshold = usual * (1 + limits.max_gain / 100)
    else:
        return None
    return Unusual(rows, usual, threshold, change, len(past), severity)
