"""``stopwat report``, as a person runs it."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, NamedTuple

import pytest
from click.testing import CliRunner

from harness.certificate import save
from harness.cli.report import command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.certificate import Certificate


class Said(NamedTuple):
    status: int
    out: str
    told: str


@pytest.fixture
def report(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    good: Certificate,
    bad: Certificate,
    partial: Certificate,
) -> Callable[..., Said]:
    """Runs the command where there are a few certificates."""
    for name, certificate in {"good": good, "bad": bad, "partial": partial}.items():
        save(certificate, tmp_path / f"{name}.json")
    monkeypatch.chdir(tmp_path)

    def report(*arguments: str) -> Said:
        done = CliRunner().invoke(command, arguments)
        assert done.exception is None or isinstance(done.exception, SystemExit)
        return Said(done.exit_code, done.stdout, done.stderr.strip())

    return report


def test_a_page(report: Callable[..., Said], tmp_path: Path) -> None:
    assert report("good.json", "bad.json") == (0, "", "wrote report.html")
    assert (tmp_path / "report.html").read_text().startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        (["-o", "out.htm"], "<!DOCTYPE html>"),
        (["-o", "out.md"], "## stopwat"),
        (["-o", "out.svg"], "<svg "),
        (["-o", "out.txt", "--format=markdown"], "## stopwat"),
    ],
)
def test_the_suffix_says_what_it_is(
    report: Callable[..., Said], tmp_path: Path, arguments: list[str], start: str
) -> None:
    said = report("good.json", *arguments)
    assert said == (0, "", f"wrote {arguments[1]}")
    assert (tmp_path / arguments[1]).read_text().startswith(start)


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        (["--format=markdown"], "## stopwat"),
        (["--format=badge"], "<svg "),
        (["--format=html", "-o", "-"], "<!DOCTYPE html>"),
    ],
)
def test_standard_output(report: Callable[..., Said], arguments: list[str], start: str) -> None:
    said = report("good.json", *arguments)
    assert (said.status, said.told) == (0, "")
    assert said.out.startswith(start)


def test_a_badge_each(report: Callable[..., Said], tmp_path: Path) -> None:
    assert report("good.json", "bad.json", "good.json", "-o", "badge.svg").status == 0
    assert {path.name for path in tmp_path.glob("*.svg")} == {
        "badge-mine-1.svg",
        "badge-other.svg",
        "badge-mine-2.svg",
    }


def test_only_on_request_what_was_cut_short(report: Callable[..., Said], tmp_path: Path) -> None:
    said = report("good.json", "partial.json")
    assert said.status == 2
    assert "partial.json: cut short (interrupted)" in said.told
    assert said.told.endswith("; --partial shows it all the same, marked")
    assert not (tmp_path / "report.html").exists()
    assert report("good.json", "partial.json", "--partial").status == 0
    assert "Not whole" in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Missing argument 'FILES...'"),
        (["nothing.json"], "nothing.json: No such file or directory"),
        (["broken.json"], "broken.json: cut off, or no JSON"),
        (["empty.json"], "empty.json: not a certificate"),
        (["cut.json"], "cut.json: cut off, or no JSON"),
        (["good.json", "-o", "page.txt"], "what is page.txt to be? say --format=html, markdown or badge"),
        (
            ["good.json", "-o", "nowhere/page.html"],
            "cannot write nowhere/page.html: No such file or directory",
        ),
        (["good.json", "bad.json", "--format=badge"], "several badges need a file: -o badge.svg"),
        (["good.json", "--format=pdf"], "'pdf' is not one of 'html', 'markdown', 'badge'"),
    ],
)
def test_what_cannot_be_done(
    report: Callable[..., Said], tmp_path: Path, arguments: list[str], told: str
) -> None:
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "empty.json").write_text("{}")
    (tmp_path / "cut.json").write_bytes((tmp_path / "good.json").read_bytes()[:-20])
    said = report(*arguments)
    assert (said.status, said.out) == (2, "")
    assert told in said.told
    assert "Traceback" not in said.told


def test_a_full_disk(report: Callable[..., Said]) -> None:
    said = report("good.json", "--format=html", "-o", "/dev/full")
    assert (said.status, said.told) == (2, "Error: cannot write /dev/full: No space left on device")


def test_a_full_disk_costs_no_page_that_is_there(
    report: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "report.html").write_text("of yesterday")
    before = sorted(tmp_path.iterdir())

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    said = report("good.json")
    assert (said.status, said.told) == (2, "Error: cannot write report.html: No space left on device")
    assert (tmp_path / "report.html").read_text() == "of yesterday"
    assert sorted(tmp_path.iterdir()) == before
