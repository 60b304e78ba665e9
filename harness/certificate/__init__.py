"""The typed result of a run against one engine: as a document, as a file, in parts, and against another."""

from __future__ import annotations

from harness.certificate.changes import Change
from harness.certificate.compare import Comparison, compare
from harness.certificate.document import (
    FORMAT,
    Certificate,
    Footer,
    Header,
    Item,
    ItemOutcome,
    Machine,
    Scope,
    close,
    digest,
    missing,
    schema,
)
from harness.certificate.file import CannotWrite, NotACertificate, beside, load, save
from harness.certificate.merge import SAME, Merged, NotTogether, differs, merge, tools

__all__ = [
    "FORMAT",
    "SAME",
    "CannotWrite",
    "Certificate",
    "Change",
    "Comparison",
    "Footer",
    "Header",
    "Item",
    "ItemOutcome",
    "Machine",
    "Merged",
    "NotACertificate",
    "NotTogether",
    "Scope",
    "beside",
    "close",
    "compare",
    "differs",
    "digest",
    "load",
    "merge",
    "missing",
    "save",
    "schema",
    "tools",
]
