"""Splits SQL text that a database has written itself into tokens.

Catalogues give back normalised text: no comments, no dollar quoting. Nothing else is
understood, and nothing is guessed: what does not fit the caller's expectation is the caller's "no".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto


class TokenKind(Enum):
    WORD = auto()
    NAME = auto()
    STRING = auto()
    MARK = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One token: a quoted name's `text` is the name itself; `start` and `end` cut the source."""

    kind: TokenKind
    text: str
    start: int
    end: int

    def is_word(self, word: str) -> bool:
        return self.kind is TokenKind.WORD and self.text == word

    def is_mark(self, mark: str) -> bool:
        return self.kind is TokenKind.MARK and self.text == mark

    @property
    def is_identifier(self) -> bool:
        return self.kind in (TokenKind.WORD, TokenKind.NAME)


_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | "(?P<name>(?:[^"]|"")*)"
      | (?P<string>'(?:[^']|'')*')
      | (?P<word>\w+)
      | (?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)


def tokens_of(text: str) -> tuple[Token, ...]:
    """The tokens of `text` in order, white space left out."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        match match.lastgroup:
            case "space":
                continue
            case "name":
                found.append(Token(TokenKind.NAME, match["name"].replace('""', '"'), start, end))
            case "string":
                found.append(Token(TokenKind.STRING, match["string"], start, end))
            case "word":
                found.append(Token(TokenKind.WORD, match["word"], start, end))
            case _:
                found.append(Token(TokenKind.MARK, match[0], start, end))
    return tuple(found)


@dataclass(slots=True)
class TokenReader:
    """Reads tokens from left to right; every `take` answers whether it could."""

    tokens: tuple[Token, ...]
    position: int = 0

    def take_words(self, *words: str) -> bool:
        """Steps over these keywords, unquoted and in capitals, or stays."""
        ahead = self.tokens[self.position : self.position + len(words)]
        if len(ahead) < len(words) or not all(
            token.is_word(word) for token, word in zip(ahead, words, strict=True)
        ):
            return False
        self.position += len(words)
        return True

    def take_mark(self, mark: str) -> bool:
        """Steps over one punctuation character, or stays."""
        if self.at_end or not self.tokens[self.position].is_mark(mark):
            return False
        self.position += 1
        return True

    def take_qualified_name(self) -> tuple[str, ...] | None:
        """Steps over `a`, `a.b` or `a.b.c` and returns its parts; None where there is no name."""
        parts: list[str] = []
        while not self.at_end and self.tokens[self.position].is_identifier:
            parts.append(self.tokens[self.position].text)
            self.position += 1
            if not self.take_mark("."):
                return tuple(parts)
        return None

    @property
    def at_end(self) -> bool:
        return self.position >= len(self.tokens)


def chains(tokens: Sequence[Token]) -> Iterator[tuple[Token, ...]]:
    """The identifiers that dots hold together, for each such run of two or more."""
    chain: list[Token] = []
    after_dot = False
    for token in tokens:
        if token.is_mark("."):
            after_dot = bool(chain)
        elif token.is_identifier and after_dot:
            chain.append(token)
            after_dot = False
        else:
            if len(chain) > 1:
                yield tuple(chain)
            chain = [token] if token.is_identifier else []
            after_dot = False
    if len(chain) > 1:
        yield tuple(chain)
