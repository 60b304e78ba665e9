"""The other commands, and what all have in common."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from harness import cli

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Stopwat

COMMAND = (sys.executable, "-c", "from harness.cli import main; main()")


def test_help_lists_every_command(stopwat: Stopwat) -> None:
    said = stopwat("--help")
    assert said.status == 0
    assert all(f"\n  {name} " in said.out for name in cli.COMMANDS)


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_helps(stopwat: Stopwat, name: str) -> None:
    said = stopwat(name, "--help")
    assert said.status == 0
    assert said.out.startswith(f"Usage: stopwat {name} ")


def test_help_imports_next_to_nothing(stopwat: Stopwat) -> None:
    """It is there at once."""
    script = "import sys; sys.argv[1:] = ['--help']\nfrom harness.cli import main\n"
    script += "try: main()\nexcept SystemExit: print(*sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert not loaded & {
        "pytest",
        "rich",
        "msgspec",
        "psutil",
        "wasmtime",
        "llvmlite",
        "hypothesis",
        "asyncio",
    }


def test_version(stopwat: Stopwat) -> None:
    assert stopwat("--version") == (0, f"stopwat {version('stopwat')}", "")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            ["certifi"],
            "unknown command 'certifi' (did you mean certify?); there are: certify, compare, merge, show, ",
        ),
        (["--colour"], "unknown option '--colour'; there are: --version, --help"),
        (["certify"], "no engine is named; `stopwat engines` lists them"),
        (["certify", "nobody"], "unknown engine 'nobody' (did you mean 'node'?); there are: "),
        (["certify", "mine:Deaf,interp"], "'mine:Deaf,interp' is no engine: here goes one name"),
        (["bench", "--engine=interp,compiler"], "'interp,compiler' is no engine: here goes one name"),
        (["certify", " "], "unknown engine ''"),
        (["certify", "mine:NotHere"], "install the-engine to have it"),
        (["certify", "mine:Broken"], "does not work"),
        (["certify", "interp", "--bound=soon"], "Invalid value for '--bound': 'soon' is no duration"),
        (["certify", "interp", "--suite=nowhere"], "there are no .wast files in nowhere"),
        (
            ["certify", "interp", "-o", "nowhere/c.json"],
            "cannot write nowhere/c.json: there is no directory ",
        ),
        (
            ["certify", "interp", "--nope"],
            "unknown option '--nope'; there are: --available, --profile, --bound, ",
        ),
        (["spec"], "the official test suite is not here: run `stopwat suite fetch`"),
        (["spec", "--suite=nowhere"], "there are no .wast files in nowhere"),
        (["spec", "i3", "--suite=."], "unknown script 'i3.wast' (did you mean i32.wast?)"),
        (["spec", "i32", "--suite=.", "--engine=nobody"], "unknown engine 'nobody'"),
        (["scenarios", "loop-b"], "unknown scenario or group 'loop-b' (did you mean loop-br?); there are: "),
        (["bench", "fig"], "unknown kernel 'fig' (did you mean fib?); there are: count, fib, "),
        (["bench", "fib", "--engine=mine:NotHere"], "install the-engine to have it"),
        (["suite", "path"], "the official test suite is not here"),
        (["show", "nothing.json"], "nothing.json: No such file or directory"),
        (["show", "i32.wast"], "i32.wast: cut off, or no JSON"),
        (["schema", "nothing"], "Invalid value for '{certificate|protocol}': 'nothing' is not one of"),
    ],
)
def test_what_cannot_be_done(stopwat: Stopwat, tmp_path: Path, arguments: list[str], problem: str) -> None:
    (tmp_path / "i32.wast").write_text("(module)")
    said = stopwat(*arguments)
    assert said.status == 2
    assert problem in said.told


def test_engines(stopwat: Stopwat) -> None:
    said = stopwat("engines", "interp", "mine:NotHere")
    assert said.status == 0
    assert "WebAssembly " in said.out
    assert "stops by polls, closed afterwards" in said.out
    assert "install the-engine to have it" in said.out


def test_names_and_answers_are_no_markup(stopwat: Stopwat, tmp_path: Path) -> None:
    (tmp_path / "odd.py").write_text(
        "from engines.interp import Interp\nclass Odd(Interp):\n    version = '1 [/x] [red]'\n"
    )
    said = stopwat("engines", "exec:false [/x] [red]", "odd:Odd")
    assert said.status == 0
    one, other, *_ = said.out.splitlines()
    assert one.startswith("exec:false [/x] [red]   -")
    assert "1 [/x] [red]   WebAssembly " in other


def test_scenarios(stopwat: Stopwat) -> None:
    everything = stopwat("scenarios").out
    loops = stopwat("scenarios", "loops").out
    assert "loop-br-table" in everything
    assert "trap-unreachable" in everything
    assert "loop-br-table" in loops
    assert "trap-unreachable" not in loops
    assert '(func (export "spin")\n    (loop (br 0))))' in stopwat("scenarios", "loop-br").out


def test_schemas(stopwat: Stopwat) -> None:
    certificate = json.loads(stopwat("schema", "certificate").out)
    assert "Certificate" in certificate["$defs"]
    protocol = json.loads(stopwat("schema", "protocol").out)
    assert {"Request", "Reply", "Hello"} <= set(protocol["$defs"])


def test_the_suite_that_was_named(stopwat: Stopwat, tmp_path: Path) -> None:
    (tmp_path / "i32.wast").write_text("(module)")
    said = stopwat("suite", "path", STOPWAT_SUITE=str(tmp_path))
    assert (said.status, said.out) == (0, str(tmp_path))
    assert said.told.endswith(", 1 scripts")


@pytest.mark.parametrize("arguments", [["scenarios"], ["schema", "certificate"], ["engines", "interp"]])
def test_a_full_disk(stopwat: Stopwat, tmp_path: Path, arguments: list[str]) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123  a device
        done = subprocess.run(
            [*COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr == "stopwat: No space left on device\n"


def test_a_full_disk_at_the_very_end(stopwat: Stopwat, tmp_path: Path) -> None:
    """What is printed at once goes out only then."""
    (tmp_path / "a.wat").write_text('(module (func (export "f")))')
    with open("/dev/full", "w") as full:  # noqa: PTH123  a device
        done = subprocess.run(
            [*COMMAND, "run", tmp_path / "a.wat", "--invoke=f", "--engine=interp"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert (done.returncode, done.stderr) == (2, "stopwat: No space left on device\n")


def test_nobody_listens(stopwat: Stopwat) -> None:
    run = subprocess.Popen(
        [*COMMAND, "schema", "certificate"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert run.stdout is not None
    run.stdout.close()
    _, told = run.communicate(timeout=300)
    assert (run.returncode, told) == (1, b"")


def test_an_error_of_our_own_is_one_line(
    stopwat: Stopwat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it is; the traceback is there for who asks."""
    monkeypatch.setenv("PYTHONPATH", str(broken(tmp_path)), prepend=os.pathsep)
    (tmp_path / "wat.wat").write_bytes(b"(module)")
    said = stopwat("run", "wat.wat", "--engine=interp")
    assert said.status == 70
    assert said.told == ("stopwat: internal error: ZeroDivisionError: planted (STOPWAT_DEBUG=1 shows where)")


def broken(directory: Path) -> Path:
    """A directory that, first on the path, breaks the assembler."""
    place = directory / "broken"
    place.mkdir()
    (place / "sitecustomize.py").write_text(
        "import harness.assembler\n"
        "def assemble(*_, **__): raise ZeroDivisionError('planted')\n"
        "harness.assembler.assemble = assemble\n"
    )
    return place
