"""The functions of the host that scenarios import; a part of the protocol, so that every engine has the same.

A guest imports them under these names, from the module name that a `harness.sandbox.protocol.Host` command
gave them. "The call" is the command that runs; "the instance" is the one it invokes.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Literal, NamedTuple

from harness.context import Cause, background
from harness.engine import HostFunction, Instance, Interrupted, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.context import Context


class Call(NamedTuple):
    """What runs when a host function is called."""

    context: Context
    instance: Instance | None
    """None while the call is an instantiation: its instance has no exports yet."""
    write: Callable[[Literal[1, 2], bytes], None]
    """Tell what the guest writes to its standard output, 1, or standard error, 2."""

    closed: threading.Event
    """Set when the instance is closed from outside, in an engine that can be interrupted."""

    def sleep(self, seconds: float) -> None:
        """Sleep; raises `Interrupted` as soon as the context is done or the instance closed."""
        forget = self.context.on_done(self.closed.set)
        try:
            woken = self.closed.wait(max(min(seconds, threading.TIMEOUT_MAX), 0))
        finally:
            forget()
        if woken:
            raise Interrupted(self.context.cause or Cause.CLOSED)


class Function(NamedTuple):
    """One row of the table below."""

    name: str
    params: tuple[str, ...]
    results: tuple[str, ...]
    body: Callable[[Call, Sequence[Value]], Sequence[Value]]


def _nop(_call: Call, _args: Sequence[Value]) -> Sequence[Value]:
    """Do nothing."""
    return ()


def _sleep(call: Call, args: Sequence[Value]) -> Sequence[Value]:
    """Sleep that many milliseconds; interrupted, and the call with it, as soon as the context is done."""
    call.sleep(_seconds(args))
    return ()


def _sleep_deaf(_call: Call, args: Sequence[Value]) -> Sequence[Value]:
    """Sleep that many milliseconds, whatever happens to the context, and return."""
    time.sleep(_seconds(args))
    return ()


def _cancel(call: Call, _args: Sequence[Value]) -> Sequence[Value]:
    """Cancel the context of the call, and return."""
    call.context.cancel()
    return ()


def _reenter(call: Call, _args: Sequence[Value]) -> Sequence[Value]:
    """Call the export ``inner`` of the instance, under the same context; what it raises goes through."""
    _inner(call, call.context)
    return ()


def _reenter_background(call: Call, _args: Sequence[Value]) -> Sequence[Value]:
    """Call ``inner`` under a context of its own that is never done."""
    _inner(call, background())
    return ()


def _swallow(call: Call, _args: Sequence[Value]) -> Sequence[Value]:
    """Call ``inner`` under the same context and return, also when it was interrupted."""
    with contextlib.suppress(Interrupted):
        _inner(call, call.context)
    return ()


FUNCTIONS: Mapping[str, Function] = {
    function.name: function
    for function in (
        Function("nop", (), (), _nop),
        Function("sleep", ("i32",), (), _sleep),
        Function("sleep-deaf", ("i32",), (), _sleep_deaf),
        Function("cancel", (), (), _cancel),
        Function("reenter", (), (), _reenter),
        Function("reenter-background", (), (), _reenter_background),
        Function("swallow", (), (), _swallow),
    )
}


def functions(names: Sequence[str], current: Callable[[], Call]) -> Mapping[str, HostFunction]:
    """The functions of these names, for an engine to import; `current` says what call is running.

    Raises LookupError for a name that is not in the table.
    """
    unknown = [name for name in names if name not in FUNCTIONS]
    if unknown:
        raise LookupError(f"no host function {unknown[0]!r}; there are: {', '.join(FUNCTIONS)}")
    return {name: _bound(FUNCTIONS[name], current) for name in names}


def _bound(function: Function, current: Callable[[], Call]) -> HostFunction:
    return HostFunction(function.params, function.results, lambda args: function.body(current(), args))


def _inner(call: Call, context: Context) -> None:
    if call.instance is None:
        raise LookupError("the instance being instantiated has no exports to enter yet")
    call.instance.invoke("inner", (), context)


def _seconds(args: Sequence[Value]) -> float:
    (milliseconds,) = args
    assert milliseconds.bits is not None
    return milliseconds.bits / 1000
