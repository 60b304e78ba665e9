"""``stopwat run``: what becomes of a call, said in one line, and in the exit status."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from harness.assembler import assemble
from harness.scenarios import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Stopwat

COMMAND = (sys.executable, "-c", "from harness.cli import main; main()")
MODULE = """(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "two") (result i64 f32) (i64.const -2) (f32.const 0.1))
  (func (export "same64") (param f64) (result f64) (local.get 0))
  (func (export "same32") (param f32) (result f32) (local.get 0))
  (func (export "null") (result funcref) (ref.null func))
  (func (export "spin") (loop (br 0)))
  (func (export "crash") (unreachable))
  (func $deep (export "deep") (call $deep))
  (memory (export "memory") 1))"""
SPIN = ROOT / "loops" / "loop-br.wat"


@pytest.fixture
def wat(tmp_path: Path) -> Path:
    path = tmp_path / "some.wat"
    path.write_text(MODULE)
    return path


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["add", "2", "40"], "42"),
        (["add", "-1", "-2"], "-3"),
        (["add", "0xffffffff", "1"], "0"),
        (["add", "2147483647", "1"], "-2147483648"),
        (["two"], "-2 0.1"),
        (["same64", "0.1"], "0.1"),
        (["same64", "-inf"], "-inf"),
        (["same64", "nan"], "nan"),
        (["same64", "-0.0"], "-0.0"),
        (["same64", "1e300"], "1e+300"),
        (["same32", "16777216"], "16777216"),
        (["same32", "3.4028234663852886e38"], "3.4028235e+38"),
        (["null"], "null"),
    ],
)
def test_it_returns(stopwat: Stopwat, wat: Path, arguments: list[str], printed: str) -> None:
    name, *values = arguments
    said = stopwat("run", wat, "--invoke", name, *values, "--engine=interp")
    assert said == (0, printed, "")


def test_a_binary_module(stopwat: Stopwat, tmp_path: Path) -> None:
    (tmp_path / "some.wasm").write_bytes(assemble(MODULE).binary)
    assert stopwat("run", "some.wasm", "1", "2", "--invoke=add", "--engine=interp") == (0, "3", "")


def test_without_a_function_it_is_only_instantiated(stopwat: Stopwat, wat: Path) -> None:
    assert stopwat("run", wat, "--engine=interp") == (0, "returned", "")


@pytest.mark.parametrize(
    ("name", "printed"), [("crash", "trapped: unreachable"), ("deep", "trapped: call stack exhausted")]
)
def test_it_traps(stopwat: Stopwat, wat: Path, name: str, printed: str) -> None:
    said = stopwat("run", wat, "--invoke", name, "--engine=interp")
    assert said.status == 1
    assert said.out.startswith(printed)


def test_the_report_this_began_with_option_on(stopwat: Stopwat) -> None:
    said = stopwat("run", SPIN, "--invoke=spin", "--timeout=200ms", "--interruptible", "--engine=interp")
    assert said.status == 3
    assert re.fullmatch(r"interrupted: deadline, [\d.]+ (us|ms|s) after the deadline of 200 ms", said.out)


def test_the_report_this_began_with_option_off(stopwat: Stopwat) -> None:
    said = stopwat("run", SPIN, "--invoke=spin", "--timeout=50ms", "--grace=200ms", "--engine=interp")
    assert said.status == 4
    assert re.fullmatch(
        r"runs on, [\d.]+ (ms|s) after the deadline of 50 ms: stopped from outside "
        r"\(cancellation is off, --interruptible switches it on\)",
        said.out,
    )


def test_an_engine_that_does_not_stop_although_told_to(stopwat: Stopwat) -> None:
    said = stopwat("run", SPIN, "--timeout=50ms", "--grace=200ms", "--interruptible", "--engine=mine:Deaf")
    assert said.status == 4
    assert said.out.endswith("stopped from outside (cancellation is on)")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_and_its_engine(tmp_path: Path, number: signal.Signals, status: int) -> None:
    arguments = ("run", str(SPIN), "--engine=interp")
    run = subprocess.Popen(
        [*COMMAND, *arguments], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process = psutil.Process(run.pid)
    for _ in range(6000):
        # the engine, and what watches over it
        if len(family := process.children(recursive=True)) >= 2 or run.poll() is not None:
            break
        time.sleep(0.05)
    run.send_signal(number)
    printed, told = run.communicate(timeout=300)
    assert run.returncode == status
    assert printed == b""
    assert b"Traceback" not in told
    _, alive = psutil.wait_procs(family, timeout=30)
    assert not alive


@pytest.mark.parametrize("timeout", ["0", "-1s"])
def test_a_deadline_that_has_passed_already(stopwat: Stopwat, wat: Path, timeout: str) -> None:
    arguments = ("--invoke=spin", f"--timeout={timeout}", "--interruptible", "--engine=interp")
    said = stopwat("run", wat, *arguments)
    assert said.status == 3
    assert said.out.startswith("interrupted: deadline, ")


def test_a_fixture_knows_what_to_invoke(stopwat: Stopwat) -> None:
    assert stopwat("run", ROOT / "loops" / "loop-header-unused.wat", "--engine=interp") == (0, "42", "")


def test_a_fixture_of_several_modules_and_the_host(stopwat: Stopwat) -> None:
    for name in ("start/cross-module-call", "calls/host-call-loop"):
        fixture = ROOT / f"{name}.wat"
        said = stopwat("run", fixture, "--timeout=50ms", "--interruptible", "--engine=interp")
        assert said.status == 3


@pytest.mark.parametrize(
    ("engine", "status", "printed"),
    [
        ("Segfaults", 5, "the engine crashed: signal 11"),
        ("Raises", 5, "the engine broke: RuntimeError: no such luck"),
    ],
)
def test_an_engine_that_breaks(stopwat: Stopwat, wat: Path, engine: str, status: int, printed: str) -> None:
    said = stopwat("run", wat, "--invoke=add", "1", "2", f"--engine=mine:{engine}")
    assert said.status == status
    assert said.out.startswith(printed)
    assert "\n" not in said.out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["nothing.wat"], "nothing.wat: No such file or directory"),
        (["."], ".: Is a directory"),
        (["some.wat", "--invoke=ad"], "unknown function 'ad' (did you mean add?); there are: add, two, "),
        (["some.wat", "--invoke=memory"], "unknown function 'memory'"),
        (["some.wat", "--invoke=add", "1"], "add: 1 values are given, the export has 2 (i32, i32)"),
        (["some.wat", "--invoke=add", "1", "x"], "add: 'x' is no i32"),
        (["some.wat", "--invoke=add", "1", "4294967296"], "add: 4294967296 does not fit in i32"),
        (["some.wat", "--invoke=same32", "0.1"], "same32: '0.1' is not exactly an f32"),
        (["some.wat", "1"], "arguments without a function; give --invoke. There are: add, two, "),
        (
            ["some.wat", "--interuptible"],
            "unknown option '--interuptible' (did you mean --interruptible?); there are: ",
        ),
        (["some.wat", "--invoke=spin", "--timeout=1"], "Invalid value for '--timeout': '1' is no duration"),
        (["some.wat", "--invoke=spin", "--timeout=1 year"], "'1 year' is no duration"),
        (["some.wat", "--engine=intrep"], "unknown engine 'intrep' (did you mean 'interp'?); there are: "),
        (["some.wat", "--engine=mine:Nobody"], "mine has no 'Nobody'"),
        (["some.wat", "--engine=mine:Broken"], "does not work"),
        (["some.wat", "--engine=mine:NotHere"], "install the-engine to have it"),
        (["some.wat", "--engine=exec:/nowhere/at-all"], "No such file or directory"),
        (["some.wat", "--engine=exec:echo hello"], "hello"),
        (["wrong.wat"], "wrong.wat:2: "),
        (["noise.wasm"], "malformed: "),
        (["invalid.wasm"], "invalid: "),
        (["unlinkable.wat"], "unlinkable: "),
    ],
)
def test_what_cannot_be_run(
    stopwat: Stopwat, wat: Path, tmp_path: Path, arguments: list[str], problem: str
) -> None:
    (tmp_path / "wrong.wat").write_text("(module\n  (func (i32.nonsense)))")
    (tmp_path / "noise.wasm").write_bytes(b"\0asm\1\0\0\0\1\xff")
    (tmp_path / "invalid.wasm").write_bytes(
        assemble("(module (func (result i32)))", first="in-process").binary
    )
    (tmp_path / "unlinkable.wat").write_text('(module (import "a" "b" (func)))')
    engine = () if any("--engine" in argument for argument in arguments) else ("--engine=interp",)
    said = stopwat("run", *arguments, *engine)
    assert (said.status, said.out) == (2, "")
    assert said.told.startswith("stopwat: ")
    assert problem in said.told
