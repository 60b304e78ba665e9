"""What was not run or not judged, and why: nothing is left out without being told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from harness import summary
from harness.report.text import many
from harness.results import ScenarioResult, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.certificate import Certificate, Item


class Reason(NamedTuple):
    """Things that were left out for one reason."""

    why: str
    what: str
    """How many of what."""
    names: tuple[str, ...]
    """Which; empty where they have none."""


def remainder(certificate: Certificate) -> tuple[Reason, ...]:
    """What a run leaves out, by reason."""
    return (*_not_run(certificate), *_scenarios(certificate), *_items(certificate), *_commands(certificate))


def _not_run(certificate: Certificate) -> Iterator[Reason]:
    ran = {item.id for item in certificate.items}
    missing = [id for id in certificate.header.planned if id not in ran]
    if missing:
        why = certificate.footer.cut_short or "the run did not come to its end"
        yield Reason(f"cut short: {why}", many(len(missing), "planned case"), tuple(map(_short, missing)))


def _scenarios(certificate: Certificate) -> Iterator[Reason]:
    for verdict, before in ((Verdict.UNSUPPORTED, "not offered"), (Verdict.NOT_RUN, "not run")):
        reasons: dict[str, dict[str, None]] = {}
        for result in certificate.scenarios:
            if result.verdict is verdict:
                reasons.setdefault(result.detail, {})[result.id] = None
        for detail, ids in reasons.items():
            yield Reason(f"{before}: {detail}" if detail else before, many(len(ids), "scenario"), tuple(ids))


def _items(certificate: Certificate) -> Iterator[Reason]:
    """Cases without a result: those that have one are told of by it."""
    reasons: dict[str, list[str]] = {}
    for item in certificate.items:
        if item.outcome != "passed" and not _told(item):
            before = "" if item.outcome == "skipped" else f"{item.outcome}: "
            reasons.setdefault(before + item.why, []).append(_short(item.id))
    for why, names in reasons.items():
        yield Reason(why, many(len(names), "case"), tuple(names))


def _told(item: Item) -> bool:
    return bool(item.results) and (
        item.outcome != "skipped" or any(isinstance(result, ScenarioResult) for result in item.results)
    )


def _commands(certificate: Certificate) -> Iterator[Reason]:
    for reason, number in summary.not_applicable(certificate.scripts).most_common():
        yield Reason(reason, many(number, "command") + " of the suite", ())
    not_run = sum(tally.not_run for script in certificate.scripts for tally in script.features.values())
    if not_run:
        why = "what ran before them took the process away"
        yield Reason(why, many(not_run, "command") + " of the suite", ())


def _short(id: str) -> str:
    """Of an item, what a reader knows it by."""
    return id.rpartition("/")[2].replace(".py::test_", " ")
