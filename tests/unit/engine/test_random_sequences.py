"""Any sequence of operations leaves what a simple model says (invariants 1, 3, 4, 6, 7 and 8)."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.unit.engine.double import COLUMNS, Model, pointer, project_key
from tests.unit.engine.stage import Stage, killed_at

from dbt_rewind.errors import (
    BuildFailed,
    CommitQuarantined,
    EjectionRefused,
    Interrupted,
    NothingEarlier,
    NothingLive,
    PointerDrifted,
    PublishBlocked,
    WarehouseFailed,
)
from dbt_rewind.warehouse.memory_store import Row

NAMES = ("customers", "log", "orders", "summary")
CODES = st.sampled_from("12345")
Seen = Mapping[str, tuple[Row, ...]]

STEPS = ["build", "built", *(f"build {name}" for name in NAMES)]
DEATHS = [
    "before clone",
    "after clone",
    "after started",
    "before built",
    "after built",
    "before published",
    "after published",
]
ADOPT_DEATHS = ["before built", "after built", "before published", "after published"]
EJECT_DEATHS = [
    "before ejected",
    "after ejected",
    "before drop",
    "after drop",
    "before remove",
    "after remove",
]
PRUNE_DEATHS = [
    "before pruning",
    "after pruning",
    "before drop",
    "after drop",
    "after forget",
    "before pruned",
    "after pruned",
]


EXAMPLES = int(os.environ.get("SEQUENCE_EXAMPLES", "25"))
"""How many random sequences are tried. `make soak` tries thousands."""

MEANT = ("vanished",)
"""The gate that the removal of a model has to pass."""


class Sequences(RuleBasedStateMachine):
    """The model: which releases may be restored, what users saw in each, which one is live, and
    which are pinned."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.stage = Stage(Path(self._folder.name))
        self.project: dict[str, Model] = {
            "customers": Model("1"),
            "orders": Model("1"),
            "log": Model("1", "incremental"),
            "summary": Model("1", "view", ("orders",)),
        }
        self.seen: dict[int, Seen] = {}
        self.projects: dict[int, dict[str, Model]] = {}
        self.live: int | None = None
        self.highest = 0
        self.pins: set[int] = set()
        self.quarantine: set[str] = set()

    def teardown(self) -> None:
        self._folder.cleanup()

    def _changed(self, name: str, code: str) -> dict[str, Model]:
        held = self.project.get(name)
        materialized = held.materialized if held else "table"
        return {**self.project, name: Model(code, materialized, held.parents if held else ())}

    def _went_live(self, number: int) -> None:
        self._not_bad(self.projects.get(number, self.project))
        self.live = number
        self.projects.setdefault(number, self.project)
        self.seen.setdefault(number, self.stage.seen)

    def _not_bad(self, project: dict[str, Model]) -> None:
        self.quarantine.discard(project_key(project))

    def _rolled_to(self, number: int) -> None:
        assert self.live is not None
        left, to = (project_key(self.projects[each]) for each in (self.live, number))
        if number < self.live and left != to:
            self.quarantine.add(left)
        self._went_live(number)

    def _admit(self, project: dict[str, Model]) -> None:
        """What was rolled back is refused until somebody lets it in, and nothing else is."""
        if project_key(project) not in self.quarantine:
            return
        shown = self.stage.seen
        with pytest.raises(CommitQuarantined):
            self.stage.deploy(project, accepted=MEANT)
        assert self.stage.seen == shown
        self.stage.let_in(project)
        self._not_bad(project)

    def _numbered(self) -> int:
        """Every operation that began has a number of its own."""
        number = max(self.stage.history.releases, default=0)
        assert number >= self.highest
        self.highest = number
        return number

    def _deploy(self, project: dict[str, Model]) -> None:
        self._admit(project)
        release = self.stage.deploy(project, accepted=MEANT).release
        assert release.number == self._numbered() or release.number == self.live
        if not release.pending:
            assert set(self.stage.seen) == {f"gold.{name}" for name in project}
            assert self.stage.codes == {f"gold.{n}": self._code(project, n) for n in project}
        self.project = project
        self._went_live(release.number)

    @staticmethod
    def _code(project: Mapping[str, Model], name: str) -> str:
        """A view shows what is in the table it reads."""
        model = project[name]
        return project["orders"].code if model.materialized == "view" else model.code

    @rule(name=st.sampled_from(NAMES), code=CODES)
    def deploy_a_change(self, name: str, code: str) -> None:
        self._deploy(self._changed(name, code))

    @rule()
    def deploy_the_same(self) -> None:
        self._deploy(self.project)

    @rule(code=CODES)
    def remove_or_bring_back_a_model(self, code: str) -> None:
        rest = {name: model for name, model in self.project.items() if name != "customers"}
        self._deploy(rest if "customers" in self.project else {**rest, "customers": Model(code)})

    @rule(name=st.sampled_from(NAMES), code=CODES, part=st.sampled_from(["orders", "orders+"]))
    def deploy_a_part_of_two_changes(self, name: str, code: str, part: str) -> None:
        """Without the +, the view is left behind on the table that it has read until then."""
        if self.live is None:
            return
        both = {**self._changed(name, code), "orders": Model(f"part {code}")}
        self._admit(both)
        release = self.stage.deploy(both, select=[part], accepted=MEANT).release
        self._numbered()
        assert self.stage.codes["gold.orders"] == f"part {code}"
        self.project = both
        self._went_live(release.number)

    @rule(outcome=st.sampled_from(["model", "test"]), code=CODES)
    def deploy_what_fails(self, outcome: str, code: str) -> None:
        bad = Model(code, outcome="error") if outcome == "model" else Model(code, tests=("fail",))
        with pytest.raises(BuildFailed) as raised:
            self.stage.deploy({**self.project, "orders": bad}, accepted=MEANT)
        assert raised.value.release == f"r{self._numbered()}"

    @rule(name=st.sampled_from(NAMES), again=st.booleans())
    def block_a_deploy(self, name: str, again: bool) -> None:
        """Others are in the way of its publish; where nothing comes between, it goes live later."""
        project = self._changed(name, f"blocked {self.highest}")
        shown = self.stage.seen
        self.stage.store.in_the_way = ("somebody",)
        with pytest.raises(PublishBlocked) as raised:
            self.stage.deploy(project, accepted=MEANT)
        self.stage.store.in_the_way = ()
        assert self.stage.seen == shown
        number = self._numbered()
        assert raised.value.built == f"r{number}"
        if again:
            self._deploy(project)
            assert self.live == number

    @rule(name=st.sampled_from(NAMES), step=st.sampled_from(STEPS))
    def interrupt_a_deploy(self, name: str, step: str) -> None:
        def hook(at: str) -> None:
            if at == step:
                raise KeyboardInterrupt

        project = self._changed(name, f"interrupted {self.highest}")
        try:
            release = self.stage.deploy(project, hook=hook, accepted=MEANT).release
        except Interrupted:
            self._numbered()
        else:  # dbt never came to that step
            self._numbered()
            self.project = project
            self._went_live(release.number)

    @rule(name=st.sampled_from(NAMES), when=st.sampled_from(DEATHS))
    def kill_a_deploy(self, name: str, when: str) -> None:
        project = self._changed(name, f"killed {self.highest}")
        try:
            self.stage.deploy(project, fault=killed_at(when), killed=True, accepted=MEANT)
        except WarehouseFailed:
            # Users see a whole release before anybody has recovered anything.
            shown = self.stage.seen
            known = self.seen.get(self.live, {}) if self.live is not None else {}
            assert shown == known or when == "after published"
            self.stage.recover()
            assert self.stage.seen == shown
        number = self._numbered()
        live = self.stage.history.live
        if live is not None and live.number == number:
            self.project = project
            self._went_live(number)

    @rule()
    def refresh(self) -> None:
        if self.live is None or self.stage.deploy_pending:
            return  # what waits for a deploy is another test's matter
        codes = self.stage.codes
        release = self.stage.refresh(self.projects[self.live], accepted=MEANT).release
        assert release.number == self._numbered()
        assert self.stage.codes == codes
        self.projects[release.number] = self.projects[self.live]
        self._went_live(release.number)

    @rule()
    def roll_back(self) -> None:
        try:
            target = self.stage.rollback().target.number
        except NothingEarlier:
            return
        except NothingLive:
            assert self.live is None
            return
        assert self.live is not None
        assert target < self.live
        self._rolled_to(target)

    @precondition(lambda self: len(self.seen) > 1)
    @rule(data=st.data())
    def roll_to_any(self, data: st.DataObject) -> None:
        targets = sorted(number for number in self.seen if number != self.live)
        number = data.draw(st.sampled_from(targets))
        self.stage.rollback(f"r{number}")
        self._rolled_to(number)

    def _pruned(self) -> None:
        """Takes out of the model what the ledger calls pruned; the rest must be restorable."""
        history = self.stage.history
        gone = {number for number in self.seen if history.releases[number].state.value == "pruned"}
        assert self.live not in gone
        assert gone.isdisjoint(self.pins)
        for number in gone:
            del self.seen[number]

    @precondition(lambda self: self.live is None)
    @rule(code=CODES)
    def build_plainly_and_adopt(self, code: str) -> None:
        self._build_plainly(code)
        before = self._plainly_seen()
        number = self.stage.adopt(self.project).number
        assert self.stage.seen == before
        self._went_live(number)

    @precondition(lambda self: self.live is None)
    @rule(code=CODES, when=st.sampled_from(ADOPT_DEATHS))
    def kill_an_adoption(self, code: str, when: str) -> None:
        self._build_plainly(code)
        before = self._plainly_seen()
        with pytest.raises(WarehouseFailed):
            self.stage.adopt(self.project, fault=killed_at(when), killed=True)
        assert self._plainly_seen() == before
        self.stage.recover()
        assert self._plainly_seen() == before
        live = self.stage.history.live
        if live is not None:
            self._went_live(live.number)
        else:  # plain dbt goes on without us, and gives room to a first deploy
            self._make_room()

    def _build_plainly(self, code: str) -> None:
        self.project = {**self.project, "orders": Model(code)}
        self.stage.plain_build(self.project)

    def _plainly_seen(self) -> Seen:
        return {f"gold.{name}": self.stage.store.rows(pointer(name)) for name in self.project}

    def _make_room(self) -> None:
        for name in self.project:
            self.stage.store.remove(pointer(name))

    @precondition(lambda self: self.live is not None)
    @rule(when=st.sampled_from([None, *EJECT_DEATHS]))
    def eject(self, when: str | None) -> None:
        before = self.stage.seen
        fault = killed_at(when) if when else None
        try:
            self.stage.eject(fault=fault, killed=when is not None)
        except EjectionRefused:  # `--select` has left a view behind
            assert self.stage.seen == before
            return
        except WarehouseFailed:
            assert when is not None
        rows = {name: self.stage.store.rows(pointer(name[5:])) for name in before}
        assert rows == before, "users see what they saw"
        if when == "before ejected":
            self.stage.recover()
            return
        self.stage.finish_eject()
        names = self.stage.store.contents.relations
        assert not [name for name in names if name.schema.startswith("rewind")]
        assert self.stage.store.contents.ledger_version is None
        for name in before:
            self.stage.store.remove(pointer(name[5:]))
        self.seen, self.pins, self.live, self.highest = {}, set(), None, 0
        self.projects, self.quarantine = {}, set()  # numbers begin anew

    @precondition(lambda self: self.live is not None)
    @rule(name=st.sampled_from(NAMES), table=st.booleans(), back=st.booleans())
    def drift_and_repair(self, name: str, table: bool, back: bool) -> None:
        live, held = self.live, pointer(name)
        assert live is not None
        if f"gold.{name}" not in self.stage.seen:
            return
        if table:
            self.stage.store.create_table(held, COLUMNS, [("theirs", "1", "")])
        else:
            self.stage.store.remove(held)
        with pytest.raises(PointerDrifted):
            self.stage.deploy(self._changed(name, f"over {name}"))
        try:
            number = self.stage.rollback(repair=True).target.number if back else None
        except NothingEarlier:
            number = None
        if number is None:
            self.stage.repair()
        else:
            self._rolled_to(number)
        if table:
            (aside,) = (each for each in self.stage.history.set_aside[-1:])
            assert self.stage.store.rows(aside.relation) == (("theirs", "1", ""),)

    @rule(keep=st.integers(1, 4))
    def prune(self, keep: int) -> None:
        held = len(self.seen)
        self.stage.prune(keep)
        self._pruned()
        assert len(self.seen) >= min(keep, held)

    @rule(keep=st.integers(1, 3), when=st.sampled_from(PRUNE_DEATHS))
    def kill_a_prune(self, keep: int, when: str) -> None:
        with suppress(WarehouseFailed):
            self.stage.prune(keep, fault=killed_at(when), killed=True)
        self.stage.recover()
        self._pruned()

    @precondition(lambda self: self.seen)
    @rule(data=st.data())
    def pin_or_unpin(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.seen)))
        if number in self.pins:
            assert self.stage.unpin(number)
            self.pins.remove(number)
        else:
            assert self.stage.pin(number)
            self.pins.add(number)

    @precondition(lambda self: len(self.seen) > 1)
    @rule()
    def go_through_all(self) -> None:
        """Every release that is not pruned can be rolled back to, and shows what it showed."""
        assert self.live is not None
        for number in [*(each for each in self.seen if each != self.live), self.live]:
            self.stage.rollback(f"r{number}")
            assert self.stage.seen == self.seen[number]
            self._rolled_to(number)

    @invariant()
    def users_see_the_live_release_as_it_was(self) -> None:
        assert self.stage.seen == (self.seen[self.live] if self.live is not None else {})

    @invariant()
    def pointers_ledger_and_mirror_agree(self) -> None:
        self.stage.assert_consistent()
        live = self.stage.history.live
        assert (live.number if live else None) == self.live

    @invariant()
    def nothing_that_can_be_restored_was_dropped_or_written(self) -> None:
        for number in self.seen:
            assert self.stage.history.releases[number].state.value in {
                "live",
                "superseded",
                "rolled back",
            }


Sequences.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestSequences = Sequences.TestCase
