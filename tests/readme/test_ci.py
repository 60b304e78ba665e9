"""What the recipes for CI write down can be run: commands, options and files are there."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import click
import pytest

from harness import cli, duration
from harness.adjustable import ADJUSTABLE
from harness.measure.growth import AXES
from harness.plugin import asked
from harness.profiles import PROFILES, Profile

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
RECIPES = (ACTION, ROOT / "docs" / "ci.md", ROOT / "docs" / "certificate.md")
COMMAND = re.compile(r"stopwat (\w+) ((?:\\\n|[^\n`|&;])*)")
OPTION = re.compile(r"(?<![\w-])--([a-z][a-z-]*)")
TABLE = re.compile(r"^\| \| `quick` \|.+\n(?:\|.+\n)+", re.MULTILINE)
TIMES = ("deadline", "bound", "patience", "grace")
COUNTS = ("repetitions", "pairs", "rounds", "calls", "many")
"""Fields of the options, in the order of the table, which ends with the points on a curve."""


def options(command: str) -> set[str]:
    found = importlib.import_module(f"harness.cli.{command}").command
    assert isinstance(found, click.Command)
    return {name for parameter in found.params for name in parameter.opts}


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.name)
def test_commands_and_options_are_there(recipe: Path) -> None:
    told = COMMAND.findall(recipe.read_text(encoding="utf-8"))
    commands = [(command, rest) for command, rest in told if command in cli.COMMANDS]
    assert len(commands) >= 2
    for command, rest in commands:
        assert {f"--{name}" for name in OPTION.findall(rest)} <= options(command), f"{command} {rest}"


def test_inputs_are_used_and_there() -> None:
    """Every input of the action is used, and what is used is one."""
    text = ACTION.read_text(encoding="utf-8")
    (declared,) = re.findall(r"^inputs:\n(.*?)^outputs:", text, re.MULTILINE | re.DOTALL)
    inputs = set(re.findall(r"^  ([\w-]+):$", declared, re.MULTILINE))
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == inputs
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    for block in re.findall(r"uses: OWNER/stopwat@v0\n +with:\n((?: {10}.+\n)+)", page):
        assert set(re.findall(r"^ +([\w-]+):", block, re.MULTILINE)) <= inputs


def test_scripts_take_inputs_from_the_environment() -> None:
    """An input in the middle of a script would be run, whatever is in it."""
    text = ACTION.read_text(encoding="utf-8")
    scripts = re.findall(r"^      run: \|\n((?: {8}.*\n|\n)+)", text, re.MULTILINE)
    assert len(scripts) == 4
    assert not any("${{" in script for script in scripts)


def test_every_profile_is_explained() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == list(PROFILES)


def column(profile: Profile) -> list[str]:
    """What the table must say of a profile, from top to bottom."""
    options = profile.options
    points = str(options.points) if options.points < max(len(axis.points) for axis in AXES) else "all"
    return [
        f"`{profile.name}`",
        *(duration.show(getattr(options, name)) for name in TIMES),
        *(str(getattr(options, name)) for name in COUNTS),
        "none" if "test_growth.py::test_growth" in profile.without else points,
    ]


def test_what_profiles_measure_is_told() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    (table,) = TABLE.findall(page)
    header, _, *rows = ([cell.strip() for cell in row.split("|")[1:-1]] for row in table.splitlines())
    what, *columns = zip(header, *rows, strict=True)
    told = [[re.sub(r"(?<=\d) (?=\d)", "", cell) for cell in cells] for cells in columns]
    assert told == [column(profile) for profile in PROFILES.values()]
    for name, row in zip(TIMES + COUNTS, what[1:-1], strict=True):
        option = ADJUSTABLE.get(name)
        assert OPTION.findall(row) == ([option.called or name] if option is not None else [])


@pytest.mark.parametrize("text", ["1/4", "4/4"])
def test_parts_as_gitlab_counts_them(text: str) -> None:
    number, of = asked.shard(text)
    assert (number, of) == (int(text[0]), 4)
