# ruff: noqa: S608 - names are quoted and values bound
"""SQL text for the ledger's tables in SQL Server.

Times are kept as the ISO text that an event's hash covers: a time column would forget the offset.
Keys are compared byte by byte, whatever the database's collation is.
"""

from __future__ import annotations

from dbt_rewind.warehouse.protocol import LEDGER_SCHEMA
from dbt_rewind.warehouse.sqlserver_sql import ledger_table

_EXACT = "COLLATE Latin1_General_100_BIN2"

LEDGER_TABLES = ("event", "artifact", "lease", "ledger")

SCHEMA_IS_MISSING = f"SELECT 1 WHERE SCHEMA_ID(N'{LEDGER_SCHEMA}') IS NULL;"


def create_ledger() -> tuple[str, ...]:
    """The statements that make the ledger's tables where they are missing, in its schema."""
    return (
        f"""IF OBJECT_ID(N'{ledger_table("event")}', N'U') IS NULL
CREATE TABLE {ledger_table("event")} (
    [environment] nvarchar(400) {_EXACT} NOT NULL,
    [sequence] bigint NOT NULL,
    [at] nvarchar(64) NOT NULL,
    [kind] nvarchar(64) NOT NULL,
    [version] int NOT NULL,
    [payload] varchar(max) {_EXACT} NOT NULL,
    [previous_hash] varchar(64) {_EXACT} NOT NULL,
    [hash] varchar(64) {_EXACT} NOT NULL,
    PRIMARY KEY ([environment], [sequence]),
    UNIQUE ([environment], [previous_hash])
);""",
        f"""IF OBJECT_ID(N'{ledger_table("artifact")}', N'U') IS NULL
CREATE TABLE {ledger_table("artifact")} (
    [digest] varchar(64) {_EXACT} NOT NULL PRIMARY KEY,
    [content] varbinary(max) NOT NULL
);""",
        f"""IF OBJECT_ID(N'{ledger_table("lease")}', N'U') IS NULL
CREATE TABLE {ledger_table("lease")} (
    [environment] nvarchar(400) {_EXACT} NOT NULL PRIMARY KEY,
    [person] nvarchar(max) NOT NULL,
    [host] nvarchar(max) NOT NULL,
    [pid] bigint NOT NULL,
    [started] nvarchar(max) NOT NULL,
    [operation] nvarchar(max) NOT NULL,
    [fence] bigint NOT NULL,
    [acquired_at] nvarchar(64) NOT NULL,
    [expires_at] nvarchar(64) NOT NULL,
    [held] bit NOT NULL
);""",
        f"""IF OBJECT_ID(N'{ledger_table("ledger")}', N'U') IS NULL
CREATE TABLE {ledger_table("ledger")} (
    [only_row] bit NOT NULL PRIMARY KEY DEFAULT 1 CHECK ([only_row] = 1),
    [version] int NOT NULL
);""",
    )


def drop_ledger() -> tuple[str, ...]:
    """The statements that drop the ledger's tables."""
    return tuple(
        f"IF OBJECT_ID(N'{ledger_table(name)}', N'U') IS NOT NULL DROP TABLE {ledger_table(name)};"
        for name in LEDGER_TABLES
    )


RAISE_VERSION = (
    f"UPDATE {ledger_table('ledger')} SET [version] = @version WHERE [version] = @found;"
)

INSERT_VERSION = f"""INSERT INTO {ledger_table("ledger")} ([version])
SELECT @version WHERE NOT EXISTS (SELECT 1 FROM {ledger_table("ledger")});"""

SELECT_VERSION = f"SELECT [version] FROM {ledger_table('ledger')};"

SELECT_EVENTS = f"""SELECT
    [environment], [sequence], [at], [kind], [version], [payload], [previous_hash], [hash]
FROM {ledger_table("event")}
WHERE [environment] = @environment AND [sequence] > @sequence
ORDER BY [sequence];"""

SELECT_LAST = f"""SELECT TOP (1) [sequence], [hash] FROM {ledger_table("event")}
WHERE [environment] = @environment
ORDER BY [sequence] DESC;"""

INSERT_EVENT = f"""INSERT INTO {ledger_table("event")} (
    [environment], [sequence], [at], [kind], [version], [payload], [previous_hash], [hash]
) VALUES (
    @environment, @sequence, @at, @kind, @version, @payload, @previous_hash, @hash
);"""

SELECT_ENVIRONMENTS = f"""SELECT [environment] FROM {ledger_table("event")}
UNION
SELECT [environment] FROM {ledger_table("lease")} WHERE [held] = 1;"""

SELECT_ARTIFACT = f"SELECT [content] FROM {ledger_table('artifact')} WHERE [digest] = @digest;"

INSERT_ARTIFACT = f"""INSERT INTO {ledger_table("artifact")} ([digest], [content])
SELECT @digest, @content
WHERE NOT EXISTS (SELECT 1 FROM {ledger_table("artifact")} WHERE [digest] = @digest);"""

SELECT_KNOWN_ARTIFACTS = f"""SELECT [digest] FROM {ledger_table("artifact")}
WHERE CHARINDEX(CONVERT(nvarchar(64), [digest]), @digests) > 0;"""
"""`@digests` are digests in one text, with a space between."""

DELETE_ARTIFACTS = f"""DELETE a FROM {ledger_table("artifact")} AS a
WHERE CHARINDEX(CONVERT(nvarchar(64), a.[digest]), @digests) > 0
    AND NOT EXISTS (
        SELECT 1 FROM {ledger_table("event")} AS e
        WHERE e.[environment] <> @environment AND CHARINDEX(a.[digest], e.[payload]) > 0
    );"""
"""`@environment` is the one whose events do not count."""

TAKE_LOCK = """DECLARE @result int;
EXEC @result = sys.sp_getapplock
    @Resource = @resource, @LockMode = N'Exclusive', @LockOwner = N'Transaction',
    @LockTimeout = @milliseconds;
SELECT @result;"""
"""A lock on a name, until the transaction ends; the result is negative where it was not given."""

SELECT_LEASE = f"""SELECT
    [environment], [person], [host], [pid], [started], [operation], [fence], [acquired_at],
    [expires_at], [held]
FROM {ledger_table("lease")}
WHERE [environment] = @environment;"""

INSERT_LEASE = f"""INSERT INTO {ledger_table("lease")} (
    [environment], [person], [host], [pid], [started], [operation], [fence], [acquired_at],
    [expires_at], [held]
) VALUES (
    @environment, @person, @host, @pid, @started, @operation, @fence, @acquired_at,
    @expires_at, 1
);"""

UPDATE_LEASE = f"""UPDATE {ledger_table("lease")} SET
    [person] = @person, [host] = @host, [pid] = @pid, [started] = @started,
    [operation] = @operation, [fence] = @fence, [acquired_at] = @acquired_at,
    [expires_at] = @expires_at, [held] = 1
WHERE [environment] = @environment;"""

PROLONG_LEASE = f"""UPDATE {ledger_table("lease")} SET [expires_at] = @expires_at
WHERE [environment] = @environment AND [fence] = @fence AND [held] = 1;
SELECT @@ROWCOUNT;"""

HOLDS_LEASE = f"""SELECT 1 FROM {ledger_table("lease")}
WHERE [environment] = @environment AND [fence] = @fence AND [held] = 1;"""
"""One row where the lease is held under this fence; it locks nothing, so that the holder can
prolong its lease while a long publish goes on."""

FREE_LEASE = f"""UPDATE {ledger_table("lease")} SET [held] = 0
WHERE [environment] = @environment AND [fence] = @fence AND [held] = 1;
SELECT @@ROWCOUNT;"""
