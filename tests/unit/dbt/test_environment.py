"""Which Python builds a version."""

from __future__ import annotations

import os
import sys
import threading
from importlib import metadata
from pathlib import Path

import pytest

from dbt_rewind.dbt import environment as environment_module
from dbt_rewind.dbt.environment import (
    Requirements,
    cache_folder,
    find_python,
    mentions_dbt,
    satisfied_here,
)
from dbt_rewind.errors import DbtMissing, RequirementsFailed
from dbt_rewind.process import Completed

PACKAGING = metadata.version("packaging")


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBT_REWIND_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def no_dbt(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment that we run in has no dbt, and none is on PATH."""
    monkeypatch.setattr(environment_module, "_installed", lambda name: None)
    monkeypatch.setenv("PATH", "")


def executable(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)
    return file


def requirements(folder: Path, text: str) -> Requirements:
    file = folder / "requirements.txt"
    file.write_text(text)
    return Requirements(file, text.encode())


class Uv:
    """Stands for uv: makes what `uv venv` makes, and records what it was asked."""

    def __init__(self, failing: str = "") -> None:
        self.calls: list[tuple[list[str], Path]] = []
        self.failing = failing

    def __call__(self, arguments: list[str], *, folder: Path) -> Completed:
        self.calls.append((arguments, folder))
        if self.failing and self.failing in arguments:
            problem = b"one\ntwo\nNo solution found:\nbecause\nno versions of dbt-nothing\n"
            return Completed(tuple(arguments), 1, b"", problem)
        if "venv" in arguments:
            executable(Path(arguments[-1]) / "bin" / "python", "")
        return Completed(tuple(arguments), 0, b"", b"")

    @property
    def steps(self) -> list[str]:
        return [arguments[1] for arguments, _ in self.calls]


@pytest.fixture
def uv(monkeypatch: pytest.MonkeyPatch) -> Uv:
    fake = Uv()
    monkeypatch.setattr(environment_module, "run", fake)
    return fake


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n\n",
        "packaging",
        f"packaging=={PACKAGING}  # pinned\n",
        "Packaging>=1\npytest\n",
        "packaging>999; python_version < '3'\n",
        "packaging; python_version >= '3.11'\n",
    ],
)
def test_requirements_that_are_met_here(text: str) -> None:
    assert satisfied_here(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "packaging>999",
        "a-package-that-nobody-has-made",
        "packaging\na-package-that-nobody-has-made",
        "packaging>999; python_version >= '3'",
        "packaging @ https://example.com/packaging.whl",
        "https://example.com/packaging.whl",
        "git+https://example.com/packaging.git",
        "packaging[extra]",
        "-r other.txt",
        "--index-url https://example.com/simple\npackaging",
        "-e .",
        "packaging \\\n  --hash=sha256:abc",
        "packaging ==",
        "./packaging",
        "\xff",
    ],
)
def test_requirements_that_are_not(text: str) -> None:
    assert not satisfied_here(text.encode())


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("dbt-duckdb", True),
        ("pandas\n  DBT-core==1.9\n", True),
        ("pandas\n", False),
        ("# dbt-core\n", False),
        ("my-dbt-tool\n", False),
        ("", False),
    ],
)
def test_whether_requirements_install_dbt(text: str, mentions: bool) -> None:
    assert mentions_dbt(text.encode()) is mentions


def test_the_chosen_python_goes_before_all(tmp_path: Path, uv: Uv) -> None:
    python = executable(tmp_path / "bin" / "python", "")
    assert find_python(str(python), requirements(tmp_path, "dbt-duckdb>999")) == str(python)
    assert uv.calls == []


def test_the_chosen_python_may_be_a_name_on_path_or_in_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = executable(tmp_path / "bin" / "python-of-dbt", "")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for chosen in ("python-of-dbt", "~/bin/python-of-dbt"):
        assert find_python(chosen, None) == str(python)


def test_a_chosen_python_that_is_not_there_is_never_replaced_by_another() -> None:
    with pytest.raises(DbtMissing) as raised:
        find_python("/not/there/python", None)
    assert raised.value.searched == ("/not/there/python (dbt.python in rewind.yml)",)


def test_requirements_that_are_met_here_need_no_environment(
    tmp_path: Path, uv: Uv, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment_module, "_installed", {"dbt-core": "1.11.2"}.get)
    wanted = requirements(tmp_path, "dbt-core~=1.11\n")
    assert find_python(None, wanted) == sys.executable
    assert uv.calls == []


def test_other_requirements_get_an_environment_of_their_own_once(tmp_path: Path, uv: Uv) -> None:
    wanted = requirements(tmp_path, "dbt-nothing==1\n")
    python = find_python(None, wanted)
    assert Path(python).is_relative_to(tmp_path / "cache" / "environments")
    assert os.access(python, os.X_OK)
    assert uv.steps == ["venv", "pip"]
    venv, install = (arguments for arguments, _ in uv.calls)
    assert sys.executable in venv
    assert install[install.index("--python") + 1] == python
    assert install[-2:] == ["-r", "requirements.txt"]
    # Files that the requirements name are relative to theirs.
    assert {folder for _, folder in uv.calls} == {tmp_path}
    assert find_python(None, wanted) == python
    assert len(uv.calls) == 2


def test_each_content_has_its_environment(tmp_path: Path, uv: Uv) -> None:
    first = find_python(None, requirements(tmp_path, "dbt-nothing==1\n"))
    second = find_python(None, requirements(tmp_path, "dbt-nothing==2\n"))
    assert first != second
    assert find_python(None, requirements(tmp_path, "dbt-nothing==1\n")) == first
    assert uv.steps == ["venv", "pip"] * 2


def test_an_environment_that_was_left_half_made_is_made_again(tmp_path: Path, uv: Uv) -> None:
    wanted = requirements(tmp_path, "dbt-nothing==1\n")
    uv.failing = "pip"
    with pytest.raises(RequirementsFailed) as raised:
        find_python(None, wanted)
    assert raised.value.file == "requirements.txt"
    assert raised.value.output == "No solution found: because no versions of dbt-nothing"
    uv.failing = ""
    find_python(None, wanted)
    assert uv.steps == ["venv", "pip"] * 2
    assert "--clear" in uv.calls[2][0]


def test_two_deploys_at_once_make_it_once(tmp_path: Path, uv: Uv) -> None:
    wanted = requirements(tmp_path, "dbt-nothing==1\n")
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(find_python(None, wanted))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert uv.steps == ["venv", "pip"]


@pytest.mark.parametrize("text", ["pandas\n", ""])
def test_requirements_without_dbt_do_not_decide(
    tmp_path: Path, text: str, uv: Uv, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment_module, "_installed", {"dbt-core": "1.11.2"}.get)
    assert find_python(None, requirements(tmp_path, text)) == sys.executable
    assert uv.calls == []


def test_with_dbt_here_we_use_our_own_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment_module, "_installed", {"dbt-core": "1.11.2"}.get)
    assert find_python(None, None) == sys.executable


@pytest.mark.usefixtures("no_dbt")
class TestDbtOnPath:
    def test_its_first_line_names_its_python(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        python = executable(tmp_path / "venv" / "python3.12", "")
        executable(tmp_path / "bin" / "dbt", f"#!{python}\nimport dbt\n")
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        assert find_python(None, None) == str(python)

    def test_where_that_is_a_shell_the_python_beside_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As where the path of a virtual environment is too long, or has a space."""
        python = executable(tmp_path / "venv" / "bin" / "python", "")
        script = executable(tmp_path / "venv" / "bin" / "dbt", "#!/bin/sh\nexec x\n")
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "dbt").symlink_to(script)
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        assert find_python(None, None) == str(python)

    def test_a_dbt_without_a_python_is_said(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        script = executable(tmp_path / "bin" / "dbt", "\x7fELF")
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        with pytest.raises(DbtMissing) as raised:
            find_python(None, None)
        assert raised.value.searched == (sys.executable, str(script))

    def test_no_dbt_at_all(self) -> None:
        with pytest.raises(DbtMissing) as raised:
            find_python(None, None)
        assert raised.value.searched == (sys.executable, "`dbt` on PATH")


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"DBT_REWIND_CACHE": "/chosen", "XDG_CACHE_HOME": "/xdg"}, "/chosen"),
        ({"XDG_CACHE_HOME": "/xdg"}, "/xdg/dbt-rewind"),
        ({"XDG_CACHE_HOME": ""}, "/home/ada/.cache/dbt-rewind"),
        ({}, "/home/ada/.cache/dbt-rewind"),
    ],
)
def test_where_environments_are_kept(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], folder: str
) -> None:
    for name in ("DBT_REWIND_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/ada", **variables}.items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == Path(folder)
