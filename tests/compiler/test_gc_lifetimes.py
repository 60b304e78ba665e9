"""Objects, and what they refer to, live as long as anyone may use them, the host included, and no longer."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, TypeAlias

import pytest

from engines.compiler import Compiler
from engines.compiler.execution import host_calls
from engines.compiler.heap import heap
from harness.assembler import assemble
from harness.context import background
from harness.engine import HostFunction, Instance, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    Run: TypeAlias = Callable[..., list[int | None]]
    Instantiate: TypeAlias = Callable[..., Instance]


@pytest.mark.parametrize("level", ["cheap"])
@pytest.mark.parametrize("interruptible", [False])
class TestLifetimes:
    def test_instances_leave_nothing(self, engine: Compiler, run: Run) -> None:
        module = engine.compile(
            assemble(
                """(module
                (type $s (struct (field funcref) (field anyref)))
                (global $g (mut (ref null $s)) (struct.new $s (ref.func $f) (ref.i31 (i32.const 1))))
                (table $t 2 anyref)
                (elem $e anyref (item (struct.new_default $s)))
                (func $f (export "run") (result i32)
                  (global.set $g (struct.new $s (ref.func $f) (global.get $g)))
                  (table.set $t (i32.const 1) (global.get $g))
                  (i32.const 5)))""",
                first="in-process",
            ).binary
        )
        gc.collect()
        heap.collect()
        before = len(heap._homes), len(heap.objects), heap.used

        for _ in range(1000):
            assert run(engine.instantiate(module, {}, background()), "run") == [5]

        gc.collect()
        heap.collect()
        assert (len(heap._homes), len(heap.objects), heap.used) <= before

    def test_types_are_forgotten(self, engine: Compiler) -> None:
        gc.collect()
        heap.collect()
        before = len(heap._types)

        for number in range(20):
            fields = "(field i32)" * (number + 40)
            binary = assemble(
                f"(module (type $s (struct {fields})) (global (ref $s) (struct.new_default $s)))",
                first="in-process",
            ).binary
            engine.instantiate(engine.compile(binary), {}, background())

        gc.collect()
        heap.collect()
        assert len(heap._types) <= before

    def test_an_object_keeps_what_it_refers_to(self, instantiate: Instantiate, run: Run) -> None:
        text = """(module
          (type $f (func (result i32)))
          (type $s (struct (field (ref $f)) (field i32)))
          (func $f (type $f) (i32.const 42))
          (elem declare func $f)
          (func (export "make") (result anyref) (struct.new $s (ref.func $f) (i32.const 7)))
          (func (export "call") (param anyref) (result i32)
            (call_ref $f (struct.get $s 0 (ref.cast (ref $s) (local.get 0))))))"""
        made = instantiate(text).invoke("make", (), background())[0]
        gc.collect()
        heap.collect()

        caller = instantiate(text)

        assert run(caller, "call", made) == [42]

    def test_what_another_instance_was_given_stays(self, instantiate: Instantiate, run: Run) -> None:
        """The giver goes; the function in what it gave is called all the same."""
        types = "(type $f (func (result i32))) (type $s (struct (field (ref $f))))"
        receiver = instantiate(
            f"""(module {types}
            (global $g (mut (ref null $s)) (ref.null $s))
            (func (export "give") (param (ref $s)) (global.set $g (local.get 0)))
            (func (export "call") (result i32) (call_ref $f (struct.get $s 0 (global.get $g)))))"""
        )
        giver = instantiate(
            f"""(module {types}
            (import "receiver" "give" (func $give (param (ref $s))))
            (memory 1) (data (i32.const 0) "\\2a")
            (func $f (type $f) (i32.load8_u (i32.const 0)))
            (elem declare func $f)
            (func (export "run") (call $give (struct.new $s (ref.func $f)))))""",
            {"receiver": receiver},
        )
        run(giver, "run")
        del giver
        gc.collect()
        heap.collect()

        assert run(receiver, "call") == [42]


def test_what_the_host_was_given_goes_with_the_engine(run: Run) -> None:
    binary = assemble(
        """(module
        (type $s (struct))
        (import "host" "take" (func $take (param anyref)))
        (func (export "run") (call $take (struct.new $s))))""",
        first="in-process",
    ).binary
    gc.collect()
    before = len(heap.objects), len(host_calls)

    engine = Compiler(level="cheap")
    host = {"take": HostFunction(("anyref",), (), lambda _: ())}
    instance = engine.instantiate(engine.compile(binary), {"host": host}, background())
    run(instance, "run")
    assert (len(heap.objects), len(host_calls)) == (before[0] + 1, before[1] + 1)
    del engine, instance, host
    gc.collect()

    assert (len(heap.objects), len(host_calls)) == before


def test_references_come_back_as_they_went(instantiate: Instantiate, run: Run) -> None:
    instance = instantiate(
        """(module
        (type $s (struct (field (mut i32))))
        (global $g (export "g") (mut anyref) (ref.null any))
        (func (export "make") (param i32) (result externref)
          (extern.convert_any (struct.new $s (local.get 0))))
        (func (export "i31") (param i32) (result externref) (extern.convert_any (ref.i31 (local.get 0))))
        (func (export "same") (param externref externref) (result i32)
          (ref.eq (ref.cast eqref (any.convert_extern (local.get 0)))
            (ref.cast eqref (any.convert_extern (local.get 1)))))
        (func (export "any") (param externref) (result anyref) (any.convert_extern (local.get 0)))
        (func (export "extern") (param anyref) (result externref) (extern.convert_any (local.get 0))))"""
    )

    def call(name: str, *args: Value) -> Value:
        return instance.invoke(name, args, background())[0]

    one, other = call("make", Value("i32", 1)), call("make", Value("i32", 2))
    assert one.type == other.type == "struct"
    assert one != other
    assert call("any", one) == one == call("extern", one)
    assert run(instance, "same", one, one) == [1]
    assert run(instance, "same", one, other) == [0]
    assert call("i31", Value("i32", 9)) == Value("i31", 9)
    assert call("any", Value("extern", 12)) == Value("extern", 12)
    assert call("extern", Value("extern", (1 << 62) - 1)) == Value("extern", (1 << 62) - 1)
    instance.set("g", one)
    assert instance.get("g") == one
    instance.set("g", Value("i31", 3))
    assert instance.get("g") == Value("i31", 3)
