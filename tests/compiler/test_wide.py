"""Wide arithmetic against Python's integers."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from harness.context import background
from harness.engine import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.engine import Instance

LOW = (1 << 64) - 1
HARD = [0, 1, 2, LOW, LOW - 1, 1 << 63, (1 << 63) - 1, 1 << 32, 0x0123456789ABCDEF]
MODULE = """(module
  (func (export "add128") (param i64 i64 i64 i64) (result i64 i64)
    (i64.add128 (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (export "sub128") (param i64 i64 i64 i64) (result i64 i64)
    (i64.sub128 (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (export "mul_wide_s") (param i64 i64) (result i64 i64)
    (i64.mul_wide_s (local.get 0) (local.get 1)))
  (func (export "mul_wide_u") (param i64 i64) (result i64 i64)
    (i64.mul_wide_u (local.get 0) (local.get 1))))"""


def signed(a: int) -> int:
    return a - (1 << 64) if a >> 63 else a


def call(instance: Instance, name: str, *args: int) -> int:
    """The result as one integer."""
    low, high = instance.invoke(name, [Value("i64", arg) for arg in args], background())
    assert low.bits is not None
    assert high.bits is not None
    return high.bits << 64 | low.bits


@pytest.mark.parametrize("name", ["add128", "sub128"])
def test_sums_and_differences(instantiate: Callable[..., Instance], name: str) -> None:
    instance = instantiate(MODULE)
    sign = 1 if name == "add128" else -1

    for a, b, c, d in itertools.product(HARD[:6], repeat=4):
        expected = (b << 64 | a) + sign * (d << 64 | c)
        assert call(instance, name, a, b, c, d) == expected % (1 << 128)


def test_products(instantiate: Callable[..., Instance]) -> None:
    instance = instantiate(MODULE)

    for a, b in itertools.product(HARD, repeat=2):
        assert call(instance, "mul_wide_u", a, b) == a * b
        assert call(instance, "mul_wide_s", a, b) == signed(a) * signed(b) % (1 << 128)


def test_carries_go_on(instantiate: Callable[..., Instance]) -> None:
    """A sum of 256 bits out of two of 128, as programs make it."""
    instance = instantiate(
        """(module (memory 1) (func (export "run") (result i64 i64 i64) (local $carry i64)
        (i64.add128 (i64.const -1) (i64.const 0) (i64.const 1) (i64.const 0)) (local.set $carry)
        (i64.add128 (i64.const -1) (i64.const 0) (local.get $carry) (i64.const 0))))"""
    )

    assert [value.bits for value in instance.invoke("run", (), background())] == [0, 0, 1]
