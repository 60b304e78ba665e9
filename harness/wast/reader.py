"""The text of a script -> its s-expressions (reference interpreter, "Scripts").

An atom is a `str`, a string its `bytes`, a list a `Form`. The fields of a module in text format are not
looked into: they are skipped by matching parentheses and kept as text, which is what makes reading fast.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(
    r"""[ \t\r\n]* (?:
      (?P<open> \( (?![;@]) )
    | (?P<close> \) )
    | (?P<atom> [^ \t\r\n()";]+ )
    | " (?P<string> (?: [^"\\] | \\. )* ) "
    | (?P<line_comment> ;; [^\n]* )
    | (?P<comment> \(; )
    | (?P<annotation> \(@ )
    | (?P<end> \Z )
    )""",
    re.VERBOSE | re.DOTALL,
)
_NESTING = re.compile(r'"(?:[^"\\]|\\.)*" | ;;[^\n]* | \(; | [()]', re.VERBOSE | re.DOTALL)
_COMMENT = re.compile(r"\(;|;\)")
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F_]+)\}|([0-9a-fA-F]{2})|(.))", re.DOTALL)
_SIMPLE_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", '"': '"', "'": "'", "\\": "\\"}


class Form(NamedTuple):
    """A list."""

    line: int
    """Where it opens, counted from 1."""
    items: list[Item]
    """For a module in text format what stands before its fields: ``module``, ``definition``, ``$name``."""
    fields: str | None = None
    """For a module in text format the rest, as it stands in the script, without the last parenthesis."""
    fields_line: int = 0
    """Where `fields` begins."""

    @property
    def head(self) -> str:
        """The keyword it starts with, or nothing."""
        first = self.items[0] if self.items else None
        return first if isinstance(first, str) else ""


Item: TypeAlias = "str | bytes | Form"


class ScriptError(Exception):
    """The script cannot be read."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


def read(text: str) -> Iterator[Form]:
    """The forms at the top of a script, one after the other. Raises `ScriptError`."""
    newlines = [match.start() for match in re.finditer("\n", text)]

    def line(position: int) -> int:
        return bisect_left(newlines, position) + 1

    token = _TOKEN.match
    opened: list[tuple[int, list[Item]]] = []
    """For each open list where it opens and the items of the list around it."""
    items: list[Item] = []
    fields: str | None = None
    fields_line = position = 0
    while True:
        match = token(text, position)
        if match is None:
            raise ScriptError(line(position), f"cannot be read: {text[position : position + 40].split()[0]}")
        kind, before, position = match.lastgroup, position, match.end()
        if kind == "atom":
            items.append(match["atom"])
        elif kind == "string":
            items.append(unescape(match["string"]))
        elif kind == "open" and items and items[0] == "module":
            position = _closing(text, before)
            fields, fields_line = text[before:position], line(before)
        elif kind == "open":
            opened.append((position - 1, items))
            items = []
        elif kind == "close":
            if not opened:
                raise ScriptError(line(position - 1), "a parenthesis too many")
            start, around = opened.pop()
            form = Form(line(start), items, fields, fields_line)
            items, fields, fields_line = around, None, 0
            if opened:
                items.append(form)
            else:
                yield form
        elif kind == "comment":
            position = _after_comment(text, position)
        elif kind == "annotation":
            position = _closing(text, position) + 1
        elif kind == "end":
            if opened:
                raise ScriptError(line(opened[-1][0]), "this parenthesis is not closed")
            return


def unescape(string: str) -> bytes:
    """The bytes of a string, whose text this is without the quotes."""
    if "\\" not in string:
        return string.encode()
    parts = _ESCAPE.split(string)
    made = [parts[0].encode()]
    for code_point, byte, simple, after in zip(*(parts[n::4] for n in range(1, 5)), strict=True):
        if byte is not None:
            made.append(bytes.fromhex(byte))
        else:
            made.append((chr(int(code_point, 16)) if code_point else _SIMPLE_ESCAPES[simple]).encode())
        made.append(after.encode())
    return b"".join(made)


def _closing(text: str, position: int) -> int:
    """Where the list closes in which `position` stands; the end of the text if it does not."""
    depth = 1
    while match := _NESTING.search(text, position):
        position = match.end()
        found = match[0]
        if found == "(":
            depth += 1
        elif found == ")":
            depth -= 1
            if depth == 0:
                return position - 1
        elif found == "(;":
            position = _after_comment(text, position)
    return len(text)


def _after_comment(text: str, position: int) -> int:
    """The end of the comment in which `position` stands; comments nest."""
    depth = 1
    while depth and (match := _COMMENT.search(text, position)):
        position = match.end()
        depth += 1 if match[0] == "(;" else -1
    return position if depth == 0 else len(text)
