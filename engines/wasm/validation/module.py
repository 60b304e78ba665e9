"""Validating modules (standard, "Validation / Modules")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.wasm.deftypes import matches
from engines.wasm.validation.body import function_references, validate_constant, validate_function
from engines.wasm.validation.context import ValidModule, Where
from engines.wasm.validation.machine import defaultable
from engines.wasm.validation.types import validate_memory, validate_table, validate_types
from harness.engine import Invalid, Unsupported
from harness.polling import never, polled
from harness.standard import limits
from harness.standard.types import FuncIndex, FuncType, GlobalType, MemType, TableType, TagType

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engines.wasm.deftypes import DefType
    from harness.polling import Poll
    from harness.standard.syntax import Data, Elem, Expr, Import, Module
    from harness.standard.types import RefType


def validate(
    module: Module, features: frozenset[str], *, bodies: bool = True, poll: Poll = never
) -> ValidModule:
    """Validate a module by the rules of the standard with no other than `features`.

    Without `bodies`, it must be known that those are valid: it may have been read without them. `poll` is
    called now and then, and what it raises ends it.

    Raises `harness.engine.Invalid` ("func 3: at 0x1c: i32.add: ...") and, for what is beyond a limit of this
    implementation, `harness.engine.Unsupported`.
    """
    _check_counts(module)
    context = ValidModule(module, features, validate_types(module.types, features, poll))
    for index, import_ in enumerate(polled(module.imports, poll)):
        with Where("import", index):
            _import(context, import_)
    for index, func in enumerate(polled(module.funcs, poll), len(context.funcs)):
        with Where("func", index):
            context.funcs.append(_of_functions(context, func.type))
    for index, tag in enumerate(polled(module.tags, poll), len(context.tags)):
        with Where("tag", index):
            context.tags.append(_tag(context, tag))
    context.refs = function_references(_constants(module))
    context.refs.update(export.index for export in module.exports if export.kind == "func")
    imported = context.globals[:]
    _tables_and_memories(context, imported, poll)
    # Since garbage collection, constant expressions may use all globals before them, not only imported ones.
    usable = context.globals if "gc" in features else imported
    for index, global_ in enumerate(polled(module.globals, poll), len(context.globals)):
        with Where("global", index):
            type_ = _global_type(context, global_.type)
            validate_constant(context, global_.init, type_.type, usable)
            context.globals.append(type_)
    context.elems = [context.close_ref(elem.type) for elem in module.elems]
    for index, elem in enumerate(polled(module.elems, poll)):
        with Where("elem", index):
            _elem(context, elem, context.elems[index], usable)
    for index, data in enumerate(polled(module.datas, poll)):
        with Where("data", index):
            _data(context, data, usable)
    _start(context)
    _exports(context, poll)
    if bodies:
        for index, func in enumerate(module.funcs, len(context.funcs) - len(module.funcs)):
            with Where("func", index):
                validate_function(context, func, poll)
    return context


_COUNTS = {
    "imports": limits.IMPORTS,
    "funcs": limits.FUNCTIONS,
    "tables": limits.TABLES,
    "memories": limits.MEMORIES,
    "tags": limits.TAGS,
    "globals": limits.GLOBALS,
    "exports": limits.EXPORTS,
    "elems": limits.ELEMENT_SEGMENTS,
    "datas": limits.DATA_SEGMENTS,
}


def _check_counts(module: Module) -> None:
    for name, limit in _COUNTS.items():
        count = len(getattr(module, name))
        if count > limit:
            raise Unsupported(f"{count} {name}, the limit is {limit}")
    for number, elem in enumerate(module.elems):
        if len(elem.init) > limits.ELEMENTS:
            raise Unsupported(f"elem {number}: {len(elem.init)} elements, the limit is {limits.ELEMENTS}")


def _import(context: ValidModule, import_: Import) -> None:
    match import_.type:
        case FuncIndex(index):
            context.funcs.append(_of_functions(context, index))
        case TableType() as table:
            context.tables.append(validate_table(context, table))
        case MemType() as memory:
            validate_memory(memory)
            context.memories.append(memory)
        case GlobalType() as global_:
            context.globals.append(_global_type(context, global_))
            if global_.mutable and "mutable-globals" not in context.features:
                raise Invalid("a mutable global cannot be imported without the feature mutable-globals")
        case TagType() as tag:
            context.tags.append(_tag(context, tag))


def _of_functions(context: ValidModule, index: int) -> DefType:
    context.func_type(index)
    return context.types[index]


def _tag(context: ValidModule, tag: TagType) -> DefType:
    if context.func_type(tag.type).results:
        raise Invalid("non-empty tag result type")
    return context.types[tag.type]


def _global_type(context: ValidModule, type_: GlobalType) -> GlobalType:
    return GlobalType(context.close(type_.type), type_.mutable)


def _constants(module: Module) -> Iterator[Expr]:
    """All constant expressions."""
    for global_ in module.globals:
        yield global_.init
    for table in module.tables:
        if table.init is not None:
            yield table.init
    for elem in module.elems:
        yield from elem.init
        if elem.offset is not None:
            yield elem.offset
    for data in module.datas:
        if data.offset is not None:
            yield data.offset


def _tables_and_memories(context: ValidModule, usable: Sequence[GlobalType], poll: Poll) -> None:
    for index, table in enumerate(polled(context.module.tables, poll), len(context.tables)):
        with Where("table", index):
            type_ = validate_table(context, table.type)
            if table.init is not None:
                validate_constant(context, table.init, type_.ref, usable)
            elif not defaultable(type_.ref):
                raise Invalid("type mismatch: its elements have no default value")
            context.tables.append(type_)
    for index, memory in enumerate(context.module.memories, len(context.memories)):
        with Where("memory", index):
            validate_memory(memory)
            context.memories.append(memory)
    if len(context.tables) > 1 and "reference-types" not in context.features:
        raise Invalid("multiple tables need the feature reference-types")
    if len(context.memories) > 1 and "multi-memory" not in context.features:
        raise Invalid("multiple memories need the feature multi-memory")


def _elem(context: ValidModule, elem: Elem, type_: RefType, usable: Sequence[GlobalType]) -> None:
    if elem.mode == "active":
        table = context.table(elem.table)
        if not matches(type_, table.ref):
            raise Invalid(f"type mismatch: {type_} into a table of {table.ref}")
        assert elem.offset is not None
        validate_constant(context, elem.offset, table.limits.address, usable)
    # Segments are long, and the reader shares the expressions of their functions.
    for expr in {id(expr): expr for expr in elem.init}.values():
        validate_constant(context, expr, type_, usable)


def _data(context: ValidModule, data: Data, usable: Sequence[GlobalType]) -> None:
    if data.mode == "active":
        assert data.offset is not None
        validate_constant(context, data.offset, context.memory(data.memory).limits.address, usable)


def _start(context: ValidModule) -> None:
    start = context.module.start
    if start is not None and context.func(start).comp != FuncType((), ()):
        raise Invalid(f"start function {start} must have neither parameters nor results")


def _exports(context: ValidModule, poll: Poll) -> None:
    sizes = {
        "func": len(context.funcs),
        "table": len(context.tables),
        "memory": len(context.memories),
        "global": len(context.globals),
        "tag": len(context.tags),
    }
    names = set()
    for name, kind, index in polled(context.module.exports, poll):
        if index >= sizes[kind]:
            raise Invalid(f"export {name!r}: unknown {kind} {index}")
        if name in names:
            raise Invalid(f"duplicate export name {name!r}")
        names.add(name)
        if kind == "global" and context.globals[index].mutable and "mutable-globals" not in context.features:
            raise Invalid("a mutable global cannot be exported without the feature mutable-globals")
