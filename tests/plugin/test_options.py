"""What a person may write, and what is said to what they may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.plugin import asked
from harness.scenarios import Options

ENGINES = Path(__file__).parents[1] / "engines"
HELLO = "def test_engine(engine): pass"


def usage_error(pytester: pytest.Pytester, *arguments: str) -> str:
    """The one line that is said; nothing ran."""
    done = pytester.runpytest_subprocess(*arguments)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    told = [line for line in done.stderr.lines if "error: " in line.lower() and "usage: " not in line]
    assert len(told) == 1
    assert "Traceback" not in done.stderr.str() + done.stdout.str()
    return told[0]


@pytest.fixture(autouse=True)
def hello(cases: pytest.Pytester) -> None:
    """One test, of any engine."""
    cases.makepyfile(test_cases=HELLO)


def test_without_the_option_the_references(cases: pytest.Pytester) -> None:
    done = cases.runpytest_subprocess("--collect-only", "-q")
    assert done.outlines[:2] == ["test_cases.py::test_engine[interp]", "test_cases.py::test_engine[compiler]"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--engine=interp"], ["interp"]),
        (["--engine=interp,compiler"], ["interp", "compiler"]),
        (["--engine", "compiler", "--engine", " interp , compiler,"], ["compiler", "interp"]),
        (["--engine=module:One,file.py:Two"], ["module:One", "file.py:Two"]),
        (["--engine=exec:./engine --set=a,b", "--engine=interp"], ["exec:./engine --set=a,b", "interp"]),
    ],
)
def test_engines_by_name(cases: pytest.Pytester, arguments: list[str], expected: list[str]) -> None:
    assert asked.engines(cases.parseconfig(*arguments)) == expected


def test_an_engine_nobody_knows(cases: pytest.Pytester) -> None:
    told = usage_error(cases, "--engine=compile")
    assert "unknown engine 'compile' (did you mean 'compiler'?); there are: " in told


def test_an_engine_that_is_not_here(cases: pytest.Pytester) -> None:
    told = usage_error(cases, f"--engine={ENGINES / 'wrong.py'}:NotHere")
    assert "is not available here: " in told


def test_an_engine_that_does_not_import(cases: pytest.Pytester) -> None:
    told = usage_error(cases, f"--engine={ENGINES / 'broken.py'}:Broken")
    assert "cannot start " in told


def test_an_engine_in_the_current_directory(cases: pytest.Pytester) -> None:
    cases.makepyfile(mine=(ENGINES / "honest.py").read_text(encoding="utf-8"))
    done = cases.runpytest_subprocess("--engine=mine:Honest")
    done.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--bound=3", "'3' is no duration; write a number and one of ns us ms s m h"),
        ("--bound=0ms", "'0ms' is not more than nothing"),
        ("--patience=-1s", "'-1s' is not more than nothing"),
        ("--patience=soon", "'soon' is no duration"),
        ("--repetitions=0", "'0' is not a whole number from 1"),
        ("--repetitions=1.5", "'1.5' is not a whole number from 1"),
        ("--repetitions=-1", "'-1' is not a whole number from 1"),
    ],
)
def test_values_that_make_no_sense(cases: pytest.Pytester, option: str, message: str) -> None:
    assert f"argument {option.partition('=')[0]}: {message}" in usage_error(cases, option)


def test_the_options_of_a_run(cases: pytest.Pytester) -> None:
    config = cases.parseconfig("--bound=20ms", "--repetitions=3", "--pairs=4", "--patience=1.5s")
    assert asked.options_of(config) == Options(
        bound=20_000_000, repetitions=3, pairs=4, patience=1_500_000_000
    )
    assert asked.options_of(cases.parseconfig()) == Options()


def test_a_suite_that_is_not_there(cases: pytest.Pytester) -> None:
    told = usage_error(cases, "--suite=nowhere")
    assert "there are no .wast files in nowhere (named by --suite)" in told


def test_without_a_suite_its_tests_are_skipped_and_the_rest_runs(cases: pytest.Pytester) -> None:
    cases.makepyfile(test_cases="def test_suite(suite): pass\ndef test_other(): pass")
    done = cases.runpytest_subprocess("-rs")
    done.assert_outcomes(passed=1, skipped=1)
    done.stdout.fnmatch_lines(["SKIPPED*the official test suite is not here: run `stopwat suite fetch`*"])


def test_scripts_by_name(cases: pytest.Pytester) -> None:
    for name in ("i32", "i64", "f32"):
        (cases.path / f"{name}.wast").write_text("(module)")
    where = f"--suite={cases.path}"
    assert asked.scripts_of(cases.parseconfig(where)) == ["f32.wast", "i32.wast", "i64.wast"]
    assert asked.scripts_of(cases.parseconfig(where, "--script=i64.wast")) == ["i64.wast"]
    with pytest.raises(pytest.UsageError, match=r"unknown script 'i3.wast' \(did you mean i32.wast\?\)"):
        asked.scripts_of(cases.parseconfig(where, "--script=i3.wast"))
