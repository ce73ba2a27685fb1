from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from dbt_rewind.warehouse.postgres_settings import postgres_settings

SMALLEST: dict[str, Any] = {
    "host": "db.example.com",
    "user": "ada",
    "port": 5432,
    "dbname": "shop",
    "schema": "public",
}
CASES: dict[str, dict[str, Any]] = {
    "the smallest": {"password": "CANARY"},
    "other names": {"dbname": None, "database": "shop", "pass": "CANARY"},
    "no password worth the name": {"password": ""},
    "a socket": {"password": "CANARY", "host": "/var/run/postgresql"},
    "nowhere": {"password": "CANARY", "host": ""},
    "a search path": {"password": "CANARY", "search_path": "gold, public"},
    "no search path": {"password": "CANARY", "search_path": ""},
    "keepalives": {"password": "CANARY", "keepalives_idle": 30},
    "no keepalives": {"password": "CANARY", "keepalives_idle": 0},
    "a timeout": {"password": "CANARY", "connect_timeout": 3},
    "certificates": {
        "password": "CANARY",
        "sslmode": "verify-full",
        "sslcert": "~/client.pem",
        "sslkey": "client.key",
        "sslrootcert": "",
    },
    "a name": {"password": "CANARY", "application_name": "nightly"},
    "quotes": {"password": 'it\'s a \\ "CANARY" {one}', "user": "o'ada"},
}

DBT = """
import json, sys, types
import psycopg2
from dbt.adapters.postgres import connections
asked = []
def connect(**parameters):
    asked.append(parameters)
    raise SystemExit
psycopg2.connect = connect
for settings in json.load(sys.stdin):
    translated = connections.PostgresCredentials.translate_aliases(settings)
    connections.PostgresCredentials.validate(translated)
    credentials = connections.PostgresCredentials.from_dict(translated)
    connection = types.SimpleNamespace(state="init", credentials=credentials)
    try:
        connections.PostgresConnectionManager.open(connection)
    except SystemExit:
        pass
print(json.dumps(asked))
"""


def case(name: str) -> dict[str, Any]:
    settings = {**SMALLEST, **CASES[name]}
    return {key: value for key, value in settings.items() if value is not None}


@pytest.fixture(scope="module")
def asked_by_dbt() -> dict[str, dict[str, Any]]:
    """What dbt-postgres itself hands to its driver, case by case."""
    answer = subprocess.run(
        [sys.executable, "-c", DBT],
        input=json.dumps([case(name) for name in CASES]),
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(zip(CASES, json.loads(answer.stdout.splitlines()[-1]), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_as_dbt_connects(name: str, asked_by_dbt: dict[str, dict[str, Any]]) -> None:
    ours = dict(postgres_settings(case(name)).parameters)
    theirs = asked_by_dbt[name]
    assert ours.pop("application_name") == CASES[name].get("application_name", "dbt-rewind")
    assert theirs.pop("application_name") == CASES[name].get("application_name", "dbt")
    # To libpq, an empty password is none.
    assert {"password": "", **ours} == theirs


def test_a_password_that_the_profile_leaves_out_is_libpqs_to_find() -> None:
    assert "password" not in postgres_settings(SMALLEST).parameters


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("deployer", "deployer"),
        ("Deployer", "deployer"),  # as the server reads it
        ('"Deployer"', "Deployer"),
        ('"a ""b"', 'a "b'),
        ("'Deployer'", "Deployer"),
        ("data-team", "data-team"),
        ("", None),
        ("none", None),
        ("NONE", None),
        (None, None),
    ],
)
def test_the_role(written: str | None, meant: str | None) -> None:
    assert postgres_settings({**SMALLEST, "role": written}).role == meant


def test_retries() -> None:
    assert postgres_settings(SMALLEST).retries == 1
    assert postgres_settings({**SMALLEST, "retries": 0}).retries == 0
    assert postgres_settings({**SMALLEST, "retries": 5}).retries == 5


def test_where_it_leads_is_told_and_the_password_is_not() -> None:
    settings = postgres_settings({**SMALLEST, "password": "CANARY"})
    assert settings.place == "shop on db.example.com:5432"
    assert settings.server == "db.example.com:5432"
    assert "CANARY" not in repr(settings)
    assert postgres_settings({**SMALLEST, "host": ""}).place == "shop on localhost:5432"
    assert postgres_settings({**SMALLEST, "host": "/run"}).server == "/run:5432"
