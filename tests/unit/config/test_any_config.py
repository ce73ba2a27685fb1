from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dbt_rewind.config.load import load_config
from dbt_rewind.config.schema import RewindConfig
from dbt_rewind.errors import RewindError

YAML_PIECES = st.lists(
    st.sampled_from(
        [
            *(
                "version: 1\n",
                "environments:\n",
                "  prod:\n",
                "    target: x\n",
                "  - ",
                "? ",
                ": ",
            ),
            *("&a ", "*a", "<<: ", "!!int ", "!!binary ", "!x ", "{", "}", "[", "]", ",", "'", '"'),
            *("|\n", "---\n", "...\n", "%YAML 1.1\n", "\t", "\n", "2024-99-99", "0b", ".nan", "="),
            *("1:60", "~", "vars: ", "dbt: ", "verify: {queries: ", "\0", "\u2028", "\ufeff", "0x"),
        ]
    ),
    max_size=20,
).map("".join)


def loads_or_refuses(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder, "rewind.yml")
        file.write_bytes(content)
        with suppress(RewindError):
            load_config(file)


@settings(deadline=None)
@given(st.binary(max_size=200) | YAML_PIECES.map(lambda text: text.encode("utf-8", "replace")))
@example(b"\xff\xfe")
@example(b"version: 1" + b"9" * 5000)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    loads_or_refuses(content)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
KEYS = st.sampled_from([*RewindConfig.model_fields, "prod", "target", "branch", "queries", "nope"])
NEARLY = st.recursive(JSON, lambda inner: st.dictionaries(KEYS, inner, max_size=5), max_leaves=12)


@settings(deadline=None)
@given(NEARLY)
def test_any_mapping_is_read_or_refused(value: Any) -> None:
    loads_or_refuses(yaml.safe_dump(value).encode())


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_variables_arrive_as_written(value: dict[str, Any]) -> None:
    config = {"version": 1, "environments": {"prod": {"target": "x", "vars": value}}}
    with TemporaryDirectory() as folder:
        file = Path(folder, "rewind.yml")
        file.write_text(yaml.safe_dump(config))
        loaded = load_config(file)
    assert loaded.environments["prod"].vars == value
