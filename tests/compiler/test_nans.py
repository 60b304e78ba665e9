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


VECTORS = [
    "(S.mul (local.get 0) (v128.const S ONES))",
    "(S.mul (S.splat (T.const -1)) (local.get 0))",
    "(S.div (local.get 0) (S.splat (T.const 1)))",
    "(S.sub (local.get 0) (v128.const S ZEROS))",
    "(S.add (local.get 0) (S.splat (T.const -0)))",
    "(S.sub (local.get 0) (local.get 1))",
    "(S.min (local.get 0) (local.get 0))",
    "(S.max (v128.const S ZEROS) (local.get 0))",
    "(S.min (local.get 0) (S.neg (v128.const S ZEROS)))",
    "(S.max (S.neg (v128.const S ZEROS)) (local.get 0))",
    "(S.sqrt (local.get 0))",
    "(S.ceil (local.get 0))",
    "(S.nearest (local.get 0))",
    "(S.splat (T.mul (T.const 1) (S.extract_lane 1 (local.get 0))))",
    "(S.splat (T.mul (S.extract_lane 1 (local.get 0)) (S.extract_lane 0 (v128.const S ONES))))",
    "(S.relaxed_madd (local.get 0) (v128.const S ONES) (v128.const S ZEROS))",
]


@pytest.mark.parametrize(("shape", "type_", "lanes"), [("f32x4", "f32", 4), ("f64x2", "f64", 2)])
@pytest.mark.parametrize("body", VECTORS)
def test_vector_arithmetic_quiets(
    instantiate: Callable[..., Instance], run: Run, shape: str, type_: str, lanes: int, body: str
) -> None:
    text = body.replace("ONES", " ".join(["1"] * lanes)).replace("ZEROS", " ".join(["0"] * lanes))
    text = text.replace("(S.", f"({shape}.").replace("T.const", f"{type_}.const").replace("(T.", f"({type_}.")
    instance = instantiate(
        f"""(module (func (export "run") (param v128) (result v128) (local v128)
        {text.replace("const S ", f"const {shape} ")}))"""
    )
    bits = 128 // lanes
    argument = sum(SIGNALLING[type_] << bits * lane for lane in range(lanes))

    (result,) = run(instance, "run", Value("v128", argument))

    assert result is not None
    for lane in range(lanes):
        assert result >> bits * lane & EXPONENT[type_] == EXPONENT[type_]
        assert result >> bits * lane & QUIET[type_]


@pytest.mark.parametrize(
    "body",
    [
        "(f32x4.abs (local.get 0))",
        "(f32x4.pmin (local.get 0) (local.get 0))",
        "(f32x4.replace_lane 1 (local.get 0) (f32x4.extract_lane 1 (local.get 0)))",
        "(v128.bitselect (local.get 0) (v128.const i64x2 0 0) (v128.const i64x2 -1 -1))",
    ],
)
def test_moving_vectors_changes_no_bit(instantiate: Callable[..., Instance], run: Run, body: str) -> None:
    instance = instantiate(f'(module (func (export "run") (param v128) (result v128) {body}))')
    bits = 0x7FA00001_7FB00002_7FF40000_00000003

    assert run(instance, "run", Value("v128", bits)) == [bits]
