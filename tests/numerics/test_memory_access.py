"""What is between memory and a value: vector loads, lanes, and atomic modification."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.wasm.numerics import LANE_LOADS, LANE_STORES, LOADS, MODIFICATIONS
from harness.generate import values
from harness.standard.instructions import INSTRUCTIONS


def test_every_instruction_is_there() -> None:
    vector_loads = {
        row.name
        for row in INSTRUCTIONS.values()
        if row.name.startswith("v128.load") and "_lane" not in row.name
    }
    assert vector_loads == LOADS.keys()
    lanes = {row.name for row in INSTRUCTIONS.values() if row.name.endswith("_lane") and row.width}
    assert lanes == LANE_LOADS.keys() | LANE_STORES.keys()
    assert {row.name for row in INSTRUCTIONS.values() if ".rmw" in row.name} == MODIFICATIONS.keys()


@pytest.mark.parametrize("name", list(LOADS))
@given(data=st.data())
def test_load(name: str, data: st.DataObject) -> None:
    width = INSTRUCTIONS[name].width
    loaded = data.draw(st.binary(min_size=width, max_size=width))
    vector = LOADS[name](int.from_bytes(loaded, "little")).to_bytes(16, "little")
    kind = name.removeprefix("v128.load")
    if kind.endswith("_splat"):
        assert vector == loaded * (16 // width)
    elif "x" in kind:
        size = int(kind.partition("x")[0]) // 8
        lanes = [loaded[start : start + size] for start in range(0, 8, size)]
        wide = [
            int.from_bytes(lane, "little", signed=kind.endswith("_s")).to_bytes(
                2 * size, "little", signed=kind.endswith("_s")
            )
            for lane in lanes
        ]
        assert vector == b"".join(wide)
    else:
        assert vector == loaded.ljust(16, b"\0")


@pytest.mark.parametrize("n", [8, 16, 32, 64])
@given(vector=values.vectors(), data=st.data())
def test_lanes(n: int, vector: int, data: st.DataObject) -> None:
    lane, loaded = data.draw(st.integers(0, 128 // n - 1)), data.draw(values.integers(n))
    before = vector.to_bytes(16, "little")
    start, end = lane * n // 8, (lane + 1) * n // 8
    after = LANE_LOADS[f"v128.load{n}_lane"](lane)(loaded, vector).to_bytes(16, "little")
    assert after == before[:start] + loaded.to_bytes(n // 8, "little") + before[end:]
    stored = LANE_STORES[f"v128.store{n}_lane"](lane)(vector)
    assert stored.to_bytes(n // 8, "little") == before[start:end]


@pytest.mark.parametrize("name", list(MODIFICATIONS))
@given(data=st.data())
def test_modification(name: str, data: st.DataObject) -> None:
    row = INSTRUCTIONS[name]
    type_, n = name[:3], 8 * row.width
    old = data.draw(values.integers(n))
    operand = data.draw(values.values(type_))
    oracle = {
        "add": old + operand,
        "sub": old - operand,
        "and": old & operand,
        "or": old | operand,
        "xor": old ^ operand,
        "xchg": operand,
    }
    kind = name.rpartition(".")[2].removesuffix("_u")
    if kind == "cmpxchg":
        above = data.draw(values.values(type_)) >> n << n
        assert MODIFICATIONS[name](old, old | above, operand) == operand % 2**n
        assert MODIFICATIONS[name](old, old ^ 1, operand) == old
    else:
        assert MODIFICATIONS[name](old, operand) == oracle[kind] % 2**n
