"""The store (standard, "Execution / Runtime Structure"): what instances are, for every engine built on this.

Addresses are Python objects, and the store is what they reach. An engine decides how memories, tables,
globals and functions live by subclassing the classes here and handing them out through its `Backend`; linking
and instantiation know no more than these.

Values in this module and its neighbours: a number is its bits, an unsigned integer; a reference is the
object that it points to (a `FunctionInstance`, an `ExternRef`, ...), for an i31 its unsigned value, and None
where it is null. Converting between ``extern`` and ``any`` changes nothing: the two never meet.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

from harness.context import Cause
from harness.engine import Interrupted, Memory
from harness.standard.types import FuncType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from engines.wasm.activation import Activation
    from engines.wasm.deftypes import DefType
    from engines.wasm.validation import ValidModule
    from harness.standard.types import GlobalType, MemType, TableType

Reference: TypeAlias = Any
"""None, or the object that the reference points to."""
RuntimeValue: TypeAlias = Any
"""The bits of a number as an ``int``, or a `Reference`."""


class ExternRef(NamedTuple):
    """A reference that the host made: nothing but its number. Equal numbers are the same reference."""

    number: int


class FunctionInstance:
    """A function: a module's own, or the host's."""

    type: DefType

    @property
    def signature(self) -> FuncType:
        """Parameters and results; closed."""
        signature = self.type.comp
        assert isinstance(signature, FuncType)
        return signature


class MemoryInstance(Memory):
    """A memory. As an exported memory of the engine interface it counts in bytes."""

    type: MemType
    """As declared; the current size is `size`."""

    @property
    def size(self) -> int:
        """Size in pages."""
        return len(self) // self.type.page

    @abstractmethod
    def grow(self, delta: int, activation: Activation) -> int | None:
        """Add `delta` pages of zeros; the size before, or None if that is not to be had."""


class TableInstance(ABC):
    """A table."""

    type: TableType
    """As declared, closed; the current size is `size`."""

    @property
    @abstractmethod
    def size(self) -> int:
        """Number of entries."""

    @abstractmethod
    def grow(self, delta: int, value: Reference, activation: Activation) -> int | None:
        """Add `delta` entries; the size before, or None if they are not to be had."""

    @abstractmethod
    def read(self, offset: int, length: int) -> Sequence[Reference]:
        """Copy entries out; raises IndexError beyond the end."""

    @abstractmethod
    def write(self, offset: int, values: Sequence[Reference]) -> None:
        """Copy entries in; raises IndexError beyond the end."""


class GlobalInstance(ABC):
    """A global."""

    type: GlobalType
    """Closed."""

    @abstractmethod
    def get(self) -> RuntimeValue:
        """Its value."""

    @abstractmethod
    def set(self, value: RuntimeValue) -> None:
        """Give it another value."""


class TagInstance:
    """A tag: exceptions are told apart by the identity of theirs."""

    def __init__(self, type_: DefType) -> None:
        self.type = type_


class ExceptionInstance:
    """An exception that was thrown; references to it are exnrefs."""

    __slots__ = ("tag", "values")

    type = "exn"

    def __init__(self, tag: TagInstance, values: Sequence[Any]) -> None:
        self.tag = tag
        self.values = values
        """As the engine holds values."""


class StructInstance:
    """A struct."""

    type: DefType


class ArrayInstance:
    """An array."""

    type: DefType


Extern: TypeAlias = FunctionInstance | TableInstance | MemoryInstance | GlobalInstance | TagInstance
"""What can be imported and exported."""


def _refuse_nobody(cause: Cause) -> None:
    """Whoever comes enters."""


@dataclass(eq=False, slots=True, weakref_slot=True)
class ModuleInstance:
    """An instance of a module: the index spaces, imports first, and the exports by name.

    A dropped segment is an empty one.
    """

    module: ValidModule
    functions: list[FunctionInstance] = field(default_factory=list)
    tables: list[TableInstance] = field(default_factory=list)
    memories: list[MemoryInstance] = field(default_factory=list)
    globals: list[GlobalInstance] = field(default_factory=list)
    tags: list[TagInstance] = field(default_factory=list)
    elems: list[Sequence[Reference]] = field(default_factory=list)
    datas: list[bytes] = field(default_factory=list)
    exports: dict[str, Extern] = field(default_factory=dict)
    closed: Cause | None = None
    """Why nothing can be called here any more."""
    running: list[Activation] = field(default_factory=list)
    """Activations with a call in this instance; as often as they entered it."""
    refuse: Callable[[Cause], None] = _refuse_nobody
    """Have the code turn away who comes from now on without entering; called when the instance is closed."""
    visitors: Callable[[], Iterable[Activation]] = tuple
    """Those that may have come here without entering: code need not say where it goes."""

    def enter(self, activation: Activation) -> None:
        """A call comes in from elsewhere; raises `Interrupted` if the instance is closed."""
        self.running.append(activation)
        if self.closed is not None:
            self.running.remove(activation)
            raise Interrupted(self.closed)

    def leave(self, activation: Activation) -> None:
        """The call that came in by `enter` is over."""
        self.running.remove(activation)

    def close(self, cause: Cause, *, wholly: bool = False) -> None:
        """Refuse further calls and interrupt those that run; the first cause stays.

        `wholly`: interrupt also those that may run here without having said so, or may be elsewhere.
        """
        if self.closed is None:
            self.closed = cause
        for activation in self.running[:]:
            activation.interrupt(Cause.CLOSED)
        # In this order: who comes either is turned away, or is among the visitors.
        self.refuse(self.closed)
        for activation in self.visitors() if wholly else ():
            activation.interrupt(Cause.CLOSED)


HostCall: TypeAlias = "Callable[[Sequence[RuntimeValue]], Sequence[RuntimeValue]]"
"""Calls the host; may raise anything that the engine interface may raise."""


class Backend(Protocol):
    """How an engine makes what lives in the store; made anew for each instantiation.

    `memory` and `table` raise MemoryError or OverflowError if so much is not to be had. Functions are asked
    for first, before the instance has any memories, tables and globals: constant expressions may refer to
    them, but nothing calls them before `ready`.
    """

    def function(self, instance: ModuleInstance, index: int) -> FunctionInstance:
        """Allocate the function with `index` in the index space."""

    def host_function(self, type_: DefType, call: HostCall) -> FunctionInstance:
        """Allocate a function of the host; the activation is to be polled after it returns."""

    def memory(self, type_: MemType) -> MemoryInstance:
        """Allocate a memory of zeros."""

    def table(self, type_: TableType, value: Reference) -> TableInstance:
        """Allocate a table, all entries `value`."""

    def global_(self, type_: GlobalType, value: RuntimeValue) -> GlobalInstance:
        """Allocate a global."""

    def tag(self, type_: DefType) -> TagInstance:
        """Allocate a tag."""

    def struct(self, type_: DefType, fields: Sequence[RuntimeValue]) -> StructInstance:
        """Allocate a struct; values of packed fields are i32."""

    def array(self, type_: DefType, elements: Sequence[RuntimeValue], times: int = 1) -> ArrayInstance:
        """Allocate an array of `elements`, that many times; values of packed elements are i32.

        Raises `Trap` if there is no room.
        """

    def ready(self, instance: ModuleInstance) -> None:
        """All index spaces are filled; segments and the start function follow."""

    def invoke(
        self, function: FunctionInstance, args: Sequence[RuntimeValue], activation: Activation
    ) -> Sequence[RuntimeValue]:
        """Call a function of this engine.

        Raises `Trap`, `Exhausted`, `Uncaught`, `Interrupted`.
        """
