"""What can happen between an epoch that moves and a call that looks why."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from engines.wasmtime import Epoch
from engines.wasmtime.engine import Instance
from engines.wasmtime.stopping import EpochStore
from harness.assembler import assemble
from harness.context import background, with_cancel
from harness.engine import Interrupted

RESCUE = 10.0
"""Seconds after which the epoch moves anyway, so that a test that fails comes to an end."""


@pytest.mark.parametrize("way", ["cancel", "close"])
def test_an_epoch_is_not_missed_that_moves_while_a_call_looks(
    monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    context = with_cancel(background())
    look, looked, rescued = EpochStore._at_epoch, threading.Event(), threading.Event()

    def at_epoch(store: EpochStore, *args: Any) -> int:
        answer = look(store, *args)
        if not looked.is_set():
            looked.set()
            # it has seen no reason to stop, and wasmtime does not know yet
            if way == "cancel":
                context.cancel()
            else:
                instance.close()
        return answer

    monkeypatch.setattr(EpochStore, "_at_epoch", at_epoch)
    engine = Epoch(interruptible=True)
    spin = assemble('(module (func (export "spin") (loop (br 0))))', file="spin")
    instance = engine.instantiate(engine.compile(spin.binary), {}, background())
    assert isinstance(instance, Instance)
    move = instance.store.engine.increment_epoch

    def rescue() -> None:
        rescued.set()
        move()

    def begin() -> None:
        while not looked.wait(0.001):
            move()

    beginning, rescuer = threading.Thread(target=begin), threading.Timer(RESCUE, rescue)
    beginning.start()
    rescuer.start()
    with pytest.raises(Interrupted):
        instance.invoke("spin", [], context)
    rescuer.cancel()
    beginning.join()
    rescuer.join()
    assert not rescued.is_set()
