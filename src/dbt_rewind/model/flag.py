"""Feature flags: models of a feature that can be taken back without the rest of a release."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag as rewind.yml says it. `models` is a dbt selection; `without` names a release or
    commit that is known to be without the feature."""

    name: str
    models: str
    description: str = ""
    without: str | None = None


@dataclass(frozen=True, slots=True)
class FlagNodes:
    """What a flag named in the project that a release was built from: unique ids of models, seeds
    and snapshots, ephemeral ones included."""

    flag: str
    models: str
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FlagOff:
    """A flag that is off in a release.

    `base` is the number of the release to go back to, None as long as the project has nothing of
    the feature. `shown` is the release whose relations are shown instead: `base`, or an older one
    that another flag with models in common goes back to. `held` are the nodes that are shown as
    they are there, `hidden` those that are not shown at all, by unique id.
    """

    flag: str
    models: str
    base: int | None = None
    shown: int | None = None
    held: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
