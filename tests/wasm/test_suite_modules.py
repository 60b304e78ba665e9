"""Reader and validator against every module of the official suite: accepted, malformed or invalid as it says.

Which features a module uses is tested along with it: it must be accepted with just these, and with none of
them left out.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from engines.wasm.validation import validate
from harness.assembler import assemble
from harness.engine import Invalid, Malformed
from harness.standard.binary import read
from harness.standard.features import ALL
from harness.wast import commands, suite

if TYPE_CHECKING:
    from collections.abc import Iterator

try:
    SUITE = suite.find()
except suite.NotFound as missing:
    pytest.skip(str(missing), allow_module_level=True)

SCRIPTS = {script.name: script for script in suite.scripts(SUITE)}

BEFORE_SEVERAL = ALL - {"multi-memory", "reference-types"}
"""What the suite of the threads proposal was made for: there, a second memory or table is not valid."""

COUNTS = {
    "accepted": 2728,
    "malformed": 819,
    "invalid": 2835,
    "text": 1275,
}
"""Modules of the suite at `suite.COMMIT`; "text" are those that only a parser of text can judge."""


def _modules(name: str) -> Iterator[tuple[int, commands.Source, str]]:
    """Line, source and what becomes of it."""
    for command in commands.read(SCRIPTS[name].path.read_text()):
        match command:
            case commands.Module(source=source) | commands.ModuleDefinition(source=source):
                yield command.line, source, "accepted"
            case (
                commands.AssertUnlinkable(source=source)
                | commands.AssertTrap(subject=commands.Source() as source)
            ):
                yield command.line, source, "accepted"
            case commands.AssertMalformed(source=source) if source.form == "binary":
                yield command.line, source, "malformed"
            case commands.AssertMalformed() | commands.AssertCustom():
                yield command.line, command.source, "text"
            case commands.AssertInvalid(source=source):
                yield command.line, source, "invalid"


def _judge(binary: bytes, features: frozenset[str]) -> str:
    try:
        validate(read(binary, features), features)
    except Malformed:
        return "malformed"
    except Invalid:
        return "invalid"
    return "accepted"


@pytest.mark.parametrize("name", SCRIPTS)
def test_script(name: str) -> None:
    features = BEFORE_SEVERAL if name.startswith("proposals/threads/") else ALL
    wrong = []
    for line, source, expected in _modules(name):
        if expected == "text":
            continue
        binary = source.content
        if source.form != "binary":
            binary = assemble(binary, file=name, line=source.line, first="in-process").binary
        found = _judge(binary, features)
        if found != expected:
            wrong.append(f"{name}:{line}: {found}, not {expected}")
        elif found == "accepted":
            used = frozenset(read(binary, features).features)
            if _judge(binary, used) != "accepted":
                wrong.append(f"{name}:{line}: takes more features than {sorted(used)}")
            wrong += [
                f"{name}:{line}: does not take the feature {feature}"
                for feature in used - {"mvp"}
                if _judge(binary, used - {feature}) == "accepted"
            ]
    assert wrong == []


@pytest.mark.skipif(suite.commit(SUITE) != suite.COMMIT, reason="the suite is not at the commit counted here")
def test_nothing_of_the_suite_is_left_out() -> None:
    assert Counter(expected for name in SCRIPTS for _, _, expected in _modules(name)) == COUNTS
