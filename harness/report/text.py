"""What is in a certificate may have been said by anything: made visible, and cut where nobody reads on."""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode's general categories of what is not seen, or turns around what stands beside it."""
_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~@$&!]")


def visible(text: str) -> str:
    """The text with what cannot be seen in it written as escapes, but for blanks and newlines."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character
        if character in "\n\t" or unicodedata.category(character) not in _HIDDEN
        else _escape(ord(character))
        for character in text
    )


def _escape(point: int) -> str:
    if point < 1 << 8:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 1 << 16 else f"\\U{point:08x}"


def line(text: str, limit: int = 240) -> str:
    """One line of at most `limit` characters, and what was left out of it."""
    joined = " ".join(text.split())
    return joined if len(joined) <= limit else f"{joined[:limit]}… ({count(len(joined) - limit)} more)"


def plain(text: str, limit: int = 240) -> str:
    """For Markdown: one visible line in which nothing is a markup, a link or a mention."""
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", visible(line(text, limit)))


def capital(text: str) -> str:
    """As a sentence begins; the rest is left as it is."""
    return text[:1].upper() + text[1:]


def count(number: int) -> str:
    """With its thousands apart: ``53 292``, by narrow blanks that do not break."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def many(number: int, one: str, more: str = "") -> str:
    """A number and a noun: ``1 shape``, ``2 shapes``."""
    return f"{count(number)} {one if number == 1 else more or one + 's'}"


def listed(words: list[str]) -> str:
    """``calls``, ``calls and bulk``, ``calls, bulk and start``."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def times(ratio: float) -> str:
    """A ratio, to be read: ``1.04×``, ``12.3×``, ``340×``."""
    places = 2 if ratio < 10 else 1 if ratio < 100 else 0
    return f"{ratio:.{places}f}×"


def percent(part: int, whole: int) -> str:
    """A share, never rounded up to all of it: ``100 %``, ``99.9 %``, ``0 %``."""
    if part == whole:
        return "100 %"
    tenths = part * 1000 // whole
    return f"{tenths / 10:.1f} %"
