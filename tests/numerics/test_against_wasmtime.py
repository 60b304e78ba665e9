"""Every instruction on numbers against an implementation that shares nothing with ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.wasm.numerics import FROM_BITS, NUMERICS, TO_BITS, WITH_IMMEDIATES
from engines.wasmtime import Epoch
from harness.context import background
from harness.engine import Trap, TrapKind, Value
from harness.generate.expressions import instructions
from harness.generate.modules import calculation
from harness.generate.nans import agree
from harness.generate.values import BITS, values
from harness.standard.binary.writer import write
from harness.standard.instructions import INSTRUCTIONS

if TYPE_CHECKING:
    from harness.engine import Instance
    from harness.standard.syntax import Instr

ROWS = [*NUMERICS, *WITH_IMMEDIATES]

STRICT = {
    "i8x16.relaxed_swizzle": "i8x16.swizzle",
    "i16x8.relaxed_q15mulr_s": "i16x8.q15mulr_sat_s",
    **{f"i32x4.relaxed_trunc_f32x4_{sign}": f"i32x4.trunc_sat_f32x4_{sign}" for sign in "su"},
    **{f"i32x4.relaxed_trunc_f64x2_{sign}_zero": f"i32x4.trunc_sat_f64x2_{sign}_zero" for sign in "su"},
    **{f"{shape}.relaxed_laneselect": "v128.bitselect" for shape in ("i8x16", "i16x8", "i32x4", "i64x2")},
    **{
        f"{shape}.relaxed_{name}": f"{shape}.{name}"
        for shape in ("f32x4", "f64x2")
        for name in ("min", "max")
    },
}
"""Relaxed instructions, and what we say that they do; the others are in `test_relaxed`."""

OTHERS = {name for name in ROWS if "madd" in name or "relaxed_dot" in name}

FEW = settings(max_examples=max(settings().max_examples // 5, 1))
"""There are many instructions; each gets a part of what the profile allows."""


class Wasmtimes:
    """Instances that apply one instruction."""

    def __init__(self) -> None:
        self.engine = Epoch()
        self.instances: dict[Instr, Instance] = {}

    def apply(self, instruction: Instr, args: list[Value]) -> list[Value] | TrapKind:
        """The results."""
        if instruction not in self.instances:
            module = self.engine.compile(write(calculation(instruction)))
            self.instances[instruction] = self.engine.instantiate(module, {}, background())
        try:
            return list(self.instances[instruction].invoke("run", args, background()))
        except Trap as trap:
            return trap.kind


@pytest.fixture(scope="module")
def wasmtimes() -> Wasmtimes:
    return Wasmtimes()


def calculate(instruction: Instr, args: list[Value]) -> list[Value] | TrapKind:
    row, *immediates = instruction
    function: Any = WITH_IMMEDIATES[row.name](*immediates) if immediates else NUMERICS[row.name]
    try:
        result = function(*[FROM_BITS[arg.type](arg.bits or 0) for arg in args])
    except Trap as trap:
        return trap.kind
    results = result if isinstance(result, tuple) else (result,)
    return [Value(type_, TO_BITS[type_](one)) for type_, one in zip(row.results, results, strict=True)]


@pytest.mark.parametrize("name", [name for name in ROWS if name not in OTHERS])
@FEW
@given(data=st.data())
def test_instruction(wasmtimes: Wasmtimes, name: str, data: st.DataObject) -> None:
    row = INSTRUCTIONS[name]
    instruction = data.draw(instructions(row))
    args = [Value(str(type_), data.draw(values(str(type_)))) for type_ in row.params or ()]
    got = calculate(instruction, args)
    expected = wasmtimes.apply((INSTRUCTIONS[STRICT[name]],) if name in STRICT else instruction, args)
    if isinstance(got, TrapKind) or isinstance(expected, TrapKind):
        assert got == expected
    else:
        assert agree(row, got, expected), f"{got} is not {expected}"


def test_every_numeric_instruction_is_there() -> None:
    numeric = {
        row.name
        for row in INSTRUCTIONS.values()
        if row.params and row.results and {*row.params, *row.results} <= BITS.keys()
    }
    assert numeric == {*ROWS}
    assert {name for name in ROWS if INSTRUCTIONS[name].feature == "relaxed-simd"} == {*STRICT, *OTHERS}
