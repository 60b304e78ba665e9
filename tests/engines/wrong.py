"""Engines that are wrong in one thing, on purpose, and honest in everything else."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from honest import Honest, HonestInstance

from harness.context import Cause
from harness.engine import Interrupted, Invalid, Trap, TrapKind, Unavailable
from harness.sandbox import protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.context import Context
    from harness.engine import Value


NO_TYPE: Any = object()


def burn() -> None:
    """Use the processor for ever."""
    while True:
        pass


class Deaf(Honest):
    """Ignores cancellation."""

    class instance(HonestInstance):
        def poll(self, context: Context) -> None:
            pass


class HoldsInterpreter(Honest):
    """An endless call never returns, and holds the interpreter lock meanwhile."""

    class instance(HonestInstance):
        def repeat(self, context: Context, until: float | None, body: Callable[[], None]) -> None:
            ctypes.PyDLL(None).pause()


class NeverReturns(Honest):
    """An endless call never returns from native code; other threads run."""

    class instance(HonestInstance):
        def repeat(self, context: Context, until: float | None, body: Callable[[], None]) -> None:
            ctypes.CDLL(None).pause()


class NeverBegins(Honest):
    """Hangs just before it says that a call begins."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(interruptible=interruptible, features=features)
        speaker: Any = sys.modules["__main__"].Speaker
        say = speaker.__call__

        def hang(self: Any, reply: protocol.Reply) -> None:
            if isinstance(reply, protocol.Started):
                threading.Event().wait()
            say(self, reply)

        speaker.__call__ = hang


class Freezes(Honest):
    """An endless call stops the whole process."""

    class instance(HonestInstance):
        def repeat(self, context: Context, until: float | None, body: Callable[[], None]) -> None:
            signal.raise_signal(signal.SIGSTOP)


class Segfaults(Honest):
    """An endless call reads from address 0."""

    class instance(HonestInstance):
        def repeat(self, context: Context, until: float | None, body: Callable[[], None]) -> None:
            ctypes.string_at(0)


class ExitsZero(Honest):
    """An endless call ends the process, with success."""

    class instance(HonestInstance):
        def repeat(self, context: Context, until: float | None, body: Callable[[], None]) -> None:
            os._exit(0)


class Quits(Honest):
    """An endless call asks Python to exit."""

    class instance(HonestInstance):
        def repeat(self, context: Context, until: float | None, body: Callable[[], None]) -> None:
            sys.exit("enough")


class Orphans(Honest):
    """An endless call ends the process, but leaves one behind that holds its pipes open."""

    class instance(HonestInstance):
        def repeat(self, context: Context, until: float | None, body: Callable[[], None]) -> None:
            descriptors = [int(name) for name in os.listdir("/dev/fd") if int(name) > 2]  # noqa: PTH208
            child = subprocess.Popen(["sleep", "1000"], pass_fds=descriptors)
            print(f"left behind: {child.pid}", flush=True)
            os._exit(3)


class Escapes(Honest):
    """The same, and what is left behind has left the process group too."""

    class instance(HonestInstance):
        def repeat(self, context: Context, until: float | None, body: Callable[[], None]) -> None:
            descriptors = [int(name) for name in os.listdir("/dev/fd") if int(name) > 2]  # noqa: PTH208
            child = subprocess.Popen(["sleep", "1000"], pass_fds=descriptors, start_new_session=True)
            print(f"left behind: {child.pid}", flush=True)
            os._exit(3)


class BurnsOn(Honest):
    """Answers that a call was interrupted, while a thread goes on with it."""

    class instance(HonestInstance):
        def repeat(self, context: Context, until: float | None, body: Callable[[], None]) -> None:
            threading.Thread(target=burn, daemon=True).start()
            super().repeat(context, until, body)


class BurnsElsewhere(Honest):
    """The same in a process that has lost its parent."""

    class instance(HonestInstance):
        def repeat(self, context: Context, until: float | None, body: Callable[[], None]) -> None:
            subprocess.run(["sh", "-c", "while :; do :; done &"], check=True)
            super().repeat(context, until, body)


class BurnsInASession(Honest):
    """The same, and that process has a session of its own."""

    class instance(HonestInstance):
        def repeat(self, context: Context, until: float | None, body: Callable[[], None]) -> None:
            apart = "import os\nif os.fork(): os._exit(0)\nos.setsid()\nwhile True: pass"
            subprocess.run([sys.executable, "-c", apart], check=True)
            super().repeat(context, until, body)


class HangsElsewhere(Honest):
    """An endless call never returns; nor does a process that it has started in a session of its own."""

    class instance(HonestInstance):
        def repeat(self, context: Context, until: float | None, body: Callable[[], None]) -> None:
            subprocess.run(["sleep", "1000"], start_new_session=True, check=False)


class RestsElsewhere(Honest):
    """Not wrong: such a process is left, but it rests."""

    class instance(HonestInstance):
        def repeat(self, context: Context, until: float | None, body: Callable[[], None]) -> None:
            subprocess.run(["sh", "-c", "sleep 1000 &"], check=True)
            super().repeat(context, until, body)


class Invents(Honest):
    """Answers that a call was interrupted, when nobody asked for it."""

    class instance(HonestInstance):
        def invoke(self, name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
            super().invoke(name, args, context)
            raise Interrupted(Cause.DEADLINE)


class WillNotEnd(Honest):
    """Told to end, it does not: a thread of its own is waited for."""

    def close(self) -> None:
        threading.Thread(target=time.sleep, args=(1000,)).start()


class HangsInClose(Honest):
    """Told to end, it hangs, with the interpreter lock."""

    def close(self) -> None:
        ctypes.PyDLL(None).pause()


class Prints(Honest):
    """Writes to standard output, in every way there is, and reads standard input."""

    class instance(HonestInstance):
        def invoke(self, name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
            print("printed", flush=True)
            os.write(1, b'{"say":"shutdown"}\n')
            libc = ctypes.CDLL(None)
            libc.puts(b"put")
            libc.fflush(None)
            assert sys.stdin.read() == ""
            return super().invoke(name, args, context)


class Chatters(Honest):
    """Writes more to standard error than any pipe holds."""

    def compile(self, binary: bytes) -> Any:
        for _ in range(1000):
            os.write(2, b"chatter " * 128 + b"\n")
        return super().compile(binary)


class ChattersAtStart(Honest):
    """The same, before it says what it is."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        super().__init__(interruptible=interruptible, features=features)
        os.write(2, b"chatter " * (1 << 17) + b"the last of it")


class WrongByOne(Honest):
    """Every result of a call is one too big."""

    class instance(HonestInstance):
        def invoke(self, name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
            results = super().invoke(name, args, context)
            return [result._replace(bits=(result.bits or 0) + 1) for result in results]


class Unspeakable(Honest):
    """Its values have types that are none, and its errors are not Unicode."""

    class instance(HonestInstance):
        def invoke(self, name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
            if name == "spin":
                raise Trap(TrapKind.UNREACHABLE, "\udcff")
            return [result._replace(type=NO_TYPE) for result in super().invoke(name, args, context)]


class LongWinded(Honest):
    """Says very much about what is invalid."""

    def compile(self, binary: bytes) -> Any:
        raise Invalid("so " * 1_000_000 + "invalid")


class Shares(Honest):
    """An interruption closes every instance of the engine."""

    closed: Cause | None = None

    class instance(HonestInstance):
        def poll(self, context: Context) -> None:
            Shares.closed = Shares.closed or context.cause
            self.closed = Shares.closed
            super().poll(context)


class NotHere(Honest):
    """Cannot work on this machine."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        raise Unavailable("install the other thing first")


class NeverStarts(Honest):
    """Hangs while it is being made."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        ctypes.PyDLL(None).pause()


class DiesAtStart(Honest):
    """Is killed while it is being made."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class CallsFromOwnThread(Honest):
    """Not wrong: runs a call on a thread of its own, where it then calls the host."""

    class instance(HonestInstance):
        def invoke(self, name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
            with ThreadPoolExecutor(1) as thread:
                return thread.submit(super().invoke, name, args, context).result()


class HasChildren(Honest):
    """An endless call starts a process, then never returns and holds the interpreter lock."""

    class instance(HonestInstance):
        def repeat(self, context: Context, until: float | None, body: Callable[[], None]) -> None:
            subprocess.Popen(["sleep", "1000"])
            ctypes.PyDLL(None).pause()
