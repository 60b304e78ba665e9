"""Expressions over names, as pytest's ``-k`` has them: ``loop and not (table or cast)``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_TOKEN = re.compile(r"\s*([()]|[\w:+\-.\[\]/]+|$)")

Matcher: TypeAlias = "Callable[[Iterable[str]], bool]"
"""Whether an expression holds for something of these names."""


class BadExpression(ValueError):
    """The expression makes no sense; the message is one line."""


def parse(text: str) -> Matcher:
    """Read an expression: a word holds if a name contains it, in whatever case. Raises `BadExpression`."""
    tokens, position = [], 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise BadExpression(f"{text!r}: unexpected {text[position:].strip()[0]!r}")
        tokens.append(found[1])
        position = found.end()
    reader = _Reader(text, [*filter(None, tokens), ""])
    matcher = reader.either()
    reader.expect("")
    return matcher


class _Reader:
    """Goes through the tokens; the empty one is the end."""

    def __init__(self, text: str, tokens: list[str]) -> None:
        self._text = text
        self._tokens = tokens

    def take(self, token: str) -> bool:
        if self._tokens[0] == token:
            del self._tokens[0]
            return True
        return False

    def expect(self, token: str) -> None:
        if not self.take(token):
            wanted = repr(token) if token else "'and' or 'or'"
            got = repr(self._tokens[0]) if self._tokens[0] else "its end"
            raise BadExpression(f"{self._text!r}: expected {wanted}, got {got}")

    def either(self) -> Matcher:
        options = [self.both()]
        while self.take("or"):
            options.append(self.both())
        return lambda names: any(option(names) for option in options)

    def both(self) -> Matcher:
        parts = [self.one()]
        while self.take("and"):
            parts.append(self.one())
        return lambda names: all(part(names) for part in parts)

    def one(self) -> Matcher:
        if self.take("not"):
            negated = self.one()
            return lambda names: not negated(names)
        if self.take("("):
            inner = self.either()
            self.expect(")")
            return inner
        word = self._tokens[0]
        if word in ("", ")", "and", "or"):
            raise BadExpression(f"{self._text!r}: expected a name, got {word or 'its end'!r}")
        del self._tokens[0]
        return lambda names: any(word.lower() in name.lower() for name in names)
