"""Calls (standard, "Execution / Function Calls"): how functions are entered and left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.interp.frame import top
from engines.interp.scope import Scope
from engines.interp.store import Function, default, from_bits, to_bits
from engines.interp.translation import translate

if TYPE_CHECKING:
    from engines.interp.frame import Body, Frame, Operation
    from engines.wasm.activation import Activation
    from engines.wasm.deftypes import DefType
    from engines.wasm.store import HostCall, ModuleInstance
    from harness.standard.syntax import Func
    from harness.standard.types import FuncType


class WasmFunction(Function):
    """A function of a module. It is translated when it is first called."""

    def __init__(
        self, type_: DefType, instance: ModuleInstance, func: Func, *, large: bool, interruptible: bool
    ) -> None:
        super().__init__(type_, instance)
        self.instance: ModuleInstance = instance
        params, results = self.signature
        self.args = top(len(params))
        self.zeros = [default(local) for local in func.locals]
        self.body: Body | None = None
        self._func = func
        self._large = large
        self._interruptible = interruptible
        self.call = _calling(self, top(len(results)), interruptible)
        self.enter = _entering(self.call, instance)

    def translate(self, activation: Activation) -> Body:
        """The operations of the body; raises `Interrupted` if the call is to stop before that is done."""
        scope = Scope(self.instance, self._large, self._interruptible)
        self.body = translate(self._func.body, scope, activation.poll)
        return self.body


def _calling(function: WasmFunction, results: slice, interruptible: bool) -> Operation:
    args, zeros = function.args, function.zeros

    def call(caller: Frame) -> None:
        activation = caller[0]
        if interruptible and activation.cause is not None:
            activation.poll()
        frame = [activation, *caller[args]]
        if zeros:
            frame += zeros
        body = function.body
        if body is None:
            body = function.translate(activation)
        for instruction in body:
            depth = instruction(frame)
            if depth is not None:
                if depth:
                    frame = _tail_call(frame, function.instance)
                break
        caller[args] = frame[results]

    return call


def _tail_call(frame: Frame, home: ModuleInstance) -> Frame:
    """Call the function on top of `frame` in place of the running one, and whatever it tail-calls itself.

    `home` is the instance of the first, which stays entered. The results are on top of what comes back.
    """
    activation = frame[0]
    here = home
    try:
        while True:
            activation.poll()
            function = frame.pop()
            if not isinstance(function, WasmFunction):
                function.call(frame)
                return frame
            if function.instance is not here:
                if here is not home:
                    here.leave(activation)
                    here = home
                if function.instance is not home:
                    function.instance.enter(activation)
                    here = function.instance
            left = frame
            frame = [activation, *left[function.args], *function.zeros]
            left.clear()
            body = function.body
            if body is None:
                body = function.translate(activation)
            for instruction in body:
                depth = instruction(frame)
                if depth is not None:
                    break
            else:
                return frame
            if not depth:
                return frame
    finally:
        if here is not home:
            here.leave(activation)


def _entering(call: Operation, instance: ModuleInstance) -> Operation:
    """The same call, from outside the instance."""

    def enter(caller: Frame) -> None:
        activation = caller[0]
        instance.enter(activation)
        try:
            call(caller)
        finally:
            instance.leave(activation)

    return enter


class HostFunction(Function):
    """A function of the host."""

    def __init__(self, type_: DefType, call: HostCall) -> None:
        super().__init__(type_, None)
        self.call = self.enter = _calling_host(self.signature, call)


def _calling_host(type_: FuncType, host: HostCall) -> Operation:
    args = top(len(type_.params))
    convert_args = [to_bits(param) for param in type_.params]
    convert_results = [from_bits(result) for result in type_.results]

    def call(caller: Frame) -> None:
        values = host([to(arg) for to, arg in zip(convert_args, caller[args], strict=True)])
        caller[args] = [of(value) for of, value in zip(convert_results, values, strict=True)]
        caller[0].poll()

    return call
