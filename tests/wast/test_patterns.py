"""What fits a pattern, and what only nearly does."""

from __future__ import annotations

import pytest

from harness.engine import Value
from harness.wast.patterns import Either, Exactly, Lanes, Nan, Null, Pattern, Reference, join, show, split

ONE = Exactly(Value("f32", 0x3F800000))
CANONICAL, ARITHMETIC = Nan("f32", canonical=True), Nan("f32", canonical=False)
LANES = Lanes("f32x4", (ONE, CANONICAL, ARITHMETIC, Exactly(Value("f32", 0x80000000))))


def v128(*lanes: int) -> Value:
    return Value("v128", join("f32x4", list(lanes)))


@pytest.mark.parametrize(
    ("pattern", "fitting", "other"),
    [
        (
            Exactly(Value("i32", 42)),
            [Value("i32", 42)],
            [Value("i32", 43), Value("i64", 42), Value("i31", 42), Value("i32", None)],
        ),
        (Exactly(Value("f32", 0)), [Value("f32", 0)], [Value("f32", 0x80000000)]),
        (
            CANONICAL,
            [Value("f32", 0x7FC00000), Value("f32", 0xFFC00000)],
            [
                Value("f32", 0x7FC00001),
                Value("f32", 0x7FE00000),
                Value("f32", 0x7FA00000),
                Value("f32", 0x7F800000),
                Value("f64", 0x7FC00000),
                Value("f64", 0x7FF8 << 48),
                Value("f32", None),
            ],
        ),
        (
            ARITHMETIC,
            [Value("f32", bits) for bits in (0x7FC00000, 0xFFC00000, 0x7FC00001, 0xFFFFFFFF)],
            [Value("f32", bits) for bits in (0x7F800001, 0x7FBFFFFF, 0xFFA00000, 0x7F800000, 0)],
        ),
        (
            Nan("f64", canonical=True),
            [Value("f64", 0x7FF8 << 48), Value("f64", 0xFFF8 << 48)],
            [Value("f64", (0x7FF8 << 48) + 1), Value("f64", 0x7FFC << 48), Value("f64", 0x7FF4 << 48)],
        ),
        (
            LANES,
            [
                v128(0x3F800000, 0x7FC00000, 0xFFC12345, 0x80000000),
                v128(0x3F800000, 0xFFC00000, 0x7FC00000, 0x80000000),
            ],
            [
                v128(0x3F800001, 0x7FC00000, 0x7FC00000, 0x80000000),
                v128(0x3F800000, 0x7FC00001, 0x7FC00000, 0x80000000),
                v128(0x3F800000, 0x7FC00000, 0x7FA00000, 0x80000000),
                v128(0x3F800000, 0x7FC00000, 0x7FC00000, 0),
                Value("i64", 0x3F800000),
                Value("v128", None),
            ],
        ),
        (
            Null(),
            [Value("func", None), Value("none", None), Value("noexn", None)],
            [Value("func", 0), Value("extern", 0), Value("i32", None)],
        ),
        (
            Null("struct"),
            [Value("any", None), Value("none", None), Value("i31", None)],
            [Value("func", None), Value("extern", None), Value("struct", 0), Value("exn", None)],
        ),
        (Null("extern"), [Value("extern", None), Value("noextern", None)], [Value("any", None)]),
        (Reference("func"), [Value("func", 0)], [Value("func", None), Value("extern", 0)]),
        (Reference("exn"), [Value("exn", 3)], [Value("exn", None), Value("struct", 3)]),
        (
            Reference("eq"),
            [Value("i31", 0), Value("struct", 1), Value("array", 2)],
            [Value("eq", None), Value("extern", 0), Value("func", 0)],
        ),
        (Reference("i31"), [Value("i31", 0)], [Value("struct", 0), Value("i31", None)]),
        (Reference("struct"), [Value("struct", 0)], [Value("array", 0), Value("struct", None)]),
        (Reference("array"), [Value("array", 0)], [Value("struct", 0)]),
        (
            Reference("extern"),
            [Value("extern", 0), Value("i31", 7), Value("struct", 0)],
            [Value("extern", None), Value("func", 0), Value("i32", 0)],
        ),
        (Reference("any"), [Value("extern", 0), Value("array", 0)], [Value("any", None), Value("exn", 0)]),
        (
            Either((Exactly(Value("i32", 1)), CANONICAL)),
            [Value("i32", 1), Value("f32", 0x7FC00000)],
            [Value("i32", 2), Value("f32", 0x7FC00001)],
        ),
    ],
    ids=str,
)
def test_fits(pattern: Pattern, fitting: list[Value], other: list[Value]) -> None:
    assert [value for value in fitting if not pattern.fits(value)] == []
    assert [value for value in other if pattern.fits(value)] == []


def test_lanes() -> None:
    assert join("i8x16", list(range(16))) == int.from_bytes(bytes(range(16)), "little")
    assert split("i16x8", join("i16x8", list(range(8)))) == [Value("i16", lane) for lane in range(8)]
    assert split("f64x2", 5 << 64 | 3) == [Value("f64", 3), Value("f64", 5)]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Value("i32", 42), "i32 42 (0x2a)"),
        (Value("f32", 0x3FC00000), "f32 1.5 (0x3fc00000)"),
        (Value("f64", 0xFFF8 << 48), "f64 nan (0xfff8000000000000)"),
        (Value("v128", 255), "v128 0x000000000000000000000000000000ff"),
        (Value("func", None), "ref.null func"),
        (Value("extern", 3), "ref.extern 3"),
    ],
)
def test_shown(value: Value, text: str) -> None:
    assert show(value) == text
    assert str(Exactly(value)) == text


def test_patterns_shown() -> None:
    assert str(LANES) == "v128 f32x4 [1.0 (0x3f800000), nan:canonical, nan:arithmetic, -0.0 (0x80000000)]"
    assert str(Either((Null(), Null("func"), Reference("eq")))) == "ref.null or ref.null func or ref.eq"
