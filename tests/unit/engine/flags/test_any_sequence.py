"""Whatever is deployed and switched, nothing that users see was made from a feature that is off.

The judge keeps its own books: which relation holds each model of the code that is live, in every
release, and what each relation was made from. It reads from the product only where pointers lead,
and which release each flag goes back to.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.unit.engine.double import Model, versioned
from tests.unit.engine.stage import Stage

from dbt_rewind.engine.deploy import Deployed
from dbt_rewind.engine.history import ReleaseState
from dbt_rewind.errors import NoReleaseWithout
from dbt_rewind.model import Flag, RelationName

EXAMPLES = int(os.environ.get("SEQUENCE_EXAMPLES", "25"))
NAMES = "abcdef"
FLAGS = {"one": ("c",), "two": ("b", "d"), "new": ("f",)}
"""What each flag names. `f` is not there at first."""

GATES = ("vanished", "rows", "columns")
Made = Mapping[str, RelationName]


def reached(project: Mapping[str, Model], names: Collection[str]) -> set[str]:
    """These models and all that read them."""
    found = set(names) & set(project)
    for name in NAMES:  # a model reads only earlier ones
        if name in project and found & set(project[name].parents):
            found.add(name)
    return found


class Sequences(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.stage = Stage(Path(self._folder.name))
        self.stage.flags = tuple(Flag(name, " ".join(each)) for name, each in FLAGS.items())
        self.project = {
            "a": Model("a1"),
            "b": Model("b1", parents=("a",)),
            "c": Model("c1", parents=("a",)),
            "d": Model("d1", "view", parents=("b",)),
            "e": Model("e1", parents=("c", "d")),
        }
        self.codes = 1
        self.made: Made = {}
        self.made_at: dict[int, Made] = {}
        self.project_at: dict[int, Mapping[str, Model]] = {}
        self.origins: dict[RelationName, Made] = {}
        self.off: set[str] = set()
        self._booked(self.stage.deploy(self.project))

    def teardown(self) -> None:
        self._folder.cleanup()

    def _booked(self, done: Deployed) -> None:
        """Writes down what a build has made."""
        number = done.release.number
        if done.reused is not None:
            self.made = self.made_at[done.reused]
        else:
            built = self.stage.versions[-1].built
            held = {name: self.made[name] for name in self.project if name not in built}
            self.made = {**held, **{name: versioned(name, number) for name in built}}
            for name in built:
                parents = self.project[name].parents
                self.origins[self.made[name]] = {each: self.made[each] for each in parents}
        self._live(number)

    def _live(self, number: int) -> None:
        self.made_at[number] = self.made
        self.project_at[number] = dict(self.project)

    def _deploy(self) -> None:
        self._booked(self.stage.deploy(self.project, accepted=GATES))

    @rule(name=st.sampled_from(NAMES), again=st.integers(0, 1))
    def change(self, name: str, again: int) -> None:
        """`again`: to the code that it had one change ago, so that releases are taken over."""
        if name in self.project:
            self.codes += 1
            model = self.project[name]
            code = f"{name}{self.codes - 2 * again}"
            self.project[name] = Model(code, model.materialized, model.parents)
            self._deploy()

    @rule(name=st.sampled_from(NAMES), read=st.sets(st.sampled_from(NAMES), max_size=2))
    def read_others(self, name: str, read: set[str]) -> None:
        """A model is there with these inputs, of which a view has one."""
        parents = tuple(sorted(each for each in read if each < name and each in self.project))
        model = self.project.get(name, Model(f"{name}1"))
        if model.materialized == "view" and not parents:
            return
        parents = parents[:1] if model.materialized == "view" else parents
        self.project[name] = Model(model.code, model.materialized, parents)
        self._deploy()

    @rule(name=st.sampled_from("bcdef"))
    def remove(self, name: str) -> None:
        others = {each: model for each, model in self.project.items() if each != name}
        if name in self.project and not any(name in model.parents for model in others.values()):
            self.project = others
            self._deploy()

    @rule()
    def refresh(self) -> None:
        self._booked(self.stage.refresh(self.project, accepted=GATES))

    @rule()
    def prune(self) -> None:
        self.stage.prune(keep=2)

    @rule(flag=st.sampled_from(sorted(FLAGS)), back=st.integers(0, 4))
    def disable(self, flag: str, back: int) -> None:
        """To the last release without it, or to one that somebody names."""
        live = max(self.made_at)
        earlier = [number for number in sorted(self.made_at) if self._is_there(number)]
        to = earlier[-1 - min(back, len(earlier) - 1)] if back and earlier else None
        try:
            planned = self.stage.switch(off=[flag], to=to)
        except NoReleaseWithout:
            assert set(FLAGS[flag]) & set(self.project)
            return
        assert planned.live.number == live
        self.off.add(flag)
        self._live(planned.release.number)

    @rule(flags=st.sets(st.sampled_from(sorted(FLAGS)), min_size=1))
    def enable(self, flags: set[str]) -> None:
        if on := sorted(flags & self.off):
            planned = self.stage.switch(on=on)
            self.off -= flags
            self._live(planned.release.number)

    def _is_there(self, number: int) -> bool:
        state = self.stage.history.releases[number].state
        return state is ReleaseState.SUPERSEDED

    @invariant()
    def users_see_nothing_of_what_is_off(self) -> None:
        shown = {name.name: relation for name, relation in self.stage.pointers.items()}
        live = self.stage.live
        assert live is not None
        assert {each.flag for each in live.off} == self.off
        held: dict[str, int] = {}
        gone: set[str] = set()
        feature: set[RelationName] = set()
        for each in live.off:
            named = set(FLAGS[each.flag]) & set(self.project)
            if each.shown is None:
                assert not named
                continue
            back = self.made_at[each.shown]
            for name in reached(self.project, named):
                assert held.setdefault(name, each.shown) == each.shown
            then = reached(self.project_at[each.shown], reached(self.project, named))
            gone |= then & back.keys() - self.project.keys()
            feature |= {self.made[name] for name in named if self.made[name] != back.get(name)}
        expected = {name: self.made[name] for name in self.project if name not in held}
        for name, base in held.items():
            if name in self.made_at[base]:
                expected[name] = self.made_at[base][name]
        came_back = shown.keys() - self.project.keys()
        assert {name: shown[name] for name in shown.keys() - came_back} == expected
        assert came_back == gone
        for name, relation in shown.items():
            assert self.stage.store.rows(relation), name
            assert feature.isdisjoint(self._made_from(relation))
            for parent, read in self.origins[relation].items():
                apart = name in held or name in came_back
                same = shown.get(parent, read) == read
                assert same or (apart and parent not in held)

    def _made_from(self, relation: RelationName) -> set[RelationName]:
        found, ahead = {relation}, [relation]
        while ahead:
            for read in self.origins[ahead.pop()].values():
                if read not in found:
                    found.add(read)
                    ahead.append(read)
        return found


TestSequences = Sequences.TestCase
TestSequences.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
