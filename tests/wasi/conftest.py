"""A program's memory without an engine, and calls of the functions of WASI with it."""

from __future__ import annotations

import struct
import threading
from typing import TYPE_CHECKING, Any

import pytest

from harness import context, engine
from harness.engine import Value
from harness.sandbox.host import Call
from harness.sandbox.wasi import guest, table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.context import Context

SIZE = 1 << 16


class Bytes(engine.Memory):
    """A memory of 64 KiB."""

    def __init__(self) -> None:
        self.data = bytearray(SIZE)

    def __len__(self) -> int:
        return len(self.data)

    def read(self, offset: int, length: int) -> bytes:
        if offset + length > len(self.data):
            raise IndexError
        return bytes(self.data[offset : offset + length])

    def write(self, offset: int, data: bytes) -> None:
        if offset + len(data) > len(self.data):
            raise IndexError
        self.data[offset : offset + len(data)] = data


class Instance(engine.Instance):
    """Exports that memory and nothing else."""

    def __init__(self, **memories: engine.Memory) -> None:
        self.memories = memories

    def memory(self, name: str) -> engine.Memory:
        return self.memories[name]

    def invoke(self, name: str, args: Sequence[Value], context: Context) -> Sequence[Value]:
        raise KeyError(name)

    def get(self, name: str) -> Value:
        raise KeyError(name)

    def set(self, name: str, value: Value) -> None:
        raise KeyError(name)

    def close(self) -> None:
        pass


class Wasi:
    """A program that calls functions."""

    def __init__(self, **given: Any) -> None:
        whole: dict[str, Any] = {"args": (), "env": (), "stdin": b"", "seed": 1} | given
        self.memory = Bytes()
        self.instance = Instance(memory=self.memory)
        self.started = True
        """Whether it has been instantiated."""
        self.context = context.background()
        self.wrote: list[tuple[int, bytes]] = []
        self._functions = table.functions(guest.Program(**whole), self._call)

    def __call__(self, name: str, *args: int) -> int:
        """The error number."""
        function = self._functions[name]
        values = [Value(type_, arg) for type_, arg in zip(function.params, args, strict=True)]
        ((kind, errno),) = function.call(values)
        assert kind == "i32"
        assert errno is not None
        return errno

    def _call(self) -> Call:
        def write(stream: int, data: bytes) -> None:
            self.wrote.append((stream, data))

        return Call(self.context, self.instance if self.started else None, write, threading.Event())

    def put(self, at: int, layout: str, *values: Any) -> None:
        """Put a structure into the memory."""
        struct.pack_into("<" + layout, self.memory.data, at, *values)

    def at(self, at: int, layout: str) -> tuple[Any, ...]:
        """A structure in the memory."""
        return struct.unpack_from("<" + layout, self.memory.data, at)


@pytest.fixture(scope="session")
def wasi() -> Callable[..., Wasi]:
    """Make a program that has been given that."""
    return Wasi
