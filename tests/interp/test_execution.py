"""What the official suite does not look at: limits, the host, and how values travel."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeAlias

import pytest

from harness.context import background
from harness.engine import Exhausted, HostFunction, Instance, Trap, TrapKind, Uncaught, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Instantiate: TypeAlias = Callable[..., Instance]
    Run: TypeAlias = Callable[..., Sequence[int | None]]

SNAN_F32, SNAN_F64 = 0xFFA0_0001, 0x7FF4_0000_0000_0001


def test_calls_and_blocks(instantiate: Instantiate, run: Run) -> None:
    instance = instantiate("""
        (module
          (func $fac (export "fac") (param i32) (result i32)
            (if (result i32) (i32.eqz (local.get 0))
              (then (i32.const 1))
              (else (i32.mul (local.get 0) (call $fac (i32.sub (local.get 0) (i32.const 1)))))))
          (func (export "unwind") (param i32) (result i32 i32)
            (block (result i32 i32)
              (i32.const 7) (i32.const 8) (i32.const 9)
              (br_table 0 1 0 (local.get 0)))
            (i32.const 1) drop))""")
    assert run(instance, "fac", 10) == [3628800]
    assert run(instance, "unwind", 0) == [8, 9]
    assert run(instance, "unwind", 1) == [8, 9]
    assert run(instance, "unwind", 99) == [8, 9]


@pytest.mark.parametrize(("type_", "bits"), [("f32", SNAN_F32), ("f64", SNAN_F64)])
def test_a_signalling_nan_goes_every_way_unchanged(instantiate: Instantiate, type_: str, bits: int) -> None:
    integer = {"f32": "i32", "f64": "i64"}[type_]
    instance = instantiate(f"""
        (module
          (import "host" "same" (func $same (param {type_}) (result {type_})))
          (memory 1)
          (global $g (export "g") (mut {type_}) ({type_}.const 0))
          (func (export "travel") (param {type_}) (result {type_})
            ({type_}.store (i32.const 3) (call $same (local.get 0)))
            (global.set $g ({type_}.load (i32.const 3)))
            ({type_}.reinterpret_{integer} ({integer}.reinterpret_{type_} (global.get $g)))))""",
        {"host": {"same": HostFunction([type_], [type_], lambda args: args)}},
    )  # fmt: skip
    assert instance.invoke("travel", [Value(type_, bits)], background()) == [Value(type_, bits)]
    assert instance.get("g") == Value(type_, bits)
    instance.set("g", Value(type_, bits ^ 1))
    assert instance.get("g") == Value(type_, bits ^ 1)


def test_endless_recursion_exhausts_the_stack_again_and_again(instantiate: Instantiate, run: Run) -> None:
    instance = instantiate("""
        (module
          (func $down (export "down") (call $down))
          (func (export "answer") (result i32) (i32.const 42)))""")
    before = sys.getrecursionlimit(), sys.getswitchinterval()
    for _ in range(2):
        with pytest.raises(Exhausted):
            run(instance, "down")
        assert run(instance, "answer") == [42]
    assert (sys.getrecursionlimit(), sys.getswitchinterval()) == before


def test_large_frames_exhaust_the_stack_before_the_memory(instantiate: Instantiate, run: Run) -> None:
    instance = instantiate(f"""
        (module
          (func $down (export "down") (param i32) (result i32) (local {"i64 " * 10_000})
            (if (result i32) (local.get 0)
              (then (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))
              (else (i32.const 0)))))""")
    assert run(instance, "down", 100) == [100]
    with pytest.raises(Exhausted):
        run(instance, "down", 1000)
    assert run(instance, "down", 150) == [150]


@pytest.mark.parametrize(
    "operands",
    [
        "(i32.const 0) " * 20_000,
        "(call $many) " * 200,
        # the frame that a tail call leaves is not kept
        "(return_call $down_again)",
    ],
)
def test_operands_count_too(instantiate: Instantiate, run: Run, operands: str) -> None:
    instance = instantiate(f"""
        (module
          (func $many (result {"i32 " * 100}) {"(i32.const 0) " * 100})
          (func $down (export "down") (local {"i32 " * 20_000}) {operands} (call $down) unreachable)
          (func $down_again (call $down))
          (func (export "answer") (result i32) (i32.const 42)))""")
    with pytest.raises(Exhausted):
        run(instance, "down")
    assert run(instance, "answer") == [42]


def test_tail_calls_need_no_stack(instantiate: Instantiate, run: Run) -> None:
    other = instantiate("""
        (module
          (type $t (func (param i32) (result i32)))
          (table (export "table") 2 funcref)
          (elem (i32.const 0) $even)
          (func $even (type $t)
            (if (result i32) (i32.eqz (local.get 0))
              (then (i32.const 1))
              (else
                (return_call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 1))))))""")
    instance = instantiate("""
        (module
          (type $t (func (param i32) (result i32)))
          (import "other" "table" (table 2 funcref))
          (elem (i32.const 1) $odd)
          (func $odd (export "odd") (type $t)
            (if (result i32) (i32.eqz (local.get 0))
              (then (i32.const 0))
              (else (return_call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))))
          (func $count (export "count") (type $t)
            (if (result i32) (local.get 0)
              (then (return_call $count (i32.sub (local.get 0) (i32.const 1))))
              (else (i32.const 5)))))""", {"other": other})  # fmt: skip
    assert run(instance, "count", 50_000) == [5]
    assert run(instance, "odd", 50_001) == [1]
    assert run(instance, "odd", 50_000) == [0]


def test_a_tail_call_of_the_host(instantiate: Instantiate, run: Run) -> None:
    def twice(args: Sequence[Value]) -> Sequence[Value]:
        assert args[0].bits is not None
        return [Value("i32", 2 * args[0].bits)]

    instance = instantiate("""
        (module
          (import "host" "twice" (func $twice (param i32) (result i32)))
          (func (export "run") (param i32) (result i32)
            (i32.const 1) (block (return_call $twice (local.get 0))) drop (i32.const 2)))""",
        {"host": {"twice": HostFunction(["i32"], ["i32"], twice)}},
    )  # fmt: skip
    assert run(instance, "run", 21) == [42]


REENTRANT = """
    (module
      (import "host" "again" (func $again (param i32) (result i32)))
      (func (export "run") (param i32) (result i32)
        (if (result i32) (local.get 0)
          (then (i32.add (i32.const 1) (call $again (i32.sub (local.get 0) (i32.const 1)))))
          (else (i32.const 0)))))"""


def test_the_host_calls_back_in(instantiate: Instantiate, run: Run) -> None:
    instance: Instance

    def again(args: Sequence[Value]) -> Sequence[Value]:
        return instance.invoke("run", args, background())

    instance = instantiate(REENTRANT, {"host": {"again": HostFunction(["i32"], ["i32"], again)}})
    assert run(instance, "run", 50) == [50]
    with pytest.raises(Exhausted):
        run(instance, "run", 1_000_000)
    assert run(instance, "run", 50) == [50]


@pytest.mark.parametrize("error", [Trap(TrapKind.UNREACHABLE, "in the host"), Uncaught("from the host")])
def test_what_the_host_raises_ends_the_call(instantiate: Instantiate, run: Run, error: Exception) -> None:
    def fail(args: Sequence[Value]) -> Sequence[Value]:
        raise error

    instance = instantiate(REENTRANT, {"host": {"again": HostFunction(["i32"], ["i32"], fail)}})
    with pytest.raises(type(error)) as raised:
        run(instance, "run", 1)
    assert raised.value is error
    assert run(instance, "run", 0) == [0]


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("unreachable", TrapKind.UNREACHABLE),
        ("(i32.div_s (i32.const 1) (i32.const 0)) drop", TrapKind.DIVIDE_BY_ZERO),
        ("(i32.div_s (i32.const 0x80000000) (i32.const -1)) drop", TrapKind.INTEGER_OVERFLOW),
        ("(i32.trunc_f32_s (f32.const nan)) drop", TrapKind.INVALID_CONVERSION),
        ("(i32.load (i32.const 65533)) drop", TrapKind.MEMORY_BOUNDS),
        ("(i64.store offset=0xffffffff (i32.const -1) (i64.const 0))", TrapKind.MEMORY_BOUNDS),
        ("(i64.load $wide (i64.const -1)) drop", TrapKind.MEMORY_BOUNDS),
        ("(i32.store8 $wide offset=0xffffffffffffffff (i64.const -1) (i32.const 0))", TrapKind.MEMORY_BOUNDS),
        ("(memory.fill (i32.const 65536) (i32.const 0) (i32.const 1))", TrapKind.MEMORY_BOUNDS),
        ("(memory.copy (i32.const 0) (i32.const 1) (i32.const 65536))", TrapKind.MEMORY_BOUNDS),
        ("(memory.init $d (i32.const 0) (i32.const 2) (i32.const 2))", TrapKind.MEMORY_BOUNDS),
        ("(table.get (i32.const 3)) drop", TrapKind.TABLE_BOUNDS),
        ("(table.set (i32.const -1) (ref.null func))", TrapKind.TABLE_BOUNDS),
        ("(table.fill (i32.const 2) (ref.null func) (i32.const 2))", TrapKind.TABLE_BOUNDS),
        ("(table.copy (i32.const 1) (i32.const 0) (i32.const 3))", TrapKind.TABLE_BOUNDS),
        ("(table.init $e (i32.const 0) (i32.const 1) (i32.const 1))", TrapKind.TABLE_BOUNDS),
        ("(call_indirect (i32.const 3))", TrapKind.UNDEFINED_ELEMENT),
        ("(call_indirect (i32.const 1))", TrapKind.UNINITIALIZED_ELEMENT),
        ("(call_indirect (param i32) (i32.const 0) (i32.const 0))", TrapKind.INDIRECT_CALL_TYPE),
        ("(call_ref $t (ref.null $t))", TrapKind.NULL_FUNCTION),
        ("(ref.as_non_null (ref.null func)) drop", TrapKind.NULL_REFERENCE),
    ],
)
def test_traps(instantiate: Instantiate, run: Run, expression: str, kind: TrapKind) -> None:
    instance = instantiate(f"""
        (module
          (type $t (func))
          (memory 1) (memory $wide i64 1)
          (data $d "abc")
          (table 3 funcref)
          (elem $e func $f)
          (elem (i32.const 0) $f)
          (func $f)
          (func (export "run") {expression}))""")
    with pytest.raises(Trap) as raised:
        run(instance, "run")
    assert raised.value.kind is kind


def test_memory_from_the_host_is_live(instantiate: Instantiate, run: Run) -> None:
    instance = instantiate("""
        (module
          (memory (export "memory") 1 3)
          (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
          (func (export "peek") (param i32) (result i32) (i32.load8_u (local.get 0))))""")
    memory = instance.memory("memory")
    assert len(memory) == 65536
    assert run(instance, "grow", 1) == [1]
    assert run(instance, "grow", 2) == [0xFFFF_FFFF]
    assert len(memory) == 2 * 65536
    memory.write(65536, b"\x2a\x2b")
    assert run(instance, "peek", 65537) == [0x2B]
    assert memory.read(65535, 3) == b"\0\x2a\x2b"
    for offset, length in ((2 * 65536, 1), (-1, 1), (0, 2 * 65536 + 1)):
        with pytest.raises(IndexError):
            memory.read(offset, length)
    with pytest.raises(IndexError):
        memory.write(2 * 65536 - 1, b"ab")
    assert memory.read(2 * 65536 - 1, 1) == b"\0"


@pytest.mark.parametrize("what", ["(memory i64 0x1_0000_0000)", "(table 0xffff_ffff funcref)"])
def test_what_cannot_be_allocated_is_said_so(instantiate: Instantiate, what: str) -> None:
    with pytest.raises(Trap, match=r"out of memory: no (memory|table) of \d+ (bytes|entries)") as raised:
        instantiate(f"(module {what})")
    assert raised.value.kind is TrapKind.ALLOCATION


@pytest.mark.parametrize(("to", "start"), [(0, 1), (1, 0), (0, 0), (0, 3_000_000), (3_000_000, 0)])
def test_copies_in_pieces_are_as_if_by_way_of_a_buffer(
    instantiate: Instantiate, run: Run, to: int, start: int
) -> None:
    count = 2_500_000
    instance = instantiate("""
        (module
          (memory (export "memory") 100)
          (func (export "copy") (param i32 i32 i32)
            (memory.copy (local.get 0) (local.get 1) (local.get 2))))""")
    memory = instance.memory("memory")
    before = bytes(number * number % 251 for number in range(count))
    memory.write(start, before)
    run(instance, "copy", to, start, count)
    assert memory.read(to, count) == before
