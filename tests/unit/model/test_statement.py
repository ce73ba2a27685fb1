from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from dbt_rewind.model import Purpose, statement_of

AT = datetime(2024, 3, 1, 12, tzinfo=UTC)
ANY = st.text() | st.sampled_from(['"', '"\nplan: "', "\n", "\\", "\ud800"])
TIMES = st.none() | st.datetimes(
    min_value=datetime(2000, 1, 1),
    max_value=datetime(2100, 1, 1),
    timezones=st.just(UTC),
)
FACTS = st.tuples(st.sampled_from(Purpose), ANY, ANY, ANY, ANY, TIMES)


def said(facts: tuple[Purpose, str, str, str, str, datetime | None]) -> str:
    purpose, environment, operation, plan, request, expires_at = facts
    return statement_of(
        purpose,
        environment,
        operation=operation,
        plan=plan,
        request=request,
        expires_at=expires_at,
    )


def test_what_is_signed_can_be_read() -> None:
    assert said((Purpose.APPROVE, "prod", "rollback", "abc", "A3", AT)) == (
        "dbt-rewind statement, version 1\n"
        'purpose: "approve"\n'
        'environment: "prod"\n'
        'operation: "rollback"\n'
        'plan: "abc"\n'
        'request: "A3"\n'
        'expires: "2024-03-01T12:00:00+00:00"\n'
    )


@given(FACTS, FACTS)
def test_two_that_differ_are_never_the_same_text(
    one: tuple[Purpose, str, str, str, str, datetime | None],
    other: tuple[Purpose, str, str, str, str, datetime | None],
) -> None:
    assert (said(one) == said(other)) == (one == other)
    assert said(one).count("\n") == 7


def test_one_moment_is_one_text() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=2)))
    facts = (Purpose.ASK, "prod", "deploy", "abc", "")
    assert said((*facts, AT)) == said((*facts, elsewhere))
