"""Commands: modules, instances, and what is exported from them."""

from __future__ import annotations

import hashlib

from harness.adapter import modules
from harness.adapter.checking import Adapter, check
from harness.adapter.session import Broken, NotOffered, Session, expect, offered, show
from harness.assembler import assemble
from harness.engine import TrapKind
from harness.outcome import (
    EngineOutcome,
    Failed,
    Interrupted,
    Invalid,
    Malformed,
    Number,
    Returned,
    Trapped,
    Unlinkable,
)
from harness.sandbox.protocol import (
    Close,
    Compile,
    Drop,
    Get,
    Instantiate,
    Invoke,
    ReadMemory,
    Register,
    Set,
    WriteMemory,
)


@check(
    "a trap is told by the words of the official suite",
    'Map the traps of the engine to the kinds of docs/protocol.md, such as "unreachable" or "integer divide '
    'by zero"; what is no trap of the standard is "failed".',
)
def traps(adapter: Adapter) -> None:
    with adapter.session() as session:
        (outcome,) = session.run(Invoke(session.instantiate(modules.PLAIN), "trap"))
        trap = expect(outcome, Trapped, "`unreachable`")
        if trap.kind is not TrapKind.UNREACHABLE:
            raise Broken(f"`unreachable` traps with {trap.kind.value!r}")


@check(
    "bytes that are no module are malformed",
    'Answer "malformed" where decoding fails, "invalid" where validation does.',
)
def malformed(adapter: Adapter) -> None:
    with adapter.session() as session:
        (outcome,) = session.run(Compile(session.name(), b"\xffasm\1\0\0\0"))
        expect(outcome, Malformed, "bytes without the magic number of a module")


@check(
    "a module that does not validate is invalid, and not malformed",
    'Answer "malformed" where decoding fails, "invalid" where validation does; where the engine has one '
    "error for both, its words may tell.",
)
def invalid(adapter: Adapter) -> None:
    with adapter.session() as session:
        (outcome,) = session.run(Compile(session.name(), modules.INVALID))
        if isinstance(outcome, Returned):
            raise NotOffered("it does not validate, which is for the official suite to judge")
        expect(outcome, Invalid, "a function that has to leave a value and leaves none")


@check(
    "imports that nobody provides make a module unlinkable",
    'Answer "unlinkable" where imports are missing or do not match; compiling alone links nothing.',
)
def unlinkable(adapter: Adapter) -> None:
    with adapter.session() as session:
        name = session.name()
        binary = _assemble(modules.IMPORTER % session.name())
        session.must(Compile(name, binary))
        (outcome,) = session.run(Instantiate(name, name))
        expect(outcome, Unlinkable, "an import of something that is not there")


@check(
    "globals are read and written",
    "Answer `get` with one value, and let `set` change what the next `get` sees.",
)
def globals(adapter: Adapter) -> None:
    with adapter.session() as session:
        instance = session.instantiate(modules.STATE)
        most = Number("i64", str((1 << 64) - 1))
        read, written, again, missing = session.run(
            Get(instance, "counter"),
            Set(instance, "counter", most),
            Get(instance, "counter"),
            Get(instance, "missing"),
        )
        _is(read, Returned((Number("i64", "7"),)), "an i64 global that is 7")
        _is(written, Returned(), "setting it")
        _is(again, Returned((most,)), "the same after it was set to 2^64 - 1")
        expect(missing, Failed, "a global that is not there")


@check(
    "memories are read as size and digest, and written",
    "Answer `read-memory` with the size in bytes (i64) and the SHA-256 of the range as two v128, the first "
    "16 bytes first, each as a big-endian number; without `length` the range goes to the end.",
)
def memories(adapter: Adapter) -> None:
    with adapter.session() as session:
        instance = session.instantiate(modules.STATE)
        page = b"\0" * 0x8000 + b"text" + b"\0" * 0x7FFC
        written, whole, part = session.run(
            WriteMemory(instance, "memory", 0x8000, b"text"),
            ReadMemory(instance, "memory"),
            ReadMemory(instance, "memory", 0x8000, 4),
        )
        _is(written, Returned(), "writing 4 bytes")
        _is(whole, _digest(page), "the whole memory, one page")
        _is(part, _digest(b"text"), "the 4 bytes that were written")


@check(
    "beyond the end of a memory nothing is read or written",
    'Check offset and length against the size, and answer "failed".',
    needs="memories",
)
def memory_bounds(adapter: Adapter) -> None:
    with adapter.session() as session:
        instance = session.instantiate(modules.STATE)
        read, written = session.run(
            ReadMemory(instance, "memory", 0xFFFF, 2), WriteMemory(instance, "memory", 0xFFFF, b"ab")
        )
        expect(read, Failed, "reading 2 bytes, of which the second is beyond the end")
        expect(written, Failed, "writing 2 bytes, of which the second is beyond the end")


@check(
    "what is registered can be imported, and is no more when it has been dropped",
    "`register` keeps the instance under the module name that later instantiations import it by; "
    "`drop` with `registered` takes that away. Where nothing can be imported from instances, have no "
    '"instances" in `imports` of the capabilities.',
)
def registering(adapter: Adapter) -> None:
    with adapter.session() as session, adapter.importing("instances"):
        provider = session.instantiate(modules.PROVIDER)
        name, importer = session.name(), session.name()
        session.must(Register(name, provider), Compile(importer, _assemble(modules.IMPORTER % name)))
        linked, called, dropped, again = session.run(
            Instantiate(importer, importer),
            Invoke(importer, "run"),
            Drop(registered=name),
            Instantiate(session.name(), importer),
        )
        _is(linked, Returned(), "an import that is registered")
        _is(called, Returned((Number("i32", "7"),)), "a call of an imported function that returns 7")
        _is(dropped, Returned(), "dropping the name")
        expect(again, Unlinkable, "an import that has been dropped")


@check(
    "what has been dropped is gone",
    "Forget modules and instances by name, so that their memory can go; a name that is not there is no "
    "error.",
)
def dropping(adapter: Adapter) -> None:
    with adapter.session() as session:
        instance = session.instantiate(modules.PLAIN)
        nobody = session.name()
        outcomes = session.run(Drop(instance, instance), Drop(nobody, nobody, nobody))
        for outcome in outcomes:
            _is(outcome, Returned(), "dropping")
        module, called = session.run(Instantiate(nobody, instance), Invoke(instance, "answer"))
        expect(module, Failed, "an instantiation of a module that has been dropped")
        expect(called, Failed, "a call in an instance that has been dropped")


@check(
    "a closed instance refuses calls",
    'Answer them with {"is":"interrupted","cause":"closed"}, or "failed".',
)
def closing(adapter: Adapter) -> None:
    with adapter.session() as session:
        instance = session.instantiate(modules.PLAIN)
        session.must(Close(instance))
        (outcome,) = session.run(Invoke(instance, "answer"))
        if not isinstance(outcome, Interrupted | Failed):
            raise Broken(f"a call in a closed instance came to {show(outcome)}")


@check(
    'closing an instance that is not there is "failed", and "close-instance" of one changes nothing',
    "Look the name up before you close anything.",
)
def closing_nobody(adapter: Adapter) -> None:
    with adapter.session() as session:
        (outcome,) = session.run(Close(session.name()))
        expect(outcome, Failed, "closing an instance that is not there")
        _unimpressed(session, b'{"say":"close-instance","instance":"nobody"}\n', "`close-instance`")


def _unimpressed(session: Session, line: bytes, what: str) -> None:
    """What is about nobody changes nothing."""
    instance = session.instantiate(modules.PLAIN)
    session.send(line)
    (outcome,) = session.run(Invoke(instance, "answer"))
    expect(outcome, Returned, f"a call after a {what} about nobody")


def _assemble(text: str) -> bytes:
    return assemble(text, file="check", first="in-process").binary


def _digest(data: bytes) -> Returned:
    digest = hashlib.sha256(data).digest()
    high, low = (str(int.from_bytes(half, "big")) for half in (digest[:16], digest[16:]))
    return Returned((Number("i64", "65536"), Number("v128", high), Number("v128", low)))


def _is(outcome: EngineOutcome, expected: Returned, what: str) -> None:
    offered(outcome)
    if outcome != expected:
        raise Broken(f"{what}: expected {show(expected)}, got {show(outcome)}")
