"""Reading relocatable ELF objects (System V ABI, chapter 4), 64-bit and little-endian, as LLVM emits them."""

from __future__ import annotations

import struct
from typing import NamedTuple

X86_64 = 62
AARCH64 = 183

SHF_ALLOC = 2
SHT_SYMTAB = 2
SHT_RELA = 4
SHT_NOBITS = 8
SHN_UNDEF = 0
STB_LOCAL = 0

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_RELOCATION = struct.Struct("<QQq")


class Section(NamedTuple):
    """A section; `content` is empty where it occupies nothing in the file."""

    name: str
    type: int
    flags: int
    size: int
    link: int
    info: int
    alignment: int
    content: bytes


class Symbol(NamedTuple):
    """A symbol: an offset into a section, or, with `SHN_UNDEF`, a name to be resolved."""

    name: str
    local: bool
    """Not seen by other objects."""
    section: int
    value: int


class Relocation(NamedTuple):
    """A place in a section that depends on the address of a symbol."""

    offset: int
    type: int
    symbol: int
    addend: int


class Object:
    """A relocatable object."""

    def __init__(self, data: bytes) -> None:
        """Raises ValueError for anything else."""
        if data[:6] != b"\x7fELF\x02\x01":
            raise ValueError("not a 64-bit little-endian ELF object")
        header = _HEADER.unpack_from(data)
        self.machine: int = header[2]
        table, count, names = header[6], header[12], header[13]
        raw = [_SECTION.unpack_from(data, table + index * _SECTION.size) for index in range(count)]
        strings = _content(data, raw[names])
        self.sections = [
            Section(
                name=_string(strings, entry[0]),
                type=entry[1],
                flags=entry[2],
                size=entry[5],
                link=entry[6],
                info=entry[7],
                alignment=max(entry[8], 1),
                content=_content(data, entry),
            )
            for entry in raw
        ]
        self.symbols: list[Symbol] = []
        for section in self.sections:
            if section.type == SHT_SYMTAB:
                strings = self.sections[section.link].content
                self.symbols = [
                    Symbol(_string(strings, name), info >> 4 == STB_LOCAL, index, value)
                    for name, info, _other, index, value, _size in _SYMBOL.iter_unpack(section.content)
                ]

    def relocations(self, section: int) -> list[Relocation]:
        """The relocations that apply to the section with this index."""
        return [
            Relocation(offset, info & 0xFFFFFFFF, info >> 32, addend)
            for table in self.sections
            if table.type == SHT_RELA and table.info == section
            for offset, info, addend in _RELOCATION.iter_unpack(table.content)
        ]


def _content(data: bytes, entry: tuple[int, ...]) -> bytes:
    return b"" if entry[1] == SHT_NOBITS else data[entry[4] : entry[4] + entry[5]]


def _string(table: bytes, offset: int) -> str:
    return table[offset : table.index(b"\0", offset)].decode()
