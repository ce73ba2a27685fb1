"""Splits T-SQL as people write it into tokens that, put together, are the text again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto


class TokenKind(Enum):
    SPACE = auto()
    WORD = auto()
    NAME = auto()
    STRING = auto()
    MARK = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `text` is as it stands in the source, with quotes. Comments are SPACE."""

    kind: TokenKind
    text: str
    start: int
    end: int

    @property
    def is_identifier(self) -> bool:
        return self.kind in (TokenKind.WORD, TokenKind.NAME)

    @property
    def name(self) -> str:
        """The identifier itself, without quotes."""
        if self.text.startswith("["):
            return self.text[1:-1].replace("]]", "]")
        if self.text.startswith('"'):
            return self.text[1:-1].replace('""', '"')
        return self.text


_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\r\n]*)
      | (?P<comment>/\*)
      | (?P<name>\[(?:[^\]]|\]\])*\]|"(?:[^"]|"")*")
      | (?P<string>[Nn]?'(?:[^']|'')*')
      | (?P<word>[^\W\d][\w@\#$]*|[@\#][\w@\#$]*)
      | (?P<number>\d[\w.]*)
      | (?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")


def tokens_of(text: str) -> Iterator[Token]:
    """The tokens of `text` in order, those between words included."""
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:  # every character is some token's
            raise AssertionError(text[at])
        end = _comment_end(text, at) if match.lastgroup == "comment" else match.end()
        yield Token(_KINDS[match.lastgroup or "mark"], text[at:end], at, end)
        at = end


_KINDS = {
    "space": TokenKind.SPACE,
    "comment": TokenKind.SPACE,
    "name": TokenKind.NAME,
    "string": TokenKind.STRING,
    "word": TokenKind.WORD,
    "number": TokenKind.STRING,
    "mark": TokenKind.MARK,
}


def chains(tokens: Sequence[Token]) -> Iterator[tuple[Token, ...]]:
    """The identifiers that dots hold together, for each such run; `tokens` without space."""
    chain: list[Token] = []
    after_dot = False
    for token in tokens:
        if token.text == "." and token.kind is TokenKind.MARK:
            after_dot = bool(chain)
        elif token.is_identifier and after_dot:
            chain.append(token)
            after_dot = False
        else:
            if chain:
                yield tuple(chain)
            chain = [token] if token.is_identifier else []
            after_dot = False
    if chain:
        yield tuple(chain)


def _comment_end(text: str, start: int) -> int:
    """Where the comment ends that begins at `start`: T-SQL's may hold others."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, start):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)
