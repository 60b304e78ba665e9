"""A conversation with an adapter in which nothing but its messages is taken for granted.

The supervisor kills whoever breaks a rule. Here the rules are what is looked at, one by one; so a session
says anything, also what is wrong, and leaves it to a check what to think of the answers.
"""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from harness import registry
from harness.assembler import assemble
from harness.outcome import Returned, Unsupported
from harness.sandbox import protocol
from harness.sandbox.process import Child
from harness.sandbox.supervisor import BUILDING, LONGEST_REPLY

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.outcome import EngineOutcome

_SHOWN = 100
"""Characters of a line that are shown."""

T = TypeVar("T")


class Broken(Exception):
    """The adapter does not keep to the protocol; the message says what it did."""


class NotOffered(Exception):
    """There is nothing to check: the adapter says that it does not offer this. The message says what."""


class Heard(NamedTuple):
    """A message of the adapter's."""

    reply: protocol.Reply
    line: bytes
    received: int
    """CLOCK_MONOTONIC nanoseconds."""


class Session:
    """One process of the adapter."""

    def __init__(self, engine: str, *, patience: float) -> None:
        """Start it and say nothing yet. `patience` is how many seconds an answer may take."""
        self.patience = patience
        self.heard: list[Heard] = []
        """What it said and nobody has taken yet."""
        self._child = Child(*registry.program(engine))
        self._partial = b""
        self._over = False
        self._numbers = itertools.count(1)
        self._unanswered: dict[int, int] = {}

    # What is said

    def send(self, data: bytes) -> None:
        """Write these bytes to its standard input, whatever they are."""
        self._child.send(data)

    def say(self, request: protocol.Request) -> int:
        """Say something; CLOCK_MONOTONIC nanoseconds just before."""
        at = time.monotonic_ns()
        self.send(protocol.encode(request) + b"\n")
        return at

    def end(self, request: protocol.Request | None = None) -> None:
        """Let its standard input end, after a last message if there is one."""
        self._child.send(protocol.encode(request) + b"\n" if request is not None else b"", last=True)

    def script(self, *commands: protocol.Command) -> protocol.Script:
        """A script that has not been said yet; `result` and `results` expect its answers from now on."""
        made = protocol.Script(next(self._numbers), commands)
        self._unanswered[made.id] = len(commands)
        return made

    def submit(self, *commands: protocol.Command) -> int:
        """Say a script; its id."""
        script = self.script(*commands)
        self.say(script)
        return script.id

    def name(self) -> str:
        """A name that nothing in this process has yet."""
        return f"n{next(self._numbers)}"

    # What is answered

    def greet(
        self, *, interruptible: bool = True, features: tuple[str, ...] | None = None
    ) -> protocol.Welcome | protocol.Unavailable:
        """Say hello; what comes back, after building if it has to be built."""
        self.say(protocol.Hello(interruptible=interruptible, features=features))
        patience = self.patience
        while True:
            reply = self.next(lambda _: True, "hello", patience).reply
            match reply:
                case protocol.Building():
                    patience = BUILDING
                case protocol.Welcome() | protocol.Unavailable():
                    return reply
                case _:
                    raise Broken(f"hello is answered by {_name(reply)!r}, not by 'welcome'")

    def started(self, script: int) -> protocol.Started:
        """The announcement of a command of the script, as soon as it comes."""
        heard = self.next(
            lambda reply: isinstance(reply, protocol.Started) and reply.id == script,
            "a command with limits, which is announced by 'started'",
        )
        assert isinstance(heard.reply, protocol.Started)
        return heard.reply

    def result(self, script: int, what: str = "a command") -> protocol.Result:
        """The next result of the script, as soon as it comes."""
        heard = self.next(lambda reply: isinstance(reply, protocol.Result) and reply.id == script, what)
        assert isinstance(heard.reply, protocol.Result)
        return heard.reply

    def results(self, script: int) -> list[protocol.Result]:
        """All results of the script that are still to come."""
        return [self.result(script) for _ in range(self._unanswered[script])]

    def run(self, *commands: protocol.Command) -> list[EngineOutcome]:
        """Say a script and wait for what comes of it."""
        return [result.outcome for result in self.results(self.submit(*commands))]

    def next(
        self, wanted: Callable[[protocol.Reply], bool], what: str, patience: float | None = None
    ) -> Heard:
        """Take the first message that is `wanted`, which answers `what`; others wait for who wants them."""
        until = time.monotonic() + (self.patience if patience is None else patience)
        looked = 0
        while True:
            for position in range(looked, len(self.heard)):
                if wanted(self.heard[position].reply):
                    return self._take(position)
            looked = len(self.heard)
            left = until - time.monotonic()
            if left < 0:
                raise Broken(f"no answer to {what} within {patience or self.patience:g} s")
            if not self._receive(left):
                raise Broken(f"it ended ({self._how()}) instead of answering {what}")

    def status(self) -> int | None:
        """Its exit status, once it ends by itself; None if it does not within the patience."""
        until = time.monotonic() + self.patience
        while (left := until - time.monotonic()) > 0 and self._receive(left):
            pass
        return self._child.wait(max(until - time.monotonic(), 0))

    # What checks have in common

    def instantiate(self, text: str) -> str:
        """Compile and instantiate a module in text; the instance's name, which is the module's too.

        Raises `NotOffered` if the adapter says that it cannot.
        """
        name = self.name()
        binary = assemble(text, file="check", first="in-process").binary
        self.must(protocol.Compile(name, binary), protocol.Instantiate(name, name))
        return name

    def must(self, *commands: protocol.Command) -> None:
        """Run commands that come to their end; raises `NotOffered` for what is unsupported."""
        for command, outcome in zip(commands, self.run(*commands), strict=True):
            offered(outcome)
            if not isinstance(outcome, Returned):
                raise Broken(f"{_tag(command)!r} is answered by {show(outcome)}")

    @property
    def idle(self) -> bool:
        """Whether it can be used further: it runs, and nothing is unanswered."""
        return not any(self._unanswered.values()) and not self._over and self._child.status is None

    @property
    def said(self) -> str:
        """The last of what it wrote to standard error."""
        return self._child.said

    def close(self) -> None:
        """Kill it, if it still runs."""
        self._child.close()

    def _take(self, position: int) -> Heard:
        heard = self.heard.pop(position)
        if isinstance(heard.reply, protocol.Result) and heard.reply.id in self._unanswered:
            self._unanswered[heard.reply.id] -= 1
        return heard

    def _receive(self, seconds: float) -> bool:
        """Hear what there is to hear; whether there may be more."""
        chunk = None if self._over else self._child.receive(seconds)
        received = time.monotonic_ns()
        if chunk is None:
            self._over = True
            return False
        *lines, self._partial = (self._partial + chunk).split(b"\n")
        for line in lines:
            self.heard.append(Heard(self._decode(line), line, received))
        if len(self._partial) > LONGEST_REPLY:
            raise Broken(f"a line on standard output of more than {LONGEST_REPLY} bytes")
        return True

    def _decode(self, line: bytes) -> protocol.Reply:
        try:
            return protocol.decode_reply.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            self._over = True
            text = line[:_SHOWN].decode(errors="backslashreplace")
            raise Broken(f"a line on standard output is no message: {text} ({error})") from None

    def _how(self) -> str:
        status = self._child.wait(1)
        last = self.said.splitlines()[-1:]
        how = "its output, not itself" if status is None else f"status {status}"
        return f"{how}: {last[0][:_SHOWN]}" if last else how


def offered(outcome: EngineOutcome) -> None:
    """Raise `NotOffered` if it is `unsupported`."""
    if isinstance(outcome, Unsupported):
        raise NotOffered(outcome.message or "unsupported")


def expect(outcome: EngineOutcome, kind: type[T], what: str) -> T:
    """The outcome, which must be of this kind; `what` it is of is told if it is not."""
    offered(outcome)
    if not isinstance(outcome, kind):
        raise Broken(f"{what}: expected {_word(kind)}, got {show(outcome)}")
    return outcome


def show(outcome: EngineOutcome) -> str:
    """An outcome in few words: what it is, and what it says."""
    word = _word(type(outcome))
    match outcome:
        case Returned(values):
            return " ".join([word, *(f"{value.type}:{value.bits}" for value in values)])
        case _:
            said = [str(getattr(outcome, field)) for field in outcome.__struct_fields__]
            return ": ".join([word, *(text[:_SHOWN] for text in said if text)])


def _word(kind: type) -> str:
    return str(kind.__struct_config__.tag) if issubclass(kind, msgspec.Struct) else kind.__name__


def _name(reply: protocol.Reply) -> str:
    return str(reply.__struct_config__.tag)


def _tag(command: protocol.Command) -> str:
    return str(command.__struct_config__.tag)
