"""Durations as people write them: ``1s``, ``50ms``, ``1.5m``; in the program they are whole nanoseconds."""

from __future__ import annotations

import math
import re

UNITS = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_WRITTEN = re.compile(r"(-?\d+(?:\.\d+)?)(ns|us|ms|s|m|h)")


def parse(text: str) -> int:
    """Nanoseconds; raises ValueError with one line that says what is understood."""
    written = _WRITTEN.fullmatch(text.strip().lower().replace("µ", "u"))
    if written is not None:
        return round(float(written[1]) * UNITS[written[2]])
    if text.strip() == "0":
        return 0
    raise ValueError(
        f"{text!r} is no duration; write a number and one of {' '.join(UNITS)}, such as 50ms or 1.5s"
    )


def write(nanoseconds: int) -> str:
    """What `parse` reads as just that: ``50ms``, ``1500us``."""
    unit = next(unit for unit, factor in reversed(UNITS.items()) if nanoseconds % factor == 0)
    return f"{nanoseconds // UNITS[unit]}{unit}"


def show(nanoseconds: float) -> str:
    """Three digits at most, in the unit that suits: ``412 us``, ``1.25 s``, ``3 min 20 s``."""
    if nanoseconds < 0:
        return f"-{show(-nanoseconds)}"
    if nanoseconds >= 100 * UNITS["s"]:
        minutes, seconds = divmod(round(nanoseconds / UNITS["s"]), 60)
        return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"
    for unit in ("s", "ms", "us"):
        if nanoseconds >= UNITS[unit]:
            return f"{_digits(nanoseconds / UNITS[unit])} {unit}"
    return f"{nanoseconds:.0f} ns"


def _digits(number: float) -> str:
    places = max(0, 2 - math.floor(math.log10(number)))
    text = f"{number:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
