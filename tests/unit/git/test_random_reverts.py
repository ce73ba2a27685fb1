"""Random histories: commits, reverts, reverts of reverts, copies and merges, said and unsaid.

What is in the files decides: the bad change is one line that nothing else writes.
"""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.git.sandbox import new_repository

from dbt_rewind.git.reverts import Change, carried

EXAMPLES = int(os.environ.get("REVERT_EXAMPLES", "15"))
STEPS = ("work", "work", "revert", "revert", "revert", "copy", "merge", "merge", "switch", "fork")


class Walk:
    """`near`: work goes on beside the bad line, so that patches differ and only words tell what is
    a revert or a copy. Otherwise some say nothing."""

    def __init__(self, folder: Path, seed: int, *, near: bool) -> None:
        self.draw = random.Random(seed)
        self.near = near
        self.sandbox = new_repository(folder)
        self.lines = {number: f"line {number}" for number in range(100)}
        self.sandbox.write("model.sql", self.text())
        self.good = self.sandbox.commit("Good")
        self.sandbox.git("branch", "other")
        self.work()
        self.write(50, "bad")
        self.bad = self.sandbox.commit("Bad")
        self.worked = 0
        self.made = [self.bad]

    def text(self) -> str:
        return "".join(f"{self.lines[number]}\n" for number in sorted(self.lines))

    def write(self, number: int, line: str) -> None:
        file = self.sandbox.folder / "model.sql"
        lines = file.read_text().splitlines()
        lines[number] = line
        file.write_text("".join(f"{each}\n" for each in lines))

    def tried(self, *arguments: str) -> bool:
        """What git refuses or cannot do alone is taken back."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.sandbox.folder, capture_output=True, check=False
        )
        if done.returncode == 0:
            return True
        self.sandbox.git("reset", "--quiet", "--hard")
        self.sandbox.git("clean", "-fdq")
        return False

    def work(self) -> None:
        beside = [48, 52] * 20 if self.near else []
        number = self.draw.choice([*range(30), *range(70, 100), *beside])
        self.write(number, f"work {self.draw.random()}")
        self.sandbox.commit("Work")

    def named(self) -> str:
        commits = self.sandbox.git("rev-list", "HEAD", "^" + self.good).split()
        return self.draw.choice([*commits, *self.made, *self.made])

    def revert(self) -> None:
        sha = self.named()
        parents = self.sandbox.git("rev-list", "--parents", "-1", sha).split()[1:]
        mainline = ("-m", "1") if len(parents) > 1 else ()
        silent = not self.near and self.draw.random() < 0.4
        if self.tried("revert", "--no-edit", *mainline, sha) and silent:
            self.sandbox.git("commit", "--quiet", "--amend", "-m", "Go back (#3)")

    def copy(self) -> None:
        said = ("-x",) if self.near or self.draw.random() < 0.5 else ()
        self.tried("cherry-pick", *said, self.draw.choice(self.made))

    def merge(self) -> None:
        here = self.sandbox.git("branch", "--show-current")
        self.tried("merge", "--no-edit", "-q", "other" if here == "main" else "main")

    def switch(self) -> None:
        here = self.sandbox.git("branch", "--show-current")
        self.sandbox.git("switch", "-q", "other" if here == "main" else "main")

    def fork(self) -> None:
        here = self.sandbox.git("branch", "--show-current")
        self.sandbox.git("branch", "--force", "other" if here == "main" else "main")

    def step(self, name: str) -> None:
        before = self.head
        getattr(self, name)()
        if name in {"revert", "copy"} and self.head != before:
            self.made.append(self.head)

    @property
    def head(self) -> str:
        return self.sandbox.git("rev-parse", "HEAD")

    @property
    def is_bad(self) -> bool:
        return "bad" in (self.sandbox.folder / "model.sql").read_text().splitlines()

    @property
    def story(self) -> str:
        return self.sandbox.git("log", "--graph", "--all", "--format=%h %d %s | %b")


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    seed=st.integers(0, 2**32),
    near=st.booleans(),
    steps=st.lists(st.sampled_from(STEPS), min_size=4, max_size=14),
)
def test_held_is_what_is_in_the_files(
    tmp_path_factory: pytest.TempPathFactory, seed: int, near: bool, steps: list[str]
) -> None:
    walk = Walk(tmp_path_factory.mktemp("walk") / "repository", seed, near=near)
    for step in steps:
        walk.step(step)
    found = carried(walk.sandbox.open(), walk.head, Change(walk.bad, walk.good), PurePosixPath("."))
    assert (found is not None) == walk.is_bad, walk.story
