"""Instantiation (standard, "Execution / Modules"), once for every engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.wasm.constants import Site, evaluate
from engines.wasm.store import (
    Backend,
    Extern,
    FunctionInstance,
    GlobalInstance,
    MemoryInstance,
    ModuleInstance,
    TableInstance,
    TagInstance,
)
from harness.engine import Interrupted, Trap, TrapKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engines.wasm.activation import Activation
    from engines.wasm.validation import ValidModule
    from harness.standard.syntax import Data, Elem

CHUNK = 1 << 20
"""Bytes, or eighths of it in entries, that are copied between two looks at the activation."""


def instantiate(
    module: ValidModule, externs: Sequence[Extern], backend: Backend, activation: Activation
) -> ModuleInstance:
    """Allocate an instance with linked imports, initialise it, run its start function.

    Raises `Trap`, `Exhausted`, `Uncaught`, `Interrupted`. What happened before stays, in imported memories
    and tables, as the standard has it; after an interruption the instance is closed.
    """
    instance = ModuleInstance(module)
    instance.enter(activation)
    try:
        site = Site(instance, backend)
        _allocate(site, externs, activation)
        backend.ready(instance)
        for index, elem in enumerate(module.module.elems):
            _initialise_table(site, index, elem, activation)
        for index, data in enumerate(module.module.datas):
            _initialise_memory(site, index, data, activation)
        if module.module.start is not None:
            backend.invoke(instance.functions[module.module.start], (), activation)
    except Interrupted as interruption:
        instance.close(interruption.cause)
        raise
    finally:
        instance.leave(activation)
    return instance


def _allocate(site: Site, externs: Sequence[Extern], activation: Activation) -> None:
    instance, backend = site
    valid = instance.module
    for extern in externs:
        match extern:
            case FunctionInstance():
                instance.functions.append(extern)
            case TableInstance():
                instance.tables.append(extern)
            case MemoryInstance():
                instance.memories.append(extern)
            case GlobalInstance():
                instance.globals.append(extern)
            case TagInstance():
                instance.tags.append(extern)
    for index in range(len(instance.functions), len(valid.funcs)):
        instance.functions.append(backend.function(instance, index))
    for tag_type in valid.tags[len(instance.tags) :]:
        instance.tags.append(backend.tag(tag_type))
    imported = len(instance.globals)
    for global_type, global_ in zip(valid.globals[imported:], valid.module.globals, strict=True):
        instance.globals.append(backend.global_(global_type, evaluate(global_.init, site)))
    for memory_type in valid.memories[len(instance.memories) :]:
        try:
            instance.memories.append(backend.memory(memory_type))
        except (MemoryError, OverflowError):
            size = memory_type.limits.min * memory_type.page
            raise Trap(TrapKind.ALLOCATION, f"no memory of {size} bytes is to be had") from None
    imported = len(instance.tables)
    for table_type, table in zip(valid.tables[imported:], valid.module.tables, strict=True):
        value = None if table.init is None else evaluate(table.init, site)
        try:
            instance.tables.append(backend.table(table_type, value))
        except (MemoryError, OverflowError):
            size = table_type.limits.min
            raise Trap(TrapKind.ALLOCATION, f"no table of {size} entries is to be had") from None
    for elem in valid.module.elems:
        refs = []
        for expr in elem.init:
            activation.poll()
            refs.append(evaluate(expr, site))
        instance.elems.append(refs)
    instance.datas.extend(data.init for data in valid.module.datas)
    spaces: dict[str, Sequence[Extern]] = {
        "func": instance.functions,
        "table": instance.tables,
        "memory": instance.memories,
        "global": instance.globals,
        "tag": instance.tags,
    }
    for export in valid.module.exports:
        instance.exports[export.name] = spaces[export.kind][export.index]


def _initialise_table(site: Site, index: int, elem: Elem, activation: Activation) -> None:
    instance = site.instance
    if elem.mode == "active":
        assert elem.offset is not None
        table, offset = instance.tables[elem.table], evaluate(elem.offset, site)
        refs = instance.elems[index]
        if offset + len(refs) > table.size:
            raise Trap(TrapKind.TABLE_BOUNDS)
        step = CHUNK // 8
        for start in range(0, len(refs), step):
            activation.poll()
            table.write(offset + start, refs[start : start + step])
    if elem.mode != "passive":
        instance.elems[index] = ()


def _initialise_memory(site: Site, index: int, data: Data, activation: Activation) -> None:
    instance = site.instance
    if data.mode == "active":
        assert data.offset is not None
        memory, offset = instance.memories[data.memory], evaluate(data.offset, site)
        if offset + len(data.init) > len(memory):
            raise Trap(TrapKind.MEMORY_BOUNDS)
        for start in range(0, len(data.init), CHUNK):
            activation.poll()
            memory.write(offset + start, data.init[start : start + CHUNK])
        instance.datas[index] = b""
