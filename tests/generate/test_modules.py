"""Modules: valid for the features asked for, and what "run" does is what was ordered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.interp import Interp
from harness.context import background, with_timeout
from harness.engine import Interrupted, Trap
from harness.generate.modules import endless, terminating, trapping
from harness.standard.features import version

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.engine import TrapKind
    from harness.standard.syntax import Module

FEW = settings(max_examples=max(settings().max_examples // 5, 1))
RUNNABLE = version("2.0") | {"tail-call"}


@pytest.mark.parametrize("features", ["1.0", "2.0", "3.0", "proposal"])
@FEW
@given(data=st.data())
def test_valid_for_the_features(check: Callable[..., bytes], features: str, data: st.DataObject) -> None:
    chosen = version(features)
    strategies = (terminating(chosen), endless(chosen), trapping(chosen).map(lambda made: made[0]))
    check(data.draw(st.one_of(strategies)), chosen)


@given(terminating(RUNNABLE, traps=False))
def test_terminating_comes_back(check: Callable[[Module], bytes], module: Module) -> None:
    engine = Interp()
    engine.instantiate(engine.compile(check(module)), {}, background()).invoke("run", [], background())


@given(trapping(RUNNABLE))
def test_trapping_traps(check: Callable[[Module], bytes], made: tuple[Module, TrapKind]) -> None:
    module, kind = made
    engine = Interp()
    instance = engine.instantiate(engine.compile(check(module)), {}, background())
    with pytest.raises(Trap) as trap:
        instance.invoke("run", [], background())
    assert trap.value.kind is kind


@FEW
@given(endless(RUNNABLE))
def test_endless_runs_until_it_is_stopped(check: Callable[[Module], bytes], module: Module) -> None:
    engine = Interp(interruptible=True)
    instance = engine.instantiate(engine.compile(check(module)), {}, background())
    with with_timeout(background(), seconds=0.02) as context, pytest.raises(Interrupted):
        instance.invoke("run", [], context)
