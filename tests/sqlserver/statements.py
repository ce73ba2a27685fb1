"""Every text that is sent to SQL Server, by the name of its golden file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from dbt_rewind.backups import sqlserver_sql as backups
from dbt_rewind.model import Column, RelationKind, RelationName
from dbt_rewind.warehouse import (
    sqlserver_blockers,
    sqlserver_catalogue_sql,
    sqlserver_describe_sql,
    sqlserver_examine_sql,
    sqlserver_integrity_sql,
    sqlserver_ledger_sql,
    sqlserver_measure_sql,
    sqlserver_names,
    sqlserver_open,
    sqlserver_permissions,
    sqlserver_session,
    sqlserver_sql,
    sqlserver_table_sql,
)
from dbt_rewind.warehouse.sqlserver_batch import batch_of_many, batch_of_one
from dbt_rewind.warehouse.sqlserver_table import (
    CheckDefinition,
    ColumnDefinition,
    IndexDefinition,
    TableDefinition,
    after_rows,
    before_rows,
    copy_rows,
)

ORDERS: Final = RelationName("shop", "gold", "orders")
FIRST: Final = RelationName("shop", "rewind_r1_gold", "orders")
SECOND: Final = RelationName("shop", "rewind_r2_gold", "orders")
SPACED: Final = RelationName("shop", "it's", 'a "b"; -- c')
ODD: Final = RelationName("shop", "it's ]", 'a "b"; -- [c]]\\\n/* \U0001f600 ?')

TYPES: Final = [
    "bigint",
    "binary(8)",
    "bit",
    "char(10)",
    "date",
    "datetime",
    "datetime2(7)",
    "datetimeoffset(7)",
    "decimal(18,2)",
    "float",
    "geography",
    "hierarchyid",
    "image",
    "int",
    "money",
    "nchar(10)",
    "ntext",
    "nvarchar(50)",
    "nvarchar(max)",
    "real",
    "smalldatetime",
    "smallint",
    "smallmoney",
    "sql_variant",
    "sysname",
    "text",
    "time(7)",
    "timestamp",
    "tinyint",
    "uniqueidentifier",
    "varbinary(max)",
    "varchar(max)",
    "xml",
    "[dbo].[Flag]",
]

PLAIN: Final = TableDefinition(
    (ColumnDefinition("id", "int", nullable=False), ColumnDefinition("label", "nvarchar(50)"))
)

RICH: Final = TableDefinition(
    columns=(
        ColumnDefinition("id", "bigint", nullable=False, identity=(10, 5)),
        ColumnDefinition("a b", "nvarchar(50)", collation="Latin1_General_BIN2"),
        ColumnDefinition("net", "decimal(18,2)", nullable=False, default="((0))", default_name="d"),
        ColumnDefinition("tax", "decimal(18,2)", sparse=True),
        ColumnDefinition("gross", "decimal(19,2)", computed="([net]+[tax])", persisted=True),
        ColumnDefinition("half", "decimal(18,2)", computed="([net]/(2))"),
        ColumnDefinition("key", "uniqueidentifier", rowguid=True, default="(newid())"),
        ColumnDefinition("version", "timestamp", nullable=False),
    ),
    indexes=(
        IndexDefinition(
            "pk_orders",
            1,
            (("id", False),),
            unique=True,
            constraint="PRIMARY KEY",
            options=("DATA_COMPRESSION = PAGE", "FILLFACTOR = 90"),
            space="[by month] ([id])",
        ),
        IndexDefinition(None, 2, (("a b", True),), unique=True, constraint="UNIQUE"),
        IndexDefinition(
            "ix net",
            2,
            (("net", True), ("id", False)),
            included=("tax", "a b"),
            unique=True,
            disabled=True,
            filter="([net]>(0))",
            options=("IGNORE_DUP_KEY = ON", "ALLOW_ROW_LOCKS = OFF"),
        ),
        IndexDefinition("columns", 6, (), included=("id", "net")),
    ),
    checks=(
        CheckDefinition("net_is_positive", "([net]>=(0))", disabled=True, trusted=False),
        CheckDefinition(None, "([tax]<[net])", disabled=False, trusted=True),
    ),
    identity_at=(110, 5),
)

HEAP: Final = TableDefinition(PLAIN.columns, options=("DATA_COMPRESSION = ROW",), space="[archive]")

COLUMNSTORE: Final = TableDefinition(
    PLAIN.columns,
    (IndexDefinition("cci", 5, (), options=("DATA_COMPRESSION = COLUMNSTORE_ARCHIVE",)),),
)


def statements() -> Mapping[str, str]:
    """Statements as they are compiled by themselves, in the scope that a batch gives each."""
    sql, described = sqlserver_sql, sqlserver_describe_sql
    table, view = RelationKind.TABLE, RelationKind.VIEW
    made = {
        "create-schema": sql.create_schema("gold"),
        "create-schema-owned": sql.create_schema("it's", "an owner"),
        "drop-schema": sql.drop_schema("it's ]"),
        "own-schema": sql.own_schema("rewind_r2_gold", "an owner"),
        "drop-table": sql.drop_relation(FIRST, table),
        "drop-view": sql.drop_relation(ODD, view),
        "replace-pointer": sql.replace_pointer(ORDERS, SECOND),
        "replace-pointer-odd": sql.replace_pointer(ODD, SECOND),
        "create-pointer": sql.create_pointer(ORDERS, SECOND),
        "rename": sql.rename(FIRST, "orders_old"),
        "rename-odd": sql.rename(ODD, "it's \\\nanother"),
        "refresh": sql.refresh(RelationName("shop", "reports", "latest orders")),
        "permit": described.permit(ORDERS, "G", "SELECT", "reader", None),
        "permit-column-on": described.permit(ORDERS, "W", "SELECT", 'a "b"', "id"),
        "permit-revoke": described.permit(ORDERS, "R", "SELECT", "reader", "id"),
        "permit-deny": described.permit(SPACED, "D", "VIEW DEFINITION", "reader", None),
        "set-property": described.set_property(ORDERS, view, None, "MS_Description", "it's\\\nall"),
        "set-property-column": described.set_property(FIRST, table, "id", "MS_Description", "key"),
        "change-property": described.change_property(ORDERS, view, None, "Owner", "us"),
        "drop-property": described.drop_property(ORDERS, view, "id", "MS_Description"),
        "count-rows": sqlserver_measure_sql.count_rows(ORDERS),
        "count-duplicates": sqlserver_measure_sql.count_duplicates(ODD, ["id", "a ]b"]),
        "fingerprint": sqlserver_measure_sql.fingerprint_rows(
            ORDERS,
            [Column("id", "int"), Column("label", "nvarchar(50)"), Column("net", "decimal(18,2)")],
            [Column("id", "int"), Column("net", "decimal(18,2)")],
        ),
        "fingerprint-types": sqlserver_measure_sql.fingerprint_rows(
            ODD,
            [Column(f"{at} ]", type_text) for at, type_text in enumerate(TYPES)],
            [Column("f", "float"), Column("m", "money"), Column("n", "numeric(5,0)")],
        ),
        "probe": sqlserver_integrity_sql.probe([ORDERS, ODD]),
        "check-table": sqlserver_integrity_sql.check_table(FIRST),
        "check-table-odd": sqlserver_integrity_sql.check_table(SPACED),
        "same-names": sqlserver_names.SAME_NAMES,
        "backup-database": backups.backup_database("it's ]", "/var/opt/mssql/backup/it's.bak"),
        "backup-verify": backups.verify_backup("D:\\backup\\shop.bak"),
        "backup-files": backups.list_files("/var/opt/mssql/backup/shop.bak"),
        "backup-restore": backups.restore_database(
            "shop_rewind_restore",
            "/var/opt/mssql/backup/shop.bak",
            {"shop": "/data/shop_1.mdf", "it's the log": "/data/shop_2.ldf"},
        ),
        "backup-single-user": backups.single_user("shop"),
        "backup-multi-user": backups.multi_user("shop"),
        "backup-offline": backups.offline("shop"),
        "backup-rename": backups.rename_database("shop", "shop_corrupt_20260302_200000"),
        "backup-drop": backups.drop_database("shop"),
        "backup-status": backups.STATUS,
        "find-state": sqlserver_examine_sql.FIND_STATE,
        "find-allowed": sqlserver_permissions.FIND_ALLOWED,
        "find-holders": sqlserver_blockers.FIND_HOLDERS,
    }
    for name, definition in (("rich", RICH), ("heap", HEAP), ("columnstore", COLUMNSTORE)):
        texts = [
            *before_rows(SECOND, definition),
            copy_rows(FIRST, SECOND, definition),
            *after_rows(SECOND, definition),
        ]
        made |= {f"copy-{name}-{at}": text for at, text in enumerate(texts, 1)}
    for at, text in enumerate(sqlserver_ledger_sql.create_ledger(), 1):
        made[f"create-ledger-{at}"] = text
    for at, text in enumerate(sqlserver_ledger_sql.drop_ledger(), 1):
        made[f"drop-ledger-{at}"] = text
    for module in (sqlserver_catalogue_sql, sqlserver_ledger_sql, sqlserver_table_sql):
        for name, text in vars(module).items():
            if name.isupper() and not name.startswith("_") and isinstance(text, str):
                made.setdefault(name.lower().replace("_", "-"), text)
    del made["asked"]
    del made["ledger-schema"]
    return made


def batches() -> Mapping[str, str]:
    """What is sent as it stands."""
    moves = [
        sqlserver_sql.drop_relation(RelationName("shop", "gold", "old"), RelationKind.VIEW),
        sqlserver_sql.replace_pointer(ORDERS, SECOND),
        sqlserver_sql.replace_pointer(ODD, SECOND),
        sqlserver_sql.refresh(RelationName("shop", "reports", "latest")),
    ]
    return {
        "batch-of-one": batch_of_one(sqlserver_sql.create_schema("gold")),
        "batch-of-one-odd": batch_of_one(sqlserver_sql.create_pointer(ODD, SECOND)),
        "batch-of-one-values": batch_of_one(
            sqlserver_ledger_sql.SELECT_EVENTS, ["environment", "sequence"]
        ),
        "batch-of-many": batch_of_many(moves, timedelta(milliseconds=500)),
        "batch-options": sqlserver_open.OPTIONS.format(milliseconds=300_000),
        "batch-server": batch_of_one(sqlserver_open.SERVER),
        "batch-begin": sqlserver_session.BEGIN,
        "batch-commit": sqlserver_session.COMMIT,
        "batch-rollback": sqlserver_session.ROLLBACK,
    }
