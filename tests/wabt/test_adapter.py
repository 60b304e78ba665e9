"""The adapter of wasm-interp: what a process a call cannot do, it says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from engines.wabt import Wabt
from harness import expectations
from harness.assembler import assemble
from harness.context import background
from harness.engine import Engine, Instance, Unavailable, Unlinkable, Unsupported, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FILE = Path(__file__).parents[2] / "engines" / "wabt" / expectations.FILE


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


def test_what_is_known_is_about_it() -> None:
    known = expectations.load(FILE)
    assert known.of("wabt", "1.0.32") == known
    assert not known.of("wabt", "0").script


def test_what_it_does_not_offer_it_says(wabt: Machine) -> None:
    importer = assemble('(module (import "m" "f" (func)))', file="test", first="in-process").binary
    compiled = wabt.engine.compile(importer)
    provider = wabt.make('(module (func (export "f")))')
    other = wabt.make('(module (memory (export "f") 1) (func (export "same") (param externref)))')
    with pytest.raises(Unsupported, match="links nothing"):
        wabt.engine.instantiate(compiled, {"m": provider}, background())
    with pytest.raises(Unlinkable, match="unknown import 'm' 'f'"):
        wabt.engine.instantiate(compiled, {"m": other}, background())
    with pytest.raises(Unsupported, match="memories from outside"):
        other.memory("f")
    with pytest.raises(Unsupported, match="references as arguments"):
        wabt.call(other, "same", Value("extern", 1))


def test_what_could_not_be_done_is_not_forgotten(wabt: Machine) -> None:
    stateful = wabt.make(
        """(module (table $t 1 externref) (func (export "get") (result externref) (table.get (i32.const 0)))
          (func (export "set") (param externref) (table.set (i32.const 0) (local.get 0))))"""
    )
    assert wabt.call(stateful, "get") == [Value("extern", None)]
    for name, args in (("set", [Value("extern", 1)]), ("get", [])):
        with pytest.raises(Unsupported, match="references as arguments"):
            wabt.call(stateful, name, *args)
