"""Deadlines, cancelling and closing. What does not stop hangs, and the time limit of the run ends it."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, TypeAlias

import pytest

from harness.context import Cause, background, with_cancel, with_timeout
from harness.engine import Exhausted, HostFunction, Instance, Interrupted, Trap, TrapKind, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.context import Context

    Instantiate: TypeAlias = Callable[..., Instance]
    Run: TypeAlias = Callable[..., list[int | None]]


ENDLESS = """(module
  (type $proc (func))
  (import "host" "nop" (func $nop))
  (memory (export "memory") 4096) (memory $other 4096)
  (table $table 2000000 funcref) (table $elsewhere 2000000 funcref)
  (elem (table $table) (i32.const 0) func $tail-indirect $tree-indirect)
  (elem declare func $tail-ref) (data $data "x")
  (global $count (mut i64) (i64.const 0))
  (func (export "loop") (loop (br 0)))
  (func (export "loop-if") (loop (br_if 0 (i32.const 1))))
  (func (export "loop-table") (loop (br_table 0 0 (i32.const 7))))
  (func (export "loop-outer") (loop (block (loop (br 2))) (br 0)))
  (func (export "loop-value") (drop (loop (result i32) (br 0))))
  (func (export "loop-param") (param i32) (i32.const 1)
    (loop (param i32) (result) (i32.add (i32.const 1)) (br 0)))
  (func (export "loop-counted") (local i64)
    (loop (br_if 0 (i64.ne (i64.const 0) (local.tee 0 (i64.add (local.get 0) (i64.const 1)))))))
  (func (export "loop-global") (loop
    (global.set $count (i64.add (global.get $count) (i64.const 1))) (br 0)))
  (func (export "loop-memory") (local i32) (loop
    (i32.store8 (i32.and (local.get 0) (i32.const 0xffff)) (local.get 0))
    (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br 0)))
  (func (export "loop-host") (loop (call $nop) (br 0)))
  (func $tree (param i32) (if (local.get 0) (then
    (call $tree (i32.sub (local.get 0) (i32.const 1)))
    (call $tree (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "call-tree") (call $tree (i32.const 60)))
  (func $tree-indirect (param i32) (if (local.get 0) (then
    (call_indirect $table (param i32) (i32.sub (local.get 0) (i32.const 1)) (i32.const 1))
    (call_indirect $table (param i32) (i32.sub (local.get 0) (i32.const 1)) (i32.const 1)))))
  (func (export "call-tree-indirect") (call $tree-indirect (i32.const 60)))
  (func $tail (export "tail") (return_call $tail))
  (func $ping (export "tail-ping-pong") (return_call $pong (i32.const 0)))
  (func $pong (param i32) (return_call $ping))
  (func $tail-indirect (export "tail-indirect") (return_call_indirect $table (type $proc) (i32.const 0)))
  (func $tail-ref (export "tail-ref") (type $proc) (return_call_ref $proc (ref.func $tail-ref)))
  (func (export "fill") (loop
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x10000000)) (br 0)))
  (func (export "copy") (loop
    (memory.copy (i32.const 0) (i32.const 1) (i32.const 0xfffffff)) (br 0)))
  (func (export "copy-across") (loop
    (memory.copy $other 0 (i32.const 0) (i32.const 0) (i32.const 0x10000000)) (br 0)))
  (func (export "init") (loop
    (memory.init $data (i32.const 0) (i32.const 0) (i32.const 1)) (br 0)))
  (func (export "grow") (loop (drop (memory.grow (i32.const 0))) (br 0)))
  (func (export "table-fill") (loop
    (table.fill $table (i32.const 2) (ref.null func) (i32.const 1999998)) (br 0)))
  (func (export "table-copy") (loop
    (table.copy $elsewhere $table (i32.const 0) (i32.const 0) (i32.const 2000000)) (br 0)))
  (func (export "table-grow") (loop
    (drop (table.grow $elsewhere (ref.null func) (i32.const 0))) (br 0)))
  (func (export "straight-line") FILLS)
  (func (export "answer") (result i32) (i32.const 42)))"""
ENDLESS = ENDLESS.replace(
    "FILLS", "(memory.fill (i32.const 0) (i32.const 1) (i32.const 0x10000000))" * 400
).replace('(func (export "loop-param") (param i32)', '(func (export "loop-param")')
EXPORTS = [
    *("loop", "loop-if", "loop-table", "loop-outer", "loop-value", "loop-param", "loop-counted"),
    *("loop-global", "loop-memory", "loop-host", "call-tree", "call-tree-indirect"),
    *("tail", "tail-ping-pong", "tail-indirect", "tail-ref", "fill", "copy", "copy-across", "init", "grow"),
    *("table-fill", "table-copy", "table-grow", "straight-line"),
]
HOST = {"nop": HostFunction((), (), lambda args: ())}


@pytest.fixture
def interruptible() -> bool:
    return True


@pytest.fixture
def soon() -> Context:
    """A context that will be done while a call runs."""
    return with_timeout(background(), seconds=0.02)


@pytest.mark.parametrize("name", EXPORTS)
def test_deadline(instantiate: Instantiate, soon: Context, name: str) -> None:
    instance = instantiate(ENDLESS, {"host": HOST})

    with pytest.raises(Interrupted) as interruption:
        instance.invoke(name, (), soon)
    assert interruption.value.cause is Cause.DEADLINE

    for export in (name, "answer"):
        with pytest.raises(Interrupted) as again:
            instance.invoke(export, (), background())
        assert again.value.cause is Cause.DEADLINE
    assert len(instance.memory("memory")) == 4096 << 16


@pytest.mark.parametrize("name", ["loop", "call-tree", "tail", "fill", "straight-line"])
def test_cancel_and_close_from_another_thread(instantiate: Instantiate, name: str) -> None:
    context = with_cancel(background())
    for stop, cause in ((context.cancel, Cause.CANCELLED), (None, Cause.CLOSED)):
        instance = instantiate(ENDLESS, {"host": HOST})
        timer = threading.Timer(0.02, stop or instance.close)
        timer.start()

        with pytest.raises(Interrupted) as interruption:
            instance.invoke(name, (), background() if stop is None else context)
        timer.join()
        assert interruption.value.cause is cause


def test_a_context_that_is_done_has_no_effect_but_that(instantiate: Instantiate) -> None:
    instance = instantiate(
        """(module (global $g (export "g") (mut i32) (i32.const 1))
        (func (export "set") (global.set $g (i32.const 2))))"""
    )
    context = with_cancel(background())
    context.cancel()

    with pytest.raises(Interrupted):
        instance.invoke("set", (), context)
    assert instance.get("g") == Value("i32", 1)


def test_start_function(instantiate: Instantiate, soon: Context) -> None:
    with pytest.raises(Interrupted):
        instantiate("(module (func $spin (loop (br 0))) (start $spin))", context=soon)


@pytest.mark.parametrize(
    "wat",
    [
        '(module (import "a" "spin" (func $spin)) (func (export "run") (call $spin)))',
        '(module (import "a" "spin" (func $spin)) (func (export "run") (return_call $spin)))',
        """(module (import "a" "table" (table 1 funcref))
        (func (export "run") (call_indirect (i32.const 0))))""",
        """(module (import "a" "spin" (func $spin)) (import "host" "nop" (func $nop))
        (func (export "run") (call $nop) (call $spin)))""",
    ],
    ids=["call", "tail call", "indirect", "after the host"],
)
def test_another_instance(instantiate: Instantiate, soon: Context, wat: str) -> None:
    callee = instantiate(
        """(module (table (export "table") funcref (elem $spin))
        (func $spin (export "spin") (loop (br 0))))"""
    )
    caller = instantiate(wat, {"a": callee, "host": HOST})

    with pytest.raises(Interrupted):
        caller.invoke("run", (), soon)


def test_what_the_host_calls_is_interrupted_too(instantiate: Instantiate, soon: Context) -> None:
    spinner: Instance = instantiate('(module (func (export "spin") (loop (br 0))))')

    def reenter(args: Sequence[Value]) -> Sequence[Value]:
        return spinner.invoke("spin", (), background())

    caller = instantiate(
        '(module (import "host" "f" (func $f)) (func (export "run") (call $f)))',
        {"host": {"f": HostFunction((), (), reenter)}},
    )

    with pytest.raises(Interrupted) as interruption:
        caller.invoke("run", (), soon)
    assert interruption.value.cause is Cause.DEADLINE


def test_nothing_runs_after_a_host_function_that_slept_past_the_deadline(
    instantiate: Instantiate, soon: Context
) -> None:
    def sleep(args: Sequence[Value]) -> Sequence[Value]:
        assert soon.wait(10)
        return ()

    instance = instantiate(
        """(module (import "host" "sleep" (func $sleep)) (global $g (export "g") (mut i32) (i32.const 1))
        (func (export "run") (call $sleep) (global.set $g (i32.const 2))))""",
        {"host": {"sleep": HostFunction((), (), sleep)}},
    )

    with pytest.raises(Interrupted):
        instance.invoke("run", (), soon)
    assert instance.get("g") == Value("i32", 1)


def test_exhaustion_and_traps_are_not_interruptions(instantiate: Instantiate, soon: Context) -> None:
    instance = instantiate(
        """(module (memory 16384 16384)
        (func $recurse (export "recurse") (call $recurse) (call $recurse))
        (func (export "fill") (loop
          (memory.fill (i32.const 1) (i32.const 1) (i32.const 0x40000000)))))"""
    )
    context = with_timeout(background(), seconds=60)

    with pytest.raises(Exhausted):
        instance.invoke("recurse", (), context)
    with pytest.raises(Trap) as trap:
        instance.invoke("fill", (), context)
    assert trap.value.kind is TrapKind.MEMORY_BOUNDS
    context.release()


def test_others_go_on(instantiate: Instantiate, run: Run) -> None:
    """Two threads, each under a context of its own: one is stopped, one comes to its end."""
    count = """(module (func (export "run") (param i32) (result i32) (local i32)
      (loop (local.set 1 (i32.xor (local.get 0) (i32.rotl (local.get 1) (i32.const 5))))
        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 1)))"""
    counter = instantiate(count)
    expected = run(counter, "run", 20_000_000)
    answers: list[object] = []
    counting = threading.Thread(target=lambda: answers.append(run(counter, "run", 20_000_000)))
    counting.start()

    with pytest.raises(Interrupted):
        instantiate(ENDLESS, {"host": HOST}).invoke("loop", (), with_timeout(background(), seconds=0.001))
    counting.join()
    assert answers == [expected]


def test_siblings_of_the_same_module(instantiate: Instantiate, engine: object) -> None:
    context = with_cancel(background())
    spinning = [instantiate('(module (func (export "spin") (loop (br 0))))') for _ in range(4)]
    outcomes: list[Cause] = []

    def spin(instance: Instance, context: Context) -> None:
        with pytest.raises(Interrupted) as interruption:
            instance.invoke("spin", (), context)
        outcomes.append(interruption.value.cause)

    own = with_cancel(background())
    threads = [threading.Thread(target=spin, args=(one, context)) for one in spinning[1:]]
    threads.append(threading.Thread(target=spin, args=(spinning[0], own)))
    for thread in threads:
        thread.start()
    own.cancel()
    threads[-1].join()
    assert outcomes == [Cause.CANCELLED]
    assert all(thread.is_alive() for thread in threads[:-1])
    context.cancel()
    for thread in threads:
        thread.join()


def test_off_does_not_look_at_the_deadline(run: Run) -> None:
    from engines.compiler import Compiler
    from harness.assembler import assemble

    engine = Compiler(interruptible=False)
    binary = assemble(
        """(module (func (export "run") (param i32) (result i32)
        (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))""",
        first="in-process",
    ).binary
    context = with_cancel(background())
    context.cancel()
    instance = engine.instantiate(engine.compile(binary), {}, context)

    assert instance.invoke("run", [Value("i32", 100)], context) == [Value("i32", 0)]


def test_cancel_at_the_end_is_one_or_the_other(instantiate: Instantiate) -> None:
    """Swept over the end of a finite call: its result or an interruption, and nothing carries over."""
    for delay in range(60):
        instance = instantiate(COUNTED)
        context = with_cancel(background())
        timer = threading.Timer(delay * 2e-5, context.cancel)
        timer.start()
        with contextlib.suppress(Interrupted):
            assert instance.invoke("run", [Value("i32", 300_000)], context) == [Value("i32", 0)]
        timer.join()
        other = instantiate(COUNTED)
        assert other.invoke("run", [Value("i32", 10)], background()) == [Value("i32", 0)]


COUNTED = """(module (memory 1) (func (export "run") (param i32) (result i32)
  (loop (i32.store (i32.const 0) (local.get 0))
    (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))"""


def test_closing_the_callee(instantiate: Instantiate) -> None:
    def begun(args: Sequence[Value]) -> Sequence[Value]:
        threading.Timer(0.02, callee.close).start()
        return ()

    callee = instantiate('(module (func (export "spin") (loop (br 0))))')
    caller = instantiate(
        """(module (import "a" "spin" (func $spin)) (import "host" "begun" (func $begun))
        (func (export "run") (call $begun) (call $spin)))""",
        {"a": callee, "host": {"begun": HostFunction((), (), begun)}},
    )
    bystander = instantiate('(module (func (export "spin") (loop (br 0))))')

    with pytest.raises(Interrupted) as interruption:
        caller.invoke("run", (), background())
    assert interruption.value.cause is Cause.CLOSED
    with pytest.raises(Interrupted):
        bystander.invoke("spin", (), with_timeout(background(), seconds=0.02))


@pytest.mark.parametrize(
    "call",
    [
        "(call $f)",
        "(return_call $f)",
        "(call_indirect (i32.const 0))",
        "(return_call_indirect (i32.const 0))",
        "(call_ref $proc (ref.func $f))",
        "(return_call_ref $proc (ref.func $f))",
        "(block $caught (try_table (catch_all $caught) (call $f)))",
    ],
)
@pytest.mark.parametrize("interruptible", [False, True], ids=["off", "on"])
def test_a_closed_callee_is_not_entered(instantiate: Instantiate, call: str, interruptible: bool) -> None:
    """Neither by a call that began before, unless cancellation is off, nor later."""

    def close(args: Sequence[Value]) -> Sequence[Value]:
        callee.close()
        return ()

    callee = instantiate(CALLEE)
    imports = {"a": callee, "host": {"close": HostFunction((), (), close)}}
    caller, later = [
        instantiate(
            f"""(module (type $proc (func)) (import "a" "f" (func $f)) (import "host" "close" (func $close))
            (table funcref (elem $f)) (global $after (export "after") (mut i32) (i32.const 0))
            (func $call {call})
            (func (export "close and call") (call $close) (call $call) (global.set $after (i32.const 1)))
            (func (export "call") (call $call) (global.set $after (i32.const 1))))""",
            imports,
        )
        for _ in range(2)
    ]

    if not interruptible:
        callee.close()
    for instance, name in ((caller, "close and call"), (caller, "call"), (later, "call")):
        with pytest.raises(Interrupted) as interruption:
            instance.invoke(name, (), background())
        assert interruption.value.cause is Cause.CLOSED
        assert instance.get("after") == Value("i32", 0)
    assert callee.get("entered") == Value("i32", 0)


CALLEE = """(module (global $entered (export "entered") (mut i32) (i32.const 0))
  (func (export "f") (global.set $entered (i32.const 1))) (func (export "spin") (loop (br 0))))"""


@pytest.mark.parametrize("call", ["call_indirect", "return_call_indirect"])
@pytest.mark.parametrize("interruptible", [False], ids=["off"])
def test_off_a_call_goes_on_in_an_instance_that_is_closed_meanwhile(
    instantiate: Instantiate, call: str
) -> None:
    def close(args: Sequence[Value]) -> Sequence[Value]:
        instance.close()
        return ()

    instance = instantiate(
        f"""(module (import "host" "close" (func $close)) (table funcref (elem $f))
        (func $f (result i32) (i32.const 42))
        (func (export "run") (result i32) (call $close) ({call} (result i32) (i32.const 0))))""",
        {"host": {"close": HostFunction((), (), close)}},
    )
    assert instance.invoke("run", (), background()) == [Value("i32", 42)]
    with pytest.raises(Interrupted):
        instance.invoke("run", (), background())


def test_a_callee_that_an_interruption_has_closed_is_not_entered(
    instantiate: Instantiate, soon: Context
) -> None:
    callee = instantiate(CALLEE)
    caller = instantiate(FORWARDING, {"a": callee})
    with pytest.raises(Interrupted):
        callee.invoke("spin", (), soon)

    for name in ("call", "f"):
        with pytest.raises(Interrupted) as interruption:
            caller.invoke(name, (), background())
        assert interruption.value.cause is Cause.DEADLINE
    assert callee.get("entered") == Value("i32", 0)


FORWARDING = """(module (import "a" "f" (func $f)) (import "a" "spin" (func $spin))
  (func (export "call") (call $f)) (export "f" (func $f)) (export "spin" (func $spin)))"""


def test_closing_the_callee_that_another_instance_exports(instantiate: Instantiate) -> None:
    callee = instantiate(CALLEE)
    other = instantiate(FORWARDING, {"a": callee})
    timer = threading.Timer(0.02, callee.close)
    timer.start()

    with pytest.raises(Interrupted) as interruption:
        other.invoke("spin", (), background())
    timer.join()
    assert interruption.value.cause is Cause.CLOSED


def test_closing_a_callee_that_was_linked_after_the_call_had_begun(instantiate: Instantiate) -> None:
    """By way of a table, into which it puts its function."""

    def link(args: Sequence[Value]) -> Sequence[Value]:
        callee = instantiate(
            """(module (import "m" "t" (table 1 funcref)) (elem (i32.const 0) $spin)
            (func $spin (loop (br 0))))""",
            {"m": common},
        )
        threading.Timer(0.02, callee.close).start()
        return ()

    common = instantiate('(module (table (export "t") 1 funcref))')
    caller = instantiate(
        """(module (import "m" "t" (table 1 funcref)) (import "host" "link" (func $link))
        (func (export "run") (call $link) (call_indirect (i32.const 0))))""",
        {"m": common, "host": {"link": HostFunction((), (), link)}},
    )

    with pytest.raises(Interrupted) as interruption:
        caller.invoke("run", (), background())
    assert interruption.value.cause is Cause.CLOSED


def test_closing_what_has_nothing_to_call(instantiate: Instantiate) -> None:
    instance = instantiate('(module (memory (export "memory") 1))')

    instance.close()
    assert len(instance.memory("memory")) == 65536
