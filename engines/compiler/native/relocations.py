"""Applying relocations (System V ABI, processor supplements): x86-64 and AArch64.

Within an image everything is `S + A` (what is referred to) and `P` (the place that refers), both as offsets
from the image's start; as that start is aligned to a page, differences of pages are right as well. Only an
absolute address needs the loader.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Literal

from engines.compiler.native import elf

if TYPE_CHECKING:
    from collections.abc import Callable

_WORD = struct.Struct("<I")
_INT = struct.Struct("<i")
_LONG = struct.Struct("<q")


def _pc32(image: bytearray, place: int, target: int) -> None:
    _INT.pack_into(image, place, target - place)


def _pc64(image: bytearray, place: int, target: int) -> None:
    _LONG.pack_into(image, place, target - place)


def _immediate(image: bytearray, place: int, value: int, bits: int, shift: int) -> None:
    """Put the low `bits` of `value` into an instruction, `shift` bits up."""
    mask = (1 << bits) - 1
    (word,) = _WORD.unpack_from(image, place)
    _WORD.pack_into(image, place, word & ~(mask << shift) | (value & mask) << shift)


def _branch(bits: int, shift: int) -> Callable[[bytearray, int, int], None]:
    """A branch or literal load: a signed number of instructions from here."""

    def apply(image: bytearray, place: int, target: int) -> None:
        distance = target - place
        if distance & 3 or not -(1 << bits + 1) <= distance < 1 << bits + 1:
            raise ValueError(f"branch out of reach: {distance}")
        _immediate(image, place, distance >> 2, bits, shift)

    return apply


def _adr(image: bytearray, place: int, value: int) -> None:
    if not -(1 << 20) <= value < 1 << 20:
        raise ValueError(f"address out of reach: {value}")
    _immediate(image, place, value, 2, 29)
    _immediate(image, place, value >> 2, 19, 5)


def _adr_here(image: bytearray, place: int, target: int) -> None:
    _adr(image, place, target - place)


def _adr_page(image: bytearray, place: int, target: int) -> None:
    _adr(image, place, (target >> 12) - (place >> 12))


def _low12(scale: int) -> Callable[[bytearray, int, int], None]:
    """The offset within a page, in units of the access."""

    def apply(image: bytearray, place: int, target: int) -> None:
        low = target & 0xFFF
        if low & (1 << scale) - 1:
            raise ValueError(f"misaligned: {low:#x} for an access of {1 << scale} bytes")
        _immediate(image, place, low >> scale, 12, 10)

    return apply


ABSOLUTE: Literal["absolute"] = "absolute"
"""A 64-bit address, known when the image is loaded."""

RELOCATIONS: dict[int, dict[int, Callable[[bytearray, int, int], None] | Literal["absolute"]]] = {
    elf.X86_64: {
        1: ABSOLUTE,  # R_X86_64_64
        2: _pc32,  # R_X86_64_PC32
        4: _pc32,  # R_X86_64_PLT32
        24: _pc64,  # R_X86_64_PC64
    },
    elf.AARCH64: {
        257: ABSOLUTE,  # R_AARCH64_ABS64
        260: _pc64,  # R_AARCH64_PREL64
        261: _pc32,  # R_AARCH64_PREL32
        273: _branch(19, 5),  # R_AARCH64_LD_PREL_LO19
        274: _adr_here,  # R_AARCH64_ADR_PREL_LO21
        275: _adr_page,  # R_AARCH64_ADR_PREL_PG_HI21
        277: _low12(0),  # R_AARCH64_ADD_ABS_LO12_NC
        278: _low12(0),  # R_AARCH64_LDST8_ABS_LO12_NC
        279: _branch(14, 5),  # R_AARCH64_TSTBR14
        280: _branch(19, 5),  # R_AARCH64_CONDBR19
        282: _branch(26, 0),  # R_AARCH64_JUMP26
        283: _branch(26, 0),  # R_AARCH64_CALL26
        284: _low12(1),  # R_AARCH64_LDST16_ABS_LO12_NC
        285: _low12(2),  # R_AARCH64_LDST32_ABS_LO12_NC
        286: _low12(3),  # R_AARCH64_LDST64_ABS_LO12_NC
        299: _low12(4),  # R_AARCH64_LDST128_ABS_LO12_NC
    },
}

STUBS: dict[int, bytes] = {
    elf.X86_64: bytes.fromhex("ff2502000000 6690 0000000000000000"),  # jmp [rip + 2]; padding; the address
    elf.AARCH64: bytes.fromhex("50000058 00021fd6 0000000000000000"),  # ldr x16, .+8; br x16; the address
}
"""A jump to an absolute address, which is in its last eight bytes."""
