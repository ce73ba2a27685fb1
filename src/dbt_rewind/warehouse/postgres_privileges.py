"""Who may do what with relations in PostgreSQL, and what has to be said so that it is so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass

from dbt_rewind.model import PointerMove, RelationName, Relocation
from dbt_rewind.warehouse import postgres_views_sql as sql
from dbt_rewind.warehouse.postgres_session import Session
from dbt_rewind.warehouse.postgres_sql import qualified, quoted

READ = "SELECT"


@dataclass(frozen=True, slots=True)
class Privilege:
    """What a role (None: everybody), not the owner, may do with a relation, or one column of it."""

    role: str | None
    action: str
    column: str | None = None
    may_grant: bool = False


Privileges = Mapping[RelationName, Set[Privilege]]


def privileges(session: Session, names: Collection[RelationName]) -> Privileges:
    """The privileges on `names`, of those that have any."""
    found: defaultdict[RelationName, set[Privilege]] = defaultdict(set)
    values = [[name.schema for name in names], [name.name for name in names]]
    for schema, name, column, role, action, may_grant in (
        session.rows("reading the privileges", sql.FIND_PRIVILEGES, values) if names else ()
    ):
        relation = RelationName(session.database, schema, name)
        found[relation].add(Privilege(role, action, column, may_grant))
    return found


def public_grants(
    session: Session, names: Collection[RelationName]
) -> dict[RelationName, Set[str]]:
    """What everybody may do with those of `names` that there are such privileges on."""
    here = [name for name in names if name.database == session.database]
    found = {
        name: {_words(each) for each in held if each.role is None}
        for name, held in privileges(session, here).items()
    }
    return {name: words for name, words in found.items() if words}


def _words(privilege: Privilege) -> str:
    return f"{privilege.action} ({privilege.column})" if privilege.column else privilege.action


def wanted(
    held: Set[Privilege], left: Set[Privilege], reached: Set[Privilege], owner: str | None
) -> set[Privilege]:
    """What the privileges on a pointer of `owner`'s are to be when it has moved: those that were
    `held`, without what came from the relation that it has `left`, with what comes from the one
    that it has `reached`.

    Only reading comes along: nobody should write to a release through its pointer.
    """
    comes = {(each.role, each.column) for each in reached if each.action == READ}
    came = {(each.role, each.column) for each in left if each.action == READ} - comes
    kept = {each for each in held if each.action != READ or (each.role, each.column) not in came}
    known = {(each.role, each.column) for each in kept if each.action == READ}
    return kept | {Privilege(role, READ, column) for role, column in comes - known if role != owner}


def handed_over(
    moves: Collection[PointerMove],
    relocations: Collection[Relocation],
    held: Privileges,
    granted: Privileges,
) -> dict[RelationName, set[Privilege]]:
    """What the privileges on relations are to be that have left a public name for a pointer, or got
    it back from one: reading goes with the name.

    So what people have granted on a table stays with the name from release to release, and is no
    longer what came from the relation. `held` are the privileges before, `granted` those now.
    """
    leads = {move.pointer: move.after for move in moves}
    then: dict[RelationName, set[Privilege]] = {}
    for each in relocations:
        has = granted.get(each.target, frozenset())
        if leads.get(each.source) == each.target:
            then[each.target] = {one for one in has if one.action != READ}
        elif each.target in leads and leads[each.target] is None:
            # Who might use the pointer that ends may use the table.
            then[each.target] = {*has, *held.get(each.target, ())}
    return then


def statements(
    relation: RelationName, now: Set[Privilege], then: Set[Privilege], columns: Collection[str]
) -> list[str]:
    """What makes `then` of `now`; columns that are not among `columns` are passed over."""
    revoked = sorted(map(_clause, now - then))
    granted = sorted(map(_clause, (each for each in then - now if _applies(each, columns))))
    name = qualified(relation)
    return [f"REVOKE {what} ON {name} FROM {who}" for what, who, _ in revoked] + [
        f"GRANT {what} ON {name} TO {who}{option}" for what, who, option in granted
    ]


def let_read(owner: str, target: RelationName) -> Sequence[str]:
    """Lets a role read a relation: a view does what its owner may do."""
    return (
        f"GRANT USAGE ON SCHEMA {quoted(target.schema)} TO {quoted(owner)}",
        f"GRANT {READ} ON {qualified(target)} TO {quoted(owner)}",
    )


def _applies(privilege: Privilege, columns: Collection[str]) -> bool:
    return privilege.column is None or privilege.column in columns


def _clause(privilege: Privilege) -> tuple[str, str, str]:
    column = f" ({quoted(privilege.column)})" if privilege.column is not None else ""
    who = "PUBLIC" if privilege.role is None else quoted(privilege.role)
    return privilege.action + column, who, " WITH GRANT OPTION" if privilege.may_grant else ""
