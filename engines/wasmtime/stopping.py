"""The two ways in which wasmtime stops a call, as kinds of stores.

Epochs: generated code compares a number of the engine's with one of the store's, at the heads of loops and as
functions are entered. Whoever wants a call to stop moves the epoch on, from any thread, until the call is
over: where the callback sees no reason to stop, the call goes on for one epoch more, counted from when the
callback has returned, and so would miss one that is made at just that moment.

Fuel: generated code counts what it executes. A call runs as a future, on a stack of its own, that yields
whenever a slice of fuel is used up. Between two slices the context is looked at, and a future that is dropped
unwinds its stack. So no clock has to be translated into fuel, and no call is cut off too early.
"""

from __future__ import annotations

from ctypes import CFUNCTYPE, POINTER, byref, c_size_t, c_uint8, c_uint64, c_void_p
from functools import partial
from typing import TYPE_CHECKING, Any

import wasmtime
from wasmtime import _ffi as ffi

from engines.wasmtime.store import Call, Entry, Store, address
from engines.wasmtime.values import NO_FINALIZER
from harness import context as contexts
from harness.engine import Interrupted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engines.wasmtime.store import Guest

AGAIN = 0.005
"""Seconds after which the epoch is moved once more for a call that goes on."""
SLICE = 100_000
"""Fuel between two looks at the context: about as many instructions, some 0.1 ms."""
PLENTY = (1 << 64) - 1
"""Fuel for all slices of a call."""
_EPOCH_CALLBACK = CFUNCTYPE(
    c_size_t, POINTER(ffi.wasmtime_context_t), c_void_p, POINTER(c_uint64), POINTER(c_uint8)
)


class EpochStore(Store):
    """Calls stop when the epoch moves and their context is done."""

    def __init__(self, engine: wasmtime.Engine) -> None:
        super().__init__(engine)
        self._callbacks.append(_EPOCH_CALLBACK(self._at_epoch))
        ffi.wasmtime_store_epoch_deadline_callback(self.inner.ptr(), self._callbacks[0], None, NO_FINALIZER)

    def _enter(self, call: Call, entry: Entry, args: Sequence[Any], trap: Any) -> Any:
        cause = call.cause
        if cause is not None:  # there need not be any code that would notice
            self._ended = Interrupted(cause)
            return None
        self._arm()
        forget = call.context.on_done(partial(self._stop, call))
        try:
            return super()._enter(call, entry, args, trap)
        finally:
            forget()

    def close(self, guest: Guest) -> None:
        """See `Store.close`."""
        super().close(guest)
        for call in list(self._calls):
            if call.closed:
                self._stop(call)

    def _stop(self, call: Call) -> None:
        """Move the epoch on for a call that has to stop, as long as it runs."""
        self.engine.increment_epoch()
        if any(one is call for one in list(self._calls)):
            contexts.with_timeout(contexts.background(), AGAIN).on_done(partial(self._stop, call))

    def _left(self) -> None:
        if self._calls:
            self._arm()

    def _arm(self) -> None:
        """Let the innermost call run up to the next epoch, or no farther if it has to stop.

        In this order: whoever stops it now, in another thread, is either seen here or moves the epoch later.
        """
        self.inner.set_epoch_deadline(1)
        if self._calls[-1].cause:
            self.inner.set_epoch_deadline(0)

    def _at_epoch(self, _context: Any, _data: Any, more: Any, kind: Any) -> int:
        """The epoch has moved, for this store or another."""
        cause = self._calls[-1].cause
        if cause is not None:
            self._ended = Interrupted(cause)
            return address(ffi.wasmtime_error_new(b"interrupted"))
        more[0], kind[0] = 1, 0  # go on for one more
        return 0


class FuelStore(Store):
    """Calls are looked at after each slice of fuel, and after functions of the host, which use up none."""

    def __init__(self, engine: wasmtime.Engine) -> None:
        super().__init__(engine)
        ffi.wasmtime_context_fuel_async_yield_interval(self.inner._context(), SLICE)

    def _enter(self, call: Call, entry: Entry, args: Sequence[Any], trap: Any) -> Any:
        error = POINTER(ffi.wasmtime_error_t)()
        self.inner.set_fuel(PLENTY)
        future = entry.future(*args, trap, byref(error))
        try:
            while (cause := call.cause) is None:
                if ffi.wasmtime_call_future_poll(future):
                    return error
        finally:
            ffi.wasmtime_call_future_delete(future)
        self._ended = Interrupted(cause)
        return None

    def _back(self) -> None:
        cause = self._calls[-1].cause
        if cause is not None:
            raise Interrupted(cause)
