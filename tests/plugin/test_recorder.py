"""What the cases found ends up in certificates: whole, whatever happens to the run."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import psutil
import pytest

from harness.certificate import Certificate, load
from harness.results import Verdict

if TYPE_CHECKING:
    from tests.conftest import Eventually

ENGINES = Path(__file__).parents[1] / "engines"
HONEST = f"{ENGINES / 'honest.py'}:Honest"
SPINS = """
    import pathlib, pytest
    from harness.registry import Choice
    from harness.results import OverheadResult
    from harness.sandbox import protocol
    from harness.sandbox.supervisor import Worker

    def test_first(engine, record):
        record(OverheadResult(kernel="k", off=(1,), on=(1,), ratio=1.0, low=1.0, high=1.0))

    @pytest.mark.parametrize("number", range(4))
    def test_spins(engine, number):
        with Worker(Choice(engine)) as worker:
            module = protocol.Compile("m", b"spin: spin")
            call = protocol.Invoke("i", "spin")
            job = worker.submit([module, protocol.Instantiate("i", "m"), call])
            pathlib.Path(f"spinning-{number}").touch()
            list(job.reports(patience=60))
"""


def certificate(pytester: pytest.Pytester, name: str = "c.json", *, partial: bool = False) -> Certificate:
    return load(pytester.path / name, partial=partial)


@pytest.mark.parametrize("parallel", [[], ["-n2"]], ids=["serial", "xdist"])
def test_one_certificate_with_everything(cases: pytest.Pytester, parallel: list[str]) -> None:
    done = cases.runpytest_subprocess(f"--engine={HONEST}", "--certificate=c.json", *parallel)
    done.assert_outcomes(passed=6)
    found = certificate(cases)
    assert found.header.engine == HONEST
    assert found.header.name == "honest"
    assert list(found.header.planned) == [item.id for item in found.items]
    assert len(found.items) == 6
    assert {(result.id, result.interruptible) for result in found.scenarios} == {
        ("loop-br", False),
        ("loop-br", True),
        ("call-tree", False),
        ("call-tree", True),
    }
    assert [result.file for result in found.scripts] == ["i32.wast"]
    assert [result.kernel for result in found.overheads] == ["kernel-fib"]
    assert found.footer.complete
    broken = [check.rule for check in found.footer.checks if not check.passed]
    assert broken == ["coverage"]
    done.stdout.fnmatch_lines(
        ["*stopwat: *", "*Conformance*", "*Scenarios*", "*Overhead*", "*is not certified*"]
    )
    done.stdout.fnmatch_lines(["wrote c.json"])


def test_two_engines_two_certificates(cases: pytest.Pytester) -> None:
    other = f"{ENGINES / 'wrong.py'}:Deaf"
    cases.runpytest_subprocess("--engine", HONEST, "--engine", other, "--certificate=c.json").assert_outcomes(
        passed=12
    )
    found = [load(path) for path in sorted(cases.path.glob("c-*.json"))]
    assert {one.header.engine for one in found} == {HONEST, other}
    assert [len(one.items) for one in found] == [6, 6]


def test_junit_has_properties(cases: pytest.Pytester) -> None:
    cases.runpytest_subprocess(f"--engine={HONEST}", "--junit-xml=j.xml")
    told: dict[str, set[str]] = {}
    for one in ElementTree.parse(cases.path / "j.xml").iter("property"):
        told.setdefault(one.attrib["name"], set()).add(one.attrib["value"])
    assert told["engine"] == {HONEST}
    assert told["scenario"] == {"loop-br", "call-tree"}
    assert told["verdict"] == {"terminated", "right"}
    assert told["latency.max"] == {"400 us"}
    assert told["commands.passed"] == {"3"}
    assert told["overhead"] == {"1.000"}


@pytest.mark.parametrize("parallel", [[], ["-n2"]], ids=["serial", "xdist"])
def test_every_item_has_properties(cases: pytest.Pytester, parallel: list[str]) -> None:
    """Whatever becomes of it."""
    cases.makepyfile(
        test_cases="""
        import os
        import pytest

        @pytest.fixture
        def breaks(request):
            if request.param == "set-up":
                raise RuntimeError
            yield request.param
            assert request.param != "tear-down"

        @pytest.mark.parametrize("breaks", ["nothing", "set-up", "call", "tear-down", "skip"], indirect=True)
        def test_breaks(engine, interruptible, breaks):
            assert breaks != "call"
            if breaks == "skip":
                pytest.skip("today")

        @pytest.mark.skip(reason="always")
        def test_skipped(engine, interruptible): pass

        def test_dies(engine, interruptible):
            if "PYTEST_XDIST_WORKER" in os.environ:
                os._exit(3)
        """
    )
    cases.runpytest_subprocess(f"--engine={HONEST}", "--junit-xml=j.xml", *parallel)
    found = list(ElementTree.parse(cases.path / "j.xml").iter("testcase"))
    assert len({case.attrib["name"] for case in found}) == 14
    for case in found:
        told = {one.attrib["name"]: one.attrib["value"] for one in case.iter("property")}
        name = case.attrib["name"]
        # a test that fails, and then its tear-down too, is there twice, the second time bare
        assert told.get("engine") == HONEST or "tear-down" in name, name
        if "dies" not in name and told:
            assert told["cancellation"] == ("on" if "-on" in name else "off")


@pytest.mark.parametrize("parallel", [[], ["-n2"]], ids=["serial", "xdist"])
def test_what_the_machine_lacks_is_held_against_no_engine(
    cases: pytest.Pytester, parallel: list[str]
) -> None:
    cases.makepyfile(
        test_cases="""
        import errno
        from harness.results import *
        from harness.sandbox.supervisor import Shortage

        def test_spec(engine, record):
            record(SpecResult(file="i32.wast", features={"mvp": Tally(passed=3)}, not_applicable={}))

        def test_short(engine): raise Shortage(errno.EMFILE, "too few files")

        def test_broken(engine): raise OSError(errno.EMFILE, "a mistake in a case")
        """
    )
    done = cases.runpytest_subprocess(f"--engine={HONEST}", "--certificate=c.json", *parallel)
    done.stdout.no_fnmatch_line("*raise Shortage*")
    found = certificate(cases)
    told = {item.id.partition("::")[2].partition("[")[0]: (item.outcome, item.why) for item in found.items}
    assert told["test_short"] == ("error", "too few files")
    assert told["test_broken"][0] == "failed"
    assert not found.footer.certified


@pytest.mark.parametrize("parallel", [[], ["-n2"]], ids=["serial", "xdist"])
def test_what_fails_is_kept_with_its_reason(cases: pytest.Pytester, parallel: list[str]) -> None:
    cases.makepyfile(
        test_cases="""
        import pytest
        from harness.outcome import Hung
        from harness.results import *

        def test_hangs(engine, record):
            record(ScenarioResult(id="a", group="g", fixture="f", interruptible=True, way="deadline",
                expected="interrupted", verdict=Verdict.HUNG, outcome=Hung(1.0)))
            assert False, "it hung\\nfor a second"

        @pytest.fixture
        def broken(): raise RuntimeError("no way")

        def test_set_up(engine, broken): pass

        def test_skipped(engine): pytest.skip("not today")
        """
    )
    done = cases.runpytest_subprocess(f"--engine={HONEST}", "--certificate=c.json", *parallel)
    done.assert_outcomes(failed=1, errors=1, skipped=1)
    found = certificate(cases)
    told = {item.id.partition("::")[2].partition("[")[0]: (item.outcome, item.why) for item in found.items}
    assert told["test_hangs"][0] == "failed"
    assert "it hung" in told["test_hangs"][1]
    assert told["test_set_up"] == ("error", "RuntimeError: no way")
    assert told["test_skipped"] == ("skipped", "not today")
    assert [result.verdict for result in found.scenarios] == [Verdict.HUNG]
    assert not found.footer.certified


def test_a_process_of_xdist_that_dies(cases: pytest.Pytester) -> None:
    """Its item has failed, and belongs to its engine all the same."""
    cases.makepyfile(
        test_cases="""
        import os, pytest
        from harness.results import OverheadResult

        @pytest.mark.parametrize("number", range(6))
        def test_dies(engine, record, number):
            if number == 4:
                os._exit(3)
            record(OverheadResult(kernel=f"k{number}", off=(1,), on=(1,), ratio=1.0, low=1.0, high=1.0))
        """
    )
    cases.runpytest_subprocess(f"--engine={HONEST}", "--certificate=c.json", "-n2")
    found = certificate(cases)
    assert len(found.items) == 6
    lost = [item for item in found.items if item.outcome != "passed"]
    assert [item.id.partition("[")[2] for item in lost] == [f"{HONEST}-4]"]
    assert "crashed" in lost[0].why


def test_selected_items_are_no_whole(cases: pytest.Pytester) -> None:
    cases.runpytest_subprocess(f"--engine={HONEST}", "--certificate=c.json", "-k", "overhead")
    found = certificate(cases)
    broken = {check.rule: check.first for check in found.footer.checks if not check.passed}
    assert broken["conformance"] == "no command passed"
    assert broken["stopping"] == "nothing was ever stopped"


def test_a_file_of_cases_that_does_not_import(cases: pytest.Pytester) -> None:
    cases.makepyfile(test_broken="import nowhere")
    cases.runpytest_subprocess(
        f"--engine={HONEST}", "--certificate=c.json", "--continue-on-collection-errors"
    )
    found = certificate(cases, partial=True)
    assert found.footer.cut_short == "cannot collect test_broken.py"
    assert not found.footer.certified
    assert found.header.plan == ""  # no other run goes with it


def test_a_run_without_cases_writes_nothing(cases: pytest.Pytester) -> None:
    """Also where other tests have a fixture of the same name: it is theirs."""
    cases.makepyfile(
        test_cases="""
        import pytest

        @pytest.fixture(params=[1, 2])
        def engine(request): return request.param

        @pytest.fixture
        def record(): return "mine"

        def test_theirs(engine, record): assert engine in (1, 2) and record == "mine"
        """
    )
    done = cases.runpytest_subprocess("--certificate=c.json", "-W", "error")
    done.assert_outcomes(passed=2)
    assert not (cases.path / "c.json").exists()
    assert "stopwat:" not in done.stdout.str()


def test_a_full_disk_costs_the_file_not_the_table(cases: pytest.Pytester) -> None:
    done = cases.runpytest_subprocess(f"--engine={HONEST}", "--certificate=/dev/full/c.json")
    done.assert_outcomes(passed=6)
    done.stdout.fnmatch_lines(["*is not certified*", "cannot write /dev/full/c.json: *"])
    assert done.ret == pytest.ExitCode.INTERNAL_ERROR


def test_a_full_disk_hides_no_failure(cases: pytest.Pytester) -> None:
    cases.makepyfile(test_fails="def test_fails(engine): assert False")
    done = cases.runpytest_subprocess(f"--engine={HONEST}", "--certificate=/dev/full/c.json")
    done.assert_outcomes(passed=6, failed=1)
    assert done.ret == pytest.ExitCode.TESTS_FAILED


def test_no_certificate_is_no_success(cases: pytest.Pytester) -> None:
    """Of an engine that nobody named: it may be missing, but not unnoticed."""
    cases.makeconftest(
        """
        from harness import probe

        def gone(engine, **_):
            raise probe.NoEngine(f"{engine}: gone")

        probe.probe = gone
        """
    )
    done = cases.runpytest_subprocess("--certificate=c.json", "-k", "test_spec")
    done.assert_outcomes(passed=2, deselected=10)
    done.stdout.fnmatch_lines(["no certificate: interp: gone"])
    assert done.ret == pytest.ExitCode.INTERNAL_ERROR


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("parallel", [[], ["-n2"]], ids=["serial", "xdist"])
def test_a_signal_keeps_what_was_found_and_no_process(
    cases: pytest.Pytester, number: signal.Signals, parallel: list[str], eventually: Eventually
) -> None:
    cases.makepyfile(test_cases=SPINS)
    run = subprocess.Popen(
        [sys.executable, "-m", "pytest", f"--engine={HONEST}", "--certificate=c.json", *parallel],
        cwd=cases.path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    spinning = 2 if parallel else 1
    eventually(run, lambda: len(list(cases.path.glob("spinning-*"))) >= spinning)
    family = psutil.Process(run.pid).children(recursive=True)
    assert len(family) >= 2 * spinning
    if number == signal.SIGINT:
        os.killpg(run.pid, number)  # as a terminal does
    else:
        run.send_signal(number)
    assert run.wait(timeout=300) == pytest.ExitCode.INTERRUPTED
    _, alive = psutil.wait_procs(family, timeout=30)
    assert not alive
    found = certificate(cases, partial=True)
    assert found.footer.cut_short == "interrupted"
    assert len(found.items) == len(found.overheads) == 1
    assert len(found.header.planned) == 5


def test_known_failures_are_expected_and_nothing_else(cases: pytest.Pytester) -> None:
    cases.makepyfile(
        test_known="""
        from harness.outcome import Hung
        from harness.results import *

        def tell(record, **verdicts):
            for id, verdict in verdicts.items():
                record(ScenarioResult(
                    id=id, group="calls", fixture="", interruptible=True, way="cancel", expected="",
                    verdict=verdict, outcome=Hung(1),
                ))
            assert all(verdict.good for verdict in verdicts.values()), "in the words of the case"

        def test_known(engine, record):
            tell(record, known=Verdict.HUNG)

        def test_better(engine, record):
            tell(record, better=Verdict.TERMINATED)

        def test_new(engine, record):
            tell(record, new=Verdict.HUNG)

        def test_both(engine, record):
            tell(record, known=Verdict.HUNG, new=Verdict.HUNG)
        """
    )
    cases.path.joinpath("known.toml").write_text(
        '[[scenario]]\nids = ["known", "better"]\non = "hung"\nreason = "No polls."\nversions = ["1"]\n'
    )
    arguments = ("test_known.py", "--engine", HONEST, "--expectations", "known.toml")
    done = cases.runpytest_subprocess(*arguments, "-rx", "--certificate", "certificate.json")
    done.assert_outcomes(xfailed=1, failed=3)
    better = "better (cancel, on) is known as hung, and now terminated"
    done.stdout.fnmatch_lines([better, "*No polls.*"])
    items = load(cases.path / "certificate.json", partial=True).items
    assert [(item.outcome, item.why) for item in items] == [
        ("known", "No polls."),
        ("failed", better),
        ("failed", "in the words of the case"),
        ("failed", "in the words of the case"),
    ]


ONCE = f"""
import pathlib, sys
sys.path.insert(0, {str(ENGINES)!r})
from honest import Honest

class Once(Honest):
    def __init__(self, **choice):
        super().__init__(**choice)
        if pathlib.Path("gone").exists():
            raise RuntimeError("it does not start any more")
"""


@pytest.mark.parametrize("parallel", [[], ["-n2"]], ids=["serial", "xdist"])
def test_what_a_session_began_with_may_vanish(cases: pytest.Pytester, parallel: list[str]) -> None:
    """The file of known failures, and the engine itself: neither is asked for again."""
    cases.makepyfile(once=ONCE)
    cases.makepyfile(
        test_cases="""
        import pathlib
        import pytest
        from harness.outcome import Hung
        from harness.results import *

        @pytest.mark.parametrize("number", range(4))
        def test_known(engine, record, number):
            pathlib.Path("gone").touch()
            pathlib.Path("known.toml").unlink(missing_ok=True)
            record(ScenarioResult(
                id="known", group="calls", fixture="", interruptible=True, way="cancel",
                expected="interrupted", verdict=Verdict.HUNG, outcome=Hung(1),
            ))
            assert False
        """
    )
    known = '[[scenario]]\nids = ["known"]\non = "hung"\nreason = "No polls."\nversions = ["1"]\n'
    cases.path.joinpath("known.toml").write_text(known)
    done = cases.runpytest_subprocess(
        "--engine=once:Once", "--expectations=known.toml", "--certificate=c.json", *parallel
    )
    done.assert_outcomes(xfailed=4)
    found = certificate(cases)
    assert found.footer.counts == {"known": 4}
    assert found.header.expectations == f"sha256:{hashlib.sha256(known.encode()).hexdigest()}"
