"""What LLVM would do to NaNs, and must not: signalling ones come out of arithmetic quiet, and only there."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from harness.engine import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.engine import Instance

    Run: TypeAlias = Callable[..., list[int | None]]


SIGNALLING = {"f32": 0x7FA00000, "f64": 0x7FF4000000000000}
QUIET = {"f32": 0x00400000, "f64": 0x0008000000000000}
EXPONENT = {"f32": 0x7F800000, "f64": 0x7FF0000000000000}

ARITHMETIC = [
    "(T.mul (local.get 0) (T.const 1))",
    "(T.mul (T.const -1) (local.get 0))",
    "(T.div (local.get 0) (T.const 1))",
    "(T.div (local.get 0) (T.const -1))",
    "(T.sub (local.get 0) (T.const 0))",
    "(T.add (local.get 0) (T.const -0))",
    "(T.sub (T.const -0) (local.get 0))",
    "(T.add (local.get 0) (local.get 1))",
    "(T.sub (local.get 0) (local.get 1))",
    "(T.mul (local.get 0) (T.convert_i32_s (i32.const 1)))",
    "(T.sub (local.get 0) (T.convert_i64_u (i64.const 0)))",
    "(T.mul (local.get 0) (T.reinterpret_I (I.const ONE)))",
    "(T.min (local.get 0) (local.get 0))",
    "(T.max (local.get 0) (T.const -inf))",
    "(T.min (T.const inf) (local.get 0))",
    "(T.sqrt (local.get 0))",
    "(T.ceil (local.get 0))",
    "(T.floor (local.get 0))",
    "(T.trunc (local.get 0))",
    "(T.nearest (local.get 0))",
    "(if (result T) (i32.const 1) (then (T.sub (local.get 0) (local.get 1))) (else (T.const 0)))",
    "(loop (result T) (T.mul (local.get 0) (T.const 1)))",
    "(call $one (local.get 0))",
]


@pytest.mark.parametrize("type_", ["f32", "f64"])
@pytest.mark.parametrize("body", ARITHMETIC)
def test_arithmetic_quiets(instantiate: Callable[..., Instance], run: Run, type_: str, body: str) -> None:
    one = {"f32": "0x3f800000", "f64": "0x3ff0000000000000"}[type_]
    text = body.replace("T", type_).replace("ONE", one).replace("I", type_.replace("f", "i"))
    instance = instantiate(
        f"""(module
        (func $one (param {type_}) (result {type_}) ({type_}.mul (local.get 0) ({type_}.const 1)))
        (func (export "run") (param {type_}) (result {type_}) (local {type_}) {text}))"""
    )

    (bits,) = run(instance, "run", Value(type_, SIGNALLING[type_]))

    assert bits is not None
    assert bits & EXPONENT[type_] == EXPONENT[type_]
    assert bits & QUIET[type_]


def test_demotion_of_a_promotion_quiets(instantiate: Callable[..., Instance], run: Run) -> None:
    instance = instantiate(
        """(module (func (export "run") (param f32) (result f32)
        (f32.demote_f64 (f64.promote_f32 (local.get 0)))))"""
    )

    assert run(instance, "run", Value("f32", SIGNALLING["f32"])) == [SIGNALLING["f32"] | QUIET["f32"]]


@pytest.mark.parametrize("type_", ["f32", "f64"])
@pytest.mark.parametrize(
    ("body", "sign"),
    [
        ("(local.get 0)", 0),
        ("(T.const nan:SIGNALLING)", 0),
        ("(T.neg (local.get 0))", 1),
        ("(T.abs (T.neg (local.get 0)))", 0),
        ("(T.copysign (local.get 0) (T.const -1))", 1),
        ("(T.reinterpret_I (I.reinterpret_T (local.get 0)))", 0),
        ("(select (local.get 0) (T.const 0) (i32.const 1))", 0),
        ("(block (result T) (br 0 (local.get 0)))", 0),
        ("(T.store (i32.const 0) (local.get 0)) (T.load (i32.const 0))", 0),
        ("(global.set $g (local.get 0)) (global.get $g)", 0),
        ("(call $same (local.get 0))", 0),
        ("(return_call $same (local.get 0))", 0),
    ],
)
def test_moving_changes_no_bit(
    instantiate: Callable[..., Instance], run: Run, type_: str, body: str, sign: int
) -> None:
    payload = {"f32": "0x200000", "f64": "0x4000000000000"}[type_]
    text = body.replace("SIGNALLING", payload).replace("T", type_).replace("I", type_.replace("f", "i"))
    instance = instantiate(
        f"""(module (memory 1) (global $g (mut {type_}) ({type_}.const 0))
        (func $same (param {type_}) (result {type_}) (local.get 0))
        (func (export "run") (param {type_}) (result {type_}) {text}))"""
    )
    bits = SIGNALLING[type_]

    assert run(instance, "run", Value(type_, bits)) == [bits | sign << int(type_[1:]) - 1]
