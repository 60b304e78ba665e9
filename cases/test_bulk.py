"""What is left of an operation that was interrupted in its middle."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from harness.outcome import Interrupted, Number, Outcome, Returned
from harness.sandbox.protocol import Limits, ReadMemory

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from harness.scenarios.play import Play
    from harness.scenarios.stage import Stage

GIB = 1 << 30
PIECE = 1 << 20


def test_bulk_partial(case: AbstractContextManager[Play]) -> None:
    """After an interrupted memory.fill the memory holds all of it, nothing, or a prefix."""
    with case as play:
        stage = play.stage("bulk-partial")
        outcome = play.call(stage, Limits(timeout=play.options.deadline), "interrupted or returns")
        if isinstance(outcome, Interrupted):
            play.left(stage)
        filled, rest = (pieces_of(stage, bytes([byte])) for byte in (1, 0))
        prefix = filled.index(False) if False in filled else len(filled)
        # the piece where the filling ends may be half of each
        play.check(all(rest[prefix + 1 :]), f"MiB {prefix} is not filled, but something behind it is")
        play.check(prefix == len(filled) or isinstance(outcome, Interrupted), "it returned before the end")
        play.remark(f"{prefix} MiB of {len(filled)} are filled")


def test_table_grow_cancel(case: AbstractContextManager[Play]) -> None:
    """An interrupted table.grow leaves no half-made table."""
    with case as play:
        stage = play.stage("table-grow-cancel")
        play.left(stage)
        for turn in range(1, 11):
            play.call(stage, Limits(timeout=turn * play.options.deadline // 10), "interrupted")
            whole = play.answer(stage, "whole", of="B")
            play.check(whole == Returned((Number("i32", "1"),)), f"the table is half-made: {whole}")
            play.again(stage)


def pieces_of(stage: Stage, byte: bytes) -> list[bool]:
    """For every MiB of the memory whether it holds nothing but this byte."""
    digest = sha256(byte * PIECE).digest()
    halves = [str(int.from_bytes(half, "big")) for half in (digest[:16], digest[16:])]
    pure = Returned((Number("i64", str(GIB)), *(Number("v128", half) for half in halves)))
    reads = [ReadMemory(stage.instance, "memory", offset, PIECE) for offset in range(0, GIB, PIECE)]
    outcomes: list[Outcome] = [report.outcome for report in stage.run(reads)]
    return [outcome == pure for outcome in outcomes]
