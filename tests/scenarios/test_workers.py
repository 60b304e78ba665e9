"""Workers that are kept, and workers that are started ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.registry import Choice
from harness.sandbox.supervisor import WorkerError
from harness.scenarios import Workers

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_living_worker_is_taken_again_and_a_dead_one_is_not(engine: Callable[[str], Choice]) -> None:
    choice = engine("honest.py:Honest")
    with Workers() as workers:
        first = workers.take(choice)
        workers.give(choice, first)
        assert workers.take(choice) is first
        workers.give(choice, first)
        first.kill()
        second = workers.take(choice)
        assert second is not first
        assert second.alive
        workers.give(choice, second)
    assert not second.alive


def test_what_was_prepared_is_taken_next_and_only_once(engine: Callable[[str], Choice]) -> None:
    choice = engine("honest.py:Honest")
    with Workers() as workers:
        first = workers.take(choice)
        workers.prepare(choice)
        workers.prepare(choice)
        first.close()
        workers.give(choice, first)
        prepared = workers._starting[choice].result()
        assert workers.take(choice) is prepared
        assert not workers._starting
        prepared.close()


def test_nothing_is_prepared_beside_a_worker_that_is_idle(engine: Callable[[str], Choice]) -> None:
    choice = engine("honest.py:Honest")
    with Workers() as workers:
        workers.give(choice, workers.take(choice))
        workers.prepare(choice)
        assert not workers._starting


def test_who_is_alone_prepares_nothing(engine: Callable[[str], Choice]) -> None:
    with Workers(ahead=False) as workers:
        workers.prepare(engine("honest.py:Honest"))
        assert not workers._starting


def test_what_nobody_took_ends_with_the_rest(engine: Callable[[str], Choice]) -> None:
    choice = engine("honest.py:Honest")
    with Workers() as workers:
        workers.prepare(choice)
        starting = workers._starting[choice]
    assert not starting.result().alive


def test_what_keeps_a_worker_from_starting_is_told_to_who_takes_it() -> None:
    choice = Choice("exec:false", interruptible=True)
    with Workers() as workers:
        workers.prepare(choice)
        with pytest.raises(WorkerError):
            workers.take(choice)
        workers.prepare(choice)
