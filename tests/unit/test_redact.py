"""Secrets are masked in every spelling; what names a relation is left as it is. Invariant 10."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbt_rewind import redact as redact_module
from dbt_rewind.redact import MASK, SHORTEST, know_profile, redact, redact_artifact, redact_data


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redact_module, "_known", None)


def test_a_password_of_the_profile_is_masked_everywhere() -> None:
    know_profile({"type": "duckdb", "password": "tiger lily", "path": "shop.duckdb"}, {})
    for text in ("tiger lily", "tiger%20lily", "tiger+lily", "a 'tiger lily' b", "tiger lily!"):
        assert "lily" not in redact(text)
    assert redact("shop.duckdb is a tiger") == "shop.duckdb is a tiger"


@given(st.text(min_size=SHORTEST, max_size=30).filter(lambda text: len(text.strip()) >= SHORTEST))
def test_any_secret_is_masked_in_any_json(secret: str) -> None:
    know_profile({"token": secret}, {})
    for text in (secret, json.dumps([secret]), json.dumps([secret], ensure_ascii=False)):
        assert secret not in redact(text)
    assert (
        secret
        not in json.loads(redact_artifact(json.dumps({"message": secret}).encode()))["message"]
    )


@pytest.mark.parametrize(
    "name",
    [
        *("password", "PASS", "private_key_passphrase", "motherduck_token", "key_id", "api_key"),
        *("s3_secret_access_key", "client_secret", "session_token", "account_key"),
        "connection_string",
    ],
)
def test_settings_named_like_secrets_are_known_however_deep(name: str) -> None:
    know_profile({"secrets": [{"type": "s3", "more": {name: "open sesame"}}]}, {})
    assert redact("open sesame") == MASK
    assert redact("type s3") == "type s3"


@pytest.mark.parametrize("name", ["path", "schema", "threads", "type", "host", "role"])
def test_what_a_harmless_setting_says_is_shown(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PLACE", "analytics")
    know_profile({name: "analytics"}, {name: "{{ env_var('SHOP_PLACE') }}"})
    assert redact("gold.analytics") == "gold.analytics"


def test_a_variable_of_the_profile_is_known_by_its_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PHRASE", "open sesame")
    know_profile({}, {"settings": {"phrase": "x{{ env_var('SHOP_PHRASE', '') }}"}})
    assert redact("xopen sesame") == f"x{MASK}"


@pytest.mark.parametrize("name", ["DBT_ENV_SECRET_X", "PGPASSWORD", "GITHUB_TOKEN", "MY_API_KEY"])
def test_variables_named_like_secrets_are_known(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "open sesame")
    assert redact("say open sesame") == f"say {MASK}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "fatal: 'https://ada:hunter2@git.example/shop'",
            f"fatal: 'https://{MASK}@git.example/shop'",
        ),
        ("https://ghp_abc@github.com/x", f"https://{MASK}@github.com/x"),
        ("postgres://u:p@h/db failed", f"postgres://{MASK}@h/db failed"),
        ("dbname=x password=hunter2 host=h", f"dbname=x password={MASK} host=h"),
        ("md:shop?motherduck_token=abc&x=1", f"md:shop?motherduck_token={MASK}&x=1"),
        ("Server=h;Pwd='a b';", f"Server=h;Pwd={MASK};"),
        ("https://example.com/a@b", "https://example.com/a@b"),
        ("where token = 'x'", "where token = 'x'"),
    ],
)
def test_addresses_and_connection_strings_are_masked(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "address", ["postgres://ada:open-sesame@h/db", "host=h password=open-sesame"]
)
def test_the_password_of_an_address_is_known_alone(address: str) -> None:
    know_profile({"attach": [{"path": address, "type": "postgres"}]}, {})
    assert redact("tried open-sesame") == f"tried {MASK}"


def test_a_secret_of_several_lines_is_masked_line_by_line() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n"
    know_profile({"private_key": key}, {})
    assert "MIIE" not in redact("  | MIIEvQIBADANBg")
    assert "MIIE" not in redact(repr(key))


def test_short_values_are_not_looked_for() -> None:
    know_profile({"password": "abcde", "token": True, "pass_count": 5}, {})
    assert redact("abcde True 5") == "abcde True 5"


def test_an_artifacts_names_stay_and_its_texts_are_masked() -> None:
    know_profile({"password": "orders"}, {})
    node: dict[str, object] = {
        "unique_id": "model.shop.orders",
        "alias": "orders",
        "fqn": ["shop", "orders"],
        "compiled_code": "select 'orders'",
        "config": {"schema": "orders", "meta": {"note": "orders"}},
    }
    data = {"nodes": {"model.shop.orders": node}, "macros": {"m": {"macro_sql": "orders"}}}
    found = redact_data(data)
    changed: dict[str, object] = {"compiled_code": f"select '{MASK}'"}
    changed |= {"config": {"schema": "orders", "meta": {"note": MASK}}}
    assert found["nodes"] == {"model.shop.orders": {**node, **changed}}
    assert found["macros"] == data["macros"]


def test_an_artifact_without_secrets_stays_as_it_was_to_the_byte() -> None:
    content = b'{"a":  1, "b": "\xc3\xa9"}'
    assert redact_artifact(content) is content


@pytest.mark.parametrize("content", [b"", b"\xff", b'"open sesame', b"[" * 100_000 + b"://x@"])
def test_what_is_no_json_is_left_to_be_refused(content: bytes) -> None:
    know_profile({"password": "open sesame"}, {})
    assert redact_artifact(content) == content
