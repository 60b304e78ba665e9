"""A real program, in Go: 3 MB, 2000 functions, a runtime with a scheduler and a garbage collector."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import cache
from harness.context import Cause
from harness.outcome import Exited, Interrupted, Returned
from harness.registry import Choice
from harness.sandbox.protocol import Compile, Drop, Instantiate, Invoke, Limits, Wasi
from harness.sandbox.supervisor import Worker
from harness.sandbox.wasi.table import MODULE

if TYPE_CHECKING:
    from harness.outcome import Outcome

SOURCES = Path(__file__).parents[1] / "programs" / "orders"
BUILD = ("build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w")
PATIENCE = 300.0
SMALL = (
    b"orders 3, bytes 356, sum 15376.13\n"
    b"sha256 792ad998f19bfdae000c9f6ee513b91012f33dfad4a050b01622df8ff44cbd14\n"
)
"""What the program writes where Go compiles it for the machine it is on: "report 3"."""
LARGE = (
    b"orders 2000, bytes 208968, sum 9788449.18\n"
    b"sha256 5ad49e123cf4bbf2f35663bf57fee7fed9896193dd08311985c7cbf52ed234a7\n"
)
"""Likewise "report 2000"."""


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The program; it is built once, and comes from the cache after that."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("the program in Go cannot be built: there is no `go` on PATH")
    version = subprocess.run([go, "version"], capture_output=True, check=True).stdout
    sources = [path.read_bytes() for path in sorted(SOURCES.iterdir())]
    name = cache.key(version, *BUILD, *sources)
    binary = cache.load("programs", name)
    if binary is None:
        path = tmp_path_factory.mktemp("orders") / "orders.wasm"
        built = subprocess.run(
            [go, *BUILD, "-o", path, "."],
            cwd=SOURCES,
            env=os.environ | {"GOOS": "wasip1", "GOARCH": "wasm", "GOTOOLCHAIN": "local"},
            capture_output=True,
            text=True,
        )
        if "unsupported GOOS/GOARCH" in built.stderr:
            pytest.skip(f"the program in Go cannot be built: {version.decode().strip()} knows no wasip1")
        assert built.returncode == 0, built.stderr
        binary = path.read_bytes()
        cache.store("programs", name, binary)
    assert len(binary) > 1 << 20
    return binary


class Program:
    """It is compiled once in a worker, and instantiated for every run."""

    def __init__(self, worker: Worker, binary: bytes) -> None:
        self._worker = worker
        self.written = {1: b"", 2: b""}
        (report,) = worker.run([Compile("orders", binary)], patience=PATIENCE)
        assert report.outcome == Returned()

    def __call__(
        self, *args: str, env: tuple[str, ...] = (), stdin: bytes = b"", limits: Limits | None = None
    ) -> Outcome:
        """What comes of a run; `written` is what it wrote."""
        self.written = {1: b"", 2: b""}
        prepared = self._worker.run(
            [Wasi(MODULE, ("orders", *args), env, stdin, seed=1), Instantiate("run", "orders")],
            patience=PATIENCE,
        )
        assert [report.outcome for report in prepared] == [Returned()] * 2
        job = self._worker.submit([Invoke("run", "_start", (), limits), Drop(instance="run")], self._wrote)
        report, _ = job.reports(patience=PATIENCE)
        return report.outcome

    def _wrote(self, stream: int, data: bytes) -> None:
        self.written[stream] += data


def test_compiler(binary: bytes, subtests: pytest.Subtests) -> None:
    """One test, as the program is compiled once for all of it."""
    with Worker(Choice("compiler", interruptible=True)) as worker:
        program = Program(worker, binary)
        with subtests.test("it reports"):
            assert program("report", "2000") == Exited(0)
            assert program.written == {1: LARGE, 2: b""}
        with subtests.test("it reads"):
            assert program("echo", env=("PREFIX=> ",), stdin=b"one\ntwo\n") == Exited(0)
            assert program.written == {1: b"> one\n> two\n", 2: b""}
        with subtests.test("it exits"):
            assert program("exit", "7") == Exited(7)
        with subtests.test("it panics"):
            assert program("panic") == Exited(2)
            assert program.written[2].startswith(b"panic: as asked\n\ngoroutine 1 [running]:\nmain.fail(")
        with subtests.test("it does not know what to do"):
            assert program() == Exited(2)
            assert program.written[2].startswith(b"usage: ")
        with subtests.test("it sleeps"):
            assert program("sleep", "10ms") == Exited(0)
            assert program.written[1] == b"sleeping\nawake\n"
        for command in (("sleep", "1h"), ("spin",)):
            with subtests.test("it is interrupted", command=command):
                limits = Limits(timeout=500_000_000)
                assert program(*command, limits=limits) == Interrupted(Cause.DEADLINE)
                assert program.written[2] == b""
        with subtests.test("others are none the worse for it"):
            assert program("report", "3") == Exited(0)
            assert program.written == {1: SMALL, 2: b""}
    with subtests.test("warm"), Worker(Choice("compiler", interruptible=True)) as another:
        program = Program(another, binary)
        assert program("report", "2000") == Exited(0)
        assert program.written == {1: LARGE, 2: b""}


@pytest.mark.parametrize("engine", ["interp", "wasmtime-epoch", "wasmtime-fuel"])
def test_others_write_the_same(binary: bytes, engine: str) -> None:
    with Worker(Choice(engine, interruptible=True)) as worker:
        program = Program(worker, binary)
        assert program("report", "3") == Exited(0)
        assert program.written == {1: SMALL, 2: b""}
        for command in (("sleep", "1h"), ("spin",)):
            assert program(*command, limits=Limits(timeout=200_000_000)) == Interrupted(Cause.DEADLINE)
