"""The interpreter, which does one thing otherwise when it is interruptible, and near misses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lenient import Bent, Honest, NegativeNan, OneBit, OneTrap

from harness.engine import Instance, Memory, Trap, Value
from harness.standard.features import FEATURES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.context import Context
    from harness.engine import Imports


class _Switched(Honest):
    """Something happens after every call when it is interruptible."""

    def instantiate(self, module: Any, imports: Imports, context: Context) -> Instance:
        made = super().instantiate(module, imports, context)
        assert isinstance(made, Bent)
        return _After(self, made.inner)

    def after(self, instance: Instance) -> None:
        """What happens."""


class _After(Bent):
    def invoke(self, name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
        results = super().invoke(name, args, context)
        if self.engine.interruptible:
            assert isinstance(self.engine, _Switched)
            self.engine.after(self.inner)
        return results


class Stores(_Switched):
    """A byte is stored in the memory."""

    def after(self, instance: Instance) -> None:
        instance.memory("memory").write(8, b"x")


class Grows(Honest):
    """The memory looks larger, by a page of zeros."""

    def instantiate(self, module: Any, imports: Imports, context: Context) -> Instance:
        made = super().instantiate(module, imports, context)
        assert isinstance(made, Bent)
        return _Large(self, made.inner)


class _Large(Bent):
    def memory(self, name: str) -> Memory:
        memory = super().memory(name)
        return _Larger(memory) if self.engine.interruptible else memory


class _Larger(Memory):
    def __init__(self, inner: Memory) -> None:
        self.inner = inner

    def __len__(self) -> int:
        return len(self.inner) + 65536

    def read(self, offset: int, length: int) -> bytes:
        return self.inner.read(offset, length - 65536) + bytes(65536)

    def write(self, offset: int, data: bytes) -> None:
        self.inner.write(offset, data)


class Sets(_Switched):
    """A global is set."""

    def after(self, instance: Instance) -> None:
        instance.set("count", Value("i32", 7))


class Negates(NegativeNan):
    """NaNs are negative, which the standard allows."""

    def value(self, value: Value) -> Value:
        return super().value(value) if self.interruptible else value


class Flips(OneBit):
    """Integers are off by their lowest bit."""

    def value(self, value: Value) -> Value:
        return super().value(value) if self.interruptible else value


class Traps(OneTrap):
    """All traps are the same."""

    def trap(self, trap: Trap) -> Exception:
        return super().trap(trap) if self.interruptible else trap


class Narrower(Honest):
    """Has no vectors."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        fewer = FEATURES.keys() - {"simd", "relaxed-simd"} if interruptible else features
        super().__init__(interruptible=interruptible, features=frozenset(fewer) if fewer else None)


class Renames(Honest):
    """Not wrong: references have other handles."""

    def value(self, value: Value) -> Value:
        if value.type != "func" or value.bits is None or not self.interruptible:
            return value
        return Value(value.type, value.bits + 1000)


class Alternates(NegativeNan):
    """Not wrong: every other NaN is negative, on and off."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(interruptible=interruptible, features=features)
        self.negative = interruptible

    def value(self, value: Value) -> Value:
        changed = super().value(value)
        if changed != value or value.type in ("f32", "f64"):
            self.negative = not self.negative
        return changed if self.negative else value
