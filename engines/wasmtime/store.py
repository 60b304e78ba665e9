"""A store of wasmtime: calls into the guest, what came of them, and functions of the host."""

from __future__ import annotations

import threading
from ctypes import POINTER, byref, c_void_p, cast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import wasmtime
from wasmtime import _ffi as ffi

from engines.wasmtime.binary import instruction_at
from engines.wasmtime.errors import of_trap
from engines.wasmtime.values import NO_FINALIZER, Values
from harness.context import Cause
from harness.engine import HostFunction, Interrupted, Uncaught, Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.context import Context

_TYPES = {
    name: getattr(wasmtime.ValType, name if len(name) == 3 else f"{name}ref")
    for name in ("i32", "i64", "f32", "f64", "func", "extern")
}


class Guest(Protocol):
    """An instance, as far as its store has to know it."""

    closed: bool

    def reaches(self, other: Guest) -> bool:
        """Whether a call of this one may come to the other."""


@dataclass
class Call:
    """A call into the guest."""

    context: Context
    guest: Guest
    closed: bool = False
    """Whether an instance has been closed that it may have come to."""

    @property
    def cause(self) -> Cause | None:
        """Why it has to stop, if it has."""
        return Cause.CLOSED if self.closed else self.context.cause


class Entry(NamedTuple):
    """A function of the C interface that enters the guest."""

    sync: Callable[..., Any]
    """From its arguments and the place for a trap to an error."""
    future: Callable[..., Any]
    """From its arguments and the places for a trap and an error to a future; polled, it runs a slice."""


INVOKE = Entry(ffi.wasmtime_func_call, ffi.wasmtime_func_call_async)
INSTANTIATE = Entry(ffi.wasmtime_linker_instantiate, ffi.wasmtime_linker_instantiate_async)


class Store:
    """A store whose calls cannot be stopped. One thread at a time computes in it, others wait."""

    def __init__(self, engine: wasmtime.Engine) -> None:
        self.engine = engine
        self.inner = wasmtime.Store(engine)
        self.values = Values(self.inner)
        self.code: set[bytes] = set()
        """The modules that have been instantiated in it, in binary format."""
        self._lock = threading.RLock()
        self._calls: list[Call] = []
        """What runs now, each entered from a host function of the one before it."""
        self._ended: BaseException | None = None
        """What a host function or an interruption ended the call with, while wasmtime unwinds the guest."""
        self._callbacks: list[Any] = []

    def run(self, call: Call, entry: Entry, *args: Any) -> None:
        """Enter the guest. Raises what ended the call."""
        trap = POINTER(ffi.wasm_trap_t)()
        with self._lock:
            if call.guest.closed:
                raise Interrupted(Cause.CLOSED)
            self._calls.append(call)
            try:
                error = self._enter(call, entry, args, byref(trap))
            finally:
                self._calls.pop()
                self._left()
            if error:
                raise self._reason(wasmtime.WasmtimeError._from_ptr(error))
            if trap:
                raise self._reason(wasmtime.Trap._from_ptr(trap))
            if self._ended is not None:
                raise self._take()

    def close(self, guest: Guest) -> None:
        """Have the calls stop that may have come to an instance, if they can be stopped."""
        for call in list(self._calls):
            call.closed |= call.guest.reaches(guest)

    def _enter(self, _call: Call, entry: Entry, args: Sequence[Any], trap: Any) -> Any:
        """Run the guest; an error, or none."""
        return entry.sync(*args, trap)

    def _back(self) -> None:
        """A function of the host goes back into the guest; raises what ends the call instead."""

    def _left(self) -> None:
        """A call has ended; the one around it, if there is one, goes on."""

    def host_function(self, function: HostFunction) -> wasmtime.Func:
        """A function of the host, for the guest to import."""
        unknown = {*function.params, *function.results} - set(_TYPES)
        if unknown:
            raise Unsupported(f"host functions with {', '.join(sorted(unknown))}")
        type = wasmtime.FuncType(
            [_TYPES[name]() for name in function.params], [_TYPES[name]() for name in function.results]
        )

        def call(_data: Any, _caller: Any, args: Any, count: int, results: Any, _results: int) -> int:
            try:
                returned = function.call([self.values.read(args[index]) for index in range(count)])
                for index, value in enumerate(returned):
                    self.values.write(value, results[index])
                self._back()
            except BaseException as error:
                self._ended = error
                return address(ffi.wasmtime_trap_new(b"the host", 8))
            return 0

        callback = ffi.wasmtime_func_callback_t(call)
        self._callbacks.append(callback)
        made = ffi.wasmtime_func_t()
        ffi.wasmtime_func_new(self.inner._context(), type.ptr(), callback, None, NO_FINALIZER, byref(made))
        return wasmtime.Func._from_raw(made)

    def _reason(self, failure: Exception) -> BaseException:
        if self._ended is not None:
            return self._take()
        context = self.inner._context()
        if ffi.wasmtime_context_has_exception(context):
            exception = ffi.wasmtime_exnref_t()
            ffi.wasmtime_context_take_exception(context, byref(exception))
            ffi.wasmtime_exnref_unroot(byref(exception))
            return Uncaught()
        if isinstance(failure, wasmtime.Trap):
            return of_trap(failure, lambda: self._instruction(failure.frames))
        return failure

    def _take(self) -> BaseException:
        ended, self._ended = self._ended, None
        assert ended is not None
        return ended

    def _instruction(self, frames: Sequence[wasmtime.Frame]) -> str:
        """The name of the instruction that trapped; empty if that is not certain.

        A frame does not say of which module it is, only where in it.
        """
        if not frames:
            return ""
        index, offset = frames[0].func_index, frames[0].module_offset
        names = {instruction_at(binary, index, offset) for binary in self.code} - {""}
        return names.pop() if len(names) == 1 else ""


def address(pointer: Any) -> int:
    """What a pointer points to."""
    return cast(pointer, c_void_p).value or 0
