"""Constant expressions: the evaluator knows what the validator lets through, and what it is worth."""

from __future__ import annotations

import pytest

from engines.interp import Interp
from harness.assembler import assemble
from harness.context import background
from harness.engine import Value


@pytest.mark.parametrize(
    ("type_", "expression", "bits"),
    [
        ("i32", "(i32.const -1)", 0xFFFF_FFFF),
        ("f32", "(f32.const nan:0x200001)", 0x7FA0_0001),
        ("f64", "(f64.const -nan:0x4000000000001)", 0xFFF4_0000_0000_0001),
        ("i32", "(i32.sub (i32.const 1) (i32.mul (i32.const 2) (i32.const 3)))", 0xFFFF_FFFB),
        ("i64", "(i64.add (i64.const -1) (i64.mul (global.get $before) (i64.const 3)))", 20),
        ("externref", "(ref.null extern)", None),
    ],
)
def test_value(type_: str, expression: str, bits: int | None) -> None:
    engine = Interp()
    wat = f'(module (global $before i64 (i64.const 7)) (global (export "g") {type_} {expression}))'
    module = engine.compile(assemble(wat, first="in-process").binary)
    value = engine.instantiate(module, {}, background()).get("g")
    assert value == Value("extern" if type_ == "externref" else type_, bits)
