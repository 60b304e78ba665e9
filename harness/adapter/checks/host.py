"""What the host has for guests: the functions of scenarios, and WASI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.adapter import modules
from harness.adapter.checking import Adapter, check
from harness.adapter.session import Broken, Session, expect, show
from harness.context import Cause
from harness.outcome import Exited, Failed, Interrupted, Number, Returned, Trapped
from harness.sandbox import protocol
from harness.sandbox.protocol import Host, Invoke, Limits, Wasi

if TYPE_CHECKING:
    from harness.sandbox.protocol import Result

_MILLISECOND = 1_000_000
_SLEEP = "(call $%s (i32.const %d))"


@check(
    '"host" provides `nop`',
    "Provide the functions that `host` lists under the module name that it gives, or answer it with "
    '"unsupported" and have no "host" in `imports` of the capabilities.',
)
def host_nop(adapter: Adapter) -> None:
    with adapter.session() as session, adapter.importing("host"):
        _returns(_call(session, "nop", "(call $nop)"), "a call of `nop`")


@check(
    "a function of the host that there is not is refused",
    'Answer `host` with "failed" and name the function; a scenario that misses it must not run without.',
    needs="host-nop",
)
def host_unknown(adapter: Adapter) -> None:
    with adapter.session() as session:
        (outcome,) = session.run(Host(session.name(), ("nop", "fly")))
        expect(outcome, Failed, "`host` with a function `fly`")


@check("`sleep` sleeps that many milliseconds", "Its argument is milliseconds.", needs="host-nop")
def host_sleep(adapter: Adapter) -> None:
    with adapter.session() as session:
        result = _call(session, "sleep", _SLEEP % ("sleep", 20))
        _returns(result, "a call of `sleep`")
        _lasts(result, 20 * _MILLISECOND, "`sleep` of 20 ms")


@check(
    "`sleep` is interrupted when its context is done",
    "Wait for the context and the time together, and end the call as an interruption would.",
    needs="host-sleep",
)
def host_sleep_interrupted(adapter: Adapter) -> None:
    adapter.stoppable()
    with adapter.session() as session:
        limits = Limits(timeout=30 * _MILLISECOND)
        result = _call(session, "sleep", _SLEEP % ("sleep", 3_600_000), limits=limits)
        _interrupted(result, Cause.DEADLINE, "`sleep` of an hour with a timeout of 30 ms")


@check(
    "`sleep-deaf` sleeps on whatever happens to its context",
    "Do not look at the context in it: it stands for a call that nobody can interrupt.",
    needs="host-nop",
)
def host_sleep_deaf(adapter: Adapter) -> None:
    with adapter.session() as session:
        for timeout, sleep in ((100, 150), (2000, 2050)):  # ms; more where that was no time to get there
            limits = Limits(timeout=timeout * _MILLISECOND)
            result = _call(session, "sleep-deaf", _SLEEP % ("sleep-deaf", sleep), limits=limits)
            if result.ended - result.started >= sleep * _MILLISECOND:
                return
        _lasts(result, sleep * _MILLISECOND, f"`sleep-deaf` of {sleep} ms with a timeout of {timeout} ms")


@check(
    "`cancel` cancels the context of the call",
    "It is what a cancel from outside does, at this moment.",
    needs="host-nop",
)
def host_cancel(adapter: Adapter) -> None:
    adapter.stoppable()
    with adapter.session() as session:
        limits = Limits(timeout=600 * 10**9)
        result = _call(session, "cancel", "(call $cancel) (loop $again (br $again))", limits=limits)
        _interrupted(result, Cause.CANCELLED, "a call that cancels itself and goes on")


@check(
    "`reenter` calls `inner` of the instance",
    "Call the export `inner` of the instance that the command invokes, under the same context; a trap in it "
    "goes through.",
    needs="host-nop",
)
def host_reenter(adapter: Adapter) -> None:
    _enters(adapter, "reenter")


@check(
    "`reenter-background` calls it too",
    "The same as `reenter` under a context that is never done.",
    needs="host-nop",
)
def host_reenter_background(adapter: Adapter) -> None:
    _enters(adapter, "reenter-background")


@check(
    "`swallow` calls it too, and lets traps through",
    "The same as `reenter`, but it returns if the inner call was interrupted: then only.",
    needs="host-nop",
)
def host_swallow(adapter: Adapter) -> None:
    _enters(adapter, "swallow")


@check(
    "a program of WASI writes, and ends with its status",
    'Answer `wasi` with "unsupported", or tell what the guest writes by "wrote", before the result, and '
    '`proc_exit` by {"is":"exited","status":...}.',
)
def wasi(adapter: Adapter) -> None:
    with adapter.session() as session:
        name = session.name()
        session.must(Wasi(name, ("program",)))
        instance = session.instantiate(modules.PROGRAM % (name, name))
        session.heard.clear()
        script = session.submit(Invoke(instance, "_start"))
        outcome = session.result(script, "a program").outcome
        if outcome != Exited(7):
            raise Broken(f"a program that ends with status 7 came to {show(outcome)}")
        written = [heard.reply for heard in session.heard if isinstance(heard.reply, protocol.Wrote)]
        said = b"".join(wrote.data for wrote in written if wrote.id == script and wrote.stream == 1)
        if said != b"hello":
            raise Broken(f"a program that writes {b'hello'!r} wrote {said!r}, by the time it had ended")


def _call(
    session: Session, function: str, call: str, *, inner: str = "", limits: Limits | None = None
) -> Result:
    """Call `run` of a module around one function of the host."""
    name = session.name()
    session.must(Host(name, (function,)))
    instance = session.instantiate(modules.host(name, function, call, inner=inner))
    return session.result(session.submit(Invoke(instance, "run", limits=limits)), f"a call of `{function}`")


def _enters(adapter: Adapter, function: str) -> None:
    with adapter.session() as session:
        _returns(_call(session, function, f"(call ${function})"), f"`{function}`, where `inner` returns")
        trap = _call(session, function, f"(call ${function})", inner="(unreachable)").outcome
        expect(trap, Trapped, f"`{function}`, where `inner` traps")


def _returns(result: Result, what: str) -> None:
    if result.outcome != Returned((Number("i32", "42"),)):
        raise Broken(f"{what} came to {show(result.outcome)}, where the caller returns 42")


def _lasts(result: Result, nanoseconds: int, what: str) -> None:
    if result.ended - result.started < nanoseconds:
        raise Broken(f"{what} was over after {(result.ended - result.started) / _MILLISECOND:.1f} ms")


def _interrupted(result: Result, cause: Cause, what: str) -> None:
    if result.outcome != Interrupted(cause):
        raise Broken(f"{what} came to {show(result.outcome)}, not to interrupted: {cause.value}")
