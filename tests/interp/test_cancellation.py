"""Deadlines, cancelling and closing. What does not stop hangs, and the time limit of the run ends it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeAlias

import pytest

from harness.context import Cause, background, with_cancel, with_timeout
from harness.engine import HostFunction, Instance, Interrupted, Trap, TrapKind, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.context import Context

    Instantiate: TypeAlias = Callable[..., Instance]
    Run: TypeAlias = Callable[..., Sequence[int | None]]

ENDLESS = """
    (module
      (type $t (func))
      (import "host" "nop" (func $nop))
      (memory (export "memory") 64)
      (table $table 200000 funcref)
      (elem (table 0) (i32.const 0) func $tail_indirect $tree_indirect)
      (elem declare func $tail_ref)
      (global $counter (export "counter") (mut i64) (i64.const 0))

      (func (export "loop") (loop (br 0)))
      (func (export "loop-if") (loop (br_if 0 (i32.const 1))))
      (func (export "loop-table") (loop (br_table 0 0 (i32.const 7))))
      (func (export "loop-outer") (loop (block (loop (br 2)))  (br 0)))
      (func (export "loop-count") (loop
        (global.set $counter (i64.add (global.get $counter) (i64.const 1)))
        (br 0)))
      (func (export "loop-host") (loop (call $nop) (br 0)))
      (func $tree (export "tree") (param $depth i32)
        (if (local.get $depth) (then
          (call $tree (i32.sub (local.get $depth) (i32.const 1)))
          (call $tree (i32.sub (local.get $depth) (i32.const 1))))))
      (func (export "call-tree") (call $tree (i32.const 60)))
      (func $tree_indirect (param $depth i32)
        (if (local.get $depth) (then
          (call_indirect (param i32) (i32.sub (local.get $depth) (i32.const 1)) (i32.const 1))
          (call_indirect (param i32) (i32.sub (local.get $depth) (i32.const 1)) (i32.const 1)))))
      (func (export "call-tree-indirect") (call $tree_indirect (i32.const 60)))
      (func $tail (export "tail") (return_call $tail))
      (func $tail_indirect (export "tail-indirect") (type $t) (return_call_indirect (type $t) (i32.const 0)))
      (func $tail_ref (export "tail-ref") (type $t) (return_call_ref $t (ref.func $tail_ref)))
      (func (export "fill") (loop
        (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x400000)) (br 0)))
      (func (export "copy") (loop
        (memory.copy (i32.const 0) (i32.const 1) (i32.const 0x3fffff)) (br 0)))
      (func (export "table-fill") (loop
        (table.fill $table (i32.const 2) (ref.null func) (i32.const 199998)) (br 0)))
      (func (export "answer") (result i32) (i32.const 42))
    )"""
EXPORTS = [
    "loop",
    "loop-if",
    "loop-table",
    "loop-outer",
    "loop-count",
    "loop-host",
    "call-tree",
    "call-tree-indirect",
    "tail",
    "tail-indirect",
    "tail-ref",
    "fill",
    "copy",
    "table-fill",
]
NOP = HostFunction([], [], lambda args: ())


@pytest.fixture
def interruptible() -> bool:
    """On, if a test does not say otherwise."""
    return True


@pytest.fixture
def endless(instantiate: Instantiate) -> Instance:
    """An instance with many ways not to end."""
    return instantiate(ENDLESS, {"host": {"nop": NOP}})


def interruption(instance: Instance, name: str, context: Context) -> Cause:
    """The cause for which a call is interrupted."""
    with pytest.raises(Interrupted) as raised:
        instance.invoke(name, [], context)
    return raised.value.cause


@pytest.mark.parametrize("name", EXPORTS)
def test_a_deadline_ends_it_and_closes_the_instance(endless: Instance, name: str) -> None:
    with with_timeout(background(), 0.01) as context:
        assert interruption(endless, name, context) is Cause.DEADLINE
    assert interruption(endless, "answer", background()) is Cause.DEADLINE
    with with_cancel(background()) as context:
        context.cancel()
        assert interruption(endless, "answer", context) is Cause.DEADLINE
    endless.close()
    assert interruption(endless, "answer", background()) is Cause.DEADLINE


@pytest.mark.parametrize("name", EXPORTS)
def test_cancelling_ends_it(endless: Instance, name: str) -> None:
    with with_cancel(background()) as context:
        timer = threading.Timer(0.01, context.cancel)
        timer.start()
        assert interruption(endless, name, context) is Cause.CANCELLED
        timer.join()


@pytest.mark.parametrize("name", ["loop", "tail", "call-tree"])
def test_closing_ends_what_runs(endless: Instance, name: str) -> None:
    timer = threading.Timer(0.01, endless.close)
    timer.start()
    assert interruption(endless, name, background()) is Cause.CLOSED
    timer.join()
    assert interruption(endless, "answer", background()) is Cause.CLOSED


def test_what_an_interrupted_call_did_stays(instantiate: Instantiate) -> None:
    context = with_cancel(background())

    def cancel(args: Sequence[Value]) -> Sequence[Value]:
        context.cancel()
        return ()

    instance = instantiate(
        """(module (import "host" "cancel" (func $cancel))
        (memory (export "memory") 64) (global (export "counter") (mut i64) (i64.const 0))
        (func (export "run") (global.set 0 (i64.const 7)) (loop (call $cancel) (br 0))))""",
        {"host": {"cancel": HostFunction([], [], cancel)}},
    )
    assert interruption(instance, "run", context) is Cause.CANCELLED
    assert instance.get("counter") == Value("i64", 7)
    assert len(instance.memory("memory")) == 64 * 65536


def test_a_context_that_is_done_lets_nothing_begin(endless: Instance) -> None:
    context = with_timeout(background(), 0)
    assert interruption(endless, "loop-count", context) is Cause.DEADLINE
    assert endless.get("counter") == Value("i64", 0)


def test_a_trap_is_no_interruption(instantiate: Instantiate, run: Run) -> None:
    instance = instantiate('(module (func (export "trap") unreachable) (func (export "ok")))')
    with pytest.raises(Trap) as raised:
        instance.invoke("trap", [], with_cancel(background()))
    assert raised.value.kind is TrapKind.UNREACHABLE
    assert run(instance, "ok") == []


def test_cancelling_afterwards_does_nothing(endless: Instance) -> None:
    context = with_cancel(background())
    assert endless.invoke("answer", [], context) == [Value("i32", 42)]
    context.cancel()
    assert endless.invoke("answer", [], background()) == [Value("i32", 42)]


@pytest.mark.parametrize("body", ["(loop (br 0))", "(return_call $start)"])
def test_the_start_function_runs_under_the_context(instantiate: Instantiate, body: str) -> None:
    with with_timeout(background(), 0.01) as context, pytest.raises(Interrupted) as raised:
        instantiate(f"(module (func $start {body}) (start $start))", context=context)
    assert raised.value.cause is Cause.DEADLINE


def test_instantiation_under_a_context_that_is_done_writes_nothing(instantiate: Instantiate) -> None:
    memory = instantiate('(module (memory (export "memory") 1))')
    with pytest.raises(Interrupted):
        instantiate(
            '(module (import "m" "memory" (memory 1)) (data (i32.const 0) "x"))',
            {"m": memory},
            with_timeout(background(), 0),
        )
    assert memory.memory("memory").read(0, 1) == b"\0"


class TestNested:
    """Wasm calls the host, which calls Wasm."""

    @pytest.fixture
    def inner(self, instantiate: Instantiate) -> Instance:
        return instantiate(ENDLESS, {"host": {"nop": NOP}})

    def outer(self, instantiate: Instantiate, call: HostFunction) -> Instance:
        return instantiate("""
            (module
              (import "host" "call" (func $call))
              (global (export "after") (mut i32) (i32.const 0))
              (func (export "run") (call $call) (global.set 0 (i32.const 1))))""",
            {"host": {"call": call}},
        )  # fmt: skip

    def test_the_inner_call_is_told_by_the_outer_context(
        self, instantiate: Instantiate, inner: Instance
    ) -> None:
        call = HostFunction([], [], lambda args: inner.invoke("loop", args, background()))
        outer = self.outer(instantiate, call)
        with with_timeout(background(), 0.01) as context:
            assert interruption(outer, "run", context) is Cause.DEADLINE
        for instance in (outer, inner):
            with pytest.raises(Interrupted):
                instance.invoke("run" if instance is outer else "answer", [], background())

    def test_swallowing_the_inner_interruption_does_not_save_the_outer_call(
        self, instantiate: Instantiate, inner: Instance
    ) -> None:
        context = with_timeout(background(), 0.01)

        def swallow(args: Sequence[Value]) -> Sequence[Value]:
            interruption(inner, "loop", context)
            return ()

        outer = self.outer(instantiate, HostFunction([], [], swallow))
        assert interruption(outer, "run", context) is Cause.DEADLINE
        assert outer.get("after") == Value("i32", 0)

    def test_an_inner_deadline_leaves_the_outer_call_alone(
        self, instantiate: Instantiate, inner: Instance
    ) -> None:
        def swallow(args: Sequence[Value]) -> Sequence[Value]:
            with with_timeout(background(), 0.01) as context:
                interruption(inner, "loop", context)
            return ()

        outer = self.outer(instantiate, HostFunction([], [], swallow))
        assert outer.invoke("run", [], background()) == []
        assert outer.get("after") == Value("i32", 1)

    def test_a_host_function_that_cancels_its_own_call(self, instantiate: Instantiate) -> None:
        context = with_cancel(background())

        def cancel(args: Sequence[Value]) -> Sequence[Value]:
            context.cancel()
            return ()

        outer = self.outer(instantiate, HostFunction([], [], cancel))
        assert interruption(outer, "run", context) is Cause.CANCELLED
        assert outer.get("after") == Value("i32", 0)

    def test_an_interruption_that_the_host_raises_passes_through(self, instantiate: Instantiate) -> None:
        def give_up(args: Sequence[Value]) -> Sequence[Value]:
            raise Interrupted(Cause.DEADLINE)

        outer = self.outer(instantiate, HostFunction([], [], give_up))
        assert interruption(outer, "run", background()) is Cause.DEADLINE
        assert outer.get("after") == Value("i32", 0)
        assert interruption(outer, "run", background()) is Cause.DEADLINE


class TestSeveralInstances:
    """A call from one instance into another."""

    @pytest.fixture
    def callee(self, instantiate: Instantiate) -> Instance:
        return instantiate(ENDLESS, {"host": {"nop": NOP}})

    @pytest.fixture
    def caller(self, instantiate: Instantiate, callee: Instance) -> Instance:
        return instantiate("""
            (module
              (import "callee" "loop" (func $loop))
              (import "callee" "tail" (func $tail))
              (import "callee" "answer" (func $answer (result i32)))
              (func (export "loop") (call $loop))
              (func (export "tail") (return_call $tail))
              (func (export "answer") (result i32) (call $answer)))""",
            {"callee": callee},
        )  # fmt: skip

    @pytest.mark.parametrize("name", ["loop", "tail"])
    def test_the_deadline_of_the_caller_counts(self, caller: Instance, name: str) -> None:
        with with_timeout(background(), 0.01) as context:
            assert interruption(caller, name, context) is Cause.DEADLINE
        assert interruption(caller, "answer", background()) is Cause.DEADLINE

    @pytest.mark.parametrize("name", ["loop", "tail"])
    def test_closing_the_callee_ends_the_call(self, caller: Instance, callee: Instance, name: str) -> None:
        timer = threading.Timer(0.01, callee.close)
        timer.start()
        assert interruption(caller, name, background()) is Cause.CLOSED
        timer.join()

    def test_a_closed_instance_cannot_be_called_from_another(
        self, caller: Instance, callee: Instance
    ) -> None:
        callee.close()
        assert interruption(caller, "answer", background()) is Cause.CLOSED


class TestThreads:
    """Every call has a context of its own, whatever instance it is in."""

    def test_one_of_many_in_the_same_instance(self, endless: Instance) -> None:
        contexts = [with_cancel(background()) for _ in range(4)]
        causes: dict[int, Cause] = {}

        def call(number: int) -> None:
            try:
                endless.invoke("loop", [], contexts[number])
            except Interrupted as interrupted:
                causes[number] = interrupted.cause

        threads = [threading.Thread(target=call, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        contexts[2].cancel()
        for thread in threads:
            thread.join()
        assert causes.pop(2) is Cause.CANCELLED
        assert set(causes.values()) <= {Cause.CLOSED, Cause.CANCELLED}
        assert len(causes) == 3

    def test_others_go_on(self, instantiate: Instantiate) -> None:
        instances = [instantiate(ENDLESS, {"host": {"nop": NOP}}) for _ in range(4)]
        contexts = [with_cancel(background()) for _ in instances]
        ended: list[int] = []

        def call(number: int) -> None:
            interruption(instances[number], "loop", contexts[number])
            ended.append(number)

        threads = [threading.Thread(target=call, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for number in (2, 0, 3, 1):
            before = len(ended)
            contexts[number].cancel()
            threads[number].join()
            assert ended[before:] == [number]

    def test_a_bystander_gets_its_result(self, endless: Instance, instantiate: Instantiate, run: Run) -> None:
        bystander = instantiate("""
            (module (func $fib (export "fib") (param i32) (result i32)
              (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
                (then (local.get 0))
                (else (i32.add
                  (call $fib (i32.sub (local.get 0) (i32.const 1)))
                  (call $fib (i32.sub (local.get 0) (i32.const 2))))))))""")
        context = with_cancel(background())
        thread = threading.Thread(target=interruption, args=(endless, "call-tree", context))
        thread.start()
        assert run(bystander, "fib", 12) == [144]
        context.cancel()
        thread.join()
        assert run(bystander, "fib", 10) == [55]


class TestOff:
    """With cancellation off, contexts are not looked at."""

    @pytest.fixture
    def interruptible(self) -> bool:
        return False

    def test_a_deadline_that_has_passed_is_ignored(self, endless: Instance) -> None:
        assert endless.invoke("answer", [], with_timeout(background(), 0)) == [Value("i32", 42)]

    def test_a_call_is_not_interrupted(self, instantiate: Instantiate, run: Run) -> None:
        context = with_cancel(background())
        instance: Instance

        def cancel_and_close(args: Sequence[Value]) -> Sequence[Value]:
            context.cancel()
            instance.close()
            return ()

        instance = instantiate("""
            (module
              (import "host" "cancel" (func $cancel))
              (func $answer (result i32) (local $i i32)
                (loop
                  (local.set $i (i32.add (local.get $i) (i32.const 1)))
                  (br_if 0 (i32.lt_u (local.get $i) (i32.const 100))))
                (local.get $i))
              (func (export "run") (result i32) (call $cancel) (call $answer)))""",
            {"host": {"cancel": HostFunction([], [], cancel_and_close)}},
        )  # fmt: skip
        assert instance.invoke("run", [], context) == [Value("i32", 100)]
        assert interruption(instance, "run", background()) is Cause.CLOSED
