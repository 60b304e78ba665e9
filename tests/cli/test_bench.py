"""``stopwat bench``: its table, and what it says of what it cannot measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from harness.cli import bench
from harness.measure.overhead import Comparison

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

CLEAR = Comparison("kernel-fib", (2_000_000,), (1_000_000,), 2.0, 1.9, 2.1, "")
NOISY = Comparison("kernel-sieve", (7_000_000,), (1_000_000,), 7.123, 1.0, 9.0, "wider than anything")


def shown(*rows: Comparison) -> str:
    console = Console(width=100)
    with console.capture() as captured:
        console.print(bench._table(rows, "on", "off"))
    return captured.get()


def test_a_ratio_with_its_interval() -> None:
    text = shown(CLEAR)
    assert "2.000" in text
    assert "1.900 to 2.100" in text


def test_what_is_too_noisy_has_no_ratio_and_no_part_in_the_mean() -> None:
    text = shown(CLEAR, NOISY)
    assert "too noisy to say" in text
    assert "7.123" not in text
    mean = text.splitlines()[-2]
    assert "geometric mean" in mean
    assert "2.000" in mean
    assert "of 1 in 2" in mean


def test_where_all_is_noise_there_is_no_mean() -> None:
    assert "geometric mean" not in shown(NOISY)


def test_names_of_engines_are_no_markup() -> None:
    console = Console(width=100)
    with console.capture() as captured:
        console.print(bench._table([CLEAR], "exec:a [/b]", "exec:a [red]"))
    assert "exec:a [/b]" in captured.get()
    assert "exec:a [red]" in captured.get()


def test_native_and_against(stopwat: Callable[..., Any]) -> None:
    said = stopwat("bench", "fib", "--native", "--against", "interp")
    assert said.status == 2
    assert "--native and --against are two things to compare with" in said.told


def test_native_without_a_compiler(stopwat: Callable[..., Any], tmp_path: Path) -> None:
    said = stopwat("bench", "fib", "--native", "--engine=interp", PATH=str(tmp_path))
    assert said.status == 1
    assert "no C compiler on PATH" in said.told
    assert said.out == ""
