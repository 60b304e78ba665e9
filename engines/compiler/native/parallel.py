"""Work in LLVM that several threads share."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
R = TypeVar("R")

STACK = 64 << 20
"""Bytes of stack of a thread: LLVM recurses, and only what is touched is ever allocated."""


def processors() -> int:
    """How many threads can run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_parallel(work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """What `work` makes of each item, in order; raises what the first of them raises that fails."""
    threads = min(processors(), len(items))
    if threads <= 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(threads, thread_name_prefix="stopwat-llvm") as pool:
        before = threading.stack_size(STACK)
        try:
            made = pool.map(work, items)
        finally:
            threading.stack_size(before)
        return list(made)
