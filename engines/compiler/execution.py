"""Running generated code: stacks, execution contexts, and how they are told to stop.

Generated code has stacks of its own. So it may use the same amount on any thread, large frames find room
below the limit, and functions of the host always run on the stack of their thread.
"""

from __future__ import annotations

import ctypes
import functools
import threading
from typing import TYPE_CHECKING

from engines.compiler.heap import heap
from engines.compiler.layout import ExecutionContext, Registers
from engines.compiler.native import pages
from engines.compiler.runtime import runtime
from engines.compiler.runtime.thunks import thunks
from engines.compiler.status import EXHAUSTED, INTERRUPTED, KINDS, RAISED, RETURNED, UNCAUGHT
from engines.compiler.waiting import notify, wait
from engines.wasm import activation
from harness.engine import Exhausted, Interrupted, Trap, Uncaught

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from engines.compiler.functions import Function
    from engines.compiler.home import Home
    from harness.context import Cause

USABLE = 8 << 20
"""Bytes of stack down to the limit."""
MARGIN = 56 << 20
"""Bytes of stack below the limit, for the frame of a function that was entered just above it and calls no
other.
"""
_GUARD = 1 << 16
_KEPT = 16
"""Stacks kept for later invocations."""
_NEVER = (1 << 64) - 1


class Activation(activation.Activation):
    """An activation that tells its execution context."""

    __slots__ = ("_lock", "_stack", "error")

    def __init__(self, interruptible: bool) -> None:
        super().__init__(interruptible)
        self.error: BaseException | None = None
        """What a function of the host raised."""
        self._stack: Stack | None = None
        self._lock = threading.Lock()

    @property
    def stack(self) -> Stack:
        """What it runs on."""
        assert self._stack is not None
        return self._stack

    def interrupt(self, cause: Cause) -> None:
        """Tell it to stop."""
        super().interrupt(cause)
        with self._lock:
            if self._stack is not None and self.cause is not None:
                _stop(self._stack.context)

    def attach(self, stack: Stack | None) -> None:
        """Have `interrupt` stop what runs on `stack`, or nothing."""
        with self._lock:
            self._stack = stack
            if stack is not None and self.cause is not None:
                _stop(stack.context)


def _stop(context: ExecutionContext) -> None:
    context.stop = 1
    context.limit = _NEVER


class Stack:
    """A stack for generated code, with an execution context at its upper end."""

    def __init__(self) -> None:
        self._region = pages.Region(_GUARD + MARGIN + USABLE, pages.READ | pages.WRITE)
        self._region.protect(0, _GUARD, pages.NONE)
        size = -(-ctypes.sizeof(ExecutionContext) // 64) * 64
        self.address = self._region.address + self._region.size - size
        """Of the context."""
        self.context = ExecutionContext.from_address(self.address)
        self.context.stack = self.address
        self.context.call_host = _CALL_HOST_ADDRESS
        self.context.memory_wait = _WAIT_ADDRESS
        self.context.memory_notify = _NOTIFY_ADDRESS
        self.context.heap_starts = heap.starts
        self.context.heap_take = _TAKE_ADDRESS
        runtime().fill_in(self.context)
        self.home: Home | None = None
        """What the function that was invoked belongs to."""
        self.rests_at: int | None = None
        self.epoch: int | None = 0
        self.limit = self._region.address + _GUARD + MARGIN

    @property
    def uses_heap(self) -> bool:
        """Whether the invocation may come by objects."""
        return self.home is not None and self.home.uses_heap

    def reset(self) -> None:
        """Make it ready for an invocation."""
        self.context.stop = 0
        self.context.handler = self.context.exception = None
        self.context.limit = self.limit


class _Stacks:
    """Stacks that are not in use."""

    def __init__(self) -> None:
        self._free: list[Stack] = []

    def take(self) -> Stack:
        try:
            stack = self._free.pop()
        except IndexError:
            stack = Stack()
        stack.reset()
        return stack

    def give_back(self, stack: Stack) -> None:
        if len(self._free) < _KEPT:
            self._free.append(stack)


_stacks = _Stacks()
_running: dict[int, tuple[Activation, Home]] = {}
"""Invocations, and what their first functions belong to, by the address of the execution context."""
host_calls: dict[int, Callable[[ExecutionContext, Registers], None]] = {}
"""Functions of the host, by the numbers of their thunks."""


def _call_host(context: int, number: int, registers: int) -> None:
    """Call a function of the host, and say so in the context. What is raised from here is lost: ctypes shows
    it, and nothing else; but a signal may come in as soon as Python is entered.
    """
    running, _ = _running[context]
    stack = running.stack
    stack.rests_at = registers
    try:
        try:
            host_calls[number](stack.context, Registers.from_address(registers))
        finally:
            if stack.rests_at is not None:
                heap.enter(stack, running)
    except BaseException as error:
        running.error = error
    else:
        stack.context.host_status = RETURNED if running.cause is None else INTERRUPTED


_HOST_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_void_p)(_call_host)
_CALL_HOST_ADDRESS = ctypes.cast(_HOST_CALLBACK, ctypes.c_void_p).value


def running_home(context: ExecutionContext) -> Home:
    """What the function that was invoked in a context belongs to."""
    _, home = _running[ctypes.addressof(context)]
    return home


def _thunk(call: Callable[[Activation, Registers], int]) -> int:
    """The address at which generated code can call a function of ours as if it were the host's."""
    number, address = thunks.take()

    def enter(context: ExecutionContext, registers: Registers) -> None:
        running, _ = _running[ctypes.addressof(context)]
        registers.integers[0] = call(running, registers)

    host_calls[number] = enter
    return address


def _take(running: Activation, registers: Registers) -> int:
    """Give an invocation more of the heap."""
    return heap.take(running.stack, registers.integers[0])


_TAKE_ADDRESS = _thunk(_take)
_WAIT_ADDRESS = _thunk(wait)
_NOTIFY_ADDRESS = _thunk(notify)


@functools.cache
def refusal(cause: Cause) -> int:
    """The address of what a call of a function comes to whose instance was closed for that cause."""

    def refuse(running: Activation, registers: Registers) -> NoReturn:
        raise Interrupted(cause)

    return _thunk(refuse)


def visitors(home: Home) -> list[Activation]:
    """The invocations that may have come to code of `home`, from wherever they began."""
    return [running for running, began in tuple(_running.values()) if began.reaches(home)]


def execute(
    function: Function,
    home: Home,
    running: Activation,
    load: Callable[[ExecutionContext, Registers], None],
    store: Callable[[ExecutionContext, Registers], None],
) -> None:
    """Run a function, which belongs to `home`; `load` puts in the arguments, `store` takes out the results.

    Raises `Trap`, `Exhausted`, `Uncaught`, `Interrupted`, and whatever a function of the host raised.
    """
    stack = _stacks.take()
    stack.home = home
    registers = Registers()
    try:
        heap.enter(stack, running)
        load(stack.context, registers)
        # In this order: who closes the instance either finds this invocation, or has its functions refuse it.
        _running[stack.address] = running, home
        running.attach(stack)
        try:
            status = runtime().enter(stack.address, function.code, ctypes.addressof(registers))
        finally:
            running.attach(None)
            del _running[stack.address]
        if status == RETURNED:
            store(stack.context, registers)
    finally:
        heap.leave(stack)
        stack.home = None
    if status != EXHAUSTED:
        # A stack that was used to its limit goes back to the system.
        _stacks.give_back(stack)
    if status != RETURNED:
        raise _error(status, running)


def _error(status: int, running: Activation) -> BaseException:
    if status == RAISED:
        error, running.error = running.error, None
        # It may have been raised before there was a handler: by a signal.
        return KeyboardInterrupt() if error is None else error
    if status in (EXHAUSTED, INTERRUPTED) and running.cause is not None:
        return Interrupted(running.cause)
    if status == UNCAUGHT:
        return Uncaught()
    return Exhausted() if status == EXHAUSTED else Trap(KINDS[status])
