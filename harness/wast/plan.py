"""A script -> what an engine is told, command by command, and what it is judged by.

Everything that can be decided before the engine runs is decided here: which module a name means, what it
needs, and whether the engine offers that. A command needs what its instance needs; an instance what is
written in its module, and what those instances need that it imports from. Where an engine does not offer all
of it the command is not applicable, counted by the youngest feature that is missing; and so is what comes
later on an instance that a module which is not applicable would have written into. That a module imports
something counts as a feature here, since there are engines that link nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from harness.assembler import AssemblyError, assemble
from harness.engine import Malformed, Unsupported
from harness.outcome import Number
from harness.sandbox import protocol
from harness.standard.binary import read
from harness.standard.features import ALL, FEATURES
from harness.wast import commands as script
from harness.wast import spectest
from harness.wast.judge import (
    Exhausts,
    Expectation,
    IsInvalid,
    IsMalformed,
    IsUnlinkable,
    Returns,
    Succeeds,
    Throws,
    Traps,
)
from harness.wast.reader import ScriptError
from harness.wast.suite import contradiction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.standard.syntax import Export

TEXT_FORMAT = "tests the text format"
THREADS = "runs scripts beside each other"
IMPORTS = "imports"
"""What a module needs that imports something."""

_AGES = {IMPORTS: -1} | {name: age for age, name in enumerate(FEATURES)}


class Step(NamedTuple):
    """One command of a script, for an engine."""

    line: int
    keyword: str
    """As the script writes it."""
    feature: str
    """The youngest it needs."""
    commands: tuple[protocol.Command, ...]
    """To be run in order; the first that does not return decides, or else the last."""
    expected: Expectation
    changes: bool
    """Whether it may leave something behind that later commands see."""


class Lost(NamedTuple):
    """A command that cannot be put to any engine."""

    line: int
    keyword: str
    expected: Expectation
    reason: str


class Reading(NamedTuple):
    """Something that can be read from outside when all commands have run."""

    line: int
    """Where the instance was made."""
    what: str
    """``global "g"``, ``memory "m"``."""
    command: protocol.Get | protocol.ReadMemory


class Plan(NamedTuple):
    """A script for an engine."""

    setup: tuple[protocol.Command, ...]
    """Brings `spectest`."""
    steps: tuple[Step, ...]
    lost: tuple[Lost, ...]
    not_applicable: dict[str, int]
    """Reason -> commands."""
    readings: tuple[Reading, ...]
    """Every exported global and memory of the script's instances, and of `spectest`."""
    teardown: tuple[protocol.Command, ...]
    """Makes the engine forget it all."""


class _Thing(NamedTuple):
    """A module or an instance, which the engine keeps under the name `id`."""

    id: str
    binary: bytes
    imports: frozenset[tuple[str, str]]
    """What it imports: names of module and export."""
    needs: frozenset[str]
    """The features it needs itself."""
    exports: tuple[Export, ...] = ()
    """What it exports."""
    unassembled: str | None = None
    """Why the binary is not here, or that of something it imports from."""
    providers: tuple[_Thing, ...] = ()
    """The instances of the script it imports from."""


def plan(name: str, commands: Iterable[script.Command], offered: frozenset[str], prefix: str = "") -> Plan:
    """Plan a script for an engine that offers these features, and perhaps `IMPORTS`.

    `name` is the script's, for errors; `prefix` starts every name the engine keeps things under, so that
    scripts can follow each other in one worker. Raises `harness.wast.reader.ScriptError`.
    """
    planner = _Planner(name, offered, prefix)
    for command in commands:
        planner.add(command)
    return planner.plan()


def youngest(features: Iterable[str]) -> str:
    """The feature that came last, in the order of `harness.standard.features`; ``mvp`` if there is none."""
    return max(features, key=_AGES.__getitem__, default="mvp")


class _Planner:
    def __init__(self, name: str, offered: frozenset[str], prefix: str) -> None:
        self.name = name
        self.offered = offered
        self.prefix = prefix
        self.steps: list[Step] = []
        self.lost: list[Lost] = []
        self.not_applicable: Counter[str] = Counter()
        self.ids: list[str] = []
        self.made: list[tuple[int, _Thing]] = []
        """The instances that have names, with the lines that make them."""
        # By the names the script gives them; None is the latest.
        self.modules: dict[str | None, _Thing] = {}
        self.instances: dict[str | None, _Thing] = {}
        self.registered: dict[str, _Thing] = {}
        self.marked: dict[str, frozenset[str]] = {}
        """Id of an instance -> the features missing to a module that would have written into it."""

    def plan(self) -> Plan:
        own = f"{self.prefix}{spectest.NAME}"
        binary = spectest.binary(self.offered)
        made = [(line, instance) for line, instance in self.made if self._needs(instance) <= self.offered]
        made.append((0, _Thing(own, binary, frozenset(), frozenset(), tuple(read(binary, ALL).exports))))
        setup = (
            protocol.Compile(own, binary),
            protocol.Instantiate(own, own),
            protocol.Register(spectest.NAME, own),
        )
        teardown = (
            *(protocol.Drop(registered=name) for name in (spectest.NAME, *self.registered)),
            *(protocol.Drop(module=id, instance=id) for id in (own, *self.ids)),
        )
        return Plan(
            setup=setup,
            steps=tuple(self.steps),
            lost=tuple(self.lost),
            not_applicable=dict(self.not_applicable),
            readings=tuple(reading for line, instance in made for reading in _readings(line, instance)),
            teardown=teardown,
        )

    def add(self, command: script.Command) -> None:
        outdated = contradiction(self.name, command.keyword, getattr(command, "message", None))
        if outdated is not None:
            self.not_applicable[outdated] += 1
            return
        match command:
            case script.Module():
                module = self._define(command.name, command.source)
                instance = self._instance(command, module)
                self._add(command, instance, (_compile(module), _instantiate(instance, module)), Succeeds())
                self._mark(instance)
            case script.ModuleDefinition():
                module = self._define(command.name, command.source)
                self._add(command, module, (_compile(module),), Succeeds())
            case script.ModuleInstance():
                module = _known(self.modules, command.module, command.line, "module")
                instance = self._instance(command, module)
                self._add(command, instance, (_instantiate(instance, module),), Succeeds())
                self._mark(instance)
            case script.Register():
                instance = _known(self.instances, command.instance, command.line, "instance")
                self.registered[command.name] = instance
                self._add(command, instance, (protocol.Register(command.name, instance.id),), Succeeds())
            case script.Perform():
                self._act(command, command.action, Succeeds())
            case script.AssertReturn():
                self._act(command, command.action, Returns(command.results))
            case script.AssertTrap(subject=script.Source() as source):
                self._link(command, source, Traps(command.message), changes=True)
            case script.AssertTrap(subject=script.Invoke() | script.Get() as action):
                self._act(command, action, Traps(command.message))
            case script.AssertExhaustion():
                self._act(command, command.action, Exhausts())
            case script.AssertException():
                self._act(command, command.action, Throws())
            case script.AssertUnlinkable():
                self._link(command, command.source, IsUnlinkable(command.message), changes=False)
            case script.AssertInvalid():
                module = self._module(command.source)
                self._add(command, module, (_compile(module),), IsInvalid(command.message), changes=False)
            case script.AssertMalformed(source=script.Source(form="binary")):
                module = self._module(command.source)
                self._add(command, module, (_compile(module),), IsMalformed(command.message), changes=False)
            case script.AssertMalformed() | script.AssertCustom():
                self.not_applicable[TEXT_FORMAT] += 1
            case script.Thread() | script.Wait():
                self.not_applicable[THREADS] += 1

    def _act(self, command: script.Command, action: script.Action, expected: Expectation) -> None:
        instance = _known(self.instances, action.instance, command.line, "instance")
        match action:
            case script.Invoke():
                args = tuple(map(Number.of, action.args))
                told: protocol.Command = protocol.Invoke(instance.id, action.export, args)
            case script.Get():
                told = protocol.Get(instance.id, action.export)
        self._add(command, instance, (told,), expected, changes=isinstance(action, script.Invoke))

    def _link(
        self, command: script.Command, source: script.Source, expected: Expectation, *, changes: bool
    ) -> None:
        """Compile and instantiate something that gets no name, and does not become the latest."""
        module = self._module(source)
        instance = self._linked(module)
        self._add(command, instance, (_compile(module), _instantiate(instance, module)), expected, changes)
        if changes:
            self._mark(instance)

    def _add(
        self,
        command: script.Command,
        about: _Thing,
        told: tuple[protocol.Command, ...],
        expected: Expectation,
        changes: bool = True,
    ) -> None:
        line, keyword, needs = command.line, command.keyword, self._needs(about)
        missing = needs - self.offered
        if about.unassembled is not None:
            self.lost.append(Lost(line, keyword, expected, about.unassembled))
        elif missing:
            self.not_applicable[f"{youngest(missing)}: not offered"] += 1
        else:
            feature = youngest(needs - {IMPORTS})
            self.steps.append(Step(line, keyword, feature, told, expected, changes))

    def _define(self, name: str | None, source: script.Source) -> _Thing:
        module = self._module(source)
        self.modules[None] = self.modules[name] = module
        return module

    def _instance(self, command: script.Module | script.ModuleInstance, module: _Thing) -> _Thing:
        instance = self._linked(module)
        self.instances[None] = self.instances[command.name] = instance
        self.made.append((command.line, instance))
        return instance

    def _module(self, source: script.Source) -> _Thing:
        try:
            binary = self._binary(source)
        except AssemblyError as error:
            return _Thing(
                self._id(), b"", frozenset(), frozenset(), unassembled=f"cannot be assembled: {error}"
            )
        return _examine(self._id(), binary)

    def _binary(self, source: script.Source) -> bytes:
        if source.form == "binary":
            return source.content
        return assemble(source.content, file=self.name, line=source.line, first="in-process").binary

    def _linked(self, module: _Thing) -> _Thing:
        """An instance of a module, with what is registered now."""
        needs, unassembled = module.needs, module.unassembled
        providers: dict[str, _Thing] = {}
        for name, export in module.imports:
            if name in self.registered:
                providers[name] = self.registered[name]
                unassembled = unassembled or self.registered[name].unassembled
            elif name == spectest.NAME:
                needs |= spectest.NEEDS.get(export, frozenset())
        if module.imports:
            needs |= {IMPORTS}
        return module._replace(
            id=self._id(), needs=needs, unassembled=unassembled, providers=tuple(providers.values())
        )

    def _needs(self, thing: _Thing) -> frozenset[str]:
        """All that is needed for a thing to be as the script has it."""
        needs = thing.needs | self.marked.get(thing.id, frozenset())
        return needs.union(*map(self._needs, thing.providers))

    def _mark(self, instance: _Thing) -> None:
        """What is not going to run cannot write into the instances it imports from, as the script expects."""
        missing = self._needs(instance) - self.offered
        if missing:
            for provider in instance.providers:
                self.marked[provider.id] = self.marked.get(provider.id, frozenset()) | missing

    def _id(self) -> str:
        self.ids.append(f"{self.prefix}{len(self.ids)}")
        return self.ids[-1]


def _known(things: dict[str | None, _Thing], name: str | None, line: int, what: str) -> _Thing:
    if name not in things:
        raise ScriptError(line, f"there is no {what} {name or 'yet'}")
    return things[name]


def _compile(module: _Thing) -> protocol.Compile:
    return protocol.Compile(module.id, module.binary)


def _instantiate(instance: _Thing, module: _Thing) -> protocol.Instantiate:
    return protocol.Instantiate(instance.id, module.id)


def _readings(line: int, instance: _Thing) -> Iterator[Reading]:
    for export in instance.exports:
        what = f'{export.kind} "{export.name}"'
        if export.kind == "global":
            yield Reading(line, what, protocol.Get(instance.id, export.name))
        elif export.kind == "memory":
            yield Reading(line, what, protocol.ReadMemory(instance.id, export.name))


def _examine(id: str, binary: bytes) -> _Thing:
    """A module: what it imports and exports, and the features it needs.

    Those that the reader notes, and those without which it would find fault, or another fault.
    """
    imports: frozenset[tuple[str, str]] = frozenset()
    exports: tuple[Export, ...] = ()
    needs: frozenset[str] = frozenset()
    try:
        module = read(binary, ALL)
    except (Malformed, Unsupported) as error:
        fault = str(error)
    else:
        fault, needs = "", frozenset(module.features)
        imports = frozenset((entry.module, entry.name) for entry in module.imports)
        exports = tuple(module.exports)
    if fault or _fault(binary, needs):
        needs = needs.union(name for name in ALL if _fault(binary, ALL - {name}) != fault)
    return _Thing(id, binary, imports, needs, exports)


def _fault(binary: bytes, features: frozenset[str]) -> str:
    try:
        read(binary, features)
    except (Malformed, Unsupported) as fault:
        return str(fault)
    return ""
