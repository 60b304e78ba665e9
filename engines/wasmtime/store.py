"""A store of wasmtime: calls into the guest, what ends them, and functions of the host."""

from __future__ import annotations

import threading
from ctypes import CFUNCTYPE, POINTER, byref, c_size_t, c_uint8, c_uint64, c_void_p, cast
from typing import TYPE_CHECKING, Any, NamedTuple

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

_EPOCH_CALLBACK = CFUNCTYPE(
    c_size_t, POINTER(ffi.wasmtime_context_t), c_void_p, POINTER(c_uint64), POINTER(c_uint8)
)
_TYPES = {
    name: getattr(wasmtime.ValType, name if len(name) == 3 else f"{name}ref")
    for name in ("i32", "i64", "f32", "f64", "func", "extern")
}


class Call(NamedTuple):
    """A call into the guest."""

    context: Context
    closed: Callable[[], bool]
    """Whether its instance has been closed."""

    @property
    def cause(self) -> Cause | None:
        """Why it has to stop, if it has."""
        return Cause.CLOSED if self.closed() else self.context.cause


class Store:
    """A store. One thread at a time computes in it; another that wants to waits."""

    def __init__(self, engine: wasmtime.Engine, *, interruptible: bool) -> None:
        self.engine = engine
        self.interruptible = interruptible
        self.inner = wasmtime.Store(engine)
        self.values = Values(self.inner)
        self.code: set[bytes] = set()
        """The modules that have been instantiated in it, in binary format."""
        self._lock = threading.RLock()
        self._calls: list[Call] = []
        """What runs now, each entered from a host function of the one before it."""
        self._ended: BaseException | None = None
        """What a host function or the epoch ended the call with, while wasmtime unwinds the guest."""
        self._callbacks: list[Any] = []
        if interruptible:
            self._callbacks.append(_EPOCH_CALLBACK(self._at_epoch))
            ffi.wasmtime_store_epoch_deadline_callback(
                self.inner.ptr(), self._callbacks[0], None, NO_FINALIZER
            )

    def run(self, call: Call, enter: Callable[[Any], Any]) -> None:
        """Let `enter` call the guest: from the place for a trap to an error. Raises what ended the call."""
        trap = POINTER(ffi.wasm_trap_t)()
        with self._lock:
            if call.closed():
                raise Interrupted(Cause.CLOSED)
            self._calls.append(call)
            self._arm()
            forget = call.context.on_done(self.engine.increment_epoch) if self.interruptible else None
            try:
                error = enter(byref(trap))
            finally:
                if forget is not None:
                    forget()
                self._calls.pop()
                self._arm()
            if error:
                failure: Exception = wasmtime.WasmtimeError._from_ptr(error)
            elif trap:
                failure = wasmtime.Trap._from_ptr(trap)
            else:
                return
            raise self._reason(failure)

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
            except BaseException as error:
                self._ended = error
                return _address(ffi.wasmtime_trap_new(b"the host", 8))
            return 0

        callback = ffi.wasmtime_func_callback_t(call)
        self._callbacks.append(callback)
        made = ffi.wasmtime_func_t()
        ffi.wasmtime_func_new(self.inner._context(), type.ptr(), callback, None, NO_FINALIZER, byref(made))
        return wasmtime.Func._from_raw(made)

    def _arm(self) -> None:
        """Let the innermost call run up to the next epoch, or no farther if it has to stop."""
        if self.interruptible and self._calls:
            self.inner.set_epoch_deadline(0 if self._calls[-1].cause else 1)

    def _at_epoch(self, _context: Any, _data: Any, more: Any, kind: Any) -> int:
        """The epoch has moved, for this store or another."""
        cause = self._calls[-1].cause
        if cause is not None:
            self._ended = Interrupted(cause)
            return _address(ffi.wasmtime_error_new(b"interrupted"))
        more[0], kind[0] = 1, 0  # go on for one more
        return 0

    def _reason(self, failure: Exception) -> BaseException:
        ended, self._ended = self._ended, None
        if ended is not None:
            return ended
        context = self.inner._context()
        if ffi.wasmtime_context_has_exception(context):
            exception = ffi.wasmtime_exnref_t()
            ffi.wasmtime_context_take_exception(context, byref(exception))
            ffi.wasmtime_exnref_unroot(byref(exception))
            return Uncaught()
        if isinstance(failure, wasmtime.Trap):
            return of_trap(failure, lambda: self._instruction(failure.frames))
        return failure

    def _instruction(self, frames: Sequence[wasmtime.Frame]) -> str:
        """The name of the instruction that trapped; empty if that is not certain.

        A frame does not say of which module it is, only where in it.
        """
        if not frames:
            return ""
        index, offset = frames[0].func_index, frames[0].module_offset
        names = {instruction_at(binary, index, offset) for binary in self.code} - {""}
        return names.pop() if len(names) == 1 else ""


def _address(pointer: Any) -> int:
    return cast(pointer, c_void_p).value or 0
