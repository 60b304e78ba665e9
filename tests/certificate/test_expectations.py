"""Known failures: read strictly, and held against results in both directions."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

import engines
from harness import expectations
from harness.expectations import BadFile, Known, Review, find, load, review
from harness.outcome import Hung
from harness.results import CommandFailure, ScenarioResult, SpecResult, Tally, Verdict

FILE = """
[[scenario]]
ids = ["call-tree"]
on = "hung or late-interrupted"
engines = ["toy"]
reason = "Polls in loops only."
versions = ["1.0"]

[[scenario]]
ids = ["fill"]
ways = ["cancel"]
on = "late-interrupted or terminated"
reason = "It depends."
versions = ["1.0"]

[[script]]
commands = { "table.wast" = 2 }
expected = "traps: undefined element"
got = "traps: invalid"
reason = "One word."
versions = ["1.0"]
"""


@pytest.fixture
def known(tmp_path: Path) -> Known:
    path = tmp_path / "expectations.toml"
    path.write_text(FILE)
    return load(path).of("toy", "1.0")


def scenario(verdict: Verdict, id: str = "call-tree", *, on: bool = True) -> ScenarioResult:
    return ScenarioResult(
        id=id,
        group="calls",
        fixture=f"calls/{id}.wat",
        interruptible=on,
        way="cancel",
        expected="interrupted",
        verdict=verdict,
        outcome=Hung(1),
    )


def script(*got: str) -> SpecResult:
    failures = tuple(
        CommandFailure(line=line, command="assert_trap", expected="traps: undefined element", got=text)
        for line, text in enumerate(got)
    )
    tally = Tally(passed=7, failed=len(failures))
    return SpecResult(file="table.wast", features={"mvp": tally}, not_applicable={}, failures=failures)


@pytest.mark.parametrize("verdict", [Verdict.HUNG, Verdict.LATE_INTERRUPTED])
def test_what_is_known(known: Known, verdict: Verdict) -> None:
    assert review([scenario(verdict)], known) == Review(("Polls in loops only.",), ())


def test_what_does_not_happen_any_more(known: Known) -> None:
    line = "call-tree (cancel, on) is known as hung or late-interrupted, and now terminated"
    assert review([scenario(Verdict.TERMINATED)], known) == Review((), (line,))


def test_what_happens_otherwise(known: Known) -> None:
    assert review([scenario(Verdict.CRASHED)], known).news
    assert review([scenario(Verdict.HUNG, on=False)], known) == Review((), ("call-tree (cancel, off): hung",))
    assert review([scenario(Verdict.HUNG, "loop-br")], known).news


def test_what_depends_on_the_machine(known: Known) -> None:
    assert review([scenario(Verdict.TERMINATED, "fill")], known) == Review((), ())
    assert review([scenario(Verdict.LATE_INTERRUPTED, "fill")], known) == Review(("It depends.",), ())


def test_what_happens_in_one_reach_only(tmp_path: Path) -> None:
    path = tmp_path / "expectations.toml"
    path.write_text(FILE.replace('engines = ["toy"]', 'reaches = ["reentry"]'))
    known = load(path).of("toy", "1.0")
    hung = scenario(Verdict.HUNG)
    assert review([hung], known).news == ("call-tree (cancel, on): hung",)
    assert review([replace(hung, reach="reentry")], known) == Review(("Polls in loops only.",), ())
    line = "call-tree (cancel, reentry, on) is known as hung or late-interrupted, and now terminated"
    assert review([replace(scenario(Verdict.TERMINATED), reach="reentry")], known).news == (line,)
    assert review([replace(scenario(Verdict.TERMINATED), reach="instance")], known) == Review((), ())


def test_commands_are_counted(known: Known) -> None:
    assert review([script(*["traps: invalid table access"] * 2)], known) == Review(("One word.",), ())
    (line,) = review([script("traps: invalid table access")], known).news
    assert line.startswith("table.wast: 2 commands are known to fail, and now 1:")
    (line,) = review([script(*["traps: invalid table access"] * 2, "success")], known).news
    assert line == "table.wast:2: assert_trap: expected traps: undefined element, got success"


def test_other_versions_and_engines_are_not_meant(tmp_path: Path) -> None:
    path = tmp_path / "expectations.toml"
    path.write_text(FILE)
    assert load(path).of("toy", "1.1") == Known()
    assert [failure.ids for failure in load(path).of("other", "1.0").scenario] == [("fill",)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[scenario]", "Expected"),
        ("[[scenarios]]", "unknown field `scenarios`"),
        (FILE.replace("hung", "hangs"), "'hangs' is not a valid Verdict"),
        (FILE.replace('on = "hung or late-interrupted"', ""), "neither `on` nor `off`"),
        (FILE.replace("ways = ", "reaches = "), "Invalid enum value 'cancel'"),
        (FILE.replace('reason = "One word."', ""), "missing required field `reason`"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "expectations.toml"
    path.write_text(text)
    with pytest.raises(BadFile, match=why):
        load(path)


def test_the_file_lies_beside_the_adapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "package" / "adapter").mkdir(parents=True)
    path = tmp_path / "package" / "adapter" / expectations.FILE
    path.write_text("")
    monkeypatch.chdir(tmp_path)
    assert find("engines.wazero:compiler") == Path(engines.__file__).parent / "wazero" / expectations.FILE
    assert find("interp") is None
    assert find("exec:package/adapter") is None
    assert find(f"{path.parent / 'engine.py'}:Engine") == path
    assert find("package.adapter:Engine") is not None
    assert find("package.other:Engine") is None
