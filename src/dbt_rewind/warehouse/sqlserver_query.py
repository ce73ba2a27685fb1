"""Lets only such text through as can do nothing but read.

T-SQL needs no mark between statements, so that a text could read and then write. Two things stand
against that: the text may have no word in it that begins another statement, and whatever it does
happens in a transaction that is undone.
"""

from __future__ import annotations

from typing import Final

from dbt_rewind.warehouse.sqlserver_tokens import TokenKind, tokens_of

_BEGIN: Final = ("SELECT", "WITH")
_FORBIDDEN: Final = frozenset(
    """ALTER BACKUP BEGIN BREAK BULK CHECKPOINT CLOSE COMMIT CONTINUE CREATE DBCC DEALLOCATE DECLARE
    DELETE DENY DISABLE DROP DUMP ENABLE EXEC EXECUTE GOTO GRANT IF INSERT INTO KILL LOAD
    MERGE OPENDATASOURCE OPENQUERY OPENROWSET PRINT RAISERROR READTEXT RECONFIGURE RENAME RESTORE
    RETURN REVERT REVOKE ROLLBACK SAVE SEND SET SETUSER SHUTDOWN THROW TRUNCATE UPDATE UPDATETEXT
    USE WAITFOR WHILE WRITETEXT""".split()  # noqa: SIM905
)
_NEXT_VALUE: Final = ("NEXT", "VALUE", "FOR")


def is_one_query(text: str) -> bool:
    """Whether the text is a SELECT, perhaps with WITH before it, and nothing else."""
    tokens = [token for token in tokens_of(text) if token.kind is not TokenKind.SPACE]
    while tokens and tokens[-1].text == ";":
        tokens.pop()
    words = [token.text.upper() if token.kind is TokenKind.WORD else "" for token in tokens]
    if not words or words[0] not in _BEGIN or any(token.text == ";" for token in tokens):
        return False
    numbered = any(tuple(words[at : at + 3]) == _NEXT_VALUE for at in range(len(words)))
    return not numbered and _FORBIDDEN.isdisjoint(words)
