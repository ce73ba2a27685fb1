"""What of a PostgreSQL database cannot be queried, and what of it is damaged.

The server's own check is the extension `amcheck`, which the program `pg_amcheck` calls, too. Where
it is missing, or may not be called, all rows are read: that finds what no page can be without, and
checksums where the database has them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import IntegrityCheck, IntegrityFault, RelationName
from dbt_rewind.warehouse import postgres_integrity_sql as sql
from dbt_rewind.warehouse import postgres_measure
from dbt_rewind.warehouse.postgres_errors import is_broken_relation, is_damage
from dbt_rewind.warehouse.postgres_session import Session
from dbt_rewind.warehouse.postgres_sql import qualified, quoted
from dbt_rewind.warehouse.probing import probe_text
from dbt_rewind.warehouse.probing import unreadable as find_unreadable

READ: Final = "all rows read"
MISSING: Final = "amcheck is missing, so that rows are only read: CREATE EXTENSION amcheck"

_NEEDED: Final = ("bt_index_check", "verify_heapam")


def unreadable(session: Session, names: Collection[RelationName]) -> Mapping[RelationName, str]:
    """Those that cannot be queried, with the server's words."""

    def probe(part: Sequence[RelationName]) -> None:
        session.run("looking for what cannot be queried", probe_text([*map(qualified, part)]))

    return find_unreadable(names, probe, is_broken_relation)


def check(session: Session, tables: Collection[RelationName]) -> IntegrityCheck:
    """What amcheck finds, or what is met in reading all rows."""
    amcheck = _find_amcheck(session)
    faults: list[IntegrityFault] = []
    for table in sorted(tables):
        parts = _checked(session, table, amcheck) if amcheck.schema else _read(session, table)
        faults += parts
    return IntegrityCheck("amcheck" if amcheck.schema else READ, tuple(faults), amcheck.unseen)


@dataclass(frozen=True, slots=True)
class _Amcheck:
    """`schema` is where its functions are, None where they cannot be called; `unseen` says why."""

    schema: str | None
    unseen: tuple[str, ...] = ()


def _find_amcheck(session: Session) -> _Amcheck:
    found = session.rows("looking for amcheck", sql.FIND_AMCHECK)
    if not found:
        return _Amcheck(None, (MISSING,))
    denied = [signature for _, _, signature, allowed, _ in found if not allowed]
    if denied:
        user = quoted(found[0][-1])
        grant = f"GRANT EXECUTE ON FUNCTION {', '.join(denied)} TO {user}"
        return _Amcheck(None, (f"amcheck may not be called, so that rows are only read: {grant}",))
    if tuple(name for _, name, *_ in found) != _NEEDED:
        update = "ALTER EXTENSION amcheck UPDATE"
        return _Amcheck(None, (f"amcheck is too old, so that rows are only read: {update}",))
    return _Amcheck(str(found[0][0]))


def _checked(session: Session, table: RelationName, amcheck: _Amcheck) -> Iterator[IntegrityFault]:
    doing = f"checking {table}"
    schema = amcheck.schema or ""
    stored = session.rows(doing, sql.FIND_STORED, [table.schema, table.name])
    if not any(kind == "heap" for kind, *_ in stored):
        raise WarehouseFailed(doing, "it is no table whose rows amcheck knows")
    for kind, oid, name in stored:
        try:
            if kind == "index":
                session.rows(doing, sql.check_index(schema), [oid])
                continue
            for block, place, words in session.rows(doing, sql.verify_heap(schema), [oid]):
                yield IntegrityFault(table, f"block {block}, item {place} of {name}: {words}")
        except WarehouseFailed as error:
            yield _damage(table, error)


def _read(session: Session, table: RelationName) -> Iterator[IntegrityFault]:
    try:
        postgres_measure.measure(session, table, fingerprint=True)
    except WarehouseFailed as error:
        yield _damage(table, error)


def _damage(table: RelationName, error: WarehouseFailed) -> IntegrityFault:
    """Raises the error again where it is none of the storage."""
    if not is_damage(error):
        raise error
    return IntegrityFault(table, error.problem)
