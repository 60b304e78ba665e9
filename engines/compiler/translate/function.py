"""The function under translation: what the rules of the instructions build on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from engines.compiler.layout import ExecutionContext
from engines.compiler.signature import llvm_type
from engines.compiler.status import TRAPS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engines.compiler.translate.module import ModuleText
    from harness.engine import TrapKind
    from harness.standard.types import FuncType, ValType

UNLIKELY = "!prof !0"
INVARIANT = "!invariant.load !1"


class Operand(NamedTuple):
    """An entry of the operand stack: its LLVM type, and the name of a value or a literal."""

    type: str
    name: str


class Frame:
    """A control frame: a block, a loop, one arm of an `if`, or the function's body."""

    __slots__ = (
        "handlers", "height", "incoming", "kind", "label", "otherwise",
        "params", "phis", "results", "thrown", "types",
    )  # fmt: skip

    def __init__(self, kind: str, label: str, height: int, params: list[Operand], results: list[str]) -> None:
        self.kind = kind
        self.label = label
        """Where a branch leads."""
        self.height = height
        """Of the operand stack below the parameters."""
        self.params = params
        self.results = results
        """LLVM types of the results."""
        self.types = [param.type for param in params] if kind == "loop" else results
        """LLVM types of what a branch takes along."""
        self.incoming: list[tuple[str, list[str]]] = []
        """For each branch here, its block and the values it takes along."""
        self.phis = 0
        """For a loop: which line its phis are to take the place of."""
        self.otherwise = ""
        """For an `if` without its `else` yet: where it goes on if the condition does not hold."""
        self.handlers: Callable[[], None] | None = None
        """For a `try_table` that catches anything: adds what does."""
        self.thrown: list[tuple[str, str]] = []
        """For each exception that is thrown to it, the block and the value."""


class Function:
    """A function under translation."""

    def __init__(self, module: ModuleText, type_: FuncType, locals_: Sequence[ValType]) -> None:
        self.module = module
        self.type = type_
        self.locals = [llvm_type(local) for local in (*type_.params, *locals_)]
        self.lines: list[str] = []
        self.stack: list[Operand] = []
        self.frames: list[Frame] = []
        self.tries: list[Frame] = []
        """The frames that catch anything."""
        self.here = "entry"
        """The block that lines are added to."""
        self.dead = False
        """Whether what follows cannot be reached."""
        self.known: dict[int, str] = {}
        """Values of locals, as far as this and the blocks before it, without a choice, have made them
        known.
        """
        self.widened: dict[str, str] = {}
        """Likewise, what values of type i32 are as an i64."""
        self.sizes: dict[int, str] = {}
        """Sizes of memories, likewise, since the last call."""
        self.checked: dict[tuple[int, str], int] = {}
        """For a memory and an address, likewise, how many bytes from there are known to be within."""
        self.zeros: dict[str, str] = {}
        """Zeros of float types that LLVM does not know to be zeros, by LLVM type."""
        self.booleans: set[str] = set()
        """Results of comparisons; their truth is in a value of the same name with ``.c``."""
        self._traps: set[TrapKind] = set()
        self._names = 0

    def fresh(self) -> str:
        """A new name for a value."""
        self._names += 1
        return f"%v{self._names}"

    def label(self) -> str:
        """A new name for a block."""
        self._names += 1
        return f"b{self._names}"

    def define(self, expression: str) -> str:
        """The name of a new value."""
        name = self.fresh()
        self.lines.append(f"  {name} = {expression}")
        return name

    def emit(self, line: str) -> None:
        """Add an instruction that has no value."""
        self.lines.append("  " + line)

    def begin(self, label: str) -> None:
        """Start a block."""
        self.lines.append(f"{label}:")
        self.here = label

    def forget(self) -> None:
        """Begin a block that can be reached in several ways: nothing is known any more."""
        self.known.clear()
        self.widened.clear()
        self.sizes.clear()
        self.checked.clear()

    def field(self, space: str, index: int, offset: int = 0) -> str:
        """A pointer to a field of the record that the instance has for an index of an index space."""
        if index >= self.module.layout.behind_pointers[space]:
            return self.module.place(space, index, offset)
        record = self.define(f"load ptr, ptr {self.module.place(space, index)}, {INVARIANT}")
        return self.define(f"getelementptr i8, ptr {record}, i64 {offset}") if offset else record

    def push(self, type_: str, name: str) -> None:
        """Push an operand."""
        self.stack.append(Operand(type_, name))

    def pop(self) -> str:
        """Pop an operand; its name."""
        return self.stack.pop().name

    def pop_many(self, count: int) -> list[str]:
        """Pop that many operands; their names, in the order in which they were pushed."""
        if not count:
            return []
        names = [operand.name for operand in self.stack[-count:]]
        del self.stack[-count:]
        return names

    def pop_condition(self) -> str:
        """Pop an i32; whether it is other than zero, as an i1."""
        name = self.pop()
        if name in self.booleans:
            return name + ".c"
        return self.define(f"icmp ne i32 {name}, 0")

    def pop_offset(self, address_type: str) -> str:
        """Pop an address, a count or an index; an i64."""
        name = self.pop()
        if address_type == "i64":
            return name
        wide = self.widened.get(name)
        if wide is None:
            wide = self.widened[name] = self.define(f"zext i32 {name} to i64")
        return wide

    def trap_if(self, condition: str, kind: TrapKind) -> None:
        """Trap if an i1 is true, else go on."""
        self._traps.add(kind)
        label = self.label()
        self.emit(f"br i1 {condition}, label %trap.{TRAPS[kind]}, label %{label}, {UNLIKELY}")
        self.begin(label)

    def trap(self, kind: TrapKind) -> None:
        """Trap."""
        self._traps.add(kind)
        self.emit(f"br label %trap.{TRAPS[kind]}")
        self.dead = True

    def context(self, offset: int) -> str:
        """A pointer into the execution context."""
        return self.define(f"getelementptr i8, ptr %context, i64 {offset}")

    def value_slot(self, index: int) -> str:
        """A pointer to one of the values that travel in the context."""
        return self.context(ExecutionContext.values.offset + 16 * index)

    def helper(self, name: str) -> str:
        """The address of a function of the runtime."""
        place = self.context(getattr(ExecutionContext, name).offset)
        return self.define(f"load ptr, ptr {place}, {INVARIANT}")

    def finish(self) -> None:
        """Add the blocks that trap."""
        for kind in sorted(self._traps):
            status = TRAPS[kind]
            self.begin(f"trap.{status}")
            fail = self.helper("fail")
            self.emit(f"call void {fail}(ptr swiftself %context, i32 {status}) #1")
            self.emit("unreachable")
