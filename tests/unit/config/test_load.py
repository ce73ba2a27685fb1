from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from dbt_rewind.config.load import find_config, load_config
from dbt_rewind.config.schema import RewindConfig
from dbt_rewind.errors import ConfigNotFound

SMALLEST = "version: 1\nenvironments: {prod: {target: prod}}\n"


def load(tmp_path: Path, content: str | bytes) -> RewindConfig:
    file = tmp_path / "rewind.yml"
    text = dedent(content).encode() if isinstance(content, str) else content
    file.write_bytes(text)
    return load_config(file)


class TestFind:
    def test_upward_from_the_start(self, tmp_path: Path) -> None:
        below = tmp_path / "a" / "b"
        below.mkdir(parents=True)
        (tmp_path / "rewind.yml").touch()
        assert find_config(below) == tmp_path / "rewind.yml"
        (tmp_path / "a" / "rewind.yml").touch()
        assert find_config(below) == tmp_path / "a" / "rewind.yml"

    def test_none(self, tmp_path: Path) -> None:
        (tmp_path / "rewind.yml").mkdir()
        with pytest.raises(ConfigNotFound) as raised:
            find_config(tmp_path)
        assert raised.value.searched == str(tmp_path)


class TestRead:
    def test_the_smallest(self, tmp_path: Path) -> None:
        config = load(tmp_path, SMALLEST)
        assert (config.project, config.profiles_dir, config.mirror) == (".", None, None)
        assert config.environments["prod"].target == "prod"
        assert config.environments["prod"].branch is None
        assert config.environments["prod"].vars == {}
        assert config.verify.queries == ()
        assert (config.dbt.python, config.dbt.requirements, config.dbt.threads) == (None,) * 3
        assert config.dbt.retries == 0

    def test_everything(self, tmp_path: Path) -> None:
        config = load(
            tmp_path,
            """
            version: 1
            project: dbt
            profiles_dir: ~/profiles
            mirror: /var/lib/rewind.jsonl
            environments:
              prod: {target: prod, branch: main, vars: {start: 2024-01-01, list: [1, null, 2.5]}}
              "on": {target: dev, branch: "1.0"}
            dbt: {python: /opt/dbt/bin/python, requirements: false, retries: 10, threads: 8}
            verify:
              queries:
                - {name: rows, sql: select 1, max_seconds: 2, min_rows: 0}
            """,
        )
        assert config.environments["prod"].vars == {"start": "2024-01-01", "list": [1, None, 2.5]}
        assert config.environments["on"].branch == "1.0"
        assert config.dbt.requirements is False
        assert config.verify.queries[0].max_seconds == 2.0

    def test_an_environments_name_may_look_like_a_boolean(self, tmp_path: Path) -> None:
        config = load(tmp_path, "version: 1\nenvironments: {on: {target: a}, no: {target: b}}\n")
        assert list(config.environments) == ["on", "no"]

    def test_a_byte_order_mark(self, tmp_path: Path) -> None:
        assert load(tmp_path, b"\xef\xbb\xbf" + SMALLEST.encode()).version == 1

    def test_anchors_and_merges(self, tmp_path: Path) -> None:
        config = load(
            tmp_path,
            """
            version: 1
            environments:
              prod: &base {target: prod, vars: {a: 1}}
              dev: {<<: *base, target: dev}
              ci: {<<: [{target: ci}, *base]}
            """,
        )
        assert config.environments["dev"].target == "dev"
        assert config.environments["dev"].vars == {"a": 1}
        assert config.environments["ci"].target == "ci"

    def test_cannot_be_changed(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="frozen"):
            load(tmp_path, SMALLEST).project = "x"

    def test_the_example(self) -> None:
        file = Path(__file__).parents[3] / "examples" / "adventureworks" / "rewind.yml"
        assert set(load_config(file).environments) == {"prod", "dev", "postgres", "sqlserver"}
