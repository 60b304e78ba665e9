"""Literals of the text format -> bits (standard, "Text Format / Values").

A decimal or hexadecimal fraction is taken as the exact rational it denotes and rounded once, to nearest, ties
to even: by way of a Python float an f32 would be rounded twice.
"""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

_DIGITS, _HEX_DIGITS = r"[0-9]+(?:_[0-9]+)*", r"[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*"
_INTEGER = re.compile(rf"([+-]?)(?:0x({_HEX_DIGITS})|({_DIGITS}))")
_FLOAT = re.compile(
    rf"""(?P<sign>[+-]?) (?:
      (?P<infinity>inf)
    | (?P<nan>nan) (?: :0x(?P<payload>{_HEX_DIGITS}) )?
    | 0x(?P<hex>{_HEX_DIGITS}) (?: \.(?P<hex_fraction>{_HEX_DIGITS})? )? (?: [pP](?P<binary>[+-]?{_DIGITS}) )?
    | (?P<decimal>{_DIGITS}) (?: \.(?P<fraction>{_DIGITS})? )? (?: [eE](?P<power>[+-]?{_DIGITS}) )?
    )""",
    re.VERBOSE,
)
_FARTHEST_EXPONENT = 20_000
# Far beyond every format; powers are computed no farther.


class Format(NamedTuple):
    """A binary floating-point format of IEEE 754."""

    width: int
    """Bits in all."""
    fraction: int
    """Bits of the fraction."""

    @property
    def exponents(self) -> int:
        """The exponent of infinities and NaNs, biased: all ones."""
        return (1 << (self.width - 1 - self.fraction)) - 1

    @property
    def infinity(self) -> int:
        """Its bits."""
        return self.exponents << self.fraction

    @property
    def canonical(self) -> int:
        """The bits of the positive canonical NaN."""
        return self.infinity | 1 << (self.fraction - 1)


F32, F64 = Format(32, 23), Format(64, 52)
FORMATS = {"f32": F32, "f64": F64}
INTEGERS = {"i8": 8, "i16": 16, "i32": 32, "i64": 64}


class LiteralError(ValueError):
    """Not a literal of this type."""


@functools.lru_cache(maxsize=1 << 14)
def bits(type: str, literal: str) -> int:
    """The unsigned bits of a literal of ``i8 i16 i32 i64 f32 f64``. Raises `LiteralError`."""
    return _float(FORMATS[type], literal) if type in FORMATS else _integer(INTEGERS[type], literal)


def _integer(width: int, literal: str) -> int:
    match = _INTEGER.fullmatch(literal)
    if match is None:
        raise LiteralError(f"not an integer: {literal}")
    value = int(match[2], 16) if match[2] else int(match[3])
    if match[1] == "-":
        value = -value
    if not -(1 << (width - 1)) <= value < 1 << width:
        raise LiteralError(f"not an i{width}: {literal}")
    return value % (1 << width)


def _float(format: Format, literal: str) -> int:
    match = _FLOAT.fullmatch(literal)
    if match is None:
        raise LiteralError(f"not a number: {literal}")
    if match["infinity"]:
        magnitude = format.infinity
    elif match["payload"]:
        payload = int(match["payload"], 16)
        if not 0 < payload < 1 << format.fraction:
            raise LiteralError(f"not a payload of f{format.width}: {literal}")
        magnitude = format.infinity | payload
    elif match["nan"]:
        magnitude = format.canonical
    else:
        magnitude = _round(format, *_rational(match))
        if magnitude >= format.infinity:
            raise LiteralError(f"beyond f{format.width}: {literal}")
    return magnitude | (match["sign"] == "-") << (format.width - 1)


def _rational(match: re.Match[str]) -> tuple[int, int]:
    """Numerator and denominator of a fraction without its sign."""
    if match["hex"]:
        digits, fraction, power = match["hex"], match["hex_fraction"], match["binary"]
        base, digit, step = 16, 2, 4
    else:
        digits, fraction, power = match["decimal"], match["fraction"], match["power"]
        base, digit, step = 10, 10, 1
    fraction = (fraction or "").replace("_", "")
    value = int(digits.replace("_", "") + fraction, base)
    exponent = int(power or "0") - step * len(fraction)
    if value == 0:
        return 0, 1
    exponent = max(-_FARTHEST_EXPONENT, min(exponent, _FARTHEST_EXPONENT))
    return (value * digit**exponent, 1) if exponent >= 0 else (value, digit**-exponent)


def _round(format: Format, numerator: int, denominator: int) -> int:
    """The bits of the nearest number; what is too large comes out as infinity or above."""
    if numerator == 0:
        return 0
    bias = format.exponents >> 1
    exponent = numerator.bit_length() - denominator.bit_length()
    if numerator << max(-exponent, 0) < denominator << max(exponent, 0):
        exponent -= 1
    # Now 2**exponent <= the value < 2**(exponent + 1). Below the normal numbers the unit stays the same.
    lowest = 1 - bias
    unit = max(exponent, lowest) - format.fraction
    quotient, rest = divmod(numerator << max(-unit, 0), denominator << max(unit, 0))
    if (twice := 2 * rest) > (half := denominator << max(unit, 0)) or (twice == half and quotient & 1):
        quotient += 1
    # The leading bit of a normal quotient carries one into the exponent, which is why it starts at zero.
    return ((max(exponent, lowest) - lowest) << format.fraction) + quotient
