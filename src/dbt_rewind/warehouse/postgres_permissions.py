"""Whether PostgreSQL lets us do what is planned, asked before anything is done; and what has to be
granted where it does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dbt_rewind.errors import PermissionMissing
from dbt_rewind.model import Needs, RelationName
from dbt_rewind.warehouse import postgres_permissions_sql as sql
from dbt_rewind.warehouse.postgres_permissions_sql import CHANGE, DROP, MAKE
from dbt_rewind.warehouse.postgres_session import Session
from dbt_rewind.warehouse.postgres_sql import qualified, quoted
from dbt_rewind.warehouse.protocol import LEDGER_SCHEMA

LEDGER: Final = {
    "event": ("SELECT", "INSERT"),
    "artifact": ("SELECT", "INSERT", "DELETE"),
    "lease": ("SELECT", "INSERT", "UPDATE"),
    "ledger": ("SELECT", "UPDATE"),
}
"""The ledger's tables, and what has to be done with each."""

_DOING: Final = "reading the permissions"
_KINDS: Final = {"v": "VIEW", "m": "MATERIALIZED VIEW", "f": "FOREIGN TABLE"}


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that is not allowed, and the statement that allows it."""

    problem: str
    grant: str


@dataclass(frozen=True, slots=True)
class Allowed:
    """A need, and what the session's role may do; `kind` and `owner` are the relation's, and
    `schemas_owner` the schema's, None where there is none."""

    need: str
    schema: str
    name: str
    role: str
    database: str
    schemas_owner: str | None
    makes_schemas: bool
    uses_schema: bool
    makes_in_schema: bool
    kind: str | None
    owner: str | None
    is_superusers: bool
    acts_for_owner: bool
    acts_for_schemas_owner: bool
    has_privilege: bool

    @property
    def relation(self) -> RelationName:
        return RelationName(self.database, self.schema, self.name)


def require_permitted(session: Session, needs: Needs, doing: str = "what is planned") -> None:
    """Raises PermissionMissing with everything that is needed and not allowed."""
    ledger = [RelationName(session.database, LEDGER_SCHEMA, table) for table in LEDGER]
    asked = [
        *((MAKE, name) for name in needs.makes),
        *((CHANGE, name) for name in needs.changes),
        *((DROP, name) for name in (*needs.drops, *(ledger if needs.ends else ()))),
        *(("SELECT", name) for name in needs.reads),
    ]
    temporary = session.rows(_DOING, sql.FIND_NO_TEMPORARY) if needs.temporary else ()
    refused = (_temporary(role, database) for role, database in temporary)
    _require(doing, (*refused, *_lacks(_allowed(session, asked))))


def require_ledger(session: Session) -> None:
    """Raises PermissionMissing where the ledger could not be made, read or written."""
    asked = [
        (privilege, RelationName(session.database, LEDGER_SCHEMA, table))
        for table, privileges in LEDGER.items()
        for privilege in privileges
    ]
    found = _allowed(session, asked)
    made = (each if each.kind else replace(each, need=MAKE) for each in found)
    _require("keeping the ledger", _lacks(made))


def _require(doing: str, lacks: Iterable[Lack]) -> None:
    found = tuple(dict.fromkeys(lacks))
    if found:
        problem = found[0].problem
        if len(found) > 1:
            problem += f" (and {len(found) - 1} more)"
        raise PermissionMissing(doing, problem, tuple(dict.fromkeys(each.grant for each in found)))


def _allowed(session: Session, asked: Sequence[tuple[str, RelationName]]) -> list[Allowed]:
    here = [(need, name) for need, name in asked if name.database == session.database]
    if not here:
        return []
    values = [
        [need for need, _ in here],
        [name.schema for _, name in here],
        [name.name for _, name in here],
        [MAKE, CHANGE, DROP],
    ]
    return [Allowed(*row) for row in session.rows(_DOING, sql.FIND_ALLOWED, values)]


def _lacks(found: Iterable[Allowed]) -> Iterator[Lack]:
    found = tuple(found)
    acted_for = {each.owner for each in found if any(_owning(each)) and not each.is_superusers}
    for each in found:
        match each.need:
            case "make":
                # Who may act for somebody may do what that one may do in schemas of his own.
                if each.schemas_owner not in acted_for:
                    yield from _making(each)
            case "change" | "drop":
                yield from _owning(each)
            case _:
                yield from _using(each)


def _making(each: Allowed) -> Iterator[Lack]:
    role, database, schema = each.role, each.database, each.schema
    if each.schemas_owner is None:
        if not each.makes_schemas:
            yield Lack(
                f"{role} may not make the schema {schema}",
                f"GRANT CREATE ON DATABASE {quoted(database)} TO {quoted(role)}",
            )
    elif not (each.uses_schema and each.makes_in_schema):
        yield Lack(
            f"{role} may not make relations in the schema {schema}",
            f"GRANT USAGE, CREATE ON SCHEMA {quoted(schema)} TO {quoted(role)}",
        )


def _temporary(role: str, database: str) -> Lack:
    return Lack(
        f"{role} may not make temporary tables, as dbt does for what it adds to a table",
        f"GRANT TEMPORARY ON DATABASE {quoted(database)} TO {quoted(role)}",
    )


def _owning(each: Allowed) -> Iterator[Lack]:
    if each.need not in {CHANGE, DROP} or each.owner is None or each.acts_for_owner:
        return
    if each.need == DROP and each.acts_for_schemas_owner:
        return
    role, owner = each.role, each.owner
    kind = _KINDS.get(each.kind or "", "TABLE")
    yield Lack(
        f"{each.schema}.{each.name} belongs to {owner}, for whom {role} may not act",
        # Nobody should be told to make a superuser of whoever deploys.
        f"ALTER {kind} {qualified(each.relation)} OWNER TO {quoted(role)}"
        if each.is_superusers
        else _membership(owner, role),
    )


def _using(each: Allowed) -> Iterator[Lack]:
    if each.kind is None:
        return
    role, schema = each.role, each.schema
    if not each.uses_schema:
        yield Lack(
            f"{role} may not use the schema {schema}",
            f"GRANT USAGE ON SCHEMA {quoted(schema)} TO {quoted(role)}",
        )
    if not each.has_privilege:
        yield Lack(
            f"{role} may not {each.need} on {schema}.{each.name}",
            f"GRANT {each.need} ON {qualified(each.relation)} TO {quoted(role)}",
        )


def _membership(owner: str, role: str) -> str:
    return f"GRANT {quoted(owner)} TO {quoted(role)}"
