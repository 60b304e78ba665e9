"""What a person sees of a certificate."""

from __future__ import annotations

import re
from typing import Any

import pytest
from msgspec.structs import replace

from harness import tables
from harness.certificate import Certificate, close
from harness.outcome import Hung
from harness.results import CommandFailure, Tally, Verdict

SPEC = "cases/test_spec.py::test_spec[mine-i32.wast]"


def rows(certificate: Certificate) -> dict[str, str]:
    """The rows of all tables, by what is in their first column."""
    lines = tables.text(certificate, width=100, color=False).splitlines()
    return {line.split("  ")[1].strip(): line for line in lines if re.match(r"  \w", line)}


def changed(certificate: Certificate, id: str, **fields: Any) -> Certificate:
    """With one field of the only result of an item changed."""
    items = tuple(
        replace(item, results=(replace(item.results[0], **fields),)) if item.id == id else item
        for item in certificate.items
    )
    return close(certificate.header, items, ended="")


def test_everything_is_there(good: Certificate) -> None:
    told = rows(good)
    assert told["mvp"].split()[1:] == ["40", "40", "✓"]
    assert told["sign-extension"].split()[1:] == ["2", "2", "✓"]
    assert re.search(r"1 terminated +1 right +2 ms +- +3 ms", told["loops"])
    assert re.search(r"1\.100 +1\.000 to 1\.200", told["kernel-fib"])
    for rule in ("complete", "coverage", "cases", "conformance", "stopping", "latency"):
        assert told[rule].split() == [rule, "✓"]
    text = tables.text(good, width=100, color=False)
    assert "mine 1.2\n interrupts by polls, closed afterwards\n" in re.sub(" +\n", "\n", text)
    assert "not applicable: tests the text format 3" in text
    assert "✓ mine is certified, grade A (profile standard)" in text
    assert "Every rule is kept, by a run" in text


def test_what_is_wrong_is_told(good: Certificate) -> None:
    failure = CommandFailure(line=7, command="assert_return", expected="1", got="2\nand a backtrace")
    certificate = changed(
        good, SPEC, features={"mvp": Tally(passed=9, failed=1, not_run=2)}, failures=(failure,)
    )
    told = rows(certificate)
    assert told["mvp"].strip().split("  ")[-1].strip() == "1 failed, 2 not run"
    assert "✗ i32.wast:7: assert_return: expected 1, got 2 (and 1 more)" in told["conformance"]
    assert "✗ mine is not certified" in tables.text(certificate, width=100, color=False)


def test_verdicts_are_kept_apart(good: Certificate) -> None:
    certificate = changed(good, "on", verdict=Verdict.HUNG, outcome=Hung(10.0), latencies=())
    assert re.search(r"1 hung +1 right", rows(certificate)["loops"])


def test_a_hundred_latencies_have_a_99th_percentile(good: Certificate) -> None:
    certificate = changed(good, "on", latencies=tuple(range(1_000_000, 101_000_000, 1_000_000)), bound=None)
    assert re.search(r"50 ms +99 ms +100 ms", rows(certificate)["loops"])


def test_a_ratio_that_is_noise_is_no_figure(good: Certificate) -> None:
    (id,) = [item.id for item in good.items if item.results and item.results[0] in good.overheads]
    told = rows(changed(good, id, noise="wider than anything"))
    assert re.search(r"too noisy to say *$", told["kernel-fib"])
    assert told["geometric mean"].split() == ["geometric", "mean"]
    assert "1.100" not in "".join(told.values())


def test_a_ratio_that_cannot_be_has_no_mean(good: Certificate) -> None:
    (id,) = [item.id for item in good.items if item.results and item.results[0] in good.overheads]
    told = rows(changed(good, id, ratio=0.0))
    assert told["geometric mean"].split() == ["geometric", "mean"]


def test_what_others_wrote_is_no_markup(good: Certificate) -> None:
    marked = "x [/y] [red]"
    (kernel,) = [item.id for item in good.items if item.results and item.results[0] in good.overheads]
    told = changed(good, kernel, kernel=marked)
    told = changed(told, "on", group=marked)
    told = changed(told, SPEC, features={marked: Tally(passed=1)})
    text = tables.text(told, width=100, color=False)
    assert text.count(marked) == 3


def test_thousands_are_grouped(good: Certificate) -> None:
    certificate = changed(good, SPEC, features={"mvp": Tally(passed=53_292)})
    assert "53 292" in rows(certificate)["mvp"]


def test_an_engine_that_cannot_stop(good: Certificate) -> None:
    capabilities = replace(good.header.capabilities, interrupts="none")
    certificate = close(replace(good.header, capabilities=capabilities), good.items, ended="")
    assert "cannot be interrupted" in tables.text(certificate, width=100, color=False)


@pytest.mark.parametrize("width", [60, 84, 100, 200])
def test_no_line_is_longer_than_the_terminal(good: Certificate, width: int) -> None:
    lines = tables.text(good, width=width, color=False).splitlines()
    assert max(map(len, lines)) <= min(width, tables.WIDTH)


def test_colours_only_where_they_are_wanted(good: Certificate) -> None:
    assert "\x1b[" in tables.text(good, width=100, color=True)
    assert "\x1b[" not in tables.text(good, width=100, color=False)
