"""A certificate in figures: what tables, pages and JUnit's properties are made of."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from harness.duration import show
from harness.measure.latency import Summary, summarise
from harness.measure.ratios import TOO_NOISY, geometric_mean
from harness.results import (
    CommandFailure,
    CostResult,
    CurveResult,
    FloorResult,
    OverheadResult,
    PairedResult,
    Result,
    ScenarioResult,
    SpecResult,
    SpeedResult,
    Tally,
)
from harness.standard.features import FEATURES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.certificate import Certificate
    from harness.results import Verdict


def conformance(scripts: Iterable[SpecResult]) -> dict[str, Tally]:
    """Commands by the feature they need, in the order of the standard."""
    found: dict[str, Tally] = {}
    for script in scripts:
        for feature, tally in script.features.items():
            into = found.setdefault(feature, Tally())
            into.passed += tally.passed
            into.failed += tally.failed
            into.not_run += tally.not_run
    order = [*FEATURES, *sorted(found.keys() - FEATURES.keys())]
    return {feature: found[feature] for feature in order if feature in found}


def not_applicable(scripts: Iterable[SpecResult]) -> Counter[str]:
    """Commands that were not judged, by reason."""
    reasons: Counter[str] = Counter()
    for script in scripts:
        reasons.update(script.not_applicable)
    return reasons


class Group(NamedTuple):
    """The scenarios of one group."""

    name: str
    on: Counter[Verdict]
    off: Counter[Verdict]
    latency: Summary | None
    """Of all interruptions in it; None if there was none."""


def groups(scenarios: Sequence[ScenarioResult]) -> list[Group]:
    """Scenarios by group, in the order they ran."""
    names = dict.fromkeys(result.group for result in scenarios)
    return [_group(name, [result for result in scenarios if result.group == name]) for name in names]


def _group(name: str, scenarios: Sequence[ScenarioResult]) -> Group:
    return Group(
        name,
        Counter(result.verdict for result in scenarios if result.interruptible),
        Counter(result.verdict for result in scenarios if not result.interruptible),
        latency(scenarios),
    )


def latency(scenarios: Iterable[ScenarioResult]) -> Summary | None:
    """Over all interruptions together; None if there was none."""
    samples = [sample for result in scenarios for sample in result.latencies]
    return summarise(samples) if samples else None


def overhead(kernels: Sequence[OverheadResult]) -> float | None:
    """Geometric mean of on / off; None without kernels of which it can be said."""
    # only what nobody measured is not positive, and that has no logarithm
    ratios = [kernel.ratio for kernel in kernels if not kernel.noise and kernel.ratio > 0]
    return geometric_mean(ratios) if ratios else None


def ratio(result: PairedResult) -> str:
    """Three places, or that nothing can be said."""
    return TOO_NOISY if result.noise else f"{result.ratio:.3f}"


def verdict(certificate: Certificate) -> str:
    """Whether an engine is certified, its grade, and by what kind of run, in one line."""
    from harness import grades

    header, footer = certificate.header, certificate.footer
    how = f"grade {footer.grade} ({', '.join((f'profile {header.profile}', *grades.laxer(certificate)))})"
    if footer.certified:
        return f"{header.engine} is certified, {how}"
    if certificate.as_known:
        return f"{header.engine} is not certified, {how}: {footer.counts['known']} cases fail, all known to"
    broken = ", ".join(check.rule for check in footer.checks if not check.passed)
    return f"{header.engine} is not certified, {how}: {broken}"


def first_line(text: str) -> str:
    """Of something an engine said, which may be long."""
    return next(iter(text.strip().splitlines()), "")


def named(result: ScenarioResult) -> str:
    """Which run of which scenario: ``loop-br (deadline, on)``, ``loop-br (close, reentry, off)``."""
    how = [result.way, *([result.reach] if result.reach != "host" else [])]
    return f"{result.id} ({', '.join(how)}, {'on' if result.interruptible else 'off'})"


def describe(file: str, failure: CommandFailure) -> str:
    """A command that failed, in one line."""
    expected, got = first_line(failure.expected), first_line(failure.got)
    return f"{file}:{failure.line}: {failure.command}: expected {expected}, got {got}"


def properties(result: Result) -> list[tuple[str, str]]:
    """A result in a few words, for JUnit's XML."""
    match result:
        case ScenarioResult():
            told = [("scenario", result.id), ("way", result.way), ("reach", result.reach)]
            told.append(("verdict", result.verdict.value))
            if result.latencies:
                told.append(("latency.max", show(max(result.latencies))))
            return told
        case SpecResult():
            tallies = result.features.values()
            passed, failed = sum(t.passed for t in tallies), sum(t.failed + t.not_run for t in tallies)
            skipped = sum(result.not_applicable.values())
            return [
                ("commands.passed", str(passed)),
                ("commands.failed", str(failed)),
                ("commands.not-applicable", str(skipped)),
            ]
        case OverheadResult():
            return [("kernel", result.kernel), ("overhead", ratio(result))]
        case CostResult():
            return [(f"{result.what}.{result.module}", ratio(result))]
        case SpeedResult():
            return [("kernel", result.kernel), ("against-native", ratio(result))]
        case FloorResult():
            return [("floor.way", result.way), ("floor.max", show(max(result.latencies, default=0)))]
        case CurveResult():
            return [("curve", result.id)]
