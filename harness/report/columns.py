"""Certificates beside each other: an engine, or a run of one, is a column."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from harness.report.text import line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.certificate import Certificate

_LONGEST = 40
"""Characters of a name."""


class Column(NamedTuple):
    """One certificate, under a name that no other one has."""

    number: int
    """From 1, in the order in which they were given."""
    name: str
    version: str
    certificate: Certificate

    @property
    def title(self) -> str:
        """Name and version."""
        return f"{self.name} {self.version}".strip()

    @property
    def key(self) -> str:
        """The column in links and in classes of CSS."""
        return f"c{self.number}"


def columns(certificates: Iterable[Certificate]) -> tuple[Column, ...]:
    """Name them as the engines name themselves; several of one name are numbered."""
    found = list(certificates)
    names = [line(certificate.header.name, _LONGEST) for certificate in found]
    several = {name for name, times in Counter(names).items() if times > 1}
    seen: Counter[str] = Counter()
    made = []
    for number, (name, certificate) in enumerate(zip(names, found, strict=True), 1):
        seen[name] += 1
        unique = f"{name} #{seen[name]}" if name in several else name
        made.append(Column(number, unique, line(certificate.header.version, _LONGEST), certificate))
    return tuple(made)
