"""A program that breaks the protocol is found out, told what is wrong, and killed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec
import pytest

from harness.context import Cause
from harness.engine import TrapKind
from harness.outcome import Crashed, Garbled, Interrupted, NotRun, Number, Returned, Trapped, Unsupported
from harness.sandbox.protocol import Compile, Get, Instantiate, Invoke, Limits

if TYPE_CHECKING:
    from harness.outcome import Outcome
    from harness.sandbox.supervisor import Worker


class Start(Protocol):
    def __call__(self, name: str) -> Worker: ...


def run(worker: Worker, module: str, limits: Limits | None = None) -> list[Outcome]:
    commands = (
        Compile("m", module.encode()),
        Instantiate("i", "m"),
        Invoke("i", "run", limits=limits),
        Get("i", "global"),
    )
    return [report.outcome for report in worker.run(commands, patience=20)]


def test_an_honest_program(start: Start) -> None:
    worker = start("program:")
    assert worker.welcome.engine == "program"
    rest = Unsupported("get")
    assert run(worker, "return i32:42")[2:] == [Returned((Number("i32", "42"),)), rest]
    assert run(worker, "trap unreachable")[2:] == [Trapped(TrapKind.UNREACHABLE), rest]
    assert run(worker, "spin", Limits(timeout=1_000_000))[2:] == [Interrupted(Cause.DEADLINE), rest]
    exit = worker.close(grace=60)
    assert exit.by_itself
    assert exit.status == 0


def test_an_honest_program_is_cancelled(start: Start) -> None:
    worker = start("program:")
    job = worker.submit([Compile("m", b"spin"), Instantiate("i", "m"), Invoke("i", "run", limits=Limits())])
    assert job.started(2, 20) is not None
    at = job.cancel()
    report = list(job.reports(patience=20))[2]
    assert report.outcome == Interrupted(Cause.CANCELLED)
    assert report.done is not None
    assert at <= report.done


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("text", "JSON is malformed"),
        ("number", "Expected `object`"),
        ("empty-line", "Input data was truncated"),
        ("not-utf-8", "utf-8|Invalid UTF-8"),
        ("not-utf-8-key", "utf-8|Invalid UTF-8|missing required field"),
        ("unknown-message", "Invalid value 'goodbye'"),
        ("unknown-field", "unknown field `more`"),
        ("deep", "recursion|Expected `object`"),
        ("endless-line", "a line of more than 1048576 bytes"),
        ("supervisor-outcome", "Invalid value 'hung'"),
        ("second-greeting", "a second greeting"),
        ("other-index", "expected command 2, not 1"),
        ("later-index", "expected command 2, not 3"),
        ("other-script", "no script 7 is running"),
        ("before-sent", "is not within"),
        ("overlapping", "is not within"),
        ("negative", "is not within"),
        ("in-the-future", "is not within"),
        ("done-in-the-future", "done at 4611686018427387904, after"),
        ("float", "Expected `int"),
        ("announces-for-nothing", "command 2 does not announce itself"),
        ("half-a-line", "it ended with status 0 in the middle of a line"),
        ("closes-output", "its output has ended, but it runs on"),
        ("lines-without-end", "command 2 does not announce itself"),
    ],
    ids=lambda text: text.split(" ")[0],
)
def test_garbage(start: Start, wrong: str, message: str) -> None:
    first, second, culprit, rest = run(start(f"program:{wrong}"), "misbehave")
    assert first == second == Returned()
    assert isinstance(culprit, Garbled), culprit
    import re

    assert re.search(message, culprit.message), culprit
    assert len(culprit.line) <= 800
    assert rest == NotRun(f"the worker had ended before: {culprit.message}")


@pytest.mark.parametrize(
    "value",
    [
        "i32:abc",
        "i32: 1_2 ",
        "i32:012",
        "i32:-1",
        "i32:4294967296",
        "f32:1101655244800",  # more than 32 bits, of which the lower are a canonical NaN's
        "i64:18446744073709551616",
        "v128:340282366920938463463374607431768211456",
        "extern:340282366920938463463374607431768211456",
        "i64:٣",
        "i64:" + 5000 * "9",
    ],
    ids=lambda value: ascii(value[:12]),
)
def test_a_value_that_is_none(start: Start, value: str) -> None:
    culprit = run(start("program:"), f"return {value}")[2]
    assert isinstance(culprit, Garbled), culprit
    assert "no such bits, unsigned and decimal: " in culprit.message
    assert len(culprit.message) < 200


@pytest.mark.parametrize(
    "value", ["i32:4294967295", "v128:340282366920938463463374607431768211455", "func:0"]
)
def test_the_largest_value(start: Start, value: str) -> None:
    kind, bits = value.split(":")
    assert run(start("program:"), f"return {value}")[2] == Returned((Number(kind, bits),))


def test_only_references_are_null() -> None:
    assert msgspec.json.decode(b'["func",null]', type=Number) == Number("func", None)
    with pytest.raises(msgspec.ValidationError, match="i64: a number is not null"):
        msgspec.json.decode(b'["i64",null]', type=Number)


@pytest.mark.parametrize("wrong", ["done-late", "done-unnoticed"])
def test_a_context_is_done_at_its_deadline_whatever_the_worker_says(start: Start, wrong: str) -> None:
    commands = (
        Compile("m", b"misbehave"),
        Instantiate("i", "m"),
        Invoke("i", "run", limits=Limits(timeout=1)),
    )
    report = list(start(f"program:{wrong}").run(commands, patience=20))[2]
    assert report.outcome == Returned()
    assert report.started is not None
    assert report.done == report.started + 1


def test_the_line_is_shown(start: Start) -> None:
    culprit = run(start("program:text"), "misbehave")[2]
    assert isinstance(culprit, Garbled)
    assert culprit.line == "Segmentation fault (core dumped)"
    culprit = run(start("program:not-utf-8"), "misbehave")[2]
    assert isinstance(culprit, Garbled)
    assert "\\xff" in culprit.line


def test_an_answer_too_many_spoils_the_next_command(start: Start) -> None:
    third, fourth = run(start("program:twice"), "misbehave")[2:]
    assert third == Returned()
    assert isinstance(fourth, Garbled)
    assert fourth.message == "expected command 3, not 2"


def test_limits_must_be_announced(start: Start) -> None:
    culprit = run(start("program:unannounced"), "return i32:1", Limits())[2]
    assert isinstance(culprit, Garbled)
    assert "was not announced as started at" in culprit.message


def test_nothing_more_comes_of_what_has_been_found_out(start: Start) -> None:
    worker = start("program:text")
    run(worker, "misbehave")
    assert not worker.alive
    assert all(isinstance(outcome, NotRun) for outcome in run(worker, "return i32:1"))
    assert not isinstance(run(start("program:"), "return i32:1")[2], Crashed | NotRun)
