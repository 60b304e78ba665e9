"""The adapter of wasm-interp: values to the bit, traps, state across processes, and what it cannot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engines.wabt import PROGRAMS, Wabt
from harness import expectations
from harness.assembler import assemble
from harness.context import Cause, background
from harness.engine import (
    Exhausted,
    Interrupted,
    Invalid,
    Malformed,
    Trap,
    TrapKind,
    Unavailable,
    Unlinkable,
    Unsupported,
    Value,
)

if TYPE_CHECKING:
    from tests.wabt.conftest import Machine

FILE = Path(__file__).parents[2] / "engines" / "wabt" / expectations.FILE


def test_what_is_known_is_about_it() -> None:
    known = expectations.load(FILE)
    assert known.of("wabt", "1.0.32") == known
    assert not known.of("wabt", "0").script


def test_what_it_says_of_itself(wabt: Machine) -> None:
    engine = wabt.engine
    assert engine.version[0].isdigit()
    assert engine.capabilities.interrupts == "none"
    assert {"simd", "tail-call"} <= engine.capabilities.features
    assert Wabt(features=frozenset({"mvp"})).capabilities.features == {"mvp"}


def test_it_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match=f"^no `{PROGRAMS[0]}` on PATH; it is to be had with: apt install"):
        Wabt()


@pytest.mark.parametrize(
    "value",
    [
        Value("i32", 0xFFFFFFFF),
        Value("i64", 1 << 63),
        Value("f32", 0x7F800001),
        Value("f64", 0xFFF0000000000001),
        Value("v128", 0x0123456789ABCDEF_FEDCBA9876543210),
        Value("func", None),
        Value("extern", None),
    ],
    ids=str,
)
def test_values_keep_their_bits(wabt: Machine, value: Value) -> None:
    kind = f"{value.type}ref" if value.bits is None else value.type
    instance = wabt.make(
        f"""(module (func (export "same") (param i32 {kind} f64) (result f64 {kind} i32)
          (local.get 2) (local.get 1) (local.get 0)))"""
    )
    one, two = Value("i32", 1), Value("f64", 2)
    assert wabt.call(instance, "same", one, value, two) == [two, value, one]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("unreachable", TrapKind.UNREACHABLE),
        ("(drop (i32.div_s (i32.const 1) (i32.const 0)))", TrapKind.DIVIDE_BY_ZERO),
        ("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", TrapKind.INTEGER_OVERFLOW),
        ("(drop (i32.trunc_f32_s (f32.const nan)))", TrapKind.INVALID_CONVERSION),
        ("(drop (i32.load (i32.const 65536)))", TrapKind.MEMORY_BOUNDS),
        ("(drop (table.get (i32.const 9)))", TrapKind.TABLE_BOUNDS),
        ("(call_indirect (i32.const 9))", TrapKind.UNDEFINED_ELEMENT),
        ("(call_indirect (i32.const 0))", TrapKind.UNINITIALIZED_ELEMENT),
        ("(call_indirect (param i32) (i32.const 0) (i32.const 1))", TrapKind.INDIRECT_CALL_TYPE),
    ],
)
def test_traps(wabt: Machine, body: str, kind: TrapKind) -> None:
    instance = wabt.make(
        f"""(module (memory 1) (table 2 funcref) (elem (i32.const 1) $f) (func $f)
          (func (export "run") {body}))"""
    )
    with pytest.raises(Trap) as trapped:
        wabt.call(instance, "run")
    assert trapped.value.kind is kind


def test_the_stack_ends(wabt: Machine) -> None:
    with pytest.raises(Exhausted):
        wabt.call(wabt.make('(module (func $f (export "f") (call $f)))'), "f")


def test_instantiation_traps(wabt: Machine) -> None:
    with pytest.raises(Trap) as trapped:
        wabt.make('(module (memory 1) (data (i32.const 65536) "x"))')
    assert trapped.value.kind is TrapKind.MEMORY_BOUNDS
    with pytest.raises(Trap) as trapped:
        wabt.make("(module (func $f unreachable) (start $f))")
    assert trapped.value.kind is TrapKind.UNREACHABLE


def test_malformed_is_not_invalid(wabt: Machine) -> None:
    with pytest.raises(Malformed):
        wabt.engine.compile(b"\0asm\1\0\0\0\1")
    with pytest.raises(Invalid):
        wabt.make("(module (func (result i32)))")


def test_state_is_kept_although_no_process_is(wabt: Machine) -> None:
    """Also what a call did before it trapped."""
    instance = wabt.make(
        """(module (global $g (export "g") (mut i32) (i32.const 0))
          (func $inc (export "inc") (result i32)
            (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g))
          (func (export "trap") (drop (call $inc)) unreachable))"""
    )
    assert [wabt.call(instance, "inc") for _ in range(2)] == [[Value("i32", 1)], [Value("i32", 2)]]
    with pytest.raises(Trap):
        wabt.call(instance, "trap")
    assert instance.get("g") == Value("i32", 3)
    instance.set("g", Value("i32", 40))
    assert wabt.call(instance, "inc") == [Value("i32", 41)]


def test_functions_that_are_only_exported_may_be_referred_to(wabt: Machine) -> None:
    instance = wabt.make(
        """(module (func $f (export "f")) (func (export "null") (result i32) (ref.is_null (ref.func $f))))"""
    )
    assert wabt.call(instance, "null") == [Value("i32", 0)]


def test_what_it_does_not_offer_it_says(wabt: Machine) -> None:
    importer = assemble('(module (import "m" "f" (func)))', file="test", first="in-process").binary
    compiled = wabt.engine.compile(importer)
    provider = wabt.make('(module (func (export "f")))')
    other = wabt.make('(module (memory (export "f") 1) (func (export "same") (param externref)))')
    with pytest.raises(Unsupported, match="links nothing"):
        wabt.engine.instantiate(compiled, {"m": provider}, background())
    with pytest.raises(Unlinkable, match="unknown import 'm' 'f'"):
        wabt.engine.instantiate(compiled, {"m": other}, background())
    with pytest.raises(Unsupported, match="memories from outside"):
        other.memory("f")
    with pytest.raises(Unsupported, match="references as arguments"):
        wabt.call(other, "same", Value("extern", 1))


def test_what_could_not_be_done_is_not_forgotten(wabt: Machine) -> None:
    stateful = wabt.make(
        """(module (table $t 1 externref) (func (export "get") (result externref) (table.get (i32.const 0)))
          (func (export "set") (param externref) (table.set (i32.const 0) (local.get 0))))"""
    )
    assert wabt.call(stateful, "get") == [Value("extern", None)]
    for name, args in (("set", [Value("extern", 1)]), ("get", [])):
        with pytest.raises(Unsupported, match="references as arguments"):
            wabt.call(stateful, name, *args)


def test_exports_that_are_not_there_and_arguments_that_do_not_fit(wabt: Machine) -> None:
    instance = wabt.make('(module (func (export "f") (param i32)))')
    with pytest.raises(KeyError):
        wabt.call(instance, "g")
    with pytest.raises(KeyError):
        instance.get("f")
    with pytest.raises(ValueError, match="0 arguments instead of 1"):
        wabt.call(instance, "f")


def test_a_closed_instance_refuses(wabt: Machine) -> None:
    instance = wabt.make('(module (func (export "f")))')
    instance.close()
    with pytest.raises(Interrupted) as refused:
        wabt.call(instance, "f")
    assert refused.value.cause is Cause.CLOSED
