"""Modules of any size: valid, of the size that was asked for, and doing work that cannot be left out."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from engines.interp import Interp
from engines.wasmtime import Epoch
from harness.context import background, with_timeout
from harness.engine import Interrupted, Value
from harness.measure import workloads

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.engine import Engine

SHAPES: dict[str, Callable[[int], bytes]] = {
    "straight": workloads.straight,
    "bulk": workloads.bulk,
    "functions": workloads.functions,
}
SIZES = [1, 3, 100]


def run(engine: Engine, module: bytes, rounds: int) -> Value:
    instance = engine.instantiate(engine.compile(module), {}, background())
    (answer,) = instance.invoke("run", [Value("i64", rounds)], background())
    return answer


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", SIZES)
def test_engines_agree_and_every_round_counts(shape: str, size: int) -> None:
    module = SHAPES[shape](size)
    answers = [run(Interp(), module, rounds) for rounds in (1, 2, 3)]
    assert [run(Epoch(), module, rounds) for rounds in (1, 2, 3)] == answers
    assert len(set(answers)) == 3


@pytest.mark.parametrize("shape", SHAPES)
def test_no_round_is_for_ever(shape: str) -> None:
    engine = Interp(interruptible=True)
    instance = engine.instantiate(engine.compile(SHAPES[shape](10)), {}, background())
    with pytest.raises(Interrupted):
        instance.invoke("run", [Value("i64", 0)], with_timeout(background(), 0.05))


def test_modules_grow() -> None:
    for shape in ("straight", "functions"):
        sizes = [len(SHAPES[shape](size)) for size in SIZES]
        assert all(small < large for small, large in pairwise(sizes))


def test_a_seed_makes_another_module_of_the_same_size() -> None:
    for shape in (workloads.straight, workloads.functions):
        one, other = (shape(10, seed) for seed in (1, 2))
        assert one != other
        assert len(one) == len(other)
        assert run(Interp(), one, 1) != run(Interp(), other, 1)
        assert one == shape(10, 1)
