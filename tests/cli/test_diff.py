"""``stopwat diff``, as a person runs it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.assembler import assemble

if TYPE_CHECKING:
    from tests.cli.conftest import Stopwat

BENT = Path(__file__).parents[1] / "differential" / "bent.py"
ADD = '(module (func (export "inc") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))'


@pytest.fixture
def wat(tmp_path: Path) -> Path:
    (tmp_path / "inc.wat").write_text(ADD)
    (tmp_path / "inc.wasm").write_bytes(assemble(ADD, file="test", first="in-process").binary)
    (tmp_path / "bad.wasm").write_bytes(b"\0asm\1\0\0\0\1")
    return tmp_path


@pytest.mark.parametrize("file", ["inc.wat", "inc.wasm"])
def test_they_agree(stopwat: Stopwat, wat: Path, file: str) -> None:
    said = stopwat("diff", file, "--engines=interp,compiler", "--calls=10")
    assert (said.status, said.told) == (0, "")
    assert said.out.endswith(" calls of 1 function in 2 engines: they agree")


def test_where_they_part_and_who_is_outvoted(stopwat: Stopwat, wat: Path) -> None:
    bent = f"{BENT}:OffByOne"
    said = stopwat("diff", "inc.wat", f"--engines=interp,{bent},compiler")
    assert (said.status, said.told) == (1, "")
    first, most, alone, total = said.out.splitlines()
    assert first == "✗ inc(1001): result"
    assert most.split() == ["interp,", "compiler", "returns", "1002"]
    assert alone.split() == [bent, "returns", "1003"]
    assert total.endswith(" calls of 1 function in 3 engines: 1 difference")
    assert stopwat("diff", "inc.wat", f"--engines=interp,{bent},compiler").out == said.out


def test_who_does_not_answer_is_named(stopwat: Stopwat, wat: Path) -> None:
    (wat / "spin.wat").write_text('(module (func (export "f") (loop (br 0))))')
    said = stopwat("diff", "spin.wat", "--engines=interp,compiler", "--timeout=20ms")
    assert said.status == 2
    assert "interp: 1 answer left out: it did not end in time" in said.out
    assert "no call was answered by two engines" in said.told


def test_what_the_standard_leaves_open_and_nobody_can_close_is_told(stopwat: Stopwat, wat: Path) -> None:
    body = "(f32x4.relaxed_min (local.get 0) (local.get 0))"
    text = f'(module (func (export "f") (param v128) (result v128) {body}))'
    (wat / "relaxed.wat").write_text(text)
    said = stopwat("diff", "relaxed.wat", "--engines=interp,compiler", "--calls=3")
    assert "relaxed instructions are in it, " in said.out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["nowhere.wat", "--engines=interp,compiler"], "nowhere.wat: No such file or directory"),
        (["bad.wasm", "--engines=interp,compiler"], "bad.wasm: malformed: "),
        (["inc.wat", "--engines=interp"], "two engines are needed to differ: --engines a,b"),
        (["inc.wat", "--engines=interp,nobody"], "unknown engine 'nobody'"),
        (["inc.wat", "--engines=interp,mine:NotHere"], "mine:NotHere: install the-engine to have it"),
        (["inc.wat", f"--engines=interp,{BENT}:Unable"], "fewer than two engines took part"),
        (["inc.wat"], "Missing option '--engines'"),
    ],
)
def test_problems(stopwat: Stopwat, wat: Path, arguments: list[str], problem: str) -> None:
    said = stopwat("diff", *arguments)
    assert said.status == 2
    assert problem in said.told
