"""``stopwat certify``, on a handful of cases of our own instead of the installed ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import psutil
import pytest

from harness.certificate import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import InTerminal, Stopwat
    from tests.conftest import Eventually

COMMAND = (sys.executable, "-c", "from harness.cli import main; main()")
# Stands in for the installed cases, and for what there is to cover.
INSTALL = """
import pathlib
from harness import certificate, provenance
provenance.cases = lambda: pathlib.Path(__file__).parents[1] / "cases"
provenance.scope = lambda *_: certificate.Scope(
    scripts=1, on=1, off=1, kernels=1, cases=("test_cases.py::test_spec",)
)
"""
CASES = """
import pathlib
import pytest
from harness.assembler import assemble
from harness.outcome import Interrupted
from harness.registry import Choice
from harness.results import OverheadResult, ScenarioResult, SpecResult, Tally, Verdict
from harness.sandbox import protocol
from harness.sandbox.supervisor import Worker

def test_spec(engine, record):
    record(SpecResult(file="i32.wast", features={"mvp": Tally(passed=3)}, not_applicable={}, differs=()))

def test_overhead(engine, record):
    record(OverheadResult(kernel="kernel-fib", off=(10,), on=(10,), ratio=1.0, low=1.0, high=1.0))

def test_scenario(engine, interruptible, options, record):
    binary = assemble('(module (func (export "spin") (loop (br 0))))').binary
    with Worker(Choice(engine, interruptible=interruptible)) as worker:
        commands = protocol.Compile("m", binary), protocol.Instantiate("i", "m")
        list(worker.run(commands, patience=60))
        spin = protocol.Invoke("i", "spin", limits=protocol.Limits(timeout=1))
        outcome = next(worker.run([spin], patience=options.patience / 1e9)).outcome
    stopped = isinstance(outcome, Interrupted)
    verdict = Verdict.TERMINATED if stopped else Verdict.HUNG if interruptible else Verdict.RIGHT
    record(ScenarioResult(
        id="loop-br", group="loops", fixture="loops/loop-br.wat", interruptible=interruptible, way="deadline",
        expected="", verdict=verdict, outcome=outcome, latencies=(1000,) if stopped else (),
    ))
    assert verdict.good, verdict.value
"""
WAITS = """
import time

def test_waits(engine):
    with Worker(Choice(engine)):
        pathlib.Path("waiting").touch()
        if not pathlib.Path("go-on").exists():
            time.sleep(600)
"""
WAITS_UNTIL_TOLD = """
import time

def test_waits(engine):
    pathlib.Path("waiting").touch()
    while not pathlib.Path("go-on").exists():
        time.sleep(0.05)
"""
SLOW_TO_COLLECT = """
import pathlib, time
pathlib.Path("waiting").touch()
time.sleep(600)
"""
FAILS = """
def test_fails(engine):
    assert False, "something to draw"
"""


@pytest.fixture
def cases(tmp_path: Path, stopwat: Stopwat, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of cases."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(INSTALL)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"), prepend=os.pathsep)
    # whatever the project of the person says about pytest has no say
    (tmp_path / "pyproject.toml").write_text('[tool.pytest]\naddopts = ["--nonsense"]\n')
    (tmp_path / "conftest.py").write_text("raise RuntimeError\n")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--nonsense")
    file = tmp_path / "cases" / "test_cases.py"
    file.parent.mkdir()
    file.write_text(CASES)
    return file


def test_certified(stopwat: Stopwat, cases: Path, tmp_path: Path) -> None:
    said = stopwat("certify", "interp", "--repetitions=2", "--bound=5s", "--patience=1s")
    assert said.status == 0, said
    assert "✓ interp is certified, grade B (profile standard, bound 5 s, repetitions 2)" in said.out
    assert said.told == "wrote certificate.json and junit.xml"
    certificate = load(tmp_path / "certificate.json")
    assert certificate.footer.certified
    assert certificate.header.options["repetitions"] == 2
    assert certificate.header.options["bound"] == 5_000_000_000
    assert sorted(item.id for item in certificate.items) == [
        "cases/test_cases.py::test_overhead[interp]",
        "cases/test_cases.py::test_scenario[interp-off]",
        "cases/test_cases.py::test_scenario[interp-on]",
        "cases/test_cases.py::test_spec[interp]",
    ]
    assert len(list(ElementTree.parse(tmp_path / "junit.xml").iter("testcase"))) == 4


def test_blanks_around_a_command(stopwat: Stopwat, cases: Path, tmp_path: Path) -> None:
    """As a folded line of YAML leaves them; and commas are the command's own."""
    program = f"{sys.executable} -P -m harness.sandbox.worker harness.measure.floor:Floor a,b"
    said = stopwat("certify", f" exec:{program} \n", "--patience=1s")
    assert said.told == "wrote certificate.json and junit.xml"
    assert load(tmp_path / "certificate.json").header.engine == f"exec:{program}"


def test_shown_again(stopwat: Stopwat, cases: Path, tmp_path: Path) -> None:
    first = stopwat("certify", "interp", "--patience=1s")
    again = stopwat("show", "certificate.json")
    assert (again.status, again.out) == (0, first.out)
    assert stopwat("show", "certificate.json", "--svg=picture.svg").status == 0
    picture = ElementTree.parse(tmp_path / "picture.svg").getroot()
    assert "interp is certified" in "".join(picture.itertext()).replace("\xa0", " ")
    assert "url(http" not in (tmp_path / "picture.svg").read_text()


def test_with_several_jobs(stopwat: Stopwat, cases: Path, tmp_path: Path) -> None:
    said = stopwat("certify", "interp", "--jobs=2", "-o", "c.json", "--junit=j.xml", "--patience=1s")
    assert said.status == 0, said
    assert len(load(tmp_path / "c.json").items) == 4
    assert (tmp_path / "j.xml").exists()


def test_not_certified(stopwat: Stopwat, cases: Path, tmp_path: Path) -> None:
    said = stopwat("certify", "mine:Deaf", "--patience=1s")
    assert said.status == 1
    assert "✗ mine:Deaf is not certified, grade F (profile standard): cases, stopping" in said.out
    assert "It cannot be stopped." in said.out
    assert "loop-br (deadline, on): hung" in said.out
    assert not load(tmp_path / "certificate.json").footer.certified


def test_several_engines(stopwat_many: Stopwat, cases: Path, tmp_path: Path) -> None:
    """One after the other, the one that is not here is named, and the worst decides."""
    engines = ("interp", "mine:NotHere", "mine:Deaf")
    said = stopwat_many("certify", *engines, "--patience=1s", "--report=all.html")
    assert said.status == 2, said
    assert "✓ interp is certified" in said.out
    assert "✗ mine:Deaf is not certified" in said.out
    assert "'mine:NotHere' is not available here: install the-engine to have it" in said.told
    assert load(tmp_path / "certificate-interp.json").footer.certified
    assert not load(tmp_path / "certificate-mine-Deaf.json").footer.certified
    assert not (tmp_path / "certificate-mine-NotHere.json").exists()
    assert (tmp_path / "junit-mine-Deaf.xml").exists()
    page = (tmp_path / "all.html").read_text()
    assert "interp" in page
    assert "mine:Deaf" in page


def test_the_worst_of_several_engines(stopwat_many: Stopwat, cases: Path) -> None:
    assert stopwat_many("certify", "mine:Deaf", "interp", "--patience=1s").status == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "no engine is named"),
        (("interp", "compiler", "--resume=c.json"), "--resume takes one engine, not interp, compiler"),
        (("interp", "--profile=quickly"), "unknown profile 'quickly' (did you mean quick?)"),
        (("interp", "--shard=3/2"), "'3/2' is no part; write K/N"),
        (("interp", "--report=what"), "what is what to be?"),
        (("interp", "--report=nowhere/page.html"), "there is no directory "),
        (("interp", "--output=/proc/c.json"), "stopwat: cannot write /proc/c.json: "),
        (("interp", "--junit=/proc/c.xml"), "stopwat: cannot write /proc/c.xml: "),
        (("interp", "--resume=nothing.json"), "nothing.json: No such file or directory"),
    ],
)
def test_what_cannot_be_meant(
    stopwat: Stopwat, cases: Path, arguments: tuple[str, ...], message: str
) -> None:
    """And no case runs for it."""
    said = stopwat("certify", *arguments)
    assert (said.status, said.out) == (2, "")
    assert message in said.told


def test_parts_are_merged(stopwat: Stopwat, stopwat_many: Stopwat, cases: Path, tmp_path: Path) -> None:
    for number in (1, 2):
        said = stopwat("certify", "interp", f"--shard={number}/2", f"--output={number}.json", "--patience=1s")
        assert said.status == 1
        assert f"part {3 - number} of 2 is missing" in said.out
    said = stopwat("merge", "1.json", "2.json", "-o", "whole.json")
    assert (said.status, said.told) == (0, "wrote whole.json")
    assert "✓ interp is certified, grade A (profile standard)" in said.out
    assert load(tmp_path / "whole.json").footer.certified
    said = stopwat_many("merge", "1.json", "whole.json", "-o", "again.json")
    assert said.status == 0
    assert "in more than one part: cases/test_cases.py::test_" in said.told
    said = stopwat("merge", "2.json", "-o", "half.json")
    assert said.status == 1
    assert "part 1 of 2 is missing" in said.out


def test_what_cannot_be_merged(stopwat: Stopwat, cases: Path, tmp_path: Path) -> None:
    stopwat("certify", "interp", "-o", "a.json", "--patience=1s")
    stopwat("certify", "interp", "-o", "b.json", "--patience=1s", "--pairs=3")
    said = stopwat("merge", "a.json", "b.json", "-o", "c.json")
    assert said.status == 2
    assert said.told == "stopwat: a.json and b.json are not of one run: options.pairs is 9 there and 3 here"
    assert not (tmp_path / "c.json").exists()
    assert stopwat("merge", "a.json", "mine.py", "-o", "c.json").status == 2
    said = stopwat("merge", "a.json", "-o", "/dev/full")
    assert (said.status, said.told) == (2, "stopwat: cannot write /dev/full: No space left on device")


def test_cases_that_cannot_be_read(stopwat: Stopwat, cases: Path) -> None:
    cases.write_text("import nowhere")
    said = stopwat("certify", "interp")
    assert said.status == 2
    assert "No module named 'nowhere'" in said.told


def test_a_full_disk(stopwat: Stopwat, cases: Path) -> None:
    said = stopwat("certify", "interp", "-o", "/dev/full", "--patience=1s")
    assert said.status == 2
    assert said.told.startswith("stopwat: cannot write /dev/full: ")
    said = stopwat("certify", "interp", "--junit", "/dev/full", "--patience=1s")
    assert said.status == 2
    assert "No space left on device" in said.told


def test_nothing_is_lost_if_standard_output_is_full(cases: Path, tmp_path: Path) -> None:
    """Not of this engine, and not of the next."""
    arguments = ("certify", "interp", "mine:Deaf", "--patience=1s", "--report=report.html")
    with open("/dev/full", "w") as full:  # noqa: PTH123  a device
        done = subprocess.run([*COMMAND, *arguments], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    *wrote, last = done.stderr.decode().splitlines()
    assert last == "stopwat: No space left on device"
    assert [line.split()[:2] for line in wrote] == [
        ["wrote", "certificate-interp.json"],
        ["wrote", "certificate-mine-Deaf.json"],
        ["wrote", "report.html"],
    ]
    for file in ("certificate-interp.json", "certificate-mine-Deaf.json"):
        assert load(tmp_path / file).footer.complete


def test_nothing_is_lost_if_nobody_listens(cases: Path, tmp_path: Path) -> None:
    run = subprocess.Popen(
        [*COMMAND, "certify", "interp", "--patience=1s"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert run.stdout is not None
    run.stdout.close()
    _, told = run.communicate(timeout=300)
    assert told.decode() == "wrote certificate.json and junit.xml\n"
    assert load(tmp_path / "certificate.json").footer.certified


def test_nothing_is_lost_if_the_terminal_is_gone(
    cases: Path, tmp_path: Path, in_terminal: Callable[..., InTerminal], eventually: Eventually
) -> None:
    cases.write_text(CASES + WAITS_UNTIL_TOLD + FAILS)
    run = in_terminal("certify", "interp", "--patience=1s", "--report=report.html")
    eventually(run.process, (tmp_path / "waiting").exists)
    run.close()
    (tmp_path / "go-on").touch()
    assert run.process.wait(timeout=300) == 2
    assert load(tmp_path / "certificate.json").footer.complete
    assert (tmp_path / "report.html").exists()


def test_a_locale_without_the_marks(stopwat: Stopwat, cases: Path, tmp_path: Path) -> None:
    said = stopwat("certify", "interp", "--patience=1s", PYTHONIOENCODING="ascii")
    assert said.status == 0, said
    assert "\\u2713 interp is certified" in said.out
    assert load(tmp_path / "certificate.json").footer.certified


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_loses_nothing_and_leaves_no_process(
    cases: Path, tmp_path: Path, number: signal.Signals, eventually: Eventually
) -> None:
    cases.write_text(CASES + WAITS)
    run = subprocess.Popen(
        [*COMMAND, "certify", "interp", "--patience=1s"], cwd=tmp_path, stderr=subprocess.PIPE
    )
    eventually(run, (tmp_path / "waiting").exists)
    family = psutil.Process(run.pid).children(recursive=True)
    assert family
    run.send_signal(number)
    _, told = run.communicate(timeout=300)
    assert run.returncode == 130
    assert told.decode().strip().splitlines()[-1] == "stopwat: interrupted"
    _, alive = psutil.wait_procs(family, timeout=30)
    assert not alive
    certificate = load(tmp_path / "certificate.json", partial=True)
    assert certificate.footer.cut_short == "interrupted"
    assert not certificate.footer.certified
    assert len(certificate.items) == 4
    assert len(certificate.header.planned) == 5

    (tmp_path / "go-on").touch()
    arguments = ("--resume=certificate.json", "--output=whole.json", "--patience=1s")
    done = subprocess.run([*COMMAND, "certify", "interp", *arguments], cwd=tmp_path, capture_output=True)
    assert done.returncode == 0, done.stdout
    whole = load(tmp_path / "whole.json")
    assert len(whole.items) == 5
    assert whole.items[:4] == certificate.items


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_before_any_case_runs(
    cases: Path, tmp_path: Path, number: signal.Signals, eventually: Eventually
) -> None:
    cases.write_text(SLOW_TO_COLLECT)
    run = subprocess.Popen([*COMMAND, "certify", "interp"], cwd=tmp_path, stderr=subprocess.PIPE)
    eventually(run, (tmp_path / "waiting").exists)
    run.send_signal(number)
    _, told = run.communicate(timeout=300)
    assert (run.returncode, told.decode().strip()) == (130, "stopwat: interrupted")


def test_a_signal_that_is_ignored(cases: Path, tmp_path: Path, eventually: Eventually) -> None:
    """As nohup has it: the run goes on, and comes to its end."""
    cases.write_text(CASES + WAITS_UNTIL_TOLD)
    nohup = ("/bin/sh", "-c", 'trap "" HUP; exec "$@"', "nohup")
    run = subprocess.Popen([*nohup, *COMMAND, "certify", "interp", "--patience=1s"], cwd=tmp_path)
    eventually(run, (tmp_path / "waiting").exists)
    run.send_signal(signal.SIGHUP)
    (tmp_path / "go-on").touch()
    assert run.wait(timeout=300) == 0
    assert load(tmp_path / "certificate.json").footer.counts == {"passed": 5}


LINGERS = """
import pathlib, time

def pytest_sessionfinish():
    pathlib.Path("ending").touch()
    time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_loses_nothing(
    cases: Path, tmp_path: Path, number: signal.Signals, eventually: Eventually
) -> None:
    cases.write_text(CASES + WAITS)
    cases.with_name("conftest.py").write_text(LINGERS)
    run = subprocess.Popen(
        [*COMMAND, "certify", "interp", "--patience=1s"], cwd=tmp_path, stderr=subprocess.PIPE
    )
    for file in ("waiting", "ending"):
        eventually(run, (tmp_path / file).exists)
        run.send_signal(number)
    _, told = run.communicate(timeout=300)
    assert run.returncode == 130
    *_, fault, last = told.decode().splitlines()
    assert fault.startswith("stopwat: interrupted while ending: ")
    assert last == "stopwat: interrupted"
    found = load(tmp_path / "certificate.json", partial=True)
    assert found.footer.cut_short == "interrupted"
    assert len(found.items) == 4


STRIKES = """
import os
from harness import certificate

do = certificate.{step}

def struck(*arguments, **keywords):
    certificate.{step} = do
    os.kill(os.getpid(), {number:d})
    return do(*arguments, **keywords)

certificate.{step} = struck
"""


@pytest.mark.parametrize(("step", "number"), [("close", signal.SIGINT), ("save", signal.SIGTERM)])
def test_a_signal_while_books_are_closed_loses_nothing(
    stopwat_many: Stopwat, cases: Path, tmp_path: Path, step: str, number: signal.Signals
) -> None:
    cases.with_name("conftest.py").write_text(STRIKES.format(step=step, number=number))
    said = stopwat_many("certify", "interp", "--patience=1s")
    assert said.status == 130
    assert "interp is certified" in said.out
    assert said.told.splitlines()[-1] == "stopwat: interrupted"
    assert load(tmp_path / "certificate.json").footer.certified


def test_a_bar_in_a_terminal(cases: Path, in_terminal: Callable[..., InTerminal]) -> None:
    """And nothing of it in the end, but the table."""
    run = in_terminal("certify", "interp", "--patience=1s")
    shown = run.shown()
    assert run.process.wait(timeout=300) == 0
    assert "4/4" in shown
    assert "interp is certified" in shown
    assert "test session starts" not in shown
