"""What a scenario is: its text, as installed here, and the command that runs it again."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from harness import duration, provenance
from harness.adjustable import ADJUSTABLE
from harness.profiles import DEFAULT, PROFILES
from harness.scenarios import ROOT, discover
from harness.scenarios.written import written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.certificate import Header

_ISSUE = re.compile(r"\b([\w.-]+/[\w.-]+)#(\d+)\b")


class Source(NamedTuple):
    """The text of a scenario."""

    path: str
    """Within a checkout of stopwat."""
    text: str
    about: str
    needs: tuple[str, ...]
    """Features beyond the first version."""
    seen: tuple[Reference, ...]
    """Where it went wrong in a real engine."""


class Reference(NamedTuple):
    """An observation; `link` is empty where there is nothing to look it up."""

    text: str
    link: str


@cache
def fixtures() -> dict[str, Source]:
    """The fixtures, by their path below the root; nothing else is ever opened for a certificate."""
    return {
        scenario.fixture: Source(
            path=f"{ROOT.name}/{scenario.fixture}",
            text="\n".join(
                text for text in scenario.source.text.splitlines() if not text.startswith(";;!")
            ).strip("\n"),
            about=scenario.header.about,
            needs=scenario.header.needs,
            seen=tuple(map(_reference, _several(scenario.header.seen))),
        )
        for scenario in discover().scenarios
    }


@cache
def cases() -> dict[tuple[str, str], Source]:
    """The cases that are written out, by file (``cases/test_when.py``) and id."""
    return {
        (case.title.fixture, case.title.id): Source(case.title.fixture, case.source, case.title.about, (), ())
        for case in written(provenance.cases())
    }


def find(fixture: str, id: str) -> Source | None:
    """The text behind a result; None where this installation does not have it."""
    return fixtures().get(fixture) or cases().get((fixture, id))


def command(header: Header, item: str) -> str:
    """What runs an item of a certificate again, on the same engine, by the same profile and as adjusted."""
    file, _, test = item.partition("::")
    path = PurePosixPath(file)
    ours = path.parent.name == provenance.cases().name
    place = f"--pyargs {shlex.quote(f'cases.{path.stem}::{test}')}" if ours else shlex.quote(item)
    profile = f" --profile {shlex.quote(header.profile)}" if header.profile != DEFAULT else ""
    adjusted = "".join(f" {option}" for option in _adjusted(header))
    return f"pytest {place} --engine {shlex.quote(header.engine)}{profile}{adjusted}"


def _adjusted(header: Header) -> Iterator[str]:
    """The options that were not left to the profile, as they are written."""
    profile = PROFILES.get(header.profile)
    for name, option in ADJUSTABLE.items():
        value = header.options.get(name)
        if profile is not None and isinstance(value, int) and value != getattr(profile.options, name):
            text = duration.write(value) if option.kind == "time" else str(value)
            yield f"--{option.called or name} {text}"
    if "features" in header.options:
        yield f"--features {shlex.quote(str(header.options['features']))}"


def _several(seen: str | tuple[str, ...]) -> tuple[str, ...]:
    return (seen,) if isinstance(seen, str) else seen


def _reference(text: str) -> Reference:
    issue = _ISSUE.search(text)
    return Reference(text, f"https://github.com/{issue[1]}/issues/{issue[2]}" if issue else "")
