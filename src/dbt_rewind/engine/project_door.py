"""The way to a warehouse through the project's own dbt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dbt_rewind.config.profile import Profile, private_profile

if TYPE_CHECKING:
    from dbt_rewind.dbt.adapter_door import AdapterDoor, AdapterProfile
    from dbt_rewind.warehouse.dbt_adapter_channel import Channel


@dataclass(slots=True)
class ProjectDoor:
    """Opens connections of the adapter that a profile names, all through one process of the Python
    that has it. Nothing is started before the first. `told`: that this kind of warehouse was never
    tried has been said."""

    told: bool = False
    _door: AdapterDoor | None = field(default=None)

    def open(
        self, profile: Profile, variables: Mapping[str, Any], find_python: Callable[[], str]
    ) -> Channel:
        """A new connection. Raises AdapterUnsupported, DbtMissing, RequirementsFailed,
        WarehouseFailed."""
        from dbt_rewind.dbt.adapter_door import AdapterDoor

        if self._door is None:
            self._door = AdapterDoor(find_python)
        return self._door.open(_for_dbt(profile, variables))


def _for_dbt(profile: Profile, variables: Mapping[str, Any]) -> AdapterProfile:
    from dbt_rewind.dbt.adapter_door import AdapterProfile

    return AdapterProfile(
        profile.adapter,
        profile.name,
        profile.target,
        profile.folder,
        private_profile(profile),
        variables,
    )
