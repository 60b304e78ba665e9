"""Runs in parts, and runs that are finished later."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from harness.certificate import Certificate, load, merge

if TYPE_CHECKING:
    from tests.conftest import Eventually

ENGINES = Path(__file__).parents[1] / "engines"
HONEST = f"{ENGINES / 'honest.py'}:Honest"
SLOW = """
    import os, pathlib, time
    import pytest
    from harness.results import OverheadResult

    @pytest.mark.parametrize("number", range(8))
    def test_kernel(engine, record, number):
        with pathlib.Path("ran").open("a") as file:
            print(number, os.getpid(), file=file)
        if number == 5 and not pathlib.Path("enough").exists():
            time.sleep(600)
        kernel = f"kernel-{number}"
        record(OverheadResult(kernel=kernel, off=(1,), on=(1,), ratio=1.0, low=1.0, high=1.0))
"""


def certificate(pytester: pytest.Pytester, name: str) -> Certificate:
    return load(pytester.path / name, partial=True)


def refused(pytester: pytest.Pytester, *arguments: str) -> str:
    """The one line that is said; nothing ran."""
    done = pytester.runpytest_subprocess(f"--engine={HONEST}", *arguments)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    told = [line for line in done.stderr.lines if "error: " in line.lower() and "usage: " not in line]
    assert len(told) == 1
    return told[0]


def began(pytester: pytest.Pytester) -> dict[int, int]:
    """The cases that began, by number, each with the process it began in."""
    file = pytester.path / "ran"
    lines = file.read_text().splitlines() if file.exists() else []
    return {int(number): int(pid) for number, pid in map(str.split, lines)}


def start(pytester: pytest.Pytester, *arguments: str) -> subprocess.Popen[bytes]:
    """A run in a group of its own, with everything that does not sleep behind it."""
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", f"--engine={HONEST}", *arguments],
        cwd=pytester.path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.mark.parametrize("parallel", [[], ["-n2"]], ids=["serial", "xdist"])
def test_all_parts_are_the_whole(cases: pytest.Pytester, parallel: list[str]) -> None:
    engine = f"--engine={HONEST}"
    cases.runpytest_subprocess(engine, "--certificate=whole.json").assert_outcomes(passed=6)
    parts = []
    for number in (1, 2, 3):
        name = f"part-{number}.json"
        done = cases.runpytest_subprocess(
            engine, f"--certificate={name}", f"--shard={number}/3", *parallel, "-p", "no:cacheprovider"
        )
        done.assert_outcomes(passed=2, deselected=0 if parallel else 4)
        parts.append(certificate(cases, name))
    whole = certificate(cases, "whole.json")
    merged, overlap = merge(parts)
    assert overlap == ()
    assert merged.header.plan == whole.header.plan
    assert {item.id for item in merged.items} == {item.id for item in whole.items}
    assert merged.footer.complete
    assert merged.footer.checks == whole.footer.checks


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/", "a/b", "-1/2"])
def test_a_part_that_makes_no_sense(cases: pytest.Pytester, text: str) -> None:
    assert f"{text!r} is no part; write K/N" in refused(cases, f"--shard={text}")


def test_a_profile_nobody_knows(cases: pytest.Pytester) -> None:
    told = refused(cases, "--profile=quickly")
    assert "unknown profile 'quickly' (did you mean quick?); there are: quick, standard, nightly" in told


def test_the_profile_is_in_the_header(cases: pytest.Pytester) -> None:
    cases.runpytest_subprocess(f"--engine={HONEST}", "--certificate=c.json", "--profile=quick", "--pairs=5")
    header = certificate(cases, "c.json").header
    assert header.profile == "quick"
    assert (header.options["pairs"], header.options["warmup"]) == (5, 0)


@pytest.mark.parametrize("parallel", [[], ["-n2"]], ids=["serial", "xdist"])
def test_what_a_signal_cut_short_is_finished(
    cases: pytest.Pytester, parallel: list[str], eventually: Eventually
) -> None:
    cases.makepyfile(test_cases=SLOW)
    run = start(cases, "--certificate=c.json", *parallel)
    eventually(run, lambda: 5 in began(cases))
    os.killpg(run.pid, signal.SIGINT)
    assert run.wait(timeout=300) == pytest.ExitCode.INTERRUPTED
    first = certificate(cases, "c.json")
    assert first.footer.cut_short == "interrupted"
    before = {item.id for item in first.items}
    assert 0 < len(before) < 8

    cases.path.joinpath("enough").touch()
    cases.path.joinpath("ran").unlink()
    done = cases.runpytest_subprocess(
        f"--engine={HONEST}", "--resume=c.json", "--certificate=c.json", *parallel
    )
    done.assert_outcomes(passed=8 - len(before), deselected=0 if parallel else len(before))
    assert len(began(cases)) == 8 - len(before)
    whole = certificate(cases, "c.json")
    assert whole.footer.complete
    assert whole.footer.cut_short == ""
    assert len(whole.items) == len(whole.overheads) == 8
    assert whole.header.started == first.header.started
    assert refused(cases, "--resume=c.json").endswith("c.json is whole: there is nothing left to run")


def test_what_a_killed_process_of_xdist_took_along_runs_again(
    cases: pytest.Pytester, eventually: Eventually
) -> None:
    cases.makepyfile(test_cases=SLOW)
    run = start(cases, "--certificate=c.json", "-n2")
    eventually(run, lambda: 5 in began(cases))
    psutil.Process(began(cases)[5]).kill()
    assert run.wait(timeout=300) == pytest.ExitCode.TESTS_FAILED
    first = certificate(cases, "c.json")
    (lost,) = [item for item in first.items if item.outcome != "passed"]
    assert lost.outcome == "error"
    assert "crashed" in lost.why
    assert not first.footer.certified

    cases.path.joinpath("enough").touch()
    cases.path.joinpath("ran").unlink()
    cases.runpytest_subprocess(f"--engine={HONEST}", "--resume=c.json", "--certificate=whole.json")
    assert set(began(cases)) == {5}
    whole = certificate(cases, "whole.json")
    assert len(whole.overheads) == 8
    assert {item.outcome for item in whole.items} == {"passed"}


@pytest.fixture
def interrupted(cases: pytest.Pytester) -> pytest.Pytester:
    """`c.json` is of a run that was stopped after one case of two."""
    cases.makepyfile(
        test_cases="""
        import pytest
        from harness.results import OverheadResult

        @pytest.mark.parametrize("number", range(2))
        def test_kernel(engine, record, number):
            if number:
                raise KeyboardInterrupt
            record(OverheadResult(kernel="k", off=(1,), on=(1,), ratio=1.0, low=1.0, high=1.0))
        """
    )
    cases.runpytest_subprocess(f"--engine={HONEST}", "--certificate=c.json", "--profile=quick")
    assert certificate(cases, "c.json").footer.cut_short == "interrupted"
    return cases


@pytest.mark.parametrize(
    ("arguments", "difference"),
    [
        (["--profile=standard"], "profile was quick then and is standard now"),
        (["--profile=quick", "--bound=1ms"], "options.bound was 200000000 then and is 1000000 now"),
        (["--profile=quick", "--shard=1/2"], "shards was 1 then and is 2 now"),
        (["--profile=quick", "--engine=interp"], "--resume takes one engine, not "),
    ],
)
def test_another_run_is_not_resumed(
    interrupted: pytest.Pytester, arguments: list[str], difference: str
) -> None:
    told = refused(interrupted, "--resume=c.json", *arguments)
    assert difference in told


def test_another_engine_does_not_resume(interrupted: pytest.Pytester) -> None:
    other = f"{ENGINES / 'wrong.py'}:Deaf"
    done = interrupted.runpytest_subprocess(f"--engine={other}", "--profile=quick", "--resume=c.json")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(
        ["ERROR: c.json is not of this run: engine was *honest.py:Honest then and is *"]
    )


@pytest.mark.parametrize("parallel", [[], ["-n2"]], ids=["serial", "xdist"])
def test_other_cases_are_not_added(interrupted: pytest.Pytester, parallel: list[str]) -> None:
    before = interrupted.path.joinpath("c.json").read_bytes()
    interrupted.makepyfile(test_more="def test_more(engine): pass")
    done = interrupted.runpytest_subprocess(
        f"--engine={HONEST}", "--profile=quick", "--resume=c.json", "--certificate=c.json", *parallel
    )
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert "c.json is not of this run: other cases were planned" in done.stdout.str() + done.stderr.str()
    assert interrupted.path.joinpath("c.json").read_bytes() == before


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "No such file"), ("{}", "not a certificate"), ("{", "cut off, or no JSON")],
)
def test_nothing_to_resume(cases: pytest.Pytester, content: str | None, message: str) -> None:
    if content is not None:
        cases.path.joinpath("c.json").write_text(content)
    assert message in refused(cases, "--resume=c.json")
