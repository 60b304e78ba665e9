"""``stopwat compare``, on runs of real engines: the same again, and with one thing worse."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Stopwat

ROOT = Path(__file__).parents[2]
ENGINES = ROOT / "tests" / "engines"
CHOSEN = "on and deadline and (tail-self or loop-br-if) and not reentry and not instance"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates of four engines, which differ in one thing at most."""
    place = tmp_path_factory.mktemp("runs")
    for name, engine in (
        ("first", "engines.interp:Interp"),
        ("again", "engines.interp:Interp"),
        ("deaf", f"{ENGINES / 'partly_deaf.py'}:DeafToTailCalls"),
        ("late", f"{ENGINES / 'slower.py'}:LateInTailCalls"),
    ):
        # an interruption may be late on a machine that does something else: here it is not judged
        limits = ("--bound=10s", "--patience=11s" if name != "deaf" else "--patience=3s")
        arguments = ["-k", CHOSEN, f"--engine={engine}", f"--certificate={place / name}.json", *limits]
        subprocess.run(
            [sys.executable, "-m", "pytest", "cases/test_scenarios.py", "-p", "no:cacheprovider", *arguments],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            check=False,
        )
    return place


def test_the_same_engine_again(stopwat: Stopwat, runs: Path) -> None:
    said = stopwat("compare", runs / "first.json", runs / "again.json")
    assert (said.status, said.out) == (0, "nothing changed beyond noise")


@pytest.mark.parametrize(("name", "what", "is_"), [("deaf", "verdict", "hung"), ("late", "latency", " ms")])
def test_an_engine_that_is_worse_in_exactly_one_thing(
    stopwat_many: Stopwat, runs: Path, name: str, what: str, is_: str
) -> None:
    said = stopwat_many("compare", runs / "first.json", runs / f"{name}.json", "--json")
    assert said.status == 1
    found = msgspec.json.decode(said.out)
    (change,) = [change for change in found["changes"] if change["kind"] == what]
    assert change["direction"] == "worse"
    assert change["what"].startswith("tail-self (deadline")
    assert is_ in change["new"]
    assert all(change["direction"] == "worse" for change in found["changes"])
    back = stopwat_many("compare", runs / f"{name}.json", runs / "first.json")
    assert back.status == 0
    assert f"✓ {what}" in back.out


def test_what_is_no_certificate(stopwat: Stopwat, runs: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_bytes((runs / "first.json").read_bytes()[:-9])
    said = stopwat("compare", runs / "first.json", broken)
    assert (said.status, said.out) == (2, "")
    assert "broken.json: cut off, or no JSON" in said.told
