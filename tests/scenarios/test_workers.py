"""Workers that are kept, and workers that are started ahead."""

from __future__ import annotations

import os
import signal
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


def test_one_is_kept_and_who_is_given_back_beside_it_ends(engine: Callable[[str], Choice]) -> None:
    choice = engine("honest.py:Honest")
    with Workers() as workers:
        first, second = workers.take(choice), workers.take(choice)
        workers.give(choice, first)
        workers.give(choice, second)
        assert first.alive
        assert not second.alive
    assert not first.alive


def test_what_was_prepared_is_taken_next_and_only_once(engine: Callable[[str], Choice]) -> None:
    choice = engine("honest.py:Honest")
    with Workers() as workers:
        first = workers.take(choice)
        workers.prepare(choice)
        workers.prepare(choice)
        first.close()
        workers.give(choice, first)
        prepared = workers._starting[choice]
        assert workers.take(choice) is prepared
        assert prepared.welcome.engine == "honest"
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
    assert not starting.alive


@pytest.mark.parametrize("name", ["exec:false", "exec:./no-such-engine"])
def test_what_keeps_a_worker_from_starting_is_told_to_who_takes_it(name: str) -> None:
    choice = Choice(name, interruptible=True)
    with Workers() as workers:
        workers.prepare(choice)
        with pytest.raises(WorkerError, match="cannot start"):
            workers.take(choice)


def test_what_ended_while_it_started_is_in_nobodys_way() -> None:
    choice = Choice("exec:false", interruptible=True)
    with Workers() as workers:
        workers.prepare(choice)
        starting = workers._starting[choice]
        assert starting._child.wait(60) == 1
    assert not starting.alive


def test_what_was_prepared_and_died_is_not_handed_out(engine: Callable[[str], Choice]) -> None:
    choice = engine("honest.py:Honest")
    with Workers() as workers:
        workers.prepare(choice)
        prepared = workers._starting[choice]
        prepared.greet()
        os.kill(prepared._child.pid, signal.SIGKILL)
        prepared._child.wait(60)
        taken = workers.take(choice)
        assert taken is not prepared
        assert taken.alive
        workers.give(choice, taken)


def test_what_hangs_while_it_starts_holds_nobody_up(engine: Callable[[str], Choice]) -> None:
    choice = engine("wrong.py:NeverStarts")
    with Workers() as workers:
        workers.prepare(choice)
        starting = workers._starting[choice]
    assert starting._child.status == -signal.SIGKILL


def test_who_is_interrupted_while_it_takes_leaves_nothing_behind(
    engine: Callable[[str], Choice], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    choice = engine("wrong.py:NeverStarts")
    with Workers() as workers:
        workers.prepare(choice)
        starting = workers._starting[choice]
        monkeypatch.setattr(starting, "_receive", interrupt)
        with pytest.raises(KeyboardInterrupt):
            workers.take(choice)
        assert starting._child.status == -signal.SIGKILL
        assert not workers._starting


def test_what_is_said_before_anybody_listens_is_neither_lost_nor_in_the_way(
    engine: Callable[[str], Choice],
) -> None:
    choice = engine("wrong.py:ChattersAtStart")
    with Workers() as workers:
        workers.prepare(choice)
        worker = workers.take(choice)
        assert worker.welcome.engine == "honest"
        assert worker._child.said.endswith("the last of it")
        workers.give(choice, worker)
