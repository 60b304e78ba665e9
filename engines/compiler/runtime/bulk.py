"""The instructions that may take long, once for all modules, as LLVM functions: growing, filling and copying.

They work in chunks and look at the stop word of the context between two of them, after the bounds have been
checked: what is out of bounds traps, whether or not the invocation is to stop. What an interrupted one leaves
behind is a prefix, or for an overlapping copy a suffix, of what it would have done; `table.grow` leaves
nothing.

Offsets, sizes and counts are i64, in bytes for memories and in entries for tables.
"""

from __future__ import annotations

from mmap import PAGESIZE, PROT_READ, PROT_WRITE

from engines.compiler.layout import MemoryRecord, SegmentRecord, TableRecord
from engines.compiler.status import INTERRUPTED, TRAPS
from harness.engine import TrapKind

CHUNK = 1 << 20
"""Bytes between two looks at the stop word."""

HELPERS = (
    "memory_grow", "memory_fill", "memory_copy", "table_grow", "table_fill", "table_copy",
)  # fmt: skip
"""Functions of this module; each has a field of its name in the execution context."""

_WORDS = {"memory": 0, "table": 3}
"""Binary logarithms of the sizes of what they hold."""
_MAXIMUM = MemoryRecord.maximum.offset
_SIZE = MemoryRecord.size.offset
assert SegmentRecord.size.offset == TableRecord.size.offset == _SIZE
assert TableRecord.maximum.offset == _MAXIMUM
_TRAPS = {"memory": TRAPS[TrapKind.MEMORY_BOUNDS], "table": TRAPS[TrapKind.TABLE_BOUNDS]}

_COMMON = f"""
declare hidden void @fail(ptr swiftself, i32) #1
declare ptr @memmove(ptr, ptr, i64)
declare ptr @memset(ptr, i32, i64)
declare i32 @mprotect(ptr, i64, i32)

define hidden void @poll(ptr swiftself %context) #0 {{
  %stop = load volatile i64, ptr %context
  %go = icmp eq i64 %stop, 0
  br i1 %go, label %return, label %interrupted
return:
  ret void
interrupted:
  call void @fail(ptr swiftself %context, i32 {INTERRUPTED})
  unreachable
}}

define hidden void @check(ptr swiftself %context, i64 %size, i64 %offset, i64 %count, i32 %kind) #0 {{
  %long = icmp ugt i64 %count, %size
  %room = sub i64 %size, %count
  %far = icmp ugt i64 %offset, %room
  %out = or i1 %long, %far
  br i1 %out, label %trap, label %return
return:
  ret void
trap:
  call void @fail(ptr swiftself %context, i32 %kind)
  unreachable
}}

define hidden void @copy(ptr swiftself %context, ptr %to, ptr %from, i64 %length) #0 {{
  %backwards = icmp ugt ptr %to, %from
  br label %next
next:
  %left = phi i64 [ %length, %0 ], [ %rest, %chunk ]
  %done = icmp eq i64 %left, 0
  br i1 %done, label %return, label %chunk
chunk:
  call void @poll(ptr swiftself %context)
  %size = call i64 @llvm.umin.i64(i64 %left, i64 {CHUNK})
  %rest = sub i64 %left, %size
  %done.bytes = sub i64 %length, %left
  %offset = select i1 %backwards, i64 %rest, i64 %done.bytes
  %to.here = getelementptr i8, ptr %to, i64 %offset
  %from.here = getelementptr i8, ptr %from, i64 %offset
  %1 = call ptr @memmove(ptr %to.here, ptr %from.here, i64 %size)
  br label %next
return:
  ret void
}}

define private void @fill(ptr swiftself %context, ptr %to, ptr %value, i64 %count) #0 {{
  br label %chunk
chunk:
  %at = phi i64 [ 0, %0 ], [ %end, %entries.done ]
  %done = icmp eq i64 %at, %count
  br i1 %done, label %return, label %begin
begin:
  call void @poll(ptr swiftself %context)
  %left = sub i64 %count, %at
  %size = call i64 @llvm.umin.i64(i64 %left, i64 {CHUNK >> 3})
  %end = add i64 %at, %size
  br label %entries
entries:
  %i = phi i64 [ %at, %begin ], [ %i.next, %entries ]
  %entry = getelementptr ptr, ptr %to, i64 %i
  store ptr %value, ptr %entry
  %i.next = add i64 %i, 1
  %last = icmp eq i64 %i.next, %end
  br i1 %last, label %entries.done, label %entries
entries.done:
  br label %chunk
return:
  ret void
}}

define hidden void @memory_fill(ptr swiftself %context, ptr %memory, i64 %offset, i32 %value,
    i64 %count) #0 {{
  %size.at = getelementptr i8, ptr %memory, i64 {_SIZE}
  %size = load i64, ptr %size.at
  call void @check(ptr swiftself %context, i64 %size, i64 %offset, i64 %count, i32 {_TRAPS["memory"]})
  %base = load ptr, ptr %memory
  %to = getelementptr i8, ptr %base, i64 %offset
  br label %next
next:
  %at = phi i64 [ 0, %0 ], [ %end, %chunk ]
  %done = icmp eq i64 %at, %count
  br i1 %done, label %return, label %chunk
chunk:
  call void @poll(ptr swiftself %context)
  %left = sub i64 %count, %at
  %length = call i64 @llvm.umin.i64(i64 %left, i64 {CHUNK})
  %here = getelementptr i8, ptr %to, i64 %at
  %1 = call ptr @memset(ptr %here, i32 %value, i64 %length)
  %end = add i64 %at, %length
  br label %next
return:
  ret void
}}

define hidden void @table_fill(ptr swiftself %context, ptr %table, i64 %offset, ptr %value, i64 %count) #0 {{
  %size.at = getelementptr i8, ptr %table, i64 {_SIZE}
  %size = load i64, ptr %size.at
  call void @check(ptr swiftself %context, i64 %size, i64 %offset, i64 %count, i32 {_TRAPS["table"]})
  %base = load ptr, ptr %table
  %to = getelementptr ptr, ptr %base, i64 %offset
  call void @fill(ptr swiftself %context, ptr %to, ptr %value, i64 %count)
  ret void
}}
"""


def _grow(kind: str) -> str:
    """The size before, or -1; for a memory both it and the delta are in pages.

    Where another thread has let a shared memory grow meanwhile, all is done again: that pages behind the size
    can be used is of no consequence.
    """
    if kind == "memory":
        scale = f"""
  %page.at = getelementptr i8, ptr %record, i64 {MemoryRecord.page.offset}
  %page = load i64, ptr %page.at
  %product = call {{ i64, i1 }} @llvm.umul.with.overflow.i64(i64 %delta, i64 %page)
  %more = extractvalue {{ i64, i1 }} %product, 0
  %overflow = extractvalue {{ i64, i1 }} %product, 1
  %result = udiv i64 %size, %page"""
        parameter = fill = ""
    else:
        scale = """
  %more = add i64 %delta, 0
  %overflow = icmp ult i64 %more, %delta
  %result = add i64 %size, 0"""
        parameter = ", ptr %value"
        fill = """
  %to = getelementptr ptr, ptr %base, i64 %size
  call void @fill(ptr swiftself %context, ptr %to, ptr %value, i64 %more)"""
    return f"""
define hidden i64 @{kind}_grow(ptr swiftself %context, ptr %record, i64 %delta{parameter}) #0 {{
  %base = load ptr, ptr %record
  %size.at = getelementptr i8, ptr %record, i64 {_SIZE}
  %maximum.at = getelementptr i8, ptr %record, i64 {_MAXIMUM}
  %maximum = load i64, ptr %maximum.at
  br label %try
try:
  %size = load atomic i64, ptr %size.at monotonic, align 8
  {scale}
  %room = sub i64 %maximum, %size
  %over = icmp ugt i64 %more, %room
  %no = or i1 %overflow, %over
  br i1 %no, label %refused, label %enough
enough:
  %new.size = add i64 %size, %more
  %bytes = shl i64 %size, {_WORDS[kind]}
  %new.bytes = shl i64 %new.size, {_WORDS[kind]}
  %first = and i64 %bytes, {-PAGESIZE}
  %length = sub i64 %new.bytes, %first
  %pages = getelementptr i8, ptr %base, i64 %first
  %error = call i32 @mprotect(ptr %pages, i64 %length, i32 {PROT_READ | PROT_WRITE})
  %ok = icmp eq i32 %error, 0
  br i1 %ok, label %granted, label %refused
granted:{fill}
  %exchanged = cmpxchg ptr %size.at, i64 %size, i64 %new.size seq_cst seq_cst, align 8
  %alone = extractvalue {{ i64, i1 }} %exchanged, 1
  br i1 %alone, label %return, label %try
return:
  ret i64 %result
refused:
  ret i64 -1
}}
"""


def _copy(kind: str) -> str:
    """Between two memories or tables, or out of a segment: their records begin alike."""
    trap, shift = _TRAPS[kind], _WORDS[kind]
    return f"""
define hidden void @{kind}_copy(ptr swiftself %context, ptr %to.record, ptr %from.record, i64 %to, i64 %from,
    i64 %count) #0 {{
  %to.size.at = getelementptr i8, ptr %to.record, i64 {_SIZE}
  %to.size = load i64, ptr %to.size.at
  call void @check(ptr swiftself %context, i64 %to.size, i64 %to, i64 %count, i32 {trap})
  %from.size.at = getelementptr i8, ptr %from.record, i64 {_SIZE}
  %from.size = load i64, ptr %from.size.at
  call void @check(ptr swiftself %context, i64 %from.size, i64 %from, i64 %count, i32 {trap})
  %to.base = load ptr, ptr %to.record
  %from.base = load ptr, ptr %from.record
  %to.bytes = shl i64 %to, {shift}
  %from.bytes = shl i64 %from, {shift}
  %length = shl i64 %count, {shift}
  %to.here = getelementptr i8, ptr %to.base, i64 %to.bytes
  %from.here = getelementptr i8, ptr %from.base, i64 %from.bytes
  call void @copy(ptr swiftself %context, ptr %to.here, ptr %from.here, i64 %length)
  ret void
}}
"""


def module() -> str:
    """The text of the module; needs `fail` of `engines.compiler.runtime.entry`."""
    parts = [_COMMON]
    parts += [make(kind) for make in (_grow, _copy) for kind in _WORDS]
    parts.append('attributes #0 = { nounwind "no-builtins" "probe-stack"="inline-asm" }')
    parts.append("attributes #1 = { cold noreturn nounwind }")
    return "\n".join(parts)
