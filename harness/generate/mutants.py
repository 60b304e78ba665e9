"""Strategies for binaries that are nearly modules: a few bytes of a good one are changed.

Half of them are changed inside a section or a function, whose sizes are then set right, so that the change is
not merely found to be of the wrong size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hypothesis import strategies as st

from harness.standard.binary.writer import unsigned

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

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
