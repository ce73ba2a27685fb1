"""A stand-in for SQL Server that knows our statements by heart.

It takes the place of the driver. It understands the batches in which statements are sent, looks
each statement up among those that we have, and does to a small model what the real server would:
so the order of statements, transactions, errors and everything that is decided in Python is tried.
That the statements are right is not tried here, and by nothing but a server.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from mssql_python import exceptions as driver

from dbt_rewind.warehouse import sqlserver_blockers as blockers
from dbt_rewind.warehouse import sqlserver_catalogue_sql as catalogue
from dbt_rewind.warehouse import sqlserver_examine_sql as examine_sql
from dbt_rewind.warehouse import sqlserver_ledger_sql as ledger
from dbt_rewind.warehouse import sqlserver_names as names
from dbt_rewind.warehouse import sqlserver_open, sqlserver_session
from dbt_rewind.warehouse import sqlserver_permissions as permissions
from dbt_rewind.warehouse import sqlserver_table_sql as table_sql
from dbt_rewind.warehouse.sqlserver_tokens import Token, TokenKind, tokens_of

Key = tuple[str, str]
Column = tuple[str, str]
Row = tuple[Any, ...]

_NAME = r"\[((?:[^\]]|\]\])*)\]"
_TWO = rf"{_NAME}\.{_NAME}"
_SELECT_ALL = re.compile(rf"SELECT \* FROM (?:{_TWO}|(\w+)\.(\w+))", re.DOTALL)
_OWNER: Final = "dbo"
CHARACTERS: Final = 128
ALLOWED: Final = (
    "CREATE SCHEMA",
    "CREATE TABLE",
    "CREATE VIEW",
    "VIEW DEFINITION",
    "SELECT ON DEPENDENCIES",
    "ALTER ON SCHEMA",
    "ALTER",
    "CONTROL",
    "SELECT",
)
"""What the permissions query asks for, in its order."""


@dataclass
class Thing:
    """A table or view; the columns of a view are those that it had when it was made."""

    schema: str
    name: str
    type: str
    columns: list[Column] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    text: str | None = None
    properties: dict[tuple[str | None, str], str] = field(default_factory=dict)
    permissions: set[tuple[str | None, str, str, str]] = field(default_factory=set)
    damage: tuple[str, ...] = ()


@dataclass
class Contents:
    """All that the database holds."""

    schemas: dict[str, tuple[str, str]] = field(default_factory=dict)
    things: dict[Key, Thing] = field(default_factory=dict)
    has_ledger: bool = False
    version: int | None = None
    events: list[Row] = field(default_factory=list)
    artifacts: dict[str, bytes] = field(default_factory=dict)
    leases: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Fault:
    """What happens instead of, or `after`, the next statement that `when` takes."""

    when: Callable[[str], bool]
    error: Exception
    after: bool = False


class ServerDouble:
    """One database. `log` holds every statement that reached it, without its batch."""

    def __init__(self, *, replaces_views: bool = True) -> None:
        self.contents = Contents(schemas={"dbo": ("dbo", _OWNER)})
        self.log: list[str] = []
        self.faults: list[Fault] = []
        self.connections = 0
        self.opened: list[ConnectionDouble] = []
        self.denied: set[str] = set()
        self.scripted: dict[str, list[Row]] = {}
        self._version = "16.0.4000.1" if replaces_views else "12.0.2000.8"

    def connect(self, connection_string: str, **options: Any) -> ConnectionDouble:
        assert options["autocommit"] is True
        self._fail("connect", after=False)
        self.connections += 1
        self.opened.append(ConnectionDouble(self))
        return self.opened[-1]

    def pooling(self, *, enabled: bool) -> None:
        assert not enabled

    def fail(self, words: str, number: int, *, times: int = 1) -> None:
        """The next statements with these words in them fail with the server's error."""
        self.faults += [
            Fault(lambda text: words in text, Thrown(number, f"error {number}"))
            for _ in range(times)
        ]

    def lose(self, words: str, *, after: bool) -> None:
        """The connection is lost in the next statement with these words, `after` it was done."""
        lost = driver.sqlstate_to_exception("08S01", "TCP Provider: gone")
        assert lost is not None
        self.faults.append(Fault(lambda text: words in text, lost, after=after))

    def meanwhile(self, act: Callable[[Contents], Any]) -> None:
        """What somebody else commits now, also for those in the middle of a transaction."""
        for contents in (self.contents, *(each.before for each in self.opened)):
            if contents is not None:
                act(contents)

    def create(
        self, name: Key, type_name: str, columns: Sequence[Column], rows: Sequence[Row] = ()
    ) -> Thing:
        schema, own = name
        self.contents.schemas.setdefault(fold(schema), (schema, _OWNER))
        thing = Thing(schema, own, type_name, list(columns), list(rows))
        self.contents.things[fold(schema), fold(own)] = thing
        return thing

    def view(self, name: Key, target: Key | None) -> Thing:
        read = self.find(*target) if target else None
        thing = self.create(name, "V", read.columns if read else [("another", "int")])
        source = f"SELECT * FROM {brackets(*target)}" if target else "SELECT 1 AS another"
        thing.text = f"CREATE VIEW {brackets(*name)} AS {source}"
        return thing

    def find(self, schema: str, name: str) -> Thing | None:
        return self.contents.things.get((fold(schema), fold(name)))

    def read(self, schema: str, name: str) -> Thing:
        """The table behind a name. Raises what the server says where there is none."""
        thing = self.find(schema, name)
        if thing is None:
            raise Thrown(208, f"Invalid object name '{schema}.{name}'.")
        if thing.text is None:
            return thing
        found = _SELECT_ALL.search(thing.text)
        if not found:
            return Thing(schema, name, "V", [("another", "int")], [(1,)])
        return self.read(*target_of(found))

    def execute(self, text: str, values: dict[str, Any]) -> tuple[Sequence[str], Sequence[Row]]:
        """The columns and rows of one statement's result."""
        self.log.append(text)
        self._fail(text, after=False)
        answer = self._answered(text, values)
        self._fail(text, after=True)
        return answer

    def _fail(self, text: str, *, after: bool) -> None:
        for fault in self.faults:
            if fault.after == after and fault.when(text):
                self.faults.remove(fault)
                raise fault.error

    def _answered(self, text: str, values: dict[str, Any]) -> tuple[Sequence[str], Sequence[Row]]:
        if text in self.scripted:
            return ["?"], self.scripted[text]
        if text == examine_sql.FIND_STATE:
            now = datetime.now(UTC).replace(tzinfo=None).isoformat()
            return ["?"] * 7, [("us", "login", "READ_WRITE", 1, "OFF", now, 1)]
        if text == "SELECT schema_name FROM information_schema.schemata":
            return ["schema_name"], [(name,) for name, _ in self.contents.schemas.values()]
        if text == sqlserver_open.SERVER:
            row = ("double", "shop", "dbo", self._version, "Latin1_General_CI_AS", 3, None)
            return ["?"] * len(row), [row]
        for statement, answer in _ANSWERS:
            if text == statement:
                return ["?"], list(answer(self, values) or ())
        for pattern, act in _ACTIONS:
            if match := pattern.fullmatch(text):
                return ["?"], list(act(self, match, values) or ())
        return self._queried(text)

    def _queried(self, text: str) -> tuple[Sequence[str], Sequence[Row]]:
        found = _SELECT_ALL.fullmatch(text.rstrip("; \n"))
        if found is None:
            raise Thrown(102, f"Incorrect syntax near '{text[:20]}'.")
        thing = self.read(*target_of(found))
        return [name for name, _ in thing.columns], thing.rows


class ConnectionDouble:
    """As much of a connection of mssql-python as we use, and no more."""

    def __init__(self, server: ServerDouble) -> None:
        self.server = server
        self.before: Contents | None = None
        self.is_closed = False

    def cursor(self) -> CursorDouble:
        if self.is_closed:
            raise driver.InterfaceError("Cannot create a cursor on a closed connection.", "")
        return CursorDouble(self)

    def close(self) -> None:
        self.roll_back()
        self.is_closed = True

    def roll_back(self) -> None:
        if self.before is not None:
            self.server.contents, self.before = self.before, None


class CursorDouble:
    def __init__(self, connection: ConnectionDouble) -> None:
        self.description: list[tuple[str]] | None = None
        self._connection = connection
        self._rows: Sequence[Row] = ()

    def execute(self, operation: str, *parameters: Any) -> CursorDouble:
        try:
            self._run(operation, parameters[0] if parameters else ())
        except driver.OperationalError:
            # A lost connection takes its transaction with it, unless that was committed.
            self._connection.close()
            raise
        except driver.ProgrammingError:
            # XACT_ABORT, and our own CATCH.
            self._connection.roll_back()
            raise
        return self

    def fetchall(self) -> Sequence[Row]:
        return self._rows

    def fetchmany(self, size: int) -> Sequence[Row]:
        return self._rows[:size]

    def nextset(self) -> bool:
        self.description = None
        return False

    def close(self) -> None:
        pass

    def _run(self, operation: str, values: Sequence[Any]) -> None:
        server, connection = self._connection.server, self._connection
        match operation:
            case sqlserver_session.BEGIN:
                assert connection.before is None, "a transaction within a transaction"
                server.log.append("BEGIN")
                connection.before = copy.deepcopy(server.contents)
            case sqlserver_session.COMMIT:
                server.log.append("COMMIT")
                server._fail("COMMIT", after=False)
                connection.before = None
                server._fail("COMMIT", after=True)
            case sqlserver_session.ROLLBACK:
                server.log.append("ROLLBACK")
                connection.roll_back()
            case _ if operation.startswith("SET NOCOUNT ON;\nSET XACT_ABORT ON;"):
                pass
            case _:
                self._run_batch(operation, values)

    def _run_batch(self, operation: str, values: Sequence[Any]) -> None:
        for number, (text, declared) in enumerate(unpacked(operation), 1):
            place = number if "@statements TABLE" in operation else 0
            try:
                columns, rows = self._connection.server.execute(
                    text, dict(zip(declared, values, strict=True))
                )
            except Thrown as error:
                raise error.as_driver(place) from error
            self.description = [(name,) for name in columns] if rows or columns != ["?"] else None
            self._rows = rows


class Thrown(Exception):
    """An error of the server's, before the driver has it."""

    def __init__(self, number: int, words: str) -> None:
        super().__init__(number, words)
        self.number = number
        self.words = words

    def as_driver(self, place: int) -> driver.ProgrammingError:
        """What the driver raises of what our batches throw."""
        return driver.ProgrammingError(
            "Syntax error or access violation",
            "[Microsoft][ODBC Driver 18 for SQL Server][SQL Server]"
            f"rewind:{self.number}:{place}:{self.words}",
        )


def unpacked(batch: str) -> Iterator[tuple[str, list[str]]]:
    """The statements of a batch, each with the names of the values that it takes."""
    tokens = [token for token in tokens_of(batch) if token.kind is not TokenKind.SPACE]
    if "@statements TABLE" in batch:
        at = next(at for at, token in enumerate(tokens) if token.text == "VALUES")
        for row in re.split(r"(?s)\x00", _rows_text(tokens[at + 1 :])):
            yield row, []
        return
    start = next(at for at, token in enumerate(tokens) if token.text == "=") + 1
    yield constant(tokens[start:]), re.findall(r"@(\w+) [\w()]+ = \?", batch)


def constant(tokens: Sequence[Token]) -> str:
    """The text of a constant, or of a sum of constants, up to the next semicolon or comma."""
    parts = []
    for token in tokens:
        if token.text == ";":
            break
        if token.kind is TokenKind.STRING:
            parts.append(token.text.removeprefix("N")[1:-1].replace("''", "'"))
    return "".join(parts)


def _rows_text(tokens: Sequence[Token]) -> str:
    rows: list[str] = []
    depth = 0
    for token in tokens:
        if token.text == ";" and depth == 0:
            break
        depth += (token.text == "(") - (token.text == ")")
        if token.text == "(" and depth == 1:
            rows.append("")
        elif token.kind is TokenKind.STRING and token.text.startswith("N'"):
            rows[-1] += token.text[2:-1].replace("''", "'")
    return "\x00".join(rows)


def fold(name: str) -> str:
    """As a collation does that ignores case: what it makes of accents is of no concern here."""
    return name.casefold().rstrip(" ")


def brackets(*parts: str) -> str:
    return ".".join("[" + part.replace("]", "]]") + "]" for part in parts)


def plain(text: str) -> str:
    return text.replace("]]", "]")


def target_of(match: re.Match[str]) -> Key:
    bracketed = match[1] is not None
    schema, name = (match[1], match[2]) if bracketed else (match[3], match[4])
    return plain(schema), plain(name)


# What each of our statements does to the model.


def _asked(values: dict[str, Any]) -> list[Key]:
    packed: bytes = values["names"]
    size = 2 * CHARACTERS
    cells = [packed[at : at + size].decode("utf-16-le") for at in range(0, len(packed), size)]
    return [
        (fold(schema), fold(name)) for schema, name in zip(cells[::2], cells[1::2], strict=True)
    ]


def _each(server: ServerDouble, values: dict[str, Any]) -> Iterator[tuple[int, Thing]]:
    for position, key in enumerate(_asked(values)):
        if thing := server.contents.things.get(key):
            yield position, thing


def _same_names(server: ServerDouble, values: dict[str, Any]) -> list[Row]:
    keys = _asked(values)
    return [(position, keys.index(key)) for position, key in enumerate(keys)]


def _objects(server: ServerDouble, values: dict[str, Any]) -> list[Row]:
    owners = server.contents.schemas
    return [
        (at, thing.schema, thing.name, thing.type, thing.text, owners[fold(thing.schema)][1])
        for at, thing in _each(server, values)
    ]


def _schemas(server: ServerDouble, values: dict[str, Any]) -> list[Row]:
    return [
        (at, *server.contents.schemas[schema])
        for at, (schema, _) in enumerate(_asked(values))
        if schema in server.contents.schemas
    ]


_PARTS = {"int": ("int", None, 4, 10, 0), "nvarchar(400)": ("nvarchar", None, 800, 0, 0)}


def _columns(server: ServerDouble, values: dict[str, Any]) -> list[Row]:
    return [
        (at, name, *_PARTS[type_name])
        for at, thing in _each(server, values)
        for name, type_name in thing.columns
    ]


def _properties(server: ServerDouble, values: dict[str, Any]) -> list[Row]:
    return [
        (at, column, key, value)
        for at, thing in _each(server, values)
        for (column, key), value in thing.properties.items()
    ]


def _permissions(server: ServerDouble, values: dict[str, Any]) -> list[Row]:
    return [(at, *each) for at, thing in _each(server, values) for each in thing.permissions]


def _public(server: ServerDouble, values: dict[str, Any]) -> list[Row]:
    return [
        (at, permission, column, 0)
        for at, column, permission, grantee, state in _permissions(server, values)
        if grantee == "public" and state in "GW"
    ]


def _reads_of(server: ServerDouble, thing: Thing) -> Thing | None:
    found = _SELECT_ALL.search(thing.text or "")
    return server.find(*target_of(found)) if found else None


def _reads(server: ServerDouble, values: dict[str, Any]) -> list[Row]:
    return [
        (at, read.schema, read.name)
        for at, thing in _each(server, values)
        if (read := _reads_of(server, thing))
    ]


def _dependents(server: ServerDouble, values: dict[str, Any]) -> list[Row]:
    return [
        (thing.schema, thing.name, thing.type, read.schema, read.name)
        for thing in server.contents.things.values()
        if (read := _reads_of(server, thing))
    ]


def _stale(server: ServerDouble, values: dict[str, Any]) -> list[Row]:
    return [
        (thing.schema, thing.name)
        for thing in server.contents.things.values()
        if (read := _reads_of(server, thing))
        and read.columns != thing.columns
        and fold(read.schema).startswith("rewind_")
        and not fold(thing.schema).startswith("rewind_")
    ]


def _is_empty(server: ServerDouble, values: dict[str, Any]) -> list[Row]:
    schema = fold(values["name"])
    if schema not in server.contents.schemas:
        return []
    own = any(key[0] == schema for key in server.contents.things)
    return [] if own or (schema == "rewind" and server.contents.has_ledger) else [(1,)]


def _version(server: ServerDouble, values: dict[str, Any]) -> list[Row]:
    if not server.contents.has_ledger:
        raise Thrown(208, "Invalid object name 'rewind.ledger'.")
    return [] if server.contents.version is None else [(server.contents.version,)]


def _set_version(server: ServerDouble, values: dict[str, Any]) -> None:
    server.contents.version = values["version"]


def _needs_ledger(server: ServerDouble) -> None:
    if not server.contents.has_ledger:
        raise Thrown(208, "Invalid object name 'rewind.lease'.")


def _events(server: ServerDouble, values: dict[str, Any]) -> list[Row]:
    own = [row for row in server.contents.events if row[0] == values["environment"]]
    return sorted(row for row in own if row[1] > values["sequence"])


def _last(server: ServerDouble, values: dict[str, Any]) -> list[Row]:
    _needs_ledger(server)
    found = _events(server, {**values, "sequence": 0})
    return [(found[-1][1], found[-1][7])] if found else []


def _insert_event(server: ServerDouble, values: dict[str, Any]) -> None:
    row = tuple(values.values())
    if any(
        each[:2] == row[:2] or (each[0], each[6]) == (row[0], row[6])
        for each in server.contents.events
    ):
        raise Thrown(2627, "Violation of PRIMARY KEY constraint.")
    server.contents.events.append(row)


def _environments(server: ServerDouble, values: dict[str, Any]) -> list[Row]:
    found = {row[0] for row in server.contents.events}
    return [
        (each,) for each in found | {n for n, row in server.contents.leases.items() if row["held"]}
    ]


def _artifact(server: ServerDouble, values: dict[str, Any]) -> list[Row]:
    found = server.contents.artifacts.get(values["digest"])
    return [] if found is None else [(found,)]


def _known(server: ServerDouble, values: dict[str, Any]) -> list[Row]:
    return [(each,) for each in server.contents.artifacts if each in values["digests"]]


def _insert_artifact(server: ServerDouble, values: dict[str, Any]) -> None:
    server.contents.artifacts.setdefault(values["digest"], values["content"])


def _delete_artifacts(server: ServerDouble, values: dict[str, Any]) -> None:
    others = [row[5] for row in server.contents.events if row[0] != values["environment"]]
    for (digest,) in _known(server, values):
        if not any(digest in payload for payload in others):
            del server.contents.artifacts[digest]


def _lease(server: ServerDouble, values: dict[str, Any]) -> list[Row]:
    _needs_ledger(server)
    found = server.contents.leases.get(values["environment"])
    order = "environment person host pid started operation fence acquired_at expires_at held"
    return [tuple(found[name] for name in order.split())] if found else []


def _write_lease(server: ServerDouble, values: dict[str, Any]) -> None:
    server.contents.leases[values["environment"]] = {**values, "held": True}


def _change_lease(change: dict[str, Any]) -> Callable[[ServerDouble, dict[str, Any]], list[Row]]:
    def changed(server: ServerDouble, values: dict[str, Any]) -> list[Row]:
        _needs_ledger(server)
        found = server.contents.leases.get(values["environment"])
        if not found or found["fence"] != values["fence"] or not found["held"]:
            return [(0,)]
        found.update({name: values.get(name, value) for name, value in change.items()})
        return [(1,)]

    return changed


def _allowed(server: ServerDouble, values: dict[str, Any]) -> list[Row]:
    things = dict(_each(server, values))
    return [
        (
            at,
            schema if schema in server.contents.schemas else None,
            things[at].name if at in things else None,
            "us",
            *(int(each not in server.denied) for each in ALLOWED),
        )
        for at, (schema, _) in enumerate(_asked(values))
    ]


def _definition(server: ServerDouble, values: dict[str, Any]) -> list[Row]:
    return [
        (at, name, *_PARTS[type_name], None, 1, None, None, None, 0, 0, *[None] * 5)
        for at, thing in _each(server, values)
        if thing.type == "U"
        for name, type_name in thing.columns
    ]


def _nothing(server: ServerDouble, values: dict[str, Any]) -> list[Row]:
    return []


_Answer = Callable[[ServerDouble, dict[str, Any]], list[Row] | None]
_ANSWERS: Final[Sequence[tuple[str, _Answer]]] = (
    (names.SAME_NAMES, _same_names),
    (catalogue.FIND_OBJECTS, _objects),
    (catalogue.FIND_SCHEMAS, _schemas),
    (catalogue.FIND_COLUMNS, _columns),
    (catalogue.FIND_PROPERTIES, _properties),
    (catalogue.FIND_PERMISSIONS, _permissions),
    (catalogue.FIND_PUBLIC, _public),
    (catalogue.FIND_READS, _reads),
    (catalogue.FIND_CHILDREN, _nothing),
    (catalogue.FIND_PARENTS, _nothing),
    (catalogue.FIND_BOUND, _nothing),
    (catalogue.FIND_BROKEN, _nothing),
    (catalogue.ALL_DEPENDENTS, _dependents),
    (catalogue.FIND_STALE, _stale),
    (
        catalogue.FIND_SIZES,
        lambda server, values: [
            (at, 8192 * len(thing.rows)) for at, thing in _each(server, values) if thing.type == "U"
        ],
    ),
    (catalogue.IS_EMPTY_SCHEMA, _is_empty),
    (
        catalogue.IS_OWN_DATABASE,
        lambda server, values: [(1,)] if fold(values["name"]) == "shop" else [],
    ),
    (
        catalogue.IS_OWN_SCHEMA,
        lambda server, values: [(1,)] if fold(values["name"]).startswith("rewind_") else [],
    ),
    (
        blockers.FIND_HOLDERS,
        lambda server, values: [
            (0, 57, "ada", "reports", "desk", "2026-01-01 09:00:00", "running")
        ],
    ),
    (permissions.FIND_ALLOWED, _allowed),
    (
        table_sql.FIND_TRAITS,
        lambda server, values: [
            (at, 0, 0, 0) for at, thing in _each(server, values) if thing.type == "U"
        ],
    ),
    (table_sql.FIND_DEFINITION, _definition),
    (table_sql.FIND_INDEXES, _nothing),
    (table_sql.FIND_INDEX_COLUMNS, _nothing),
    (table_sql.FIND_CHECKS, _nothing),
    (
        ledger.SCHEMA_IS_MISSING,
        lambda server, values: [] if "rewind" in server.contents.schemas else [(1,)],
    ),
    (ledger.SELECT_VERSION, _version),
    (ledger.INSERT_VERSION, _set_version),
    (ledger.RAISE_VERSION, _set_version),
    (ledger.SELECT_EVENTS, _events),
    (ledger.SELECT_LAST, _last),
    (ledger.INSERT_EVENT, _insert_event),
    (ledger.SELECT_ENVIRONMENTS, _environments),
    (ledger.SELECT_ARTIFACT, _artifact),
    (ledger.SELECT_KNOWN_ARTIFACTS, _known),
    (ledger.INSERT_ARTIFACT, _insert_artifact),
    (ledger.DELETE_ARTIFACTS, _delete_artifacts),
    (ledger.TAKE_LOCK, lambda server, values: [(0,)]),
    (ledger.SELECT_LEASE, _lease),
    (ledger.INSERT_LEASE, _write_lease),
    (ledger.UPDATE_LEASE, _write_lease),
    (ledger.PROLONG_LEASE, _change_lease({"expires_at": None})),
    (
        ledger.HOLDS_LEASE,
        lambda server, values: [each for each in _change_lease({})(server, values) if each[0]],
    ),
    (ledger.FREE_LEASE, _change_lease({"held": False})),
)


def _key(match: re.Match[str], first: int = 1) -> Key:
    return plain(match[first]), plain(match[first + 1])


def _create_schema(server: ServerDouble, match: re.Match[str], values: dict[str, Any]) -> None:
    name = plain(match[1])
    if fold(name) in server.contents.schemas:
        raise Thrown(2714, f"There is already an object named '{name}' in the database.")
    server.contents.schemas[fold(name)] = (name, _OWNER)


def _drop_schema(server: ServerDouble, match: re.Match[str], values: dict[str, Any]) -> None:
    del server.contents.schemas[fold(plain(match[1]))]


def _own_schema(server: ServerDouble, match: re.Match[str], values: dict[str, Any]) -> None:
    name = plain(match[1])
    server.contents.schemas[fold(name)] = (name, plain(match[2]))


def _make_ledger(server: ServerDouble, match: re.Match[str], values: dict[str, Any]) -> None:
    server.contents.has_ledger = True


def _drop_ledger(server: ServerDouble, match: re.Match[str], values: dict[str, Any]) -> None:
    contents = server.contents
    contents.has_ledger, contents.version, contents.events = False, None, []
    contents.artifacts, contents.leases = {}, {}


def _drop(server: ServerDouble, match: re.Match[str], values: dict[str, Any]) -> None:
    schema, name = plain(match[2]), plain(match[3])
    thing = server.find(schema, name)
    if thing is None or thing.type != match[1][0].replace("T", "U"):
        raise Thrown(3701, f"Cannot drop the {match[1].lower()} '{name}'.")
    del server.contents.things[fold(schema), fold(name)]


def _create_view(server: ServerDouble, match: re.Match[str], values: dict[str, Any]) -> None:
    schema, name = plain(match[2]), plain(match[3])
    there = server.find(schema, name)
    if there is not None and (not match[1] or there.type != "V"):
        raise Thrown(2714, f"There is already an object named '{name}' in the database.")
    if fold(schema) not in server.contents.schemas:
        raise Thrown(2760, f"The specified schema name '{schema}' does not exist.")
    source = match[4].rstrip("; \n")
    found = _SELECT_ALL.fullmatch(source)
    if found and server.find(*target_of(found)) is None:
        raise Thrown(208, f"Invalid object name '{'.'.join(target_of(found))}'.")
    made = server.view((schema, name), target_of(found) if found else None)
    made.text = f"CREATE   VIEW {brackets(schema, name)} AS {match[4]}"
    if there is not None:
        made.permissions = there.permissions
        made.properties = {key: value for key, value in there.properties.items() if not key[0]}


def _rename(server: ServerDouble, match: re.Match[str], values: dict[str, Any]) -> None:
    said = called_with(match[0])
    found = re.fullmatch(_TWO, said["objname"], re.DOTALL)
    assert found is not None
    schema, name = _key(found)
    thing = server.contents.things.pop((fold(schema), fold(name)), None)
    if thing is None:
        raise Thrown(15225, "No item by that name could be found.")
    thing.name = said["newname"]
    if server.find(schema, thing.name) is not None:
        raise Thrown(15335, "The new name is already in use.")
    server.contents.things[fold(schema), fold(thing.name)] = thing


def _refresh(server: ServerDouble, match: re.Match[str], values: dict[str, Any]) -> None:
    found = re.fullmatch(_TWO, called_with(match[0])["name"], re.DOTALL)
    assert found is not None
    thing = server.find(*_key(found))
    assert thing is not None
    read = _reads_of(server, thing)
    thing.columns = list(read.columns) if read else thing.columns


def _property(server: ServerDouble, match: re.Match[str], values: dict[str, Any]) -> None:
    said = called_with(match[0])
    thing = server.find(said["level0name"], said["level1name"])
    assert thing is not None
    assert said["level1type"] == {"U": "TABLE", "V": "VIEW"}[thing.type]
    key = (said.get("level2name"), said["name"])
    assert (key in thing.properties) == (match[1] != "add"), "the property is there, or is not"
    if match[1] == "drop":
        del thing.properties[key]
    else:
        thing.properties[key] = said["value"]


def _permit(server: ServerDouble, match: re.Match[str], values: dict[str, Any]) -> None:
    verb, permission, column, schema, name, grantee, option = match.groups()
    thing = server.find(plain(schema), plain(name))
    assert thing is not None
    state = "D" if verb == "DENY" else "W" if option else "G"
    thing.permissions.add((column and plain(column), permission, plain(grantee), state))


def _create_table(server: ServerDouble, match: re.Match[str], values: dict[str, Any]) -> None:
    lines = re.findall(rf"{_NAME} (\S+)", match[3])
    server.create(_key(match), "U", [(plain(name), type_name) for name, type_name in lines])


def _copy(server: ServerDouble, match: re.Match[str], values: dict[str, Any]) -> None:
    target, source = server.find(*_key(match)), server.read(*_key(match, 4))
    assert target is not None
    target.rows = list(source.rows)


def _count(server: ServerDouble, match: re.Match[str], values: dict[str, Any]) -> list[Row]:
    return [(len(server.read(*_key(match)).rows),)]


def _fingerprint(server: ServerDouble, match: re.Match[str], values: dict[str, Any]) -> list[Row]:
    thing = server.read(*_key(match, 2))
    lanes = [0, 0, 0, 0]
    for row in thing.rows:
        digest = hashlib.sha256(b"".join(_encoded(value) for value in row)).digest()
        for at in range(4):
            lanes[at] += int.from_bytes(digest[8 * at : 8 * at + 8], signed=True)
    filled = [sum(row[at] is not None for row in thing.rows) for at in range(len(thing.columns))]
    summed = re.findall(rf"decimal\(38, 0\), r\.{_NAME}\)", match[1])
    at_name = {name: at for at, (name, _) in enumerate(thing.columns)}
    totals = [str(sum(row[at_name[name]] or 0 for row in thing.rows)) for name in summed]
    return [(len(thing.rows), *(lanes if thing.rows else (None,) * 4), *filled, *totals)]


def _encoded(value: Any) -> bytes:
    if value is None:
        return b"\0"
    own = value.to_bytes(4) if isinstance(value, int) else str(value).encode("utf-16-le")
    return b"\1" + len(own).to_bytes(8) + own


def _probe(server: ServerDouble, match: re.Match[str], values: dict[str, Any]) -> list[Row]:
    for schema, name in re.findall(rf"FROM {_TWO} WHERE 1 = 0", match[0]):
        server.read(plain(schema), plain(name))
    return []


def _check(server: ServerDouble, match: re.Match[str], values: dict[str, Any]) -> list[Row]:
    name = match[1].replace("''", "'")
    found = re.fullmatch(_TWO, name)
    thing = server.find(*_key(found)) if found else None
    if thing is None:
        raise Thrown(2501, f'Cannot find a table or object with the name "{name}".')
    return [(8928, 16, 1, words, "repair_allow_data_loss") for words in thing.damage]


def _duplicates(server: ServerDouble, match: re.Match[str], values: dict[str, Any]) -> list[Row]:
    thing = server.read(*_key(match, 2))
    key = [plain(name) for name in re.findall(_NAME, match[1])]
    at_name = {name: at for at, (name, _) in enumerate(thing.columns)}
    if missing := [name for name in key if name not in at_name]:
        raise Thrown(207, f"Invalid column name '{missing[0]}'.")
    found = [tuple(row[at_name[name]] for name in key) for row in thing.rows]
    full = [value for value in found if None not in value]
    return [(len({value for value in full if full.count(value) > 1}),)]


def called_with(text: str) -> dict[str, str]:
    """The values of the variables that a procedure is called with."""
    tokens = [token for token in tokens_of(text) if token.kind is not TokenKind.SPACE]
    found: dict[str, str] = {}
    name = ""
    for at, token in enumerate(tokens):
        if token.text == "EXEC":
            break
        is_type = tokens[at + 1].text in ("nvarchar", "varchar") if at + 1 < len(tokens) else False
        if token.text.startswith("@") and is_type:
            name = token.text[1:]
            found[name] = ""
        elif token.kind is TokenKind.STRING and token.text.startswith("N'"):
            found[name] += token.text[2:-1].replace("''", "'")
    return found


_Action = Callable[[ServerDouble, re.Match[str], dict[str, Any]], list[Row] | None]
_ACTIONS: Final[Sequence[tuple[re.Pattern[str], _Action]]] = tuple(
    (re.compile(pattern, re.DOTALL), action)
    for pattern, action in (
        (rf"CREATE SCHEMA {_NAME};", _create_schema),
        (rf"DROP SCHEMA {_NAME};", _drop_schema),
        (rf"ALTER AUTHORIZATION ON SCHEMA::{_NAME} TO {_NAME};", _own_schema),
        (r"IF OBJECT_ID\(.*?\) IS NULL\nCREATE TABLE .*", _make_ledger),
        (r"IF OBJECT_ID\(.*?\) IS NOT NULL DROP TABLE .*", _drop_ledger),
        (rf"DROP (TABLE|VIEW) {_TWO};", _drop),
        (rf"CREATE (OR ALTER )?VIEW {_TWO} AS (.*)", _create_view),
        (r"DECLARE @objname .*EXEC sys\.sp_rename .*", _rename),
        (r"DECLARE @name .*EXEC sys\.sp_refreshsqlmodule .*", _refresh),
        (r"DECLARE\n.*EXEC sys\.sp_(add|update|drop)extendedproperty\n.*", _property),
        (
            rf"(GRANT|DENY) ([A-Z ]+?)(?: \({_NAME}\))? ON OBJECT::{_TWO} TO {_NAME}"
            r"( WITH GRANT OPTION)?;",
            _permit,
        ),
        (rf"CREATE TABLE {_TWO} \((.*)\n\);", _create_table),
        (rf"INSERT INTO {_TWO} \(\[id\]\) VALUES \(1\);", _count),
        (rf"INSERT INTO {_TWO} WITH \(TABLOCK\) \((.*?)\)\nSELECT .* FROM {_TWO};", _copy),
        (rf"SELECT COUNT_BIG\(\*\) FROM {_TWO};", _count),
        (r"SELECT 1 FROM .* WHERE 1 = 0;", _probe),
        (
            r"DBCC CHECKTABLE \(N'(.*)'\) WITH PHYSICAL_ONLY, NO_INFOMSGS, TABLERESULTS;",
            _check,
        ),
        (rf"(SELECT\n    COUNT_BIG.*)\nFROM {_TWO} AS r\nCROSS APPLY.*", _fingerprint),
        (
            rf"SELECT COUNT_BIG\(\*\) FROM \(\n    SELECT (.*?) FROM {_TWO} WHERE .*\) AS twice;",
            _duplicates,
        ),
    )
)
