"""Arrays of bytes are held as bytes, and nobody can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engines.interp.aggregates import elements_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.engine import Instance

ARRAYS = """
    (module
      (type $a (array (mut {storage})))
      (data $d "\\01\\00\\ff\\00\\03\\00\\80\\00")
      (func $sum (param $a (ref $a)) (result i32) (local $i i32) (local $sum i32)
        (loop $again
          (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31))
            (i32.add (array.get_u $a (local.get $a) (local.get $i))
                     (array.get_s $a (local.get $a) (local.get $i)))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $again (i32.lt_u (local.get $i) (array.len (local.get $a)))))
        (local.get $sum))
      (func (export "new") (result i32) (call $sum (array.new $a (i32.const 0x5a) (i32.const 300000))))
      (func (export "new-default") (result i32) (call $sum (array.new_default $a (i32.const 7))))
      (func (export "new-fixed") (result i32)
        (call $sum (array.new_fixed $a 3 (i32.const 1) (i32.const 2) (i32.const 0x70000003))))
      (func (export "fill-set-copy") (result i32) (local $x (ref $a))
        (local.set $x (array.new_default $a (i32.const 9)))
        (array.fill $a (local.get $x) (i32.const 2) (i32.const 0x70000011) (i32.const 4))
        (array.set $a (local.get $x) (i32.const 3) (i32.const 0x70000044))
        (array.copy $a $a (local.get $x) (i32.const 3) (local.get $x) (i32.const 1) (i32.const 5))
        (array.copy $a $a (local.get $x) (i32.const 0) (local.get $x) (i32.const 2) (i32.const 5))
        (call $sum (local.get $x)))
      (func (export "high") (result i32)
        (call $sum (array.new $a (i32.const -3) (i32.const 2))))
      (func (export "data") (result i32) (local $x (ref $a))
        (local.set $x (array.new_data $a $d (i32.const 0) (i32.const 4)))
        (array.init_data $a $d (local.get $x) (i32.const 1) (i32.const 2) (i32.const 2))
        (call $sum (local.get $x))))"""


@pytest.mark.parametrize("export", ["new", "new-default", "new-fixed", "fill-set-copy"])
def test_bytes_behave_as_other_numbers_do(
    export: str, instantiate: Callable[..., Instance], run: Callable[..., Sequence[int | None]]
) -> None:
    eight, sixteen = (instantiate(ARRAYS.replace("{storage}", storage)) for storage in ("i8", "i16"))
    assert run(eight, export) == run(sixteen, export)


def test_what_is_packed_is_masked_and_extended(
    instantiate: Callable[..., Instance], run: Callable[..., Sequence[int | None]]
) -> None:
    eight = instantiate(ARRAYS.replace("{storage}", "i8"))
    assert run(eight, "high") == [(253 - 3) * 32]
    # 01 00 ff 00, and then ff 00 from the second on
    assert run(eight, "data") == [weighed([1, 255, 0, 0])]


def weighed(elements: list[int]) -> int:
    """What `$sum` makes of bytes."""
    total = 0
    for element in elements:
        total = total * 31 + element + (element if element < 128 else element - 256)
    return total % (1 << 32)


def test_only_bytes_are_held_as_bytes() -> None:
    assert elements_of("i8", [1, 255]) == bytearray(b"\1\xff")
    assert elements_of("i16", [1, 255]) == [1, 255]
    assert elements_of("i32") == []
