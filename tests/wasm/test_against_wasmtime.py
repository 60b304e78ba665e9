"""Reader and validator against an independent validator: both accept a mutated module, or neither does."""

from __future__ import annotations

import functools

import pytest
import wasmtime
from hypothesis import given
from hypothesis import strategies as st

from engines.wasm.validation import validate
from harness.assembler import assemble
from harness.engine import Invalid, Malformed, Unsupported
from harness.generate.modules import terminating
from harness.generate.mutants import mutants
from harness.standard.binary import read
from harness.standard.binary.writer import write
from harness.standard.features import ALL, version

_SWITCHES = (
    "bulk_memory", "custom_page_sizes", "exceptions", "function_references", "gc", "memory64", "multi_memory",
    "multi_value", "reference_types", "relaxed_simd", "simd", "tail_call", "threads", "wide_arithmetic",
)  # fmt: skip

MEMORIES_AND_TABLES = """
    (memory 1 2) (memory i64 1) (memory 1 2 shared)
    (table $t 2 4 funcref) (table $u i64 1 externref)
    (elem (table $t) (i32.const 0) func $f) (elem declare func $f)
    (data (i32.const 1) "abc") (data "def")
    (func $f (param i32 i64) (result f64) (local f32 v128)
      (block (result i32)
        (local.get 0)
        (br_if 0 (i32.const 1))
        (if (result i32)
          (then (i32.load8_u offset=3 (i32.const 1)))
          (else (i32.atomic.rmw.add 2 (i32.const 0) (i32.const 1)))))
      (drop)
      (loop $l (block (br_table $l 0 1 (local.get 0))))
      (f64.const 1))
    (func
      (drop (call_indirect $t (param i32 i64) (result f64) (i32.const 0) (i64.const 0) (i32.const 0)))
      (drop (i8x16.extract_lane_s 3 (v128.const i64x2 1 2))))
    (func (memory.init 0 1 (i32.const 0) (i32.const 0) (i32.const 0)) (data.drop 1)
      (memory.copy 0 1 (i32.const 0) (i64.const 0) (i32.const 0))
      (table.copy $t $t (i32.const 0) (i32.const 0) (i32.const 0))
      (drop (table.grow $u (ref.null extern) (i64.const 1))))
"""

OBJECTS = """
    (rec
      (type $a (sub (struct (field (mut i8)) (field (ref null $b)))))
      (type $b (array (mut (ref null $a)))))
    (type $c (sub $a (struct (field (mut i8)) (field (ref null $b)) (field i64))))
    (global $g (ref $a) (struct.new_default $a))
    (global (ref i31) (ref.i31 (i32.add (i32.const 1) (i32.const 2))))
    (table 3 (ref null $a) (struct.new_default $a))
    (elem (ref null $a) (ref.null $c) (global.get $g))
    (func (param anyref) (result i32)
      (block $l (result (ref $c))
        (br_on_cast $l anyref (ref $c) (local.get 0))
        (drop)
        (return (ref.test (ref i31) (local.get 0))))
      (struct.get_u $a 0))
    (func (param (ref $b)) (result (ref null $a))
      (array.set $b (local.get 0) (i32.const 0) (struct.new_default $c))
      (array.get $b (local.get 0) (array.len (local.get 0))))
    (func
      (drop (array.new_elem $b 0 (i32.const 0) (i32.const 1)))
      (drop (extern.convert_any (global.get 0))))
"""

CALLS_AND_EXCEPTIONS = """
    (type $f (func (param i32) (result i32)))
    (type $g (func (param i32 (ref $f)) (result i32)))
    (tag $e (param i32))
    (elem declare func $one)
    (func $one (type $f) (local.get 0))
    (func (type $g) (return_call_ref $f (local.get 0) (local.get 1)))
    (func (param (ref null $f)) (result i32)
      (block $n (return (call_ref $f (i32.const 1) (br_on_null $n (local.get 0)))))
      (return_call $one (i32.const 2)))
    (func (result i32)
      (block $h (result i32 exnref)
        (block $all
          (try_table (result i32) (catch_ref $e $h) (catch_all $all) (throw $e (i32.const 7)))
          (return))
        (return (i32.const 0)))
      (throw_ref))
    (func (param i64) (result i64 i64) (i64.mul_wide_u (local.get 0) (local.get 0)))
"""

TEXTS = (MEMORIES_AND_TABLES, OBJECTS, CALLS_AND_EXCEPTIONS)


@pytest.fixture(scope="module")
def engine() -> wasmtime.Engine:
    config = wasmtime.Config()
    for name in _SWITCHES:
        setattr(config, f"wasm_{name}", True)
    return wasmtime.Engine(config)


@functools.cache
def _binary(text: str) -> bytes:
    return assemble(f"(module {text})", first="in-process").binary


def _fault(binary: bytes) -> Exception | None:
    try:
        validate(read(binary, ALL), ALL)
    except (Malformed, Invalid, Unsupported) as error:
        return error
    return None


def _fault_for_wasmtime(engine: wasmtime.Engine, binary: bytes) -> Exception | None:
    try:
        wasmtime.Module.validate(engine, binary)
    except wasmtime.WasmtimeError as error:
        return error
    return None


def _agree(engine: wasmtime.Engine, binary: bytes) -> None:
    ours, theirs = _fault(binary), _fault_for_wasmtime(engine, binary)
    if isinstance(ours, Unsupported):
        return
    assert (ours is None) == (theirs is None), f"{ours} | {theirs}: {binary.hex()}"


@pytest.mark.parametrize("text", TEXTS)
def test_as_they_are(engine: wasmtime.Engine, text: str) -> None:
    assert _fault(_binary(text)) is None
    assert _fault_for_wasmtime(engine, _binary(text)) is None


@given(binary=mutants(st.sampled_from(TEXTS).map(_binary)))
def test_mutants_of_what_is_easily_got_wrong(engine: wasmtime.Engine, binary: bytes) -> None:
    _agree(engine, binary)


@given(binary=mutants(terminating(version("proposal")).map(write)))
def test_mutants_of_generated_modules(engine: wasmtime.Engine, binary: bytes) -> None:
    _agree(engine, binary)
