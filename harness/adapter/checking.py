"""Runs the checks of an adapter, one after the other."""

from __future__ import annotations

import importlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from harness.adapter.session import Broken, NotOffered, Session
from harness.engine import Capabilities
from harness.registry import UnknownEngine
from harness.sandbox import protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Status: TypeAlias = Literal["passed", "failed", "not offered", "not run"]

GROUPS = ("greeting", "conversation", "commands", "values", "limits", "host", "end")
"""The modules of `harness.adapter.checks`, in the order in which their checks run."""
PATIENCE = 10.0
"""Seconds that an adapter has for an answer."""


class CannotCheck(Exception):
    """There is no adapter to check here; the message is one line that says why."""


class Check(NamedTuple):
    """One rule of the protocol, and how to find out whether it is kept."""

    name: str
    rule: str
    """What an adapter does, in one line."""
    fix: str
    """What to do if it does not."""
    needs: str
    """The check without which this one tells nothing; empty if there is none."""
    run: Callable[[Adapter], None]
    """Raises `Broken` or `NotOffered`."""


class Row(NamedTuple):
    """What came of a check."""

    check: Check
    status: Status
    message: str
    """Why it is not passed."""


@dataclass
class Adapter:
    """What is being checked."""

    engine: str
    patience: float = PATIENCE
    capabilities: Capabilities = field(default_factory=Capabilities)
    """What it says of itself, once it has."""
    _kept: dict[bool, Session] = field(default_factory=dict)

    @contextmanager
    def session(self, *, interruptible: bool = True) -> Iterator[Session]:
        """A session past the greeting in which nothing runs; the next check may get it too."""
        session = self._kept.pop(interruptible, None)
        if session is None:
            session = Session(self.engine, patience=self.patience)
            try:
                self._greet(session, interruptible)
            except BaseException:
                session.close()
                raise
        usable = False
        try:
            yield session
            usable = session.idle
        except NotOffered:
            usable = session.idle
            raise
        finally:
            if usable:
                session.heard.clear()
                self._kept[interruptible] = session
            else:
                session.close()

    @contextmanager
    def stranger(self) -> Iterator[Session]:
        """A session before the greeting."""
        session = Session(self.engine, patience=self.patience)
        try:
            yield session
        finally:
            session.close()

    def stoppable(self) -> None:
        """Raise `NotOffered` if it says that it cannot stop a call."""
        if self.capabilities.interrupts == "none":
            raise NotOffered('it says that it cannot be interrupted ("interrupts":"none")')

    @contextmanager
    def importing(self, what: Literal["host", "instances"]) -> Iterator[None]:
        """Where it says that modules can import this, it is broken if it does not offer it."""
        try:
            yield
        except NotOffered as absent:
            if what in self.capabilities.imports:
                raise Broken(f'"{what}" is in `imports` of its capabilities, but: {absent}') from None
            raise

    def close(self) -> None:
        """End what still runs."""
        for session in self._kept.values():
            session.close()
        self._kept.clear()

    def _greet(self, session: Session, interruptible: bool) -> None:
        match session.greet(interruptible=interruptible):
            case protocol.Unavailable(reason):
                raise CannotCheck(f"it is not available here: {reason}")
            case protocol.Welcome(capabilities=capabilities):
                self.capabilities = capabilities


def checks() -> list[Check]:
    """All checks, in the order in which they run."""
    modules = [importlib.import_module(f"harness.adapter.checks.{group}") for group in GROUPS]
    return [made for module in modules for made in vars(module).values() if isinstance(made, Check)]


def check(rule: str, fix: str, *, needs: str = "results") -> Callable[[Callable[[Adapter], None]], Check]:
    """Make a check of a function; its name is that of the check."""

    def make(function: Callable[[Adapter], None]) -> Check:
        return Check(function.__name__.strip("_").replace("_", "-"), rule, fix, needs, function)

    return make


def run(engine: str, *, patience: float = PATIENCE) -> Iterator[Row]:
    """Check an adapter; a row for every check, as soon as it is known. Raises `CannotCheck`."""
    adapter = Adapter(engine, patience)
    known: dict[str, Status] = {}
    try:
        for one in checks():
            row = _row(one, adapter, known)
            known[one.name] = row.status
            yield row
    except UnknownEngine as error:
        raise CannotCheck(str(error)) from None
    except OSError as error:
        raise CannotCheck(f"cannot start {engine!r}: {error}") from None
    finally:
        adapter.close()


def _row(one: Check, adapter: Adapter, known: dict[str, Status]) -> Row:
    match known.get(one.needs, "passed"):
        case "not offered":
            return Row(one, "not offered", f"see {one.needs}")
        case "failed" | "not run":
            return Row(one, "not run", f"{one.needs} comes first")
    try:
        one.run(adapter)
    except Broken as broken:
        return Row(one, "failed", str(broken))
    except NotOffered as absent:
        return Row(one, "not offered", str(absent))
    return Row(one, "passed", "")
