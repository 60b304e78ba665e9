"""``stopwat spec`` on scripts of our own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Stopwat

COMMAND = (sys.executable, "-c", "from harness.cli import main; main()")
RIGHT = """
(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
(assert_return (invoke "add" (i32.const 1) (i32.const 2)) (i32.const 3))
(assert_malformed (module quote "(func") "unexpected end")
"""
WRONG = RIGHT + '(assert_return (invoke "add" (i32.const 1) (i32.const 2)) (i32.const 4))\n'


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A suite of two scripts."""
    place = tmp_path / "scripts"
    place.mkdir()
    (place / "right.wast").write_text(RIGHT)
    (place / "wrong.wast").write_text(WRONG)
    return place


def test_a_script_of_ones_own(stopwat: Stopwat, scripts: Path) -> None:
    said = stopwat("spec", scripts / "right.wast", "--engine=interp")
    assert said.status == 0
    script, *_ = [line for line in said.out.splitlines() if "right.wast" in line]
    assert script.split()[:3] == ["right.wast", "2", "1"]
    assert "tests the text format 1" in said.out


def test_a_wrong_answer(stopwat: Stopwat, scripts: Path) -> None:
    said = stopwat("spec", "--suite", scripts, "--engine=interp")
    assert said.status == 1
    assert "1 failed" in said.out
    last = said.out.splitlines()[-1]
    assert last.startswith("wrong.wast:5: assert_return: expected returns i32 4")
    assert "got returns i32 3" in last


def test_names_of_scripts_are_no_markup(stopwat: Stopwat, scripts: Path) -> None:
    (scripts / "[red].wast").write_text(WRONG)
    said = stopwat("spec", scripts / "[red].wast", "--engine=interp")
    assert said.status == 1
    assert "[red].wast  " in said.out


def test_scripts_by_name(stopwat: Stopwat, scripts: Path) -> None:
    said = stopwat("spec", "right", "--engine=interp", STOPWAT_SUITE=str(scripts))
    assert said.status == 0
    assert "wrong.wast" not in said.out


def test_an_engine_that_crashes(stopwat: Stopwat, scripts: Path) -> None:
    """Every command of the script is accounted for."""
    said = stopwat("spec", scripts / "right.wast", "--engine=mine:Segfaults")
    assert said.status == 1
    assert "crashed with status -11" in said.out
    assert "1 failed, 2 not run" in said.out


def test_a_script_that_is_none(stopwat: Stopwat, scripts: Path) -> None:
    (scripts / "noise.wast").write_text('(module "')
    said = stopwat("spec", scripts / "noise.wast", "--engine=interp")
    assert said.status != 0
    assert "noise.wast" in said.told + said.out


def test_on_and_off(stopwat: Stopwat, scripts: Path) -> None:
    said = stopwat("spec", scripts / "right.wast", "--engine=interp", "--both")
    assert said.status == 0
    assert said.out.endswith("With cancellation off every command comes to the same.")


def test_on_and_off_are_not_the_same(stopwat: Stopwat, scripts: Path) -> None:
    (scripts / "unnoticed.wast").write_text(RIGHT + '(invoke "add" (i32.const 1) (i32.const 2))')
    said = stopwat("spec", scripts / "unnoticed.wast", "--engine=mine:Switched", "--both")
    assert said.status == 1
    last = said.out.splitlines()[-1]
    assert last == "unnoticed.wast:5: invoke: off returns i32 3 (0x3), on returns i32 4 (0x4)"
    said = stopwat("spec", scripts / "unnoticed.wast", "--engine=mine:Switched")
    assert said.status == 0


VECTOR = "(module (func (drop (i8x16.splat (i32.const 1)))))"
REFERENCE = "(module (func (drop (ref.null func))))"


def test_a_smaller_set_of_features(stopwat: Stopwat, scripts: Path) -> None:
    """What is beyond it is not judged, and the report says of which features it would have been."""
    (scripts / "right.wast").write_text(RIGHT + VECTOR + REFERENCE)
    whole = stopwat("spec", scripts / "right.wast", "--features=proposal")
    assert whole.status == 0
    assert "not offered" not in whole.out
    first = stopwat("spec", scripts / "right.wast", "--engine=interp", "--features=1.0")
    assert first.status == 0
    assert "simd: not offered 1" in first.out
    some = stopwat("spec", scripts / "right.wast", "--features=1.0,simd")
    assert "reference-types: not offered 1" in some.out


def test_a_feature_nobody_knows(stopwat: Stopwat, scripts: Path) -> None:
    said = stopwat("spec", scripts / "right.wast", "--features=2.0,smid")
    assert said.status == 2
    assert said.told.startswith(
        "stopwat: unknown feature 'smid' (did you mean simd?); there are: 1.0, 2.0, 3.0, proposal, mvp, "
    )


def test_a_page_of_several_engines(stopwat: Stopwat, scripts: Path, tmp_path: Path) -> None:
    said = stopwat(
        "spec", "--suite", scripts, "--engine=interp,compiler", "--features=1.0", "--markdown=page.md"
    )
    assert said.status == 1
    page = (tmp_path / "page.md").read_text()
    assert "`stopwat spec --engine interp,compiler --features 1.0 --markdown page.md`" in page
    assert str(scripts) not in page
    assert "| mvp | 1.0 | the first version | 4 / 5 | 4 / 5 |" in page
    assert "| **all** |  |  | 4 / 5 | 4 / 5 |" in page
    assert "| tests the text format | 2 | 2 |" in page


def test_a_page_although_standard_output_is_full(stopwat: Stopwat, scripts: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    with open("/dev/full", "w") as full:  # noqa: PTH123  a device
        done = subprocess.run(
            [*COMMAND, "spec", scripts / "right.wast", "--engine=interp", f"--markdown={page}"],
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert done.returncode == 2
    assert done.stderr == b"stopwat: No space left on device\n"
    assert "| **all** |" in page.read_text(encoding="utf-8")
