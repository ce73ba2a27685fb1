"""What dbt-sqlserver promises within one model: whether one that fails in its middle leaves what it
had done until then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from packaging.version import Version

FLAG: Final = "dbt_sqlserver_use_dbt_transactions"

_KNOWS_THE_FLAG: Final = Version("1.10.1")
_IS_ON_BY_ITSELF: Final = Version("1.12.0")
_WHERE: Final = "in the release that is being built, which nobody sees"


@dataclass(frozen=True, slots=True)
class Promise:
    """`found` continues a sentence on the adapter; `fix` is what makes the promise whole, empty
    where it is."""

    found: str
    fix: str = ""

    @property
    def is_whole(self) -> bool:
        return not self.fix


def promise(version: Version, flags: Mapping[str, Any]) -> Promise:
    """What holds of this version of dbt-sqlserver with the `flags` of dbt_project.yml."""
    asked = flags.get(FLAG)
    is_on = version >= _IS_ON_BY_ITSELF if asked is None else asked is True
    if is_on and version >= _KNOWS_THE_FLAG:
        return Promise("builds a model in one transaction: one that fails leaves nothing behind")
    leaves = (
        "commits every statement by itself, so that a model that fails in its middle leaves what it"
        f" had done ({_WHERE})"
    )
    if version >= _IS_ON_BY_ITSELF:
        return Promise(
            f"{leaves}, because `{FLAG}` is off", f"remove `{FLAG}` from dbt_project.yml"
        )
    if version >= _KNOWS_THE_FLAG:
        fix = f"upgrade it to 1.12, or set `{FLAG}: true` below `flags:` in dbt_project.yml"
        return Promise(leaves, fix)
    return Promise(leaves, "pip install --upgrade dbt-sqlserver")
