"""Which flags are off, since when, and who has switched them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dbt_rewind.engine.history import History
from dbt_rewind.engine.ledger import read_release
from dbt_rewind.model import EventKind, Flag, FlagOff, Release
from dbt_rewind.warehouse.protocol import LedgerReader


@dataclass(frozen=True, slots=True)
class Switched:
    """When a flag was switched last, by whom, why, and by which operation: a rollback to a release
    in which it stood otherwise switches it, too."""

    at: datetime
    by: str
    reason: str
    operation: str


@dataclass(frozen=True, slots=True)
class FlagState:
    """A flag as it stands. `flag` is None where rewind.yml has it no longer, `off` where it is on.
    `nodes` is what it names in the live release, None where no record says so; `switched` is None
    where it never was."""

    name: str
    flag: Flag | None
    off: FlagOff | None
    nodes: tuple[str, ...] | None
    switched: Switched | None


def flag_states(
    reader: LedgerReader, history: History, flags: Sequence[Flag]
) -> tuple[FlagState, ...]:
    """Every flag of rewind.yml, and those that are off without it, by name. Raises
    ArtifactDamaged."""
    live = read_release(reader, history.live) if history.live else None
    return states_in(live, history, flags)


def states_in(
    live: Release | None, history: History, flags: Sequence[Flag]
) -> tuple[FlagState, ...]:
    """As `flag_states`, where the live release is known."""
    known = {flag.name: flag for flag in flags}
    off = {each.flag: each for each in live.off} if live else {}
    named = {(each.flag, each.models): each.nodes for each in live.flags} if live else {}
    switched = _switched(history)
    return tuple(
        FlagState(
            name,
            known.get(name),
            off.get(name),
            named.get((name, known[name].models if name in known else off[name].models)),
            switched.get(name),
        )
        for name in sorted({*known, *off})
    )


def _switched(history: History) -> Mapping[str, Switched]:
    found: dict[str, Switched] = {}
    before: frozenset[str] = frozenset()
    for event in history.events:
        if event.kind is EventKind.EJECTED:
            found, before = {}, frozenset()
        if event.kind is not EventKind.PUBLISHED:
            continue
        payload = event.payload
        now = frozenset(history.releases[payload["release"]].off)
        for name in now ^ before:
            found[name] = Switched(event.at, payload["by"], payload["reason"], payload["operation"])
        before = now
    return found
