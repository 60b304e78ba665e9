"""The least latency that can be measured here: an engine that returns at once when its context is done."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from harness.context import Cause
from harness.engine import Capabilities, Engine, Instance, Interrupted
from harness.registry import Choice
from harness.results import FloorResult
from harness.scenarios import ROOT, Options, load, run_scenario
from harness.scenarios.options import MS
from harness.standard.features import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from harness.context import Context
    from harness.engine import Imports, Memory, Value
    from harness.results import Way

SOON = 5 * MS
"""How long a call waits until it is told to stop: there is nothing that it would have to do before."""


class Floor(Engine):
    """Runs nothing: every call waits until it is told to stop."""

    name = "floor"
    version = "1"
    capabilities = Capabilities(features=ALL, interrupts="polls", covers=frozenset({"instantiate"}))

    def compile(self, binary: bytes) -> None:
        """Anything will do."""

    def instantiate(self, module: object, imports: Imports, context: Context) -> Instance:
        """An instance that waits."""
        return _Waiting()


class _Waiting(Instance):
    def __init__(self) -> None:
        self._stop = threading.Event()

    def invoke(self, name: str, args: Sequence[Value], context: Context) -> NoReturn:
        context.on_done(self._stop.set)
        self._stop.wait()
        raise Interrupted(context.cause or Cause.CLOSED)

    def get(self, name: str) -> Value:
        raise KeyError(name)

    def set(self, name: str, value: Value) -> None:
        raise KeyError(name)

    def memory(self, name: str) -> Memory:
        raise KeyError(name)

    def close(self) -> None:
        self._stop.set()


def measure(repetitions: int, way: Way = "deadline") -> FloorResult:
    """From being told to stop until such a call has returned; fewer repetitions if the process is lost."""
    choice = Choice(f"{__name__}:{Floor.__name__}", interruptible=True)
    scenario = load(ROOT / "loops" / "loop-br.wat", ROOT)
    options = Options(repetitions=repetitions, deadline=SOON)
    return FloorResult(way=way, latencies=run_scenario(scenario, choice, way, options).latencies)
