"""The two engines, built once for all tests, or one clear line that says what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from engines.chicory import JAVA, MAVEN
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


class Chicory(NamedTuple):
    """A worker, and short ways to use it."""

    worker: Worker

    def run(self, *commands: protocol.Command) -> list[Outcome]:
        return [report.outcome for report in self.worker.run(commands, patience=PATIENCE)]

    def make(self, text: str, name: str = "i") -> Outcome:
        """Compile and instantiate a text; what came of the first that failed, or of the last."""
        binary = assemble(text, file="test", first="in-process").binary
        compiled, made = self.run(protocol.Compile(name, binary), protocol.Instantiate(name, name))
        return made if isinstance(compiled, Returned) else compiled

    def submit(self, export: str, limits: protocol.Limits) -> Job:
        return self.worker.submit([protocol.Invoke("i", export, limits=limits)])


@pytest.fixture(scope="session", params=["chicory-compiler", "chicory-interpreter"])
def name(request: pytest.FixtureRequest) -> str:
    try:
        MAVEN.find()
        JAVA.find()
    except Unavailable as missing:
        pytest.skip(str(missing))
    return str(request.param)


@pytest.fixture
def off(name: str) -> Iterator[Chicory]:
    """With cancellation off."""
    with Worker(Choice(name)) as worker:
        yield Chicory(worker)


@pytest.fixture
def chicory(name: str) -> Iterator[Chicory]:
    with Worker(Choice(name, interruptible=True)) as worker:
        yield Chicory(worker)
