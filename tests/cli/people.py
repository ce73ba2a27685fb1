"""Ada, who is on call, and Grace, who leads the team: with real keys, made once a session."""

from __future__ import annotations

import atexit
import tempfile
from functools import cache
from pathlib import Path

from tests.cli.shop import Shop
from tests.keys import Pair, new_pair

ROLES = {"ada": "on-call", "grace": "team-lead", "joan": "team-lead"}


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix="rewind-keys-")
    atexit.register(folder.cleanup)  # before it is collected, which would be a warning
    return folder


@cache
def pair_of(name: str) -> Pair:
    return new_pair(Path(_folder().name), name)


def name_people(shop: Shop, more: str = "") -> None:
    """From now on production asks people."""
    people = "".join(
        f"  {name}: {{roles: [{role}], keys: [{pair_of(name).public}]}}\n"
        for name, role in ROLES.items()
    )
    shop.write("rewind.yml", lambda text: f"{text}people:\n{people}{more}")


def acting(shop: Shop, name: str | None) -> None:
    """Whose key signs from now on; None: nobody's."""
    if name is None:
        shop.patch.delenv("REWIND_SIGNING_KEY", raising=False)
    else:
        shop.patch.setenv("REWIND_SIGNING_KEY", str(pair_of(name).file))
