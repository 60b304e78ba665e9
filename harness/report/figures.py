"""What is drawn: latencies, ratios and curves of all columns, on axes that they share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from harness.measure.latency import Summary, summarise
from harness.measure.ratios import geometric_mean
from harness.report import scales
from harness.results import CostResult, CurveResult, FloorResult, Result, SpeedResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.report.columns import Column
    from harness.report.scales import Log, Scale
    from harness.results import OverheadResult, Unit

OFF = "off"
"""The kind of what was measured with cancellation off, where the other kind is with it on."""
_Kind = TypeVar("_Kind", bound=Result)


class Distribution(NamedTuple):
    """Latencies under a name, in nanoseconds."""

    name: str
    samples: tuple[int, ...]

    @property
    def summary(self) -> Summary:
        """Percentiles, as far as the number of samples supports them."""
        return summarise(self.samples)


class Latencies(NamedTuple):
    """How late the interruptions of one column came."""

    column: Column
    all: Distribution
    groups: tuple[Distribution, ...]
    floors: tuple[Distribution, ...]
    """What the harness itself adds, by the way of telling; empty where that was not measured."""
    bound: int | None

    @property
    def floor(self) -> int | None:
        """The middle of what the harness adds."""
        samples = [sample for floor in self.floors for sample in floor.samples]
        return summarise(samples).p50 if samples else None


class LatencyFigure(NamedTuple):
    """All of them on one axis."""

    scale: Log
    rows: tuple[Latencies, ...]


class Ratio(NamedTuple):
    """One ratio of a panel."""

    name: str
    middle: float
    low: float
    high: float
    noise: str
    """Why it is not to be believed; empty if it is."""
    kind: str = ""
    """What its like have in common, where a panel has several kinds."""


class Panel(NamedTuple):
    """The ratios of one column."""

    column: Column
    ratios: tuple[Ratio, ...]

    @property
    def means(self) -> dict[str, float]:
        """Geometric means of those that are believed, by kind."""
        kinds: dict[str, list[float]] = {}
        for ratio in self.ratios:
            if not ratio.noise and ratio.middle > 0:
                kinds.setdefault(ratio.kind, []).append(ratio.middle)
        return {kind: geometric_mean(ratios) for kind, ratios in kinds.items()}


class RatioFigure(NamedTuple):
    """Ratios of several columns on one axis."""

    scale: Log
    panels: tuple[Panel, ...]
    notes: tuple[str, ...] = ()


class Curve(NamedTuple):
    """One curve of one column."""

    column: Column
    result: CurveResult


class CurveFigure(NamedTuple):
    """One thing that grows, for all columns that measured it."""

    id: str
    about: str
    axis: str
    measure: str
    unit: Unit
    across: Scale
    down: Scale
    curves: tuple[Curve, ...]


def latencies(columns: Sequence[Column]) -> LatencyFigure | None:
    """Of every column; None where nothing was ever interrupted."""
    rows = tuple(_latencies(column) for column in columns)
    every = [
        sample for row in rows for distribution in (row.all, *row.floors) for sample in distribution.samples
    ]
    if not every:
        return None
    return LatencyFigure(scales.decades([*every, *(row.bound for row in rows if row.bound)]), rows)


def _latencies(column: Column) -> Latencies:
    scenarios = column.certificate.scenarios
    groups: dict[str, list[int]] = {}
    for result in scenarios:
        if result.latencies:
            groups.setdefault(result.group, []).extend(result.latencies)
    floors = [result for result in _of(column, FloorResult) if result.latencies]
    return Latencies(
        column=column,
        all=Distribution("all", tuple(sample for samples in groups.values() for sample in samples)),
        groups=tuple(Distribution(name, tuple(samples)) for name, samples in groups.items()),
        floors=tuple(Distribution(result.way, result.latencies) for result in floors),
        bound=min((result.bound for result in scenarios if result.bound is not None), default=None),
    )


def overhead(columns: Sequence[Column]) -> RatioFigure | None:
    """Kernels, on / off; None without any."""
    return _figure(
        Panel(column, tuple(_ratio(kernel_name(one.kernel), one) for one in column.certificate.overheads))
        for column in columns
    )


def cost(columns: Sequence[Column]) -> RatioFigure | None:
    """Compiling and instantiating, on / off; None without any."""
    return _figure(
        Panel(
            column,
            tuple(
                _ratio(f"{one.module}, {scales.size(one.size)}", one, one.what)
                for one in _of(column, CostResult)
            ),
        )
        for column in columns
    )


def speed(columns: Sequence[Column]) -> RatioFigure | None:
    """Kernels, engine / native; None without any."""
    panels = []
    toolchains: dict[str, None] = {}
    for column in columns:
        found = _of(column, SpeedResult)
        toolchains.update(dict.fromkeys(one.toolchain for one in found))
        panels.append(
            Panel(
                column,
                tuple(
                    _ratio(kernel_name(one.kernel), one, "on" if one.interruptible else OFF) for one in found
                ),
            )
        )
    return _figure(panels, notes=tuple(toolchains))


def curves(columns: Sequence[Column]) -> tuple[CurveFigure, ...]:
    """What grows with what, a figure each."""
    found: dict[str, list[Curve]] = {}
    for column in columns:
        for result in _of(column, CurveResult):
            if result.points:
                found.setdefault(result.id, []).append(Curve(column, result))
    return tuple(_curves(id, tuple(alike)) for id, alike in found.items())


def _curves(id: str, alike: tuple[Curve, ...]) -> CurveFigure:
    first = alike[0].result
    points = [point for curve in alike for point in curve.result.points if not point.noise]
    points = points or [point for curve in alike for point in curve.result.points]
    ends = [end for point in points for end in (point.low, point.high)]
    return CurveFigure(
        id=id,
        about=first.about,
        axis=first.axis,
        measure=first.measure,
        unit=first.unit,
        across=scales.suiting([point.at for point in points]),
        down=scales.suiting(ends, around=[1.0] if first.unit == "ratio" else []),
        curves=alike,
    )


def _figure(panels: Iterable[Panel], notes: tuple[str, ...] = ()) -> RatioFigure | None:
    found = tuple(panel for panel in panels if panel.ratios)
    ends = [
        end for panel in found for ratio in panel.ratios if not ratio.noise for end in (ratio.low, ratio.high)
    ]
    return RatioFigure(scales.ratios(ends), found, notes) if found else None


def _ratio(name: str, result: OverheadResult | CostResult | SpeedResult, kind: str = "") -> Ratio:
    return Ratio(name, result.ratio, result.low, result.high, result.noise, kind)


def kernel_name(kernel: str) -> str:
    """Without what all of them begin with."""
    return kernel.removeprefix("kernel-")


def _of(column: Column, kind: type[_Kind]) -> list[_Kind]:
    return [
        result for item in column.certificate.items for result in item.results if isinstance(result, kind)
    ]
