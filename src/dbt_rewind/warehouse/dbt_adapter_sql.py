# ruff: noqa: S608 - names are quoted and values bound
"""SQL text in any dialect: pure functions, so that every statement is tested without a warehouse.

`VALUE` stands in a text for one value. `rendered` puts there what the driver takes: a mark and a
binding, or a constant written by the dialect's rules. No identifier has this character, because no
warehouse admits it in one.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence

from dbt_rewind.model import RelationKind, RelationName
from dbt_rewind.warehouse.dbt_adapter_channel import Value
from dbt_rewind.warehouse.dbt_adapter_dialect import Binding, Dialect, Spelling

VALUE = "\0"

_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_ESCAPES = str.maketrans(
    {
        "\\": "\\\\",
        "'": "\\'",
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        # Spark replaces ${...} wherever it stands, also in a constant.
        "$": "\\u0024",
    }
)


def rendered(
    dialect: Dialect, text: str, values: Sequence[Value]
) -> tuple[str, Sequence[Value] | None]:
    """The text as the driver takes it, and what is bound; None: nothing is."""
    parts = text.split(VALUE)
    if len(parts) != len(values) + 1:
        raise ValueError("as many values as marks")
    if not values:
        return text, None
    match dialect.binding:
        case Binding.QMARK:
            return "?".join(parts), values
        case Binding.FORMAT:
            return "%s".join(part.replace("%", "%%") for part in parts), values
        case Binding.WRITTEN:
            written = [constant(dialect, value) for value in values]
            pairs = zip(parts, [*written, ""], strict=True)
            return "".join(text for pair in pairs for text in pair), None


def constant(dialect: Dialect, value: Value) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case bytes():
            return f"X'{value.hex()}'"
        case str():
            return literal(dialect, value)


def literal(dialect: Dialect, text: str) -> str:
    """A string constant, where a value cannot be bound."""
    if dialect.backslash:
        return f"'{text.translate(_ESCAPES)}'"
    return "'" + text.replace("'", "''") + "'"


def spelled(dialect: Dialect, identifier: str) -> str:
    """The identifier as the catalogue keeps it."""
    match dialect.spelling:
        case Spelling.AS_IS:
            return identifier
        case Spelling.LOWER:
            return identifier.lower()
        case Spelling.UPPER:
            return identifier.upper()


def folded(dialect: Dialect, identifier: str) -> str:
    """Equal for two spellings of what the warehouse takes for one identifier."""
    found = spelled(dialect, identifier)
    return found.translate(_FOLD) if dialect.ignores_case else found


def folded_name(dialect: Dialect, name: RelationName) -> RelationName:
    return RelationName(
        folded(dialect, name.database), folded(dialect, name.schema), folded(dialect, name.name)
    )


def quoted(dialect: Dialect, identifier: str) -> str:
    found = spelled(dialect, identifier)
    return dialect.quote + found.replace(dialect.quote, dialect.quote_escape) + dialect.quote


def qualified(dialect: Dialect, name: RelationName) -> str:
    parts = (name.database, name.schema, name.name)[3 - dialect.parts :]
    return ".".join(quoted(dialect, part) for part in parts)


def qualified_schema(dialect: Dialect, database: str, schema: str) -> str:
    parts = (database, schema)[3 - dialect.parts :]
    return ".".join(quoted(dialect, part) for part in parts)


def columns_text(dialect: Dialect, columns: Sequence[str]) -> str:
    return ", ".join(quoted(dialect, column) for column in columns)


def create_schema(dialect: Dialect, database: str, schema: str) -> str:
    return f"CREATE SCHEMA IF NOT EXISTS {qualified_schema(dialect, database, schema)}"


def drop_schema(dialect: Dialect, database: str, schema: str) -> str | None:
    """None where the warehouse would drop what is in it, too."""
    if dialect.drop_schema is None:
        return None
    return dialect.drop_schema.format(schema=qualified_schema(dialect, database, schema))


def create_pointer(
    dialect: Dialect,
    pointer: RelationName,
    target: RelationName,
    columns: Sequence[str] = (),
    comment: str | None = None,
    column_comments: Mapping[str, str] | None = None,
) -> str:
    """A pointer's view, with comments where the dialect has them within the statement; `columns`
    are all of the target's, and needed for comments on them."""
    source = f"SELECT * FROM {qualified(dialect, target)}"
    return _view(dialect, pointer, source, columns, comment, column_comments or {}, "OR REPLACE ")


def replace_pointer(dialect: Dialect, pointer: RelationName, target: RelationName) -> str | None:
    """Re-points a pointer that is there; None where `create_pointer` does that, too."""
    if dialect.replace_view is None:
        return None
    return dialect.replace_view.format(
        view=qualified(dialect, pointer), target=qualified(dialect, target)
    )


def create_view(
    dialect: Dialect,
    name: RelationName,
    query: str,
    columns: Sequence[str] = (),
    comment: str | None = None,
    column_comments: Mapping[str, str] | None = None,
) -> str:
    """A view under a name that is free."""
    return _view(dialect, name, query, columns, comment, column_comments or {}, "")


def _view(
    dialect: Dialect,
    name: RelationName,
    query: str,
    columns: Sequence[str],
    comment: str | None,
    column_comments: Mapping[str, str],
    replacing: str,
) -> str:
    listed = _commented_columns(dialect, columns, column_comments)
    options = [dialect.view_options] if dialect.view_options and replacing else []
    within = dialect.comments.within
    if within is not None and comment is not None:
        options.append(within.format(comment=literal(dialect, comment)))
    before = f"CREATE {replacing}VIEW {qualified(dialect, name)}"
    return " ".join([before, *([listed] if listed else []), *options, f"AS {query}"])


def _commented_columns(
    dialect: Dialect, columns: Sequence[str], comments: Mapping[str, str]
) -> str:
    within = dialect.comments.column_within
    if within is None or not comments:
        return ""
    parts = []
    for column in columns:
        comment = comments.get(column)
        words = f" {within.format(comment=literal(dialect, comment))}" if comment else ""
        parts.append(quoted(dialect, column) + words)
    return f"({', '.join(parts)})"


def comment_on(dialect: Dialect, name: RelationName, kind: RelationKind, comment: str) -> str:
    """Only where the dialect has a statement for it."""
    of_view = dialect.comments.view if kind is RelationKind.VIEW else None
    return (of_view or dialect.comments.relation or "").format(
        kind=kind.value.upper(),
        relation=qualified(dialect, name),
        comment=literal(dialect, comment),
    )


def comment_on_column(dialect: Dialect, name: RelationName, column: str, comment: str) -> str:
    """Only where the dialect has a statement for it."""
    return (dialect.comments.column or "").format(
        relation=qualified(dialect, name),
        column=quoted(dialect, column),
        comment=literal(dialect, comment),
    )


def drop_relation(dialect: Dialect, name: RelationName, kind: RelationKind) -> str:
    return f"DROP {kind.value.upper()} {qualified(dialect, name)}"


def rename(dialect: Dialect, source: RelationName, target: RelationName, kind: RelationKind) -> str:
    """Gives a relation another name in its schema."""
    template = dialect.rename_view if kind is RelationKind.VIEW else dialect.rename_table
    return (template or dialect.rename_table).format(
        relation=qualified(dialect, source),
        name=quoted(dialect, target.name),
        target=qualified(dialect, target),
    )


def relocate(
    dialect: Dialect, source: RelationName, target: RelationName, kind: RelationKind
) -> tuple[str, ...]:
    """The statements that lead a relation to another schema without a copy."""
    between = RelationName(target.database, target.schema, source.name)
    needed = [each for each in dialect.relocate if "{name}" not in each or between != target]
    return tuple(
        each.format(
            kind=kind.value.upper(),
            source=qualified(dialect, source),
            between=qualified(dialect, between),
            schema=quoted(dialect, target.schema),
            name=quoted(dialect, target.name),
            target=qualified(dialect, target),
        )
        for each in needed
    )


def copy_table(
    dialect: Dialect,
    source: RelationName,
    target: RelationName,
    columns: Sequence[str],
    like: str = "",
) -> tuple[str, ...]:
    """The statements that make a copy under a name that is free; `like` is how the source is kept,
    where the copy must be told."""
    parts = {
        "like": like,
        "source": qualified(dialect, source),
        "target": qualified(dialect, target),
        "columns": columns_text(dialect, columns),
    }
    statements = [dialect.clone, *([dialect.fill] if dialect.fill else [])]
    return tuple(each.format(**parts) for each in statements)


def count_rows(dialect: Dialect, name: RelationName) -> str:
    return f"SELECT count(*) FROM {qualified(dialect, name)}"


def fingerprint_rows(
    dialect: Dialect, name: RelationName, columns: Sequence[str], totals: Sequence[str] = ()
) -> str:
    """One row: the count, the sums of both hashes of all rows, how often each column is not NULL,
    and the sums of `totals`. Sums do not depend on the order of rows, and equal rows add up."""
    text, exact = dialect.types.text, dialect.exact
    names = [quoted(dialect, column) for column in columns]
    known = {
        "columns": ", ".join(names),
        "flagged": ", ".join(f"{each}, {each} IS NULL" for each in names),
        "text": " || ".join(
            f"coalesce(length(CAST({each} AS {text})) || ':' || CAST({each} AS {text}), '-')"
            for each in names
        ),
    }
    hashes = [each.format(**known) for each in dialect.row_hashes]
    figures = [f"CAST(sum(CAST({each} AS {exact})) AS {text})" for each in hashes]
    figures += [f"count({each})" for each in names]
    figures += [f"CAST(sum({quoted(dialect, column)}) AS {text})" for column in totals]
    return f"SELECT count(*), {', '.join(figures)} FROM {qualified(dialect, name)}"


def count_duplicates(dialect: Dialect, name: RelationName, key: Sequence[str]) -> str:
    """One row: how many values of the key stand in more than one row."""
    names = columns_text(dialect, key)
    filled = " AND ".join(f"{quoted(dialect, column)} IS NOT NULL" for column in key)
    return (
        f"SELECT count(*) FROM (SELECT {names} FROM {qualified(dialect, name)} WHERE {filled}"
        f" GROUP BY {names} HAVING count(*) > 1) AS d"
    )


def first_rows(sql: str, limit: int) -> str:
    """A user's query as part of ours: nothing but a query can stand there."""
    return f"SELECT * FROM (\n{sql}\n) AS answer LIMIT {limit}"
