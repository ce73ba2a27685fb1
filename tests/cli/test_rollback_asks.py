"""A rollback that a person confirms, and what may happen while the person thinks."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
import typer
from tests.cli.cases import MEANT, many, two
from tests.cli.shop import Shop
from tests.unit.engine.double import pointer, versioned

from dbt_rewind.cli.main import run


class Person:
    """Sits at a terminal and answers; `thinking` is what happens before the answer."""

    def __init__(self) -> None:
        self.answer = True
        self.asked: list[str] = []
        self.thinking: Callable[[], object] = lambda: None

    def confirm(self, question: str, **_: object) -> bool:
        self.asked.append(question)
        self.thinking()
        return self.answer


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Person:
    person = Person()
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(typer, "confirm", person.confirm)
    return person


def leads_to(shop: Shop, name: str = "summary") -> str:
    target = shop.store.contents.relations[pointer(name)].target  # type: ignore[union-attr]
    assert target is not None
    return str(target)


def test_back_forward_and_back_again(shop: Shop, person: Person) -> None:
    two(shop)
    for arguments, expected in (
        ((), "rewind_r1_gold.summary"),
        (("--to", "v1.1"), "rewind_r2_gold.summary"),
        (("--to", "r1"), "rewind_r1_gold.summary"),
    ):
        shop.done("rollback", *arguments)
        assert leads_to(shop) == expected
    assert person.asked == [
        "Make r1 live in prod?",
        "Make r2 live in prod?",
        "Make r1 live in prod?",
    ]


def test_no_is_no(shop: Shop, person: Person) -> None:
    two(shop)
    person.answer = False
    before = shop.store.contents
    ran = shop.run("rollback")
    assert ran.status == 3
    assert "nothing was changed" in ran.err
    assert shop.store.contents is before


def test_ctrl_c_at_the_question_changes_nothing(shop: Shop, person: Person) -> None:
    def leave() -> None:
        raise typer.Abort

    two(shop)
    person.thinking = leave
    before = shop.store.contents
    assert shop.run("rollback").status == 130
    assert shop.store.contents is before


def test_no_lock_is_held_while_a_person_thinks(shop: Shop, person: Person) -> None:
    two(shop)
    held: list[bool] = []
    person.thinking = lambda: held.append(shop.store.contents.leases["prod"][1])
    shop.done("rollback")
    assert held == [False]


def test_what_was_shown_is_what_is_done_or_nothing_is(shop: Shop, person: Person) -> None:
    """Another deploy went through between the preview and the answer."""
    two(shop)
    person.thinking = lambda: run(["deploy", "main", "--quiet", *MEANT])
    ran = shop.run("rollback")
    assert ran.status == 8
    assert "another operation published to prod in the meantime" in ran.err
    assert leads_to(shop) == "rewind_r3_gold.summary"
    person.thinking = lambda: None
    shop.done("rollback")
    assert leads_to(shop) == "rewind_r2_gold.summary"


def test_a_pointer_that_drifts_while_a_person_thinks(shop: Shop, person: Person) -> None:
    two(shop)
    person.thinking = lambda: shop.store.create_view(pointer("summary"), versioned("orders", 1))
    assert shop.run("rollback").status == 8
    assert leads_to(shop) == "rewind_r1_gold.orders"


def test_a_release_that_becomes_unhealthy_while_a_person_thinks(shop: Shop, person: Person) -> None:
    two(shop)
    person.thinking = lambda: run(["rollback", "--yes", "--quiet"])
    assert shop.run("rollback").status == 9  # r1 is live now, and nothing is before it
    assert leads_to(shop) == "rewind_r1_gold.summary"


@pytest.mark.parametrize("options", [["--dry-run"], ["--dry-run", "--yes"]])
def test_a_dry_run_asks_nobody_and_changes_nothing(
    shop: Shop, person: Person, options: list[str]
) -> None:
    many(shop)
    before, mirror = shop.store.contents, shop.mirror.read_bytes()
    shop.done("rollback", "--to", "v1.0", *options)
    assert person.asked == []
    assert shop.store.contents is before
    assert shop.mirror.read_bytes() == mirror


def test_the_first_rollback_of_a_fresh_clone_leaves_git_clean(shop: Shop) -> None:
    """The mirror's folder ignores itself, so that the next deploy finds nothing uncommitted."""
    two(shop)
    for file in sorted((shop.folder / ".rewind").rglob("*"), reverse=True):
        file.unlink()
    (shop.folder / ".rewind").rmdir()
    shop.done("rollback", "--yes")
    assert shop.sandbox.git("status", "--porcelain") == ""
    shop.done("release-quarantine", "--reason", "it was the source")
    shop.done("deploy", *MEANT)


def test_a_command_works_from_a_folder_below(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    two(shop)
    (shop.folder / "models").mkdir()
    monkeypatch.chdir(shop.folder / "models")
    shop.done("rollback", "--yes")
    assert leads_to(shop) == "rewind_r1_gold.summary"


def test_who_acts_is_whom_ci_names(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    two(shop)
    monkeypatch.setenv("GITHUB_ACTOR", "octocat")
    shop.done("rollback", "--yes", "--reason", "it is wrong")
    payload = shop.store.contents.events["prod"][-1].payload
    assert (payload["by"], payload["reason"]) == ("octocat", "it is wrong")


def test_environments_do_not_touch_each_other(shop: Shop) -> None:
    two(shop)
    before = shop.store.contents
    ran = shop.run("history", "--env", "dev")
    assert ran.out == "dev: no release yet; `rewind deploy` makes the first\n"
    assert shop.run("rollback", "--yes", "--env", "dev").status == 9
    assert shop.store.contents.events == before.events
