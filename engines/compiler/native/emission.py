"""From LLVM IR to an object with its checks, here or in a process that can be ended in the middle.

LLVM works for seconds on a large module and cannot be told to stop, and no thread can be ended from outside.
A process can, at the price of starting it. Each reads requests and answers them until there are no more.
"""

from __future__ import annotations

import contextlib
import pickle
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

from engines.compiler.native import llvm
from engines.compiler.native.parallel import STACK
from engines.compiler.native.polls import Checks, NoContext, insert

if TYPE_CHECKING:
    from types import TracebackType

    from harness.polling import Poll

SHORT = 16_000
"""Characters of LLVM IR that are not worth a process: LLVM is done with them in some 50 ms."""


def emit(text: str, level: llvm.Level, wanted: Checks) -> bytes:
    """The object of a module; where its checks have no place in optimised code, unoptimised."""
    try:
        return llvm.emit(text, level, lambda text: insert(text, wanted))
    except NoContext:
        return llvm.emit(text, "cheap", lambda text: insert(text, wanted))


class Processes:
    """Where `emit` works that may have to be given up; a context manager that leaves no process behind."""

    def __init__(self, poll: Poll) -> None:
        """`poll` raises what work ends with once `stop` was called."""
        self._poll = poll
        self._lock = threading.Lock()
        self._started: list[subprocess.Popen[bytes]] = []
        self._idle: list[subprocess.Popen[bytes]] = []
        self._stopped = False

    def emit(self, text: str, level: llvm.Level, wanted: Checks) -> bytes:
        """See `emit`; several threads may call it, and each is served by a process of its own."""
        self._poll()
        if len(text) <= SHORT:
            return emit(text, level, wanted)
        process = self._take()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            pickle.dump((text, level, wanted), process.stdin)
            process.stdin.flush()
            answer = pickle.load(process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError):
            self._poll()
            raise RuntimeError(f"LLVM has ended with status {process.wait()}") from None
        self._idle.append(process)
        if isinstance(answer, Exception):
            raise answer
        made: bytes = answer
        return made

    def stop(self) -> None:
        """End whatever runs, at once; from any thread."""
        with self._lock:
            self._stopped = True
            for process in self._started:
                process.kill()

    def _take(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._idle:
                return self._idle.pop()
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            self._started.append(process)
            if self._stopped:
                process.kill()
            return process

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        for process in self._started:
            with contextlib.suppress(OSError), process:  # what is left in a pipe has no reader
                pass


def _serve() -> None:
    """Be such a process."""
    requests, replies = sys.stdin.buffer, sys.stdout.buffer
    while True:
        try:
            request: tuple[str, llvm.Level, Checks] = pickle.load(requests)
        except EOFError:
            return
        answer: Any
        try:
            answer = emit(*request)
        except Exception as error:
            answer = error
        pickle.dump(answer, replies)
        replies.flush()


if __name__ == "__main__":
    threading.stack_size(STACK)
    server = threading.Thread(target=_serve)
    server.start()
    server.join()
