"""Numbers, and times."""

from __future__ import annotations

import time

from harness.adapter.checking import Adapter, check
from harness.adapter.modules import FLOATS, PLAIN
from harness.adapter.session import Broken, show
from harness.outcome import EngineOutcome, Number, Returned
from harness.sandbox import protocol
from harness.sandbox.protocol import Invoke, Limits


@check(
    "64-bit numbers are unsigned decimal numbers in strings",
    'Write ["i64","18446744073709551615"]: no JSON number (many readers make a double of it), no sign.',
)
def numbers(adapter: Adapter) -> None:
    with adapter.session() as session:
        instance = session.instantiate(PLAIN)
        for bits in (0, (1 << 53) + 1, 1 << 63, (1 << 64) - 1):
            value = Number("i64", str(bits))
            _same(session.run(Invoke(instance, "same", (value,)))[0], value)


@check(
    "floats are their bits, not their decimal digits",
    'Reinterpret: 1.5 as an f64 is ["f64","4609434218613702656"].',
)
def floats(adapter: Adapter) -> None:
    with adapter.session() as session:
        instance = session.instantiate(FLOATS)
        for bits in (0x3FF8000000000000, 0x8000000000000000, 1):
            value = Number("f64", str(bits))
            args = (Number("f32", str(0x3FC00000)), value)
            _same(session.run(Invoke(instance, "same", args))[0], value)


@check(
    "times are CLOCK_MONOTONIC in nanoseconds, in the order of what happens",
    "Take clock_gettime(CLOCK_MONOTONIC): no time of day, no time since the start of the process, no "
    "microseconds. Take `started` just before a command and `ended` just after it.",
)
def clock(adapter: Adapter) -> None:
    with adapter.session() as session:
        instance = session.instantiate(PLAIN)
        script = session.script(*[Invoke(instance, "answer")] * 3)
        earliest = session.say(script)
        for index in range(3):
            heard = session.next(lambda reply: isinstance(reply, protocol.Result), "a command")
            assert isinstance(heard.reply, protocol.Result)
            started, ended = heard.reply.started, heard.reply.ended
            moments = (earliest, started, ended, heard.received)
            if list(moments) != sorted(moments):
                before = "it was sent" if index == 0 else "the one before it had ended"
                raise Broken(
                    f"command {index} started at {started} and ended at {ended}, which is not between "
                    f"{earliest}, when {before}, and {heard.received}, when its result arrived"
                )
            earliest = ended


@check(
    'a command with limits is announced by "started", one without is not',
    'Write {"say":"started","id":...,"index":...,"at":...} before such a command begins, and the same '
    "moment as `started` of its result.",
)
def announcing(adapter: Adapter) -> None:
    with adapter.session() as session:
        instance = session.instantiate(PLAIN)
        plain = Invoke(instance, "answer")
        session.submit(plain, Invoke(instance, "answer", limits=Limits()), plain)
        said = [session.next(lambda _: True, "a command").reply]
        while getattr(said[-1], "index", 0) < 2:
            said.append(session.next(lambda _: True, "a command").reply)
        kinds = [(type(reply).__name__.lower(), getattr(reply, "index", 0)) for reply in said]
        expected = [("result", 0), ("started", 1), ("result", 1), ("result", 2)]
        if kinds != expected:
            raise Broken(f"of three commands, of which 1 has limits, it said {_words(kinds)}")
        begun, result = said[1], said[2]
        assert isinstance(begun, protocol.Started)
        assert isinstance(result, protocol.Result)
        if begun.at != result.started:
            raise Broken(f"announced as started at {begun.at}, the command started at {result.started}")
        if begun.at > time.monotonic_ns():
            raise Broken(f"it started at {begun.at}, which is still to come")


def _words(kinds: list[tuple[str, int]]) -> str:
    return ", ".join(f"{kind} {index}" for kind, index in kinds)


def _same(outcome: EngineOutcome, value: Number) -> None:
    if outcome != Returned((value,)):
        raise Broken(f"{value.type}:{value.bits} came back as {show(outcome)}")
