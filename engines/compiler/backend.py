"""How the compiler makes what lives in the store: an instance's code and data, filled in a part at a time."""

from __future__ import annotations

import ctypes
import functools
from array import array
from typing import TYPE_CHECKING, cast

from engines.compiler.execution import Activation, execute, refusal, visitors
from engines.compiler.functions import Function, HostFunction, kept_word, put, take
from engines.compiler.heap import heap
from engines.compiler.home import Home, passes_references
from engines.compiler.layout import FunctionRecord, SegmentRecord
from engines.compiler.native.load import Code
from engines.compiler.objects import new_array, new_struct
from engines.compiler.runtime import runtime
from engines.compiler.signature import signature
from engines.compiler.store import Global, Memory, Table, Tag
from engines.compiler.types import holds_objects, types
from engines.wasm.activation import innermost
from harness.standard.types import ArrayType, FuncType, RefType, StructType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engines.compiler.compilation import CompiledModule
    from engines.wasm import activation
    from engines.wasm.deftypes import DefType
    from engines.wasm.store import (
        ArrayInstance,
        FunctionInstance,
        HostCall,
        ModuleInstance,
        Reference,
        RuntimeValue,
        StructInstance,
        TagInstance,
    )
    from harness.context import Cause
    from harness.standard.types import GlobalType, MemType, StorageType, TableType

_WORD = 8


class Backend:
    """Makes one instance of a compiled module; see `engines.wasm.store.Backend`."""

    def __init__(self, module: CompiledModule) -> None:
        runtime()  # which may have to be compiled: not when a call is under its deadline already
        self._layout = module.layout
        self._symbols = module.image.symbols
        self._home = Home(Code(module.image, module.layout.size))
        self._data = self._home.code.data
        self._memories = iter(module.layout.memories[module.layout.imported_memories :])
        self._tables = iter(module.layout.tables[module.layout.imported_tables :])
        self._globals = iter(module.layout.globals[module.layout.imported_globals :])

    def function(self, instance: ModuleInstance, index: int) -> Function:
        """Allocate the function with `index` in the index space."""
        type_ = instance.module.funcs[index]
        offset = self._layout.functions.get(index)
        if offset is None:
            return Function(type_, self._home, 0)
        record = FunctionRecord.from_address(self._data + offset)
        record.code = self._home.code.address + self._symbols[f"f{index}"]
        record.type = types.address(type_)
        record.home = self._home.number
        return Function(type_, self._home, self._data + offset)

    def host_function(self, type_: DefType, call: HostCall) -> Function:
        """Allocate a function of the host."""
        return HostFunction(type_, call)

    def memory(self, type_: MemType) -> Memory:
        """Allocate a memory of zeros."""
        return Memory(type_, self._home, self._data + next(self._memories))

    def table(self, type_: TableType, value: Reference) -> Table:
        """Allocate a table, all entries `value`."""
        return Table(type_, self._home, self._data + next(self._tables), value)

    def global_(self, type_: GlobalType, value: RuntimeValue) -> Global:
        """Allocate a global."""
        return Global(type_, self._home, self._data + next(self._globals), value)

    def tag(self, type_: DefType) -> TagInstance:
        """Allocate a tag."""
        return Tag(type_)

    def struct(self, type_: DefType, fields: Sequence[RuntimeValue]) -> StructInstance:
        """Allocate a struct."""
        assert isinstance(type_.comp, StructType)
        storages = [field.storage for field in type_.comp.fields]
        return new_struct(type_, self._words(storages, fields), self._home)

    def array(self, type_: DefType, elements: Sequence[RuntimeValue], times: int = 1) -> ArrayInstance:
        """Allocate an array."""
        assert isinstance(type_.comp, ArrayType)
        storages = [type_.comp.element.storage] * len(elements)
        return new_array(type_, self._words(storages, elements), times, self._home)

    def _words(self, storages: Sequence[StorageType], values: Sequence[RuntimeValue]) -> list[int]:
        return [
            kept_word(value, self._home) if isinstance(storage, RefType) else value
            for storage, value in zip(storages, values, strict=True)
        ]

    def ready(self, instance: ModuleInstance) -> None:
        """Tell the code where everything is."""
        instance.refuse = self._refuse
        instance.visitors = functools.partial(visitors, self._home)
        layout = self._layout
        for type_, offset in zip(instance.module.types, layout.types, strict=True):
            self._set(offset, types.address(type_))
        for tag, offset in zip(instance.tags, layout.tags, strict=True):
            self._set(offset, cast("Tag", tag).number)
        for function, offset in zip(instance.functions, layout.imports, strict=False):
            self._set(offset, cast("Function", function).address)
        for own, imported, offsets in (
            (instance.memories, layout.imported_memories, layout.memories),
            (instance.tables, layout.imported_tables, layout.tables),
            (instance.globals, layout.imported_globals, layout.globals),
        ):
            for extern, offset in zip(own[:imported], offsets, strict=False):
                self._set(offset, cast("Memory | Table | Global", extern).address)
        self._keep(instance)
        valid, running = instance.module, innermost()
        for elem, ref_type, refs, offset in zip(
            valid.module.elems, valid.elems, instance.elems, layout.elems, strict=True
        ):
            if elem.mode == "passive":
                words = (ctypes.c_uint64 * len(refs))()
                for index, ref in enumerate(refs):
                    running.poll()
                    words[index] = kept_word(ref, self._home)
                self._segment(offset, ctypes.addressof(words), len(refs), words)
                if holds_objects(ref_type):
                    self._home.tables.append(self._data + offset)
        for data, offset in zip(instance.module.module.datas, layout.datas, strict=True):
            if data.mode == "passive":
                address = ctypes.cast(ctypes.c_char_p(data.init), ctypes.c_void_p).value
                assert address is not None
                self._segment(offset, address, len(data.init), data.init)
        self._admit(instance)

    def _set(self, offset: int, word: int) -> None:
        ctypes.c_uint64.from_address(self._data + offset).value = word

    def _segment(self, offset: int, address: int, size: int, content: object) -> None:
        record = SegmentRecord.from_address(self._data + offset)
        record.base, record.size = address, size
        self._home.keep(content)

    def _keep(self, instance: ModuleInstance) -> None:
        """Keep alive what the code can reach; and, where it can leave references, the code itself."""
        layout, home = self._layout, self._home
        home.keep(*instance.module.types)
        home.keep(*instance.memories[: layout.imported_memories])
        for table in cast("list[Table]", instance.tables[: layout.imported_tables]):
            home.keep(table)
            table.home.keep(home)
        for global_ in cast("list[Global]", instance.globals[: layout.imported_globals]):
            home.keep(global_)
            if isinstance(global_.type.type, RefType):
                global_.home.keep(home)
        for function in cast("list[Function]", instance.functions[: layout.imported_functions]):
            home.keep(function)
            if function.home is not None and passes_references(function.signature):
                function.home.keep(home)

    def _admit(self, instance: ModuleInstance) -> None:
        """Tell the heap where objects may be referred to, and by whose calls."""
        home, module = self._home, instance.module
        home.types = [type_ for type_ in module.types if not isinstance(type_.comp, FuncType)]
        home.types += module.tags
        if home.types or home.globals or home.tables:
            heap.admit(home)
        functions = [type_.comp for type_ in module.types if isinstance(type_.comp, FuncType)]
        if (
            home.types
            or home.globals
            or home.tables
            or any(holds_objects(value) for type_ in functions for value in (*type_.params, *type_.results))
        ):
            home.use_heap()

    def _refuse(self, cause: Cause) -> None:
        """Have whoever calls a function of the instance by a reference find what turns them away.

        There may be thousands, and a call that has been interrupted waits for this. Where a call is under way
        that nothing can interrupt, this must not either: it calls functions of its own instance like that.
        """
        if not all(running.interruptible for running in visitors(self._home)):
            return
        records = self._layout.records
        if records:
            size = records.step // _WORD
            words = (ctypes.c_uint64 * (size * len(records))).from_address(self._data + records.start)
            memoryview(words).cast("B").cast("Q")[::size] = array("Q", [refusal(cause)]) * len(records)

    def invoke(
        self,
        function: FunctionInstance,
        args: Sequence[RuntimeValue],
        activation: activation.Activation,
    ) -> Sequence[RuntimeValue]:
        """Call a function of this engine."""
        assert isinstance(function, Function)
        assert isinstance(activation, Activation)
        assert isinstance(function.type.comp, FuncType)
        params, results = signature(function.type.comp)
        values: list[RuntimeValue] = []
        home = function.home or self._home
        execute(
            function,
            home,
            activation,
            lambda context, registers: put(params, args, context, registers, home),
            lambda context, registers: values.extend(take(results, context, registers, home)),
        )
        return values
