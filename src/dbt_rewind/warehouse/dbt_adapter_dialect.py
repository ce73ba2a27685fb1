"""What one SQL dialect is like, as data: everything in which warehouses differ behind the door.

Texts with `{names in braces}` are filled in by `dbt_adapter_sql`, which says with what.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dbt_rewind.warehouse.protocol import NameUnits


class Spelling(StrEnum):
    """How a catalogue keeps the identifiers that dbt writes without quotes."""

    AS_IS = "as is"
    LOWER = "lower"
    UPPER = "upper"


class Binding(StrEnum):
    """How the adapter's driver takes values: as marks, or not at all, and then they are written."""

    QMARK = "?"
    FORMAT = "%s"
    WRITTEN = "written"


class Copying(StrEnum):
    """What a copy of a table costs, for the documentation and the command's words."""

    ZERO_COPY = "zero-copy"
    ROWS = "rows are copied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Types:
    """The types of the ledger's columns."""

    text: str
    big: str
    integer: str
    truth: str
    octets: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Queries on the catalogue. `{database}` is the quoted database, `{database_text}` a
    constant of its name, `{schemas}` those of the schemas asked for; or `{schema}` is one quoted
    schema, where each has a catalogue of its own. Where the dialect ignores case, constants have
    small letters.

    `relations`: schema, name, kind (as in `information_schema.tables`). `columns`: schema, name,
    column, type, in order. `views`: schema, name, text. `comments`: schema, name, column or NULL,
    comment. `sizes`: schema, name, bytes. `referred`: schema and name of a table, and schema and
    name of another one whose foreign key leads to it. None: the warehouse does not have it.
    """

    relations: str
    columns: str
    views: str
    comments: str | None = None
    sizes: str | None = None
    referred: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comments:
    """How comments are set: each with a statement, or, for views, within CREATE VIEW (`within` and
    `column_within`). None: not at all. `view` is the statement for a view's own, where that is
    another; `inherited`: the columns of a view have the comments of what it reads."""

    relation: str | None = "COMMENT ON {kind} {relation} IS {comment}"
    column: str | None = "COMMENT ON COLUMN {relation}.{column} IS {comment}"
    view: str | None = None
    inherited: bool = False
    within: str | None = None
    column_within: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """`name` is what dbt calls the adapter, `tried` whether all of this has met a real warehouse.

    `ignores_case`: identifiers are compared without regard to the case of ASCII letters.
    `word_names`: identifiers may have letters, digits and underscores alone. `parts`: whether a
    relation is named with its database (3) or without (2). `backslash`: it escapes in constants.
    `begin`: what begins a transaction that DDL takes part in; None: there is none, and publishes
    are journalled. `replace_view` re-points a view that is there, in one step that readers see all
    or nothing of; None: CREATE OR REPLACE VIEW does so. `keeps_comments`: a view that is replaced
    keeps them. `keeps_columns`: it can get columns only behind those that it has.
    `view_options` stand before its AS. `table_options` stand behind the ledger's columns.
    `rename_view`: None where a view can only be made anew. `keys`: primary keys are enforced.
    `clone` and `fill` copy a table; `relocate` are statements that lead it to another schema and
    copy nothing; `moves_views`: views, too, with what they read.
    `missing`, `broken` and `conflict` are the classes and codes of errors that say that a relation
    does not exist, that what it reads is not what it was, and that somebody else got in first.
    `row_hashes` are two 64-bit hashes of a row. `chunk`: artifacts are kept in texts of that many
    characters, where a statement may not hold a whole one. `exclusive_methods`: values of `method`
    in a profile with which the warehouse admits one process. `on_open` is executed on each new
    connection.
    """

    name: str
    tried: bool
    spelling: Spelling
    types: Types
    catalogue: Catalogue | None
    row_hashes: tuple[str, str]
    binding: Binding
    copying: Copying
    clone: str
    missing: frozenset[str]
    fill: str | None = None
    broken: frozenset[str] = frozenset()
    conflict: frozenset[str] = frozenset()
    ignores_case: bool = False
    word_names: bool = False
    max_identifier: int | None = None
    name_units: NameUnits = NameUnits.CHARACTERS
    parts: int = 3
    quote: str = '"'
    quote_escape: str = '""'
    backslash: bool = False
    begin: str | None = None
    begin_reading: str | None = None
    current_database: str = "SELECT current_database()"
    default_schema: str | None = None
    replace_view: str | None = None
    keeps_comments: bool = False
    keeps_columns: bool = False
    views_hold: bool = False
    view_options: str = ""
    table_options: str = ""
    keys: bool = False
    rename_table: str = "ALTER TABLE {relation} RENAME TO {name}"
    rename_view: str | None = "ALTER VIEW {relation} RENAME TO {name}"
    relocate: tuple[str, ...] = ()
    moves_views: bool = False
    drop_schema: str | None = "DROP SCHEMA {schema} RESTRICT"
    comments: Comments = Comments()
    exact: str = "DECIMAL(38, 0)"
    chunk: int | None = None
    exclusive: bool = False
    exclusive_methods: frozenset[str] = frozenset()
    on_open: tuple[str, ...] = ()
    time_travel: str | None = None

    @property
    def journalled(self) -> bool:
        """Whether pointers move one by one."""
        return self.begin is None
