from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from tests.notify.github_double import GitHub, github
from tests.notify.hooks import Hooks, hooks
from tests.notify.mailbox import Mailbox, mailbox
from tests.notify.project import AT, Notified, notified

from dbt_rewind import clock


@pytest.fixture
def mails() -> Iterator[Mailbox]:
    with mailbox() as box:
        yield box


@pytest.fixture
def web() -> Iterator[Hooks]:
    with hooks() as server:
        yield server


@pytest.fixture
def hub(now: list[datetime]) -> Iterator[GitHub]:
    with github() as server:
        server.clock = lambda: now[0]
        yield server


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Notified:
    return notified(tmp_path, monkeypatch)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The time, which a test moves."""
    time_now = [AT]
    monkeypatch.setattr(clock, "now", lambda: time_now[0])
    return time_now
