"""From the settings of rewind.yml to the rules that the engine follows."""

from __future__ import annotations

from dbt_rewind.config.rules import GatesConfig
from dbt_rewind.config.schema import RewindConfig
from dbt_rewind.engine.rules import GateRules, ModelRules, Rules
from dbt_rewind.model import Flag, GateLevel


def rules_of(config: RewindConfig) -> Rules:
    """The rules that `gates`, `models` and `checkpoint` say."""
    return Rules(
        ModelRules(_gates(config.gates)),
        {
            name: ModelRules(
                _gates(_merged(config.gates, model.gates) if model.gates else config.gates),
                copied=model.checkpoint == "copy",
            )
            for name, model in config.models.items()
        },
        config.checkpoint.limit,
    )


def flags_of(config: RewindConfig) -> tuple[Flag, ...]:
    """The flags that `flags` says, by name."""
    return tuple(
        Flag(name, flag.models, flag.description, flag.without)
        for name, flag in sorted(config.flags.items())
    )


def _merged(default: GatesConfig, own: GatesConfig) -> GatesConfig:
    """A model's own gates; what they leave out is as by default, setting by setting."""
    sections = {}
    for name in own.model_fields_set:
        section = getattr(own, name)
        said = {field: getattr(section, field) for field in section.model_fields_set}
        sections[name] = getattr(default, name).model_copy(update=said)
    return default.model_copy(update=sections)


def _gates(config: GatesConfig) -> GateRules:
    return GateRules(
        vanished=GateLevel(config.vanished.level),
        rows=GateLevel(config.rows.level),
        max_loss=config.rows.max_loss,
        max_gain=config.rows.max_gain,
        columns=GateLevel(config.columns.level),
        unique=GateLevel(config.unique.level),
        unique_key=config.unique.key,
        nulls=GateLevel(config.nulls.level),
        max_rise=config.nulls.max_rise,
        max_nulls=config.nulls.columns,
        sum=GateLevel(config.sum.level),
        max_change=config.sum.columns,
    )
