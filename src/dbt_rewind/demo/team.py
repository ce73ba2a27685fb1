"""The repository of the demo's second act: people with keys, a remote, and a branch that is bad."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dbt_rewind.demo.sample import commit_as_it_is, in_repository, make_repository
from dbt_rewind.demo.story import VERSIONS, Version
from dbt_rewind.errors import FolderInUse, GitFailed
from dbt_rewind.git.signatures import ssh_keygen

BRANCH = "simplify-revenue"
KEYS = ".keys"

_KEY = "REWIND_SIGNING_KEY"

_GOOD, _WRONG = VERSIONS[0], VERSIONS[-1]
_RULES = """\
people:
  Dana: {{roles: [on-call], keys: ["{dana}"]}}
  Ada: {{roles: [team-lead], keys: ["{ada}"]}}
triggers:
  health:
    checks:
      - name: revenue
        sql: >-
          select cast(total - orders as decimal(19, 2)) as difference
          from (select sum(total_revenue) as total from gold.gld_sales_summary) as summary
          cross join (select sum(line_total) as orders from silver.slvr_sales_orders) as lines
        values: {{difference: "0.00"}}
        severity: high
"""


@dataclass(frozen=True, slots=True)
class Team:
    """`remote` is the bare repository that the one in `place` is pushed to."""

    place: Path
    remote: Path

    def acting(self, name: str) -> Mapping[str, str | None]:
        """The environment of somebody of the team, who has a key."""
        return {**self.without_key(name), _KEY: str(self.place / KEYS / name.lower())}

    def without_key(self, name: str) -> Mapping[str, str | None]:
        """The environment of whoever has that name, free of the user's own git settings."""
        settings = {"user.name": name, "user.email": f"{name.lower()}@example.com"}
        return {
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_COUNT": str(len(settings)),
            **{f"GIT_CONFIG_KEY_{at}": key for at, key in enumerate(settings)},
            **{f"GIT_CONFIG_VALUE_{at}": value for at, value in enumerate(settings.values())},
            _KEY: None,
        }


def make_team(place: Path) -> Team:
    """Fills `place` with the good version on `main`, which is pushed to a bare repository beside
    it, and with the branch that will be merged. Raises FolderInUse, GitFailed, ProofToolMissing."""
    remote = place.with_name(f"{place.name}.git")
    if remote.exists():
        raise FolderInUse(str(remote))
    make_repository(place, (f"{KEYS}/",), (Version(None, _GOOD.subject, _GOOD.author, ()),))
    (place / KEYS).mkdir()
    rules = _RULES.format(dana=_new_key(place, "Dana"), ada=_new_key(place, "Ada"))
    with (place / "rewind.yml").open("a", encoding="utf-8") as settings:
        settings.write(rules)
    commit_as_it_is(place, Version("v1.0.0", "Say who may allow a rollback", "Ada", ()))
    in_repository(place, "init", "--quiet", "--bare", "--initial-branch=main", str(remote))
    in_repository(place, "remote", "add", "origin", str(remote))
    in_repository(place, "push", "--quiet", "--set-upstream", "origin", "main")
    in_repository(place, "switch", "--quiet", "--create", BRANCH)
    commit_as_it_is(place, Version(None, _WRONG.subject, _WRONG.author, _WRONG.edits))
    in_repository(place, "switch", "--quiet", "main")
    return Team(place, remote)


def _new_key(place: Path, name: str) -> str:
    """Makes somebody's key, and returns its public half."""
    file = place / KEYS / name.lower()
    done = ssh_keygen(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(file)])
    if done.status != 0:
        raise GitFailed(f"ssh-keygen -f {file}", done.error_text.strip())
    return file.with_suffix(".pub").read_text(encoding="utf-8").strip()
