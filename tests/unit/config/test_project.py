from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dbt_rewind.config.project import find_projects, read_project
from dbt_rewind.errors import EnvVarUnset, ProjectInvalid, ProjectNotFound, RewindError


def write(folder: Path, content: str | bytes) -> Path:
    text = content.encode() if isinstance(content, str) else content
    (folder / "dbt_project.yml").write_bytes(text)
    return folder


class TestRead:
    def test_what_dbt_assumes(self, tmp_path: Path) -> None:
        project = read_project(write(tmp_path, "name: shop\n"))
        assert (project.name, project.profile, project.folder) == ("shop", None, tmp_path)
        assert project.file == tmp_path / "dbt_project.yml"
        assert (project.model_paths, project.macro_paths) == (("models",), ("macros",))
        assert (project.seed_paths, project.snapshot_paths) == (("seeds",), ("snapshots",))
        assert (project.target_path, project.packages_path) == ("target", "dbt_packages")
        assert project.packages_file is None

    def test_everything(self, tmp_path: Path) -> None:
        (tmp_path / "dependencies.yml").touch()
        project = read_project(
            write(
                tmp_path,
                """
                name: shop
                profile: warehouse
                model-paths: [a, b]
                macro-paths: m
                seed-paths: []
                target-path: out
                packages-install-path: packages
                models: {shop: {+schema: "{{ nobody('renders this') }}"}}
                """,
            )
        )
        assert (project.profile, project.model_paths) == ("warehouse", ("a", "b"))
        assert (project.macro_paths, project.seed_paths) == (("m",), ())
        assert (project.target_path, project.packages_path) == ("out", "packages")
        assert project.packages_file == "dependencies.yml"

    def test_jinja(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TEAM", "shop")
        write(
            tmp_path,
            "name: \"{{ env_var('TEAM') }}\"\n"
            "profile: \"{{ env_var('TEAM') }}_{{ var('place', 'eu') }}\"\n",
        )
        assert read_project(tmp_path).profile == "shop_eu"
        assert read_project(tmp_path, {"place": "us"}).profile == "shop_us"
        monkeypatch.delenv("TEAM")
        with pytest.raises(EnvVarUnset) as raised:
            read_project(tmp_path)
        assert raised.value.name == "TEAM"

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            ("", "`name` is missing"),
            ("name:\n", "`name` is missing"),
            ("name: [a]\n", "`name` must be text"),
            ("name: 1\n", "`name` must be text"),
            ("- a\n", "line 1 is not a mapping of settings"),
            ("a: [\n", "line 2 is not valid YAML"),
            (b"name: \xff\n", "line 1 is not UTF-8 text"),
            ("name: a\nmodel-paths: {a: b}\n", "`model-paths` must be a list of folders"),
            ("name: a\nmodel-paths: [1]\n", "`model-paths` must be a list of folders"),
            ("name: a\nmodel-paths: &a [*a]\n", "`model-paths` refers to itself"),
            ("name: '{{ nope() }}'\n", "`name` uses 'nope'"),
            ("name: '{{'\n", "`name` is not valid Jinja"),
            ("name: a\nx: 2024-99-99\n", "holds a value that YAML cannot read"),
            ("name: a\nx: " + "[" * 30_000, "line 2 is nested too deeply"),
        ],
    )
    def test_invalid(self, tmp_path: Path, content: str | bytes, problem: str) -> None:
        with pytest.raises(ProjectInvalid) as raised:
            read_project(write(tmp_path, content))
        assert problem in raised.value.problem
        assert raised.value.file == str(tmp_path / "dbt_project.yml")

    @pytest.mark.parametrize("folder", [".", "missing"])
    def test_not_there(self, tmp_path: Path, folder: str) -> None:
        with pytest.raises(ProjectNotFound):
            read_project(tmp_path / folder)


@settings(deadline=None)
@given(
    st.binary(max_size=100)
    | st.text(max_size=60).map(lambda text: f"name: {text}".encode("utf-8", "replace"))
)
@example(b"name: a\nprofile: !!int ''")
@example(b"name: a\n? {b: c}\n: d")
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with TemporaryDirectory() as folder, suppress(RewindError):
        read_project(write(Path(folder), content))


def test_find_only_the_users_own(tmp_path: Path) -> None:
    own = [".", "b/dbt", "b/dbt/integration_tests", "a"]
    others = ["dbt_packages/x", ".venv/lib", ".git/x", "node_modules/x", "target/x", "env/lib/x"]
    for name in (*own, *others):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
        write(tmp_path / name, "name: x\n")
    (tmp_path / "env" / "pyvenv.cfg").touch()
    assert find_projects(tmp_path) == tuple(sorted(tmp_path / name for name in own))


def test_find_none(tmp_path: Path) -> None:
    assert find_projects(tmp_path) == ()
    assert find_projects(tmp_path / "missing") == ()
