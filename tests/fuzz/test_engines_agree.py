"""The engines against each other: whatever the standard says, they say the same."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.compiler import Compiler
from engines.interp import Interp
from harness.context import background
from harness.engine import Trap, TrapKind, Value
from harness.generate.expressions import Scope, generated, instructions
from harness.generate.modules import calculation, terminating
from harness.generate.nans import agree
from harness.generate.values import BITS, extremes, values
from harness.standard.binary.writer import write
from harness.standard.instructions import ADDRESS, INSTRUCTIONS, Instruction
from harness.standard.syntax import Export, MemArg
from harness.standard.types import NUMBER_TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.engine import Engine, Instance
    from harness.standard.syntax import Instr, Module

FEATURES = Interp.capabilities.features & Compiler.capabilities.features
FEW = settings(max_examples=max(settings().max_examples // 10, 1))
ROWS = [
    row
    for row in INSTRUCTIONS.values()
    if generated(row, Scope(FEATURES, memories=("i32",)))
    and row.params
    and {*row.params, *(row.results or ())} <= {*BITS, ADDRESS}
]
"""All that calculate, load and store."""

PLAIN = [row for row in ROWS if {*(row.params or ())} <= {*NUMBER_TYPES} and len(row.params or ()) <= 2]
"""Those on numbers alone, and not too many."""


class Seen(NamedTuple):
    """What a call did."""

    outcome: tuple[Value, ...] | TrapKind
    memories: tuple[bytes, ...]
    globals: tuple[Value, ...]


class Pair:
    """Both engines; instances that apply one instruction are kept."""

    def __init__(self) -> None:
        self.engines: list[Engine] = [Interp(), Compiler()]
        self.appliers: dict[Instr, list[Instance]] = {}

    def instances(self, module: Module) -> list[Instance]:
        """One of each."""
        binary = write(module)
        return [engine.instantiate(engine.compile(binary), {}, background()) for engine in self.engines]

    def apply(self, instruction: Instr, args: Sequence[Value], data: bytes) -> list[Seen]:
        """What each makes of one instruction, `data` being in the memory."""
        if instruction not in self.appliers:
            self.appliers[instruction] = self.instances(calculation(instruction))
        instances = self.appliers[instruction]
        for instance in instances:
            instance.memory("memory").write(0, data)
        return [look(instance, args, len(data), [Export("memory", "memory", 0)]) for instance in instances]


def look(instance: Instance, args: Sequence[Value], length: int, exports: Sequence[Export]) -> Seen:
    """Call "run", and see what came of it."""
    outcome: tuple[Value, ...] | TrapKind
    try:
        outcome = tuple(instance.invoke("run", args, background()))
    except Trap as trap:
        outcome = trap.kind
    memories = [instance.memory(export.name).read(0, length) for export in exports if export.kind == "memory"]
    globals_ = [instance.get(export.name) for export in exports if export.kind == "global"]
    return Seen(outcome, tuple(memories), tuple(globals_))


@pytest.fixture(scope="module")
def pair() -> Pair:
    return Pair()


def check(pair: Pair, instruction: Instr, args: Sequence[Value], data: bytes = b"") -> None:
    left, right = pair.apply(instruction, args, data)
    assert left.memories == right.memories
    if isinstance(left.outcome, TrapKind) or isinstance(right.outcome, TrapKind):
        assert left.outcome == right.outcome
    else:
        row = instruction[0]
        assert agree(row, left.outcome, right.outcome), f"{left.outcome} is not {right.outcome} for {args}"


def simpler(instruction: Instr) -> Instr:
    """With one of two memory arguments, so that not every example has to be compiled."""
    row, *immediates = instruction
    if row.width:
        immediates[0] = MemArg(row.width.bit_length() - 1, immediates[0].offset & 8)
    return (row, *immediates)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@FEW
@given(data=st.data())
def test_instruction(pair: Pair, row: Instruction, data: st.DataObject) -> None:
    instruction = simpler(data.draw(instructions(row)))
    assert row.params is not None
    types = ["i32" if type_ == ADDRESS else str(type_) for type_ in row.params]
    args = [Value(type_, data.draw(values(type_))) for type_ in types]
    if row.params[0] == ADDRESS and data.draw(st.integers(0, 7)):
        args[0] = Value("i32", data.draw(st.integers(0, 127)))
    check(pair, instruction, args, data.draw(st.binary(min_size=256, max_size=256)))


@pytest.mark.parametrize("row", PLAIN, ids=lambda row: row.name)
def test_extremes(pair: Pair, row: Instruction) -> None:
    types = [str(type_) for type_ in row.params or ()]
    for operands in itertools.product(*map(extremes, types)):
        check(pair, (row,), [Value(type_, bits) for type_, bits in zip(types, operands, strict=True)])


@given(terminating(FEATURES))
def test_modules(pair: Pair, module: Module) -> None:
    left, right = [look(instance, (), 65536, module.exports) for instance in pair.instances(module)]
    assert left.outcome == right.outcome
    assert left.globals == right.globals
    assert left.memories == right.memories
