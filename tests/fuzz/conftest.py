"""Engines under mutants, each in a process of its own: what a mutant does to it is a finding, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.outcome import Crashed, Failed, Garbled, Hung, NotRun, Number, Returned
from harness.registry import Choice
from harness.sandbox import protocol
from harness.sandbox.supervisor import Worker
from harness.standard.types import NUMBER_TYPES, V128, FuncIndex, FuncType
from harness.wast import spectest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.outcome import Outcome
    from harness.standard.syntax import Module

ENGINES = ("interp", "compiler")
PATIENCE = 60.0
"""Seconds a command may take."""
LIMITS = protocol.Limits(timeout=50_000_000)
CALLS = 4
"""Exports of a mutant that are called."""


class Subjects:
    """The engines; one that died is replaced before the next mutant."""

    def __init__(self) -> None:
        self._workers: dict[str, Worker] = {}

    def compile(self, binary: bytes, *, valid: bool) -> None:
        """Compile on each engine.

        Raises AssertionError if one does not find it valid or not as it should, breaks, hangs or dies.
        """
        for name in ENGINES:
            outcome = self._do(name, binary, protocol.Compile("mutant", binary))
            assert isinstance(outcome, Returned) == valid, f"{name}: {outcome} for the mutant {binary.hex()}"

    def run(self, binary: bytes, module: Module | None) -> None:
        """The same, and what is valid, given as `module`, is instantiated and called, on each engine."""
        self.compile(binary, valid=module is not None)
        if module is None:
            return
        for name in ENGINES:
            offered = self._worker(name).welcome.capabilities.features
            self._do(name, binary, protocol.Compile("spectest", spectest.binary(offered)))
            self._do(name, binary, protocol.Instantiate("spectest", "spectest"))
            self._do(name, binary, protocol.Register(spectest.NAME, "spectest"))
            linked = self._do(name, binary, protocol.Instantiate("mutant", "mutant", LIMITS))
            if isinstance(linked, Returned):
                for export, args in calls(module):
                    self._do(name, binary, protocol.Invoke("mutant", export, args, LIMITS))
            self._do(name, binary, protocol.Drop("mutant", "mutant", spectest.NAME))

    def close(self) -> None:
        """End them."""
        for worker in self._workers.values():
            worker.close()

    def _worker(self, name: str) -> Worker:
        if name not in self._workers or not self._workers[name].alive:
            self._workers[name] = Worker(Choice(name, interruptible=True))
        return self._workers[name]

    def _do(self, name: str, binary: bytes, command: protocol.Command) -> Outcome:
        (report,) = self._worker(name).run([command], patience=PATIENCE)
        broken = isinstance(report.outcome, Failed | Hung | Crashed | Garbled | NotRun)
        assert not broken, f"{name}: {report.outcome} for the mutant {binary.hex()}"
        return report.outcome


def calls(module: Module) -> Iterator[tuple[str, tuple[Number, ...]]]:
    """The first exported functions that take nothing but numbers, each with zeros."""
    types = [sub.comp for group in module.types for sub in group]
    funcs = [entry.type.type for entry in module.imports if isinstance(entry.type, FuncIndex)]
    funcs += [func.type for func in module.funcs]
    for export in [entry for entry in module.exports if entry.kind == "func"][:CALLS]:
        type_ = types[funcs[export.index]]
        assert isinstance(type_, FuncType)
        if {*type_.params} <= {*NUMBER_TYPES, V128}:
            yield export.name, tuple(Number(str(param), "0") for param in type_.params)


@pytest.fixture(scope="module")
def subjects() -> Iterator[Subjects]:
    subjects = Subjects()
    yield subjects
    subjects.close()
