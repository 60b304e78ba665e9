"""The page: everything in one file, without scripts, and with nothing to fetch."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness import duration, grades, provenance, summary
from harness.measure.latency import summarise
from harness.report import facts, figures, scales, svg, text, words
from harness.report.matrix import matrix
from harness.report.remainder import remainder
from harness.report.sentence import sentence, shape
from harness.report.suite import suite
from harness.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.report.columns import Column
    from harness.report.figures import CurveFigure
    from harness.report.matrix import Cell, Group, Row
    from harness.report.scales import Log
    from harness.results import Unit

_HERE = Path(__file__).parent
_ROOM = 28
"""Percent of the axis of a small picture that a label needs."""
WIDE = 9
"""Columns beyond which the matrix is shifted sideways instead of made narrower."""


def page(columns: Sequence[Column]) -> str:
    """The page about all columns, as HTML."""
    groups = matrix(columns)
    return (
        _environment()
        .get_template("page.html")
        .render(
            columns=columns,
            groups=groups,
            sentences={column.number: sentence(column, groups) for column in columns},
            lead=lead(columns, groups),
            suite=suite(columns),
            latencies=figures.latencies(columns),
            overhead=figures.overhead(columns),
            cost=figures.cost(columns),
            speed=figures.speed(columns),
            curves=figures.curves(columns),
            remainders={column.number: remainder(column.certificate) for column in columns},
            facts=facts.facts(columns),
            other_cases=[
                column.name for column in columns if column.certificate.header.cases != provenance.digest()
            ],
            partial=[column for column in columns if not column.certificate.footer.complete],
            wide=len(columns) > WIDE,
            **_style(columns),
        )
    )


def lead(columns: Sequence[Column], groups: Sequence[Group]) -> str:
    """What there is to say of all of them together."""
    tried: list[Column] = []
    stop: list[Column] = []
    for column in columns:
        verdicts = [shape(row, column.number - 1) for group in groups for row in group.rows]
        known = [verdict for verdict in verdicts if verdict is not None]
        if known or column.certificate.header.capabilities.interrupts == "none":
            tried.append(column)
            if known and all(verdict.good for verdict in known):
                stop.append(column)
    if not tried:
        return "Nothing here was tried with code that does not end."
    if len(tried) == 1:
        return f"{tried[0].name} {'stops' if stop else 'does not stop'} everything it was tried with."
    number = "None of" if not stop else "All" if len(stop) == len(tried) else f"{len(stop)} of"
    verb = "stop everything they were" if len(stop) > 1 else "stops everything it was"
    return f"{number} {len(tried)} engines {verb} tried with."


def _style(columns: Sequence[Column]) -> dict[str, Markup]:
    """The style sheet, and the policy that allows it and nothing else."""
    style = f":root{{--columns:{len(columns)}}}\n{(_HERE / 'style.css').read_text(encoding='utf-8')}"
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    return {"style": Markup(style), "policy": Markup(policy)}


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.globals.update(
        across_labels=_across_labels,
        bad=words.bad,
        grades=grades,
        ratio_labels=_ratio_labels,
        rules=RULES,
        scales=scales,
        series=_series,
        signs=words.SIGNS,
        spoken=_spoken,
        summarise=summarise,
        svg=svg,
        time_labels=_time_labels,
        unit_labels=_unit_labels,
        verdict=summary.verdict,
    )
    environment.filters.update(
        capital=text.capital,
        count=text.count,
        line=text.line,
        many=text.many,
        percent=_percent,
        spell=duration.show,
        times=text.times,
    )
    return environment


def _finalize(value: Any) -> Any:
    """Whatever is written into the page: what cannot be seen in it is made visible."""
    return text.visible(value) if type(value) is str else value


def _percent(share: tuple[int, int]) -> str:
    return text.percent(*share)


Labels: TypeAlias = "list[tuple[float, str]]"
"""Of an axis: where, and what."""


def _time_labels(scale: Log) -> Labels:
    return [(tick, duration.show(tick)) for tick in scale.ticks()]


def _ratio_labels(scale: Log) -> Labels:
    return [(tick, scales.label(tick, "ratio")) for tick in scales.ratio_ticks(scale)]


def _across_labels(figure: CurveFigure) -> Labels:
    unit: Unit = "bytes" if "bytes" in figure.axis else "count"
    places = sorted({point.at for curve in figure.curves for point in curve.result.points})
    return [(place, scales.label(place, unit)) for place in scales.apart(figure.across, places, _ROOM)]


def _unit_labels(figure: CurveFigure) -> Labels:
    return [(tick, scales.label(tick, figure.unit)) for tick in scales.ticks(figure.down, figure.unit)]


def _series(figure: CurveFigure) -> list[tuple[str, list[tuple[float, float, float, float]]]]:
    """The curves of a figure with their classes, without the points that are not to be believed."""
    return [
        (
            f"{curve.column.key}{'' if curve.result.interruptible else ' off'}",
            [
                (point.at, point.low, point.middle, point.high)
                for point in curve.result.points
                if not point.noise
            ],
        )
        for curve in figure.curves
    ]


def _spoken(row: Row, columns: Sequence[Column]) -> str:
    """A row of the matrix, for who cannot see it."""
    return "; ".join(
        f"{column.name}: {_sides(cell)}" for column, cell in zip(columns, row.cells, strict=True)
    )


def _sides(cell: Cell | None) -> str:
    sides = {"on": cell.on, "off": cell.off} if cell is not None else {}
    told = [f"{name} {words.SIGNS[side.verdict].word}" for name, side in sides.items() if side is not None]
    return ", ".join(told) or "did not run"
