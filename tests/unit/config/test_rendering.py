from __future__ import annotations

import datetime
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbt_rewind.config.jinja import render_native
from dbt_rewind.config.rendering import _ENV_VAR_ONLY, Rendering, RenderProblem, Unrenderable
from dbt_rewind.errors import EnvVarUnset, RewindError

RENDERING = Rendering("profiles.yml", {"schema": "gold", "none": None})


@pytest.fixture(autouse=True)
def _variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PORT": "5432",
        "NO": "False",
        "LIST": "[1, 2]",
        "SECRET": "hush}}",
    }.items():
        monkeypatch.setenv(name, value)


# What dbt 1.11 makes of each.
RENDERED: list[tuple[str, Any]] = [
    ("plain", "plain"),
    ("plain\n", "plain"),
    ("plain\n\n", "plain\n"),
    ("", ""),
    ("}}", "}}"),
    ("5", "5"),
    ("{{ env_var('PORT') }}", "5432"),
    ('{{env_var("PORT")}}', "5432"),
    ("{{ env_var('PORT') }}\n", "5432"),
    (" {{ env_var('PORT') }}", " 5432"),
    ("{{ env_var('PORT') | as_number }}", 5432),
    ("{{ env_var('PORT') | as_text }}", "5432"),
    ("{{ env_var('PORT') | int }}", 5432),
    ("{{ env_var('NO') | as_bool }}", False),
    ("{{ env_var('LIST') | as_native }}", [1, 2]),
    ("{{ env_var('PORT') | as_native }}", 5432),
    ("{{ env_var('SECRET') }}", "hush}}"),
    ("x{{ env_var('PORT') | as_number }}", "x5432"),
    ("{{ env_var('ABSENT', 'x') }}", "x"),
    ("{{ env_var('ABSENT', '') }}", ""),
    ("{{ env_var('', 'x') }}", "x"),
    ("{{ env_var('ABSENT', \"it's\") }}", "it's"),
    ("{{ env_var('ABSENT', '7') | as_number }}", 7),
    ("{{ env_var('ABSENT', 7) }}", 7),
    ("{{ env_var('ABSENT', default='x') }}", "x"),
    ("{{ env_var('ABSENT', 'None') | as_native }}", None),
    ("{% if env_var('PORT') == '5432' %}a{% else %}b{% endif %}", "a"),
    ("{# a comment #}", ""),
    ("{{ var('schema') }}", "gold"),
    ("{{ var('other', 'x') }}", "x"),
    ("{{ 1 + 1 }}", "2"),
    ("{{ range(3) | join('') }}", "012"),
]


@pytest.mark.parametrize(("text", "value"), RENDERED)
def test_as_dbt_renders_it(text: str, value: Any) -> None:
    found = RENDERING.value(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("text", [text for text, _ in RENDERED])
def test_the_fast_way_agrees_with_jinja(text: str) -> None:
    assert RENDERING.value(text) == by_jinja(text)


NAMES = st.text("abcXYZ_09 -.,()'\"\\|{}%#é", max_size=8)


@settings(deadline=None)
@given(NAMES, NAMES, st.sampled_from(["", " | as_text", " | as_native", "|as_number"]))
def test_the_fast_way_agrees_with_jinja_on_anything(name: str, default: str, kind: str) -> None:
    for quote in "'\"":
        text = f"{{{{ env_var({quote}{name}{quote}, {quote}{default}{quote}){kind} }}}}"
        if not _ENV_VAR_ONLY.fullmatch(text):
            continue
        assert outcome(RENDERING.value, text) == outcome(by_jinja, text)


def by_jinja(text: str) -> Any:
    return render_native(text, env_var=RENDERING.env_var, var=RENDERING.var)


def outcome(render: Callable[[str], Any], text: str) -> str:
    try:
        return repr(render(text))
    except RenderProblem as error:
        return error.problem
    except Unrenderable as error:
        return str(error)


def test_deep_values_and_other_types() -> None:
    day = datetime.date(2024, 1, 2)
    value = {"a": ["{{ env_var('PORT') | as_number }}", 1, None, True], 2: {"b": day}}
    assert RENDERING.value(value) == {"a": [5432, 1, None, True], 2: {"b": "2024-01-02"}}


@pytest.mark.parametrize(
    "text",
    [
        "{{ env_var('ABSENT') }}",
        "{{ env_var('ABSENT', none) }}",
        "x{{ env_var('ABSENT') }}",
        "{{ env_var('ABSENT') | as_number }}",
    ],
)
def test_a_variable_that_is_not_set(text: str) -> None:
    with pytest.raises(EnvVarUnset) as raised:
        RENDERING.value({"password": text})
    assert (raised.value.name, raised.value.file) == ("ABSENT", "profiles.yml")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{{", "is not valid Jinja"),
        ("{% nope %}", "is not valid Jinja"),
        ("{{ env_var('SECRET') | as_number }}", "is not a number"),
        ("{{ env_var('NO') | as_number }}", "is not a number"),
        ("{{ env_var('SECRET') | as_bool }}", "is not True or False"),
        ("x{{ vault('a') }}", "uses 'vault'; only env_var() and var() can be used here"),
        ("{{ env_var('SECRET').nope }}", "uses an attribute that does not exist"),
        ("{{ env_var('SECRET').nope.nope }}", "is not valid Jinja"),
        ("{{ {}[env_var('SECRET')].x }}", "is not valid Jinja"),
        ("{{ '%d' % env_var('SECRET') }}", "is not valid Jinja"),
        ("{{ var('absent') }}", "needs the variable 'absent', which has no value"),
        ("{{ ''.__class__.__mro__ }}", ""),
    ],
)
def test_what_cannot_be_rendered_is_not_quoted(text: str, problem: str) -> None:
    with pytest.raises(RenderProblem) as raised:
        RENDERING.value({"a": [text]})
    assert raised.value.where == "a.0"
    assert problem in raised.value.problem
    assert "hush" not in raised.value.problem


def test_a_password_that_only_looks_like_jinja() -> None:
    assert RENDERING.value({"password": "a{{b", "deep": {"password": "{% c"}}) == {
        "password": "a{{b",
        "deep": {"password": "{% c"},
    }


def test_a_circle() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(RenderProblem) as raised:
        RENDERING.value({"a": circle})
    assert (raised.value.where, raised.value.problem) == ("a", "refers to itself")


@settings(deadline=None)
@given(st.text("{}%# '\"\\|.()abenv_r-\n", max_size=30))
def test_any_text_is_rendered_or_refused(text: str) -> None:
    with suppress(RenderProblem, RewindError):
        RENDERING.value({"a": text})


def test_jinja2_is_only_imported_when_it_is_needed() -> None:
    code = (
        "import sys\n"
        "import dbt_rewind.config.profile\n"
        "from dbt_rewind.config.rendering import Rendering\n"
        "assert Rendering('f').value(['x', \"{{ env_var('X', 'y') }}\"]) == ['x', 'y']\n"
        "print({'pydantic', 'jinja2', 'duckdb'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
