from __future__ import annotations

import pytest

from dbt_rewind.config.environment import choose_environment, is_production
from dbt_rewind.config.schema import EnvironmentConfig, RewindConfig
from dbt_rewind.errors import EnvironmentAmbiguous, EnvironmentUnknown

PROD = EnvironmentConfig(target="prod", branch="main")
DEV = EnvironmentConfig(target="dev", branch="develop")
SANDBOX = EnvironmentConfig(target="dev")
ALL = RewindConfig(version=1, environments={"prod": PROD, "dev": DEV, "sandbox": SANDBOX})
ONE = RewindConfig(version=1, environments={"prod": PROD})


def test_by_name_whatever_the_branch() -> None:
    assert choose_environment(ALL, "dev", "main") == ("dev", DEV)


def test_by_branch() -> None:
    assert choose_environment(ALL, None, "develop") == ("dev", DEV)


@pytest.mark.parametrize("branch", ["feature/x", None])
def test_the_only_one(branch: str | None) -> None:
    assert choose_environment(ONE, None, branch) == ("prod", PROD)


@pytest.mark.parametrize("branch", ["feature/x", None])
def test_none_of_several(branch: str | None) -> None:
    with pytest.raises(EnvironmentAmbiguous) as raised:
        choose_environment(ALL, None, branch)
    assert raised.value.branch == branch
    assert raised.value.known == ("prod", "dev", "sandbox")


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("sandbx", ("sandbox", "prod", "dev")),
        ("Dev", ("dev", "prod", "sandbox")),
        ("zzz", ("prod", "dev", "sandbox")),
        ("", ("prod", "dev", "sandbox")),
    ],
)
def test_an_unknown_name_brings_the_nearest_first(name: str, known: tuple[str, ...]) -> None:
    with pytest.raises(EnvironmentUnknown) as raised:
        choose_environment(ALL, name, "main")
    assert raised.value.known == known


@pytest.mark.parametrize(
    ("name", "said", "expected"),
    [
        ("prod", None, True),
        ("Production", None, True),
        ("dev", None, False),
        ("prod", False, False),
        ("live-eu", True, True),
    ],
)
def test_production_is_said_or_told_by_the_name(
    name: str, said: bool | None, expected: bool
) -> None:
    environment = EnvironmentConfig(target="x", production=said)
    assert is_production(name, environment) is expected
