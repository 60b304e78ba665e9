"""How the compiler makes what lives in the store: an instance's code and data, filled in a part at a time."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, cast

from engines.compiler.execution import Activation, execute
from engines.compiler.functions import Function, Home, HostFunction, kept_word, put, take, types
from engines.compiler.layout import FunctionRecord, ImportRecord, SegmentRecord
from engines.compiler.native.load import Code
from engines.compiler.signature import signature
from engines.compiler.store import Global, Memory, Table
from engines.wasm.store import TagInstance
from harness.standard.types import FuncType, RefType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engines.compiler.compilation import CompiledModule
    from engines.wasm import activation
    from engines.wasm.deftypes import DefType
    from engines.wasm.store import FunctionInstance, HostCall, ModuleInstance, Reference, RuntimeValue
    from harness.standard.types import GlobalType, MemType, TableType


class Backend:
    """Makes one instance of a compiled module; see `engines.wasm.store.Backend`."""

    def __init__(self, module: CompiledModule) -> None:
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
        return TagInstance(type_)

    def ready(self, instance: ModuleInstance) -> None:
        """Tell the code where everything is."""
        layout = self._layout
        for type_, offset in zip(instance.module.types, layout.types, strict=True):
            self._set(offset, types.address(type_))
        for function, offset in zip(instance.functions, layout.imports, strict=False):
            assert isinstance(function, Function)
            ImportRecord.from_address(self._data + offset).code = function.code
            ImportRecord.from_address(self._data + offset).reference = function.address
        for own, imported, offsets in (
            (instance.memories, layout.imported_memories, layout.memories),
            (instance.tables, layout.imported_tables, layout.tables),
            (instance.globals, layout.imported_globals, layout.globals),
        ):
            for extern, offset in zip(own[:imported], offsets, strict=False):
                self._set(offset, cast("Memory | Table | Global", extern).address)
        for elem, refs, offset in zip(
            instance.module.module.elems, instance.elems, layout.elems, strict=True
        ):
            if elem.mode == "passive":
                words = (ctypes.c_uint64 * len(refs))(*(kept_word(ref, self._home) for ref in refs))
                self._segment(offset, ctypes.addressof(words), len(refs), words)
        for data, offset in zip(instance.module.module.datas, layout.datas, strict=True):
            if data.mode == "passive":
                address = ctypes.cast(ctypes.c_char_p(data.init), ctypes.c_void_p).value
                assert address is not None
                self._segment(offset, address, len(data.init), data.init)
        self._keep(instance)

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
            if global_.type.mutable and isinstance(global_.type.type, RefType):
                global_.home.keep(home)
        for function in cast("list[Function]", instance.functions[: layout.imported_functions]):
            home.keep(function)
            comp = function.type.comp
            assert isinstance(comp, FuncType)
            if function.home is not None and any(isinstance(param, RefType) for param in comp.params):
                function.home.keep(home)

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
        execute(
            function.code,
            activation,
            lambda context, registers: put(params, args, context, registers),
            lambda context, registers: values.extend(take(results, context, registers)),
        )
        return values
