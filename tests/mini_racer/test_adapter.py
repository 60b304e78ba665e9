"""The adapter of mini-racer, as far as V8 in our own process differs from V8 in Node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engines.mini_racer import MiniRacer
from harness.assembler import assemble
from harness.context import background
from harness.engine import HostFunction, Invalid, Unavailable, Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.engine import Engine, Imports, Instance


@pytest.fixture
def make() -> Iterator[Callable[..., Engine]]:
    """Makes engines, or says in one line what is missing."""
    made = []

    def make(features: frozenset[str] | None = None) -> Engine:
        try:
            made.append(MiniRacer(features=features))
        except Unavailable as missing:
            pytest.skip(str(missing))
        return made[-1]

    yield make
    for engine in made:
        engine.close()


def instantiate(engine: Engine, text: str, imports: Imports | None = None) -> Instance:
    binary = assemble(text, file="test", first="in-process").binary
    return engine.instantiate(engine.compile(binary), imports or {}, background())


def test_what_was_not_asked_for_is_refused(make: Callable[..., Engine]) -> None:
    small = make(features=frozenset({"mvp"}))
    with pytest.raises(Invalid, match="multi-value"):
        instantiate(small, "(module (func (result i32 i32) unreachable))")


def test_functions_of_the_host_are_not_offered(make: Callable[..., Engine]) -> None:
    host = {"a": {"f": HostFunction((), (), lambda _: ())}}
    with pytest.raises(Unsupported):
        instantiate(make(), '(module (func (import "a" "f")))', host)


def test_before_the_beginning_of_a_memory(make: Callable[..., Engine]) -> None:
    instance = instantiate(make(), '(module (memory (export "m") 1))')
    with pytest.raises(IndexError):
        instance.memory("m").read(-1, 2)
