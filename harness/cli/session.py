"""A session of pytest inside a command: its own output put aside, a bar instead of it."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from harness import provenance
from harness.cli.problem import Problem
from harness.cli.progress import Watcher
from harness.plugin import signals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.certificate import Certificate

_SETTINGS = (
    "--import-mode=importlib",
    # captured at the level of file descriptors, the bar would be captured too
    "--capture=sys",
    "--timeout=600",
    "-o",
    "strict=true",
    "-p",
    "harness.plugin",
    "-p",
    "pytest_timeout",
    "-p",
    "no:cacheprovider",
)


class Session(NamedTuple):
    """What came of it."""

    interrupted: bool
    """Whether a signal cut it short."""
    certificates: dict[str, Certificate]
    faults: tuple[str, ...]
    """What broke in the session itself, or could not be written, a line each."""


def run(cases: Sequence[str], arguments: Sequence[str], *, jobs: int = 1) -> Session:
    """Run cases, named by their place below the installed cases, in this process; raises `Problem`.

    Neither the configuration nor the plugins of the project in whose directory the person happens to be have
    a say.
    """
    root = provenance.cases()
    places = [str(root / case) for case in cases]
    parallel = ["-p", "xdist.plugin", "-n", str(jobs)] if jobs > 1 else []
    watcher = Watcher()
    aside = io.StringIO()
    settings = [
        *_SETTINGS,
        f"--config-file={os.devnull}",
        f"--rootdir={root.parent}",
        f"--confcutdir={root}",
    ]
    faults = []
    with _environment(), watcher, contextlib.redirect_stdout(aside), contextlib.redirect_stderr(aside):
        try:
            with signals.interrupting():  # also while cases are looked for
                status = pytest.main([*settings, *parallel, *arguments, *places], [watcher])
        except OSError as error:  # what pytest writes at the very end, JUnit's XML, has no place to go
            status = pytest.ExitCode.INTERNAL_ERROR
            faults.append(f"pytest could not write: {error.strerror}")
        except KeyboardInterrupt:  # while pytest ends, or before it has begun
            if not watcher.certificates:
                raise
            status = pytest.ExitCode.INTERRUPTED
            faults.append("interrupted while ending: what pytest writes last, JUnit's XML, may be missing")
    if os.environ.get("STOPWAT_DEBUG"):
        sys.stderr.write(aside.getvalue())
    if not watcher.certificates:
        if status == pytest.ExitCode.INTERRUPTED and not watcher.broken:
            raise KeyboardInterrupt
        raise Problem(watcher.faults[0] if watcher.faults else _reason(aside.getvalue()))
    faults += watcher.faults
    if status == pytest.ExitCode.INTERNAL_ERROR and not faults:
        faults.append(_reason(aside.getvalue()))
    return Session(status == pytest.ExitCode.INTERRUPTED, watcher.certificates, tuple(faults))


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    before = {name: os.environ.pop(name, None) for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")}
    before["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _reason(output: str) -> str:
    """The line in which pytest says why it ran nothing."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for mark in ("ERROR: ", "E   ", "INTERNALERROR> "):
        told = [line.removeprefix(mark) for line in lines if line.startswith(mark)]
        if told:
            return told[0] if mark == "ERROR: " else told[-1]
    return f"no case ran: {lines[-1] if lines else 'pytest said nothing'}"
