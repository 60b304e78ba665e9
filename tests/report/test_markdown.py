"""Markdown for a pull request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.report.columns import columns
from harness.report.markdown import LIMIT, markdown
from harness.results import Verdict
from tests.report.conftest import HOSTILE, certificate, item, items_of_scenarios, scenario

if TYPE_CHECKING:
    from harness.certificate import Certificate
    from harness.report.columns import Column


def test_everything_that_matters(both: tuple[Column, ...]) -> None:
    text = markdown(both)
    for line in (
        "1 of 2 engines stops everything it was tried with.",
        "- ✕ **mine 1.2** stops all 5 endless shapes it was tried with; being stoppable costs 1.11× the ",
        "| scenarios, on and off | mine | other |",
        "| calls | ■ 2/2 | ✕ 0/2 |",
        "| fib | 1.04× (1.01× to 1.09×) | 1.77× (1.71× to 1.86×) |",
        "| matmul | 1.31× (1.27× to 1.38×) | too noisy |",
        "| engine / native, off | mine | other |",
        "| fib | 2.70× (2.60× to 3.22×) | 4.60× (4.42× to 5.48×) |",
        "| mvp | 400 / 400 | 397 / 400 |",
        "| **all** | 420 / 420 | 417 / 420 |",
        "- ∞ tail-self, on: runs on: killed after 10 s",
        "- 1 scenario: not offered: its contexts do not reach: host",
        "stopwat 0.1.0; a processor, 4 cores, Linux 6.1",
    ):
        assert line in text, line
    assert re.search(r"^\| mine \| 400 us \| .* \| 80 us \|$", text, re.MULTILINE)


def test_tables_are_tables(both: tuple[Column, ...]) -> None:
    rows = [line for line in markdown(both).splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in rows}) == 2  # two engines and a name, or latencies


def test_hostile_words_are_words() -> None:
    results = [scenario("loops", "loop-br", Verdict.HUNG, detail=HOSTILE), scenario(HOSTILE, HOSTILE)]
    text = markdown(columns([certificate(list(items_of_scenarios(results, "x")), name=HOSTILE)]))
    assert not re.search(r"<(?!/?(details|summary|sub)>)", text)
    assert "@you" not in text
    assert "\x1b" not in text
    assert all(line.count("|") == 3 for line in text.splitlines() if line.startswith("|"))


def test_much_is_cut(good: Certificate) -> None:
    results = [
        scenario("loops", f"a-scenario-with-a-name-{at}", Verdict.HUNG, detail="x" * 200) for at in range(500)
    ]
    skipped = [
        item(f"cases/test_x.py::test_{at}", outcome="skipped", why=f"{at} {'y' * 200}") for at in range(99)
    ]
    one = certificate([*items_of_scenarios(results, "x"), *skipped])
    text = markdown(columns([one] * 8))
    assert len(text.encode()) <= LIMIT
    assert "What is wrong with mine &#35;8 1.2: 500 findings" in text
    assert re.search(r"^- \d+ more$", text, re.MULTILINE)


def test_a_run_that_was_cut_short_is_marked(partial: Certificate) -> None:
    assert "**Not whole:** interrupted." in markdown(columns([partial]))
