"""The text of a fixture -> its header and its modules.

A fixture is one ``.wat`` file. Lines that begin with ``;;!`` are its header, in TOML; the rest is one module,
or several named ones, of which the last is the one that the case is about.

``(;repeat 200;) nop (;end;)`` stands for the text in the middle, so many times, within a line: an assembler
that knows nothing of it sees two comments.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import msgspec

from harness.results import Reach, Way
from harness.standard.features import FEATURES
from harness.wast import reader

if TYPE_CHECKING:
    from pathlib import Path

Coverage: TypeAlias = Literal["compile", "instantiate", "host", "blocking"]
_MARK = ";;!"
_REPEAT = re.compile(r"\(;repeat (\d+);\)(.*?)\(;end;\)", re.DOTALL)
_TOML_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_FIELD = re.compile(r"at `\$\.(\w+)|unknown field `(\w+)`$")


class FixtureError(Exception):
    """A fixture cannot be used; one line: ``file:line: message``."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")
        self.path = path
        self.line = line
        self.message = message


class Large(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """More of the same work, to measure an engine that compiles."""

    args: tuple[int | float, ...]
    returns: str


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a fixture says of itself."""

    about: str
    """One line for a reader."""
    invoke: str | None = None
    """The export to call; without it the case is the instantiation."""
    args: tuple[int | float, ...] = ()
    """Its arguments; their types are the export's."""
    needs: tuple[str, ...] = ()
    """Features beyond the first version, in the order of `harness.standard.features`."""
    on: str
    """What must happen when calls can be interrupted; `harness.scenarios.expectation` has the words."""
    off: str
    """What must happen when they cannot."""
    covers: tuple[Coverage, ...] = ()
    """What the context must reach besides running code, in the words of `harness.engine.Capabilities`."""
    ways: tuple[Way, ...] = ()
    """The ways of telling it to stop that make sense, where not all of them do."""
    reaches: tuple[Reach, ...] = ()
    """How the call comes to the code, where not every reach makes sense."""
    seen: str | tuple[str, ...] = ()
    """Where this went wrong in a real engine: ``owner/repo#N``, or an observation."""
    progress: str | None = None
    """An exported global or memory that changes as long as the guest runs."""
    large: Large | None = None


class Text(NamedTuple):
    """A module as it stands in a fixture."""

    name: str
    """Under which later modules import from it; empty if it has none."""
    wat: str
    line: int
    """Of the fixture, where `wat` begins."""


class Source:
    """A fixture as text."""

    def __init__(self, path: Path) -> None:
        """Read the file; raises OSError, or `FixtureError` for a header that is wrong."""
        self.path = path
        try:
            self.text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise FixtureError(path, 1, f"is not UTF-8: {error}") from None
        self._header_lines = [
            (number, line.removeprefix(_MARK))
            for number, line in enumerate(self.text.splitlines(), 1)
            if line.startswith(_MARK)
        ]
        self.header = self._read_header()

    def error(self, message: str, key: str | None = None) -> FixtureError:
        """An error at the line where the header gives `key`, or at its first."""
        places = (number for number, line in self._header_lines if re.match(rf"\s*{key}\s*=", line))
        return FixtureError(self.path, next(places, self._first_line), message)

    def modules(self) -> list[Text]:
        """The modules, in the order in which they are instantiated; raises `FixtureError`."""
        try:
            forms = list(reader.read(self._expanded()))
        except reader.ScriptError as error:
            raise FixtureError(self.path, error.line, error.reason) from None
        if not forms:
            raise FixtureError(self.path, self._first_line, "there is no module")
        modules = []
        for position, form in enumerate(forms, 1):
            name = form.items[1] if len(form.items) > 1 else ""
            if form.head != "module" or len(form.items) > 2 or not isinstance(name, str):
                raise FixtureError(self.path, form.line, "this is no module in text format")
            if not name and position < len(forms):
                raise FixtureError(self.path, form.line, "this module needs a name: another one follows")
            modules.append(
                Text(name.removeprefix("$"), f"(module{form.fields or ''})", form.fields_line or form.line)
            )
        names = [module.name for module in modules]
        if len(set(names)) < len(names):
            raise FixtureError(self.path, forms[-1].line, "two modules have the same name")
        return modules

    @property
    def _first_line(self) -> int:
        return self._header_lines[0][0] if self._header_lines else 1

    def _read_header(self) -> Header:
        try:
            table = tomllib.loads("\n".join(line for _, line in self._header_lines))
        except tomllib.TOMLDecodeError as error:
            told = _TOML_LINE.search(str(error))
            line = self._header_lines[int(told[1]) - 1 if told else -1][0]
            raise FixtureError(
                self.path, line, f"the header is not TOML: {_TOML_LINE.sub('', str(error))}"
            ) from None
        try:
            header = msgspec.convert(table, Header)
        except msgspec.ValidationError as error:
            told = _FIELD.search(str(error))
            raise self.error(f"header: {error}", told and (told[1] or told[2])) from None
        unknown = [name for name in header.needs if name not in FEATURES]
        if unknown:
            raise self.error(f"unknown feature {unknown[0]!r}; there are: {', '.join(FEATURES)}", "needs")
        if header.invoke is None and set(header.reaches) - {"host"}:
            raise self.error("an instantiation is reached from the host alone", "reaches")
        return header

    def _expanded(self) -> str:
        def repeat(match: re.Match[str]) -> str:
            if "\n" in match[2]:
                line = self.text.count("\n", 0, match.start()) + 1
                raise FixtureError(self.path, line, "a repetition begins and ends in one line")
            return match[2] * int(match[1])

        return _REPEAT.sub(repeat, self.text)
