"""The collection of garbage in the heap, as LLVM functions; `engines.compiler.heap` says how the heap is made
up, and decides when.

`mark` is given ranges of words. Any word that is an address within an object marks the object, and what is
marked is searched for more: fields that are references by the type of the object. `sweep` frees what has not
been marked. A mark that was given up because of the stop word is undone by `unmark`.
"""

from __future__ import annotations

from engines.compiler.layout import HeapRecord
from engines.compiler.runtime.allocation import BLOCK, GRANULE_BITS, SIZE_OF
from engines.compiler.types import ARRAY, ELEMENTS, GRANULE, LENGTH, LIVE, REFERENCES, SHAPE

FREE, USED, SPARE, LARGE, MORE = range(5)
"""What a block is: free; not to be allocated in; with some room left; the first of those that a large object
takes, or one of the others."""
ROOMY = BLOCK * 3 // 4
"""A block in which no more than that is in use has room left."""

_BLOCK_BITS = BLOCK.bit_length() - 1
_GRANULES = BLOCK // GRANULE
_OBJECT, _MARKED = 1, 2
"""What stands in the byte for a granule in which an object starts; otherwise it is 0."""
_ALL = 0x0101010101010101


def _field(name: str, type_: str = "ptr") -> str:
    """Load a field of the heap's record."""
    offset = getattr(HeapRecord, name).offset
    return (
        f"  %{name}.at = getelementptr i8, ptr %heap, i64 {offset}\n  %{name} = load {type_}, ptr %{name}.at"
    )


_MARK_WORD = f"""
define private void @mark_word(ptr %heap, i64 %word) #2 {{
{_field("base", "i64")}
{_field("size", "i64")}
  %offset = sub i64 %word, %base
  %inside = icmp ult i64 %offset, %size
  br i1 %inside, label %within, label %return
within:
{_field("starts")}
{_field("blocks")}
  %block = lshr i64 %offset, {_BLOCK_BITS}
  %kind.at = getelementptr i8, ptr %blocks, i64 %block
  %kind = load i8, ptr %kind.at
  switch i8 %kind, label %small [ i8 {FREE}, label %return i8 {LARGE}, label %large i8 {MORE}, label %back ]
back:
  %behind = phi i64 [ %block, %within ], [ %before, %back ]
  %before = sub i64 %behind, 1
  %before.at = getelementptr i8, ptr %blocks, i64 %before
  %before.kind = load i8, ptr %before.at
  %more = icmp eq i8 %before.kind, {MORE}
  br i1 %more, label %back, label %large
large:
  %first.block = phi i64 [ %block, %within ], [ %before, %back ]
  %large.granule = shl i64 %first.block, {_BLOCK_BITS - GRANULE_BITS}
  br label %look
small:
  %granule = lshr i64 %offset, {GRANULE_BITS}
  br label %look
look:
  %at = phi i64 [ %large.granule, %large ], [ %granule, %small ], [ %lower, %down ]
  %byte.at = getelementptr i8, ptr %starts, i64 %at
  %byte = load i8, ptr %byte.at
  switch i8 %byte, label %object [ i8 0, label %none i8 {_MARKED}, label %return ]
none:
  %lowest = and i64 %at, {_GRANULES - 1}
  %end = icmp eq i64 %lowest, 0
  br i1 %end, label %return, label %down
down:
  %lower = sub i64 %at, 1
  br label %look
object:
  %start = shl i64 %at, {GRANULE_BITS}
  %start.address = add i64 %start, %base
  %object.at = inttoptr i64 %start.address to ptr
  %length = call i64 @size_of(ptr %object.at)
  %inner = sub i64 %offset, %start
  %hit = icmp ult i64 %inner, %length
  br i1 %hit, label %mark, label %return
mark:
  store i8 {_MARKED}, ptr %byte.at
{_field("live")}
{_field("pending")}
{_field("depth", "i64")}
  %home = lshr i64 %start, {_BLOCK_BITS}
  %live.here = getelementptr i32, ptr %live, i64 %home
  %live.old = load i32, ptr %live.here
  %length.low = trunc i64 %length to i32
  %live.new = add i32 %live.old, %length.low
  store i32 %live.new, ptr %live.here
  %pending.here = getelementptr i64, ptr %pending, i64 %depth
  store i64 %start.address, ptr %pending.here
  %deeper = add i64 %depth, 1
  store i64 %deeper, ptr %depth.at
  br label %return
return:
  ret void
}}
"""

_MARK = f"""
define private i1 @mark_range(ptr %heap, ptr %from, i64 %count, ptr %stop) #0 {{
  br label %next
next:
  %i = phi i64 [ 0, %0 ], [ %i.next, %word ]
  %stopped = load volatile i64, ptr %stop
  %go = icmp eq i64 %stopped, 0
  br i1 %go, label %check, label %give.up
check:
  %done = icmp eq i64 %i, %count
  br i1 %done, label %all, label %word
word:
  %word.at = getelementptr i64, ptr %from, i64 %i
  %value = load i64, ptr %word.at
  call void @mark_word(ptr %heap, i64 %value)
  %i.next = add i64 %i, 1
  br label %next
all:
  ret i1 true
give.up:
  ret i1 false
}}

define private i1 @mark_pending(ptr %heap, ptr %stop) #0 {{
  br label %next
next:
{_field("depth", "i64")}
  %none = icmp eq i64 %depth, 0
  br i1 %none, label %all, label %pop
pop:
{_field("pending")}
  %left = sub i64 %depth, 1
  store i64 %left, ptr %depth.at
  %object.at = getelementptr ptr, ptr %pending, i64 %left
  %object = load ptr, ptr %object.at
  %type = load ptr, ptr %object
  %live.at = getelementptr i8, ptr %type, i64 {LIVE}
  store i64 1, ptr %live.at
  %shape.at = getelementptr i8, ptr %type, i64 {SHAPE}
  %shape = load i64, ptr %shape.at
  %bit = and i64 %shape, {ARRAY}
  %struct = icmp eq i64 %bit, 0
  br i1 %struct, label %fields, label %array
array:
  %third = lshr i64 %shape, 16
  %references = icmp eq i64 %third, 0
  br i1 %references, label %next, label %elements
elements:
  %length.at = getelementptr i8, ptr %object, i64 {LENGTH}
  %length = load i32, ptr %length.at
  %count = zext i32 %length to i64
  %first = getelementptr i8, ptr %object, i64 {ELEMENTS}
  %through = call i1 @mark_range(ptr %heap, ptr %first, i64 %count, ptr %stop)
  br i1 %through, label %next, label %give.up
fields:
  %stopped = load volatile i64, ptr %stop
  %go = icmp eq i64 %stopped, 0
  br i1 %go, label %list, label %give.up
list:
  %list.at = getelementptr i8, ptr %type, i64 {REFERENCES}
  %offsets = load ptr, ptr %list.at
  %fields.count = load i64, ptr %offsets
  br label %field
field:
  %i = phi i64 [ 0, %list ], [ %i.next, %one ]
  %done = icmp eq i64 %i, %fields.count
  br i1 %done, label %next, label %one
one:
  %i.next = add i64 %i, 1
  %offset.at = getelementptr i64, ptr %offsets, i64 %i.next
  %offset = load i64, ptr %offset.at
  %value.at = getelementptr i8, ptr %object, i64 %offset
  %value = load i64, ptr %value.at
  call void @mark_word(ptr %heap, i64 %value)
  br label %field
all:
  ret i1 true
give.up:
  ret i1 false
}}

define hidden i32 @mark(ptr %heap, ptr %ranges, i64 %count, ptr %stop) #0 {{
  br label %next
next:
  %i = phi i64 [ 0, %0 ], [ %i.next, %pending ]
  %done = icmp eq i64 %i, %count
  br i1 %done, label %all, label %range
range:
  %i.next = add i64 %i, 1
  %range.at = getelementptr [2 x i64], ptr %ranges, i64 %i
  %from = load ptr, ptr %range.at
  %words.at = getelementptr i8, ptr %range.at, i64 8
  %words = load i64, ptr %words.at
  %through = call i1 @mark_range(ptr %heap, ptr %from, i64 %words, ptr %stop)
  br i1 %through, label %pending, label %give.up
pending:
  %marked = call i1 @mark_pending(ptr %heap, ptr %stop)
  br i1 %marked, label %next, label %give.up
all:
  ret i32 1
give.up:
  ret i32 0
}}
"""

_SWEEP = f"""
define hidden i64 @sweep(ptr %heap) #0 {{
{_field("size", "i64")}
{_field("starts")}
{_field("blocks")}
{_field("live")}
  %count = lshr i64 %size, {_BLOCK_BITS}
  br label %next
next:
  %block = phi i64 [ 0, %0 ], [ %block.next, %set ]
  %used = phi i64 [ 0, %0 ], [ %used.next, %set ]
  %done = icmp eq i64 %block, %count
  br i1 %done, label %return, label %one
one:
  %kind.at = getelementptr i8, ptr %blocks, i64 %block
  %kind = load i8, ptr %kind.at
  %granule = shl i64 %block, {_BLOCK_BITS - GRANULE_BITS}
  %starts.here = getelementptr i8, ptr %starts, i64 %granule
  %live.here.at = getelementptr i32, ptr %live, i64 %block
  %live.here = load i32, ptr %live.here.at
  store i32 0, ptr %live.here.at
  switch i8 %kind, label %small [ i8 {FREE}, label %set i8 {LARGE}, label %large i8 {MORE}, label %more ]
large:
  %start = load i8, ptr %starts.here
  %marked = icmp eq i8 %start, {_MARKED}
  %large.start = select i1 %marked, i8 {_OBJECT}, i8 0
  store i8 %large.start, ptr %starts.here
  %large.kind = select i1 %marked, i8 {LARGE}, i8 {FREE}
  br label %set
more:
  %before.at = getelementptr i8, ptr %kind.at, i64 -1
  %before = load i8, ptr %before.at
  %before.free = icmp eq i8 %before, {FREE}
  %more.kind = select i1 %before.free, i8 {FREE}, i8 {MORE}
  br label %set
small:
  %word = phi i64 [ 0, %one ], [ %word.next, %small ]
  %word.at = getelementptr i64, ptr %starts.here, i64 %word
  %old = load i64, ptr %word.at
  %shifted = lshr i64 %old, 1
  %new = and i64 %shifted, {_ALL}
  store i64 %new, ptr %word.at
  %word.next = add i64 %word, 1
  %last = icmp eq i64 %word.next, {_GRANULES // 8}
  br i1 %last, label %rate, label %small
rate:
  %empty = icmp eq i32 %live.here, 0
  %roomy = icmp ule i32 %live.here, {ROOMY}
  %room.kind = select i1 %roomy, i8 {SPARE}, i8 {USED}
  %small.kind = select i1 %empty, i8 {FREE}, i8 %room.kind
  br label %set
set:
  %kind.new = phi i8 [ {FREE}, %one ], [ %large.kind, %large ], [ %more.kind, %more ], [ %small.kind, %rate ]
  store i8 %kind.new, ptr %kind.at
  %in.use = icmp ne i8 %kind.new, {FREE}
  %one.more = zext i1 %in.use to i64
  %used.next = add i64 %used, %one.more
  %block.next = add i64 %block, 1
  br label %next
return:
  ret i64 %used
}}

define hidden void @unmark(ptr %heap) #0 {{
{_field("size", "i64")}
{_field("starts")}
{_field("live")}
{_field("depth", "i64")}
  store i64 0, ptr %depth.at
  %count = lshr i64 %size, {_BLOCK_BITS}
  %live.bytes = shl i64 %count, 2
  %words = lshr i64 %size, {GRANULE_BITS + 3}
  %1 = call ptr @memset(ptr %live, i32 0, i64 %live.bytes)
  br label %next
next:
  %i = phi i64 [ 0, %0 ], [ %i.next, %word ]
  %done = icmp eq i64 %i, %words
  br i1 %done, label %return, label %word
word:
  %word.at = getelementptr i64, ptr %starts, i64 %i
  %old = load i64, ptr %word.at
  %shifted = lshr i64 %old, 1
  %both = or i64 %old, %shifted
  %new = and i64 %both, {_ALL}
  store i64 %new, ptr %word.at
  %i.next = add i64 %i, 1
  br label %next
return:
  ret void
}}
"""


def module() -> str:
    """The text of the module."""
    declarations = """
declare ptr @memset(ptr, i32, i64)
attributes #0 = { nounwind "no-builtins" "probe-stack"="inline-asm" }
"""
    return "\n".join((SIZE_OF, _MARK_WORD, _MARK, _SWEEP, declarations))
