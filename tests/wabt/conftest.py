"""wasm-interp, or one clear line that says that it is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from engines.wabt import Wabt
from harness.assembler import assemble
from harness.context import background
from harness.engine import Engine, Instance, Unavailable, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Machine(NamedTuple):
    """An engine, and short ways to use it."""

    engine: Engine

    def make(self, text: str) -> Instance:
        binary = assemble(text, file="test", first="in-process").binary
        return self.engine.instantiate(self.engine.compile(binary), {}, background())

    def call(self, instance: Instance, name: str, *args: Value) -> Sequence[Value]:
        return instance.invoke(name, args, background())


@pytest.fixture
def wabt() -> Iterator[Machine]:
    try:
        machine = Machine(Wabt())
    except Unavailable as missing:
        pytest.skip(str(missing))
    yield machine
    machine.engine.close()
