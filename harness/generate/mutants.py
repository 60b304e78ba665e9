"""Strategies for what is nearly a module: a little of a good one is changed.

`mutants` changes bytes, half of the time inside a section or a function, whose sizes are then set right, so
that more is found wrong than a size. `variants` changes instructions: the result is often valid.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import strategies as st

from harness.standard.binary.writer import unsigned
from harness.standard.instructions import INSTRUCTIONS, Instruction
from harness.standard.syntax import Func, MemArg

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

    from harness.standard.syntax import Module

HEADER = 8
"""Bytes before the first section."""
_CODE = 10

_HARD = (
    bytes([0]), bytes([0x7F]), bytes([0x80]), bytes([0xFF]),
    b"\x80\x00", b"\xff" * 4 + b"\x0f", b"\xff" * 4 + b"\x7f", b"\x80" * 4 + b"\x10",
    b"\xff" * 9 + b"\x01", b"\x80" * 10 + b"\x00",
    b"\xfb", b"\xfc", b"\xfd", b"\xfe", b"\x05", b"\x0b", b"\x40", b"\x02\x40", b"\x03\x40", b"\x04\x40",
    b"\x63\x70", b"\x64\x00",
)  # fmt: skip
"""Ends of ranges, integers that are too long or too large, prefixes, blocks and their ends, references."""


class Section(NamedTuple):
    """A section of a binary, without its size."""

    id: int
    content: bytes


def mutants(binaries: SearchStrategy[bytes]) -> SearchStrategy[bytes]:
    """Binaries that differ from given ones in one to three places."""
    return _mutants(binaries)


@st.composite
def _mutants(draw: DrawFn, binaries: SearchStrategy[bytes]) -> bytes:
    binary = draw(binaries)
    for _ in range(draw(st.integers(1, 3))):
        sections = split(binary) if draw(st.booleans()) else None
        if sections:
            index = draw(st.integers(0, len(sections) - 1))
            id_, content = sections[index]
            sections[index] = Section(
                id_, _mutate_function(draw, content) if id_ == _CODE else _mutate(draw, content)
            )
            binary = binary[:HEADER] + join(sections)
        else:
            binary = _mutate(draw, binary)
    return binary


def _mutate(draw: DrawFn, data: bytes) -> bytes:
    """Replace a few bytes, perhaps none or by none; or repeat or swap a piece."""
    start = draw(st.integers(0, len(data)))
    end = min(start + draw(st.integers(0, 4)), len(data))
    other = draw(st.integers(0, len(data)))
    kind = draw(st.sampled_from(("replace", "replace", "replace", "repeat", "move", "cut")))
    if kind == "replace":
        return data[:start] + draw(st.one_of(st.sampled_from(_HARD), st.binary(max_size=4))) + data[end:]
    if kind == "repeat":
        low, high = sorted((start, other))
        return data[:high] + data[low:high] + data[high:]
    if kind == "move":
        piece, rest = data[start:end], data[:start] + data[end:]
        return rest[:other] + piece + rest[other:]
    return data[:start]


def _mutate_function(draw: DrawFn, content: bytes) -> bytes:
    """Change one function of the code section, if it can be taken apart."""
    count = integer(content, 0)
    if count is None:
        return _mutate(draw, content)
    bodies: list[bytes] = []
    position = count[1]
    while position < len(content):
        size = integer(content, position)
        if size is None:
            return _mutate(draw, content)
        bodies.append(content[size[1] : size[1] + size[0]])
        position = size[1] + size[0]
    if not bodies:
        return _mutate(draw, content)
    index = draw(st.integers(0, len(bodies) - 1))
    bodies[index] = _mutate(draw, bodies[index])
    return unsigned(count[0]) + b"".join([unsigned(len(body)) + body for body in bodies])


def integer(data: bytes, position: int) -> tuple[int, int] | None:
    """An LEB128 integer, and where it ends; None if it does not."""
    value = 0
    for index, byte in enumerate(data[position:]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, position + index + 1
    return None


def variants(modules: SearchStrategy[Module]) -> SearchStrategy[Module]:
    """Modules that differ from given ones in one to three instructions."""
    return _variants(modules)


@st.composite
def _variants(draw: DrawFn, modules: SearchStrategy[Module]) -> Module:
    module = draw(modules)
    bodies = [list(func.body) for func in module.funcs]
    for _ in range(draw(st.integers(1, 3)) if bodies else 0):
        body = draw(st.sampled_from(bodies))
        index = draw(st.integers(0, len(body) - 1))
        kind = draw(st.sampled_from(("row", "row", "immediate", "drop", "repeat", "move")))
        if kind == "row":
            row = draw(st.sampled_from(_like(body[index][0])))
            body[index] = (row, *body[index][1:])
        elif kind == "immediate":
            body[index] = (body[index][0], *[_other(draw, immediate) for immediate in body[index][1:]])
        elif kind == "drop":
            del body[index : index + 1]
        elif kind == "repeat":
            body.insert(index, body[index])
        else:
            body.insert(draw(st.integers(0, len(body) - 1)), body.pop(index))
        if not body:
            body.append((INSTRUCTIONS["end"],))
    funcs = [Func(func.type, func.locals, body) for func, body in zip(module.funcs, bodies, strict=True)]
    return replace(module, funcs=funcs)


@cache
def _like(row: Instruction) -> list[Instruction]:
    """The instructions with the same immediates; twice those of the same type."""
    same = [other for other in INSTRUCTIONS.values() if other.immediates == row.immediates]
    alike = [other for other in same if (other.params, other.results) == (row.params, row.results)]
    return [*same, *alike, *alike]


def _other(draw: DrawFn, immediate: Any) -> Any:
    """Another immediate of the same kind, if it is a number."""
    if isinstance(immediate, MemArg):
        return MemArg(*[_other(draw, part) for part in immediate])
    if isinstance(immediate, int):
        return draw(
            st.one_of(st.just(immediate), st.integers(0, 3), st.sampled_from((0x7FFF_FFFF, 0xFFFF_FFFF)))
        )
    return immediate


def split(binary: bytes) -> list[Section] | None:
    """The sections of a binary; None if it is not made of whole ones."""
    sections: list[Section] = []
    position = HEADER
    while position < len(binary):
        size = integer(binary, position + 1)
        if size is None or size[1] + size[0] > len(binary):
            return None
        sections.append(Section(binary[position], binary[size[1] : size[1] + size[0]]))
        position = size[1] + size[0]
    return sections


def join(sections: list[Section]) -> bytes:
    """The sections with their sizes."""
    return b"".join([bytes([id_]) + unsigned(len(content)) + content for id_, content in sections])
