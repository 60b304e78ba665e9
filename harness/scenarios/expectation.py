"""The words in which a header says what must happen.

- ``interrupted``
- ``runs-on``: is still running after the deadline, until it is killed
- ``returns 42``: values of the types that the export has, with blanks between them; a NaN may be written
  with its payload, ``nan:0x200001``
- ``traps out of bounds memory access``: a kind of `harness.engine.TrapKind`
- ``exhausted``, ``uncaught``

or several of them with ``or`` in between.
"""

from __future__ import annotations

import difflib
import math
import struct
from typing import TYPE_CHECKING, NamedTuple

from harness.engine import TrapKind
from harness.outcome import Exhausted, Hung, Interrupted, Number, Returned, Trapped, Uncaught
from harness.wast import literals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.outcome import Outcome
    from harness.standard.types import ValType

_WORDS: dict[str, type] = {
    "interrupted": Interrupted,
    "runs-on": Hung,
    "exhausted": Exhausted,
    "uncaught": Uncaught,
}
_FLOATS = {"f32": ("<f", "<I"), "f64": ("<d", "<Q")}
_KINDS = {kind.value: kind for kind in TrapKind}


class Expectation(NamedTuple):
    """What may happen."""

    text: str
    words: frozenset[type]
    """Outcomes of which nothing more is asked here: an interruption, or to be still running."""
    answers: tuple[Outcome, ...]
    """Outcomes as they must be: values and traps."""

    def allows(self, outcome: Outcome) -> bool:
        """Whether this is one of the things that may happen; the message of a trap does not count."""
        if isinstance(outcome, Trapped):
            outcome = Trapped(outcome.kind)
        return type(outcome) in self.words or outcome in self.answers

    @property
    def finite(self) -> bool:
        """Whether the call ends by itself and nothing else."""
        return not self.words & {Interrupted, Hung}


def parse(text: str, results: Sequence[ValType]) -> Expectation:
    """Read an expectation of a call with `results`; raises ValueError with one line."""
    words: set[type] = set()
    answers: list[Outcome] = []
    for part in text.split(" or "):
        word, _, rest = part.strip().partition(" ")
        if word in _WORDS and not rest:
            words.add(_WORDS[word])
        elif word == "returns":
            answers.append(Returned(numbers(rest.split(), results)))
        elif word == "traps":
            answers.append(Trapped(_kind(rest)))
        else:
            raise ValueError(
                f"{part!r} is no expectation; write {', '.join(_WORDS)}, returns ..., or traps ..."
            )
    return Expectation(text, frozenset(words), tuple(answers))


def numbers(texts: Sequence[str | int | float], types: Sequence[ValType]) -> tuple[Number, ...]:
    """Values of these types; raises ValueError with one line."""
    if len(texts) != len(types):
        wanted = f"{len(types)} ({', '.join(map(str, types))})" if types else "none"
        raise ValueError(f"{len(texts)} values are given, the export has {wanted}")
    return tuple(_number(text, kind) for text, kind in zip(texts, types, strict=True))


def _number(text: str | int | float, kind: ValType) -> Number:
    if kind in ("i32", "i64"):
        return _integer(text, str(kind), int(str(kind)[1:]))
    if kind in ("f32", "f64"):
        return _float(text, str(kind))
    raise ValueError(f"there is no way to write a value of type {kind}")


def _integer(text: str | int | float, kind: str, bits: int) -> Number:
    if isinstance(text, float):
        raise ValueError(f"{text} is no {kind}")
    try:
        value = text if isinstance(text, int) else int(text, 0)
    except ValueError:
        raise ValueError(f"{text!r} is no {kind}") from None
    if not -(1 << bits - 1) <= value < 1 << bits:
        raise ValueError(f"{value} does not fit in {kind}")
    return Number(kind, str(value % (1 << bits)))


def _float(text: str | int | float, kind: str) -> Number:
    if isinstance(text, str) and "nan:" in text:
        return Number(kind, str(literals.bits(kind, text)))
    as_float, as_bits = _FLOATS[kind]
    try:
        value = float(text)
        packed = struct.pack(as_float, value)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no {kind}") from None
    if not math.isnan(value) and struct.unpack(as_float, packed) != (value,):
        raise ValueError(f"{text!r} is not exactly an {kind}")
    return Number(kind, str(struct.unpack(as_bits, packed)[0]))


def _kind(text: str) -> TrapKind:
    kind = _KINDS.get(text)
    if kind is None:
        near = difflib.get_close_matches(text, _KINDS, n=1, cutoff=0.4)
        meant = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(_KINDS)}"
        raise ValueError(f"unknown trap {text!r}; {meant}")
    return kind


RETURNS = parse("returns", ())
"""Of a step that is no call, so that nothing else is right, whatever the call would have had to do."""
