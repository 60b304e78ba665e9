"""Certificates as files: whole, or not one."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from harness import files
from harness.certificate.document import FORMAT, Certificate, close, inconsistency

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class NotACertificate(Exception):
    """The file does not say how an engine did; the message says why, in one line."""


class CannotWrite(Exception):
    """The file could not be written; nothing of it was left behind."""


class _HeaderOfAny(msgspec.Struct):
    format: int


class _Any(msgspec.Struct):
    """A certificate of any format."""

    header: _HeaderOfAny


def save(certificate: Certificate, path: Path) -> None:
    """Write the file whole or not at all; raises `CannotWrite`."""
    data = msgspec.json.format(msgspec.json.encode(certificate, order="deterministic"), indent=1) + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write(path, data)
    except OSError as error:
        raise CannotWrite(f"cannot write {path}: {error.strerror}") from error


def beside(path: Path, engines: Iterable[str]) -> dict[str, Path]:
    """Where what is of each engine goes when several share a name: ``certificate-interp.json``.

    What characters leave alike, also where case is no difference, is told apart by digests.
    """
    stems = {engine: re.sub(r"[^A-Za-z0-9.]+", "-", engine).strip("-") for engine in engines}
    times = Counter(stem.lower() for stem in stems.values())
    for engine, stem in stems.items():
        if times[stem.lower()] > 1:
            stems[engine] = (
                f"{stem}-{hashlib.sha256(engine.encode(errors='surrogateescape')).hexdigest()[:8]}"
            )
    return {engine: path.with_stem(f"{path.stem}-{stem}") for engine, stem in stems.items()}


def load(path: Path, *, partial: bool = False) -> Certificate:
    """Read a certificate; raises `NotACertificate`.

    `partial` lets through a run that was cut short but ended by itself, such as by Ctrl-C.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NotACertificate(f"{path}: {error.strerror}") from error
    try:
        known = msgspec.json.decode(data, type=_Any).header.format
        if known != FORMAT:
            raise NotACertificate(f"{path}: format {known}, this version reads {FORMAT}")
        certificate = msgspec.json.decode(data, type=Certificate)
    except msgspec.ValidationError as error:
        raise NotACertificate(f"{path}: not a certificate: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotACertificate(f"{path}: cut off, or no JSON: {error}") from error
    fault = inconsistency(certificate)
    if fault:
        raise NotACertificate(f"{path}: {fault}")
    footer = certificate.footer
    derived = close(certificate.header, certificate.items, ended=footer.ended, cut_short=footer.cut_short)
    if derived != certificate:
        raise NotACertificate(f"{path}: its footer does not follow from its items")
    if not any(item.results for item in certificate.items):
        raise NotACertificate(f"{path}: covers nothing")
    if not footer.complete and not partial:
        ran, planned = len(certificate.items), len(certificate.header.planned)
        why = footer.cut_short or next(check.first for check in footer.checks if not check.passed)
        raise NotACertificate(f"{path}: cut short ({why}): {ran} of {planned} items ran")
    return certificate
