"""Does the project pin packages that have known vulnerabilities?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from dbt_rewind.integrations.pip_audit import AuditFailed, Vulnerability, audit
from dbt_rewind.model import Observation, Severity, Trigger, TriggerFinding
from dbt_rewind.procedures.triggers.change import change_of
from dbt_rewind.procedures.triggers.signal import unseen
from dbt_rewind.procedures.triggers.subject import Subject

if TYPE_CHECKING:
    from dbt_rewind.engine.workspace import Workspace

NAME: Final = "known vulnerabilities"

Pins = Mapping[str, str]
"""The version that each package is pinned to, by its normalized name."""


@dataclass(frozen=True, slots=True)
class VulnerablePins:
    """Has pip-audit ask for the pins in the requirements of the live release's commit. Those with
    an id or alias among `accepted` are passed over."""

    service: str = "pypi"
    osv_url: str | None = None
    accepted: tuple[str, ...] = ()
    trigger: Trigger = Trigger.SECURITY
    question: str = "Do pinned packages have known vulnerabilities?"

    def look(self, subject: Subject) -> Iterator[Observation]:
        content = requirements_at(subject.workspace, subject.live.commit.sha)
        if content is None:
            yield Observation(self.trigger, NAME, "the project has no requirements file")
            return
        pins, loose = read_pins(content)
        not_pinned = f"; {loose} not pinned, and not looked up" if loose else ""
        if not pins:
            yield Observation(self.trigger, NAME, f"no package is pinned{not_pinned}")
            return
        try:
            found = audit(pins, self.service, self.osv_url)
        except AuditFailed as error:
            yield unseen(self.trigger, NAME, str(error))
            return
        known = [each for each in found.vulnerabilities if not self._is_accepted(each)]
        old = _older_pins(subject) if known else {}
        yield Observation(
            self.trigger,
            NAME,
            f"{len(known) or 'none'} in {_packages(len(pins) - len(found.unknown))}{not_pinned}",
            tuple(_finding(each, old, subject.live.number) for each in known),
        )
        if found.unknown:
            names = ", ".join(found.unknown[:5]) + (", ..." if len(found.unknown) > 5 else "")
            yield unseen(self.trigger, NAME, f"nothing is known of {names}")

    def _is_accepted(self, each: Vulnerability) -> bool:
        return not {each.id, *each.aliases}.isdisjoint(self.accepted)


def requirements_at(workspace: Workspace, sha: str) -> bytes | None:
    """The requirements file of the project in that commit, None where there is none.

    Raises UnknownRef, ShallowClone, GitFailed.
    """
    chosen = workspace.config.dbt.requirements
    if chosen is False:
        return None
    beside = workspace.project_path / "requirements.txt"
    paths = (PurePosixPath(chosen),) if chosen else (beside, PurePosixPath("requirements.txt"))
    for path in paths:
        content = workspace.repository.file(sha, path)
        if content is not None:
            return content
    return None


def read_pins(content: bytes) -> tuple[Pins, int]:
    """The packages that a requirements file pins, and how many it names without a pin. Options,
    files and addresses are passed over."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    pins: dict[str, str] = {}
    loose = 0
    for line in content.decode(errors="replace").replace("\\\n", " ").splitlines():
        text = line.split(" #")[0].split(" --hash")[0].strip()
        if not text or text.startswith(("#", "-")):
            continue
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            loose += 1
            continue
        exact = [each for each in requirement.specifier if each.operator in {"==", "==="}]
        if len(exact) == 1 and "*" not in exact[0].version:
            pins[canonicalize_name(requirement.name)] = exact[0].version
        else:
            loose += 1
    return pins, loose


def _packages(number: int) -> str:
    return "1 pinned package" if number == 1 else f"{number} pinned packages"


def _older_pins(subject: Subject) -> Pins:
    """The pins of the release before the live one: going back to it would not change them."""
    change = change_of(subject)
    content = requirements_at(subject.workspace, change.older) if change else None
    return read_pins(content)[0] if content is not None else {}


def _finding(each: Vulnerability, older: Pins, release: int) -> TriggerFinding:
    is_old = older.get(each.package) == each.version
    fixed = f"fixed in {', '.join(each.fixed)}" if each.fixed else "no version fixes it"
    names = f"also known as {', '.join(each.aliases)}" if each.aliases else ""
    age = "the release before it has it too: a rollback changes nothing" if is_old else ""
    about = each.description[:200]
    return TriggerFinding(
        Trigger.SECURITY,
        Severity.LOW if is_old else Severity.HIGH,
        subject=f"{each.package} {each.id}",
        what=f"{each.package} {each.version} has the known vulnerability {each.id}",
        measured=f"{each.package} {each.version}",
        threshold=fixed,
        evidence=tuple(text for text in (names, age, about) if text),
        release=release,
    )
