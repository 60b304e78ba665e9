"""Engines in both tiers, modules from text, and values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engines.compiler import Compiler
from engines.compiler import heap as heaps
from engines.compiler.heap import heap
from harness.assembler import assemble
from harness.context import Context, background
from harness.engine import Imports, Instance, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.compiler.execution import Stack
    from engines.compiler.native.llvm import Level


@pytest.fixture(autouse=True)
def cache_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is tested is compiled here and now; the runtime, which all tests share, only once."""
    monkeypatch.setenv("STOPWAT_CACHE", "off")


@pytest.fixture(params=[False, True], ids=["off", "on"])
def interruptible(request: pytest.FixtureRequest) -> bool:
    """Cancellation off and on; a test of one of them overrides this."""
    chosen: bool = request.param
    return chosen


@pytest.fixture(params=["cheap", "optimised"])
def level(request: pytest.FixtureRequest) -> Level:
    """The tiers; a test of one of them overrides this."""
    chosen: Level = request.param
    return chosen


@pytest.fixture
def engine(interruptible: bool, level: Level) -> Compiler:
    """A compiler."""
    return Compiler(interruptible=interruptible, level=level)


@pytest.fixture
def instantiate(engine: Compiler) -> Callable[..., Instance]:
    """Assemble, compile and instantiate a module."""

    def instantiate(wat: str, imports: Imports | None = None, context: Context | None = None) -> Instance:
        module = engine.compile(assemble(wat, first="in-process").binary)
        return engine.instantiate(module, imports or {}, context or background())

    return instantiate


@pytest.fixture
def run() -> Callable[..., list[int | None]]:
    """Call an export under the background, with ints for i32 or whole values; the bits of the results."""

    def run(instance: Instance, name: str, *args: int | Value) -> list[int | None]:
        values = [arg if isinstance(arg, Value) else Value("i32", arg) for arg in args]
        return [value.bits for value in instance.invoke(name, values, background())]

    return run


@pytest.fixture
def merciless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Garbage is collected before each allocation, and what was freed is allocated next."""
    take = heap.take

    def take_for_one(mutator: Stack, size: int) -> int:
        heap._allowance = 0
        address = take(mutator, size)
        if not address:
            mutator.context.heap_block_end = mutator.context.heap_end + -(-size // 16) * 16
        return address

    monkeypatch.setattr(heap, "take", take_for_one)
    monkeypatch.setattr(heaps, "FINE", -1)
    assert heap.collect(), "no block is left over from before"
