"""Worker processes kept for reuse: starting one takes longer than most scenarios."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from harness.sandbox.supervisor import Shortage, Worker, WorkerError

if TYPE_CHECKING:
    from types import TracebackType

    from harness.registry import Choice


class Workers:
    """At most one idle worker a choice, one that starts, and no process left behind: a context manager."""

    def __init__(self, *, ahead: bool = True) -> None:
        self.ahead = ahead
        """Whether `prepare` does anything: there will be somebody who is next."""
        self._idle: dict[Choice, Worker] = {}
        self._starting: dict[Choice, Worker] = {}

    def take(self, choice: Choice) -> Worker:
        """A worker that lives; raises what `Worker` raises. Give it back, or see that it ends.

        That the one that was kept has failed meanwhile is raised too: nobody else would tell.
        """
        worker = self._idle.pop(choice, None)
        if worker is None:
            worker = self._starting.pop(choice, None)
            if worker is not None:
                worker.greet()
        return worker if worker is not None and worker.idled() else Worker(choice)

    def give(self, choice: Choice, worker: Worker) -> None:
        """Keep a worker that has nothing more to do for whoever is next.

        One that is known to have ended is not kept: whoever had it has seen how.
        """
        if not worker.ended and self._idle.setdefault(choice, worker) is not worker:
            worker.close()

    def check(self) -> None:
        """See that those that are kept have not failed meanwhile; raises `WorkerError`.

        It is for the end, when nobody is next to find out.
        """
        for worker in self._idle.values():
            worker.idled()

    def prepare(self, choice: Choice) -> None:
        """Start a worker for whoever is next, and do not wait: the one that was taken is about to end.

        It is a whole processor's work for a while, so nothing should be measured meanwhile. What keeps it
        from starting is raised to whoever takes it.
        """
        if self.ahead and choice not in self._idle and choice not in self._starting:
            # where there is no process, `take` tries again, and tells
            with contextlib.suppress(WorkerError, Shortage):
                self._starting[choice] = Worker(choice, greet=False)

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._starting:
            _, worker = self._starting.popitem()
            worker.kill()  # it has done nothing yet that it would have to end
        while self._idle:
            _, worker = self._idle.popitem()
            worker.close()
