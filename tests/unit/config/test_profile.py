from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dbt_rewind.config.profile import Profile, find_targets, load_profile
from dbt_rewind.config.project import read_project
from dbt_rewind.errors import (
    EnvVarUnset,
    ProfileInvalid,
    ProfileNotFound,
    ProjectInvalid,
    RewindError,
    TargetNotFound,
)

PROFILES = """
    other: {outputs: {dev: {type: "{{ env_var('ABSENT') }}"}}}
    shop:
      target: "{{ env_var('ABSENT') }}"
      outputs:
        dev:
          type: duckdb
          path: "{{ env_var('DB', 'dev.duckdb') }}"
          threads: "{{ env_var('THREADS', '4') | as_number }}"
        prod:
          type: snowflake
          password: "{{ env_var('PASSWORD') }}"
    """


def write(folder: Path, content: str | bytes = PROFILES) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    text = dedent(content).encode() if isinstance(content, str) else content
    (folder / "profiles.yml").write_bytes(text)
    return folder


def load(project: Path, profiles_dir: Path | None = None, target: str = "dev") -> Profile:
    return load_profile(read_project(project), profiles_dir, target)


class TestSearch:
    def test_beside_the_project(self, project: Path) -> None:
        profile = load(write(project))
        assert profile.file == project / "profiles.yml"
        assert (profile.name, profile.target, profile.adapter) == ("shop", "dev", "duckdb")
        assert profile.folder == project
        assert profile.settings == {"type": "duckdb", "path": "dev.duckdb", "threads": 4}
        assert profile.raw["path"] == "{{ env_var('DB', 'dev.duckdb') }}"

    def test_at_home(self, project: Path) -> None:
        assert load(project, write(Path.home() / ".dbt")).file == Path.home() / ".dbt/profiles.yml"
        assert load(project).file == Path.home() / ".dbt/profiles.yml"

    def test_the_order(
        self, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(Path.home() / ".dbt")
        write(project)
        assert load(project).file.parent == project
        monkeypatch.setenv("DBT_PROFILES_DIR", "")
        assert load(project).file.parent == project
        monkeypatch.setenv("DBT_PROFILES_DIR", str(write(tmp_path / "environment")))
        assert load(project).file.parent == tmp_path / "environment"
        assert load(project, write(tmp_path / "named")).file.parent == tmp_path / "named"

    def test_a_named_folder_is_the_only_one(self, project: Path, tmp_path: Path) -> None:
        write(project)
        with pytest.raises(ProfileNotFound) as raised:
            load(project, tmp_path / "empty")
        assert raised.value.searched == (str(tmp_path / "empty" / "profiles.yml"),)

    def test_a_folder_below_home(self, project: Path) -> None:
        write(Path.home() / "own")
        assert load(project, Path("~/own")).file == Path.home() / "own" / "profiles.yml"

    def test_nowhere(self, project: Path) -> None:
        with pytest.raises(ProfileNotFound) as raised:
            load(project)
        assert raised.value.profile == "shop"
        assert raised.value.searched == (
            str(project / "profiles.yml"),
            str(Path.home() / ".dbt" / "profiles.yml"),
        )

    def test_not_in_the_file(self, project: Path) -> None:
        write(project, "other: {outputs: {}}\n")
        with pytest.raises(ProfileNotFound) as raised:
            load(project)
        assert raised.value.searched == (str(project / "profiles.yml"),)

    def test_a_project_that_names_none(self, project: Path) -> None:
        (project / "dbt_project.yml").write_text("name: shop\n")
        with pytest.raises(ProjectInvalid, match="`profile` is missing"):
            load(write(project))


class TestTarget:
    def test_unknown(self, project: Path) -> None:
        with pytest.raises(TargetNotFound) as raised:
            load(write(project), target="ci")
        assert raised.value.known == ("dev", "prod")

    def test_only_the_chosen_one_is_rendered(
        self, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert load(write(project)).target == "dev"
        with pytest.raises(EnvVarUnset) as raised:
            load(project, target="prod")
        assert raised.value.name == "PASSWORD"
        assert raised.value.file == str(project / "profiles.yml")
        monkeypatch.setenv("PASSWORD", "hunter2")
        assert load(project, target="prod").settings["password"] == "hunter2"

    def test_secrets_are_not_shown(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PASSWORD", "hunter2")
        write(
            project,
            PROFILES.replace("type: snowflake", "type: snowflake\n          token: literal"),
        )
        profile = load(project, target="prod")
        assert profile.raw["token"] == "literal"
        for text in (repr(profile), str(profile)):
            assert "hunter2" not in text
            assert "literal" not in text

    def test_variables_of_dbt(self, project: Path) -> None:
        write(project, "shop: {outputs: {dev: {type: duckdb, schema: \"{{ var('s') }}\"}}}\n")
        assert (
            load_profile(read_project(project), None, "dev", {"s": "x"}).settings["schema"] == "x"
        )
        with pytest.raises(ProfileInvalid, match="needs the variable 's'"):
            load(project)


class TestFindTargets:
    def test_in_the_files_order_without_reading_secrets(self, project: Path) -> None:
        found = find_targets(read_project(write(project)))
        assert (found.name, found.file) == ("shop", project / "profiles.yml")
        assert (found.adapter, found.targets) == ("duckdb", ("dev", "prod"))

    def test_the_default_targets_adapter(self, project: Path) -> None:
        write(
            project,
            PROFILES.replace("\"{{ env_var('ABSENT') }}\"\n      outputs", "prod\n      outputs"),
        )
        assert find_targets(read_project(project)).adapter == "snowflake"

    def test_refused(self, project: Path) -> None:
        with pytest.raises(ProfileNotFound):
            find_targets(read_project(project))
        write(project, "shop: {outputs: {}}\n")
        with pytest.raises(ProfileInvalid, match=r"`shop.outputs` is missing or empty"):
            find_targets(read_project(project))
        write(project, "shop: {outputs: {1: {type: duckdb}}}\n")
        with pytest.raises(TargetNotFound):
            find_targets(read_project(project))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("- a\n", "line 1 is not a mapping of settings"),
        ("shop: [\n", "line 2 is not valid YAML"),
        ("shop: {outputs: {dev: {password: *hunter2}}}\n", "is not valid YAML"),
        (b"shop: \xff\n", "line 1 is not UTF-8 text"),
        ("shop:\n", "`shop` is missing or empty"),
        ("shop: x\n", "`shop` is not a mapping of settings"),
        ("shop: {target: dev}\n", "`shop.outputs` is missing or empty"),
        ("shop: {outputs: {dev: }}\n", "`shop.outputs.dev` is missing or empty"),
        ("shop: {outputs: {dev: {path: x}}}\n", "shop.dev has no `type`"),
        ("shop: {outputs: {dev: {type: 1}}}\n", "shop.dev has no `type`"),
        ("shop: {outputs: {dev: &a {x: *a}}}\n", "refers to itself"),
        ("shop: {outputs: {dev: {x: '{{ hunter2'}}}\n", "`x` is not valid Jinja"),
    ],
)
def test_invalid(project: Path, content: str | bytes, problem: str) -> None:
    with pytest.raises(ProfileInvalid) as raised:
        load(write(project, content))
    assert problem in raised.value.problem
    assert "hunter2" not in raised.value.message
    assert raised.value.file == str(project / "profiles.yml")


@settings(deadline=None)
@given(
    st.binary(max_size=100)
    | st.text(max_size=60).map(
        lambda text: f"shop: {{outputs: {{dev: {{type: {text}}}}}}}".encode("utf-8", "replace")
    )
)
@example(b"shop: {outputs: {dev: !!set {a}}}")
@example(b"shop: {outputs: {dev: {type: duckdb, when: 2024-99-99}}}")
@example(b"[" * 50_000)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        write(Path(folder), content)
        Path(folder, "dbt_project.yml").write_text("name: shop\nprofile: shop\n")
        with suppress(RewindError):
            load(Path(folder), Path(folder))
