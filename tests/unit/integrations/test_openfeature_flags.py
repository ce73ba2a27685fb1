"""OpenFeature says which flags are on, or it is said why it does not."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest
from tests.unit.integrations.flagd import flagd

from dbt_rewind.config.openfeature import OpenFeatureConfig
from dbt_rewind.errors import FlagProviderUnusable
from dbt_rewind.integrations.openfeature_flags import flags_decided

NAMES = ("pricing", "totals", "unheard")


def test_a_file_says_which_are_on(tmp_path: Path) -> None:
    (tmp_path / "flags.yml").write_text("pricing: false\ntotals: true\nanother: false\n")
    found = flags_decided(OpenFeatureConfig(), tmp_path, "prod", NAMES)
    assert found == {"pricing": False, "totals": True}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "no such file or directory"),
        ("pricing: maybe\n", "pricing is neither true nor false"),
        ("- pricing\n", "it holds no names of flags"),
        ("", "it holds no names of flags"),
        ("a: true\na: false\n", "line 2: `a` is there twice"),
        ("a: [\n", "line 2"),
    ],
)
def test_a_file_that_says_something_else_is_no_answer(
    tmp_path: Path, content: str | None, problem: str
) -> None:
    if content is not None:
        (tmp_path / "flags.yml").write_text(content)
    with pytest.raises(FlagProviderUnusable, match=problem) as raised:
        flags_decided(OpenFeatureConfig(), tmp_path, "prod", NAMES)
    assert raised.value.provider == "flags.yml"


def test_flagd_is_asked_for_the_environment(tmp_path: Path) -> None:
    with flagd({"pricing": ("dev",), "totals": ("dev", "prod")}) as (double, port):
        settings = OpenFeatureConfig(provider="flagd", host="127.0.0.1", port=port)
        for environment, is_on in (("prod", False), ("dev", True)):
            found = flags_decided(settings, tmp_path, environment, NAMES)
            assert found == {"pricing": is_on, "totals": True}
    assert double.asked == [*NAMES, *NAMES]


def test_flagd_that_fails_is_no_answer(tmp_path: Path) -> None:
    with flagd({"pricing": ()}) as (_, port):
        settings = OpenFeatureConfig(provider="flagd", host="127.0.0.1", port=port)
        with pytest.raises(FlagProviderUnusable, match=r"broken: .*INTERNAL"):
            flags_decided(settings, tmp_path, "prod", ("pricing", "broken"))


def test_flagd_that_is_not_there_is_no_answer(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        settings = OpenFeatureConfig(provider="flagd", host="127.0.0.1", port=port, seconds=0.5)
        with pytest.raises(FlagProviderUnusable) as raised:
            flags_decided(settings, tmp_path, "prod", NAMES)
    assert raised.value.provider == f"flagd at 127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("provider", "module", "extra"),
    [
        ("file", "openfeature", "flags"),
        ("flagd", "openfeature.contrib.provider.flagd", "flagd"),
    ],
)
def test_a_missing_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, provider: str, module: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    settings = OpenFeatureConfig.model_validate({"provider": provider})
    with pytest.raises(FlagProviderUnusable, match=rf"dbt-rewind\[{extra}\]"):
        flags_decided(settings, tmp_path, "prod", NAMES)


def test_people_alone_may_decide(tmp_path: Path) -> None:
    with pytest.raises(FlagProviderUnusable, match="is none"):
        flags_decided(OpenFeatureConfig(provider="none"), tmp_path, "prod", NAMES)
