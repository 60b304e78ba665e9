"""Worker processes kept for reuse: starting one takes longer than most scenarios."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from harness.sandbox.supervisor import Worker

if TYPE_CHECKING:
    from types import TracebackType

    from harness.registry import Choice


class Workers:
    """At most one idle worker a choice, one that starts, and no process left behind: a context manager."""

    def __init__(self, *, ahead: bool = True) -> None:
        """`ahead` is whether `prepare` does anything: there will be somebody who is next."""
        self._ahead = ahead
        self._idle: dict[Choice, Worker] = {}
        self._starting: dict[Choice, Future[Worker]] = {}
        self._starter = ThreadPoolExecutor(1, "stopwat-starter")

    def take(self, choice: Choice) -> Worker:
        """A worker that lives; raises what `Worker` raises. Give it back, or see that it ends."""
        worker = self._idle.pop(choice, None)
        if worker is not None:
            if worker.alive:
                return worker
            worker.close()
        starting = self._starting.pop(choice, None)
        return Worker(choice) if starting is None else starting.result()

    def give(self, choice: Choice, worker: Worker) -> None:
        """Keep a worker that has nothing more to do for whoever is next."""
        if not worker.alive or choice in self._idle:
            worker.close()
        else:
            self._idle[choice] = worker

    def prepare(self, choice: Choice) -> None:
        """Start a worker for whoever is next, and do not wait: the one that was taken is about to end.

        It is a whole processor's work for a while, so nothing should be measured meanwhile. What keeps it
        from starting is raised to whoever takes it.
        """
        if self._ahead and choice not in self._idle and choice not in self._starting:
            self._starting[choice] = self._starter.submit(Worker, choice)

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._starter.shutdown()
        for starting in self._starting.values():
            if starting.exception() is None:
                starting.result().close()
        self._starting.clear()
        while self._idle:
            _, worker = self._idle.popitem()
            worker.close()
