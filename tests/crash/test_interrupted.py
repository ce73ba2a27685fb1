"""Ctrl-C at any instant: exit 130 and as before, or, once the publish has committed, as after."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.crash.checker import prove, readable
from tests.crash.child import REACHED
from tests.crash.scenarios import SCENARIOS, Scenario, Shelf, run
from tests.crash.test_killed import EVERY

pytestmark = pytest.mark.crash

COMMANDS = [each for each in SCENARIOS if each.name in {"deploy", "rollback"}]


@pytest.mark.parametrize("by", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("scenario", COMMANDS, ids=lambda scenario: scenario.name)
def test_interrupted_at_an_instant(
    scenario: Scenario, by: str, shelf: Shelf, tmp_path: Path
) -> None:
    first = 3 if by == "SIGTERM" else 1
    for at in range(first, 1000, 2 * EVERY):
        lab = scenario.begin(shelf, tmp_path / str(at))
        before = readable(lab.place)
        answer = run(lab, *scenario.command, at=at, by=by)
        if REACHED not in answer.stderr:
            assert answer.status == 0
            return
        instant = answer.stderr.splitlines()[0]
        assert "Traceback" not in answer.stderr
        assert "internal error" not in answer.stderr
        after = readable(lab.place)
        run(lab, "recover").check(0)
        found = prove(lab.place, lab.mirror)
        assert found.pointers == after, instant
        if found.kinds[-1] == "published":
            assert answer.status in {0, 130}, instant
        else:
            assert answer.status == 130, instant
            assert after == before, instant
    raise AssertionError("the scenario never ends")


def test_nothing_is_left_of_an_interrupted_build(shelf: Shelf, tmp_path: Path) -> None:
    lab = shelf.stage("two").copy(tmp_path / "lab")
    answer = run(lab, "deploy", "v3", "--json", named="building latest", by="SIGINT")
    assert answer.check(130).error["slug"] == "interrupted"
    # Without a recovery: the command has put it right itself.
    assert prove(lab.place, lab.mirror).kinds[6:] == ["started", "aborted"]
    assert run(lab, "recover", "--json").document["undone"] is None


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (("deploy", "v3"), "the lease is taken"),
        (("rollback", "--yes"), "the commit is not mirrored"),
    ],
)
def test_an_interrupt_outside_of_the_build_is_told(
    command: tuple[str, ...], named: str, shelf: Shelf, tmp_path: Path
) -> None:
    lab = shelf.stage("two").copy(tmp_path / "lab")
    answer = run(lab, *command, "--json", named=named, by="SIGINT").check(130)
    assert answer.stderr.count("error:") == 1
    assert answer.error["slug"] == "interrupted"
    # The rollback has committed, so that it must not claim that nothing has changed.
    assert command[0] == "deploy" or "saw before" not in answer.stderr
