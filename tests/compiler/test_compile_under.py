"""Compiling under a context: wherever it is given up, no process, no thread and nothing half-made is left."""

from __future__ import annotations

import gc
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engines.compiler import Compiler
from engines.compiler.compilation import checks, compile_module
from engines.compiler.native import emission
from engines.compiler.native.emission import SHORT, Processes
from harness.context import Cause, background, with_cancel, with_timeout
from harness.engine import Interrupted, Value
from harness.measure import workloads
from harness.polling import never

if TYPE_CHECKING:
    from subprocess import Popen

    from engines.compiler.native.llvm import Level
    from harness.context import Context

FEATURES = Compiler.capabilities.features
LARGE = workloads.functions(60, seed=1)
"""Its LLVM IR is longer than `SHORT`."""
SMALL = workloads.functions(3, seed=1)


@pytest.fixture(autouse=True)
def cache_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STOPWAT_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("STOPWAT_CACHE", raising=False)


@pytest.fixture
def interruptible() -> bool:
    return True


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Popen[bytes]]:
    """Every process that LLVM runs in."""
    found: list[Popen[bytes]] = []
    take = Processes._take

    def recorded(self: Processes) -> Popen[bytes]:
        found.append(take(self))
        return found[-1]

    monkeypatch.setattr(Processes, "_take", recorded)
    return found


@pytest.fixture
def cancelled(monkeypatch: pytest.MonkeyPatch, started: list[Popen[bytes]]) -> Context:
    """A context that is cancelled as soon as LLVM has a process."""
    context = with_cancel(background())
    take = Processes._take

    def then_cancel(self: Processes) -> Popen[bytes]:
        process = take(self)
        context.cancel()
        return process

    monkeypatch.setattr(Processes, "_take", then_cancel)
    return context


def kept(tmp_path: Path) -> list[Path]:
    return [path for path in tmp_path.rglob("*") if path.is_file()]


def descriptors() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


def test_it_comes_to_the_same(
    engine: Compiler, started: list[Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = engine.compile_under(LARGE, background())
    assert started
    assert all(process.returncode is not None for process in started)
    monkeypatch.setenv("STOPWAT_CACHE", "off")
    assert module.code.image == engine.compile(LARGE).code.image


def test_what_is_short_needs_no_process(engine: Compiler, started: list[Popen[bytes]]) -> None:
    instance = engine.instantiate(engine.compile_under(SMALL, background()), {}, background())
    assert not started
    assert instance.invoke("run", [Value("i64", 1)], background())


def test_in_the_middle_of_llvm(
    engine: Compiler, cancelled: Context, started: list[Popen[bytes]], tmp_path: Path
) -> None:
    gc.collect()
    threads, opened = threading.active_count(), descriptors()
    with pytest.raises(Interrupted) as caught:
        engine.compile_under(LARGE, cancelled)
    assert caught.value.cause is Cause.CANCELLED
    assert started
    assert all(process.returncode is not None for process in started)
    assert threading.active_count() <= threads
    assert descriptors() <= opened
    assert kept(tmp_path) == []
    # and the engine is as good as before
    assert engine.compile(LARGE).code.image


@pytest.mark.parametrize("level", ["cheap"])
def test_large_modules_are_compiled_in_groups_side_by_side(
    level: Level, cancelled: Context, started: list[Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engines.compiler.compilation.GROUP", 1000)
    threads = threading.active_count()
    with pytest.raises(Interrupted):
        Compiler(interruptible=True, level=level).compile_under(LARGE, cancelled)
    assert all(process.returncode is not None for process in started)
    assert threading.active_count() <= threads


def test_wherever_it_is_given_up_nothing_is_left(level: Level, tmp_path: Path) -> None:
    class GivenUp(Exception):
        pass

    polls = 0
    while True:
        left = polls

        def poll() -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise GivenUp

        try:
            compile_module(SMALL, FEATURES, True, level, poll=poll)
            break
        except GivenUp:
            assert kept(tmp_path) == []
            polls += 1
    assert polls >= 12  # four functions are decoded, validated and translated
    assert len(kept(tmp_path)) == 1


def test_a_context_that_is_done_already(engine: Compiler, started: list[Popen[bytes]]) -> None:
    with with_timeout(background(), 0) as context, pytest.raises(Interrupted) as caught:
        engine.compile_under(LARGE, context)
    assert caught.value.cause is Cause.DEADLINE
    assert not started
    off = Compiler(interruptible=False)
    assert off.compile_under(SMALL, context).code.image == off.compile(SMALL).code.image


def test_llvm_that_ends_by_itself_is_no_interruption(
    monkeypatch: pytest.MonkeyPatch, engine: Compiler
) -> None:
    take = Processes._take

    def then_kill(self: Processes) -> Popen[bytes]:
        process = take(self)
        process.kill()
        return process

    monkeypatch.setattr(Processes, "_take", then_kill)
    with pytest.raises(RuntimeError, match="LLVM has ended with status -9"):
        engine.compile_under(LARGE, background())


def test_what_llvm_does_not_take_is_told_as_ever() -> None:
    nonsense = "nonsense " * SHORT
    with Processes(never) as processes:
        for emit in (processes.emit, emission.emit):
            with pytest.raises(RuntimeError, match="expected top-level entity"):
                emit(nonsense, "cheap", checks(True))
