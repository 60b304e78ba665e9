"""The cases that are written out as functions, found without running any of them."""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING, NamedTuple

from harness.scenarios.play import Title

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PREFIX = "test_"
_FIXTURE = "case"
"""What a function takes that is such a case."""


class Written(NamedTuple):
    """A case in a file of Python."""

    title: Title
    path: Path
    line: int
    doc: str
    """Its docstring: what must be shown."""
    source: str


def titled(path: Path, function: str, doc: str) -> Title:
    """What a case is called: by its function, its file, and the first line of its docstring."""
    return Title(
        id=function.removeprefix(_PREFIX).replace("_", "-"),
        group=path.stem.removeprefix(_PREFIX),
        fixture=f"cases/{path.name}",
        about=doc.partition("\n")[0],
    )


def written(directory: Path) -> Iterator[Written]:
    """The cases of a directory, in the order of its files."""
    for path in sorted(directory.glob(f"{_PREFIX}*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith(_PREFIX) and _takes_case(node):
                doc = inspect.cleandoc(ast.get_docstring(node) or "")
                source = ast.get_source_segment(text, node) or ""
                yield Written(titled(path, node.name, doc), path, node.lineno, doc, source)


def _takes_case(node: ast.FunctionDef) -> bool:
    return _FIXTURE in [argument.arg for argument in node.args.args]
