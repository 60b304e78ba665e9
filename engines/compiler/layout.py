"""How what lives in the store lies in memory, for generated code and for Python alike.

Generated code is given the execution context in a register that it never changes (`swiftself` in LLVM: r13 on
x86-64, x20 on AArch64), and finds the data of its instance right behind itself.
"""

from __future__ import annotations

import ctypes
from ctypes import c_uint64, c_void_p

MAX_VALUES = 1000
"""Parameters, and results, that a function may have; the limit of the JavaScript interface too."""
INTEGER_REGISTERS = 6
VECTOR_REGISTERS = 8


class Vector(ctypes.Structure):
    """Room for any value."""

    _fields_ = (("low", c_uint64), ("high", c_uint64))


class Registers(ctypes.Structure):
    """What is passed in registers, on its way in or out of generated code. Results are in the first of
    each.
    """

    _fields_ = (("integers", c_uint64 * INTEGER_REGISTERS), ("vectors", Vector * VECTOR_REGISTERS))


class ExecutionContext(ctypes.Structure):
    """What running code looks at: one an invocation from the host, and so never shared by threads.

    `limit` is what the stack pointer must not be below; functions look at it as they are entered, loops as
    they go round. Whoever tells the invocation to stop raises it to its maximum, and sets `stop`, which long
    operations look at.
    """

    _fields_ = (
        ("stop", c_uint64),
        ("limit", c_uint64),
        ("fail", c_void_p),  # leaves the invocation with a status: of `engines.compiler.status`
        ("enter_host", c_void_p),  # where the thunks of host functions lead
        ("call_host", c_void_p),  # the Python function behind it
        ("host_status", c_uint64),  # what that leaves behind: of `engines.compiler.status`
        ("native_stack", c_void_p),  # the stack pointer of the host while generated code runs
        ("stack", c_void_p),  # the upper end of the stack that generated code runs on
        ("memory_grow", c_void_p),
        ("memory_fill", c_void_p),
        ("memory_copy", c_void_p),
        ("table_grow", c_void_p),
        ("table_fill", c_void_p),
        ("table_copy", c_void_p),
        ("heap_next", c_uint64),  # where the next object goes, if it ends at or before
        ("heap_end", c_uint64),
        ("heap_block_end", c_uint64),  # the end of the block that this is in
        (
            "heap_starts",
            c_void_p,
        ),  # plus an address divided by `GRANULE`: tells whether an object starts there
        ("heap_take", c_void_p),  # the thunk of what gives another block, or room for a large object
        ("allocate", c_void_p),
        ("array_fill_8", c_void_p),
        ("array_fill_16", c_void_p),
        ("array_fill_32", c_void_p),
        ("array_fill_64", c_void_p),
        ("array_fill_128", c_void_p),
        ("array_copy", c_void_p),
        ("array_check_data", c_void_p),
        ("array_check_elem", c_void_p),
        ("array_init_data", c_void_p),
        ("array_init_elem", c_void_p),
        ("memory_wait", c_void_p),  # thunks of `engines.compiler.waiting`
        ("memory_notify", c_void_p),
        ("handler", c_void_p),  # the innermost frame of `guard`; 0 if there is none
        ("guarded", c_void_p),  # what `guard` is to call
        ("exception", c_void_p),  # what was thrown through the call that it has just returned from
        ("guard", c_void_p),
        ("unwind", c_void_p),
        ("unused", c_void_p),
        ("values", Vector * MAX_VALUES),  # parameters and results for which there is no register
    )


assert ExecutionContext.values.offset % ctypes.sizeof(Vector) == 0


class FunctionRecord(ctypes.Structure):
    """What a reference to a function points to.

    `code` is where to call it, or, once its instance is closed, what turns its callers away. `type` is the
    record of its type: how many types there are above it, then the addresses of their records, the topmost
    first, and its own. `home` is the number of what it belongs to.
    """

    _fields_ = (("code", c_void_p), ("type", c_void_p), ("home", c_uint64))


class MemoryRecord(ctypes.Structure):
    """A memory; sizes in bytes. The base never moves: address space for `maximum` bytes is set aside."""

    _fields_ = (("base", c_void_p), ("size", c_uint64), ("maximum", c_uint64), ("page", c_uint64))


class TableRecord(ctypes.Structure):
    """A table of references, eight bytes each; sizes in entries. The base never moves."""

    _fields_ = (("base", c_void_p), ("size", c_uint64), ("maximum", c_uint64))


class SegmentRecord(ctypes.Structure):
    """A segment of bytes or references; a dropped one has size 0."""

    _fields_ = (("base", c_void_p), ("size", c_uint64))


class HeapRecord(ctypes.Structure):
    """The heap: see `engines.compiler.heap`. `size` is that of the blocks that have been in use."""

    _fields_ = (
        ("base", c_void_p),
        ("size", c_uint64),
        ("starts", c_void_p),  # a byte a granule
        ("blocks", c_void_p),  # a byte a block
        ("live", c_void_p),  # for each block, bytes of objects that have been marked; an i32
        ("pending", c_void_p),  # objects that have been marked, but not searched
        ("depth", c_uint64),  # how many
    )
