"""A command that takes the worker down costs itself, and what came before it is not lost."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.registry import Choice
from harness.sandbox.supervisor import WorkerError
from harness.wast.reader import ScriptError
from harness.wast.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.results import SpecResult
    from harness.wast.suite import Script

    Failing = Callable[[Runner, str], tuple[list[str], SpecResult]]

ENGINES = Path(__file__).parents[1] / "engines"
MODULE = """
(module $M
  (global $n (mut i32) (i32.const 0))
  (func (export "bump") (result i32)
    (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
  (func (export "segfault"))
  (func (export "exit"))
  (func (export "hang"))
  (func (export "once")))
(register "M" $M)
"""


@pytest.mark.parametrize(
    ("way", "said"), [("segfault", "crashed with status -11"), ("exit", "crashed with status 0")]
)
def test_a_crash_costs_one_command(
    start: Callable[..., Runner], failing: Failing, way: str, said: str
) -> None:
    failed, result = failing(
        start("Mortal"),
        f"""{MODULE}
        (assert_return (invoke "bump") (i32.const 1))
        (invoke "bump")
        (assert_trap (invoke "bump") "unreachable") ;; wrong, but it changed something
        (assert_return (invoke "{way}")) ;; culprit
        (assert_return (invoke "bump") (i32.const 4))
        (module (import "M" "bump" (func $bump (result i32))) (func (export "f") (result i32) (call $bump)))
        (assert_return (invoke "f") (i32.const 5))
        (assert_return (invoke $M "bump") (i32.const 6))
        """,
    )
    assert failed == ["wrong, but it changed something", "culprit"]
    assert result.failures[1].got.startswith(said)
    assert (result.features["mvp"].passed, result.features["mvp"].not_run) == (8, 0)


def test_a_hang_costs_one_command(start: Callable[..., Runner], failing: Failing) -> None:
    failed, result = failing(
        start("Mortal", patience=5),
        f"""{MODULE}
        (assert_return (invoke "hang")) ;; culprit
        (assert_return (invoke "bump") (i32.const 1))
        """,
    )
    assert failed == ["culprit"]
    assert result.failures[0].got == "hung: no answer for 5 s"
    assert result.features["mvp"].passed == 3


def test_who_dies_too_often_is_given_up(start: Callable[..., Runner], failing: Failing) -> None:
    failed, result = failing(
        start("Mortal", deaths=2),
        f"""{MODULE}
        (assert_return (invoke "exit")) ;; first
        (assert_return (invoke "bump") (i32.const 1))
        (assert_return (invoke "exit")) ;; second
        (assert_return (invoke "bump") (i32.const 2)) ;; where it ends
        (assert_invalid (module (func (result i32))) "type mismatch")
        """,
    )
    assert failed == ["first", "second", "where it ends"]
    assert result.failures[-1].got == "not run: the engine had taken down 2 workers before"
    assert (result.features["mvp"].passed, result.features["mvp"].not_run) == (3, 2)


def test_what_dies_when_run_again_ends_the_script(
    start: Callable[..., Runner], failing: Failing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LENIENT_MARK", str(tmp_path / "mark"))
    failed, result = failing(
        start("Mortal"),
        f"""{MODULE}
        (assert_return (invoke "once"))
        (assert_return (invoke "exit")) ;; culprit
        (assert_return (invoke "bump") (i32.const 1)) ;; where it ends
        """,
    )
    assert failed == ["culprit", "where it ends"]
    assert result.failures[-1].got.startswith("not run: running the commands before it again")
    assert (result.features["mvp"].passed, result.features["mvp"].not_run) == (3, 1)


def test_scripts_share_a_worker_and_nothing_else(
    start: Callable[..., Runner], write: Callable[..., Script]
) -> None:
    runner = start("Mortal")
    first = runner.run(write(f'{MODULE} (assert_return (invoke "bump") (i32.const 1))'))
    second = runner.run(
        write('(assert_unlinkable (module (import "M" "bump" (func (result i32)))) "unknown import")')
    )
    third = runner.run(write(f'{MODULE} (assert_return (invoke "bump") (i32.const 1))'))
    assert [result.failures for result in (first, second, third)] == [(), (), ()]


def test_a_worker_lost_between_scripts_is_replaced(
    start: Callable[..., Runner], write: Callable[..., Script]
) -> None:
    runner = start("Mortal", deaths=1)
    first = runner.run(write(f'{MODULE} (invoke "exit")'))
    second = runner.run(write(f'{MODULE} (assert_return (invoke "bump") (i32.const 1))'))
    assert len(first.failures) == 1
    assert second.failures == ()


def test_what_dies_between_scripts_fails_the_next(
    write: Callable[..., Script], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "mark"
    monkeypatch.setenv("IDLE_MARK", str(mark))
    script = write(f'{MODULE} (assert_return (invoke "bump") (i32.const 1))')
    with Runner(Choice(f"{ENGINES}/idle.py:DiesBetweenScripts")) as runner:

        def die() -> None:
            assert runner.run(script).failures == ()
            assert runner._worker is not None
            runner.check()
            mark.touch()
            assert runner._worker._child.wait(60) == -signal.SIGSEGV
            mark.unlink()

        die()
        with pytest.raises(WorkerError, match=r"with nothing to do, its process failed: .* status -11$"):
            runner.run(script)
        die()
        with pytest.raises(WorkerError, match="with nothing to do"):
            runner.check()


def test_what_cannot_be_read_is_an_error(start: Callable[..., Runner], write: Callable[..., Script]) -> None:
    script = write("(module)\n(module")
    with pytest.raises(ScriptError, match=r"^line 2: "):
        start("Honest").run(script)
    script.path.write_bytes(b"(module)\n\n;; \xff\n")
    with pytest.raises(ScriptError, match=r"^line 3: not UTF-8"):
        start("Honest").run(script)


def test_what_cannot_be_assembled_is_not_run_and_said(start: Callable[..., Runner], failing: Failing) -> None:
    failed, result = failing(
        start("Honest"),
        """
        (module $M (func (nonsense))) ;; the module
        (register "M") ;; what hangs on it
        (module)
        (module (import "M" "f" (func))) ;; and on that
        """,
    )
    assert failed == ["the module", "what hangs on it", "and on that"]
    assert (result.features["mvp"].passed, result.features["mvp"].not_run) == (1, 3)
    assert result.failures[2].got.startswith("cannot be assembled: script.wast:2: ")


def test_an_engine_that_cannot_take_spectest(start: Callable[..., Runner], failing: Failing) -> None:
    _, result = failing(start("NoSpectest"), "(module)")
    (failure,) = result.failures
    assert (failure.line, failure.command, failure.got) == (0, "spectest", "invalid: no printing")
    assert (result.features["mvp"].passed, result.features["mvp"].failed) == (1, 1)


def test_an_engine_that_dies_after_the_script(start: Callable[..., Runner], failing: Failing) -> None:
    _, result = failing(start("DiesForgetting"), "(module)")
    (failure,) = result.failures
    assert (failure.line, failure.command) == (0, "end of script")
    assert failure.got.startswith("crashed with status 3")
