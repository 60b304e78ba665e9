"""Engines that are programs: found, built once, and run in place of the worker."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.engine import Unavailable
from harness.outcome import Number, Returned
from harness.probe import NotBuiltYet, probe
from harness.registry import Choice
from harness.sandbox import consistency
from harness.sandbox.program import KEPT
from harness.sandbox.protocol import Compile, Instantiate, Invoke
from harness.sandbox.supervisor import Worker

PROGRAM = Path(__file__).parents[1] / "engines" / "program.py"
ADAPTER = """
from pathlib import Path
from harness.sandbox.program import Compiled, Tool

engine = Compiled(
    name="toy", source=Path(__file__).parent, files=("program.py",),
    tool=Tool("toolchain", ("--version",), "apt install toolchain"),
    build=lambda tool, into: (tool, "build", str(into)),
    run=lambda tool, built: (%r, str(built / "program.py")),
)
"""
TOOL = """#!/bin/sh
[ "$1" = --version ] && exec echo 1.0
echo built >>log
grep -q misspelt program.py && { echo "program.py:1: misspelt"; exit 1; }
exec cp program.py "$2"
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name of an engine that a tool on PATH builds, with a cache of its own."""
    source = tmp_path / "toy"
    source.mkdir()
    (source / "adapter.py").write_text(ADAPTER % sys.executable)
    (source / "program.py").write_text(PROGRAM.read_text())
    tool = tmp_path / "bin" / "toolchain"
    tool.parent.mkdir()
    tool.write_text(TOOL)
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tool.parent), prepend=":")
    monkeypatch.setenv("STOPWAT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("STOPWAT_CACHE", raising=False)
    return f"{source / 'adapter.py'}:engine"


def builds(toy: str) -> int:
    log = Path(toy).parent / "log"
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_it_speaks_for_itself(toy: str) -> None:
    with Worker(Choice(toy)) as worker:
        assert worker.welcome.engine == "program"
        commands = (Compile("m", b"return i32:42"), Instantiate("i", "m"), Invoke("i", "run"))
        outcomes = [report.outcome for report in worker.run(commands, patience=10)]
    assert outcomes[-1] == Returned((Number("i32", "42"),))


def test_workers_at_once_build_once(toy: str) -> None:
    with ThreadPoolExecutor() as pool:
        assert {welcome.engine for welcome in pool.map(probe, [toy] * 4)} == {"program"}
    assert builds(toy) == 1


def test_to_look_is_not_to_build(toy: str) -> None:
    with pytest.raises(NotBuiltYet, match=r"^available, will be built on first use: toolchain build$"):
        probe(toy, build=False)
    probe(toy)
    assert probe(toy, build=False).engine == "program"


def test_other_source_is_built_anew(toy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    probe(toy)
    source = Path(toy).parent / "program.py"
    source.write_text(source.read_text().replace('engine="program"', 'engine="other"'))
    monkeypatch.setattr(consistency, "_first", {})  # in one run it would be a contradiction
    assert probe(toy).engine == "other"
    assert builds(toy) == 2


def test_the_builds_that_were_used_last_are_kept(toy: str) -> None:
    source = Path(toy).parent / "program.py"
    text = source.read_text()

    def use(number: int) -> int:
        source.write_text(f"{text}\n# {number}\n")
        probe(toy)
        return builds(toy)

    assert [use(number) for number in range(KEPT)] == list(range(1, KEPT + 1))
    assert use(0) == KEPT
    assert use(KEPT) == KEPT + 1  # in place of the second
    assert use(0) == KEPT + 1
    assert use(1) == KEPT + 2


def test_a_build_that_fails_says_why(toy: str, tmp_path: Path) -> None:
    (Path(toy).parent / "program.py").write_text("misspelt")
    with pytest.raises(Unavailable, match=r"^`toolchain build` failed: program.py:1: misspelt$"):
        Worker(Choice(toy))
    left = [path.name for path in (tmp_path / "cache" / "programs").iterdir()]
    assert left == ["toy.lock"]


def test_without_the_tool_it_says_what_brings_it(toy: str, tmp_path: Path) -> None:
    (tmp_path / "bin" / "toolchain").unlink()
    message = "^no `toolchain` on PATH; it is to be had with: apt install toolchain$"
    with pytest.raises(Unavailable, match=message):
        Worker(Choice(toy))


def test_without_a_cache_there_is_no_place_for_it(toy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOPWAT_CACHE", "off")
    with pytest.raises(Unavailable, match="=off switches off; STOPWAT_CACHE_DIR moves it instead"):
        Worker(Choice(toy))


def test_a_cache_that_cannot_be_written(toy: str, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(Unavailable, match=r"it cannot be built in .*: "):
        Worker(Choice(toy))
