"""Limits on untrusted modules: at a limit one is taken, beyond it refused; nothing recurses on its depth."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from engines.wasm.deftypes import roll
from engines.wasm.validation import ValidModule, validate
from harness.engine import Unsupported
from harness.standard import limits
from harness.standard.binary import read
from harness.standard.binary.writer import unsigned
from harness.standard.features import ALL
from harness.standard.types import FieldType, RefType, StructType, SubType

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.standard.types import RecType

_END = b"\x0b"
_NOTHING = b"\x60\0\0"
"""The function type that takes and gives nothing."""


def _vector(items: list[bytes]) -> bytes:
    return unsigned(len(items)) + b"".join(items)


def _sized(content: bytes) -> bytes:
    return unsigned(len(content)) + content


def _section(number: int, items: list[bytes]) -> bytes:
    return bytes([number]) + _sized(_vector(items))


def _module(*sections: bytes) -> bytes:
    return b"\0asm\1\0\0\0" + b"".join(sections)


def _functions(*bodies: bytes, types: tuple[bytes, ...] = (_NOTHING,)) -> bytes:
    """Functions of type 0; a body starts with its locals."""
    return _module(
        _section(1, list(types)),
        _section(3, [b"\0"] * len(bodies)),
        _section(10, [_sized(body) for body in bodies]),
    )


def _judge(binary: bytes) -> ValidModule:
    return validate(read(binary, ALL), ALL)


def _nested(depth: int) -> bytes:
    return _functions(b"\0" + b"\x02\x40" * depth + _END * (depth + 1))


def _locals(count: int) -> bytes:
    return _functions(b"\1" + unsigned(count) + b"\x7f" + _END)


def _many_locals(functions: int) -> bytes:
    return _functions(*[b"\1" + unsigned(limits.LOCALS) + b"\x7f" + _END] * functions)


def _size(size: int) -> bytes:
    return _functions(b"\0" + b"\1" * (size - 2) + _END)


def _params(count: int) -> bytes:
    return _module(_section(1, [b"\x60" + unsigned(count) + b"\x7f" * count + b"\0"]))


def _results(count: int) -> bytes:
    return _module(_section(1, [b"\x60\0" + unsigned(count) + b"\x7f" * count]))


def _fields(count: int) -> bytes:
    return _module(_section(1, [b"\x5f" + unsigned(count) + b"\x7f\0" * count]))


def _memories(count: int) -> bytes:
    return _module(_section(5, [b"\0\0"] * count))


def _tables(count: int) -> bytes:
    return _module(_section(4, [b"\x70\0\0"] * count))


def _datas(count: int) -> bytes:
    return _module(_section(11, [b"\1\0"] * count))


def _array_new_fixed(count: int) -> bytes:
    body = b"\0" + b"\x41\0" * count + b"\xfb\x08\1" + unsigned(count) + b"\x1a" + _END
    return _functions(body, types=(_NOTHING, b"\x5e\x7f\0"))


def _operands(count: int) -> bytes:
    """Calls of a function with a thousand results."""
    type_ = b"\x60\0" + unsigned(1000) + b"\x7f" * 1000
    return _functions(b"\0" + b"\x10\0" * (count // 1000) + b"\x0c\0" + _END, types=(type_,))


@pytest.mark.parametrize(
    ("make", "limit", "beyond", "message"),
    [
        (_nested, limits.NESTING, 1, "at 0x4e3d: blocks nested deeper than 10000"),
        (_locals, limits.LOCALS, 1, "at 0x16: too many locals: 50001"),
        (_many_locals, limits.ALL_LOCALS // limits.LOCALS, 1, "in this function, 5050000 so far; the limits"),
        (_size, limits.FUNCTION_SIZE, 1, "function of more than 7654321 bytes"),
        (_params, limits.PARAMS, 1, "type 0: 1001 parameters, the limit is 1000"),
        (_results, limits.RESULTS, 1, "type 0: 1001 results, the limit is 1000"),
        (_fields, limits.FIELDS, 1, "type 0: 10001 fields, the limit is 10000"),
        (_memories, limits.MEMORIES, 1, "101 memories, the limit is 100"),
        (_tables, limits.TABLES, 1, "100001 tables, the limit is 100000"),
        (_datas, limits.DATA_SEGMENTS, 1, "100001 datas, the limit is 100000"),
        (_array_new_fixed, limits.ARRAY_NEW_FIXED, 1, "of 10001 elements, the limit is 10000"),
        (_operands, limits.OPERANDS, 1000, "func 0: at 0x[0-9a-f]+: call: more than 1000000 operands"),
    ],
)
def test_limit(make: Callable[[int], bytes], limit: int, beyond: int, message: str) -> None:
    _judge(make(limit))
    with pytest.raises(Unsupported, match=message):
        _judge(make(limit + beyond))


def _chain(length: int) -> list[RecType]:
    """Structs, each with a reference to the one before."""
    first: RecType = (SubType(True, (), StructType(())),)
    return [
        first,
        *(
            (SubType(True, (), StructType((FieldType(RefType(True, index), False),))),)
            for index in range(length - 1)
        ),
    ]


def test_types_may_refer_to_each_other_deeper_than_python_recurses() -> None:
    chain = _chain(sys.getrecursionlimit() * 3)
    types = roll(chain)
    assert roll(chain) == types
    assert len(set(types)) == len(types)
    assert str(types[-1]) == "(struct (ref null (struct ...)))"


def test_messages_stay_short() -> None:
    (wide,) = roll([(SubType(True, (), StructType((FieldType("i32", False),) * 10_000)),)])
    assert str(wide) == f"(struct {'i32 ' * 8}...)"


def test_entries_of_a_long_segment_are_shared() -> None:
    elem = b"\1\0" + unsigned(300) + b"\0" * 300
    binary = _module(
        _section(1, [_NOTHING]),
        _section(3, [b"\0"]),
        _section(9, [elem]),
        _section(10, [_sized(b"\0" + _END)]),
    )
    (segment,) = _judge(binary).module.elems
    assert len(segment.init) == 300
    assert len(set(map(id, segment.init))) == 1
