from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.github.pulls import Pulls
from tests.notify.github_double import REPOSITORY, TOKEN, GitHub, github

from dbt_rewind.integrations.github_api import Github, open_github


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with github() as server:
        yield server


@pytest.fixture
def pulls(hub: GitHub) -> Pulls:
    found = Pulls()
    hub.more.append(found.answer)
    return found


@pytest.fixture
def repository(hub: GitHub) -> Github:
    """The repository as we ask for it."""
    return open_github(REPOSITORY, TOKEN, "SHOP_TOKEN", hub.address, 20)
