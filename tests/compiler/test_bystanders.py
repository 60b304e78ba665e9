"""The heap is everybody's, but who has nothing to do with objects has nothing to do with it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from engines.compiler.heap import LIMIT, heap
from harness.context import Cause, background, with_cancel, with_timeout
from harness.engine import HostFunction, Interrupted, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.engine import Instance

    Instantiate = Callable[..., Instance]

SPIN = '(module (func (export "spin") (loop (br 0))) (func (export "run")))'
LENGTH = 10_000_000
COLLECTIONS = 200
"""At once, one after the other, as long as a call runs: it has to wait for them, so there must be an end."""
GARBAGE = f"""(module (type $bytes (array i8))
  (func (export "run") (param i32)
    (loop
      (drop (array.new_default $bytes (i32.const {LENGTH})))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"""


@pytest.fixture
def interruptible() -> bool:
    return True


@pytest.fixture
def spinning(instantiate: Instantiate) -> Iterator[None]:
    """An endless call in another thread, of a module that knows no objects."""
    instance = instantiate(SPIN)
    context = with_cancel(background())
    with ThreadPoolExecutor() as pool:
        call = pool.submit(instance.invoke, "spin", (), context)
        yield
        assert not call.done()
        context.cancel()
        with pytest.raises(Interrupted):
            call.result()


@pytest.mark.usefixtures("spinning")
def test_garbage_is_collected_while_others_run(instantiate: Instantiate) -> None:
    """More of it than the heap could hold."""
    collections = heap.collections

    assert instantiate(GARBAGE).invoke("run", [Value("i32", 2 * LIMIT // LENGTH)], background()) == []
    assert heap.collections > collections


def test_others_do_not_wait_for_a_collection(instantiate: Instantiate) -> None:
    instance = instantiate(SPIN)
    held, over = threading.Event(), threading.Event()

    def hold() -> bool:
        with heap.lock:
            held.set()
            return over.wait(10)

    with ThreadPoolExecutor() as pool:
        collection = pool.submit(hold)
        held.wait()
        assert instance.invoke("run", (), background()) == []
        over.set()
        assert collection.result(), "it was not waited for"


def test_who_waits_for_a_collection_is_interrupted(
    instantiate: Instantiate, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = instantiate(GARBAGE)
    monkeypatch.setattr(heap, "_collecting", True)

    with with_timeout(background(), 0.01) as context, pytest.raises(Interrupted) as raised:
        instance.invoke("run", [Value("i32", 1)], context)
    assert raised.value.cause is Cause.DEADLINE


def test_one_that_runs_may_come_by_objects_later(instantiate: Instantiate) -> None:
    """By way of a function that another instance puts into its table."""
    linked = threading.Event()

    def wait(args: Sequence[Value]) -> Sequence[Value]:
        linked.wait()
        return ()

    common = instantiate('(module (table (export "t") 1 funcref))')
    caller = instantiate(
        """(module (type $check (func (result i32))) (import "m" "t" (table 1 funcref))
        (import "host" "wait" (func $wait)) (func (export "run") (result i32) (local $right i32)
          (call $wait)
          (loop $again
            (local.set $right (i32.add (local.get $right) (call_indirect (type $check) (i32.const 0))))
            (br_if $again (i32.lt_u (local.get $right) (i32.const 100))))
          (local.get $right)))""",
        {"m": common, "host": {"wait": HostFunction((), (), wait)}},
    )
    with ThreadPoolExecutor() as pool:
        running = pool.submit(caller.invoke, "run", (), background())
        instantiate(
            """(module (type $list (struct (field i32) (field (ref null $list)))) (type $filler (array i64))
            (import "m" "t" (table 1 funcref)) (elem (i32.const 0) $check)
            (func $check (result i32) (local $list (ref null $list)) (local $n i32)
              (loop
                (local.set $list (struct.new $list (local.get $n) (local.get $list)))
                (drop (array.new_default $filler (i32.const 1000)))
                (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 100))))
              (loop
                (local.set $n (i32.sub (local.get $n) (i32.const 1)))
                (if (i32.ne (struct.get $list 0 (local.get $list)) (local.get $n)) (then unreachable))
                (local.set $list (struct.get $list 1 (local.get $list)))
                (br_if 0 (local.get $n)))
              (i32.const 1)))""",
            {"m": common},
        )
        linked.set()
        for _ in range(COLLECTIONS):
            heap.collect()
        assert running.result() == [Value("i32", 100)]
