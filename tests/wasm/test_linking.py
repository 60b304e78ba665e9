"""Imports: instances and host functions, matching or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engines.interp import Interp
from harness.assembler import assemble
from harness.context import background
from harness.engine import HostFunction, Imports, Trap, TrapKind, Unlinkable, Value

if TYPE_CHECKING:
    from engines.wasm.adapter import Instance


ENGINE = Interp()


def instantiate(wat: str, imports: Imports | None = None, engine: Interp = ENGINE) -> Instance:
    module = engine.compile(assemble(wat, first="in-process").binary)
    return engine.instantiate(module, imports or {}, background())


EXPORTS = """
    (module
      (func (export "func") (param i32))
      (table (export "table") 2 4 funcref)
      (memory (export "memory") 1 3)
      (func (export "grow") (drop (memory.grow (i32.const 1))))
      (global (export "const") i32 (i32.const 1))
      (global (export "var") (mut i32) (i32.const 1))
      (global (export "ref") (ref func) (ref.func 0)))"""


@pytest.mark.parametrize(
    "import_",
    [
        '"func" (func (param i32))',
        '"table" (table 1 funcref)',
        '"table" (table 2 5 funcref)',
        '"memory" (memory 1)',
        '"memory" (memory 0 3)',
        '"const" (global i32)',
        '"var" (global (mut i32))',
        '"ref" (global funcref)',
    ],
)
def test_matching(import_: str) -> None:
    instantiate(f'(module (import "m" {import_}))', {"m": instantiate(EXPORTS)})


@pytest.mark.parametrize(
    "import_",
    [
        '"func" (func)',
        '"func" (memory 1)',
        '"table" (table 3 funcref)',
        '"table" (table 2 3 funcref)',
        '"table" (table 2 externref)',
        '"table" (table i64 2 funcref)',
        '"memory" (memory 2)',
        '"memory" (memory 1 2)',
        '"memory" (memory i64 1)',
        '"memory" (func)',
        '"const" (global (mut i32))',
        '"const" (global i64)',
        '"var" (global i32)',
        '"ref" (global externref)',
    ],
)
def test_not_matching(import_: str) -> None:
    with pytest.raises(Unlinkable, match="incompatible import type"):
        instantiate(f'(module (import "m" {import_}))', {"m": instantiate(EXPORTS)})


def test_what_counts_is_the_size_at_the_moment() -> None:
    exporting = instantiate(EXPORTS)
    importing = '(module (import "m" "memory" (memory 2)))'
    with pytest.raises(Unlinkable):
        instantiate(importing, {"m": exporting})
    exporting.invoke("grow", [], background())
    instantiate(importing, {"m": exporting})


@pytest.mark.parametrize("imports", [{}, {"m": {}}, {"m": instantiate("(module)")}])
def test_unknown(imports: Imports) -> None:
    with pytest.raises(Unlinkable, match="unknown import: 'm' 'f'"):
        instantiate('(module (import "m" "f" (func)))', imports)


def test_an_instance_of_another_engine() -> None:
    other = instantiate('(module (func (export "f")))', engine=Interp())
    with pytest.raises(Unlinkable, match="another engine"):
        instantiate('(module (import "m" "f" (func)))', {"m": other})


def test_host_functions_are_typed() -> None:
    host = {"f": HostFunction(["i32", "externref"], ["i64"], lambda args: [Value("i64", args[1].bits)])}
    wat = """
        (module
          (import "host" "f" (func $f (param i32 externref) (result {})))
          (func (export "run") (param externref) (result i64) (call $f (i32.const 1) (local.get 0))))"""
    instance = instantiate(wat.format("i64"), {"host": host})
    assert instance.invoke("run", [Value("extern", 5)], background()) == [Value("i64", 5)]
    with pytest.raises(Unlinkable):
        instantiate('(module (import "host" "f" (func (param i64 externref) (result i64))))', {"host": host})
    with pytest.raises(ValueError, match="'int' is not a type"):
        instantiate(wat.format("i64"), {"host": {"f": HostFunction(["int"], [], lambda args: [])}})
    lying = {"f": HostFunction(["i32", "externref"], ["i64"], lambda args: [args[0]])}
    with pytest.raises(TypeError, match="is not of type i64"):
        instantiate(wat.format("i64"), {"host": lying}).invoke("run", [Value("extern", 5)], background())


def test_failing_in_the_middle_leaves_what_was_done() -> None:
    exporting = instantiate(EXPORTS)
    with pytest.raises(Trap) as raised:
        instantiate("""
            (module
              (import "m" "memory" (memory 1))
              (import "m" "table" (table 2 funcref))
              (func $f)
              (elem (i32.const 1) $f)
              (data (i32.const 0) "abc")
              (data (i32.const 65535) "de"))""",
            {"m": exporting},
        )  # fmt: skip
    assert raised.value.kind is TrapKind.MEMORY_BOUNDS
    assert exporting.memory("memory").read(0, 3) == b"abc"
    assert exporting.memory("memory").read(65535, 1) == b"\0"


def test_missing_exports_are_key_errors() -> None:
    instance = instantiate(EXPORTS)
    context = background()
    for name in ("nothing", "memory"):
        with pytest.raises(KeyError):
            instance.invoke(name, [], context)
    for name in ("nothing", "func"):
        with pytest.raises(KeyError):
            instance.get(name)
        with pytest.raises(KeyError):
            instance.memory(name)
    with pytest.raises(KeyError, match="not mutable"):
        instance.set("const", Value("i32", 1))


def test_references_travel_under_handles() -> None:
    instance = instantiate("""
        (module
          (table 1 funcref)
          (func $f (export "f") (result i32) (i32.const 7))
          (func (export "give") (result funcref) (ref.func $f))
          (func (export "null") (result funcref) (ref.null func))
          (func (export "take") (param funcref) (result i32)
            (table.set (i32.const 0) (local.get 0))
            (call_indirect (result i32) (i32.const 0))))""")
    context = background()
    (given,) = instance.invoke("give", [], context)
    assert given.type == "func"
    assert instance.invoke("give", [], context) == [given]
    assert instance.invoke("take", [given], context) == [Value("i32", 7)]
    assert instance.invoke("null", [], context) == [Value("func", None)]
    for wrong in (Value("func", 99), Value("extern", 1), Value("i32", 1)):
        with pytest.raises(TypeError):
            instance.invoke("take", [wrong], context)
