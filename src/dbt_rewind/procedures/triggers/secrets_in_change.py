"""Has the live release's commit added a secret to the project?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from dbt_rewind.git.changes import added_lines, contents
from dbt_rewind.model import Observation, Severity, Trigger, TriggerFinding
from dbt_rewind.procedures.triggers.change import Change, change_of
from dbt_rewind.procedures.triggers.secret_scan import FoundSecret, can_scan, find_secrets
from dbt_rewind.procedures.triggers.signal import unseen
from dbt_rewind.procedures.triggers.subject import Subject

NAME: Final = "secrets in the change"
INSTALL: Final = "detect-secrets is not installed: pip install 'dbt-rewind[security]'"

LARGEST: Final = 1_000_000
"""Files of more bytes are not scanned."""

MOST: Final = 100_000
"""So many added lines are scanned; that takes some ten seconds."""


@dataclass(frozen=True, slots=True)
class SecretsInChange:
    """Scans the lines that the live release's commit has and the one before it has not.

    `asked` is false where nobody asked for it: then it is left out without detect-secrets. Files
    that match one of `exempt` are passed over."""

    asked: bool = True
    exempt: tuple[str, ...] = ()
    trigger: Trigger = Trigger.SECURITY
    question: str = "Has the change brought secrets?"

    def look(self, subject: Subject) -> Iterator[Observation]:
        if not can_scan():
            if self.asked:
                yield unseen(self.trigger, NAME, INSTALL)
            else:
                yield Observation(self.trigger, NAME, f"left out: {INSTALL}")
            return
        change = change_of(subject)
        if change is None:
            yield Observation(self.trigger, NAME, f"nothing was live before {subject.live.id}")
            return
        yield from self._scan(subject, change)

    def _scan(self, subject: Subject, change: Change) -> Iterator[Observation]:
        repository = subject.workspace.repository
        added = added_lines(repository, change.older, change.newer)
        wanted = {name: lines for name, lines in added.items() if not self._is_exempt(name)}
        few = _few(wanted)
        files = contents(repository, change.newer, list(few), LARGEST)
        found = find_secrets(files, few)
        left = sorted(set(wanted) - set(files))
        count = sum(len(few[name]) for name in files)
        yield Observation(
            self.trigger,
            NAME,
            f"{len(found) or 'none'} in {count} new {'line' if count == 1 else 'lines'}"
            f" since {change.since}",
            tuple(_finding(each, subject.live.number) for each in found),
        )
        if left:
            more = f" and {len(left) - 1} more" if len(left) > 1 else ""
            yield unseen(self.trigger, NAME, f"too large to be scanned: {left[0]}{more}")

    def _is_exempt(self, name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in self.exempt)


def _few(lines: Mapping[str, frozenset[int]]) -> dict[str, frozenset[int]]:
    """The files with the fewest new lines, up to `MOST` lines in all."""
    few: dict[str, frozenset[int]] = {}
    total = 0
    for name in sorted(lines, key=lambda each: (len(lines[each]), each)):
        total += len(lines[name])
        if total > MOST:
            break
        few[name] = lines[name]
    return few


def _finding(secret: FoundSecret, release: int) -> TriggerFinding:
    place = f"{secret.file}:{secret.line}"
    told = "by its shape" if secret.certain else "guessed by a name or by disorder"
    return TriggerFinding(
        Trigger.SECURITY,
        # What is guessed rolls nothing back before a person has looked at it.
        Severity.CRITICAL if secret.certain else Severity.HIGH,
        subject=place,
        what=f"{secret.kind} in {place}",
        measured=secret.hint,
        threshold="no secret",
        evidence=(
            f"told {told}" if secret.certain else told,
            "git keeps it after a rollback: make it invalid where it is valid",
            "if it is none, mark the line with `pragma: allowlist secret`",
        ),
        release=release,
    )
