"""The interpreter, made wrong in one respect each: what the judge of scripts must not let through."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from engines.interp import Interp
from harness.engine import (
    Engine,
    Exhausted,
    Instance,
    Invalid,
    Malformed,
    Memory,
    Trap,
    TrapKind,
    Uncaught,
    Unlinkable,
    Unsupported,
    Value,
)
from harness.standard.binary import read
from harness.standard.features import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.context import Context
    from harness.engine import Imports

EMPTY = b"\0asm\1\0\0\0"


class Honest(Engine):
    """The interpreter behind one more layer, which can be bent."""

    name = "lenient"
    version = "0"
    capabilities = Interp.capabilities

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(interruptible=interruptible, features=features)
        self.inner = Interp(interruptible=interruptible, features=features)

    def compile(self, binary: bytes) -> Any:
        return self.inner.compile(binary)

    def instantiate(self, module: Any, imports: Imports, context: Context) -> Instance:
        through = {name: found.inner if isinstance(found, Bent) else found for name, found in imports.items()}
        try:
            return Bent(self, self.inner.instantiate(module, through, context))
        except Trap as trap:
            raise self.trap(trap) from None

    def value(self, value: Value) -> Value:
        """What becomes of a result."""
        return value

    def trap(self, trap: Trap) -> Exception:
        """What becomes of a trap."""
        return trap

    def before(self, name: str) -> None:
        """Ahead of a call."""


class Bent(Instance):
    def __init__(self, engine: Honest, inner: Instance) -> None:
        self.engine = engine
        self.inner = inner

    def invoke(self, name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
        self.engine.before(name)
        try:
            return [self.engine.value(value) for value in self.inner.invoke(name, args, context)]
        except Trap as trap:
            raise self.engine.trap(trap) from None

    def get(self, name: str) -> Value:
        return self.engine.value(self.inner.get(name))

    def set(self, name: str, value: Value) -> None:
        self.inner.set(name, value)

    def memory(self, name: str) -> Memory:
        return self.inner.memory(name)

    def close(self) -> None:
        self.inner.close()


_SIGN = {"f32": 1 << 31, "f64": 1 << 63}
_INFINITY = {"f32": 0xFF << 23, "f64": 0x7FF << 52}


def _is_nan(value: Value) -> bool:
    if value.bits is None or value.type not in _SIGN:
        return False
    return value.bits & ~_SIGN[value.type] > _INFINITY[value.type]


class SignallingNan(Honest):
    """Every NaN comes out as one that signals."""

    def value(self, value: Value) -> Value:
        return Value(value.type, _INFINITY[value.type] + 1) if _is_nan(value) else value


class PayloadNan(Honest):
    """Every NaN has something in its payload besides the leading bit."""

    def value(self, value: Value) -> Value:
        return Value(value.type, value.bits | 1) if _is_nan(value) and value.bits else value


class NegativeNan(Honest):
    """Every NaN is negative, which the standard allows."""

    def value(self, value: Value) -> Value:
        return Value(value.type, value.bits | _SIGN[value.type]) if _is_nan(value) and value.bits else value


class OneBit(Honest):
    """Integers are off by their lowest bit."""

    def value(self, value: Value) -> Value:
        return Value(value.type, value.bits ^ 1) if value.type in ("i32", "i64") and value.bits else value


class WrongType(Honest):
    """An i32 comes out as an i64."""

    def value(self, value: Value) -> Value:
        return Value("i64", value.bits) if value.type == "i32" else value


class WrongNull(Honest):
    """A null comes out as one of another hierarchy."""

    def value(self, value: Value) -> Value:
        return Value("func", None) if value.bits is None else value


class OneTrap(Honest):
    """Traps, but always for the same reason."""

    def trap(self, trap: Trap) -> Exception:
        return Trap(TrapKind.UNREACHABLE)


class Exhausts(Honest):
    """A trap is an exhausted stack."""

    def trap(self, trap: Trap) -> Exception:
        return Exhausted()


class Abstains(Honest):
    """Declares what it then says it does not offer."""

    def trap(self, trap: Trap) -> Exception:
        return Unsupported("traps")


class NoMemories(Honest):
    """Declares them, and says of every module with one of its own, but for the suite's, that it has none."""

    def compile(self, binary: bytes) -> Any:
        if read(binary, ALL).memories and b"print" not in binary:
            raise Unsupported("memories")
        return super().compile(binary)


class LinksNothing(Honest):
    """Not wrong: declares that modules can import nothing, and says so where they do."""

    capabilities = msgspec.structs.replace(Interp.capabilities, imports=frozenset())

    def instantiate(self, module: Any, imports: Imports, context: Context) -> Instance:
        if module.valid.module.imports:
            raise Unsupported("imports")
        return super().instantiate(module, imports, context)


class LinksInWords(LinksNothing):
    """The same, and not declared."""

    capabilities = Interp.capabilities


class _Replacing(Honest):
    """One error for another."""

    wrong: type[Exception]
    right: type[Exception]

    def compile(self, binary: bytes) -> Any:
        try:
            return super().compile(binary)
        except self.right as error:
            raise self.wrong(str(error)) from None


class MalformedIsInvalid(_Replacing):
    right, wrong = Malformed, Invalid


class InvalidIsMalformed(_Replacing):
    right, wrong = Invalid, Malformed


class InvalidIsUnlinkable(_Replacing):
    right, wrong = Invalid, Unlinkable


class AcceptsInvalid(Honest):
    """Takes what does not validate."""

    def compile(self, binary: bytes) -> Any:
        try:
            return super().compile(binary)
        except Invalid:
            return super().compile(EMPTY)


class AcceptsMalformed(Honest):
    """Takes what is no module."""

    def compile(self, binary: bytes) -> Any:
        try:
            return super().compile(binary)
        except Malformed:
            return super().compile(EMPTY)


class AcceptsUnlinkable(Honest):
    """Does without imports."""

    def instantiate(self, module: Any, imports: Imports, context: Context) -> Instance:
        try:
            return super().instantiate(module, imports, context)
        except Unlinkable:
            return super().instantiate(self.compile(EMPTY), {}, context)


class UnlinkableTraps(Honest):
    """Traps where it cannot link."""

    def instantiate(self, module: Any, imports: Imports, context: Context) -> Instance:
        try:
            return super().instantiate(module, imports, context)
        except Unlinkable:
            raise Trap(TrapKind.UNREACHABLE) from None


class _Bending(Bent):
    def invoke(self, name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
        try:
            return super().invoke(name, args, context)
        except (Exhausted, Uncaught) as error:
            raise self.engine.other(error) from None  # type: ignore[attr-defined]


class _Ending(Honest):
    def instantiate(self, module: Any, imports: Imports, context: Context) -> Instance:
        made = super().instantiate(module, imports, context)
        assert isinstance(made, Bent)
        return _Bending(self, made.inner)


class ExhaustionTraps(_Ending):
    """An exhausted stack is a trap."""

    def other(self, error: Exception) -> Exception:
        return Trap(TrapKind.MEMORY_BOUNDS) if isinstance(error, Exhausted) else error


class ExceptionTraps(_Ending):
    """An exception that is not caught is a trap."""

    def other(self, error: Exception) -> Exception:
        return Trap(TrapKind.UNREACHABLE) if isinstance(error, Uncaught) else error


class LosesResults(Honest):
    """Of several results the last is missing."""

    def instantiate(self, module: Any, imports: Imports, context: Context) -> Instance:
        made = super().instantiate(module, imports, context)
        assert isinstance(made, Bent)
        return _Losing(self, made.inner)


class _Losing(Bent):
    def invoke(self, name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
        returned = super().invoke(name, args, context)
        return returned[:1]


class NoSpectest(Honest):
    """Cannot take the module that scripts import from."""

    def compile(self, binary: bytes) -> Any:
        if b"print_i32" in binary:
            raise Invalid("no printing")
        return super().compile(binary)


class Mortal(Honest):
    """Exports named ``segfault``, ``exit`` and ``hang`` do that; ``once`` works in the first process only.

    The first process leaves the file that the variable LENIENT_MARK names.
    """

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(interruptible=interruptible, features=features)
        mark = os.environ.get("LENIENT_MARK")
        self.first = mark is None or not Path(mark).exists()
        if mark is not None:
            Path(mark).touch()

    def before(self, name: str) -> None:
        match name:
            case "segfault":
                signal.raise_signal(signal.SIGSEGV)
            case "exit":
                os._exit(0)
            case "hang":
                time.sleep(1000)
            case "once" if not self.first:
                os._exit(1)


class DiesForgetting(Honest):
    """Dies when the last reference to an instance goes."""

    def instantiate(self, module: Any, imports: Imports, context: Context) -> Instance:
        made = super().instantiate(module, imports, context)
        assert isinstance(made, Bent)
        return _Grave(self, made.inner)


class _Grave(Bent):
    def __del__(self) -> None:
        os._exit(3)
