"""May everybody read or change what users query?"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from dbt_rewind.model import Observation, RelationName, Severity, Trigger, TriggerFinding
from dbt_rewind.procedures.triggers.subject import Subject

NAME: Final = "privileges of everybody"


@dataclass(frozen=True, slots=True)
class PublicGrants:
    """Asks the warehouse for privileges of PUBLIC on the live release's public names, except those
    that match one of `allowed`.

    A publish carries privileges from release to release, so that no release has brought them."""

    allowed: tuple[str, ...] = ()
    trigger: Trigger = Trigger.SECURITY
    question: str = "May everybody use what users query?"

    def look(self, subject: Subject) -> Iterator[Observation]:
        pointers = [node.pointer for node in subject.live.nodes]
        found = subject.reader.public_grants(pointers)
        if found is None:
            yield Observation(
                self.trigger, NAME, "left out: this warehouse is not asked for privileges"
            )
            return
        wrong = {name: held for name, held in found.items() if not self._is_allowed(name)}
        allowed = f", {len(found) - len(wrong)} allowed" if len(found) > len(wrong) else ""
        yield Observation(
            self.trigger,
            NAME,
            f"{len(pointers)} names: {len(wrong) or 'none'} open to everybody{allowed}",
            tuple(
                _finding(name, held, subject.live.number) for name, held in sorted(wrong.items())
            ),
        )

    def _is_allowed(self, name: RelationName) -> bool:
        return any(fnmatchcase(str(name), pattern) for pattern in self.allowed)


def _finding(name: RelationName, held: Set[str], release: int) -> TriggerFinding:
    return TriggerFinding(
        Trigger.SECURITY,
        Severity.HIGH,
        subject=str(name),
        what=f"everybody (PUBLIC) has privileges on {name}",
        measured=", ".join(sorted(held)),
        threshold="none, or a name that triggers.security.public allows",
        release=release,
        remedy="REVOKE takes them away; a rollback carries them on",
    )
