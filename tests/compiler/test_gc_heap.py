"""The heap: what is alive stays, what is not goes, and neither its limit nor collections are in the way."""

from __future__ import annotations

import ctypes
import threading
from typing import TYPE_CHECKING, TypeAlias

import pytest

from engines.compiler import Compiler
from engines.compiler import heap as heaps
from engines.compiler.execution import Stack
from engines.compiler.heap import heap
from engines.compiler.runtime.allocation import BLOCK, SMALL
from harness.assembler import assemble
from harness.context import Cause, background, with_cancel, with_timeout
from harness.engine import HostFunction, Instance, Interrupted, Trap, TrapKind, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Run: TypeAlias = Callable[..., list[int | None]]
    Instantiate: TypeAlias = Callable[..., Instance]

TREES = """(module
  (rec (type $tree (struct (field (mut (ref null $tree))) (field (mut (ref null $tree))) (field (mut i32)))))
  (global $root (mut (ref null $tree)) (ref.null $tree))
  (func $grow (param $depth i32) (result (ref $tree))
    (if (result (ref $tree)) (i32.eqz (local.get $depth))
      (then (struct.new $tree (ref.null $tree) (ref.null $tree) (i32.const 1)))
      (else (struct.new $tree
        (call $grow (i32.sub (local.get $depth) (i32.const 1)))
        (call $grow (i32.sub (local.get $depth) (i32.const 1)))
        (local.get $depth)))))
  (func $sum (param $tree (ref null $tree)) (result i32)
    (if (result i32) (ref.is_null (local.get $tree))
      (then (i32.const 0))
      (else (i32.add (struct.get $tree 2 (local.get $tree))
        (i32.add (call $sum (struct.get $tree 0 (local.get $tree)))
          (call $sum (struct.get $tree 1 (local.get $tree))))))))
  (func (export "grow and sum") (param i32) (result i32) (call $sum (call $grow (local.get 0))))
  (func (export "keep") (param i32) (global.set $root (call $grow (local.get 0))))
  (func (export "kept") (result i32) (call $sum (global.get $root)))
  (func (export "garbage") (param i32)
    (loop $again
      (drop (struct.new_default $tree))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "endless garbage") (loop $again (drop (struct.new_default $tree)) (br $again)))
  (func (export "endless list")
    (loop $again
      (global.set $root (struct.new $tree (global.get $root) (ref.null $tree) (i32.const 0)))
      (br $again)))
  (func (export "endless") (loop $again (br $again)))
  (func (export "drop") (global.set $root (ref.null $tree))))"""


def tree(depth: int) -> int:
    """The sum of the numbers in a tree."""
    return 1 if depth == 0 else depth + 2 * tree(depth - 1)


@pytest.fixture
def collecting() -> dict[str, HostFunction]:
    """A host that collects garbage, and gives back what it is given."""

    def collect(args: Sequence[Value]) -> Sequence[Value]:
        assert heap.collect()
        return args

    return {
        "collect": HostFunction((), (), collect),
        "pass": HostFunction(("anyref", "anyref"), ("anyref", "anyref"), collect),
    }


@pytest.mark.usefixtures("merciless")
def test_what_is_on_the_stack_is_alive(instantiate: Instantiate, run: Run) -> None:
    instance = instantiate(TREES)
    collections = heap.collections

    assert run(instance, "grow and sum", 6) == [tree(6)]
    assert heap.collections > collections + 100


@pytest.mark.usefixtures("merciless")
def test_what_a_global_holds_is_alive(instantiate: Instantiate, run: Run) -> None:
    instance = instantiate(TREES)

    run(instance, "keep", 5)
    run(instance, "garbage", 10)

    assert run(instance, "kept") == [tree(5)]


@pytest.mark.usefixtures("merciless")
def test_what_tables_and_arrays_hold_is_alive(instantiate: Instantiate, run: Run) -> None:
    instance = instantiate(
        """(module
        (type $box (struct (field i32)))
        (type $boxes (array (mut (ref null $box))))
        (table $t 10 eqref)
        (elem $e (ref null $box)
          (item (struct.new $box (i32.const 70))) (item (struct.new $box (i32.const 71))))
        (func $box (param i32) (result (ref $box)) (struct.new $box (local.get 0)))
        (func (export "run") (result i32) (local $a (ref $boxes)) (local $i i32) (local $sum i32)
          (local.set $a (array.new_default $boxes (i32.const 10)))
          (loop $again
            (array.set $boxes (local.get $a) (local.get $i) (call $box (local.get $i)))
            (table.set $t (local.get $i) (call $box (i32.mul (local.get $i) (i32.const 100))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 10))))
          (drop (array.new_elem $boxes $e (i32.const 0) (i32.const 1)))
          (array.init_elem $boxes $e (local.get $a) (i32.const 0) (i32.const 0) (i32.const 2))
          (local.set $i (i32.const 0))
          (loop $again
            (drop (call $box (i32.const 0)))
            (local.set $sum (i32.add (local.get $sum) (i32.add
              (struct.get $box 0 (array.get $boxes (local.get $a) (local.get $i)))
              (struct.get $box 0 (ref.cast (ref $box) (table.get $t (local.get $i)))))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 10))))
          (local.get $sum)))"""
    )

    assert run(instance, "run") == [70 + 71 + sum(range(2, 10)) + sum(range(0, 1000, 100))]


def test_what_only_the_host_holds_is_alive(
    instantiate: Instantiate, collecting: dict[str, HostFunction], run: Run
) -> None:
    instance = instantiate(
        """(module
        (type $box (struct (field i32)))
        (import "host" "pass" (func $pass (param anyref anyref) (result anyref anyref)))
        (func (export "run") (param i32) (result i32) (local anyref)
          (call $pass (struct.new $box (local.get 0)) (struct.new $box (i32.const 5)))
          (local.set 1)
          (i32.sub (struct.get $box 0 (ref.cast (ref $box)))
            (struct.get $box 0 (ref.cast (ref $box) (local.get 1)))))
        (func (export "make") (param i32) (result anyref) (struct.new $box (local.get 0)))
        (func (export "read") (param anyref) (result i32)
          (struct.get $box 0 (ref.cast (ref $box) (local.get 0)))))""",
        {"host": collecting},
    )

    assert run(instance, "run", 7) == [2]
    made = [instance.invoke("make", [Value("i32", number)], background())[0] for number in range(100)]
    assert heap.collect()
    for _ in range(200):
        run(instance, "run", 7)
    assert len(set(made)) == 100
    assert [run(instance, "read", value)[0] for value in made] == list(range(100))


def test_a_collection_takes_blocks_away(instantiate: Instantiate, run: Run) -> None:
    """What an invocation allocates from may have been given to another while it was in the host."""
    other = instantiate(TREES)

    def keep(_: Sequence[Value]) -> Sequence[Value]:
        assert heap.collect()
        run(other, "keep", 8)
        return ()

    instance = instantiate(
        """(module
        (type $box (struct (field i64) (field i64)))
        (import "host" "keep" (func $keep))
        (func $boxes (param $count i32)
          (loop $again
            (drop (struct.new $box (i64.const -1) (i64.const -1)))
            (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
        (func (export "run") (call $boxes (i32.const 1)) (call $keep) (call $boxes (i32.const 1000))))""",
        {"host": {"keep": HostFunction((), (), keep)}},
    )

    run(instance, "run")

    assert run(other, "kept") == [tree(8)]


def test_a_large_object_may_take_the_block_of_small_ones(instantiate: Instantiate, run: Run) -> None:
    def make_collect(_: Sequence[Value]) -> Sequence[Value]:
        heap._allowance = 0
        return ()

    instance = instantiate(
        f"""(module
        (type $box (struct (field i64) (field i64)))
        (type $bytes (array (mut i8)))
        (import "host" "collect" (func $collect))
        (func $boxes (param $count i32)
          (loop $again
            (drop (struct.new $box (i64.const -1) (i64.const -1)))
            (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
        (func (export "run") (result i32) (local $large (ref $bytes)) (local $i i32) (local $sum i32)
          (call $boxes (i32.const 1))
          (call $collect)
          (local.set $large (array.new $bytes (i32.const 1) (i32.const {SMALL + 1})))
          (call $boxes (i32.const 100))
          (loop $again
            (local.set $sum (i32.add (local.get $sum)
              (array.get_u $bytes (local.get $large) (local.get $i))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const {SMALL + 1}))))
          (local.get $sum)))""",
        {"host": {"collect": HostFunction((), (), make_collect)}},
    )
    heap.collect()

    assert run(instance, "run") == [SMALL + 1]


def test_values_that_travel_in_the_context_are_alive(
    instantiate: Instantiate, collecting: dict[str, HostFunction], run: Run
) -> None:
    params = " ".join(["(ref $box)"] * 12)
    boxes = " ".join(f"(struct.new $box (i32.const {number}))" for number in range(12))
    total = "(i32.const 0)" + "".join(
        f"(struct.get $box 0 (local.get {number})) (i32.add)" for number in range(12)
    )
    instance = instantiate(
        f"""(module
        (type $box (struct (field i32)))
        (import "host" "collect" (func $collect))
        (func $many (param {params}) (result i32) (call $collect) {total})
        (func (export "run") (result i32) (call $many {boxes})))""",
        {"host": collecting},
    )

    assert run(instance, "run") == [sum(range(12))]


@pytest.mark.usefixtures("merciless")
def test_an_element_is_reached_however_it_is_addressed(instantiate: Instantiate, run: Run) -> None:
    """Loops in which nothing but an address far from its start may be left of an array."""
    instance = instantiate(
        """(module
        (type $longs (array (mut i64)))
        (type $box (struct (field i64)))
        (func (export "run") (result i64) (local $a (ref $longs)) (local $i i32) (local $sum i64)
          (local.set $a (array.new $longs (i64.const 3) (i32.const 2000)))
          (local.set $i (i32.const 1000))
          (loop $again
            (local.set $sum (i64.add (local.get $sum) (i64.add
              (array.get $longs (local.get $a) (i32.sub (local.get $i) (i32.const 1000)))
              (struct.get $box 0 (struct.new $box (array.get $longs (local.get $a) (local.get $i)))))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 1200))))
          (local.get $sum)))"""
    )

    assert run(instance, "run") == [1200]


def test_garbage_is_collected(instantiate: Instantiate, run: Run) -> None:
    instance = instantiate(TREES)
    heap.collect()
    used = heap.used

    run(instance, "garbage", 3_000_000)

    assert heap.used <= used + heaps.STEP + BLOCK


def test_large_objects_come_and_go(instantiate: Instantiate, run: Run) -> None:
    instance = instantiate(
        f"""(module
        (type $bytes (array (mut i8)))
        (type $arrays (array (mut (ref null $bytes))))
        (func (export "run") (result i32) (local $i i32) (local $kept (ref $arrays)) (local $sum i32)
          (local.set $kept (array.new_default $arrays (i32.const 4)))
          (loop $again
            (array.set $arrays (local.get $kept) (i32.and (local.get $i) (i32.const 3))
              (array.new $bytes (local.get $i)
                (i32.add (i32.const {SMALL - 200}) (i32.mul (local.get $i) (i32.const 1000)))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 250))))
          (local.set $i (i32.const 0))
          (loop $again
            (local.set $sum (i32.add (local.get $sum) (array.get_u $bytes
              (array.get $arrays (local.get $kept) (local.get $i)) (i32.const {SMALL}))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 4))))
          (local.get $sum)))"""
    )
    heap.collect()
    used = heap.used

    assert run(instance, "run") == [246 + 247 + 248 + 249]
    assert heap.collect()
    assert heap.used <= used + BLOCK


@pytest.mark.parametrize("level", ["optimised"])
@pytest.mark.parametrize("interruptible", [True])
class TestLimits:
    def test_a_full_heap_traps_and_is_emptied(
        self, monkeypatch: pytest.MonkeyPatch, instantiate: Instantiate, run: Run
    ) -> None:
        instance = instantiate(TREES)
        heap.collect()
        used = heap.used
        blocks = heap._blocks
        monkeypatch.setattr(heap, "_blocks", (ctypes.c_char * 1000).from_address(ctypes.addressof(blocks)))

        with pytest.raises(Trap) as raised:
            run(instance, "endless list")
        assert raised.value.kind == TrapKind.ALLOCATION

        monkeypatch.undo()
        run(instance, "drop")
        assert heap.collect()
        assert heap.used <= used + BLOCK
        assert run(instance, "grow and sum", 10) == [tree(10)]

    def test_allocation_without_end_is_interrupted(self, instantiate: Instantiate) -> None:
        for name in ("endless garbage", "endless list"):
            instance = instantiate(TREES)
            with pytest.raises(Interrupted):
                instance.invoke(name, (), with_timeout(background(), 0.05))

    def test_a_collection_heeds_the_stop_word(self, instantiate: Instantiate, run: Run) -> None:
        instance = instantiate(TREES)
        run(instance, "keep", 10)
        stack = Stack()
        stack.rests_at = stack.address
        collections = heap.collections

        stack.context.stop = 1
        assert not heap.collect(stack)
        assert heap.collections == collections
        run(instance, "garbage", 1000)
        stack.context.stop = 0
        assert heap.collect(stack)

        assert heap.collections == collections + 1
        assert run(instance, "kept") == [tree(10)]

    def test_invocations_in_other_threads(self, instantiate: Instantiate, run: Run) -> None:
        """One allocates, one allocates too, one stays away from the heap until it is stopped."""
        instances = [instantiate(TREES) for _ in range(3)]
        context = with_cancel(background())
        causes: list[Cause] = []

        def spin() -> None:
            try:
                instances[2].invoke("endless", (), context)
            except Interrupted as interrupted:
                causes.append(interrupted.cause)

        results: list[list[int | None]] = []
        spinning = threading.Thread(target=spin)
        working = [
            threading.Thread(target=lambda one=one: results.append(run(one, "grow and sum", 17)))
            for one in instances[:2]
        ]
        spinning.start()
        for thread in working:
            thread.start()
        for thread in working:
            thread.join()
        context.cancel()
        spinning.join()

        assert results == [[tree(17)], [tree(17)]]
        assert causes == [Cause.CANCELLED]

    def test_large_constants_are_interrupted(self, engine: Compiler) -> None:
        module = engine.compile(
            assemble(
                """(module (type $bytes (array i8))
                (global (ref $bytes) (array.new $bytes (i32.const 1) (i32.const 100000000))))""",
                first="in-process",
            ).binary
        )
        context = with_cancel(background())
        context.cancel()

        with pytest.raises(Interrupted):
            engine.instantiate(module, {}, context)
