"""The page as text: whole, harmless, and with everything in it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from harness import provenance
from harness.certificate import close
from harness.report import sources
from harness.report.columns import columns
from harness.report.markdown import markdown
from harness.report.page import page
from harness.results import (
    CommandFailure,
    CostResult,
    CurveResult,
    FloorResult,
    OverheadResult,
    Point,
    Result,
    ScenarioResult,
    SpecResult,
    SpeedResult,
    Tally,
)
from harness.rules import RULES
from tests.report.conftest import HOSTILE, certificate, item, items_of_scenarios, scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.certificate import Certificate
    from harness.report.columns import Column

_VOID = {"meta", "link", "br", "img", "input", "hr"}


class Reader(HTMLParser):
    """Every element with its attributes, and the text of the page; elements must be closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open, self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open
        assert self._open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.text += data

    def all(self, name: str) -> Iterator[str]:
        """The values of an attribute."""
        return (attributes[name] for _, attributes in self.elements if name in attributes)


@pytest.fixture
def read(both: tuple[Column, ...]) -> Reader:
    return Reader(page(both))


def test_every_section_is_there(read: Reader) -> None:
    titles = ["verdicts", "matrix", "latency", "price", "growth", "suite", "remainder", "rules", "facts"]
    assert set(titles) <= set(read.all("id"))
    for text in (
        "1 of 2 engines stops everything it was tried with.",
        "Stops every shape of loops, but not of calls and bulk",
        "killed after 10 s",
        '(func $spin (export "spin")',
        "'cases.test_scenarios::test_scenario[other-on-tail-self-deadline-host]' --engine other",
        "It has one word for three traps.",
        "tests the text format",
        "its contexts do not reach: host",
        "too noisy to say: the control differs from itself by 12 %",
        "gcc 12.2 -O2",
        "large, 68.4 KiB compile",
        "How late the last of so many calls stops",
        "a processor, 4 cores, 16 GiB",
        *(rule.statement for rule in RULES),
    ):
        assert text in read.text, text


def test_every_link_leads_somewhere(read: Reader) -> None:
    ids = list(read.all("id"))
    assert len(ids) == len(set(ids))
    inside = [link[1:] for link in read.all("href") if link.startswith("#")]
    assert inside
    assert set(inside) <= set(ids)


def test_nothing_is_fetched_and_nothing_runs(read: Reader, both: tuple[Column, ...]) -> None:
    tags = {tag for tag, _ in read.elements}
    assert not tags & {"script", "img", "iframe", "object", "embed", "form", "input", "video", "image"}
    for tag, attributes in read.elements:
        assert not [name for name in attributes if name.startswith("on")]
        assert not {"style", "src", "srcset", "xlink:href"} & set(attributes)
        if tag == "link":
            assert attributes["href"].startswith("data:")
        elif tag != "a":
            assert attributes.get("href", "#").startswith("#")
    style = re.search(r"<style>(.*?)</style>", page(both), re.DOTALL)
    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_every_picture_says_what_it_is(read: Reader) -> None:
    pictures = [attributes for tag, attributes in read.elements if tag == "svg"]
    assert all(
        attributes.get("role") == "img" or "aria-hidden" in attributes or "viewbox" in attributes
        for attributes in pictures
    )


def hostile() -> Certificate:
    """Everything that an engine or a file has a say in says something wicked."""
    results = [
        scenario("loops", "loop-br", detail=HOSTILE * 100),
        scenario(HOSTILE, HOSTILE, expected=HOSTILE, detail=HOSTILE, fixture=HOSTILE),
        scenario("loops", "loop-br-if", way="cancel", detail=HOSTILE, latencies=[1]),
    ]
    spec = SpecResult(
        file=HOSTILE,
        features={HOSTILE: Tally(failed=1)},
        not_applicable={HOSTILE: 3},
        failures=(CommandFailure(line=1, command=HOSTILE, expected=HOSTILE, got=HOSTILE * 1000),),
    )
    made = certificate(
        [
            *items_of_scenarios(results, HOSTILE),
            item(f"cases/{HOSTILE}::x", spec, outcome="known", why=HOSTILE),
            item(HOSTILE, outcome="skipped", why=HOSTILE),
        ],
        name=HOSTILE,
        version=HOSTILE,
    )
    header = replace(
        made.header, tools={HOSTILE: HOSTILE}, options={HOSTILE: HOSTILE}, suite=HOSTILE, engine=HOSTILE
    )
    return close(header, made.items, ended=HOSTILE)


def test_the_suite_on_and_off(make: Callable[..., Certificate]) -> None:
    """What came out otherwise is listed; where nothing did, that is told; where nobody looked, nothing."""

    def told(differs: tuple[CommandFailure, ...] | None) -> str:
        result = SpecResult(
            file="i32.wast", features={"mvp": Tally(passed=9)}, not_applicable={}, differs=differs
        )
        return Reader(page(columns([make([], item("spec", result))]))).text

    one = CommandFailure(line=7, command="assert_return", expected="returns 1", got="returns 2")
    assert "on and off: 1 of 9 commands differ" in told((one,))
    assert "i32.wast:7" in told((one,))
    assert "on and off: 9 commands compared, all of them the same" in told(())
    assert "on and off:" not in told(None)


def test_hostile_words_are_words() -> None:
    text = page(columns([hostile(), hostile()]))
    read = Reader(text)
    assert "script" not in {tag for tag, _ in read.elements}
    assert "<script>alert(1)</script>" in read.text
    assert "{{ 7 * 7 }}" in read.text
    assert not [name for _, attributes in read.elements for name in attributes if name.startswith("on")]
    assert not set(text) & set("\x00\x1b\u202e\u2066\x80")
    assert "\\x1b[31m\\u202eevil\\u2066 \\x00" in read.text
    assert len(text) < 400_000


def test_a_run_that_was_cut_short_is_marked(partial: Certificate, good: Certificate) -> None:
    text = Reader(page(columns([good, partial]))).text
    assert "Not whole: mine #2 1.2 was cut short (interrupted)" in text
    assert "cut short: interrupted" in text
    assert "Not whole" not in Reader(page(columns([good]))).text


def test_runs_of_one_engine_are_numbered(good: Certificate) -> None:
    assert Reader(page(columns([good, good]))).text.count("mine #2") > 3


def test_an_engine_that_measured_nothing(deaf: Certificate) -> None:
    read = Reader(page(columns([deaf])))
    assert not {"latency", "price", "growth", "suite"} & set(read.all("id"))
    assert "Cannot be stopped, and says so." in read.text


def test_sources_of_another_time_are_told_of(good: Certificate) -> None:
    told = "ran with others (their digest differs)"
    assert told in Reader(page(columns([good]))).text
    ours = close(replace(good.header, cases=provenance.digest()), good.items, ended="")
    assert told not in Reader(page(columns([ours]))).text


@pytest.mark.parametrize("extreme", [-1.0, 0.0, 1e-300, 1e300])
def test_figures_that_cannot_be(good: Certificate, extreme: float) -> None:
    """A page has no say in what was measured."""
    odd = int(max(min(extreme, 1e18), -(10**18)))
    items = []
    for one in good.items:
        results: list[Result] = []
        for result in one.results:
            match result:
                case OverheadResult() | CostResult() | SpeedResult():
                    results.append(replace(result, ratio=extreme, low=extreme, high=extreme))
                case FloorResult() | ScenarioResult():
                    results.append(replace(result, latencies=(odd, 0)))
                case CurveResult():
                    point = Point(at=extreme, low=extreme, middle=extreme, high=extreme)
                    results.append(replace(result, points=(point, point)))
                case _:
                    results.append(result)
        items.append(replace(one, results=tuple(results)))
    assert Reader(page(columns([replace(good, items=tuple(items))]))).text
    assert markdown(columns([replace(good, items=tuple(items))]))


def test_eight_engines_in_every_way_are_not_too_much() -> None:
    """All fixtures, three ways and three reaches each, on and off."""
    results = [
        scenario(
            fixture.partition("/")[0],
            fixture.partition("/")[2].removesuffix(".wat"),
            on=on,
            way=way,
            reach=reach,
            latencies=[1_000_000 * at for at in range(1, 6)] if on else [],
        )
        for fixture in sources.fixtures()
        for on in (True, False)
        for way in ("deadline", "cancel", "close")
        for reach in ("host", "instance", "reentry")
    ]
    one = certificate(list(items_of_scenarios(results, "mine")))
    assert len(page(columns([one] * 8)).encode()) < 4_000_000
