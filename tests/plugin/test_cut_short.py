"""A case that is cut short by anything but its engine leaves no process behind that still computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

CASES = """
    import pytest
    from cases.conftest import case, workers
    from harness.registry import Choice
    from harness.sandbox.protocol import Limits
    from harness.scenarios import FixtureError

    @pytest.mark.parametrize("error, told", [
        (FixtureError("case.wat", 3, "does not assemble"), pytest.fail.Exception),
        (ArithmeticError("a fault of the harness"), ArithmeticError),
        (pytest.fail.Exception("Timeout"), pytest.fail.Exception),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ])
    def test_cut_short(case, workers, engine, error, told):
        with pytest.raises(told) as found, case as play:
            stage = play.stage("loop-br")
            play.start(stage, Limits())
            raise error
        assert str(error) == str(found.value)
        assert not stage.worker.alive
        with workers.take(Choice(engine, interruptible=True)) as next:
            assert next is not stage.worker

    def test_good(case, workers, engine):
        with case as play:
            worker = play.stage("loop-header-unused").worker
        assert workers.take(Choice(engine, interruptible=True)) is worker
        worker.close()
"""


def test_nobody_gets_its_processes(cases: pytest.Pytester) -> None:
    cases.makepyfile(test_cases=CASES)
    cases.runpytest_subprocess("--engine=interp").assert_outcomes(passed=5)
