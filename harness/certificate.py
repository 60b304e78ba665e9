"""The typed result of a run against one engine: one JSON document, from a header to a footer.

The header says what was judged, with what and where; the items are the cases that ran, each with its results;
the footer says whether the run came to its end and what the rules of `harness.rules` make of it. A file that
stops in the middle, that covers nothing, or whose footer does not follow from its items is not a certificate.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

from harness import rules
from harness.engine import Capabilities
from harness.results import OverheadResult, Result, ScenarioResult, SpecResult

FORMAT = 2


class NotACertificate(Exception):
    """The file does not say how an engine did; the message says why, in one line."""


class CannotWrite(Exception):
    """The file could not be written; nothing of it was left behind."""


class Machine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the run took place."""

    system: str
    """Name and release of the operating system."""
    architecture: str
    processor: str
    cores: int
    """Logical processors this process may use."""
    memory: int
    """Bytes."""
    python: str


class Scope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much there is to cover, whatever part of it was asked for."""

    scripts: int
    """Root files of the official suite; 0 where the suite was not found."""
    scenarios: int
    """Fixtures, kernels among them."""
    kernels: int
    """Those whose features the engine offers."""


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Known before the first case runs."""

    format: int = FORMAT
    stopwat: str
    """Version of this tool."""
    engine: str
    """As it was asked for: a name, ``module:Attribute`` or ``exec:command``."""
    name: str
    """What the engine calls itself."""
    version: str
    capabilities: Capabilities
    options: dict[str, str | int | float | bool | None]
    """Every option that shapes the measurement, defaults included."""
    machine: Machine
    suite: str
    """Commit of the official suite, or a digest of its files; empty where it was not found."""
    cases: str
    """Digest of the cases and fixtures."""
    assembler: str
    """Name and version of every assembler that was at hand, in the order of preference."""
    scope: Scope
    started: str
    """ISO 8601, UTC."""
    planned: tuple[str, ...]
    """The items that were going to run."""


ItemOutcome: TypeAlias = Literal["passed", "known", "failed", "error", "skipped"]


class Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One case on the engine: an item of pytest."""

    id: str
    outcome: ItemOutcome
    """``known``: it failed as the engine is known to; ``error``: set-up or tear-down broke, or the process
    that ran it died."""
    seconds: float
    why: str = ""
    """One line, unless it passed."""
    results: tuple[Result, ...] = ()


class Footer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Known when the run is over; only there if the run could say so."""

    ended: str
    """ISO 8601, UTC."""
    cut_short: str = ""
    """Why the run did not come to its end; empty if it did."""
    complete: bool
    """It came to its end and every planned item ran."""
    counts: dict[ItemOutcome, int]
    checks: tuple[rules.Check, ...]
    certified: bool


class Certificate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A run."""

    header: Header
    items: tuple[Item, ...]
    footer: Footer

    @property
    def scripts(self) -> list[SpecResult]:
        """Results of the official suite."""
        return [result for result in self._results() if isinstance(result, SpecResult)]

    @property
    def scenarios(self) -> list[ScenarioResult]:
        """Results of the scenarios."""
        return [result for result in self._results() if isinstance(result, ScenarioResult)]

    @property
    def overheads(self) -> list[OverheadResult]:
        """Results of the kernels."""
        return [result for result in self._results() if isinstance(result, OverheadResult)]

    @property
    def as_known(self) -> bool:
        """Whether nothing but known failures keeps the engine from being certified."""
        broken = {check.rule for check in self.footer.checks if not check.passed}
        return "known" in self.footer.counts and bool(broken) and broken <= rules.FINDINGS

    def _results(self) -> list[Result]:
        return [result for item in self.items for result in item.results]


def close(header: Header, items: tuple[Item, ...], *, ended: str, cut_short: str = "") -> Certificate:
    """Put the footer under a run; `cut_short` says why it did not come to its end, if it did not."""
    counts = Counter(item.outcome for item in items)
    unended = Certificate(
        header=header,
        items=items,
        footer=Footer(
            ended=ended,
            cut_short=cut_short,
            complete=not cut_short and {item.id for item in items} >= set(header.planned),
            counts={outcome: counts[outcome] for outcome in sorted(counts)},
            checks=(),
            certified=False,
        ),
    )
    checks = rules.apply(unended)
    footer = msgspec.structs.replace(
        unended.footer, checks=checks, certified=all(check.passed for check in checks)
    )
    return msgspec.structs.replace(unended, footer=footer)


def save(certificate: Certificate, path: Path) -> None:
    """Write the file whole or not at all; raises `CannotWrite`."""
    data = msgspec.json.format(msgspec.json.encode(certificate, order="deterministic"), indent=1) + b"\n"
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)  # a pipe or a device, which must not be replaced
        else:
            _replace(path, data)
    except OSError as error:
        raise CannotWrite(f"cannot write {path}: {error.strerror}") from error


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(0o644)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def beside(path: Path, engine: str) -> Path:
    """Where the certificate of one engine goes when several share a name: ``certificate-interp.json``."""
    return path.with_stem(f"{path.stem}-{re.sub(r'[^A-Za-z0-9.]+', '-', engine).strip('-')}")


def load(path: Path, *, partial: bool = False) -> Certificate:
    """Read a certificate; raises `NotACertificate`.

    `partial` lets through a run that was cut short but ended by itself, such as by Ctrl-C.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NotACertificate(f"{path}: {error.strerror}") from error
    try:
        certificate = msgspec.json.decode(data, type=Certificate)
    except msgspec.ValidationError as error:
        raise NotACertificate(f"{path}: not a certificate: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotACertificate(f"{path}: cut off, or no JSON: {error}") from error
    if certificate.header.format != FORMAT:
        raise NotACertificate(f"{path}: format {certificate.header.format}, this version reads {FORMAT}")
    footer = certificate.footer
    derived = close(certificate.header, certificate.items, ended=footer.ended, cut_short=footer.cut_short)
    if derived != certificate:
        raise NotACertificate(f"{path}: its footer does not follow from its items")
    if not any(item.results for item in certificate.items):
        raise NotACertificate(f"{path}: covers nothing")
    if not footer.complete and not partial:
        ran, planned = len(certificate.items), len(certificate.header.planned)
        why = footer.cut_short or "items are missing"
        raise NotACertificate(f"{path}: cut short ({why}): {ran} of {planned} items ran")
    return certificate


def schema() -> dict[str, Any]:
    """JSON Schema of a certificate."""
    return msgspec.json.schema(Certificate)
