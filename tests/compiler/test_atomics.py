"""Atomic instructions, shared memories, and waiting until notified."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from engines.compiler.waiting import _waiting
from engines.wasm.numerics import MODIFICATIONS
from engines.wasm.waiting import NOT_EQUAL, TIMED_OUT, WOKEN
from harness.assembler import assemble
from harness.context import Cause, background, with_cancel, with_timeout
from harness.engine import HostFunction, Interrupted, Trap, TrapKind, Value
from harness.standard.instructions import INSTRUCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engines.compiler import Compiler
    from harness.context import Context
    from harness.engine import Instance

    Instantiate = Callable[..., Instance]

ATOMIC = [row for row in INSTRUCTIONS.values() if row.feature == "threads" and "." in row.name[:4]]
"""Loads, stores, and what reads, modifies and writes."""
FOREVER = Value("i64", (1 << 64) - 1)
FIRST, SECOND = Value("i32", 16), Value("i32", 24)
WAT = """(module
  (memory (export "memory") 1 8 shared)
  (func (export "add") (param i32)
    (loop
      (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "add-byte") (param i32)
    (loop
      (drop (i64.atomic.rmw8.add_u (i32.const 9) (i64.const 1)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "exchange") (param i32) (local $old i32)
    (loop $next
      (loop $again
        (local.set $old (i32.atomic.load (i32.const 8)))
        (br_if $again (i32.ne (local.get $old)
          (i32.atomic.rmw.cmpxchg (i32.const 8) (local.get $old) (i32.add (local.get $old) (i32.const 1))))))
      (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "load") (result i32) (i32.atomic.load (i32.const 8)))
  (func (export "write") (param i32)
    (local $round i32)
    (loop $next
      (loop $wait (br_if $wait (i32.atomic.load (i32.const 128))))
      (local.set $round (i32.add (local.get $round) (i32.const 1)))
      (i32.store (i32.const 64) (local.get $round))
      (i32.atomic.store (i32.const 128) (i32.const 1))
      (br_if $next (i32.lt_u (local.get $round) (local.get 0)))))
  (func (export "read") (param i32) (result i32)
    (local $round i32) (local $wrong i32)
    (loop $next
      (loop $wait (br_if $wait (i32.eqz (i32.atomic.load (i32.const 128)))))
      (local.set $round (i32.add (local.get $round) (i32.const 1)))
      (local.set $wrong
        (i32.add (local.get $wrong) (i32.ne (local.get $round) (i32.load (i32.const 64)))))
      (i32.atomic.store (i32.const 128) (i32.const 0))
      (br_if $next (i32.lt_u (local.get $round) (local.get 0))))
    (local.get $wrong))
  (func (export "wait32") (param i32 i32 i64) (result i32)
    (memory.atomic.wait32 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "wait64") (param i32 i64 i64) (result i32)
    (memory.atomic.wait64 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "notify") (param i32 i32) (result i32)
    (memory.atomic.notify (local.get 0) (local.get 1)))
  (func (export "store") (param i32 i32) (i32.atomic.store (local.get 0) (local.get 1)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "await-size") (param i32) (loop (br_if 0 (i32.lt_u (memory.size) (local.get 0))))))"""


@pytest.fixture
def shared(instantiate: Instantiate) -> Instance:
    """An instance with a shared memory, to be called from several threads."""
    return instantiate(WAT)


def call(instance: Instance, name: str, *args: Value, context: Context | None = None) -> int | None:
    """The one result, or None."""
    values = instance.invoke(name, args, context or background())
    return values[0].bits if values else None


def at_once(instance: Instance, *calls: tuple[str, int]) -> list[int | None]:
    """Results of calls with one i32 each, a thread for each."""
    with ThreadPoolExecutor(len(calls)) as pool:
        running = [pool.submit(call, instance, name, Value("i32", arg)) for name, arg in calls]
        return [each.result() for each in running]


def notify(instance: Instance, place: Value, count: int) -> int:
    """Notify until that many have been woken."""
    woken = 0
    while woken < count:
        woken += call(instance, "notify", place, Value("i32", count - woken)) or 0
    return woken


class TestInstructions:
    """One thread."""

    @pytest.fixture
    def interruptible(self) -> bool:
        return False

    @pytest.mark.parametrize("kind", ["shared", "", "i64"])
    def test_results_and_what_is_stored(self, instantiate: Instantiate, kind: str) -> None:
        address = "i64" if kind == "i64" else "i32"
        functions = []
        for row in ATOMIC:
            assert row.params is not None
            assert row.results is not None
            params = " ".join([address, *map(str, row.params[1:])])
            result = f"(result {row.results[0]})" if row.results else ""
            gets = " ".join(f"(local.get {index})" for index in range(len(row.params)))
            functions.append(f'(func (export "{row.name}") (param {params}) {result} ({row.name} {gets}))')
        limits = {"shared": "1 1 shared", "": "1 1", "i64": "i64 1 1 shared"}[kind]
        instance = instantiate(f'(module (memory (export "memory") {limits}) {"".join(functions)})')
        memory = instance.memory("memory")
        old = 0xF1E2D3C4B5A69788

        for row in ATOMIC:
            assert row.params is not None
            bits = 8 * row.width
            mask = (1 << bits) - 1
            for operands in ([0, 1], [0x1122334455667788, 2], [old, 0xFEDCBA9876543210]):
                memory.write(80, old.to_bytes(8, "little"))
                values = [
                    Value(str(type_), value & (0xFFFF_FFFF if type_ == "i32" else (1 << 64) - 1))
                    for type_, value in zip(row.params[1:], operands, strict=False)
                ]
                given = call(instance, row.name, Value(address, 80), *values)
                stored = int.from_bytes(memory.read(80, 8), "little")
                plain = [value.bits or 0 for value in values]
                if ".load" in row.name:
                    assert (given, stored) == (old & mask, old)
                elif ".store" in row.name:
                    assert (given, stored) == (None, old & ~mask | plain[0] & mask)
                else:
                    new = MODIFICATIONS[row.name](old & mask, *plain)
                    assert (given, stored) == (old & mask, old & ~mask | new)

    @pytest.mark.parametrize(
        ("place", "offset", "kind"),
        [
            (65528, 0, None),
            (65529, 0, TrapKind.UNALIGNED_ATOMIC),
            (65536, 0, TrapKind.MEMORY_BOUNDS),
            (65537, 0, TrapKind.UNALIGNED_ATOMIC),
            (65525, 3, None),
            (65528, 3, TrapKind.UNALIGNED_ATOMIC),
            (0xFFFF_FFF8, 8, TrapKind.MEMORY_BOUNDS),
            (0xFFFF_FFFC, 4, TrapKind.MEMORY_BOUNDS),
            (0, 0xFFFF_FFFC, TrapKind.UNALIGNED_ATOMIC),
            (0xFFFF_FFFC, 0xFFFF_FFFC, TrapKind.MEMORY_BOUNDS),
        ],
    )
    def test_alignment_and_bounds(
        self, instantiate: Instantiate, place: int, offset: int, kind: TrapKind | None
    ) -> None:
        instance = instantiate(
            f"""(module (memory 1 1 shared)
            (func (export "load") (param i32) (drop (i64.atomic.load offset={offset} (local.get 0))))
            (func (export "store") (param i32)
              (i64.atomic.store offset={offset} (local.get 0) (i64.const 1)))
            (func (export "add") (param i32)
              (drop (i64.atomic.rmw.add offset={offset} (local.get 0) (i64.const 1))))
            (func (export "exchange") (param i32)
              (drop (i64.atomic.rmw.cmpxchg offset={offset} (local.get 0) (i64.const 1) (i64.const 1))))
            (func (export "wait") (param i32)
              (drop (memory.atomic.wait64 offset={offset} (local.get 0) (i64.const 1) (i64.const 0)))))"""
        )

        for name in ("load", "store", "add", "exchange", "wait"):
            if kind is None:
                call(instance, name, Value("i32", place))
                continue
            with pytest.raises(Trap) as raised:
                call(instance, name, Value("i32", place))
            assert raised.value.kind is kind

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            ("wait32 (i32.const 0) (i32.const 0) (i64.const 0)", TrapKind.EXPECTED_SHARED_MEMORY),
            ("wait64 (i32.const 4) (i64.const 0) (i64.const 0)", TrapKind.UNALIGNED_ATOMIC),
            ("wait32 (i32.const -4) (i32.const 0) (i64.const 0)", TrapKind.EXPECTED_SHARED_MEMORY),
            ("notify (i32.const 2) (i32.const 0)", TrapKind.UNALIGNED_ATOMIC),
            ("notify (i32.const 65536) (i32.const 0)", TrapKind.MEMORY_BOUNDS),
            ("notify (i32.const 0) (i32.const -1)", None),
        ],
    )
    def test_memory_that_is_not_shared(
        self, instantiate: Instantiate, body: str, kind: TrapKind | None
    ) -> None:
        instance = instantiate(
            f'(module (memory 1) (func (export "run") (result i32) (memory.atomic.{body})))'
        )

        if kind is None:
            assert call(instance, "run") == 0
            return
        with pytest.raises(Trap) as raised:
            call(instance, "run")
        assert raised.value.kind is kind

    def test_addresses_of_64_bits(self, instantiate: Instantiate) -> None:
        instance = instantiate(
            """(module (memory i64 1 2 shared)
            (func (export "run") (param i64) (result i32)
              (memory.atomic.wait32 offset=8 (local.get 0) (i32.const 1) (i64.const 0)))
            (func (export "notify") (param i64) (result i32)
              (memory.atomic.notify offset=8 (local.get 0) (i32.const 1))))"""
        )

        assert call(instance, "run", Value("i64", 0)) == NOT_EQUAL
        assert call(instance, "notify", Value("i64", 0)) == 0
        with pytest.raises(Trap, match="out of bounds"):
            call(instance, "run", Value("i64", (1 << 64) - 8))


class TestSharing:
    """Several threads."""

    @pytest.mark.parametrize("name", ["add", "exchange"])
    def test_modifications_are_atomic(self, shared: Instance, name: str) -> None:
        at_once(shared, *[(name, 20_000)] * 4)

        assert call(shared, "load") == 80_000

    def test_neighbours_do_not_disturb_each_other(self, shared: Instance) -> None:
        """Of the four bytes, one is counted in on its own, below the carry out of the first."""
        at_once(shared, ("add-byte", 20_000), ("add-byte", 20_000))

        assert call(shared, "load") == 40_000 % 256 << 8

    def test_what_was_written_before_is_seen(self, shared: Instance) -> None:
        assert at_once(shared, ("write", 2000), ("read", 2000)) == [None, 0]

    def test_growth_is_seen_and_happens_once(self, shared: Instance) -> None:
        with ThreadPoolExecutor() as pool:
            waits = pool.submit(call, shared, "await-size", Value("i32", 8))
            sizes = [
                each.result()
                for each in [pool.submit(call, shared, "grow", Value("i32", 1)) for _ in range(10)]
            ]
            waits.result()

        assert sorted(size for size in sizes if size != 0xFFFF_FFFF and size is not None) == [*range(1, 8)]
        assert sizes.count(0xFFFF_FFFF) == 3
        assert len(shared.memory("memory")) == 8 << 16

    def test_instances_share(self, instantiate: Instantiate, shared: Instance) -> None:
        other = instantiate(
            """(module (import "m" "memory" (memory 1 8 shared))
            (func (export "add") (result i32) (i32.atomic.rmw.add (i32.const 8) (i32.const 5)))
            (func (export "notify") (result i32) (memory.atomic.notify (i32.const 16) (i32.const 1)))
            (func (export "size") (result i32) (memory.size)))""",
            {"m": shared},
        )

        assert call(other, "add") == 0
        assert call(shared, "load") == 5
        with ThreadPoolExecutor() as pool:
            sleeps = pool.submit(call, shared, "wait32", FIRST, Value("i32", 0), FOREVER)
            while not call(other, "notify"):
                pass
            assert sleeps.result() == WOKEN
        assert call(shared, "grow", Value("i32", 2)) == 1
        assert call(other, "size") == 3


class TestWaiting:
    """Notifications."""

    def test_what_need_not_be_waited_for(self, shared: Instance) -> None:
        none, some = Value("i64", 0), Value("i64", 1_000_000)

        assert call(shared, "wait32", FIRST, Value("i32", 1), FOREVER) == NOT_EQUAL
        assert call(shared, "wait64", FIRST, Value("i64", 1 << 32), FOREVER) == NOT_EQUAL
        for timeout in (none, some):
            assert call(shared, "wait32", FIRST, Value("i32", 0), timeout) == TIMED_OUT
            assert call(shared, "wait64", FIRST, Value("i64", 0), timeout) == TIMED_OUT
        assert call(shared, "notify", FIRST, Value("i32", 0xFFFF_FFFF)) == 0

    def test_all_bits_are_compared(self, shared: Instance) -> None:
        shared.memory("memory").write(16, b"\xff" * 8)

        assert call(shared, "wait32", FIRST, Value("i32", 0xFFFF_FFFF), Value("i64", 0)) == TIMED_OUT
        assert call(shared, "wait64", FIRST, Value("i64", (1 << 64) - 1), Value("i64", 0)) == TIMED_OUT
        assert call(shared, "wait64", FIRST, Value("i64", 0xFFFF_FFFF), Value("i64", 0)) == NOT_EQUAL

    @pytest.mark.parametrize("counts", [[3], [1, 2], [1, 1, 1]])
    def test_as_many_as_asked(self, shared: Instance, counts: list[int]) -> None:
        with ThreadPoolExecutor() as pool:
            sleeping = [
                pool.submit(call, shared, "wait32", FIRST, Value("i32", 0), FOREVER) for _ in range(3)
            ]
            for count in counts:
                notify(shared, FIRST, count)
            assert [each.result() for each in sleeping] == [WOKEN] * 3
        assert call(shared, "notify", FIRST, Value("i32", 100)) == 0

    def test_only_at_that_place(self, shared: Instance) -> None:
        with ThreadPoolExecutor() as pool:
            one = pool.submit(call, shared, "wait32", FIRST, Value("i32", 0), FOREVER)
            other = pool.submit(call, shared, "wait64", SECOND, Value("i64", 0), FOREVER)
            notify(shared, SECOND, 1)
            assert other.result() == WOKEN
            assert not one.done()
            notify(shared, FIRST, 1)
            assert one.result() == WOKEN

    def test_who_waits_longest_is_first(self, shared: Instance) -> None:
        """One waits at the place, and is woken before those that came later."""
        order: list[int] = []
        come = threading.Semaphore(0)

        def sleep(number: int) -> None:
            come.release()
            assert call(shared, "wait32", FIRST, Value("i32", 0), FOREVER) == WOKEN
            order.append(number)

        threads = []
        for number in range(3):
            threads.append(threading.Thread(target=sleep, args=(number,)))
            threads[-1].start()
            come.acquire()
            _await_waiters(number + 1)
        for thread in threads:
            notify(shared, FIRST, 1)
            thread.join()

        assert order == [0, 1, 2]


def _await_waiters(count: int) -> None:
    while sum(map(len, tuple(_waiting._queues.values()))) < count:
        pass


class TestInterruption:
    """Whoever sleeps wakes up at once, and the instance is closed."""

    @pytest.fixture
    def interruptible(self) -> bool:
        return True

    @pytest.mark.parametrize("timeout", [FOREVER, Value("i64", 60 * 10**9), Value("i64", (1 << 63) - 1)])
    def test_by_the_deadline(self, shared: Instance, timeout: Value) -> None:
        with with_timeout(background(), 0.01) as context, pytest.raises(Interrupted) as raised:
            call(shared, "wait32", FIRST, Value("i32", 0), timeout, context=context)
        assert raised.value.cause is Cause.DEADLINE
        with pytest.raises(Interrupted) as again:
            call(shared, "load")
        assert again.value.cause is Cause.DEADLINE

    @pytest.mark.parametrize("cause", [Cause.CANCELLED, Cause.CLOSED])
    def test_by_cancelling_and_closing(self, shared: Instance, cause: Cause) -> None:
        context = with_cancel(background())
        with ThreadPoolExecutor() as pool:
            sleeping = pool.submit(call, shared, "wait64", FIRST, Value("i64", 0), FOREVER, context=context)
            _await_waiters(1)
            if cause is Cause.CANCELLED:
                context.cancel()
            else:
                shared.close()
            with pytest.raises(Interrupted) as raised:
                sleeping.result()
        assert raised.value.cause is cause

    def test_before_it_sleeps(self, shared: Instance) -> None:
        context = with_cancel(background())
        context.cancel()

        with pytest.raises(Interrupted):
            call(shared, "wait32", FIRST, Value("i32", 0), FOREVER, context=context)

    def test_within_a_function_of_the_host(self, instantiate: Instantiate, shared: Instance) -> None:
        """The context of the outer call reaches the inner one that sleeps."""

        def sleep(args: Sequence[Value]) -> Sequence[Value]:
            return [Value("i32", call(shared, "wait32", FIRST, Value("i32", 0), FOREVER))]

        outer = instantiate(
            """(module (import "host" "sleep" (func $sleep (result i32)))
            (func (export "run") (result i32) (call $sleep)))""",
            {"host": {"sleep": HostFunction((), ("i32",), sleep)}},
        )
        with with_timeout(background(), 0.01) as context, pytest.raises(Interrupted) as raised:
            call(outer, "run", context=context)
        assert raised.value.cause is Cause.DEADLINE

    def test_one_of_two_who_share(self, instantiate: Instantiate, shared: Instance) -> None:
        other = instantiate(
            """(module (import "m" "memory" (memory 1 8 shared))
            (func (export "wait") (result i32)
              (memory.atomic.wait32 (i32.const 16) (i32.const 0) (i64.const -1)))
            (func (export "notify") (result i32) (memory.atomic.notify (i32.const 16) (i32.const 9))))""",
            {"m": shared},
        )
        context = with_cancel(background())
        with ThreadPoolExecutor() as pool:
            stays = pool.submit(call, other, "wait")
            _await_waiters(1)
            leaves = pool.submit(call, shared, "wait32", FIRST, Value("i32", 0), FOREVER, context=context)
            _await_waiters(2)
            context.cancel()
            with pytest.raises(Interrupted):
                leaves.result()
            assert call(other, "notify") == 1
            assert stays.result() == WOKEN

    def test_races_a_notification(self, engine: Compiler, instantiate: Instantiate) -> None:
        """Either is right; who was notified has been counted, and nobody stays in the queue."""
        memory = instantiate('(module (memory (export "memory") 1 8 shared))')
        wat = WAT.replace(
            '(memory (export "memory") 1 8 shared)', '(import "m" "memory" (memory 1 8 shared))'
        )
        module = engine.compile(assemble(wat, first="in-process").binary)
        notifier = engine.instantiate(module, {"m": memory}, background())
        for _ in range(40):
            sleeper = engine.instantiate(module, {"m": memory}, background())
            context = with_cancel(background())
            with ThreadPoolExecutor() as pool:
                sleeping = pool.submit(
                    call, sleeper, "wait32", FIRST, Value("i32", 0), FOREVER, context=context
                )
                _await_waiters(1)
                cancelling = pool.submit(context.cancel)
                woken = call(notifier, "notify", FIRST, Value("i32", 1))
                cancelling.result()
                error = sleeping.exception()
            if error is None:
                assert sleeping.result() == WOKEN
                assert woken == 1
            else:
                assert isinstance(error, Interrupted)
                assert error.cause is Cause.CANCELLED
            assert call(notifier, "notify", FIRST, Value("i32", 9)) == 0


class TestWithoutInterruption:
    """The engine does not look at the context, nor does closing wake anybody up."""

    @pytest.fixture
    def interruptible(self) -> bool:
        return False

    def test_sleeps_on(self, shared: Instance, instantiate: Instantiate) -> None:
        other = instantiate(
            """(module (import "m" "memory" (memory 1 8 shared))
            (func (export "notify") (result i32) (memory.atomic.notify (i32.const 16) (i32.const 1))))""",
            {"m": shared},
        )
        context = with_cancel(background())
        with ThreadPoolExecutor() as pool:
            sleeping = pool.submit(call, shared, "wait32", FIRST, Value("i32", 0), FOREVER, context=context)
            _await_waiters(1)
            context.cancel()
            shared.close()
            assert not sleeping.done()
            assert call(other, "notify") == 1
            assert sleeping.result() == WOKEN
