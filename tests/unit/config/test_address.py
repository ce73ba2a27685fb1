"""What of a channel's address is a secret."""

from __future__ import annotations

import pytest

from dbt_rewind.config.address import secrets_in, without_address


@pytest.mark.parametrize(
    ("address", "secrets"),
    [
        ("mailtos://bot:pa%40ss@mail.example.com?to=team@example.com", {"pa%40ss", "pa@ss"}),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", {"TIiajkdnlazkcOXrIdevi7FQ"}),
        ("json://localhost:8080/hooks/short", set()),
        (
            "pagerduty://IntegrationKeyOf32Characters@ApiKeyOf20Characters",
            {"IntegrationKeyOf32Characters", "ApiKeyOf20Characters"},
        ),
        ("", set()),
    ],
)
def test_the_address_its_password_and_what_is_long_are_secrets(
    address: str, secrets: set[str]
) -> None:
    assert secrets_in(address) == {address, *secrets}


def test_a_problem_is_told_without_any_part_of_the_address() -> None:
    words = "POST https://hooks.example.com/T1JJ/key failed: 404"
    told = without_address(words, "jsons://hooks.example.com/T1JJ/key")
    assert told == "POST https://*****/*****/key failed: 404"
