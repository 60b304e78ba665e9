"""Several engines that make the same calls, each in its worker, at the same time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from harness import outcome
from harness.engine import TrapKind, Unavailable
from harness.registry import Choice
from harness.sandbox import protocol
from harness.sandbox.supervisor import Worker, WorkerError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from harness.differential.subject import Call, Subject
    from harness.outcome import Number, Outcome

_GRACE = 2.0
"""Seconds that a call may run on after its deadline, before its engine is stopped from outside."""
_PREPARATION = 60.0
"""Seconds that compiling may take."""


class Answer(NamedTuple):
    """What an engine says to one thing that it was asked."""

    word: str
    """What it is compared by: the same word is the same answer. Empty: it says nothing that counts."""
    values: tuple[Number, ...] = ()
    why: str = ""
    """What else is to be told, also why it does not count."""


class NoPanel(Exception):
    """There are not engines enough; the message is one line that says why."""


class Panel:
    """The engines; a context manager. One that dies is started anew, and its death is its answer."""

    def __init__(self, engines: Sequence[str], subject: Subject, timeout: int) -> None:
        """`timeout` is for each call, in nanoseconds. Raises `NoPanel`."""
        self.subject = subject
        self.limits = protocol.Limits(timeout=timeout)
        self.patience = timeout / 1e9 + _GRACE
        self.workers: dict[str, Worker] = {}
        self.calls = 0
        """How many were made, by all together, once each."""
        self.compared = 0
        """How many of them two engines or more had an answer to."""
        self.silent: dict[str, dict[str, int]] = {engine: {} for engine in engines}
        """Why engines said nothing that counts, and how often."""
        try:
            for engine in engines:
                self.workers[engine] = Worker(Choice(engine, interruptible=True))
        except (Unavailable, WorkerError) as error:
            self.close()
            raise NoPanel(f"{engine}: {error}") from error

    def prepare(self) -> dict[str, Answer]:
        """Compile everything; what came of it. Who does not offer that leaves the panel."""
        answers = {engine: self._compile(engine) for engine in list(self.workers)}
        for engine, answer in answers.items():
            if not answer.word:
                self.silent[engine][answer.why] = 1
                self.workers.pop(engine).close()
        return answers

    def ask(self, calls: Sequence[Call]) -> dict[str, list[Answer]]:
        """Make calls in a new instance.

        By engine an answer each to: the instantiation; the first call, the state after it; the next call, and
        so on; and what was written to standard output. After an answer that does not count comes none that
        does.
        """
        self.calls += len(calls)
        commands = self.subject.instantiation(self.limits)
        before = len(commands) - 1
        for call in calls:
            commands.append(protocol.Invoke("subject", call.export, call.args, self.limits))
            commands += self.subject.state()
        written: dict[str, bytearray] = {engine: bytearray() for engine in self.workers}
        jobs = {}
        for engine in self.workers:
            if not self.workers[engine].alive:
                self._compile(engine)
            jobs[engine] = self.workers[engine].submit(commands, partial(_write, written[engine]))
        found = {}
        for engine, job in jobs.items():
            answers = [_answer(report.outcome) for report in job.reports(patience=self.patience)]
            prepared = next((answer for answer in answers[:before] if answer.word != "returns"), None)
            told = [*answers[before:], Answer("writes", why=bytes(written[engine]).decode(errors="replace"))]
            if prepared is not None:  # what it imports is not there
                told[0] = Answer("", why=prepared.why or prepared.word)
            found[engine] = self._counting(engine, told)
        to_calls = list(zip(*found.values(), strict=True))[1 : -1 : 1 + len(self.subject.state())]
        self.compared += sum(sum(bool(answer.word) for answer in answers) > 1 for answers in to_calls)
        return found

    def close(self) -> None:
        """End all workers."""
        for worker in self.workers.values():
            worker.kill()

    def __enter__(self) -> Panel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _compile(self, engine: str) -> Answer:
        """In a worker that is alive, if the engine has the features for it."""
        if not self.workers[engine].alive:
            self.workers[engine] = Worker(Choice(engine, interruptible=True))
        missing = self.subject.features - self.workers[engine].welcome.capabilities.features
        if missing:
            return Answer("", why=f"it does not offer {', '.join(sorted(missing))}")
        reports = self.workers[engine].run(self.subject.compilation(), patience=_PREPARATION)
        answers = [_answer(report.outcome) for report in reports]
        return next((answer for answer in answers if answer.word != "returns"), answers[-1])

    def _counting(self, engine: str, answers: list[Answer]) -> list[Answer]:
        for index, answer in enumerate(answers):
            if not answer.word:
                self.silent[engine][answer.why] = self.silent[engine].get(answer.why, 0) + 1
                return [*answers[: index + 1], *[Answer("")] * (len(answers) - index - 1)]
        return answers


def _write(into: bytearray, _stream: int, data: bytes) -> None:
    into += data


def _answer(came: Outcome) -> Answer:
    """What is to be compared of an outcome: traps by their kind, references by whether they are null."""
    match came:
        case outcome.Returned(values):
            return Answer("returns", tuple(map(_value, values)))
        case outcome.Trapped(kind) if kind is TrapKind.ALLOCATION:
            return Answer("", why="it ran out of memory")
        case outcome.Trapped(kind):
            return Answer(f"traps: {kind.value}")
        case outcome.Exhausted():
            return Answer("", why="its call stack was exhausted")
        case outcome.Interrupted() | outcome.Hung():
            return Answer("", why="it did not end in time")
        case outcome.Unsupported(message):
            return Answer("", why=f"it does not offer this: {message}")
        case outcome.NotRun(message):
            return Answer("", why=message)
        case outcome.Uncaught():
            return Answer("throws")
        case outcome.Exited(status):
            return Answer(f"exits with status {status}")
        case outcome.Crashed(status, message):
            return Answer(f"crashes: status {status}", why=message[-200:])
        case outcome.Malformed(message) | outcome.Invalid(message) | outcome.Unlinkable(message):
            return Answer(type(came).__name__.lower(), why=message)
        case outcome.Failed(message) | outcome.Garbled(_, message):
            return Answer("breaks", why=message)


_IDENTITIES = ("func", "struct", "array", "exn")
"""References that each engine has its own numbers for."""


def _value(value: Number) -> Number:
    if value.type in ("i32", "i64", "f32", "f64", "v128"):
        return value
    if value.bits is None:
        return outcome.Number("null", None)
    return outcome.Number(value.type, "0") if value.type in _IDENTITIES else value
