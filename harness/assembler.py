"""WAT text -> the bytes of a module. Assembling is not validating: that is the engine's part.

Two assemblers are known. WABT's ``wat2wasm`` is a program (Debian, Homebrew); it knows the features listed in
`_WABT_FLAGS` and is asked first where it counts that a tool independent of every engine made the module. The
PyPI package ``wasmtime`` brings one that runs in this process and knows the whole standard; it steps in where
WABT is missing or refuses, and goes first where thousands of modules would each cost the start of a process.
"""

from __future__ import annotations

import functools
import importlib.metadata
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from harness import cache

if TYPE_CHECKING:
    from collections.abc import Callable

Order: TypeAlias = Literal["wabt", "in-process"]
"""Which assembler is asked first; the other one steps in when the first is missing or refuses the text."""

_WABT_FLAGS = (
    "--no-check",
    "--enable-threads",
    "--enable-tail-call",
    "--enable-memory64",
    "--enable-multi-memory",
    "--enable-extended-const",
    "--enable-relaxed-simd",
)
# What WABT offers beyond these (exceptions, function references, GC) has encodings the standard gave up.

_WABT_SECONDS = 10.0
# WABT does not come back from some malformed texts.

_MAGIC = b"\0asm"

INSTALL = (
    "install WABT (apt install wabt, brew install wabt) or the Python package wasmtime (pip install wasmtime)"
)


class Assembled(NamedTuple):
    """A module."""

    binary: bytes
    tool: str
    """Who assembled it, with version: ``wat2wasm 1.0.32`` or ``wasmtime 50.0.1``."""


class AssemblyError(Exception):
    """The text is not WAT for any assembler at hand; one line: ``file:line: reason``."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason


class _Missing(Exception):
    """This assembler is not here."""


class _Refused(Exception):
    """This assembler does not take the text."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


def assemble(text: str | bytes, *, file: str = "<wat>", line: int = 1, first: Order = "wabt") -> Assembled:
    """Assemble one module.

    `file` and `line` say where `text` starts, for errors. Raises `AssemblyError`.
    """
    source = text.encode() if isinstance(text, str) else text
    refused: _Refused | None = None
    for tool in (_wabt, _in_process) if first == "wabt" else (_in_process, _wabt):
        try:
            return tool(source)
        except _Missing:
            continue
        except _Refused as error:
            # The one in process knows more of the standard, so its word on what is wrong counts.
            if refused is None or tool is _in_process:
                refused = error
    if refused is None:
        raise AssemblyError(file, line, f"there is no assembler here: {INSTALL}")
    raise AssemblyError(file, line + refused.line - 1, refused.reason)


def _wabt(source: bytes) -> Assembled:
    """Through the cache, since each text costs a process; a refusal is kept there too."""
    path = shutil.which("wat2wasm")
    version = _wabt_version(path) if path is not None else None
    if path is None or version is None:
        raise _Missing
    name = cache.key(version, *_WABT_FLAGS, source)
    answer = cache.load("assembled", name)
    if answer is None:
        answer = _run_wabt(path, source)
        cache.store("assembled", name, answer)
    if not answer.startswith(_MAGIC):
        line, _, reason = answer.decode(errors="replace").partition(":")
        raise _Refused(int(line), reason)
    return Assembled(answer, f"wat2wasm {version}")


@functools.cache
def _wabt_version(path: str) -> str | None:
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=_WABT_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _run_wabt(path: str, source: bytes) -> bytes:
    """The module, or ``line:reason``."""
    command = [path, *_WABT_FLAGS, "--output=-", "-"]
    try:
        done = subprocess.run(command, input=source, capture_output=True, timeout=_WABT_SECONDS)
    except subprocess.TimeoutExpired:
        raise _Refused(1, f"wat2wasm did not end in {_WABT_SECONDS:g} s") from None
    if done.returncode == 0 and done.stdout.startswith(_MAGIC):
        return done.stdout
    told = re.search(rb"^-:(\d+):\d+: error: (.*)", done.stderr, re.MULTILINE)
    return told[1] + b":" + told[2] if told else f"1:wat2wasm ended with status {done.returncode}".encode()


@functools.cache
def _wasmtime() -> tuple[Callable[[bytes], bytearray], type[Exception], str] | None:
    """The assembler of the package, what it raises, and its version."""
    try:
        from wasmtime import WasmtimeError, wat2wasm
    except (ImportError, OSError):  # OSError: it is installed, but its library does not load here
        return None
    return wat2wasm, WasmtimeError, importlib.metadata.version("wasmtime")


def _in_process(source: bytes) -> Assembled:
    package = _wasmtime()
    if package is None:
        raise _Missing
    wat2wasm, refusal, version = package
    if not source.isascii():
        # It refuses characters that may be confused with others, such as marks that turn the direction of
        # writing. They only occur in strings and comments, so they can be escaped wherever they are.
        source = re.sub("[^\0-\x7f]", lambda match: f"\\u{{{ord(match[0]):x}}}", _utf8(source)).encode()
    try:
        return Assembled(bytes(wat2wasm(source)), f"wasmtime {version}")
    except refusal as error:
        reason, _, where = str(error).partition("\n")
        told = re.search(r"--> <anon>:(\d+):(\d+)", where)
        if told is None:
            raise _Refused(1, reason) from None
        line, column = int(told[1]), int(told[2])
        token = _token(source, line, column)
        raise _Refused(line, reason if token in reason else f"{reason}, found {token}") from None


def _utf8(source: bytes) -> str:
    try:
        return source.decode()
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise _Refused(line, f"malformed UTF-8 encoding: {error.reason}") from None


def _token(source: bytes, line: int, column: int) -> str:
    """What stands at this place, counted from 1; the end of the text may be past the last line."""
    lines = source.split(b"\n")
    rest = lines[line - 1].decode(errors="replace")[column - 1 :].strip() if line <= len(lines) else ""
    return re.split(r"[\s()]", rest, maxsplit=1)[0] or rest[:1] or "the end"
