"""The machine that validates a sequence of instructions (standard, appendix "Validation Algorithm").

It has a stack of the types of operands and a stack of control frames. After an instruction that never goes
on, the operands of the innermost frame are unknown: there are as many as are asked for, of type `BOTTOM`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from engines.wasm.deftypes import BOTTOM, matches
from harness.engine import Invalid, Unsupported
from harness.standard import limits
from harness.standard.types import FuncType, RefType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engines.wasm.deftypes import DefType
    from engines.wasm.validation.context import ValidModule
    from harness.standard.instructions import Instruction
    from harness.standard.syntax import BlockType
    from harness.standard.types import GlobalType, ResultType, ValType

BOTTOM_REF = RefType(False, BOTTOM)
"""What `pop_ref` makes of an unknown operand."""


class Frame:
    """A control frame: a block that is not closed yet, or the body."""

    __slots__ = ("end", "height", "initialised", "opener", "start", "unreachable")

    def __init__(self, opener: Instruction | None, type_: FuncType, height: int, initialised: int) -> None:
        self.opener = opener
        """The instruction that opened it; None for the body."""
        self.start, self.end = type_
        self.height = height
        """Height of the stack of operands below it."""
        self.initialised = initialised
        """How many locals had been initialised before it."""
        self.unreachable = False


class Machine:
    """Validates one body or one constant expression."""

    __slots__ = (
        "context", "frames", "globals", "height", "initialised", "locals", "results", "stack", "unset",
    )  # fmt: skip

    def __init__(
        self,
        context: ValidModule,
        type_: FuncType,
        locals_: Sequence[ValType],
        globals_: Sequence[GlobalType],
    ) -> None:
        self.context = context
        self.results = type_.results
        self.locals = [*type_.params, *locals_]
        self.globals = globals_
        """The globals that may be used."""
        self.stack: list[ValType] = []
        self.frames: list[Frame] = []
        self.height = 0
        """Height of the stack below the innermost frame."""
        self.unset = {
            index for index, local in enumerate(locals_, len(type_.params)) if not defaultable(local)
        }
        """Locals without a value so far."""
        self.initialised: list[int] = []
        """Locals that had none and got one, in order."""
        self.push_frame(None, FuncType((), type_.results))

    # Operands

    def push(self, type_: ValType) -> None:
        """Put an operand."""
        self.stack.append(type_)

    def push_all(self, types: Sequence[ValType]) -> None:
        """Put operands, the last one on top."""
        self.stack += types
        if len(self.stack) > limits.OPERANDS:
            raise Unsupported(f"more than {limits.OPERANDS} operands")

    def pop(self) -> ValType:
        """Take an operand of any type."""
        if len(self.stack) > self.height:
            return self.stack.pop()
        if self.frames[-1].unreachable:
            return BOTTOM
        raise Invalid("type mismatch: an operand is missing")

    def pop_expecting(self, expected: ValType) -> ValType:
        """Take an operand of this type or a subtype."""
        if len(self.stack) > self.height:
            type_ = self.stack.pop()
            if matches(type_, expected):
                return type_
            raise Invalid(f"type mismatch: {describe(expected)} expected, found {describe(type_)}")
        if self.frames[-1].unreachable:
            return BOTTOM
        raise Invalid(f"type mismatch: {describe(expected)} expected, but there is no operand")

    def pop_ref(self) -> RefType:
        """Take a reference."""
        type_ = self.pop()
        if isinstance(type_, RefType):
            return type_
        if type_ == BOTTOM:
            return BOTTOM_REF
        raise Invalid(f"type mismatch: a reference expected, found {type_}")

    def expect_all(self, types: ResultType) -> None:
        """The topmost operands must be of these types or subtypes; they stay where they are."""
        stack = self.stack
        start = len(stack) - len(types)
        if start >= self.height and tuple(stack[start:]) == types:
            return
        position = len(stack)
        for expected in reversed(types):
            if position == self.height:
                if self.frames[-1].unreachable:
                    return
                raise Invalid(f"type mismatch: {describe(expected)} expected, but there is no operand")
            position -= 1
            if not matches(stack[position], expected):
                found = describe(stack[position])
                raise Invalid(f"type mismatch: {describe(expected)} expected, found {found}")

    def pop_all(self, types: ResultType) -> None:
        """Take operands of these types or subtypes, the last one first."""
        self.expect_all(types)
        del self.stack[max(len(self.stack) - len(types), self.height) :]

    def apply(self, params: ResultType, results: ResultType) -> None:
        """Take `params`, put `results`."""
        self.pop_all(params)
        self.push_all(results)

    def initialise(self, local: int) -> None:
        """A local has a value now."""
        if local in self.unset:
            self.unset.remove(local)
            self.initialised.append(local)

    # Control

    def push_frame(self, opener: Instruction | None, type_: FuncType) -> None:
        """Enter a block; its parameters have been taken."""
        self.frames.append(Frame(opener, type_, len(self.stack), len(self.initialised)))
        self.height = len(self.stack)
        self.push_all(type_.params)

    def pop_frame(self) -> Frame:
        """Leave the innermost block, which must have come to its results."""
        frame = self.frames[-1]
        self.pop_all(frame.end)
        if len(self.stack) != frame.height:
            left = len(self.stack) - frame.height
            raise Invalid(f"type mismatch: {left} operands are left at the end of the block")
        self.frames.pop()
        self.height = self.frames[-1].height if self.frames else 0
        while len(self.initialised) > frame.initialised:
            self.unset.add(self.initialised.pop())
        return frame

    def unreachable(self) -> None:
        """What follows in the innermost block is never reached."""
        del self.stack[self.height :]
        self.frames[-1].unreachable = True

    def label(self, index: int) -> ResultType:
        """What a branch to a label takes along."""
        if index >= len(self.frames):
            raise Invalid(f"unknown label {index}")
        frame = self.frames[-1 - index]
        opener = frame.opener
        return frame.start if opener is not None and opener.name == "loop" else frame.end

    def block_type(self, type_: BlockType) -> FuncType:
        """The type of a block, closed."""
        if type_ is None:
            return _NOTHING
        if isinstance(type_, int):
            return self.context.func_type(type_)
        return FuncType((), (self.context.close(type_),))


_NOTHING = FuncType((), ())

Rule: TypeAlias = "Callable[..., None]"
"""Validates an instruction: takes the machine, then the immediates."""


def defaultable(type_: ValType) -> bool:
    """Whether there is a value to start with: zero or null."""
    return not isinstance(type_, RefType) or type_.nullable


def describe(type_: ValType | DefType) -> str:
    """For messages."""
    return "an operand" if type_ == BOTTOM else str(type_)
