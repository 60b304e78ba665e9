"""What is made of a module so that its NaNs are the canonical ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from engines.interp import Interp
from engines.wasm.validation import validate
from harness.context import background
from harness.differential.canonical import canonical
from harness.engine import Value
from harness.generate.modules import terminating
from harness.standard import features
from harness.standard.binary import read
from harness.standard.binary.writer import write

if TYPE_CHECKING:
    from harness.standard.syntax import Module

from harness.assembler import assemble

F32_NAN, F64_NAN = 0x7FC00000, 0x7FF8 << 48


@given(terminating(Interp.capabilities.features))
def test_it_is_valid_still(module: Module) -> None:
    validate(read(write(canonical(module)), features.ALL), features.ALL)


@pytest.mark.parametrize(
    ("type_", "body", "arg", "result"),
    [
        ("f32", "(f32.add (local.get 0) (local.get 0))", 0xFFA00001, F32_NAN),
        ("f64", "(f64.sqrt (local.get 0))", 0xFFF8000000000001, F64_NAN),
        ("f32", "(f32.add (local.get 0) (local.get 0))", 0x3FC00000, 0x40400000),
        ("f32", "(f32.neg (local.get 0))", 0x7FA00001, 0xFFA00001),
        ("f32", "(local.get 0)", 0x7FA00001, 0x7FA00001),
        (
            "v128",
            "(f32x4.add (local.get 0) (local.get 0))",
            0xFFFFFFFF_3F800000_00000000_7F800001,
            0x7FC00000_40000000_00000000_7FC00000,
        ),
        (
            "v128",
            "(f64x2.sqrt (local.get 0))",
            0xFFFFFFFFFFFFFFFF_4010000000000000,
            (F64_NAN << 64) | 0x4000000000000000,
        ),
    ],
)
def test_what_is_computed_is_canonical_and_what_is_moved_stays(
    type_: str, body: str, arg: int, result: int
) -> None:
    text = f'(module (func (export "f") (param {type_}) (result {type_}) (local i64) {body}))'
    module = read(assemble(text, file="test", first="in-process").binary, features.ALL)
    interp = Interp()
    instance = interp.instantiate(interp.compile(write(canonical(module))), {}, background())
    assert list(instance.invoke("f", [Value(type_, arg)], background())) == [Value(type_, result)]
