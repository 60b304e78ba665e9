"""A run with fixtures that cannot be used: each is told with file and line, and everything else runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.scenarios import discover

if TYPE_CHECKING:
    from collections.abc import Callable

HOME = Path(__file__).parents[2]
RUN = """
import sys
from pathlib import Path
import pytest
from harness.scenarios import catalogue
catalogue.discover.__defaults__ = (Path(sys.argv[1]),)
raise SystemExit(pytest.main(sys.argv[2:]))
"""
GOOD = """
;;! about  = "an answer"
;;! invoke = "f"
;;! on     = "returns 42"
;;! off    = "returns 42"
(module
  (func (export "f") (result i32)
    (i32.const 42)))
""".lstrip()
BAD = {
    "unknown-key": (GOOD.replace("invoke", "invoek"), 2, "header: Object contains unknown field `invoek`"),
    "wrong-type": (GOOD.replace('"f"', "7", 1), 2, "header: Expected `str | null`, got `int`"),
    "no-toml": (GOOD.replace('"returns 42"', "returns 42", 1), 3, "the header is not TOML"),
    "unknown-reach": (GOOD.replace("(module", ';;! reaches = ["moon"]\n(module'), 5, "header: Invalid enum"),
    "missing-export": (GOOD.replace('"f"', '"g"', 1), 2, "there is no export 'g'; there are: f"),
    "no-such-instruction": (GOOD.replace("i32.const", "i32.konst"), 7, "does not assemble"),
    "wrong-words": (GOOD.replace("returns 42", "retruns 42", 1), 3, "'retruns 42' is no expectation"),
}


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., tuple[int, str, dict[str, set[str]]]]:
    """The cases on the fixtures of a directory: exit status, what was said, and verdicts by id."""

    def run(root: Path) -> tuple[int, str, dict[str, set[str]]]:
        certificate = tmp_path / "certificate.json"
        options = ["-p", "no:cacheprovider", "--engine", "interp", "--certificate", str(certificate)]
        early = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # the catalogue is imported before pytest
        done = subprocess.run(
            [sys.executable, "-c", RUN, str(root), "cases/test_scenarios.py", *options, *early],
            cwd=HOME,
            capture_output=True,
            text=True,
            timeout=300,
        )
        verdicts: dict[str, set[str]] = {}
        for item in json.loads(certificate.read_text())["items"]:
            for result in item["results"]:
                verdicts.setdefault(result["id"], set()).add(result["verdict"])
        return done.returncode, done.stdout + done.stderr, verdicts

    return run


def test_each_is_told_and_the_rest_runs(
    run: Callable[..., tuple[int, str, dict[str, set[str]]]], write: Callable[..., Path], tmp_path: Path
) -> None:
    for name, (text, _, _) in BAD.items():
        write(text, f"bad/{name}.wat")
    for name in ("bad/twice", "good/answer", "good/twice"):
        write(GOOD, f"{name}.wat")
    status, said, verdicts = run(tmp_path)
    assert status == 1, said
    assert verdicts == {"answer": {"right"}, "twice": {"right"}}
    for name, (_, line, why) in BAD.items():
        assert f"{tmp_path}/bad/{name}.wat:{line}: " in said
        assert why in said
    first, second = f"{tmp_path}/bad/twice.wat", f"{tmp_path}/good/twice.wat:1"
    assert f"{second}: the id 'twice' is used twice, also by {first}" in said
    assert "Traceback" not in said
    assert "During handling" not in said


def test_without_them_the_run_is_good(
    run: Callable[..., tuple[int, str, dict[str, set[str]]]], write: Callable[..., Path], tmp_path: Path
) -> None:
    write(GOOD, "good/answer.wat")
    status, said, verdicts = run(tmp_path)
    assert (status, verdicts) == (0, {"answer": {"right"}}), said


def test_all_of_them_are_known_before_anything_runs(write: Callable[..., Path], tmp_path: Path) -> None:
    for name, (text, _, _) in BAD.items():
        write(text, f"bad/{name}.wat")
    for name in ("bad/twice", "good/twice"):
        write(GOOD, f"{name}.wat")
    told = [(error.path.stem, error.line) for error in discover(tmp_path).unusable()]
    assert sorted(told) == sorted([*((name, line) for name, (_, line, _) in BAD.items()), ("twice", 1)])
