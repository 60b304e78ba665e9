"""Deadlines, cancels and closed instances, while something runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.adapter.checking import Adapter, check
from harness.adapter.modules import PLAIN, START
from harness.adapter.session import Broken, NotOffered, expect, offered, show
from harness.assembler import assemble
from harness.context import Cause
from harness.outcome import Interrupted, Returned
from harness.sandbox.protocol import Cancel, CloseInstance, Compile, Instantiate, Invoke, Limits

if TYPE_CHECKING:
    from harness.sandbox.protocol import Result

SOON = 30_000_000
"""A timeout in nanoseconds."""
FAR = Limits(timeout=600 * 10**9)


@check(
    "a call is interrupted at its deadline, and not before",
    "Make a context of `timeout` (nanoseconds from the start of the command), let it stop the engine, and "
    'answer {"is":"interrupted","cause":"deadline"} with `done`, the deadline.',
    needs="announcing",
)
def deadline(adapter: Adapter) -> None:
    adapter.stoppable()
    with adapter.session() as session:
        script = session.submit(Invoke(session.instantiate(PLAIN), "spin", limits=Limits(timeout=SOON)))
        result = session.result(script, f"a call with a timeout of {SOON // 10**6} ms")
        _interrupted(result, Cause.DEADLINE, "a call with a timeout")
        if result.ended < result.started + SOON:
            raise Broken(f"a call with a timeout of {SOON} ns ended after {result.ended - result.started} ns")


@check(
    "a timeout of zero or less means that the deadline has passed already",
    "Do not take it for no timeout; no timeout is null, or not there.",
    needs="deadline",
)
def timeout_zero(adapter: Adapter) -> None:
    for timeout in (0, -(10**15)):
        with adapter.session() as session:
            script = session.submit(
                Invoke(session.instantiate(PLAIN), "spin", limits=Limits(timeout=timeout))
            )
            result = session.result(script, f"a call with a timeout of {timeout} ns")
            _interrupted(result, Cause.DEADLINE, f"a call with a timeout of {timeout} ns")


@check(
    "a timeout may be as far away as a number goes",
    "Reckon in 64 bits; the start plus 2^62 still fits.",
)
def timeout_far(adapter: Adapter) -> None:
    with adapter.session() as session:
        limits = Limits(timeout=1 << 62)
        (outcome,) = session.run(Invoke(session.instantiate(PLAIN), "answer", limits=limits))
        expect(outcome, Returned, "a call with a timeout of 146 years")


@check(
    "a context may be cancelled before the command starts",
    "Heed `cancelled` of `limits` as a cancel that has come before.",
    needs="deadline",
)
def cancelled_before(adapter: Adapter) -> None:
    with adapter.session() as session:
        script = session.submit(Invoke(session.instantiate(PLAIN), "spin", limits=Limits(cancelled=True)))
        _interrupted(session.result(script, "a call that is cancelled already"), Cause.CANCELLED, "it")


@check(
    '"cancel" is heeded while a call runs',
    "Read standard input on a thread that runs no guest, and cancel the context of the command that this "
    'script runs now; answer {"is":"interrupted","cause":"cancelled"} with `done`, the moment of the cancel.',
    needs="deadline",
)
def cancel(adapter: Adapter) -> None:
    with adapter.session() as session:
        script = session.submit(Invoke(session.instantiate(PLAIN), "spin", limits=FAR))
        session.started(script)
        sent = session.say(Cancel(script))
        result = session.result(script, "a call that was cancelled")
        _interrupted(result, Cause.CANCELLED, "a call that was cancelled")
        if result.done is None or not sent <= result.done <= result.ended:
            raise Broken(f"cancelled after {sent}, it was done at {result.done}, and ended at {result.ended}")


@check(
    "a cancel is for the script it names, and for no other",
    "Keep the context of each script's command under the id of the script.",
    needs="cancel",
)
def cancel_one(adapter: Adapter) -> None:
    with adapter.session() as session:
        instances = [session.instantiate(PLAIN) for _ in range(2)]
        scripts = [session.submit(Invoke(instance, "spin", limits=FAR)) for instance in instances]
        for script in scripts:
            session.started(script)
        session.say(Cancel(scripts[1]))
        session.result(scripts[1], "the second of two calls, which was cancelled")
        sent = session.say(Cancel(scripts[0]))
        if session.result(scripts[0], "the first of two calls, cancelled after the second").ended < sent:
            raise Broken("of two calls beside each other the one that was not cancelled was stopped too")


@check(
    "a cancel that has nothing to cancel changes nothing",
    "Ignore it if the script is unknown or has ended, and if its command has no limits; do not keep it for "
    "what comes next.",
)
def cancel_nothing(adapter: Adapter) -> None:
    with adapter.session() as session:
        instance = session.instantiate(PLAIN)
        script = session.script(Invoke(instance, "answer", limits=FAR))
        session.say(Cancel(script.id))
        session.say(Cancel(1 << 40))
        session.say(script)
        expect(session.result(script.id).outcome, Returned, "a call after a cancel that was not for it")
        session.say(Cancel(script.id))
        (outcome,) = session.run(Invoke(instance, "answer", limits=FAR))
        expect(outcome, Returned, "a call after the cancel of one that was over")


@check(
    '"close-instance" is heeded while a call runs',
    'Close the instance from the thread that reads; the call comes to {"is":"interrupted","cause":"closed"}.',
    needs="deadline",
)
def close_instance(adapter: Adapter) -> None:
    with adapter.session() as session:
        instance = session.instantiate(PLAIN)
        script = session.submit(Invoke(instance, "spin", limits=FAR))
        session.started(script)
        session.say(CloseInstance(instance))
        result = session.result(script, "a call whose instance was closed")
        offered(result.outcome)
        if result.outcome != Interrupted(Cause.CLOSED):
            raise Broken(f"a call whose instance was closed came to {show(result.outcome)}")


@check(
    "after an interruption an instance is what `after_interrupt` says",
    'Declare "closed" if calls are refused from then on, "reusable" if the next one goes well.',
    needs="deadline",
)
def afterwards(adapter: Adapter) -> None:
    with adapter.session() as session:
        instance = session.instantiate(PLAIN)
        _, outcome = session.run(
            Invoke(instance, "spin", limits=Limits(timeout=SOON)), Invoke(instance, "answer")
        )
        declared = adapter.capabilities.after_interrupt
        if (declared == "reusable") != isinstance(outcome, Returned):
            raise Broken(f"declared {declared}, the instance answers the next call with {show(outcome)}")


@check(
    "where `covers` has instantiate, a start function is interrupted too",
    'Instantiate under the limits of the command, or take "instantiate" out of `covers`.',
    needs="deadline",
)
def start_functions(adapter: Adapter) -> None:
    if "instantiate" not in adapter.capabilities.covers:
        raise NotOffered('"instantiate" is not in `covers`')
    with adapter.session() as session:
        name = session.name()
        session.must(Compile(name, assemble(START, file="check", first="in-process").binary))
        script = session.submit(Instantiate(name, name, Limits(timeout=SOON)))
        _interrupted(session.result(script, "an endless start function"), Cause.DEADLINE, "it")


@check(
    "made without `interruptible` it does not look at deadlines",
    "Switch cancellation on in the engine only if hello says so: what is off must cost nothing.",
    needs="announcing",
)
def switched_off(adapter: Adapter) -> None:
    with adapter.session(interruptible=False) as session:
        instance = session.instantiate(PLAIN)
        (outcome,) = session.run(Invoke(instance, "answer", limits=Limits(timeout=0)))
        expect(outcome, Returned, "with cancellation off, a call that ends, after its deadline")


def _interrupted(result: Result, cause: Cause, what: str) -> None:
    interrupted = expect(result.outcome, Interrupted, what)
    if interrupted.cause is not cause:
        raise Broken(f"{what} was interrupted for {interrupted.cause.value!r}, not for {cause.value!r}")
