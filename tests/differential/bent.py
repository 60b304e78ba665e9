"""Engines that are the reference, but for one thing."""

from __future__ import annotations

import os
import random
import time
from typing import TYPE_CHECKING, Any

from engines.interp import Interp
from harness.differential import canonical
from harness.engine import Capabilities, Exhausted, Invalid, Trap, TrapKind, Unsupported, Value
from harness.standard import features
from harness.standard.binary import read
from harness.standard.binary.writer import write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engines.wasm.adapter import Instance
    from harness.context import Context


class Bent(Interp):
    """Honest; what is derived from it is wrong in one thing."""

    name = "bent"

    def instantiate(self, module: Any, imports: Any, context: Context) -> Instance:
        made = super().instantiate(module, imports, context)
        right = made.invoke

        def invoke(name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
            return self.results(name, args, right(name, args, context))

        made.invoke = invoke  # type: ignore[method-assign]
        return made

    def results(self, name: str, args: Sequence[Value], right: Sequence[Value]) -> Sequence[Value]:
        return right


class OffByOne(Bent):
    """Beyond a thousand."""

    def results(self, name: str, args: Sequence[Value], right: Sequence[Value]) -> Sequence[Value]:
        wrong = args and args[0].type == "i32" and (args[0].bits or 0) > 1000
        return [Value("i32", (right[0].bits or 0) ^ 1)] if wrong and right else right


class OtherTrap(Bent):
    """Has one word for all traps."""

    def run(self, work: Any, context: Context) -> Any:
        try:
            return super().run(work, context)
        except Trap:
            raise Trap(TrapKind.UNREACHABLE) from None


class Forgets(Bent):
    """Sets its globals back when it has been called three times."""

    def __init__(self, **choice: Any) -> None:
        super().__init__(**choice)
        self.calls = 0

    def instantiate(self, module: Any, imports: Any, context: Context) -> Instance:
        self.calls = 0
        self.made = super().instantiate(module, imports, context)
        return self.made

    def results(self, name: str, args: Sequence[Value], right: Sequence[Value]) -> Sequence[Value]:
        self.calls += 1
        if self.calls == 3:
            self.made.set("g", Value("i32", 0))
        return right


class Dies(Bent):
    """When it is to divide by one."""

    def results(self, name: str, args: Sequence[Value], right: Sequence[Value]) -> Sequence[Value]:
        if name == "div" and args[1].bits == 1:
            os._exit(3)
        return right


class Sleeps(Bent):
    """And no deadline wakes it."""

    def results(self, name: str, args: Sequence[Value], right: Sequence[Value]) -> Sequence[Value]:
        time.sleep(1000)
        return right


class Shallow(Bent):
    """Has next to no stack."""

    def results(self, name: str, args: Sequence[Value], right: Sequence[Value]) -> Sequence[Value]:
        raise Exhausted


class Rolls(Bent):
    """Dice."""

    def results(self, name: str, args: Sequence[Value], right: Sequence[Value]) -> Sequence[Value]:
        return [Value("i32", random.randrange(2))] if right else right


class Refuses(Bent):
    """Finds nothing valid."""

    def compile(self, binary: bytes) -> Any:
        raise Invalid("no")


class Unable(Bent):
    """Says so."""

    def compile(self, binary: bytes) -> Any:
        raise Unsupported("modules")


class Old(Bent):
    """The first version of the standard, and no more."""

    capabilities = Capabilities(features=frozenset({"mvp"}))


class NegativeNans(Bent):
    """The NaNs that it computes are negative, which the standard allows."""

    def compile(self, binary: bytes) -> Any:
        before = canonical._nan
        canonical._nan = lambda n: before(n) | 1 << n - 1
        try:
            return super().compile(write(canonical.canonical(read(binary, features.ALL))))
        finally:
            canonical._nan = before
