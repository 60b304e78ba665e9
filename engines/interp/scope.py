"""Where an instruction stands: all that its operation may depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from harness.standard.types import FuncType

if TYPE_CHECKING:
    from engines.interp.store import Function, Global, Memory, Table
    from engines.wasm.deftypes import ClosedHeapType, DefType
    from engines.wasm.store import ModuleInstance
    from harness.standard.syntax import BlockType
    from harness.standard.types import ArrayType, HeapType, StructType


class Scope:
    """A place in a function of an instance."""

    def __init__(self, instance: ModuleInstance, large: bool, interruptible: bool) -> None:
        self.instance = instance
        self.large = large
        """Whether frames of the function may be large."""
        self.interruptible = interruptible
        self.labels = 0
        """How many structured instructions are around the place."""

    def function(self, index: int) -> Function:
        """The function with this index."""
        return cast("Function", self.instance.functions[index])

    def memory(self, index: int) -> Memory:
        """The memory with this index."""
        return cast("Memory", self.instance.memories[index])

    def table(self, index: int) -> Table:
        """The table with this index."""
        return cast("Table", self.instance.tables[index])

    def global_(self, index: int) -> Global:
        """The global with this index."""
        return cast("Global", self.instance.globals[index])

    def type(self, index: int) -> DefType:
        """The type with this index."""
        type_: DefType = self.instance.module.types[index]
        return type_

    def struct_type(self, index: int) -> StructType:
        """The type with this index, which is of structs; closed."""
        return self.instance.module.struct_type(index)

    def array_type(self, index: int) -> ArrayType:
        """The type with this index, which is of arrays; closed."""
        return self.instance.module.array_type(index)

    def heap_type(self, heap: HeapType) -> ClosedHeapType:
        """A heap type, closed."""
        return self.instance.module.close_heap(heap)

    def block_arity(self, block: BlockType) -> tuple[int, int]:
        """How many operands a block takes, and how many it leaves."""
        if block is None:
            return 0, 0
        if isinstance(block, int):
            type_ = self.type(block).comp
            assert isinstance(type_, FuncType)
            return len(type_.params), len(type_.results)
        return 0, 1
