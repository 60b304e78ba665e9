"""A certificate made by hand, in which every rule is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.certificate import Certificate, Header, Item, Machine, Scope, close, digest
from harness.context import Cause
from harness.engine import Capabilities
from harness.outcome import Hung, Interrupted
from harness.results import OverheadResult, ScenarioResult, SpecResult, Tally, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

MS = 1_000_000
MACHINE = Machine(
    system="Linux 6.1",
    architecture="x86_64",
    processor="a processor",
    cores=2,
    memory=1 << 33,
    python="3.11",
)
SPEC = "cases/test_spec.py::test_spec[mine-i32.wast]"


def script(file: str = "i32.wast") -> SpecResult:
    return SpecResult(
        file=file,
        features={"mvp": Tally(passed=40), "sign-extension": Tally(passed=2)},
        not_applicable={"tests the text format": 3},
        seconds=0.25,
    )


def scenario(*, interruptible: bool) -> ScenarioResult:
    return ScenarioResult(
        id="loop-br",
        group="loops",
        fixture="loops/loop-br.wat",
        interruptible=interruptible,
        way="deadline",
        expected="interrupted" if interruptible else "runs-on",
        verdict=Verdict.TERMINATED if interruptible else Verdict.RIGHT,
        outcome=Interrupted(Cause.DEADLINE) if interruptible else Hung(0.35),
        latencies=(1 * MS, 3 * MS, 2 * MS) if interruptible else (),
        bound=100 * MS if interruptible else None,
    )


def kernel() -> OverheadResult:
    return OverheadResult(kernel="kernel-fib", off=(10, 10), on=(11, 11), ratio=1.1, low=1.0, high=1.2)


def item(id: str, *results: ScenarioResult | SpecResult | OverheadResult) -> Item:
    return Item(id=id, outcome="passed", seconds=0.5, results=results)


def whole() -> tuple[Item, ...]:
    return (
        item(SPEC, script()),
        item("on", scenario(interruptible=True)),
        item("off", scenario(interruptible=False)),
        item("overhead", kernel()),
    )


def header(planned: Sequence[str]) -> Header:
    return Header(
        stopwat="0.1.0",
        engine="mine",
        name="mine",
        version="1.2",
        capabilities=Capabilities(features=frozenset({"mvp", "sign-extension"}), interrupts="polls"),
        profile="standard",
        options={"bound": 100 * MS},
        machines=(MACHINE,),
        suite="abc",
        cases="sha256:123",
        assembler="wat2wasm 1.0.32",
        tools={"python": "3.11.7"},
        scope=Scope(scripts=1, on=1, off=1, kernels=1, cases=("test_spec.py::test_spec",)),
        started="2026-01-01T00:00:00+00:00",
        planned=tuple(planned),
        plan=digest(planned),
    )


@pytest.fixture
def items() -> tuple[Item, ...]:
    """One of each."""
    return whole()


@pytest.fixture
def good(items: tuple[Item, ...]) -> Certificate:
    """It is certified."""
    return close(header([item.id for item in items]), items, ended="2026-01-01T00:01:00+00:00")


@pytest.fixture(scope="session")
def whole_run() -> Certificate:
    """The same, for tests that try many things with it."""
    return close(header([item.id for item in whole()]), whole(), ended="2026-01-01T00:01:00+00:00")
