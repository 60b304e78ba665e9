"""The instructions on arrays that may take long, as LLVM functions; like those of
`engines.compiler.runtime.bulk` they work in chunks, and look at the stop word between two of them.

Indices and counts are i64, in elements, but for data segments in bytes; `logarithm` is that of the size of
an element in bytes. None of the sums and products overflows: lengths, indices and counts are of 32 bits.
"""

from __future__ import annotations

from engines.compiler.layout import SegmentRecord
from engines.compiler.runtime.bulk import CHUNK
from engines.compiler.status import TRAPS
from engines.compiler.types import ELEMENTS, LENGTH
from harness.engine import TrapKind

WIDTHS = (8, 16, 32, 64, 128)
"""Bits that elements may have."""
HELPERS = (
    *(f"array_fill_{bits}" for bits in WIDTHS),
    "array_copy", "array_check_data", "array_check_elem", "array_init_data", "array_init_elem",
)  # fmt: skip
"""Functions of this module; each has a field of its name in the execution context."""

_BOUNDS = TRAPS[TrapKind.ARRAY_BOUNDS]
_TRAPS = {"data": TRAPS[TrapKind.MEMORY_BOUNDS], "elem": TRAPS[TrapKind.TABLE_BOUNDS]}
_UNITS = {"data": 0, "elem": 3}
"""Logarithms of the sizes of what segments count in."""


def element_type(bits: int) -> str:
    """The LLVM type as which elements of that size are passed."""
    return "<2 x i64>" if bits == 128 else f"i{bits}"


_COMMON = f"""
declare hidden void @fail(ptr swiftself, i32) #1
declare hidden void @poll(ptr swiftself) #0
declare hidden void @check(ptr swiftself, i64, i64, i64, i32) #0
declare hidden void @copy(ptr swiftself, ptr, ptr, i64) #0
declare ptr @memmove(ptr, ptr, i64)

define private ptr @part(ptr swiftself %context, ptr %array, i64 %index, i64 %count, i64 %logarithm) #0 {{
  %length.at = getelementptr i8, ptr %array, i64 {LENGTH}
  %length.32 = load i32, ptr %length.at
  %length = zext i32 %length.32 to i64
  call void @check(ptr swiftself %context, i64 %length, i64 %index, i64 %count, i32 {_BOUNDS})
  %offset = shl i64 %index, %logarithm
  %elements = getelementptr i8, ptr %array, i64 {ELEMENTS}
  %place = getelementptr i8, ptr %elements, i64 %offset
  ret ptr %place
}}

define hidden void @array_copy(ptr swiftself %context, ptr %target, i64 %to, ptr %source, i64 %from,
    i64 %count, i64 %logarithm) #0 {{
  %to.here = call ptr @part(ptr swiftself %context, ptr %target, i64 %to, i64 %count, i64 %logarithm)
  %from.here = call ptr @part(ptr swiftself %context, ptr %source, i64 %from, i64 %count, i64 %logarithm)
  %bytes = shl i64 %count, %logarithm
  call void @copy(ptr swiftself %context, ptr %to.here, ptr %from.here, i64 %bytes)
  ret void
}}
"""


def _fill(bits: int) -> str:
    """Set elements of an array to a value."""
    logarithm = (bits // 8).bit_length() - 1
    type_ = element_type(bits)
    return f"""
define hidden void @array_fill_{bits}(ptr swiftself %context, ptr %array, i64 %index, {type_} %value,
    i64 %count) #0 {{
  %to = call ptr @part(ptr swiftself %context, ptr %array, i64 %index, i64 %count, i64 {logarithm})
  br label %chunk
chunk:
  %at = phi i64 [ 0, %0 ], [ %end, %elements.done ]
  %done = icmp eq i64 %at, %count
  br i1 %done, label %return, label %begin
begin:
  call void @poll(ptr swiftself %context)
  %left = sub i64 %count, %at
  %size = call i64 @llvm.umin.i64(i64 %left, i64 {CHUNK >> logarithm})
  %end = add i64 %at, %size
  br label %elements
elements:
  %i = phi i64 [ %at, %begin ], [ %i.next, %elements ]
  %element = getelementptr {type_}, ptr %to, i64 %i
  store {type_} %value, ptr %element, align {min(bits // 8, 8)}
  %i.next = add i64 %i, 1
  %last = icmp eq i64 %i.next, %end
  br i1 %last, label %elements.done, label %elements
elements.done:
  br label %chunk
return:
  ret void
}}
"""


def _segment(kind: str) -> str:
    """Check a range of a segment, and copy it to an array, which is checked first."""
    return f"""
define hidden ptr @array_check_{kind}(ptr swiftself %context, ptr %segment, i64 %from, i64 %count,
    i64 %logarithm) #0 {{
  %size.at = getelementptr i8, ptr %segment, i64 {SegmentRecord.size.offset}
  %size = load i64, ptr %size.at
  %bytes = shl i64 %size, {_UNITS[kind]}
  %start = shl i64 %from, {_UNITS[kind]}
  %length = shl i64 %count, %logarithm
  call void @check(ptr swiftself %context, i64 %bytes, i64 %start, i64 %length, i32 {_TRAPS[kind]})
  %base = load ptr, ptr %segment
  %from.here = getelementptr i8, ptr %base, i64 %start
  ret ptr %from.here
}}

define hidden void @array_init_{kind}(ptr swiftself %context, ptr %array, i64 %to, ptr %segment, i64 %from,
    i64 %count, i64 %logarithm) #0 {{
  %to.here = call ptr @part(ptr swiftself %context, ptr %array, i64 %to, i64 %count, i64 %logarithm)
  %from.here = call ptr @array_check_{kind}(ptr swiftself %context, ptr %segment, i64 %from, i64 %count,
    i64 %logarithm)
  %length = shl i64 %count, %logarithm
  call void @copy(ptr swiftself %context, ptr %to.here, ptr %from.here, i64 %length)
  ret void
}}
"""


def module() -> str:
    """The text of the module; needs `fail` of `engines.compiler.runtime.entry`."""
    parts = [_COMMON, *map(_fill, WIDTHS), *map(_segment, _UNITS)]
    parts.append('attributes #0 = { nounwind "no-builtins" "probe-stack"="inline-asm" }')
    parts.append("attributes #1 = { cold noreturn nounwind }")
    return "\n".join(parts)
