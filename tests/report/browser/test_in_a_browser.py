"""The page in a real browser: quiet, within its width, legible, and usable without a mouse or scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import pytest

from harness.report.columns import columns
from tests.report.browser.conftest import Page, View

if TYPE_CHECKING:
    from harness.certificate import Certificate

Show: TypeAlias = Callable[..., Page]

OPEN = "document.querySelectorAll('details').forEach(it => it.open = true)"
TOO_WIDE = """
(() => {
  const clipped = it => {
    for (let up = it.parentElement; up && up !== document.body; up = up.parentElement)
      if (getComputedStyle(up).overflowX !== 'visible') return true;
    return false;
  };
  const width = document.documentElement.clientWidth;
  const found = [...document.querySelectorAll('body *')].filter(it =>
    it.checkVisibility() && it.getBoundingClientRect().right > width + 1 && !clipped(it));
  if (document.documentElement.scrollWidth > width) found.push(document.documentElement);
  return found.map(it => `${it.tagName} ${it.getAttribute('class') || ''}: ${it.textContent.slice(0, 60)}`);
})()
"""
ILLEGIBLE = """
(() => {
  const numbers = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map(part => part / 255)
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = it => {
    for (; it; it = it.parentElement) {
      const [r, g, b, alpha = 1] = numbers(getComputedStyle(it).backgroundColor);
      if (alpha === 1) return [r, g, b];
      if (alpha > 0) throw new Error('a ground that is seen through');
    }
    return [255, 255, 255];
  };
  const wrong = [];
  let looked = 0;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const it = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !it.checkVisibility() || it.closest('title, .vh')) continue;
    const style = getComputedStyle(it);
    const ink = numbers(it instanceof SVGElement ? style.fill : style.color);
    const [one, other] = [light(ink), light(ground(it))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    looked += 1;
    if (contrast < 4.5 || ink[3] < 1 || style.opacity !== '1')
      wrong.push(`${contrast.toFixed(2)} ${it.tagName}: ${it.textContent.slice(0, 40)}`);
  }
  return {looked, wrong: [...new Set(wrong)]};
})()
"""
REACHABLE = """
[...document.querySelectorAll('a[href], summary, [tabindex="0"]')]
  .filter(it => it.checkVisibility())
  .map((it, at) => { it.dataset.at = at; return at; })
"""


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_quiet(show: Show, scheme: str, scripts: bool) -> None:
    page = show(View(1440, scheme, scripts=scripts))
    page.value(OPEN)
    assert page.complaints() == []
    assert [url for url in page.requests() if not url.startswith("data:")] == [page.value("location.href")]
    assert page.value("getComputedStyle(document.body).fontSize") == "16px"


@pytest.mark.parametrize("unfolded", [False, True])
@pytest.mark.parametrize("width", [360, 768, 1440])
def test_nothing_is_wider_than_the_page(show: Show, width: int, unfolded: bool) -> None:
    page = show(View(width))
    if unfolded:
        page.value(OPEN)
    assert page.value(TOO_WIDE) == []


@pytest.mark.parametrize("engines", [1, 8, 14])
@pytest.mark.parametrize("width", [360, 900, 1440])
def test_however_many_engines(
    show: Show, good: Certificate, bad: Certificate, width: int, engines: int
) -> None:
    page = show(View(width), columns([good, *[bad] * (engines - 1)]))
    page.value(OPEN)
    assert page.value(TOO_WIDE) == []


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_is_legible(show: Show, scheme: str, width: int) -> None:
    page = show(View(width, scheme))
    page.value(OPEN)
    found = page.value(ILLEGIBLE)
    assert found["looked"] > 300
    assert found["wrong"] == []


def test_what_is_wrong_is_seen(show: Show) -> None:
    """The checks above do find something where there is something."""
    page = show(View(360))
    page.value("document.querySelector('h1').style.width = '400px'")
    page.value("document.querySelector('.lead').style.color = 'rgb(150, 150, 150)'")
    page.value("console.error('no'); fetch('http://127.0.0.1:9/').catch(() => 0)")
    assert any(line.startswith("H1 ") for line in page.value(TOO_WIDE))
    assert any(" P: " in line for line in page.value(ILLEGIBLE)["wrong"])
    assert len(page.complaints()) > 1


def test_the_schemes_differ(show: Show) -> None:
    grounds = {
        show(View(1440, scheme)).value("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    }
    assert len(grounds) == 2


def test_every_link_leads_somewhere(show: Show) -> None:
    page = show(View(1440))
    links = page.value("[...document.querySelectorAll('a[href^=\"#\"]')].map(it => it.getAttribute('href'))")
    assert len(links) > 10
    lost = f"{links}.filter(it => !document.querySelector(it))"
    assert page.value(lost) == []


@pytest.mark.parametrize("width", [360, 1440])
def test_everything_is_reached_by_tab(show: Show, width: int) -> None:
    page = show(View(width))
    wanted = page.value(REACHABLE)
    assert len(wanted) > 20
    reached = []
    for _ in wanted:
        page.press("Tab", 9)
        reached.append(page.value("Number(document.activeElement.dataset.at)"))
    assert reached == wanted


def test_a_row_opens_by_key(show: Show) -> None:
    page = show(View(1440))
    page.value("document.querySelector('.group[open] .scenario summary').focus()")
    page.press("Enter", 13)
    assert page.value("document.querySelector('.group[open] .scenario').open") is True


@pytest.mark.parametrize("width", [360, 1440])
def test_without_scripts_a_row_opens_by_click(show: Show, width: int) -> None:
    page = show(View(width, scripts=False))
    assert page.value("document.querySelector('#s-tail-self').checkVisibility()") is False
    page.click(".scenario:has(#s-tail-self) summary")
    assert page.value("document.querySelector('#s-tail-self').checkVisibility()") is True
    text = page.value("document.querySelector('#s-tail-self').innerText")
    assert "return_call $spin" in text
    assert "killed after 10 s" in text


def test_an_address_opens_its_row(show: Show) -> None:
    page = show(View(1440))
    page.value("location.hash = '#s-tail-self'")
    assert page.value("document.querySelector('#s-tail-self').checkVisibility()") is True


def test_head_and_names_stay_in_sight(show: Show) -> None:
    page = show(View(1440))
    page.value(OPEN)
    page.value("document.querySelector('#s-fill-loop').scrollIntoView()")
    assert page.value("document.querySelector('.matrix .head').getBoundingClientRect().top") == 0


def test_it_prints(show: Show) -> None:
    page = show(View(794, media="print"))
    assert page.value("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert page.value("getComputedStyle(document.querySelector('.matrix .head')).position") == "static"
    assert page.value(TOO_WIDE) == []
    assert page.pdf().startswith(b"%PDF")
