"""Known failures: what an engine is known to get wrong, in a file beside its adapter, ``expectations.toml``.

    [[scenario]]
    ids = ["call-tree", "call-tree-ref"]
    on = "hung"
    reason = "It looks at its context at the heads of loops only."
    link = "https://github.com/wazero/wazero/issues/2533"
    versions = ["1.12.0"]

    [[script]]
    commands = { "table_get.wast" = 4 }
    expected = "traps: out of bounds table access"
    got = "traps: invalid table access"
    reason = "It has one word for three traps."
    versions = ["1.12.0"]

Strict in both directions: a failure that is known does not fail the run, one that does not happen any more
does. ``on`` and ``off`` are verdicts (`harness.results.Verdict`) with cancellation on and off, with ``or`` in
between; a good one among them says that it depends on the machine. ``ways`` and ``reaches`` say where it
happens, if not everywhere. Without ``engines`` an entry is about all engines of the adapter, by the names
they give themselves.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from harness import registry, summary
from harness.results import Reach, Result, ScenarioResult, SpecResult, Verdict, Way

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FILE = "expectations.toml"
WAYS: tuple[Way, ...] = ("deadline", "cancel", "close")
REACHES: tuple[Reach, ...] = ("host", "instance", "reentry")


class BadFile(Exception):
    """The file does not say what is known; the message is one line that says where and why."""


class _Failure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: str
    """Why, in one line."""
    versions: tuple[str, ...]
    """Of the engine, that have it."""
    link: str = ""
    """Where its authors, or others, write about it."""
    engines: tuple[str, ...] = ()

    def about(self, engine: str, version: str) -> bool:
        """Whether this engine is known to have it."""
        return version in self.versions and (not self.engines or engine in self.engines)


class ScenarioFailure(_Failure, frozen=True, kw_only=True):
    """Scenarios, or cases that are written out, with the verdicts they get."""

    ids: tuple[str, ...]
    ways: tuple[Way, ...] = WAYS
    reaches: tuple[Reach, ...] = REACHES
    on: str = ""
    off: str = ""

    def __post_init__(self) -> None:
        """Try the words; msgspec says where in the file a ValueError comes from."""
        if not self.verdicts(on=True) | self.verdicts(on=False):
            raise ValueError("neither `on` nor `off` says what happens")

    def verdicts(self, *, on: bool) -> frozenset[Verdict]:
        """What may come out, with cancellation on or off; empty: nothing is known to go wrong."""
        text = self.on if on else self.off
        return frozenset(Verdict(word.strip()) for word in text.split(" or ") if text)


class ScriptFailure(_Failure, frozen=True, kw_only=True):
    """Commands of scripts of the official suite that fail alike."""

    commands: dict[str, int]
    """File -> how many of its commands."""
    expected: str
    """How that begins: ``invalid`` is all that is to be refused as invalid."""
    got: str
    """How that begins."""


class Known(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole file."""

    scenario: tuple[ScenarioFailure, ...] = ()
    script: tuple[ScriptFailure, ...] = ()

    def of(self, engine: str, version: str) -> Known:
        """What is about one engine, by the name it gives itself."""
        return Known(
            scenario=tuple(failure for failure in self.scenario if failure.about(engine, version)),
            script=tuple(failure for failure in self.script if failure.about(engine, version)),
        )


class Review(NamedTuple):
    """Results, held against what is known."""

    known: tuple[str, ...]
    """The reasons for what went wrong as it is known to, each once."""
    news: tuple[str, ...]
    """What is otherwise than known, for better or worse, a line each."""


def find(name: str) -> Path | None:
    """The file beside an engine's adapter, None if there is none; nothing is imported.

    Raises `harness.registry.UnknownEngine`.
    """
    if name.startswith(registry.EXEC):
        return None
    place = registry.resolve(name).rpartition(":")[0]
    path = (Path(place).parent if place.endswith(".py") else _directory(place)) / FILE
    return path if path.is_file() else None


def load(path: Path) -> Known:
    """Read a file; raises `BadFile`."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Known)
    except OSError as error:
        raise BadFile(f"cannot read {path}: {error.strerror}") from error
    except (msgspec.MsgspecError, ValueError) as error:  # TOML's own errors are ValueErrors
        raise BadFile(f"{os.path.relpath(path)}: {error}") from error


def review(results: Iterable[Result], known: Known) -> Review:
    """Hold the results of a case against what is known of its engine."""
    reasons: list[str] = []
    news: list[str] = []
    for result in results:
        match result:
            case ScenarioResult():
                news += _scenario(result, known, reasons)
            case SpecResult():
                news += _script(result, known, reasons)
    return Review(tuple(dict.fromkeys(reasons)), tuple(news))


def _scenario(result: ScenarioResult, known: Known, reasons: list[str]) -> Iterator[str]:
    entries = [
        failure
        for failure in known.scenario
        if result.id in failure.ids
        and result.way in failure.ways
        and result.reach in failure.reaches
        and failure.verdicts(on=result.interruptible)
    ]
    wanted = {verdict for failure in entries for verdict in failure.verdicts(on=result.interruptible)}
    told = summary.named(result)
    if result.verdict in wanted:
        if not result.verdict.good:
            reasons += [failure.reason for failure in entries]
    elif wanted:
        words = " or ".join(sorted(wanted))
        yield f"{told} is known as {words}, and now {result.verdict}"
    elif not result.verdict.good and result.verdict is not Verdict.UNSUPPORTED:
        yield f"{told}: {result.verdict}"


def _script(result: SpecResult, known: Known, reasons: list[str]) -> Iterator[str]:
    left = list(result.failures)
    for failure in known.script:
        number = failure.commands.get(result.file)
        if number is None:
            continue
        alike = [
            command
            for command in left
            if command.expected.startswith(failure.expected) and command.got.startswith(failure.got)
        ]
        left = [command for command in left if command not in alike]
        if alike:
            reasons.append(failure.reason)
        if len(alike) != number:
            what = f"expected {failure.expected}, got {failure.got}"
            yield f"{result.file}: {number} commands are known to fail, and now {len(alike)}: {what}"
    for command in left:
        yield summary.describe(result.file, command)


def _directory(module: str) -> Path:
    """Of a module that need not be there."""
    top, *rest = module.split(".")
    spec = find_spec(top)
    if spec is None:
        base = Path(top)  # where a worker looks last
    elif spec.submodule_search_locations:
        base = Path(next(iter(spec.submodule_search_locations)))
    else:
        base = Path(spec.origin or top).with_suffix("")
    path = base.joinpath(*rest)
    return path if path.is_dir() else path.parent
