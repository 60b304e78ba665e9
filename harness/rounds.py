"""Lateness is believed when it happens again: a neighbour that is busy is not the engine.

A case whose only fault is an interruption over its bound runs again, up to `ROUNDS` times in all. An engine
that is late by itself is late in every round; whatever was measured on the way stays in the result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.results import ScenarioResult, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.results import Reach, Result, Way

ROUNDS = 3


def run(case: Callable[[], object], results: list[Result], forget: Callable[[], None]) -> None:
    """Call `case`, which adds to `results` and fails if one is bad; before it runs again, call `forget`."""
    earlier: list[Result] = []
    for turn in range(1, ROUNDS + 1):
        try:
            case()
        except (AssertionError, pytest.fail.Exception):
            if turn < ROUNDS and only_late(results):
                earlier += results
                results.clear()
                forget()
                continue
            raise
        finally:
            if earlier and results:
                results[:] = [with_earlier(result, earlier, turn) for result in results]
        return


def only_late(results: Sequence[Result]) -> bool:
    """Whether lateness is what is wrong, and all that is wrong."""
    verdicts = {result.verdict for result in results if isinstance(result, ScenarioResult)}
    return Verdict.LATE_INTERRUPTED in verdicts and all(
        verdict.good or verdict in (Verdict.LATE_INTERRUPTED, Verdict.UNSUPPORTED) for verdict in verdicts
    )


def with_earlier(result: Result, earlier: Sequence[Result], turn: int) -> Result:
    """The result of the last round, with the latencies of all, and with the reason for another round."""
    if not isinstance(result, ScenarioResult):
        return result
    same = [other for other in earlier if isinstance(other, ScenarioResult) and _run(other) == _run(result)]
    if not same:
        return result
    latencies = [latency for other in (*same, result) for latency in other.latencies]
    late = next((other.detail for other in same if other.verdict is Verdict.LATE_INTERRUPTED), "")
    told = [part for part in (result.detail, f"round {turn}, before it: {late}" if late else "") if part]
    return msgspec.structs.replace(result, latencies=tuple(latencies), detail="; ".join(told))


def _run(result: ScenarioResult) -> tuple[str, Way, Reach, bool]:
    """Which run of which scenario."""
    return result.id, result.way, result.reach, result.interruptible
