"""Words, numbers and axes."""

from __future__ import annotations

from itertools import pairwise

import pytest

from harness.report import scales, text, words
from harness.results import Verdict
from tests.report.conftest import HOSTILE


def test_everything_can_be_seen() -> None:
    shown = text.visible("a\x00\x1b[0m\u202eb\u200b\U000e0001\ud800")
    assert shown == "a\\x00\\x1b[0m\\u202eb\\u200b\\U000e0001\\ud800"
    assert text.visible("plain, Ünïcödé 日本語\n\t") == "plain, Ünïcödé 日本語\n\t"


def test_a_line_is_short() -> None:
    assert text.line("a\nb  c") == "a b c"
    assert text.line("x" * 1000, 10) == "x" * 10 + "… (990 more)"


def test_nothing_is_a_markup_in_markdown() -> None:
    shown = text.plain(HOSTILE, 1000)
    assert not set(shown) & set("`<>|@*_[]\n\x1b\u202e")
    assert "&#60;script&#62;" in shown


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(1, 1, "100 %"), (99_999, 100_000, "99.9 %"), (0, 3, "0.0 %"), (1, 2, "50.0 %")],
)
def test_a_share_is_never_rounded_up(part: int, whole: int, shown: str) -> None:
    assert text.percent(part, whole) == shown


def test_numbers() -> None:
    assert text.count(53_292) == "53\u202f292"
    assert [text.times(ratio) for ratio in (0.994, 1.049, 12.34, 123.4)] == [
        "0.99×",
        "1.05×",
        "12.3×",
        "123×",
    ]
    assert [text.many(number, "shape") for number in (1, 2)] == ["1 shape", "2 shapes"]
    assert [text.listed(list("abc"[:length])) for length in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert [scales.size(size) for size in (5, 2048, 1.5 * 2**30, 2**45)] == [
        "5 B",
        "2 KiB",
        "1.5 GiB",
        "32768 GiB",
    ]


def test_no_verdict_is_left_out_and_no_symbol_used_twice() -> None:
    assert set(words.SIGNS) == set(Verdict)
    assert len({sign.symbol for sign in words.SIGNS.values()}) == len(Verdict)
    assert all(
        words.bad(verdict) == (sign.tone in ("bad", "late"))
        for verdict, sign in words.SIGNS.items()
        if verdict is not Verdict.NOT_RUN
    )


def test_a_logarithmic_axis() -> None:
    scale = scales.decades([80_000, 3_000_000_000])
    assert (scale.low, scale.high) == (10_000, 10_000_000_000)
    assert [scale.at(value) for value in (0, 1, 10_000, 10**10, 10**12)] == [0, 0, 0, 100, 100]
    assert scale.at(10_000_000) == pytest.approx(50)
    assert scale.ticks() == pytest.approx([10.0**exponent for exponent in range(4, 11)])
    assert scales.Log(1, 64).ticks() == [1, 2, 5, 10, 20, 50]


def test_the_ticks_of_a_unit() -> None:
    assert scales.ticks(scales.Linear(0, 70 << 20), "bytes") == [0, 32 << 20, 64 << 20]
    assert scales.ticks(scales.Log(500, 5_000_000), "bytes") == [512, 4096, 32768, 262144, 2097152]
    assert scales.ticks(scales.Linear(0, 1), "count") == [0, 1]
    assert scales.ticks(scales.Linear(0, 1), "ratio") == [0, 0.5, 1]


def test_an_axis_of_ratios_has_one() -> None:
    for values in ([], [1.0], [0.5, 1.2], [3.0, 80.0], [0.001, 0.002]):
        scale = scales.ratios(values)
        assert scale.low < 1 < scale.high
        assert 1 in scales.ratio_ticks(scale)
        places = [scale.at(tick) for tick in scales.ratio_ticks(scale)]
        assert all(b - a >= scales.ROOMY for a, b in pairwise(places))


def test_the_axis_that_suits() -> None:
    assert isinstance(scales.suiting([1, 64]), scales.Log)
    assert isinstance(scales.suiting([0, 64]), scales.Linear)
    linear = scales.suiting([1.1, 1.4], around=[1.0])
    assert (linear.low, linear.high) == (1.0, 1.4)
    assert scales.suiting([5.0]).ticks() == [0, 2, 4]
    assert scales.suiting([0.0]).ticks()
