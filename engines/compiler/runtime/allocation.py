"""Allocation in the heap, as an LLVM function; `engines.compiler.heap` says how the heap is made up.

`allocate` is where inlined allocation goes when the run of free bytes it works in is used up: to the next run
of the same block that is large enough, and if there is none, by way of Python, to another block.
"""

from __future__ import annotations

from engines.compiler.layout import ExecutionContext
from engines.compiler.types import ARRAY, ELEMENTS, GRANULE, LENGTH, SHAPE

BLOCK = 1 << 16
"""Bytes of a block."""
SMALL = BLOCK // 2
"""Bytes of the largest object that shares a block with others."""
GRANULE_BITS = GRANULE.bit_length() - 1

HELPERS = ("allocate",)
"""Functions of this module that have a field of their name in the execution context."""


def _context(name: str) -> str:
    """A pointer to a field of the execution context."""
    return f"  %{name}.at = getelementptr i8, ptr %context, i64 {getattr(ExecutionContext, name).offset}"


SIZE_OF = f"""
define private i64 @size_of(ptr %object) #2 {{
  %type = load ptr, ptr %object
  %shape.at = getelementptr i8, ptr %type, i64 {SHAPE}
  %shape = load i64, ptr %shape.at
  %bit = and i64 %shape, {ARRAY}
  %struct = icmp eq i64 %bit, 0
  br i1 %struct, label %fixed, label %counted
fixed:
  ret i64 %shape
counted:
  %length.at = getelementptr i8, ptr %object, i64 {LENGTH}
  %length = load i32, ptr %length.at
  %count = zext i32 %length to i64
  %second = lshr i64 %shape, 8
  %logarithm = and i64 %second, 255
  %bytes = shl i64 %count, %logarithm
  %end = add i64 %bytes, {ELEMENTS + GRANULE - 1}
  %size = and i64 %end, {-GRANULE}
  ret i64 %size
}}
attributes #2 = {{ nounwind alwaysinline "no-builtins" }}
"""
"""The function that gives the size of an object, in bytes, and the attributes that it needs."""

_ALLOCATE = f"""
define hidden ptr @allocate(ptr swiftself %context, i64 %size) #0 {{
{_context("heap_next")}
{_context("heap_end")}
{_context("heap_block_end")}
{_context("heap_starts")}
{_context("heap_take")}
  %starts = load ptr, ptr %heap_starts.at
  %large = icmp ugt i64 %size, {SMALL}
  br i1 %large, label %take, label %search
search:
  %first = load i64, ptr %heap_end.at
  %block.end = load i64, ptr %heap_block_end.at
  br label %next
next:
  %at = phi i64 [ %first, %search ], [ %after, %object ], [ %until, %short ]
  %over = icmp uge i64 %at, %block.end
  br i1 %over, label %take, label %look
look:
  %granule = lshr i64 %at, {GRANULE_BITS}
  %byte.at = getelementptr i8, ptr %starts, i64 %granule
  %byte = load i8, ptr %byte.at
  %free = icmp eq i8 %byte, 0
  br i1 %free, label %extend, label %object
object:
  %object.at = inttoptr i64 %at to ptr
  %object.size = call i64 @size_of(ptr %object.at)
  %after = add i64 %at, %object.size
  br label %next
extend:
  %until = phi i64 [ %at, %look ], [ %further, %still.free ]
  %stop = icmp uge i64 %until, %block.end
  br i1 %stop, label %run, label %still
still:
  %still.granule = lshr i64 %until, {GRANULE_BITS}
  %still.at = getelementptr i8, ptr %starts, i64 %still.granule
  %still.byte = load i8, ptr %still.at
  %still.zero = icmp eq i8 %still.byte, 0
  br i1 %still.zero, label %still.free, label %run
still.free:
  %further = add i64 %until, {GRANULE}
  br label %extend
run:
  %room = sub i64 %until, %at
  %enough = icmp uge i64 %room, %size
  br i1 %enough, label %found, label %short
short:
  br label %next
found:
  %rest = add i64 %at, %size
  store i64 %rest, ptr %heap_next.at
  store i64 %until, ptr %heap_end.at
  %place = inttoptr i64 %at to ptr
  ret ptr %place
take:
  %take.to = load ptr, ptr %heap_take.at
  %taken = call ptr %take.to(ptr swiftself %context, i64 %size)
  %again = icmp eq ptr %taken, null
  br i1 %again, label %search, label %done
done:
  ret ptr %taken
}}
"""


def module() -> str:
    """The text of the module."""
    return SIZE_OF + _ALLOCATE + 'attributes #0 = { nounwind "no-builtins" "probe-stack"="inline-asm" }\n'
