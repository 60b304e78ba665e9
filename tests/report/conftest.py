"""Certificates made by hand: of engines that stop and that do not, with one of every kind of result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.certificate import Certificate, Header, Item, Machine, Scope, close, digest
from harness.context import Cause
from harness.engine import Capabilities, TrapKind
from harness.outcome import Crashed, Hung, Interrupted, Number, Outcome, Returned, Trapped, Unsupported
from harness.report.columns import columns
from harness.results import (
    CommandFailure,
    CostResult,
    CurveResult,
    FloorResult,
    OverheadResult,
    Point,
    Reach,
    Result,
    ScenarioResult,
    SpecResult,
    SpeedResult,
    Tally,
    Verdict,
    Way,
)
from harness.standard.features import ALL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.report.columns import Column

US, MS, S = 1_000, 1_000_000, 1_000_000_000
HOSTILE = (
    "<script>alert(1)</script> & \"'` | @you #1 \x1b[31m\u202eevil\u2066 \x00 {{ 7 * 7 }} $\x80 \ud7ff\n" * 3
)
"""What an engine may say."""


def scenario(
    group: str,
    id: str,
    verdict: Verdict = Verdict.TERMINATED,
    *,
    on: bool = True,
    way: Way = "deadline",
    reach: Reach = "host",
    expected: str = "",
    detail: str = "",
    outcome: Outcome | None = None,
    latencies: Sequence[int] = (),
    fixture: str | None = None,
) -> ScenarioResult:
    """One result, of a fixture unless it says otherwise."""
    ends: dict[Verdict, Outcome] = {
        Verdict.TERMINATED: Interrupted(Cause.DEADLINE),
        Verdict.LATE_INTERRUPTED: Interrupted(Cause.DEADLINE),
        Verdict.RIGHT: Hung(0.3),
        Verdict.HUNG: Hung(10.0),
        Verdict.CRASHED: Crashed(-11),
        Verdict.UNSUPPORTED: Unsupported(detail),
    }
    return ScenarioResult(
        id=id,
        group=group,
        fixture=fixture if fixture is not None else f"{group}/{id}.wat",
        interruptible=on,
        way=way,
        reach=reach,
        expected=expected or ("interrupted" if on else "runs-on"),
        verdict=verdict,
        outcome=outcome or ends.get(verdict, Returned((Number("i32", "7"),))),
        latencies=tuple(latencies),
        bound=200 * MS if latencies else None,
        detail=detail,
    )


def spread(middle: int, many: int = 21) -> list[int]:
    """Latencies around one."""
    return [round(middle * 1.15 ** (at - many // 2)) for at in range(many)]


def item(id: str, *results: Result, outcome: str = "passed", why: str = "") -> Item:
    return Item(id=id, outcome=outcome, seconds=0.1, why=why, results=results)  # type: ignore[arg-type]


def items_of_scenarios(results: Sequence[ScenarioResult], engine: str) -> Iterator[Item]:
    """An item each, named as pytest names them."""
    for result in results:
        switch = "on" if result.interruptible else "off"
        name = f"{engine}-{switch}-{result.id}-{result.way}-{result.reach}"
        outcome = "passed" if result.verdict.good else "failed"
        why = result.detail or result.verdict.value
        if result.verdict is Verdict.UNSUPPORTED:
            outcome, why = "skipped", f"unsupported: {result.detail}"
        id = f"cases/test_scenarios.py::test_scenario[{name}]"
        yield item(id, result, outcome=outcome, why="" if outcome == "passed" else why)


def certificate(
    items: Sequence[Item],
    *,
    name: str = "mine",
    version: str = "1.2",
    interrupts: str = "polls",
    planned: Sequence[str] | None = None,
    cut_short: str = "",
) -> Certificate:
    """Under a header, closed."""
    ids = [item.id for item in items] if planned is None else list(planned)
    header = Header(
        stopwat="0.1.0",
        engine=name,
        name=name,
        version=version,
        capabilities=Capabilities(features=ALL, interrupts=interrupts),  # type: ignore[arg-type]
        profile="standard",
        options={"bound": 200 * MS, "pairs": 9},
        machines=(
            Machine(
                system="Linux 6.1",
                architecture="x86_64",
                processor="a processor",
                cores=4,
                memory=1 << 34,
                python="CPython 3.11.7",
            ),
        ),
        suite="abc",
        cases="sha256:123",
        assembler="wat2wasm 1.0.32",
        tools={"python": "3.11.7"},
        scope=Scope(scripts=1, on=1, off=1, kernels=1, cases=()),
        started="2026-01-01T00:00:00+00:00",
        planned=tuple(ids),
        plan=digest(ids),
    )
    return close(header, tuple(items), ended="2026-01-01T00:05:00+00:00", cut_short=cut_short)


def suite(*, failed: int = 0, why: str = "") -> Item:
    """A script of the official suite, some of its commands wrong."""
    wrong = [
        CommandFailure(line=7 + at, command="assert_trap", expected="traps: unreachable", got="returns 7")
        for at in range(failed)
    ]
    result = SpecResult(
        file="i32.wast",
        features={"mvp": Tally(passed=400 - failed, failed=failed), "simd": Tally(passed=20)},
        not_applicable={"tests the text format": 30},
        failures=tuple(wrong),
    )
    outcome = "known" if why else "failed" if failed else "passed"
    return item("cases/test_spec.py::test_spec[i32]", result, outcome=outcome, why=why)


def measures(factor: float = 1.0, *, noise: str = "") -> Iterator[Item]:
    """Prices, speeds, floors and curves."""
    pairs = (100, 100, 100)
    for kernel, ratio in (("fib", 1.04), ("count", 1.0), ("matmul", 1.31)):
        by = ratio * factor
        yield item(
            f"cases/test_overhead.py::test_overhead[{kernel}]",
            OverheadResult(
                kernel=f"kernel-{kernel}",
                off=pairs,
                on=pairs,
                ratio=by,
                low=by * 0.97,
                high=by * 1.05,
                noise=noise if kernel == "matmul" else "",
            ),
        )
        yield item(
            f"cases/test_speed.py::test_speed[{kernel}]",
            *(
                SpeedResult(
                    kernel=f"kernel-{kernel}",
                    interruptible=on,
                    native=pairs,
                    engine=pairs,
                    ratio=by * (3 if on else 2.6),
                    low=by * 2.5,
                    high=by * 3.1,
                    toolchain="gcc 12.2 -O2",
                )
                for on in (True, False)
            ),
        )
    yield item(
        "cases/test_cost.py::test_cost",
        CostResult(
            what="compile", module="large", size=70_000, off=pairs, on=pairs, ratio=1.1, low=1.05, high=1.2
        ),
        CostResult(
            what="instantiate", module="large", size=70_000, off=pairs, on=pairs, ratio=1.0, low=0.9, high=1.1
        ),
    )
    for way in ("deadline", "cancel", "close"):
        yield item(
            f"cases/test_floor.py::test_floor[{way}]",
            FloorResult(way=way, latencies=tuple(spread(80 * US))),
        )
    for on in (True, False):
        points = [
            Point(
                at=at,
                low=factor * at * MS * 0.8,
                middle=factor * at * MS,
                high=factor * at * MS * 1.3,
                noise="",
            )
            for at in (1, 4, 16, 64)
        ]
        yield item(
            f"cases/test_growth.py::test_latency[{on}]",
            CurveResult(
                id="latency-by-instances",
                about="how late the last of so many calls stops",
                axis="instances",
                measure="latency",
                unit="ns",
                interruptible=on,
                points=tuple(points),
            ),
            CurveResult(
                id="overhead-by-body",
                about="what a loop costs as its body grows",
                axis="loop body [instructions]",
                measure="on / off",
                unit="ratio",
                interruptible=on,
                points=(
                    Point(at=16, low=1.1, middle=1.2, high=1.3),
                    Point(at=4096, low=0.98, middle=1.0, high=1.02),
                    Point(at=65536, low=1, middle=9, high=20, noise="the machine was busy"),
                ),
            ),
        )


def stopping() -> list[ScenarioResult]:
    """Of an engine that stops everything: shapes in every way, a call that ends, a written case."""
    ways: tuple[Way, ...] = ("deadline", "cancel", "close")
    reaches: tuple[Reach, ...] = ("host", "instance", "reentry")
    found = []
    for group, id in (
        ("loops", "loop-br"),
        ("loops", "loop-br-if"),
        ("calls", "tail-self"),
        ("calls", "call-tree"),
        ("bulk", "fill-loop"),
    ):
        found += [
            scenario(group, id, way=way, reach=reach, latencies=spread(400 * US, 5))
            for way in ways
            for reach in reaches
        ]
        found += [scenario(group, id, Verdict.RIGHT, on=False, way=way) for way in ways]
    for on in (True, False):
        found.append(
            scenario(
                "traps",
                "trap-unreachable",
                Verdict.RIGHT,
                on=on,
                expected="traps unreachable",
                outcome=Trapped(TrapKind.UNREACHABLE),
            )
        )
    found.append(
        scenario(
            "when",
            "expired-before",
            fixture="cases/test_when.py",
            expected="The deadline has passed before the call: interrupted at once, no side effect.",
            latencies=[50 * US],
        )
    )
    return found


def failing() -> list[ScenarioResult]:
    """Of one that stops loops, but not calls, and is bad in every other way as well."""
    found = []
    bad = {
        "tail-self": (Verdict.HUNG, "killed after 10 s"),
        "call-tree": (Verdict.CRASHED, HOSTILE),
        "fill-loop": (Verdict.LATE_INTERRUPTED, "1.2 s late, allowed are 200 ms"),
        "trap-unreachable": (Verdict.WRONG_OUTCOME, "expected: traps unreachable"),
        "expired-before": (Verdict.UNSUPPORTED, "its contexts do not reach: host"),
    }
    for result in stopping():
        verdict, detail = bad.get(result.id, (result.verdict, ""))
        if not result.interruptible or result.way == "close":
            verdict, detail = result.verdict, ""
        latencies = spread(3 * MS, 5) if verdict.good and result.latencies else []
        if verdict is Verdict.LATE_INTERRUPTED:
            latencies = spread(S, 5)
        found.append(
            scenario(
                result.group,
                result.id,
                verdict,
                on=result.interruptible,
                way=result.way,
                reach=result.reach,
                expected=result.expected,
                detail=detail,
                latencies=latencies,
                fixture=result.fixture,
            )
        )
    return found


@pytest.fixture
def good() -> Certificate:
    """Of an engine that stops everything."""
    return certificate([suite(), *items_of_scenarios(stopping(), "mine"), *measures()])


@pytest.fixture
def bad() -> Certificate:
    """Of one that does not."""
    return certificate(
        [
            suite(failed=3, why="It has one word for three traps."),
            *items_of_scenarios(failing(), "other"),
            *measures(1.7, noise="the control differs from itself by 12 %"),
        ],
        name="other",
        version="0.9",
    )


@pytest.fixture
def deaf() -> Certificate:
    """Of one that cannot be stopped, and says so."""
    results = [
        scenario(
            result.group,
            result.id,
            Verdict.UNSUPPORTED
            if result.interruptible and result.expected == "interrupted"
            else Verdict.RIGHT,
            on=result.interruptible,
            detail="cannot be interrupted" if result.interruptible else "",
            expected=result.expected,
            fixture=result.fixture,
        )
        for result in stopping()
        if result.way == "deadline" and result.reach == "host"
    ]
    return certificate(list(items_of_scenarios(results, "deaf")), name="deaf", interrupts="none")


@pytest.fixture
def partial(good: Certificate) -> Certificate:
    """Of a run that was cut short."""
    kept = good.items[: len(good.items) // 2]
    return certificate(kept, planned=good.header.planned, cut_short="interrupted")


@pytest.fixture
def both(good: Certificate, bad: Certificate) -> tuple[Column, ...]:
    """Two engines beside each other."""
    return columns([good, bad])


@pytest.fixture
def make() -> Callable[..., Certificate]:
    """Makes a certificate of scenarios."""

    def make(results: Sequence[ScenarioResult], *more: Item, name: str = "mine") -> Certificate:
        return certificate([*items_of_scenarios(results, name), *more], name=name)

    return make
