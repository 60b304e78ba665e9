from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import duration


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1s", 1_000_000_000),
        ("50ms", 50_000_000),
        ("1.5s", 1_500_000_000),
        ("250us", 250_000),
        ("250µs", 250_000),
        ("7ns", 7),
        ("2m", 120_000_000_000),
        ("1h", 3_600_000_000_000),
        ("0", 0),
        ("0s", 0),
        ("-1ms", -1_000_000),
        (" 3S ", 3_000_000_000),
        ("0.1ns", 0),
    ],
)
def test_parse(text: str, nanoseconds: int) -> None:
    assert duration.parse(text) == nanoseconds


@pytest.mark.parametrize(
    "text", ["", "1", "s", "1 s", "1.s", ".5s", "1e3s", "1sec", "1s2ms", "inf", "nan s", "--1s"]
)
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration; write a number and one of ns us ms s m h"):
        duration.parse(text)


@pytest.mark.parametrize(
    ("nanoseconds", "text"), [(0, "0h"), (50_000_000, "50ms"), (1_500_000, "1500us"), (120_000_000_000, "2m")]
)
def test_write(nanoseconds: int, text: str) -> None:
    assert duration.write(nanoseconds) == text


@given(st.integers(-(10**15), 10**15))
def test_what_is_written_is_read(nanoseconds: int) -> None:
    assert duration.parse(duration.write(nanoseconds)) == nanoseconds


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0 ns"),
        (7, "7 ns"),
        (999, "999 ns"),
        (1_000, "1 us"),
        (412_345, "412 us"),
        (1_234_567, "1.23 ms"),
        (12_345_678, "12.3 ms"),
        (100_000_000, "100 ms"),
        (1_000_000_000, "1 s"),
        (99_900_000_000, "99.9 s"),
        (100_000_000_000, "1 min 40 s"),
        (120_000_000_000, "2 min"),
        (-1_500_000, "-1.5 ms"),
    ],
)
def test_show(nanoseconds: int, text: str) -> None:
    assert duration.show(nanoseconds) == text


@given(st.integers(min_value=1, max_value=99_000_000_000))
def test_what_is_shown_is_near(nanoseconds: int) -> None:
    """And readable again, within what three digits can say."""
    shown = duration.show(nanoseconds)
    assert re.fullmatch(r"\d+(\.\d+)? (ns|us|ms|s)", shown)
    assert duration.parse(shown.replace(" ", "")) == pytest.approx(nanoseconds, rel=0.005)
