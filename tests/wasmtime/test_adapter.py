"""The adapter of wasmtime: values to the bit, errors of the right kind, memories, imports."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from engines.wasmtime import Epoch
from harness.context import background
from harness.engine import (
    Exhausted,
    HostFunction,
    Invalid,
    Malformed,
    Trap,
    TrapKind,
    Unavailable,
    Uncaught,
    Unlinkable,
    Unsupported,
    Value,
)
from harness.standard.features import ALL, version

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.engine import Engine, Imports, Instance

    Instantiate = Callable[..., Instance]
    Make = Callable[..., Engine]


def test_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("engines.wasmtime.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "wasmtime", None)  # as if it could not be found
    with pytest.raises(Unavailable, match="pip install wasmtime"):
        Epoch()


def test_it_says_what_it_is(engine: Engine, make: Make) -> None:
    assert engine.name == f"wasmtime-{engine.capabilities.interrupts}"
    assert engine.version[0].isdecimal()
    assert engine.capabilities.features == ALL
    assert engine.capabilities.interrupts in ("epoch", "fuel")
    assert make(features=version("2.0")).capabilities.features == version("2.0")


@pytest.mark.parametrize(
    "value",
    [
        Value("i32", 0xFFFFFFFF),
        Value("i64", 1 << 63),
        Value("f32", 0x7F800001),
        Value("f32", 0xFFC12345),
        Value("f64", 0x7FF0000000000001),
        Value("f64", 1 << 63),
        Value("v128", 0x0123456789ABCDEF_FEDCBA9876543210),
        Value("extern", 0),
        Value("extern", 0xFFFFFFFF),
        Value("extern", None),
        Value("func", None),
        Value("any", None),
        Value("i31", 0x7FFFFFFF),
        Value("exn", None),
    ],
)
def test_values_go_through_unchanged(instantiate: Instantiate, value: Value) -> None:
    type = {"i31": "anyref"}.get(value.type, value.type if value.type[-1].isdecimal() else f"{value.type}ref")
    instance = instantiate(f'(module (func (export "f") (param {type}) (result {type}) (local.get 0)))')
    assert instance.invoke("f", [value], background()) == [value]


def test_references_keep_their_identity(instantiate: Instantiate) -> None:
    instance = instantiate("""(module
        (type $s (struct (field i32))) (type $a (array i8))
        (func (export "struct") (result anyref) (struct.new $s (i32.const 7)))
        (func (export "array") (result eqref) (array.new $a (i32.const 0) (i32.const 3)))
        (func $f (export "func") (result funcref) (ref.func $f))
        (func (export "get") (param (ref $s)) (result i32) (struct.get $s 0 (local.get 0)))
        (func (export "len") (param (ref null $a)) (result i32) (array.len (local.get 0)))
        (func (export "same") (param eqref eqref) (result i32) (ref.eq (local.get 0) (local.get 1)))
        (func (export "out") (param anyref) (result externref) (extern.convert_any (local.get 0)))
        (func (export "in") (param externref) (result anyref) (any.convert_extern (local.get 0)))
        (func (export "any") (param anyref) (result anyref) (local.get 0)))""")

    def call(name: str, *args: Value) -> Value:
        (value,) = instance.invoke(name, args, background())
        return value

    struct, array, function = call("struct"), call("array"), call("func")
    assert (struct.type, array.type, function.type) == ("struct", "array", "func")
    assert call("get", struct) == Value("i32", 7)
    assert call("len", array) == Value("i32", 3)
    assert call("same", struct, struct) == Value("i32", 1)
    assert call("same", struct, array) == Value("i32", 0)
    assert call("out", struct).type == "struct"
    assert call("out", Value("i31", 5)) == Value("i31", 5)
    assert call("in", Value("extern", 9)) == Value("extern", 9)
    assert call("any", Value("extern", 9)) == Value("extern", 9)
    assert call("out", Value("extern", 9)) == Value("extern", 9)


def test_several_results(instantiate: Instantiate) -> None:
    instance = instantiate("""(module (func (export "f") (param i64) (result i64 f32 v128)
        (local.get 0) (f32.const 1) (v128.const i64x2 1 2)))""")
    assert instance.invoke("f", [Value("i64", 3)], background()) == [
        Value("i64", 3),
        Value("f32", 0x3F800000),
        Value("v128", 2 << 64 | 1),
    ]


def test_wrong_arguments(instantiate: Instantiate) -> None:
    instance = instantiate('(module (func (export "f") (param i32)))')
    with pytest.raises(TypeError, match="0 arguments instead of 1"):
        instance.invoke("f", [], background())
    with pytest.raises(TypeError, match="i64 is of the wrong type"):
        instance.invoke("f", [Value("i64", 0)], background())


def test_globals(instantiate: Instantiate) -> None:
    instance = instantiate("""(module (global (export "g") (mut f32) (f32.const nan:0x1))
        (global (export "r") (mut externref) (ref.null extern)) (func (export "f")))""")
    assert instance.get("g") == Value("f32", 0x7F800001)
    instance.set("g", Value("f32", 0xFFC00001))
    assert instance.get("g") == Value("f32", 0xFFC00001)
    instance.set("r", Value("extern", 4))
    assert instance.get("r") == Value("extern", 4)
    for name in ("f", "nothing"):
        with pytest.raises(KeyError):
            instance.get(name)
        with pytest.raises(KeyError):
            instance.memory(name)
    with pytest.raises(KeyError):
        instance.invoke("g", [], background())


@pytest.mark.parametrize("shared", ["", "shared"])
def test_memories(instantiate: Instantiate, shared: str) -> None:
    instance = instantiate(f"""(module (memory (export "m") 1 3 {shared})
        (func (export "get") (param i32) (result i32) (i32.load8_u (local.get 0)))
        (func (export "grow") (result i32) (memory.grow (i32.const 1))))""")
    memory = instance.memory("m")
    memory.write(65534, b"ab")
    assert instance.invoke("get", [Value("i32", 65535)], background()) == [Value("i32", ord("b"))]
    assert memory.read(65533, 3) == b"\0ab"
    assert memory.read(65536, 0) == b""
    for offset, length in ((65535, 2), (-1, 1), (0, -1)):
        with pytest.raises(IndexError):
            memory.read(offset, length)
    with pytest.raises(IndexError):
        memory.write(65536, b"x")
    instance.invoke("grow", [], background())
    assert len(memory) == 2 * 65536
    memory.write(65536, b"x")


TRAPS = """(module
    (type $s (struct (field i32))) (type $a (array i8)) (type $f (func)) (type $g (func (param i32)))
    (tag $e)
    (memory 1) (table $t 2 funcref) (elem (table $t) (i32.const 0) func $i32) (func $i32 (param i32))
    (func (export "unreachable") unreachable)
    (func (export "divide") (drop (i32.div_u (i32.const 1) (i32.const 0))))
    (func (export "overflow") (drop (i32.div_s (i32.const 0x80000000) (i32.const -1))))
    (func (export "convert") (drop (i32.trunc_f32_s (f32.const nan))))
    (func (export "memory") (drop (i32.load (i32.const 65533))))
    (func (export "table") (drop (table.get $t (i32.const 2))))
    (func (export "undefined") (call_indirect $t (type $f) (i32.const 2)))
    (func (export "uninitialized") (call_indirect $t (type $f) (i32.const 1)))
    (func (export "signature") (call_indirect $t (type $f) (i32.const 0)))
    (func (export "array") (drop (array.get_u $a (array.new $a (i32.const 0) (i32.const 1)) (i32.const 1))))
    (func (export "null") (drop (ref.as_non_null (ref.null any))))
    (func (export "null-function") (call_ref $f (ref.null $f)))
    (func (export "null-structure") (drop (struct.get $s 0 (ref.null $s))))
    (func (export "null-array") (drop (array.len (ref.null $a))))
    (func (export "null-i31") (drop (i31.get_u (ref.null i31))))
    (func (export "null-exception") (throw_ref (ref.null exn)))
    (func (export "cast") (drop (ref.cast (ref $s) (ref.i31 (i32.const 0)))))
    (func (export "atomic") (drop (i32.atomic.load (i32.const 1))))
    (func (export "wait") (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0))))
    (func $deep (export "deep") (call $deep))
    (func (export "throw") (throw $e)))"""


@pytest.mark.parametrize(
    ("export", "kind"),
    [
        ("unreachable", TrapKind.UNREACHABLE),
        ("divide", TrapKind.DIVIDE_BY_ZERO),
        ("overflow", TrapKind.INTEGER_OVERFLOW),
        ("convert", TrapKind.INVALID_CONVERSION),
        ("memory", TrapKind.MEMORY_BOUNDS),
        ("table", TrapKind.TABLE_BOUNDS),
        ("undefined", TrapKind.UNDEFINED_ELEMENT),
        ("uninitialized", TrapKind.UNINITIALIZED_ELEMENT),
        ("signature", TrapKind.INDIRECT_CALL_TYPE),
        ("array", TrapKind.ARRAY_BOUNDS),
        ("null", TrapKind.NULL_REFERENCE),
        ("null-function", TrapKind.NULL_FUNCTION),
        ("null-structure", TrapKind.NULL_STRUCTURE),
        ("null-array", TrapKind.NULL_ARRAY),
        ("null-i31", TrapKind.NULL_I31),
        ("null-exception", TrapKind.NULL_EXCEPTION),
        ("cast", TrapKind.CAST_FAILURE),
        ("atomic", TrapKind.UNALIGNED_ATOMIC),
        ("wait", TrapKind.EXPECTED_SHARED_MEMORY),
    ],
)
def test_traps(instantiate: Instantiate, export: str, kind: TrapKind) -> None:
    instance = instantiate(TRAPS)
    for _ in range(2):
        with pytest.raises(Trap) as caught:
            instance.invoke(export, [], background())
        assert caught.value.kind is kind


def test_the_kind_of_a_trap_in_another_module(instantiate: Instantiate) -> None:
    inner = instantiate(TRAPS)
    outer = instantiate(
        '(module (import "inner" "undefined" (func $f)) (func (export "call") (call $f)))', {"inner": inner}
    )
    with pytest.raises(Trap) as caught:
        outer.invoke("call", [], background())
    assert caught.value.kind is TrapKind.UNDEFINED_ELEMENT


def test_other_ends(instantiate: Instantiate) -> None:
    instance = instantiate(TRAPS)
    with pytest.raises(Exhausted):
        instance.invoke("deep", [], background())
    with pytest.raises(Uncaught):
        instance.invoke("throw", [], background())
    with pytest.raises(Trap) as caught:
        instance.invoke("unreachable", [], background())
    assert caught.value.kind is TrapKind.UNREACHABLE


def test_traps_of_instantiation(instantiate: Instantiate) -> None:
    with pytest.raises(Trap) as caught:
        instantiate('(module (memory 1) (data (i32.const 65536) "x"))')
    assert caught.value.kind is TrapKind.MEMORY_BOUNDS
    with pytest.raises(Trap) as caught:
        instantiate("(module (func $f unreachable) (start $f))")
    assert caught.value.kind is TrapKind.UNREACHABLE


def test_malformed_told_from_invalid(engine: Engine, compiled: Callable[..., object]) -> None:
    for binary in (b"", b"\0asm\2\0\0\0", b"(module)", b"\0asm\1\0\0\0\1", b"\0asm\1\0\0\0\x0e\0\x0e\0"):
        with pytest.raises(Malformed, match=r"^\S.*$"):
            engine.compile(binary)
    for text in ("(module (func (result i32)))", "(module (func (call 3)))", "(module (memory 65537))"):
        with pytest.raises(Invalid, match=r"^\S.*$"):
            compiled(text)


def test_features_can_be_switched_off(compiled: Callable[..., object], make: Make) -> None:
    small = make(features=version("1.0"))
    assert make(features=ALL - {"simd"}).capabilities.features == ALL - {"simd", "relaxed-simd"}
    for text in (
        "(module (func (result v128) (v128.const i64x2 0 0)))",
        "(module (memory i64 1))",
        "(module (memory 1) (memory 1))",
        "(module (func (result i32 i32) unreachable))",
        "(module (func (return_call 0)))",
    ):
        with pytest.raises((Invalid, Malformed)):
            compiled(text, small)
        compiled(text)


def test_imports(instantiate: Instantiate) -> None:
    provider = instantiate('(module (func (export "f")) (memory (export "m") 1))')
    for imports, text in (
        ({}, '(module (import "a" "f" (func)))'),
        ({"a": provider}, '(module (import "a" "g" (func)))'),
        ({"a": provider}, '(module (import "a" "f" (func (param i32))))'),
        ({"a": provider}, '(module (import "a" "m" (memory 2)))'),
        ({"a": {}}, '(module (import "a" "f" (func)))'),
    ):
        with pytest.raises(Unlinkable, match=r"^\S.*$"):
            instantiate(text, imports)
    instantiate('(module (import "a" "f" (func)) (import "a" "m" (memory 1)))', {"a": provider})


def test_host_functions(instantiate: Instantiate) -> None:
    seen: list[Sequence[Value]] = []

    def swap(args: Sequence[Value]) -> Sequence[Value]:
        seen.append(args)
        return (args[1], args[0])

    def fail(_args: Sequence[Value]) -> Sequence[Value]:
        raise Trap(TrapKind.CAST_FAILURE, "by the host")

    imports: Imports = {
        "host": {
            "swap": HostFunction(("f32", "i64"), ("i64", "f32"), swap),
            "fail": HostFunction((), (), fail),
            "vector": HostFunction(("v128",), (), swap),
        }
    }
    instance = instantiate(
        """(module
        (import "host" "swap" (func $swap (param f32 i64) (result i64 f32)))
        (import "host" "fail" (func $fail))
        (func (export "swap") (result i64 f32) (call $swap (f32.const nan:0x1) (i64.const -1)))
        (func (export "fail") (call $fail)))""",
        imports,
    )
    nan, ones = Value("f32", 0x7F800001), Value("i64", (1 << 64) - 1)
    assert instance.invoke("swap", [], background()) == [ones, nan]
    assert seen == [[nan, ones]]
    with pytest.raises(Trap, match="by the host"):
        instance.invoke("fail", [], background())
    assert instance.invoke("swap", [], background()) == [ones, nan]
    with pytest.raises(Unsupported, match="v128"):
        instantiate('(module (import "host" "vector" (func (param v128))))', imports)
