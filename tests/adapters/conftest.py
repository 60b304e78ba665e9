"""Every engine that is registered, as far as it works here; for one more, its entry point is all it takes.

What an engine says that it does not offer ends a test as skipped, with its own words.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import registry
from harness.assembler import assemble
from harness.engine import Capabilities, Unavailable
from harness.outcome import Returned, Unsupported
from harness.registry import Choice
from harness.sandbox.protocol import Compile, Drop, Instantiate, Invoke, Limits, Register
from harness.sandbox.supervisor import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.outcome import Number, Outcome
    from harness.sandbox.protocol import Command
    from harness.sandbox.supervisor import Job

HERE = Path(__file__).parent
PATIENCE = 60.0
KNOWN = {
    "node": {
        "test_traps[{}-nan]": "V8 has one word for numbers that are too large and those that are none",
        "test_traps[{}-signature]": "V8 has one word for no function and one of another type",
    },
    "mini-racer": {
        "test_traps[{}-nan]": "V8 has one word for numbers that are too large and those that are none",
        "test_traps[{}-signature]": "V8 has one word for no function and one of another type",
    },
    "wasmi": {"test_traps[{}-undefined]": "one code for two traps"},
    "wazero": {
        "test_traps[{}-undefined]": "one word for three traps",
        "test_traps_of_features[{}-table]": "one word for three traps",
        "test_traps_of_features[{}-null-function]": "one word for all null references",
        "test_traps_of_features[{}-null-exception]": "one word for all null references",
    },
    "chicory": {
        "test_traps_of_features[{}-null-exception]": "a NullPointerException instead of a trap",
        "test_references_keep_their_identity[{}]": "it does not tell what a reference refers to",
    },
    "chicory-compiler": {
        "test_arguments_and_results[{}-extern:4294967295]": "a reference is an int, and that one is null",
        "test_arguments_and_results[{}-i31:2147483647]": "it does not tell what a reference refers to",
    },
    "pywasm": {
        "test_malformed[{}-section]": "it passes over sections that it does not know",
        "test_invalid[{}-result]": "it does not validate",
        "test_invalid[{}-function]": "it does not validate",
        "test_invalid[{}-memory]": "it does not validate",
        "test_functions_of_the_host_have_types[{}]": "it does not compare types of functions of the host",
        "test_arguments_that_do_not_fit[{}-0]": "it does not count arguments",
        "test_arguments_that_do_not_fit[{}-2]": "it does not count arguments",
    },
}
"""What engines are known to do otherwise: the beginning of their names -> test -> why."""
ENDLESS = {
    "mini-racer": {"test_a_shared_memory_ties_nobody[{}]": "instances that share a memory share an isolate"},
    "wazero": {"test_closing_the_callee_ends_the_caller[{}]": "nothing asks whether the callee was closed"},
}
"""The same, where it is known not to end."""
_numbers = itertools.count()


class Adapter:
    """An engine in its worker, which the tests of a process share, each with names of its own."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.capabilities: Capabilities = worker.welcome.capabilities
        self._names: list[str] = []
        self._jobs: list[Job] = []

    def needs(self, *features: str) -> None:
        """Skip the test if one of them is not offered."""
        if missing := sorted(set(features) - self.capabilities.features):
            pytest.skip(f"{self.worker.welcome.engine} does not offer {', '.join(missing)}")

    def covers(self, what: str) -> None:
        """Skip the test where contexts do not reach so far."""
        if what not in self.capabilities.covers:
            pytest.skip(f"{self.worker.welcome.engine} does not say that its contexts cover {what}")

    def run(self, *commands: Command) -> list[Outcome]:
        outcomes = [report.outcome for report in self.submit(*commands).reports(patience=PATIENCE)]
        for outcome in outcomes:
            if isinstance(outcome, Unsupported):
                # only who declares that something cannot be imported has anything to refuse
                assert self.capabilities.imports != Capabilities().imports, outcome.message
                pytest.skip(f"{self.worker.welcome.engine}: {outcome.message}")
        return outcomes

    def instantiate(self, text: str, limits: Limits | None = None) -> tuple[str, Outcome]:
        """Compile and instantiate; the name of both, and what came of the first that failed, or of both."""
        name = self.name()
        binary = assemble(text, file="test", first="in-process").binary
        compiled, made = self.run(Compile(name, binary), Instantiate(name, name, limits))
        return name, made if isinstance(compiled, Returned) else compiled

    def make(self, text: str, register: str = "") -> str:
        """The name of an instance, which can then be imported from `register`."""
        name, outcome = self.instantiate(text)
        assert outcome == Returned()
        if register:
            assert self.run(Register(register, name)) == [Returned()]
        return name

    def call(self, instance: str, export: str, *args: Number, limits: Limits | None = None) -> Outcome:
        (outcome,) = self.run(Invoke(instance, export, args, limits))
        return outcome

    def submit(self, *commands: Command) -> Job:
        self._jobs.append(self.worker.submit(commands))
        return self._jobs[-1]

    def start(self, instance: str, export: str, timeout: int | None = None) -> Job:
        """A call that has begun."""
        job = self.submit(Invoke(instance, export, limits=Limits(timeout=timeout)))
        assert job.started(0, PATIENCE) is not None
        return job

    def name(self) -> str:
        """One that nothing has yet: a module, an instance, and what it is registered under."""
        self._names.append(f"n{next(_numbers)}")
        return self._names[-1]

    def leave(self) -> None:
        """Leave nothing to the next test; where something runs on, not even the worker."""
        if all(job.complete for job in self._jobs):
            self.run(*(Drop(name, name, name) for name in self._names))
        else:
            self.worker.kill()


class Workers:
    """Of one engine: with cancellation on and off, each started when it is needed first, or again."""

    def __init__(self, engine: str) -> None:
        self._engine = engine
        self._workers: dict[bool, Worker] = {}

    def get(self, *, interruptible: bool) -> Worker:
        worker = self._workers.get(interruptible)
        if worker is None or not worker.alive:
            worker = Worker(Choice(self._engine, interruptible=interruptible))
            self._workers[interruptible] = worker
        return worker

    def adapter(self, *, interruptible: bool) -> Iterator[Adapter]:
        adapter = Adapter(self.get(interruptible=interruptible))
        yield adapter
        adapter.leave()

    def close(self) -> None:
        for worker in self._workers.values():
            worker.close()


@pytest.fixture(scope="session", params=registry.names())
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def workers(engine: str) -> Iterator[Workers]:
    workers = Workers(engine)
    try:
        workers.get(interruptible=True)
    except Unavailable as missing:
        pytest.skip(f"{engine}: {missing}")
    yield workers
    workers.close()


@pytest.fixture
def adapter(workers: Workers) -> Iterator[Adapter]:
    """With cancellation on."""
    yield from workers.adapter(interruptible=True)


@pytest.fixture
def off(workers: Workers) -> Iterator[Adapter]:
    """With cancellation off."""
    yield from workers.adapter(interruptible=False)


@pytest.fixture
def stoppable(adapter: Adapter) -> Adapter:
    """With cancellation on, and able to stop a call."""
    if adapter.capabilities.interrupts == "none":
        pytest.skip(f"{adapter.worker.welcome.engine} says that it stops nothing")
    return adapter


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect what is known: strictly, where it can be tried. And building an engine takes its time."""
    for item in items:
        if "workers" in getattr(item, "fixturenames", ()) and item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.timeout(method="thread", func_only=True), append=False)
    for known, run in ((KNOWN, True), (ENDLESS, False)):
        for item in items:
            engine = item.callspec.params.get("engine", "") if hasattr(item, "callspec") else ""
            for beginning, tests in known.items():
                reasons = {name.format(engine): reason for name, reason in tests.items()}
                if engine.startswith(beginning) and item.name in reasons:
                    item.add_marker(pytest.mark.xfail(reason=reasons[item.name], strict=True, run=run))
