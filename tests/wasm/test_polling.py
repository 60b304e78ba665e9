"""Reading and validating can be given up: they poll, whatever it is that there is much of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engines.interp import Interp
from engines.wasm.validation import validate
from harness.context import Cause, background, with_cancel, with_timeout
from harness.engine import Interrupted
from harness.polling import PIECE, polled
from harness.standard.binary import read
from harness.standard.binary.writer import write
from harness.standard.features import ALL
from harness.standard.instructions import INSTRUCTIONS
from harness.standard.syntax import Elem, Export, Func, Module
from harness.standard.types import FuncType, RefType, SubType

if TYPE_CHECKING:
    from harness.standard.types import RecType

TIMES = 10
MANY = TIMES * PIECE
END = (INSTRUCTIONS["end"],)
TYPES: list[RecType] = [(SubType(True, (), FuncType((), ())),)]
NOTHING = Func(0, [], [END])
MODULES = {
    "instructions": Module(types=TYPES, funcs=[Func(0, [], [*[(INSTRUCTIONS["nop"],)] * MANY, END])]),
    "functions": Module(types=TYPES, funcs=[NOTHING] * MANY),
    "exports": Module(
        types=TYPES, funcs=[NOTHING], exports=[Export(str(name), "func", 0) for name in range(MANY)]
    ),
    "segments": Module(elems=[Elem(RefType(False, "func"), (), "passive")] * MANY),
}
ELEMENTS = Module(
    types=TYPES,
    funcs=[NOTHING],
    elems=[Elem(RefType(False, "func"), ([(INSTRUCTIONS["ref.func"], 0), END],) * MANY, "passive")],
)


class Polls:
    """Counts; at the last one that is allowed it raises."""

    def __init__(self, allowed: int | None = None) -> None:
        self.count = 0
        self._allowed = allowed

    def __call__(self) -> None:
        self.count += 1
        if self.count == self._allowed:
            raise Interrupted(Cause.DEADLINE)


def test_a_poll_comes_before_every_piece() -> None:
    polls = Polls()
    assert list(polled(range(2 * PIECE + 1), polls)) == list(range(2 * PIECE + 1))
    assert polls.count == 3
    assert list(polled([], polls)) == []
    assert polls.count == 3


@pytest.mark.parametrize("what", MODULES)
def test_reading_and_validating(what: str) -> None:
    binary = write(MODULES[what])
    reading, validating = Polls(), Polls()
    validate(read(binary, ALL, poll=reading), ALL, poll=validating)
    assert reading.count >= TIMES
    assert validating.count >= TIMES
    with pytest.raises(Interrupted):
        read(binary, ALL, poll=Polls(reading.count))
    with pytest.raises(Interrupted):
        validate(read(binary, ALL), ALL, poll=Polls(validating.count))


def test_reading_the_elements_of_one_segment() -> None:
    polls = Polls()
    read(write(ELEMENTS), ALL, poll=polls)
    assert polls.count >= TIMES


def test_an_engine_under_a_context() -> None:
    binary = write(MODULES["functions"])
    on, off = (Interp(interruptible=interruptible) for interruptible in (True, False))
    cancelled = with_cancel(background())
    cancelled.cancel()
    with with_timeout(background(), -1) as passed:
        for context, cause in ((passed, Cause.DEADLINE), (cancelled, Cause.CANCELLED)):
            with pytest.raises(Interrupted) as caught:
                on.compile_under(binary, context)
            assert caught.value.cause is cause
            assert off.compile_under(binary, context).valid
    assert on.compile_under(binary, background()).valid
