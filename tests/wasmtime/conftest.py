"""Modules in text, instantiated by the adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engines.wasmtime import Epoch, Fuel
from harness.assembler import assemble
from harness.context import background

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.engine import Engine, Imports, Instance


@pytest.fixture(scope="session", params=[Epoch, Fuel])
def make(request: pytest.FixtureRequest) -> Callable[..., Engine]:
    make: Callable[..., Engine] = request.param
    return make


@pytest.fixture(scope="session")
def engine(make: Callable[..., Engine]) -> Engine:
    return make(interruptible=True)


@pytest.fixture
def compiled(engine: Engine) -> Callable[..., object]:
    def compiled(text: str, by: Engine = engine) -> object:
        return by.compile(assemble(text, first="in-process").binary)

    return compiled


@pytest.fixture
def instantiate(engine: Engine, compiled: Callable[..., object]) -> Callable[..., Instance]:
    """Compiles and instantiates; a store of its own unless it imports from instances."""

    def instantiate(text: str, imports: Imports | None = None) -> Instance:
        return engine.instantiate(compiled(text), imports or {}, background())

    return instantiate
