"""The backend: what the shared instantiation asks of this engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from engines.interp.aggregates import Array, Struct, check_length, elements_of, mask
from engines.interp.functions import HostFunction, WasmFunction
from engines.interp.invocation import LARGE_FRAME, run
from engines.interp.store import Function, Global, Memory, Table, from_bits, to_bits
from engines.wasm.activation import innermost
from engines.wasm.store import TagInstance
from harness.standard.types import ArrayType, StructType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engines.interp.frame import Frame
    from engines.wasm.activation import Activation
    from engines.wasm.deftypes import DefType
    from engines.wasm.store import FunctionInstance, HostCall, ModuleInstance, Reference, RuntimeValue
    from harness.standard.types import GlobalType, MemType, StorageType, TableType


class Backend:
    """See `engines.wasm.store.Backend`."""

    def __init__(self, most_results: int, interruptible: bool) -> None:
        self._most_results = most_results
        self._interruptible = interruptible

    def function(self, instance: ModuleInstance, index: int) -> WasmFunction:
        """Allocate a function; its body is looked at when it is first called."""
        valid = instance.module
        type_, func = valid.funcs[index], valid.module.funcs[index - len(valid.funcs)]
        # A frame has its locals, and no instruction puts more operands on it than a call has results.
        large = len(func.locals) + len(func.body) * self._most_results >= LARGE_FRAME
        return WasmFunction(type_, instance, func, large=large, interruptible=self._interruptible)

    def host_function(self, type_: DefType, call: HostCall) -> HostFunction:
        """Allocate a function of the host."""
        return HostFunction(type_, call)

    def memory(self, type_: MemType) -> Memory:
        """Allocate a memory."""
        return Memory(type_, innermost())

    def table(self, type_: TableType, value: Reference) -> Table:
        """Allocate a table."""
        return Table(type_, value, innermost())

    def global_(self, type_: GlobalType, value: RuntimeValue) -> Global:
        """Allocate a global."""
        return Global(type_, value)

    def tag(self, type_: DefType) -> TagInstance:
        """Allocate a tag."""
        return TagInstance(type_)

    def struct(self, type_: DefType, fields: Sequence[RuntimeValue]) -> Struct:
        """Allocate a struct."""
        signature = type_.comp
        assert isinstance(signature, StructType)
        return Struct(
            type_, [_stored(f.storage, value) for f, value in zip(signature.fields, fields, strict=True)]
        )

    def array(self, type_: DefType, elements: Sequence[RuntimeValue], times: int = 1) -> Array:
        """Allocate an array."""
        signature = type_.comp
        assert isinstance(signature, ArrayType)
        check_length(len(elements) * times)
        storage = signature.element.storage
        return Array(type_, elements_of(storage, [_stored(storage, value) for value in elements]) * times)

    def ready(self, instance: ModuleInstance) -> None:
        """Nothing is left to do: functions find the rest of the instance when they are translated."""

    def invoke(
        self, function: FunctionInstance, args: Sequence[RuntimeValue], activation: Activation
    ) -> Sequence[RuntimeValue]:
        """Call a function."""
        type_ = function.signature
        frame: Frame = [activation]
        frame += [from_bits(param)(arg) for param, arg in zip(type_.params, args, strict=True)]
        run(cast("Function", function), frame)
        return [to_bits(result)(value) for result, value in zip(type_.results, frame[1:], strict=True)]


def _stored(storage: StorageType, value: RuntimeValue) -> Any:
    kept = mask(storage)
    return from_bits(storage)(value) if kept is None else value & kept
