"""Workers that are kept, and workers that are started ahead."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from harness.outcome import Crashed
from harness.registry import Choice
from harness.results import Verdict
from harness.sandbox.supervisor import WorkerError
from harness.scenarios import Workers, run_scenario

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.scenarios import Scenario


@pytest.fixture
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that the engines of ``idle.py`` wait for."""
    path = tmp_path / "mark"
    monkeypatch.setenv("IDLE_MARK", str(path))
    return path


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


def test_what_dies_while_it_has_nothing_to_do_costs_the_next_case(
    make: Callable[..., Scenario], engine: Callable[..., Choice], mark: Path
) -> None:
    choice, scenario = engine("idle.py:Dies"), make("run: return i32:4", on="returns 4")
    with Workers() as workers:
        before = run_scenario(scenario, choice, "deadline", workers=workers)
        mark.touch()
        assert workers._idle[choice]._child.wait(60) == -signal.SIGSEGV
        mark.unlink()
        victim = run_scenario(scenario, choice, "deadline", workers=workers)
        after = run_scenario(scenario, choice, "deadline", workers=workers)
    assert [result.verdict for result in (before, victim, after)] == [
        Verdict.RIGHT,
        Verdict.CRASHED,
        Verdict.RIGHT,
    ]
    assert victim.detail.endswith("with nothing to do, its process failed: it ended with status -11")


def test_the_last_that_dies_is_found_at_the_end(engine: Callable[..., Choice], mark: Path) -> None:
    choice = engine("idle.py:Dies")
    with Workers() as workers:
        worker = workers.take(choice)
        workers.give(choice, worker)
        workers.check()
        mark.touch()
        worker._child.wait(60)
        with pytest.raises(WorkerError, match="with nothing to do"):
            workers.check()


def test_what_only_loses_a_process_of_its_own_is_taken_again(
    engine: Callable[..., Choice], mark: Path
) -> None:
    choice = engine("idle.py:LosesChild")
    with Workers() as workers:
        worker = workers.take(choice)
        workers.give(choice, worker)
        mark.touch()
        while mark.exists():
            time.sleep(0.01)
        workers.check()
        assert workers.take(choice) is worker
        workers.give(choice, worker)


def test_who_has_seen_how_it_died_is_not_told_again(engine: Callable[..., Choice], mark: Path) -> None:
    choice = engine("idle.py:Dies")
    with Workers() as workers:
        worker = workers.take(choice)
        mark.touch()
        worker._child.wait(60)
        mark.unlink()
        assert isinstance(worker.fault, Crashed)
        workers.give(choice, worker)
        second = workers.take(choice)
        assert second.alive
        workers.give(choice, second)


def test_what_was_prepared_and_died_is_not_handed_out(engine: Callable[[str], Choice]) -> None:
    choice = engine("honest.py:Honest")
    with Workers() as workers:
        workers.prepare(choice)
        prepared = workers._starting[choice]
        prepared.greet()
        os.kill(prepared._child.pid, signal.SIGKILL)
        prepared._child.wait(60)
        with pytest.raises(WorkerError, match="it ended with status -9"):
            workers.take(choice)
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
