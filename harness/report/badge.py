"""A badge: ``stopwat | certified A``, as small pictures in a README look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import grades
from harness.report.svg import element

if TYPE_CHECKING:
    from markupsafe import Markup

    from harness.report.columns import Column

_COLOURS = {"A": "#1d5a96", "B": "#1d5a96", "C": "#7a5c00", "D": "#7a5c00", "E": "#b03a06", "F": "#b03a06"}
_NEUTRAL = "#5b5750"
_LABEL = "#34322f"
_NARROW, _BROAD = frozenset("fijlrt I-.,|'"), frozenset("mwMWABCDEF")
"""Letters of about half and of one and a half the usual width."""
_LETTER = 6.6
"""Pixels of a letter, at a size of 11."""
_PADDING = 6


def badge(column: Column) -> str:
    """The badge of one engine, as SVG."""
    footer = column.certificate.footer
    says = "not whole" if not footer.complete else f"grade {footer.grade}"
    if footer.certified:
        says = f"certified {footer.grade}"
    full = f"stopwat: {column.title}: {says}: {grades.statement(footer.grade)}"
    colour = _COLOURS.get(footer.grade, _NEUTRAL)
    left, right = _width("stopwat"), _width(says)
    return str(_picture(left, right, says, colour, full)) + "\n"


def _picture(left: int, right: int, says: str, colour: str, full: str) -> Markup:
    clip = element("clipPath", element("rect", width=left + right, height=20, rx=3, fill="#fff"), id="round")
    fields = element(
        "g",
        element("rect", width=left, height=20, fill=_LABEL),
        element("rect", x=left, width=right, height=20, fill=colour),
        clip_path="url(#round)",
    )
    texts = element(
        "g",
        _text("stopwat", 0, left),
        _text(says, left, right),
        fill="#fff",
        text_anchor="middle",
        font_family="Verdana,DejaVu Sans,Geneva,sans-serif",
        font_size=11,
    )
    return element(
        "svg",
        element("title", full),
        clip,
        fields,
        texts,
        xmlns="http://www.w3.org/2000/svg",
        width=left + right,
        height=20,
        viewBox=f"0 0 {left + right} 20",
        role="img",
        aria_label=full,
    )


def _text(text: str, start: int, width: int) -> Markup:
    return element("text", text, x=start + width / 2, y=14, textLength=width - 2 * _PADDING)


def _width(text: str) -> int:
    letters = sum(0.6 if letter in _NARROW else 1.25 if letter in _BROAD else 1.0 for letter in text)
    return round(letters * _LETTER) + 2 * _PADDING
