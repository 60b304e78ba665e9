"""The process an engine in Python lives in: ``python -m harness.sandbox.worker ENGINE``.

The main thread is the control thread: it reads requests and heeds `Cancel`, `CloseInstance` and `Shutdown` at
once, while each script runs on a thread of its own. Nothing here is trusted by the supervisor.

Standard output belongs to the protocol alone: whatever an engine prints, in Python or in native code, goes to
standard error.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import sys
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import msgspec
from msgspec.structs import replace

from harness import context as contexts
from harness.engine import Unavailable, Value
from harness.outcome import EngineOutcome, Failed, Number, Returned, of_exception
from harness.registry import Program, UnknownEngine, load
from harness.sandbox import host, protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.context import Context
    from harness.engine import Engine, HostFunction, Instance

STACKS = (512 << 20, 64 << 20, 8 << 20)
"""Bytes of stack for a script's thread, the first that can be had: only what is touched is ever allocated."""
SWITCH_INTERVAL = 0.0005
"""Seconds after which a thread that computes in Python lets another have the interpreter: it bounds how late
a deadline or a cancel is seen."""
GRACE = 1.0
"""Seconds that a worker whose supervisor is gone may take to end properly."""
LINGER = 0.2
"""Seconds that calls are given to end once they have been cancelled."""
LONGEST_MESSAGE = 4096
"""Characters of an error's text that are passed on."""


class Commands:
    """What a worker does on behalf of its scripts: an engine, and what has been made with it, by name."""

    def __init__(self, engine: Engine, say: Callable[[protocol.Reply], None]) -> None:
        self.engine = engine
        self.modules: dict[str, Any] = {}
        self.instances: dict[str, Instance] = {}
        self.imports: dict[str, Any] = {}
        self.calls: dict[int, host.Call] = {}
        """What runs now, by the id of its script."""
        self.cancellable: dict[int, Context] = {}
        """The contexts of those among them that have limits."""
        self._say = say
        self._thread = threading.local()
        self._actions: dict[type[protocol.Command], Callable[[Any, Context], Sequence[Value]]] = {
            protocol.Compile: self._compile,
            protocol.Instantiate: self._instantiate,
            protocol.Register: self._register,
            protocol.Host: self._host,
            protocol.Wasi: self._wasi,
            protocol.Invoke: self._invoke,
            protocol.Get: self._get,
            protocol.Set: self._set,
            protocol.ReadMemory: self._read_memory,
            protocol.WriteMemory: self._write_memory,
            protocol.Close: self._close,
            protocol.Drop: self._drop,
        }

    def run(self, script: protocol.Script) -> Iterator[protocol.Started | protocol.Result]:
        """Run a script; what has to be said, as it happens."""
        self._thread.script = script.id
        for index, command in enumerate(script.commands):
            limits: protocol.Limits | None = getattr(command, "limits", None)
            started = time.monotonic_ns()
            context = _context(limits, started)
            instance = self.instances.get(command.instance) if isinstance(command, protocol.Invoke) else None
            write = partial(self._write, script.id)
            self.calls[script.id] = host.Call(context, instance, write, threading.Event())
            if limits is not None:
                self.cancellable[script.id] = context
                yield protocol.Started(script.id, index, started)
            outcome = self._outcome(command, context)
            ended = time.monotonic_ns()
            self.cancellable.pop(script.id, None)
            del self.calls[script.id]
            context.release()
            yield protocol.Result(script.id, index, outcome, started, ended, context.done_at)

    def cancel(self, script: int) -> None:
        """Cancel the command that script runs now, if it runs one that has limits."""
        context = self.cancellable.get(script)
        if context is not None:
            context.cancel()

    def close_instance(self, name: str) -> None:
        """Close an instance, beside whatever runs; that it fails can only be told on standard error."""
        try:
            instance = self.instances.get(name)
            if instance is not None:
                instance.close()
                if self.engine.interruptible:
                    for call in list(self.calls.values()):
                        if call.instance is instance:
                            call.closed.set()
        except Exception as error:
            sys.excepthook(type(error), error, error.__traceback__)

    def close(self) -> None:
        """The end: what still runs is cancelled, and the engine lets go of everything."""
        for context in list(self.cancellable.values()):
            context.cancel()
        # Python must not end around a thread that is coming back from native code: that is a crash
        until = time.monotonic() + LINGER
        while self.calls and time.monotonic() < until:
            time.sleep(0.001)
        self.engine.close()

    def _outcome(self, command: protocol.Command, context: Context) -> EngineOutcome:
        try:
            values = self._actions[type(command)](command, context)
            return Returned(tuple(map(Number.of, values)))
        except BaseException as error:  # also SystemExit: an engine does not end the worker
            outcome = of_exception(error)
            if isinstance(outcome, Failed) and type(error) is not LookupError:  # ours, which says it all
                sys.excepthook(type(error), error, error.__traceback__)
            message = getattr(outcome, "message", "")
            return replace(outcome, message=message[:LONGEST_MESSAGE]) if message else outcome

    def _compile(self, command: protocol.Compile, context: Context) -> Sequence[Value]:
        if command.limits is None:
            module = self.engine.compile(command.binary)
        else:
            module = self.engine.compile_under(command.binary, context)
        self.modules[command.module] = module
        return ()

    def _instantiate(self, command: protocol.Instantiate, context: Context) -> Sequence[Value]:
        module = _named(self.modules, "module", command.module)
        self.instances[command.instance] = self.engine.instantiate(module, self.imports, context)
        return ()

    def _register(self, command: protocol.Register, _context: Context) -> Sequence[Value]:
        self.imports[command.name] = self._instance(command.instance)
        return ()

    def _host(self, command: protocol.Host, _context: Context) -> Sequence[Value]:
        functions: dict[str, HostFunction] = dict(host.functions(command.functions, self._current))
        self.imports[command.name] = functions
        return ()

    def _wasi(self, command: protocol.Wasi, _context: Context) -> Sequence[Value]:
        # imported here: few workers need it
        from harness.sandbox.wasi import guest, table

        program = guest.Program(command.args, command.env, command.stdin, command.seed)
        self.imports[command.name] = table.functions(program, self._current)
        return ()

    def _write(self, script: int, stream: Literal[1, 2], data: bytes) -> None:
        self._say(protocol.Wrote(script, stream, data))

    def _invoke(self, command: protocol.Invoke, context: Context) -> Sequence[Value]:
        args = [number.value() for number in command.args]
        return self._instance(command.instance).invoke(command.export, args, context)

    def _get(self, command: protocol.Get, _context: Context) -> Sequence[Value]:
        return (self._instance(command.instance).get(command.export),)

    def _set(self, command: protocol.Set, _context: Context) -> Sequence[Value]:
        self._instance(command.instance).set(command.export, command.value.value())
        return ()

    def _read_memory(self, command: protocol.ReadMemory, _context: Context) -> Sequence[Value]:
        from hashlib import sha256

        memory = self._instance(command.instance).memory(command.export)
        size = len(memory)
        length = size - command.offset if command.length is None else command.length
        digest = sha256(memory.read(command.offset, length)).digest()
        high, low = (int.from_bytes(half, "big") for half in (digest[:16], digest[16:]))
        return Value("i64", size), Value("v128", high), Value("v128", low)

    def _write_memory(self, command: protocol.WriteMemory, _context: Context) -> Sequence[Value]:
        self._instance(command.instance).memory(command.export).write(command.offset, command.data)
        return ()

    def _close(self, command: protocol.Close, _context: Context) -> Sequence[Value]:
        self._instance(command.instance).close()
        return ()

    def _drop(self, command: protocol.Drop, _context: Context) -> Sequence[Value]:
        if command.module is not None:
            self.modules.pop(command.module, None)
        if command.instance is not None and self.instances.pop(command.instance, None) is not None:
            # instances are cycles, often large: their memory must go now, and not during somebody's call
            gc.collect()
        if command.registered is not None:
            self.imports.pop(command.registered, None)
        return ()

    def _instance(self, name: str) -> Instance:
        instance: Instance = _named(self.instances, "instance", name)
        return instance

    def _current(self) -> host.Call:
        """The call that a host function belongs to; an engine may make it on a thread of its own."""
        call = self.calls.get(getattr(self._thread, "script", 0))
        if call is not None:
            return call
        running = list(self.calls.values())
        if len(running) != 1:
            raise LookupError(
                f"a host function was called on a thread of the engine's, of {len(running)} calls"
            )
        return running[0]


class Speaker:
    """Writes replies, each whole and at once: what has been answered stays answered, whatever comes next."""

    def __init__(self, stream: int) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def __call__(self, reply: protocol.Reply) -> None:
        """Write one reply."""
        try:
            line = protocol.encode(reply) + b"\n"
        except (TypeError, ValueError) as error:  # values of wrong types, text that is not Unicode
            assert isinstance(reply, protocol.Result)
            line = protocol.encode(replace(reply, outcome=Failed(f"unspeakable: {error}"))) + b"\n"
        with self._lock:
            while line:
                line = line[os.write(self._stream, line) :]


def serve(commands: Commands, requests: Iterator[protocol.Request], say: Speaker) -> None:
    """Heed requests until told to end, or until there are no more."""
    for request in requests:
        match request:
            case protocol.Script():
                _start_thread(commands, request, say)
            case protocol.Cancel():
                commands.cancel(request.id)
            case protocol.CloseInstance():
                commands.close_instance(request.instance)
            case protocol.Shutdown():
                break
            case protocol.Hello():
                raise SystemExit("stopwat worker: hello is said once")
    else:
        # Nobody listens any more, and a call that runs need not be one that stops.
        threading.Thread(target=_exit_soon, daemon=True).start()
    commands.close()


def main() -> None:
    """Be a worker: the engine is named on the command line and made as the first message asks.

    If it is a program, become that, before anything has been read.
    """
    requests, replies = _take_streams()
    say = Speaker(replies)
    try:
        found = load(sys.argv[1])
        if isinstance(found, Program):
            command = found.command(lambda what: say(protocol.Building(what)))
            _become(command, requests, replies)
    except UnknownEngine as error:
        raise SystemExit(str(error)) from None
    except Unavailable as error:
        say(protocol.Unavailable(str(error)))
        return
    faulthandler.enable()
    sys.setswitchinterval(SWITCH_INTERVAL)
    messages = _messages(requests)
    hello = next(messages, None)
    if hello is None:
        return
    if not isinstance(hello, protocol.Hello) or hello.version != protocol.VERSION:
        raise SystemExit(f"stopwat worker: expected hello, version {protocol.VERSION}, not {hello}")
    try:
        features = None if hello.features is None else frozenset(hello.features)
        engine = found(interruptible=hello.interruptible, features=features)
    except Unavailable as error:
        say(protocol.Unavailable(str(error)))
        return
    say(protocol.Welcome(engine.name, engine.version, engine.capabilities))
    gc.freeze()  # what is there by now stays: nobody's call waits for a look at it
    serve(Commands(engine, say), messages, say)


def _take_streams() -> tuple[int, int]:
    """Keep the real standard input and output for the protocol; an engine gets nothing and standard error."""
    requests, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, replies


def _become(command: Sequence[str], requests: int, replies: int) -> NoReturn:
    """Let a program go on in this process, with its standard input and output as they were."""
    os.dup2(requests, 0)
    os.dup2(replies, 1)
    try:
        os.execv(command[0], list(command))
    except OSError as error:
        raise Unavailable(f"cannot run {command[0]}: {error.strerror}") from error


def _messages(stream: int) -> Iterator[protocol.Request]:
    partial: list[bytes] = []
    while chunk := os.read(stream, 1 << 20):
        head, *rest = chunk.split(b"\n")
        partial.append(head)
        for tail in rest:
            try:
                request = protocol.decode_request.decode(b"".join(partial))
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                raise SystemExit(f"stopwat worker: not a request: {error}") from None
            yield request
            partial = [tail]


def _context(limits: protocol.Limits | None, started: int) -> Context:
    if limits is None:
        return contexts.background()
    if limits.timeout is None:
        context = contexts.with_cancel(contexts.background())
    else:
        context = contexts.with_deadline(contexts.background(), started + limits.timeout)
    if limits.cancelled:
        context.cancel()
    return context


def _named(things: dict[str, Any], kind: str, name: str) -> Any:
    try:
        return things[name]
    except KeyError:
        raise LookupError(f"no {kind} named {name!r}") from None


def _start_thread(commands: Commands, script: protocol.Script, say: Speaker) -> None:
    def run() -> None:
        for reply in commands.run(script):
            say(reply)

    before = threading.stack_size()
    for size in STACKS:
        threading.stack_size(size)
        try:
            threading.Thread(target=run, name=f"stopwat-script-{script.id}", daemon=True).start()
            return
        except RuntimeError:
            if size == STACKS[-1]:
                raise
        finally:
            threading.stack_size(before)


def _exit_soon() -> None:
    time.sleep(GRACE)
    os._exit(1)


if __name__ == "__main__":
    main()
