"""Table instructions."""

from __future__ import annotations

from typing import Any

from engines.compiler.layout import TableRecord
from engines.compiler.translate.function import INVARIANT, Function
from engines.compiler.translate.memory import SIZE, copy, drop, push_size
from engines.compiler.translate.numeric import REFERENCE
from harness.engine import TrapKind

ENTRY = "!tbaa !5"


def size(function: Function, index: int) -> str:
    """The number of entries of a table."""
    place = function.field("table", index, TableRecord.size.offset)
    return function.define(f"load i64, ptr {place}, {SIZE}")


def entry(function: Function, index: int, kind: TrapKind) -> str:
    """Pop an index into a table; where the entry is, checked."""
    offset = function.pop_offset(address_type(function, index))
    out = function.define(f"icmp uge i64 {offset}, {size(function, index)}")
    function.trap_if(out, kind)
    base = function.define(f"load ptr, ptr {function.field('table', index)}, {INVARIANT}")
    return function.define(f"getelementptr inbounds ptr, ptr {base}, i64 {offset}")


def address_type(function: Function, index: int) -> str:
    """The type of indices into a table."""
    return function.module.valid.tables[index].limits.address


def _table_get(function: Function, index: int) -> None:
    place = entry(function, index, TrapKind.TABLE_BOUNDS)
    function.push(REFERENCE, function.define(f"load ptr, ptr {place}, {ENTRY}"))


def _table_set(function: Function, index: int) -> None:
    value = function.pop()
    place = entry(function, index, TrapKind.TABLE_BOUNDS)
    function.emit(f"store ptr {value}, ptr {place}, {ENTRY}")


def _table_size(function: Function, index: int) -> None:
    push_size(function, address_type(function, index), size(function, index))


def _table_grow(function: Function, index: int) -> None:
    delta = function.pop_offset(address_type(function, index))
    value = function.pop()
    table, grow = function.field("table", index), function.helper("table_grow")
    before = function.define(
        f"call i64 {grow}(ptr swiftself %context, ptr {table}, i64 {delta}, ptr {value}) #0"
    )
    push_size(function, address_type(function, index), before)


def _table_fill(function: Function, index: int) -> None:
    count = function.pop_offset(address_type(function, index))
    value = function.pop()
    offset = function.pop_offset(address_type(function, index))
    table, fill = function.field("table", index), function.helper("table_fill")
    function.emit(
        f"call void {fill}(ptr swiftself %context, ptr {table}, i64 {offset}, ptr {value}, i64 {count}) #0"
    )


def _table_copy(function: Function, target: int, source: int) -> None:
    to_type, from_type = address_type(function, target), address_type(function, source)
    count = function.pop_offset("i32" if "i32" in (to_type, from_type) else "i64")
    from_ = function.pop_offset(from_type)
    to = function.pop_offset(to_type)
    records = function.field("table", target), function.field("table", source)
    copy(function, "table_copy", *records, to, from_, count)


def _table_init(function: Function, elem: int, index: int) -> None:
    count, from_ = function.pop_offset("i32"), function.pop_offset("i32")
    to = function.pop_offset(address_type(function, index))
    records = function.field("table", index), function.module.place("elem", elem)
    copy(function, "table_copy", *records, to, from_, count)


def _elem_drop(function: Function, elem: int) -> None:
    drop(function, "elem", elem)


RULES: dict[str, Any] = {
    "table.get": _table_get,
    "table.set": _table_set,
    "table.size": _table_size,
    "table.grow": _table_grow,
    "table.fill": _table_fill,
    "table.copy": _table_copy,
    "table.init": _table_init,
    "elem.drop": _elem_drop,
}
