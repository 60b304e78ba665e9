"""``stopwat run`` with programs of WASI: their output, their exit status, and ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.assembler import assemble

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Stopwat

# It writes what it has read, 32 bytes of its arguments, 16 of its environment; its status is the first byte
# that it read.
PROGRAM = """(module
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $env (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "reactor") (result i32) (i32.const 42))
  (func (export "leave") (call $exit (i32.const 9)))
  (func (export "_start")
    (drop (call $args (i32.const 1000) (i32.const 2000)))
    (drop (call $env (i32.const 1500) (i32.const 3000)))
    (i64.store (i32.const 0) (i64.const 0x0000_0064_0000_0fa0))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
    (i64.store (i32.const 8) (i64.const 0x0000_0020_0000_07d0))
    (i64.store (i32.const 16) (i64.const 0x0000_0010_0000_0bb8))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 3) (i32.const 32)))
    (call $exit (i32.load8_u (i32.const 4000)))))"""


@pytest.fixture
def wasm(tmp_path: Path) -> Path:
    path = tmp_path / "program.wasm"
    path.write_bytes(assemble(PROGRAM).binary)
    return path


def start(tmp_path: Path, body: str) -> Path:
    """A program of which that is all."""
    path = tmp_path / "start.wat"
    path.write_text(f'(module (func $start (export "_start") {body}))')
    return path


def test_a_program_is_run(stopwat: Stopwat, wasm: Path) -> None:
    (wasm.parent / "input").write_bytes(b"\7text")
    said = stopwat("run", "program.wasm", "x", "--env=A=B", "--stdin=input", "--engine=interp", "--", "-v")
    arguments, environment = "program.wasm\0x\0-v\0".ljust(32, "\0"), "A=B\0".ljust(16, "\0")
    assert said == (7, "\7text" + arguments + environment, "")


def test_a_program_that_reads_nothing_is_successful(stopwat: Stopwat, wasm: Path) -> None:
    assert stopwat("run", wasm, "--engine=interp").status == 0


def test_one_of_its_functions(stopwat: Stopwat, wasm: Path) -> None:
    assert stopwat("run", wasm, "--invoke=reactor", "--engine=interp") == (0, "42", "")
    assert stopwat("run", wasm, "--invoke=leave", "--engine=interp") == (0, "exited with status 9", "")


def test_a_program_that_returns_is_successful(stopwat: Stopwat, tmp_path: Path) -> None:
    assert stopwat("run", start(tmp_path, ""), "--engine=interp") == (0, "", "")


def test_a_program_that_traps(stopwat: Stopwat, tmp_path: Path) -> None:
    said = stopwat("run", start(tmp_path, "unreachable"), "--engine=interp")
    assert (said.status, said.out) == (121, "")
    assert said.told.startswith("stopwat: trapped: unreachable")


def test_a_program_that_is_interrupted(stopwat: Stopwat, tmp_path: Path) -> None:
    said = stopwat(
        "run", start(tmp_path, "(loop (br 0))"), "--timeout=50ms", "--interruptible", "--engine=interp"
    )
    assert (said.status, said.out) == (123, "")
    assert said.told.startswith("stopwat: interrupted: deadline")


def test_a_program_that_runs_on(stopwat: Stopwat, tmp_path: Path) -> None:
    program = start(tmp_path, "(loop (br 0))")
    said = stopwat("run", program, "--timeout=50ms", "--grace=100ms", "--engine=interp")
    assert (said.status, said.out) == (124, "")
    assert said.told.startswith("stopwat: runs on")


def test_a_program_that_cannot_be_run(stopwat: Stopwat, tmp_path: Path) -> None:
    said = stopwat("run", start(tmp_path, "(i32.const 1)"), "--engine=interp")
    assert (said.status, said.out) == (122, "")
    assert said.told.startswith("stopwat: invalid: ")
