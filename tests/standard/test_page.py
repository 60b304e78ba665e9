"""The list of instructions in the documentation is what the table says."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from harness.cli import group
from harness.standard.instructions import INSTRUCTIONS

PAGE = Path(__file__).parents[2] / "docs" / "instructions.md"


def test_the_page_is_what_the_command_prints() -> None:
    done = CliRunner().invoke(group, ["standard", "instructions"])
    assert done.exit_code == 0
    assert done.output == PAGE.read_text(), f"stopwat standard instructions > docs/{PAGE.name}"


def test_the_page_has_them_all() -> None:
    page = PAGE.read_text()
    assert all(f"| `{name}` |" in page for name in INSTRUCTIONS)
    for line in (
        "| `0x6A` | `i32.add` |  | `i32 i32 -> i32` | mvp |",
        "| `0x28` | `i32.load` | memarg/4 | `addr -> i32` | mvp |",
        "| `0xFD 0x54` | `v128.load8_lane` | memarg/1 lane | `addr v128 -> v128` | simd |",
    ):
        assert line in page
