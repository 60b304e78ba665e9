"""A scenario's program on a worker: compiled once, instantiated afresh for every call."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from harness.outcome import Failed, Hung, Returned
from harness.sandbox import protocol
from harness.scenarios.wrapper import CASE, HOST, RUN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.outcome import Outcome
    from harness.results import Reach
    from harness.sandbox.supervisor import Job, Report, Worker
    from harness.scenarios.catalogue import Scenario
    from harness.scenarios.program import Call


class Stage:
    """Where a scenario plays."""

    def __init__(self, worker: Worker, scenario: Scenario, reach: Reach = "host", *, patience: float) -> None:
        """`patience` is in seconds, for everything but the call itself."""
        self.worker = worker
        self.scenario = scenario
        self.program = scenario.program
        names = [f"{scenario.id}:{name or CASE}" for name, _ in self.program.modules]
        self.companions = {name: f"{scenario.id}:{name}" for name, _ in self.program.modules[:-1]}
        """The instances that the case imports from: module name -> name of the instance."""
        self.instance = names[-1]
        """Under what name the worker keeps the instance of the case."""
        self.module = names[-1]
        """Under what name the worker keeps the module of the case."""
        self._wrapper = self.program.wrappers.get(reach)
        self._reach = reach
        self._modules = names
        self._patience = patience
        self._host = (*self.program.host, *(self._wrapper.host if self._wrapper is not None else ()))

    def beside(self, number: int) -> Stage:
        """One more instance of the case's module beside this one, on the same worker and companions."""
        other = copy(self)
        other.companions = {}
        other.instance = f"{self.instance}:{number}"
        other._host = ()
        return other

    @property
    def entry(self) -> str:
        """The instance that is called: the case's, or that of the module around it."""
        return self.instance if self._wrapper is None else f"{self.instance}:{self._reach}"

    @property
    def missing(self) -> str | None:
        """What the program needs and the engine says it does not offer; None if there is nothing."""
        offered = self.worker.welcome.capabilities
        features = self.program.features - offered.features
        if features:
            return f"does not offer {', '.join(sorted(features))}"
        links = bool(self.companions) or self._wrapper is not None
        wanted = {name for name, used in (("host", bool(self._host)), ("instances", links)) if used}
        imports = wanted - offered.imports
        return f"does not offer imports: {', '.join(sorted(imports))}" if imports else None

    def compile(self) -> Outcome | None:
        """Compile everything; what came of the first command that failed, if one did."""
        modules = zip(self._modules, self.program.modules, strict=True)
        commands = [protocol.Compile(name, module.binary) for name, module in modules]
        if self._wrapper is not None:
            commands.append(protocol.Compile(self.entry, self._wrapper.binary))
        return self._failure(commands)

    def instantiate(self) -> Outcome | None:
        """Make all that the call needs to find; what came of the first command that failed, if one did."""
        # the last call's, if any
        commands: list[protocol.Command] = [protocol.Drop(instance=self.instance)]
        if self._wrapper is not None:
            commands.insert(0, protocol.Drop(instance=self.entry, registered=CASE))
        if self._host:
            commands.append(protocol.Host(HOST, self._host))
        for module, name in self.companions.items():
            commands += [protocol.Instantiate(name, name), protocol.Register(module, name)]
        if self.scenario.header.invoke is not None:
            commands.append(protocol.Instantiate(self.instance, self.module))
        if self._wrapper is not None:
            commands.append(protocol.Register(CASE, self.instance))
            commands.append(protocol.Instantiate(self.entry, self.entry))
        return self._failure(commands)

    def submit(self, limits: protocol.Limits, call: Call | None = None) -> Job:
        """Start the call: `call`, or as the header says; where there is none, the instantiation."""
        return self.worker.submit([self.command(limits, call)])

    def command(self, limits: protocol.Limits, call: Call | None = None) -> protocol.Command:
        """What `submit` sends."""
        export = self.scenario.header.invoke
        if export is None:
            return protocol.Instantiate(self.instance, self.module, limits)
        run = export if self._wrapper is None else RUN
        return protocol.Invoke(self.entry, run, (call or self.program.call).args, limits)

    def progress(self) -> Outcome | None:
        """What shows that the guest runs, as it stands; None if the fixture shows nothing."""
        export = self.scenario.header.progress
        if export is None:
            return None
        return dict(self.state())[export]

    def state(self) -> list[tuple[str, Outcome]]:
        """What can be read from outside, as it stands: exported globals, and memories as size and digest."""
        read = {"global": protocol.Get, "memory": protocol.ReadMemory}
        exports = self.program.state
        reports = self.run([read[kind](self.instance, name) for name, kind in exports])
        return [(name, report.outcome) for (name, _), report in zip(exports, reports, strict=True)]

    def answer(self, export: str, of: str | None = None) -> Outcome:
        """Call another export, of this instance or of a companion, without arguments; what comes of it."""
        instance = self.instance if of is None else self.companions[of]
        return self.run([protocol.Invoke(instance, export)])[0].outcome

    def forget(self) -> Outcome | None:
        """Let the memory of it go, as far as the worker still lives; what came of that if it went wrong.

        How the worker ended, if it did, `Worker.fault` tells.
        """
        names = {*self._modules, self.instance, self.entry}
        drops = [protocol.Drop(module=name, instance=name) for name in names]
        drops += [protocol.Drop(registered=name) for name in (*self.companions, CASE)]
        outcomes = (report.outcome for report in self.run(drops))
        return next((outcome for outcome in outcomes if isinstance(outcome, Hung | Failed)), None)

    def run(self, commands: Sequence[protocol.Command]) -> list[Report]:
        """Run commands that are no part of what is judged."""
        return list(self.worker.run(commands, patience=self._patience))

    def _failure(self, commands: Sequence[protocol.Command]) -> Outcome | None:
        outcomes = (report.outcome for report in self.run(commands))
        return next((outcome for outcome in outcomes if not isinstance(outcome, Returned)), None)
