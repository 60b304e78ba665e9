"""Where the reader stands: bytes, integers and names (standard, "Binary Format / Values"), and features."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, Self, TypeVar

from harness.engine import Malformed
from harness.polling import PIECE, never

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.polling import Poll

T = TypeVar("T")


class Cursor:
    """A position in a piece of a binary.

    It is a context manager: running over the end of the piece, inside an IndexError, leaves as `Malformed`,
    so that nothing has to ask how much is left before it reads; so does a piece that was not read whole.
    """

    __slots__ = ("allowed", "base", "data", "poll", "position", "used", "what")

    def __init__(
        self,
        data: bytes,
        what: str,
        base: int,
        allowed: frozenset[str],
        used: set[str],
        poll: Poll = never,
    ) -> None:
        self.data = data
        self.position = 0
        self.what = what
        """What the piece is called in messages."""
        self.base = base
        """Where `data` starts in the whole binary."""
        self.allowed = allowed
        """The features that may be used."""
        self.used = used
        """The features that have been used; shared by all pieces of a binary."""
        self.poll = poll
        """To be called now and then while much is read."""

    def piece(self, size: int, what: str) -> Cursor:
        """Cut out the next `size` bytes."""
        start = self.position
        end = start + size
        if end > len(self.data):
            left = len(self.data) - start
            self.fail(f"length out of bounds: the {what} has {size} bytes, but only {left} are left")
        self.position = end
        return Cursor(self.data[start:end], what, self.base + start, self.allowed, self.used, self.poll)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is IndexError:
            self.fail(f"unexpected end of the {self.what}", len(self.data))
        if kind is None and self.position != len(self.data):
            self.fail(
                f"size mismatch: the {self.what} has ended, {len(self.data) - self.position} bytes are left"
            )

    def fail(self, message: str, position: int | None = None) -> NoReturn:
        """Raise `Malformed` at `position` (default: here) of the piece."""
        at = self.base + (self.position if position is None else position)
        raise Malformed(f"at 0x{at:x}: {message}")

    def need(self, feature: str, what: str) -> None:
        """Use a feature for something that stands just before here."""
        if feature not in self.used:
            if feature not in self.allowed:
                self.fail(f"{what} needs the feature {feature}", self.position - 1)
            self.used.add(feature)

    def byte(self) -> int:
        """One byte."""
        byte = self.data[self.position]
        self.position += 1
        return byte

    def bytes(self, size: int) -> bytes:
        """`size` bytes."""
        end = self.position + size
        if end > len(self.data):
            raise IndexError
        taken = self.data[self.position : end]
        self.position = end
        return taken

    def unsigned(self, bits: int) -> int:
        """An unsigned LEB128 integer of `bits` bits."""
        start = self.position
        byte = self.data[start]
        if byte < 0x80:
            self.position = start + 1
            return byte
        value, _ = self._leb128(bits)
        if value >> bits:
            self.fail("integer too large", start)
        return value

    def signed(self, bits: int) -> int:
        """A signed LEB128 integer of `bits` bits."""
        start = self.position
        value, size = self._leb128(bits)
        if value >> size - 1:
            value -= 1 << size
        if not -(1 << bits - 1) <= value < 1 << bits - 1:
            self.fail("integer too large", start)
        return value

    def _leb128(self, bits: int) -> tuple[int, int]:
        """The bits of an integer and how many they are, in at most ``ceil(bits / 7)`` bytes."""
        data = self.data
        position = self.position
        value = size = 0
        while True:
            byte = data[position]
            position += 1
            value |= (byte & 0x7F) << size
            size += 7
            if byte < 0x80:
                self.position = position
                return value, size
            if size >= bits:
                self.fail("integer representation too long")

    def u32(self) -> int:
        """An index, a count or a size."""
        return self.unsigned(32)

    def name(self) -> str:
        """A length and so many bytes of UTF-8."""
        size = self.u32()
        start = self.position
        encoded = self.bytes(size)
        try:
            return encoded.decode()
        except UnicodeDecodeError as error:
            self.fail(f"malformed UTF-8 encoding: {error.reason}", start + error.start)

    def vector(self, item: Callable[[Cursor], T]) -> list[T]:
        """A count and so many items."""
        items: list[T] = []
        left = self.u32()
        while left > 0:
            self.poll()
            items += [item(self) for _ in range(min(left, PIECE))]
            left -= PIECE
        return items
