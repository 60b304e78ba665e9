"""Code without a branch or a call looks at its activation all the same, and so does its translation."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from engines.interp.scope import Scope
from engines.interp.translation import STRAIGHT, translate
from engines.wasm.activation import Activation
from harness.context import Cause
from harness.engine import Interrupted
from harness.polling import never
from harness.standard.instructions import INSTRUCTIONS

if TYPE_CHECKING:
    from engines.interp.frame import Body, Frame
    from engines.wasm.store import ModuleInstance
    from harness.polling import Poll

MANY = 5 * STRAIGHT


def straight(interruptible: bool, size: int = MANY, poll: Poll = never) -> Body:
    """Constants, one after the other."""
    instance = cast("ModuleInstance", None)  # no instruction here asks for it
    body = [(INSTRUCTIONS["i32.const"], 1)] * size
    return translate([*body, (INSTRUCTIONS["end"],)], Scope(instance, False, interruptible), poll)


def run(body: Body, activation: Activation) -> int:
    """How many operations came to run."""
    frame: Frame = [activation]
    done = 0
    try:
        for operation in body:
            operation(frame)
            done += 1
    except Interrupted:
        assert activation.cause is not None
    return done


def test_an_interruption_is_seen_soon() -> None:
    body = straight(interruptible=True)
    activation = Activation(interruptible=True)
    activation.interrupt(Cause.DEADLINE)
    assert run(body, activation) < STRAIGHT
    assert run(body[STRAIGHT:], activation) < STRAIGHT


def test_without_an_interruption_all_of_it_runs() -> None:
    body = straight(interruptible=True)
    assert run(body, Activation(interruptible=True)) == len(body) > MANY


def test_it_costs_nothing_with_cancellation_off() -> None:
    assert len(straight(interruptible=False)) == MANY


@pytest.mark.parametrize("size", [STRAIGHT - 2, 1])
def test_short_code_has_nothing_to_look_for(size: int) -> None:
    assert len(straight(interruptible=True, size=size)) == size


def test_translation_can_be_given_up() -> None:
    activation = Activation(interruptible=True)
    straight(interruptible=True, poll=activation.poll)
    activation.interrupt(Cause.DEADLINE)
    with pytest.raises(Interrupted):
        straight(interruptible=True, poll=activation.poll)
