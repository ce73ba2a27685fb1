"""A watch takes back what the matrix says, once, and nothing that a person has decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from tests.cli.cases import DOWN, down, down_and_asked, down_first, one, two
from tests.cli.people import acting
from tests.cli.shop import Shop
from tests.notify.hooks import hooks
from tests.unit.engine.double import versioned

from dbt_rewind import clock
from dbt_rewind.engine.site import LEASE
from dbt_rewind.engine.workspace import Workspace, open_workspace
from dbt_rewind.errors import WarehouseLocked
from dbt_rewind.model import EventKind, Owner
from dbt_rewind.procedures.watch import Look, watch
from dbt_rewind.warehouse.memory import MemoryWarehouse

ROLLED_BACK = "[prod] rolled back to r1 (M3)"
ONCE = ("watch", "--for", "0s")


def live(shop: Shop) -> int:
    published = [
        event for event in shop.store.contents.events["prod"] if event.kind is EventKind.PUBLISHED
    ]
    number: int = published[-1].payload["release"]
    return number


def grounds(shop: Shop) -> list[str | None]:
    """By what right each publish went live."""
    return [
        (event.payload.get("permit") or {}).get("ground")
        for event in shop.store.contents.events["prod"]
        if event.kind is EventKind.PUBLISHED
    ]


def kept(shop: Shop, why: str) -> None:
    """The watch finds that the shop is down, leaves what is live, and says why."""
    before = live(shop)
    ran = shop.run(*ONCE)
    assert ran.status == 20, ran
    assert why in " ".join(ran.out.split())
    assert live(shop) == before


def test_it_goes_back_and_not_once_more(shop: Shop) -> None:
    down(shop)
    shop.done(*ONCE, status=18)
    assert live(shop) == 1
    assert grounds(shop)[-1] == "automatic"
    # The shop is as little up as before, but there is nowhere to go, and nobody to go past.
    kept(shop, "r1 went live by a rollback")
    assert grounds(shop).count("automatic") == 1


def test_users_do_not_wait_for_receivers(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    down(shop)
    channel = "notify: {channels: {team: {url: TEAM_PLACE}}}\n"
    shop.write("rewind.yml", lambda text: text + channel)
    with hooks() as team:
        team.glance = lambda: live(shop)
        monkeypatch.setenv("TEAM_PLACE", team.address())
        shop.done(*ONCE, status=18)
    titles = [body["title"].partition(":")[0] for body in team.taken]
    assert titles == ["[prod] I1 opened", "[prod] I1 calls on-call (level 1)", ROLLED_BACK]
    assert team.glances == [1, 1, 1], "r1 is live before anybody is told of anything"


def test_what_a_person_brings_back_stays(shop: Shop) -> None:
    down(shop)
    shop.done(*ONCE, status=18)
    shop.done("rollback", "--yes", "--to", "r2", "--reason", "it was the check")
    kept(shop, "r2 went live by a rollback")


def test_what_a_person_lets_out_of_quarantine_stays(shop: Shop) -> None:
    down(shop)
    shop.done(*ONCE, status=18)
    shop.done("release-quarantine", "v1.1", "--reason", "it was the check")
    shop.done("deploy", "v1.1")
    kept(shop, "somebody has let")


def test_what_went_live_in_an_emergency_stays(shop: Shop) -> None:
    down_first(shop)
    shop.done("deploy", "v1.1", "--emergency", "--reason", "the board is waiting")
    kept(shop, "in an emergency")


def test_a_no_to_a_rollback_is_respected(shop: Shop) -> None:
    down_and_asked(shop)
    shop.done("rollback", "--yes", "--reason", "it looks wrong", status=16)
    acting(shop, "grace")
    shop.done("reject", "--yes", "--reason", "it is the check")
    kept(shop, "somebody has said no")


def test_a_new_deploy_is_watched_anew(shop: Shop) -> None:
    down(shop)
    shop.done(*ONCE, status=18)
    meant = ("--accept", "vanished", "--reason", "meant")
    shop.write("rewind.yml", lambda text: text.replace(DOWN, ""))
    shop.done("release-quarantine", "v1.1", "--reason", "main holds it")
    shop.done("deploy", "main", *meant)
    shop.write("rewind.yml", lambda text: text + DOWN)
    shop.done(*ONCE, status=18)
    assert live(shop) == 1
    assert grounds(shop).count("automatic") == 2


def test_outside_production_nothing_is_taken_back(shop: Shop) -> None:
    shop.write("rewind.yml", lambda text: text.replace("main}", "main, production: false}"))
    down(shop)
    shop.done(*ONCE, status=20)
    assert live(shop) == 2


def test_who_is_at_work_is_not_disturbed(shop: Shop) -> None:
    down(shop)
    elsewhere = Owner("Grace", "ci-8", 77, "then", "deploy")
    lease = MemoryWarehouse(shop.store).acquire_lease("prod", elsewhere, clock.now(), 100 * LEASE)
    ran = shop.run(*ONCE)
    assert ran.status == 20
    assert "not taken back" in ran.out
    MemoryWarehouse(shop.store).release_lease(lease)
    shop.done(*ONCE, status=18)


def looks(
    shop: Shop, between: Callable[[int], None], times: int = 3, release: int | None = None
) -> list[Look]:
    """What a watch sees in so many looks; `between` is called between two of them."""
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        between(len(pauses))

    def stopwatch() -> float:
        return sum(pauses)

    workspace = open_workspace(Path.cwd(), None)
    seen = list(
        watch(
            workspace,
            release,
            lasting=timedelta(seconds=times - 1),
            every=timedelta(seconds=1),
            warn=pytest.fail,
            stopwatch=stopwatch,
            pause=pause,
        )
    )
    assert set(pauses) <= {1.0}
    return seen


def test_it_looks_again_and_again(shop: Shop) -> None:
    two(shop)
    seen = looks(shop, lambda _: None)
    assert [look.found.live.number for look in seen if look.found] == [2, 2, 2]
    assert not any(look.found and look.found.decision for look in seen)


def test_what_breaks_between_two_looks_is_taken_back(shop: Shop) -> None:
    two(shop)

    def lose(number: int) -> None:
        if number == 2:
            shop.store.change_rows(versioned("summary", 2), [])

    seen = looks(shop, lose, times=5)
    assert len(seen) == 3
    assert [look.withdrawn is not None for look in seen] == [False, False, True]
    assert live(shop) == 1


def test_another_release_ends_it(shop: Shop) -> None:
    two(shop)
    seen = looks(shop, lambda _: shop.done("refresh"), times=5)
    assert len(seen) == 1


def test_what_is_in_the_way_of_one_look_ends_no_watch(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    two(shop)
    connect = Workspace.connect

    def busy(number: int) -> None:
        def locked(*_: object, **__: object) -> None:
            raise WarehouseLocked("shop.duckdb", 4711)

        monkeypatch.setattr(Workspace, "connect", locked if number == 1 else connect)

    seen = looks(shop, busy)
    assert [look.found is None for look in seen] == [False, True, False]
    assert "4711" in (seen[1].problem or "")


def test_a_release_that_is_not_live_is_not_watched(shop: Shop) -> None:
    one(shop)
    assert looks(shop, lambda _: None, release=7) == []
