"""The overlay gives versioned names and asks the project's own macros for the public ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from dbt_rewind.config.project import read_project
from dbt_rewind.dbt.overlay import (
    OVERLAY_FILE,
    OwnMacros,
    lay_overlay,
    overlay_text,
    rename_own_macros,
    version_suffix,
)

SCHEMA = "{% macro generate_schema_name(custom_schema_name, node) %}x{% endmacro %}"
ALIAS = "{% macro generate_alias_name(custom_alias_name=none, node=none) %}y{% endmacro %}"


@pytest.mark.parametrize(
    "start", ["{% macro ", "{%- macro ", "{%+ macro ", "{%macro ", "{%-\n  macro\t", "{%  macro   "]
)
@pytest.mark.parametrize("end", ["(", " (", "\n("])
@pytest.mark.parametrize("name", ["generate_schema_name", "generate_alias_name"])
def test_a_definition_is_renamed_however_it_is_spaced(start: str, end: str, name: str) -> None:
    text = f"before {start}{name}{end}a, b) -%}} body {{%- endmacro %}} after"
    renamed, own = rename_own_macros(text)
    assert renamed == text.replace(name, f"rewind_public__{name}")
    assert own == OwnMacros(name == "generate_schema_name", name == "generate_alias_name")


def test_both_in_one_file() -> None:
    renamed, own = rename_own_macros(f"{SCHEMA}\n{ALIAS}")
    assert own == OwnMacros(schema=True, alias=True)
    assert renamed.count("rewind_public__") == 2


@pytest.mark.parametrize(
    "text",
    [
        "{% macro default__generate_schema_name(custom_schema_name, node) %}x{% endmacro %}",
        "{% macro generate_schema_name_for_env(custom_schema_name, node) %}x{% endmacro %}",
        "{% macro my_generate_alias_name(node) %}x{% endmacro %}",
        "{% macro generate_database_name(name, node) %}x{% endmacro %}",
        "{{ generate_schema_name(none, node) }}",
        "{% do generate_alias_name(none, node) %}",
        "{% macro x() %}{# see generate_schema_name() #}{% endmacro %}",
        f"{{# {SCHEMA} #}}",
        f"{{#-\n\n{ALIAS}\n-#}}",
        "",
    ],
)
def test_what_defines_neither_is_left_alone(text: str) -> None:
    assert rename_own_macros(text) == (text, OwnMacros())


def test_a_definition_after_a_commented_one_is_found() -> None:
    text = f"{{# {SCHEMA} #}}\n{{# another #}}{SCHEMA}"
    renamed, own = rename_own_macros(text)
    assert own.schema
    assert renamed == f"{{# {SCHEMA} #}}\n{{# another #}}" + SCHEMA.replace(
        "generate_", "rewind_public__generate_"
    )


@given(st.text())
def test_other_text_never_changes(text: str) -> None:
    if "generate_" not in text:
        assert rename_own_macros(text) == (text, OwnMacros())


@given(st.sampled_from([SCHEMA, ALIAS, SCHEMA + ALIAS]))
def test_renaming_twice_is_renaming_once(text: str) -> None:
    renamed, _ = rename_own_macros(text)
    assert rename_own_macros(renamed) == (renamed, OwnMacros())


def names(release: int, own: OwnMacros, macros: dict[str, object]) -> tuple[str, str]:
    """What the overlay makes of a node, rendered with Jinja as dbt does it."""
    text = overlay_text(release, own, "shop")
    module = Environment(autoescape=False).from_string(text, globals=macros).module
    schema = module.generate_schema_name("gold", None)  # type: ignore[attr-defined]
    alias = module.generate_alias_name(None, None)  # type: ignore[attr-defined]
    return str(schema).strip(), str(alias).strip()


class Package:
    """A package's namespace in Jinja."""

    def __init__(self, **macros: object) -> None:
        self.__dict__.update(macros)


DBT = Package(
    generate_schema_name=lambda custom, node: f"\n  dbt_{custom}\n ",
    generate_alias_name=lambda custom, node: "\n  orders\n",
)
SHOP = Package(
    rewind_public__generate_schema_name=lambda custom, node: f" own_{custom} ",
    rewind_public__generate_alias_name=lambda custom, node: " own_orders ",
)


@pytest.mark.parametrize("release", [1, 12])
@pytest.mark.parametrize(
    ("own", "schema", "alias"),
    [
        (OwnMacros(), "dbt_gold", "orders"),
        (OwnMacros(schema=True), "own_gold", "orders"),
        (OwnMacros(alias=True), "dbt_gold", "own_orders"),
        (OwnMacros(schema=True, alias=True), "own_gold", "own_orders"),
    ],
)
def test_the_name_is_what_the_project_would_have_made_and_the_release(
    release: int, own: OwnMacros, schema: str, alias: str
) -> None:
    made = names(release, own, {"dbt": DBT, "shop": SHOP})
    assert made == (f"rewind_{schema}", f"{alias}{version_suffix(release)}")


def test_no_two_releases_share_a_name() -> None:
    suffixes = [version_suffix(number) for number in range(1, 200)]
    for suffix in suffixes:
        assert [each for each in suffixes if f"orders{each}".endswith(suffix)] == [suffix]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "dbt_project.yml").write_text("name: shop\nmacro-paths: [own macros, more]\n")
    return tmp_path


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_a_project_without_macros_of_its_own_gets_the_overlay(folder: Path) -> None:
    lay_overlay(read_project(folder), 7)
    overlay = folder / "own macros" / OVERLAY_FILE
    assert overlay.read_text() == overlay_text(7, OwnMacros(), "shop")


def test_own_macros_are_renamed_in_every_folder_and_called(folder: Path) -> None:
    schema = write(folder, "own macros/deep/names.sql", SCHEMA)
    alias = write(folder, "more/alias.sql", ALIAS)
    other = write(folder, "elsewhere/alias.sql", ALIAS)
    lay_overlay(read_project(folder), 2)
    assert "rewind_public__generate_schema_name" in schema.read_text()
    assert "rewind_public__generate_alias_name" in alias.read_text()
    assert other.read_text() == ALIAS
    overlay = (folder / "own macros" / OVERLAY_FILE).read_text()
    assert "shop.rewind_public__generate_schema_name" in overlay
    assert "shop.rewind_public__generate_alias_name" in overlay


def test_files_that_are_not_utf_8_keep_their_bytes(folder: Path) -> None:
    file = write(folder, "more/names.sql", "")
    file.write_bytes(b"-- caf\xe9\n" + SCHEMA.encode())
    lay_overlay(read_project(folder), 2)
    assert file.read_bytes().startswith(b"-- caf\xe9\n{% macro rewind_public__")


def test_only_packages_with_macros_of_their_own_are_laid_over(folder: Path) -> None:
    for name, text in (("utils", "{% macro x() %}{% endmacro %}"), ("naming", ALIAS)):
        write(folder, f"dbt_packages/{name}/dbt_project.yml", f"name: {name}\n")
        write(folder, f"dbt_packages/{name}/macros/m.sql", text)
    lay_overlay(read_project(folder), 2)
    overlaid = folder / "dbt_packages" / "naming" / "macros" / OVERLAY_FILE
    assert "naming.rewind_public__generate_alias_name" in overlaid.read_text()
    assert not (folder / "dbt_packages" / "utils" / "macros" / OVERLAY_FILE).exists()
    # The project itself has none, so it asks dbt's.
    own = (folder / "own macros" / OVERLAY_FILE).read_text()
    assert "dbt.generate_alias_name" in own
