"""From the flags that a person names to what is to be switched, and how one of them stands."""

from __future__ import annotations

from dataclasses import dataclass

from dbt_rewind.engine.flags.base import Base, base_named, find_base
from dbt_rewind.engine.flags.sides import Sides, named_in
from dbt_rewind.engine.flags.standing import FlagState, flag_states
from dbt_rewind.engine.flags.switch import NamedBase
from dbt_rewind.engine.history import History, ReleaseSummary
from dbt_rewind.engine.settings import flags_of
from dbt_rewind.engine.target import find_release, require_restorable
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import FlagUnclear, FlagUnknown, NoReleaseWithout
from dbt_rewind.model import Flag, FlagOff
from dbt_rewind.warehouse.protocol import LedgerReader


@dataclass(frozen=True, slots=True)
class Look:
    """A flag as it stands, and what would become of it. `nodes` is what it names in the live
    release, `base` where it would go back to; each None where that cannot be told, and `problem`
    says why."""

    state: FlagState
    nodes: tuple[str, ...] | None
    base: Base | None = None
    problem: str | None = None


def find_flag(workspace: Workspace, name: str) -> Flag:
    """The flag of rewind.yml. Raises FlagUnknown, which lists the nearest name first."""
    flags = {flag.name: flag for flag in flags_of(workspace.config)}
    if name not in flags:
        raise FlagUnknown(name, _nearest_first(name, tuple(flags)))
    return flags[name]


def named_bases(workspace: Workspace, history: History, to: str | None) -> NamedBase:
    """The bases that somebody has named: on the command line (`to`), or in rewind.yml.

    What it returns raises ReleaseNotFound, ReleaseNotRestorable.
    """

    def named(flag: Flag) -> Base | None:
        for wanted, how in ((to, "--to"), (flag.without, "rewind.yml")):
            if wanted is not None:
                return base_named(_restorable(workspace, history, wanted).number, how)
        return None

    return named


def _restorable(workspace: Workspace, history: History, wanted: str) -> ReleaseSummary:
    found = find_release(history, wanted, workspace.find_commit)
    require_restorable(found)
    return found


def state_of(workspace: Workspace, reader: LedgerReader, history: History, name: str) -> FlagState:
    """How the flag stands. Raises FlagUnknown where rewind.yml has none of that name and none is
    off, ArtifactDamaged."""
    states = {each.name: each for each in _states(workspace, reader, history)}
    if name not in states:
        raise FlagUnknown(name, _nearest_first(name, tuple(states)))
    return states[name]


def off_in_live(workspace: Workspace, reader: LedgerReader, history: History) -> dict[str, FlagOff]:
    """The flags that are off, by name. Raises ArtifactDamaged."""
    states = _states(workspace, reader, history)
    return {each.name: each.off for each in states if each.off is not None}


def _states(workspace: Workspace, reader: LedgerReader, history: History) -> tuple[FlagState, ...]:
    return flag_states(reader, history, flags_of(workspace.config))


def look_at(workspace: Workspace, reader: LedgerReader, history: History, name: str) -> Look:
    """A flag, and where it would go back to. Raises FlagUnknown, ArtifactDamaged, ArtifactInvalid,
    ReleaseNotFound, ReleaseNotRestorable."""
    state = state_of(workspace, reader, history, name)
    if history.live is None or state.flag is None:
        return Look(state, state.nodes)
    sides = Sides(reader, history)
    live = sides.of(history.live.number)
    try:
        nodes = named_in(live, name, state.flag.models)
    except FlagUnclear as error:
        return Look(state, None, problem=error.message)
    base, problem = named_bases(workspace, history, None)(state.flag), None
    if base is None and nodes:
        try:
            base = find_base(sides, state.flag, nodes, live)
        except NoReleaseWithout as error:
            problem = error.message
    return Look(state, tuple(sorted(nodes)), base, problem)


def _nearest_first(name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    from difflib import get_close_matches

    near = get_close_matches(name, known, 1)
    return (*near, *(other for other in known if other not in near))
