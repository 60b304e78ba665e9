"""Node with cancellation on and off, or one clear line that says what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from engines.node import NODE
from harness.assembler import assemble
from harness.engine import Unavailable
from harness.outcome import Returned
from harness.registry import Choice
from harness.sandbox import protocol
from harness.sandbox.supervisor import Job, Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.outcome import Outcome

PATIENCE = 30


class Node(NamedTuple):
    """A worker, and short ways to use it."""

    worker: Worker

    def run(self, *commands: protocol.Command) -> list[Outcome]:
        return [report.outcome for report in self.worker.run(commands, patience=PATIENCE)]

    def make(self, text: str, name: str = "i", limits: protocol.Limits | None = None) -> Outcome:
        """Compile and instantiate a text; what came of the first that failed, or of the last."""
        binary = assemble(text, file="test", first="in-process").binary
        compiled, made = self.run(protocol.Compile(name, binary), protocol.Instantiate(name, name, limits))
        return made if isinstance(compiled, Returned) else compiled

    def submit(self, export: str, limits: protocol.Limits, name: str = "i") -> Job:
        return self.worker.submit([protocol.Invoke(name, export, limits=limits)])


@pytest.fixture(scope="session")
def installed() -> str:
    try:
        return NODE.find()
    except Unavailable as missing:
        pytest.skip(str(missing))


@pytest.fixture
def off(installed: str) -> Iterator[Node]:
    """With cancellation off."""
    with Worker(Choice("node")) as worker:
        yield Node(worker)


@pytest.fixture
def node(installed: str) -> Iterator[Node]:
    with Worker(Choice("node", interruptible=True)) as worker:
        yield Node(worker)
