"""Reading modules (standard, "Binary Format / Modules")."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from harness.engine import Unsupported
from harness.polling import never
from harness.standard import limits
from harness.standard.binary import types
from harness.standard.binary.cursor import Cursor
from harness.standard.binary.instructions import constant, expression
from harness.standard.instructions import INSTRUCTIONS
from harness.standard.syntax import Data, Elem, Export, Expr, Func, Global, Import, Instr, Module, Table
from harness.standard.types import (
    FUNCREF,
    FuncIndex,
    FuncType,
    GlobalType,
    MemType,
    RefType,
    TableType,
    ValType,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.polling import Poll
    from harness.standard.types import ExternType

_MAGIC = b"\0asm"
_VERSION = b"\1\0\0\0"
_CUSTOM, _CODE, _DATA = 0, 10, 11


def read(binary: bytes, features: frozenset[str], *, bodies: bool = True, poll: Poll = never) -> Module:
    """Decode a module that uses no other than `features`; `Module.features` says which it uses.

    Whether it is valid is another question: several memories, several results, arithmetic in a constant
    expression and mutable globals at the border are always read, and noted.

    Without `bodies`, functions come without locals and instructions, and the features they use are not noted:
    for a module that is known to be well-formed, or whose code is somebody else's concern.

    `poll` is called now and then, and what it raises ends it.

    Raises `harness.engine.Malformed` ("at 0x1c: ...") and, for what is beyond a limit of this implementation,
    `harness.engine.Unsupported`.
    """
    module = Module(features={"mvp"})
    with Cursor(binary, "module", 0, features, module.features, poll) as cursor:
        _header(cursor)
        reading = _Reading(module, bodies)
        rank = -1
        while cursor.position < len(binary):
            start = cursor.position
            section = cursor.byte()
            if section != _CUSTOM and section not in _SECTIONS:
                cursor.fail(f"malformed section id {section}", start)
            what = "custom section" if section == _CUSTOM else _SECTIONS[section].what
            with cursor.piece(cursor.u32(), what) as content:
                if section == _CUSTOM:
                    content.name()
                    content.position = len(content.data)
                    continue
                if _RANKS[section] <= rank:
                    cursor.fail(f"unexpected content after last section: {what}", start)
                rank = _RANKS[section]
                _SECTIONS[section].read(content, reading)
        reading.finish(cursor)
    return module


def _header(cursor: Cursor) -> None:
    if not _MAGIC.startswith(cursor.data[:4]):
        cursor.fail("magic header not detected")
    cursor.position = 4
    if not _VERSION.startswith(cursor.data[4:8]):
        cursor.fail("unknown binary version")
    cursor.position = 8
    if len(cursor.data) < 8:
        raise IndexError


class _Reading:
    """What the sections of a module have to know of each other."""

    def __init__(self, module: Module, bodies: bool) -> None:
        self.module = module
        self.bodies = bodies
        self.func_types: list[int] = []
        """The function section: the type indices of the module's own functions."""
        self.imported_globals = 0
        self.locals = 0

    def constant(self, cursor: Cursor) -> Expr:
        """A constant expression."""
        expr = constant(cursor)
        for instr in expr:
            if instr[0] is _GLOBAL_GET and instr[1] >= self.imported_globals:
                cursor.used.add("gc")
        return expr

    def finish(self, cursor: Cursor) -> None:
        """What only the whole module can say."""
        module = self.module
        if len(module.funcs) != len(self.func_types):
            declared, defined = len(self.func_types), len(module.funcs)
            cursor.fail(f"function and code section have inconsistent lengths: {declared} and {defined}")
        if module.data_count is not None and module.data_count != len(module.datas):
            count, given = module.data_count, len(module.datas)
            cursor.fail(f"data count and data section have inconsistent lengths: {count} and {given}")
        _note_features(module)


def _note_features(module: Module) -> None:
    """Features that take no syntax of their own, but more of the same."""
    imported = [import_.type for import_ in module.imports]
    if sum(isinstance(type_, MemType) for type_ in imported) + len(module.memories) > 1:
        module.features.add("multi-memory")
    if sum(isinstance(type_, TableType) for type_ in imported) + len(module.tables) > 1:
        module.features.add("reference-types")
    if "gc" not in module.features:  # so every group is one type, of a function
        for index, (type_,) in enumerate(module.types):
            if isinstance(type_.comp, FuncType) and type_.comp.mentions(index):
                module.features.add("gc")
    globals_ = [type_ for type_ in imported if isinstance(type_, GlobalType)]
    outside = set(globals_)
    globals_ += [global_.type for global_ in module.globals]
    outside.update(
        globals_[export.index]
        for export in module.exports
        if export.kind == "global" and export.index < len(globals_)
    )
    if any(type_.mutable for type_ in outside):
        module.features.add("mutable-globals")


def _types(cursor: Cursor, reading: _Reading) -> None:
    reading.module.types = cursor.vector(types.rec_type)


def _import(cursor: Cursor) -> Import:
    module, name = cursor.name(), cursor.name()
    kind = cursor.byte()
    if kind >= len(_IMPORTS):
        cursor.fail("malformed import kind", cursor.position - 1)
    if kind == 4:
        cursor.need("exceptions", "a tag")
    return Import(module, name, _IMPORTS[kind](cursor))


_IMPORTS: tuple[Callable[[Cursor], ExternType], ...] = (
    lambda cursor: FuncIndex(cursor.u32()),
    types.table_type,
    types.mem_type,
    types.global_type,
    types.tag_type,
)


def _imports(cursor: Cursor, reading: _Reading) -> None:
    reading.module.imports = cursor.vector(_import)
    reading.imported_globals = sum(isinstance(import_.type, GlobalType) for import_ in reading.module.imports)


def _functions(cursor: Cursor, reading: _Reading) -> None:
    reading.func_types = cursor.vector(Cursor.u32)


def _tables(cursor: Cursor, reading: _Reading) -> None:
    def table(cursor: Cursor) -> Table:
        if cursor.data[cursor.position] != 0x40:
            return Table(types.table_type(cursor), None)
        cursor.position += 1
        cursor.need("function-references", "a table with an initializer")
        if cursor.byte() != 0:
            cursor.fail("malformed table: zero byte expected", cursor.position - 1)
        return Table(types.table_type(cursor), reading.constant(cursor))

    reading.module.tables = cursor.vector(table)


def _memories(cursor: Cursor, reading: _Reading) -> None:
    reading.module.memories = cursor.vector(types.mem_type)


def _tags(cursor: Cursor, reading: _Reading) -> None:
    cursor.need("exceptions", "a tag section")
    reading.module.tags = cursor.vector(types.tag_type)


def _globals(cursor: Cursor, reading: _Reading) -> None:
    reading.module.globals = cursor.vector(
        lambda cursor: Global(types.global_type(cursor), reading.constant(cursor))
    )


_EXPORT_KINDS = ("func", "table", "memory", "global", "tag")


def _export(cursor: Cursor) -> Export:
    name = cursor.name()
    kind = cursor.byte()
    if kind >= len(_EXPORT_KINDS):
        cursor.fail("malformed export kind", cursor.position - 1)
    if kind == 4:
        cursor.need("exceptions", "a tag")
    return Export(name, _EXPORT_KINDS[kind], cursor.u32())


def _exports(cursor: Cursor, reading: _Reading) -> None:
    reading.module.exports = cursor.vector(_export)


def _start(cursor: Cursor, reading: _Reading) -> None:
    reading.module.start = cursor.u32()


_REF_FUNC = INSTRUCTIONS["ref.func"]
_GLOBAL_GET = INSTRUCTIONS["global.get"]
_END: Instr = (INSTRUCTIONS["end"],)
_NOT_ACTIVE, _EXPLICIT, _EXPRESSIONS = 1, 2, 4


def _elems(cursor: Cursor, reading: _Reading) -> None:
    # A segment may have as many functions as it has bytes, so equal entries are shared.
    @cache
    def function(index: int) -> Expr:
        return [(_REF_FUNC, index), _END]

    def elem(cursor: Cursor) -> Elem:
        flags = cursor.u32()
        if flags > 7:
            cursor.fail("malformed elements segment kind", cursor.position - 1)
        if flags:
            cursor.need("bulk-memory", "this kind of element segment")
        mode, table, offset = "active", 0, None
        if flags & _NOT_ACTIVE:
            mode = "declarative" if flags & _EXPLICIT else "passive"
            if flags & _EXPLICIT:
                cursor.need("reference-types", "a declarative element segment")
        else:
            table = cursor.u32() if flags & _EXPLICIT else 0
            offset = reading.constant(cursor)
        type_ = FUNCREF if flags & _EXPRESSIONS else RefType(False, "func")
        if flags & (_NOT_ACTIVE | _EXPLICIT):
            if flags & _EXPRESSIONS:
                type_ = _elem_type(cursor)
            elif cursor.byte() != 0:
                cursor.fail("malformed element kind", cursor.position - 1)
        if flags & _EXPRESSIONS:
            init = cursor.vector(reading.constant)
        else:
            init = cursor.vector(lambda cursor: function(cursor.u32()))
        return Elem(type_, tuple(init), mode, table, offset)

    reading.module.elems = cursor.vector(elem)


def _elem_type(cursor: Cursor) -> RefType:
    # funcref is as old as tables: it needs no feature here
    if cursor.data[cursor.position] == 0x70:
        cursor.position += 1
        return FUNCREF
    return types.ref_type(cursor)


def _data_count(cursor: Cursor, reading: _Reading) -> None:
    cursor.need("bulk-memory", "a data count section")
    reading.module.data_count = cursor.u32()


def _codes(cursor: Cursor, reading: _Reading) -> None:
    count = cursor.u32()
    func_types = reading.func_types
    if count != len(func_types):
        declared = len(func_types)
        cursor.fail(f"function and code section have inconsistent lengths: {declared} and {count}")
    funcs = reading.module.funcs
    if not reading.bodies:
        funcs += [Func(type_, [], []) for type_ in func_types]
        cursor.position = len(cursor.data)
        return
    for type_ in func_types:
        with cursor.piece(cursor.u32(), "function") as body:
            if len(body.data) > limits.FUNCTION_SIZE:
                raise Unsupported(f"at 0x{body.base:x}: function of more than {limits.FUNCTION_SIZE} bytes")
            locals_ = _locals(body, reading)
            instrs, offsets = expression(body)
            funcs.append(Func(type_, locals_, instrs, offsets))
    if reading.module.data_count is None:
        for func in funcs:
            for instr, offset in zip(func.body, func.offsets, strict=True):
                if "dataidx" in instr[0].immediates:
                    cursor.fail(f"data count section required by {instr[0].name}", offset - cursor.base)


def _locals(cursor: Cursor, reading: _Reading) -> list[ValType]:
    runs = cursor.vector(lambda cursor: (cursor.u32(), types.val_type(cursor)))
    total = sum(count for count, _ in runs)
    if total > 0xFFFF_FFFF:
        cursor.fail("too many locals")
    reading.locals += total
    if total > limits.LOCALS or reading.locals > limits.ALL_LOCALS:
        raise Unsupported(
            f"at 0x{cursor.base:x}: too many locals: {total} in this function, {reading.locals} so far; "
            f"the limits are {limits.LOCALS} and {limits.ALL_LOCALS}"
        )
    locals_: list[ValType] = []
    for count, type_ in runs:
        locals_ += [type_] * count
    return locals_


def _datas(cursor: Cursor, reading: _Reading) -> None:
    def data(cursor: Cursor) -> Data:
        flags = cursor.u32()
        if flags > 2:
            cursor.fail("malformed data segment kind", cursor.position - 1)
        if flags:
            cursor.need("bulk-memory", "this kind of data segment")
        mode, memory, offset = "passive", 0, None
        if flags != _NOT_ACTIVE:
            mode = "active"
            memory = cursor.u32() if flags == _EXPLICIT else 0
            offset = reading.constant(cursor)
        return Data(cursor.bytes(cursor.u32()), mode, memory, offset)

    reading.module.datas = cursor.vector(data)


class _Section(NamedTuple):
    what: str
    read: Callable[[Cursor, _Reading], None]


_SECTIONS: dict[int, _Section] = {
    1: _Section("type section", _types),
    2: _Section("import section", _imports),
    3: _Section("function section", _functions),
    4: _Section("table section", _tables),
    5: _Section("memory section", _memories),
    13: _Section("tag section", _tags),
    6: _Section("global section", _globals),
    7: _Section("export section", _exports),
    8: _Section("start section", _start),
    9: _Section("element section", _elems),
    12: _Section("data count section", _data_count),
    _CODE: _Section("code section", _codes),
    _DATA: _Section("data section", _datas),
}
"""In the order that they must have in a binary."""

_RANKS = {section: rank for rank, section in enumerate(_SECTIONS)}
