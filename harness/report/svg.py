"""Pictures as SVG within the page: coloured by its style sheet, legible at any width, each with a text.

Places across are percent, places down are pixels, so that nothing is distorted however wide a picture is;
histograms, which may be, are one path. Nothing has a style of its own: a page that forbids them shows these.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from harness.measure.latency import histogram
from harness.report.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.report.scales import Log, Scale

STRIP = 22
"""Height of a histogram, in pixels."""
ROW = 18
"""Height of an interval."""
AXIS = 18
"""Height of the labels of an axis."""
_BINS = 10
"""A decade."""
_LEAST = 3
"""Height of a single sample."""


def element(tag: str, *children: str, **attributes: str | float | None) -> Markup:
    """One element; text is escaped, `Markup` is not. ``class_`` is ``class``, other ``_`` are ``-``."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_value(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    within = "".join(child if isinstance(child, Markup) else escape(visible(child)) for child in children)
    return Markup(f"<{tag}{written}>{within}</{tag}>" if children else f"<{tag}{written}/>")


def _value(value: str | float) -> str:
    if isinstance(value, str):
        return visible(value)
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


def _percent(place: float) -> str:
    return f"{_value(place)}%"


def picture(*children: str, title: str, height: float, class_: str) -> Markup:
    """A picture that says what it shows."""
    return element(
        "svg",
        element("title", title),
        *children,
        class_=class_,
        role="img",
        width="100%",
        height=height,
    )


def grid(scale: Scale, ticks: Iterable[float], id: str) -> Markup:
    """Lines through all pictures on one axis, to be used in each of them."""
    lines = [
        element("line", x1=_percent(scale.at(tick)), x2=_percent(scale.at(tick)), y1=0, y2="100%", class_="g")
        for tick in ticks
    ]
    return element("g", *lines, id=id)


def axis(scale: Scale, ticks: Iterable[tuple[float, str]]) -> Markup:
    """The labels of an axis."""
    return _axis(_labels(scale, ticks))


def axis_of(id: str) -> Markup:
    """The labels of an axis that stands in many places, and in full in one."""
    return _axis([element("use", href=f"#{id}")])


def labels(scale: Scale, ticks: Iterable[tuple[float, str]], id: str) -> Markup:
    """These labels in full."""
    return element("g", *_labels(scale, ticks), id=id, class_="axis")


def _axis(within: Sequence[Markup]) -> Markup:
    return element("svg", *within, class_="axis", width="100%", height=AXIS, aria_hidden="true")


def _labels(scale: Scale, ticks: Iterable[tuple[float, str]]) -> list[Markup]:
    return [
        element("text", text, x=_percent(scale.at(at)), y=13, text_anchor=_anchor(scale.at(at)))
        for at, text in ticks
    ]


def _anchor(place: float) -> str:
    return "start" if place < 3 else "end" if place > 97 else "middle"


def strip(
    samples: Sequence[int],
    scale: Log,
    *,
    title: str,
    grid: str,
    bound: float | None = None,
    floor: float | None = None,
) -> Markup:
    """A histogram on a line, with the bound and the harness's own floor drawn in."""
    marks = []
    if floor is not None:
        marks.append(
            element("rect", x=0, y=0, width=_percent(scale.at(floor)), height="100%", class_="floor")
        )
    marks.append(element("use", href=f"#{grid}"))
    if samples:
        marks.append(
            element(
                "svg",
                element("path", d=_bars(samples, scale)),
                viewBox=f"0 0 1000 {STRIP}",
                preserveAspectRatio="none",
            )
        )
    if bound is not None:
        at = _percent(scale.at(bound))
        marks.append(element("line", x1=at, x2=at, y1=0, y2="100%", class_="bound"))
    return picture(*marks, title=title, height=STRIP, class_="strip")


def _bars(samples: Sequence[int], scale: Log) -> str:
    """The bars of a histogram as one path, a thousand units wide."""
    bins = [bin for bin in histogram(samples, _BINS) if bin.n]
    most = max(bin.n for bin in bins)
    parts = []
    for bin in bins:
        left, right = round(10 * scale.at(bin.low)), round(10 * scale.at(bin.high))
        tall = max(_LEAST, round(STRIP * bin.n / most))
        parts.append(f"M{left} {STRIP}v-{tall}h{max(right - left - 1, 2)}v{tall}z")
    return "".join(parts)


def interval(
    middle: float, low: float, high: float, scale: Log, *, title: str, grid: str, class_: str = ""
) -> Markup:
    """A ratio with its confidence interval, and the line where nothing changes."""
    one = _percent(scale.at(1))
    y = ROW / 2
    return picture(
        element("use", href=f"#{grid}"),
        element("line", x1=one, x2=one, y1=0, y2="100%", class_="one"),
        element("line", x1=_percent(scale.at(low)), x2=_percent(scale.at(high)), y1=y, y2=y, class_="ci"),
        element("circle", cx=_percent(scale.at(middle)), cy=y, r=4),
        title=title,
        height=ROW,
        class_=f"interval {class_}".strip(),
    )


def curve(
    series: Sequence[tuple[str, Sequence[tuple[float, float, float, float]]]],
    across: Scale,
    down: Scale,
    *,
    labels: Sequence[tuple[float, str]],
    title: str,
    height: int,
) -> Markup:
    """Curves in one picture: each a class and its points, which are x, low, middle and high."""

    def y(value: float) -> float:
        return height - height * down.at(value) / 100

    marks: list[Markup] = []
    for value, text in labels:
        marks.append(element("line", x1="0", x2="100%", y1=y(value), y2=y(value), class_="g"))
        marks.append(element("text", text, x="-8", y=y(value) + 4, text_anchor="end"))
    for class_, points in series:
        parts = [
            element(
                "line",
                x1=_percent(across.at(a[0])),
                y1=y(a[2]),
                x2=_percent(across.at(b[0])),
                y2=y(b[2]),
                class_="path",
            )
            for a, b in pairwise(points)
        ]
        for at, low, middle, high in points:
            x = _percent(across.at(at))
            parts.append(element("line", x1=x, x2=x, y1=y(low), y2=y(high), class_="ci"))
            parts.append(element("circle", cx=x, cy=y(middle), r=3.5))
        marks.append(element("g", *parts, class_=class_))
    return picture(*marks, title=title, height=height, class_="curve")
