"""What a role may not do is told before it is done, with the statement that allows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.postgres import Database

from dbt_rewind.errors import PermissionMissing
from dbt_rewind.model import Needs, RelationName
from dbt_rewind.warehouse.postgres_open import open_session
from dbt_rewind.warehouse.postgres_permissions import (
    LEDGER,
    require_ledger,
    require_permitted,
)
from dbt_rewind.warehouse.postgres_session import Session
from dbt_rewind.warehouse.postgres_settings import postgres_settings


class Account:
    """A role of its own in a database of its own, with the session that it opened."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.role = f"{database.name} Deployer"
        self.other = f"{database.name}_other"
        database.run(
            f"CREATE ROLE \"{self.role}\" LOGIN PASSWORD 'quite-secret'",
            f"CREATE ROLE {self.other}",
            "REVOKE ALL ON SCHEMA public FROM PUBLIC",
            "CREATE SCHEMA gold",
            "CREATE SCHEMA raw",
            "CREATE TABLE raw.orders (id int)",
            "CREATE VIEW gold.orders AS SELECT * FROM raw.orders",
            f"CREATE TABLE gold.others (id int); ALTER TABLE gold.others OWNER TO {self.other}",
        )
        settings: dict[str, Any] = {**database.settings, "user": self.role}
        settings["password"] = "quite-secret"
        self.session: Session = open_session(postgres_settings(settings), read_only=False)

    def name(self, schema: str, name: str) -> RelationName:
        return RelationName(self.database.name, schema, name)

    def grants(self, needs: Needs) -> tuple[str, ...]:
        """What would have to be granted."""
        try:
            require_permitted(self.session, needs)
        except PermissionMissing as missing:
            return missing.grants
        return ()

    def close(self) -> None:
        self.session.close()
        for role in (f'"{self.role}"', self.other):
            self.database.run(
                f"REASSIGN OWNED BY {role} TO postgres",
                f"DROP OWNED BY {role}",
                f"DROP ROLE {role}",
            )


@pytest.fixture
def account(postgres: Database) -> Iterator[Account]:
    made = Account(postgres)
    yield made
    made.close()


def allow(account: Account, needs: Needs, *expected: str) -> None:
    """Exactly these statements are asked for; one after the other, they are all that it takes."""
    role = f'"{account.role}"'
    statements = tuple(each.format(role=role, other=f'"{account.other}"') for each in expected)
    assert account.grants(needs) == statements
    account.database.run(*statements)
    assert account.grants(needs) == ()


def test_schemas_that_are_not_there(account: Account) -> None:
    needs = Needs(makes=(account.name("rewind_r1_gold", "a"), account.name("rewind_r1_x", "b")))
    database = f'"{account.database.name}"'
    allow(account, needs, f"GRANT CREATE ON DATABASE {database} TO {{role}}")


def test_relations_in_schemas_of_others(account: Account) -> None:
    needs = Needs(makes=(account.name("gold", "new"), account.name("gold", "newer")))
    allow(account, needs, 'GRANT USAGE, CREATE ON SCHEMA "gold" TO {role}')


def test_relations_of_others(account: Account) -> None:
    needs = Needs(changes=(account.name("gold", "others"),), drops=(account.name("gold", "none"),))
    allow(account, needs, "GRANT {other} TO {role}")


def test_relations_of_superusers_change_hands(account: Account) -> None:
    names = (account.name("gold", "orders"), account.name("raw", "orders"))
    allow(
        account,
        Needs(changes=names),
        'ALTER VIEW "gold"."orders" OWNER TO {role}',
        'ALTER TABLE "raw"."orders" OWNER TO {role}',
    )


def test_who_owns_a_schema_may_drop_what_is_in_it(account: Account) -> None:
    needs = Needs(drops=(account.name("gold", "others"),))
    assert account.grants(needs) == (f'GRANT "{account.other}" TO "{account.role}"',)
    account.database.run(f'ALTER SCHEMA gold OWNER TO "{account.role}"')
    assert account.grants(needs) == ()
    assert account.grants(Needs(changes=needs.drops)) != ()


def test_sources(account: Account) -> None:
    needs = Needs(reads=(account.name("raw", "orders"), account.name("raw", "no_such")))
    allow(
        account,
        needs,
        'GRANT USAGE ON SCHEMA "raw" TO {role}',
        'GRANT SELECT ON "raw"."orders" TO {role}',
    )


def test_other_databases_are_no_concern(account: Account) -> None:
    assert account.grants(Needs(makes=(RelationName("elsewhere", "gold", "a"),))) == ()


def test_all_at_once_is_one_error(account: Account) -> None:
    needs = Needs(
        makes=(account.name("rewind_r1_gold", "orders"), account.name("gold", "orders")),
        changes=(account.name("gold", "others"),),
        reads=(account.name("raw", "orders"),),
    )
    with pytest.raises(PermissionMissing) as raised:
        require_permitted(account.session, needs)
    error = raised.value
    assert error.message == (
        f"what is planned is not allowed: {account.role} may not make the schema rewind_r1_gold"
        " (and 4 more)"
    )
    assert error.details == tuple(f"{grant};" for grant in error.grants)
    assert len(error.grants) == 5
    account.database.run(*error.grants)
    require_permitted(account.session, needs)


def test_the_ledger_that_is_not_there(account: Account) -> None:
    with pytest.raises(PermissionMissing) as raised:
        require_ledger(account.session)
    database = account.database.name
    grant = f'GRANT CREATE ON DATABASE "{database}" TO "{account.role}"'
    assert raised.value.grants == (grant,)
    account.database.run(grant)
    require_ledger(account.session)


def test_the_ledger_of_others(account: Account) -> None:
    database = account.database
    database.run("CREATE SCHEMA rewind")
    with pytest.raises(PermissionMissing) as raised:
        require_ledger(account.session)
    assert raised.value.grants == (f'GRANT USAGE, CREATE ON SCHEMA "rewind" TO "{account.role}"',)
    database.run(*(f"CREATE TABLE rewind.{table} ()" for table in LEDGER))
    with pytest.raises(PermissionMissing) as raised:
        require_ledger(account.session)
    assert raised.value.grants[0] == f'GRANT USAGE ON SCHEMA "rewind" TO "{account.role}"'
    assert f'GRANT DELETE ON "rewind"."artifact" TO "{account.role}"' in raised.value.grants
    for grant in raised.value.grants:  # each of them is needed
        with pytest.raises(PermissionMissing) as raised:
            require_ledger(account.session)
        assert grant in raised.value.grants
        database.run(grant)
    require_ledger(account.session)
    drops = tuple(account.grants(Needs(ends=True)))
    assert len(drops) == len(LEDGER)
    database.run(*drops)
    assert account.grants(Needs(ends=True)) == ()


def test_a_superuser_may_all(postgres: Database) -> None:
    postgres.run("CREATE SCHEMA gold", "CREATE TABLE gold.t ()")
    session = open_session(postgres_settings(postgres.settings), read_only=True)
    name = RelationName(postgres.name, "gold", "t")
    new = RelationName(postgres.name, "rewind_r1_gold", "t")
    require_permitted(session, Needs((new,), (name,), (name,), (name,), ends=True))
    require_ledger(session)
    session.close()
