"""The policy of an environment as rewind.yml says it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from dbt_rewind.config.environment import is_production
from dbt_rewind.config.matrix import rule_of
from dbt_rewind.model import Policy

if TYPE_CHECKING:
    from dbt_rewind.config.schema import RewindConfig


def configured_policy(config: RewindConfig, name: str) -> Policy:
    """What the settings say of the environment called `name`."""
    return Policy(
        is_production(name, config.environments[name]),
        tuple(rule_of(rule) for rule in config.matrix),
        triggers=_digest(config),
    )


def _digest(config: RewindConfig) -> str:
    settings = {
        "triggers": config.triggers.model_dump(mode="json"),
        "queries": config.verify.model_dump(mode="json"),
    }
    text = json.dumps(settings, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
