"""Engines, modules from text, and values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engines.interp import Interp
from harness.assembler import assemble
from harness.context import Context, background
from harness.engine import Imports, Instance, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@pytest.fixture(params=[False, True], ids=["off", "on"])
def interruptible(request: pytest.FixtureRequest) -> bool:
    """Cancellation off and on; a test of one of them overrides this."""
    chosen: bool = request.param
    return chosen


@pytest.fixture
def engine(interruptible: bool) -> Interp:
    """An interpreter."""
    return Interp(interruptible=interruptible)


@pytest.fixture
def instantiate(engine: Interp) -> Callable[..., Instance]:
    """Assemble, compile and instantiate a module."""

    def instantiate(wat: str, imports: Imports | None = None, context: Context | None = None) -> Instance:
        module = engine.compile(assemble(wat, first="in-process").binary)
        return engine.instantiate(module, imports or {}, context or background())

    return instantiate


@pytest.fixture
def run() -> Callable[..., Sequence[int | None]]:
    """Call an export with i32 arguments under the background; the bits of the results."""

    def run(instance: Instance, name: str, *args: int) -> Sequence[int | None]:
        values = [Value("i32", arg) for arg in args]
        return [value.bits for value in instance.invoke(name, values, background())]

    return run
