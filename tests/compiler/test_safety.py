"""What comes in from outside at the wrong moment: signals, recursion, other threads."""

from __future__ import annotations

import _thread
import threading
from typing import TYPE_CHECKING

import pytest

from harness.context import background, with_timeout
from harness.engine import Exhausted, HostFunction, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.engine import Instance

    Instantiate = Callable[..., Instance]


class TestSignals:
    """A signal is noticed where Python is entered: in a function of the host, or already on the way there."""

    @pytest.fixture
    def interruptible(self) -> bool:
        return True

    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_an_interrupt_from_the_keyboard_ends_the_call(self, instantiate: Instantiate) -> None:
        """However often it is called, a function that gives 7 never seems to give anything else."""

        def seven(args: Sequence[Value]) -> Sequence[Value]:
            return [Value("i64", 7)]

        instance = instantiate(
            """(module (import "host" "seven" (func $seven (param i64) (result i64)))
            (func (export "run")
              (loop $again (br_if $again (i64.eq (call $seven (i64.const 8)) (i64.const 7))))))""",
            {"host": {"seven": HostFunction(("i64",), ("i64",), seven)}},
        )

        def interrupted() -> None:
            threading.Timer(0.005, _thread.interrupt_main).start()
            with with_timeout(background(), 60) as context:
                instance.invoke("run", (), context)

        for _ in range(10):
            with pytest.raises(KeyboardInterrupt):
                interrupted()


def test_endless_calling_back_exhausts_the_stack(instantiate: Instantiate) -> None:
    """Not the recursion limit of Python, however much of it is used up already."""

    def again(args: Sequence[Value]) -> Sequence[Value]:
        return instance.invoke("run", (), background())

    def from_depth(depth: int) -> None:
        if depth:
            from_depth(depth - 1)
        else:
            instance.invoke("run", (), background())

    instance: Instance = instantiate(
        """(module (import "host" "again" (func $again)) (func (export "run") (call $again)))""",
        {"host": {"again": HostFunction((), (), again)}},
    )

    for depth in range(20):
        with pytest.raises(Exhausted):
            from_depth(depth)
