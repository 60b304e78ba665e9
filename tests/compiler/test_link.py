"""Relocations, one by one and in objects that LLVM emits, also for the machine that this is not."""

from __future__ import annotations

import ctypes
import struct

import pytest
from llvmlite import binding

from engines.compiler.native import elf, llvm
from engines.compiler.native.link import ALIGNMENT, Image, link
from engines.compiler.native.load import Code, system_function
from engines.compiler.native.relocations import RELOCATIONS, STUBS

PLACE = 0x2468


def _apply(machine: int, type_: int, target: int, word: int = 0) -> bytearray:
    image = bytearray(PLACE) + struct.pack("<Q", word)
    rule = RELOCATIONS[machine][type_]
    assert not isinstance(rule, str)
    rule(image, PLACE, target)
    return image[PLACE:]


@pytest.mark.parametrize("distance", [0, 5, -5, 0x7FFFFFFF, -0x80000000])
@pytest.mark.parametrize(("machine", "type_"), [(elf.X86_64, 2), (elf.X86_64, 4), (elf.AARCH64, 261)])
def test_distance_of_32_bits(machine: int, type_: int, distance: int) -> None:
    assert struct.unpack_from("<i", _apply(machine, type_, PLACE + distance)) == (distance,)


@pytest.mark.parametrize(("machine", "type_"), [(elf.X86_64, 24), (elf.AARCH64, 260)])
def test_distance_of_64_bits(machine: int, type_: int) -> None:
    assert struct.unpack("<q", _apply(machine, type_, PLACE - (1 << 40))) == (-1 << 40,)


@pytest.mark.parametrize(
    ("type_", "bits", "shift", "word"),
    [
        (283, 26, 0, 0x94000000),  # bl
        (282, 26, 0, 0x14000000),  # b
        (280, 19, 5, 0x54000001),  # b.ne
        (279, 14, 5, 0x36000003),  # tbz w3
        (273, 19, 5, 0x58000010),  # ldr x16
    ],
)
def test_branches_of_aarch64(type_: int, bits: int, shift: int, word: int) -> None:
    for distance in (4, -4, 1 << bits, -(1 << bits + 1)):
        (patched,) = struct.unpack_from("<I", _apply(elf.AARCH64, type_, PLACE + distance, word))
        assert patched & ~((1 << bits) - 1 << shift) == word
        assert patched >> shift & (1 << bits) - 1 == (distance >> 2) & (1 << bits) - 1
    for distance in (1 << bits + 1, 2):
        with pytest.raises(ValueError, match="out of reach"):
            _apply(elf.AARCH64, type_, PLACE + distance, word)


@pytest.mark.parametrize("target", [0, 0x1000, PLACE, 0x7FFFFFF, 0x12345678])
def test_pages_of_aarch64(target: int) -> None:
    (adrp,) = struct.unpack_from("<I", _apply(elf.AARCH64, 275, target, 0x90000005))
    pages = (adrp >> 29 & 3) | (adrp >> 5 & 0x7FFFF) << 2
    pages -= (pages & 1 << 20) << 1
    (add,) = struct.unpack_from("<I", _apply(elf.AARCH64, 277, target, 0x910000A5))

    assert (PLACE & ~0xFFF) + (pages << 12) + (add >> 10 & 0xFFF) == target
    assert adrp & 0x9F00001F == 0x90000005


@pytest.mark.parametrize(("type_", "scale"), [(278, 0), (284, 1), (285, 2), (286, 3), (299, 4)])
def test_scaled_offsets_of_aarch64(type_: int, scale: int) -> None:
    (word,) = struct.unpack_from("<I", _apply(elf.AARCH64, type_, 0x5AF0, 0xF9400000))

    assert (word >> 10 & 0xFFF) << scale == 0xAF0
    if scale:
        with pytest.raises(ValueError, match="misaligned"):
            _apply(elf.AARCH64, type_, 0x5AF1)


def test_stubs_jump_to_their_last_eight_bytes() -> None:
    for stub in STUBS.values():
        assert len(stub) == 16
        assert stub[8:] == bytes(8)


CALLER = """
@data.40 = external hidden global i64
declare hidden i64 @second(i64)
define hidden i64 @first(i64 %x) {
  %y = call i64 @second(i64 %x)
  %z = load i64, ptr @data.40
  %sum = add i64 %y, %z
  ret i64 %sum
}
"""
CALLEE = """
define hidden i64 @second(i64 %x) {
  switch i64 %x, label %d [ i64 0, label %a
    i64 1, label %b
    i64 2, label %c
    i64 3, label %e
    i64 4, label %a
    i64 5, label %f ]
a: ret i64 100
b: ret i64 -7
c: %p = mul i64 %x, 1000003
   ret i64 %p
d: ret i64 1
e: %q = udiv i64 %x, 3
   ret i64 %q
f: %s = xor i64 %x, 81985529216486895
   ret i64 %s
}
"""


def _emitted(text: str, architecture: str, opt: int) -> bytes:
    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()
    triple = llvm.triple(architecture)
    machine = binding.Target.from_triple(triple).create_target_machine(
        opt=opt, reloc="pic", codemodel="small"
    )
    with llvm.parsed(f'target triple = "{triple}"\n{text}') as module:
        object_: bytes = machine.emit_object(module)
        return object_


@pytest.mark.parametrize("opt", [0, 2])
def test_two_objects_become_one_image_that_runs(opt: int) -> None:
    level: llvm.Level = "optimised" if opt else "cheap"
    image = link([llvm.emit(CALLER, level, str), llvm.emit(CALLEE, level, str)])
    code = Code(image, 64)
    first = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(code.address + image.symbols["first"])
    ctypes.c_int64.from_address(code.data + 40).value = 5

    wanted = [105, -2, 2000011, 6, 105, (5 ^ 81985529216486895) + 5, 6]
    assert [first(x) for x in range(7)] == wanted


@pytest.mark.parametrize("opt", [0, 2])
def test_objects_for_aarch64(opt: int) -> None:
    image = link([_emitted(CALLER, "aarch64", opt), _emitted(CALLEE, "aarch64", opt)])

    words = dict(
        enumerate(struct.unpack(f"<{len(image.content) // 4}I", image.content[: len(image.content) // 4 * 4]))
    )
    start = image.symbols["first"] // 4
    calls = [
        4 * at + 4 * ((word & 0x3FFFFFF ^ 0x2000000) - 0x2000000)
        for at, word in words.items()
        if word >> 26 == 0b100101
    ]
    assert image.symbols["second"] in calls
    (page,) = [
        (at, word) for at, word in words.items() if word & 0x9F000000 == 0x90000000 and at < start + 24
    ][:1]
    at, word = page
    distance = (word >> 29 & 3) | (word >> 5 & 0x7FFFF) << 2
    assert (4 * at & ~0xFFF) + (distance << 12) == image.data_offset


def test_data_starts_on_a_page() -> None:
    assert Image(b"x", {}, (), ()).data_offset == ALIGNMENT
    assert Image(bytes(ALIGNMENT), {}, (), ()).data_offset == ALIGNMENT
    assert Image(bytes(ALIGNMENT + 1), {}, (), ()).data_offset == 2 * ALIGNMENT


def test_functions_of_the_system_are_called_through_stubs() -> None:
    image = link(
        [
            llvm.emit(
                "declare i32 @abs(i32)\ndefine i32 @f(i32 %x) { %y = call i32 @abs(i32 %x)\n ret i32 %y }",
                "cheap",
                str,
            )
        ]
    )
    code = Code(image, 0)
    function = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(code.address + image.symbols["f"])

    assert [name for _, name in image.externals] == ["abs"]
    assert function(-9) == 9


def test_absolute_addresses_are_written_when_loaded() -> None:
    text = """
    @table = internal constant [2 x ptr] [ptr @f, ptr @g]
    define i64 @f() { ret i64 11 }
    define i64 @g() { ret i64 22 }
    define i64 @pick(i64 %i) {
      %at = getelementptr ptr, ptr @table, i64 %i
      %to = load ptr, ptr %at
      %r = call i64 %to()
      ret i64 %r
    }"""
    image = link([llvm.emit(text, "cheap", str)])
    code = Code(image, 0)
    pick = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(code.address + image.symbols["pick"])

    assert len(image.absolutes) == 2
    assert [pick(0), pick(1)] == [11, 22]


def test_what_is_no_image_is_refused() -> None:
    with pytest.raises(ValueError, match="not a 64-bit"):
        link([b"\x7fELF\x01\x01" + bytes(64)])
    with pytest.raises(ValueError, match="does not belong"):
        link([llvm.emit("@x = global i32 5", "cheap", str)])
    with pytest.raises(ValueError, match="does not have"):
        system_function("there_is_no_such_function")
