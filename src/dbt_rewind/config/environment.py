"""Which environment a command is about."""

from __future__ import annotations

from typing import Final

from dbt_rewind.config.schema import EnvironmentConfig, RewindConfig
from dbt_rewind.errors import EnvironmentAmbiguous, EnvironmentUnknown

_PRODUCTION: Final = ("prod", "production")


def choose_environment(
    config: RewindConfig, name: str | None, branch: str | None
) -> tuple[str, EnvironmentConfig]:
    """The environment called `name`; else that of the current branch; else the only one.

    Raises EnvironmentUnknown, whose `known` begins with the nearest name, EnvironmentAmbiguous.
    """
    environments = config.environments
    if name is not None:
        if name in environments:
            return name, environments[name]
        raise EnvironmentUnknown(name, known=_nearest_first(name, tuple(environments)))
    for own, environment in environments.items():
        if branch is not None and environment.branch == branch:
            return own, environment
    if len(environments) == 1:
        return next(iter(environments.items()))
    raise EnvironmentAmbiguous(branch, known=tuple(environments))


def is_production(name: str, environment: EnvironmentConfig) -> bool:
    """Whether the runbook's rules for production hold in the environment called `name`."""
    if environment.production is not None:
        return environment.production
    return name.casefold() in _PRODUCTION


def _nearest_first(name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    from difflib import get_close_matches

    near = get_close_matches(name, known, 1)
    return (*near, *(other for other in known if other not in near))
