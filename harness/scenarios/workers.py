"""Worker processes kept for reuse: starting one takes longer than most scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.sandbox.supervisor import Worker

if TYPE_CHECKING:
    from types import TracebackType

    from harness.registry import Choice


class Workers:
    """At most one idle worker a choice; a context manager that leaves no process behind."""

    def __init__(self) -> None:
        self._idle: dict[Choice, Worker] = {}

    def take(self, choice: Choice) -> Worker:
        """A worker that lives; raises what `Worker` raises. Give it back, or see that it ends."""
        worker = self._idle.pop(choice, None)
        return worker if worker is not None and worker.alive else Worker(choice)

    def give(self, choice: Choice, worker: Worker) -> None:
        """Keep a worker that has nothing more to do for whoever is next."""
        if not worker.alive or choice in self._idle:
            worker.close()
        else:
            self._idle[choice] = worker

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._idle:
            _, worker = self._idle.popitem()
            worker.close()
