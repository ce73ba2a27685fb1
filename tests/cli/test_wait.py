"""How long a publish may wait: rewind.yml says it, `--wait` says it for one command."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.cli.shop import Shop

from dbt_rewind.engine import workspace
from dbt_rewind.model import Patience
from dbt_rewind.warehouse.connect import connect
from dbt_rewind.warehouse.protocol import Warehouse

PUBLISHING = [
    ["deploy", "v1.0"],
    ["refresh"],
    ["rollback", "--yes"],
    ["adopt", "v1.0", "--yes"],
    ["eject", "--yes"],
    ["recover"],
]


@pytest.fixture
def seen(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[Patience]:
    """What the warehouse was opened with, each time; it says that it waits."""
    patiences: list[Patience] = []

    def opened(*arguments: Any, patience: Patience, **options: Any) -> Warehouse:
        patiences.append(patience)
        patience.tell("waiting for process 7")
        return connect(*arguments, patience=patience, **options)

    monkeypatch.setattr(workspace, "connect", opened)
    return patiences


@pytest.mark.parametrize("command", PUBLISHING, ids=lambda command: command[0])
def test_every_command_that_publishes_takes_it(
    shop: Shop, seen: list[Patience], command: list[str]
) -> None:
    ran = shop.run(*command, "--wait", "90s")
    assert set(seen) == {Patience(wait=timedelta(seconds=90))}
    assert "waiting for process 7" in ran.out


def test_rewind_yml_says_it_for_all(shop: Shop, seen: list[Patience]) -> None:
    shop.write("rewind.yml", lambda text: text + "publish: {lock_timeout: 50ms, wait: 1h}\n")
    shop.run("recover")
    expected = Patience(timedelta(milliseconds=50), timedelta(hours=1))
    assert set(seen) == {expected}
    seen.clear()
    shop.run("recover", "--wait", "0s", "--json")
    assert set(seen) == {Patience(timedelta(milliseconds=50), timedelta())}


def test_without_a_word_it_is_five_minutes(shop: Shop, seen: list[Patience]) -> None:
    ran = shop.run("recover", "--quiet")
    assert set(seen) == {Patience(timedelta(milliseconds=500), timedelta(minutes=5))}
    assert "waiting" not in ran.out


def test_what_is_no_time_is_refused(shop: Shop) -> None:
    ran = shop.run("rollback", "--wait", "soon")
    assert ran.status == 2
    assert "'soon' is no time such as 500ms, 30s, 5m or 1h" in " ".join(ran.err.split())
