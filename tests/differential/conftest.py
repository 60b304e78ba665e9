"""Panels of engines around a module in text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from harness.assembler import assemble
from harness.differential.panel import Panel
from harness.differential.subject import Subject, subject
from harness.standard import binary, features

if TYPE_CHECKING:
    from collections.abc import Iterator

BENT = Path(__file__).with_name("bent.py")
TIMEOUT = 20_000_000_000


class Around(Protocol):
    def __call__(
        self, text: str, *bent: str, honest: tuple[str, ...] = ..., timeout: int = ..., nans: bool = ...
    ) -> Panel: ...


@pytest.fixture
def around() -> Iterator[Around]:
    """A panel of honest engines and of those in ``bent.py``; with `nans` they stay as they are."""
    made: list[Panel] = []

    def around(
        text: str,
        *bent: str,
        honest: tuple[str, ...] = ("interp", "compiler"),
        timeout: int = TIMEOUT,
        nans: bool = False,
    ) -> Panel:
        data = assemble(text, file="test", first="in-process").binary
        what = Subject([("", binary.read(data, features.ALL))]) if nans else subject([("", data)])
        made.append(Panel([*honest, *(f"{BENT}:{name}" for name in bent)], what, timeout))
        return made[-1]

    yield around
    for panel in made:
        panel.close()
