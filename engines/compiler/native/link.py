"""From relocatable objects to an image: position-independent bytes that need only be copied to be run.

The image is the code and its constants; the caller's data (`DATA`) starts on the first page behind it, so
code reaches data at a distance known here. Nothing in an image depends on where it is loaded but the absolute
addresses, which it lists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from engines.compiler.native import elf
from engines.compiler.native.relocations import RELOCATIONS, STUBS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DATA = "data."
"""With a decimal number behind it, the symbol that stands for that offset into the caller's data."""
ALIGNMENT = 1 << 16
"""Of the data behind the image: the largest page size of any system."""

_LOADED = (".rodata", ".data.rel.ro", ".text")
_UNWINDING = ".eh_frame"


class Image(msgspec.Struct, frozen=True):
    """Code that can be loaded anywhere."""

    content: bytes
    symbols: dict[str, int]
    """Offsets of what the objects define for others."""
    absolutes: tuple[tuple[int, int], ...]
    """(offset, target): where the loader has to write the address of which offset."""
    externals: tuple[tuple[int, str], ...]
    """(offset, name): where the loader has to write the address of a function of the system's."""

    @property
    def data_offset(self) -> int:
        """Where the data starts, seen from the image's start."""
        return -(-len(self.content) // ALIGNMENT) * ALIGNMENT


class _Linker:
    def __init__(self, objects: Sequence[elf.Object]) -> None:
        self.objects = objects
        self.image = bytearray()
        self.bases: list[dict[int, int]] = []
        """For each object, the offsets of its sections in the image."""
        self.symbols: dict[str, int] = {}
        self.absolutes: list[tuple[int, int]] = []
        self.stubs: dict[str, int] = {}
        """Offsets of the jumps to what is defined nowhere here."""

    def place(self) -> None:
        for object_ in self.objects:
            self.bases.append(
                {
                    index: self.append(section.content, section.alignment)
                    for index, section in enumerate(object_.sections)
                    if _is_loaded(section)
                }
            )
        undefined: dict[str, int] = {}
        for object_, bases in zip(self.objects, self.bases, strict=True):
            for symbol in object_.symbols:
                if symbol.section in bases and not symbol.local:
                    self.symbols[symbol.name] = bases[symbol.section] + symbol.value
                elif symbol.section == elf.SHN_UNDEF and symbol.name:
                    undefined[symbol.name] = object_.machine
        for name, machine in undefined.items():
            if not name.startswith(DATA) and name not in self.symbols:
                self.stubs[name] = self.append(STUBS[machine], 16)

    def append(self, content: bytes, alignment: int) -> int:
        self.image += bytes(-len(self.image) % alignment)
        offset = len(self.image)
        self.image += content
        return offset

    def relocate(self) -> None:
        data = -(-len(self.image) // ALIGNMENT) * ALIGNMENT
        for object_, bases in zip(self.objects, self.bases, strict=True):
            rules = RELOCATIONS[object_.machine]
            targets = [self.target(object_, symbol, bases, data) for symbol in object_.symbols]
            for section, base in bases.items():
                for offset, type_, symbol, addend in object_.relocations(section):
                    rule = rules.get(type_)
                    target = targets[symbol]
                    if rule is None or target is None:
                        raise ValueError(f"relocation {type_} of {object_.symbols[symbol].name!r}")
                    if isinstance(rule, str):
                        self.absolutes.append((base + offset, target + addend))
                    else:
                        rule(self.image, base + offset, target + addend)

    def target(self, object_: elf.Object, symbol: elf.Symbol, bases: dict[int, int], data: int) -> int | None:
        if symbol.section in bases:
            return bases[symbol.section] + symbol.value
        if symbol.name.startswith(DATA):
            return data + int(symbol.name.removeprefix(DATA))
        return self.symbols.get(symbol.name, self.stubs.get(symbol.name))


def _is_loaded(section: elf.Section) -> bool:
    if not section.flags & elf.SHF_ALLOC or not section.size or section.name == _UNWINDING:
        return False
    if not section.name.startswith(_LOADED):
        raise ValueError(f"section {section.name!r} does not belong in an image")
    return True


def link(objects: Iterable[bytes]) -> Image:
    """One image of several objects, which may refer to each other's symbols.

    Raises ValueError if an object is damaged or holds what this linker does not know.
    """
    linker = _Linker([elf.Object(data) for data in objects])
    linker.place()
    linker.relocate()
    externals = tuple((offset + 8, name) for name, offset in linker.stubs.items())
    return Image(bytes(linker.image), linker.symbols, tuple(linker.absolutes), externals)
