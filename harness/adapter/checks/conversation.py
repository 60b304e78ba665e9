"""Messages: how they arrive, what they answer, and which are refused."""

from __future__ import annotations

import time

from harness.adapter.checking import Adapter, check
from harness.adapter.checks.greeting import ends_badly
from harness.adapter.modules import PLAIN
from harness.adapter.session import Broken, expect, show
from harness.assembler import assemble
from harness.outcome import EngineOutcome, Failed, Number, Returned
from harness.sandbox import protocol
from harness.sandbox.protocol import Compile, Instantiate, Invoke, Limits

FAR = Limits(timeout=600 * 10**9)


@check(
    'every command is answered by one "result", with the id of its script and its own index',
    "Copy `id` from the script; count `index` from 0 in each script; give every result "
    '`outcome`, `started` and `ended`. {"is":"returned","values":[["i32","42"]]} is what the call '
    "of a function that returns 42 comes to.",
    needs="greeting",
)
def results(adapter: Adapter) -> None:
    with adapter.session() as session:
        name = session.name()
        binary = assemble(PLAIN, file="check", first="in-process").binary
        answer = Invoke(name, "answer")
        script = session.script(Compile(name, binary), Instantiate(name, name), answer, answer)
        session.say(script)
        for index in range(len(script.commands)):
            reply = session.next(lambda _: True, f"command {index}").reply
            if not isinstance(reply, protocol.Result):
                raise Broken(f"command {index} has no limits, and what answers it is no result: {reply}")
            if (reply.id, reply.index) != (script.id, index):
                raise Broken(
                    f"expected the result of command {index} of script {script.id}, "
                    f"got that of command {reply.index} of script {reply.id}"
                )
            if index < 2:
                expect(reply.outcome, Returned, "compiling and instantiating a small module")
            else:
                _is_42(reply.outcome)


def _is_42(outcome: EngineOutcome) -> None:
    if outcome != Returned((Number("i32", "42"),)):
        raise Broken(f'a function that returns 42 came to {show(outcome)}, not to [["i32","42"]]')


@check(
    "a command that fails does not keep the next from running",
    'Answer what goes wrong by a result ("failed" with a message, if nothing fits better) and go on with '
    "the next command of the script.",
)
def after_failure(adapter: Adapter) -> None:
    with adapter.session() as session:
        instance = session.instantiate(PLAIN)
        missing = session.name()
        script = session.submit(
            Invoke(missing, "answer"), Invoke(instance, "missing"), Invoke(instance, "answer")
        )
        for what in ("a call in an instance that is not there", "a call of an export that is not there"):
            expect(session.result(script, what).outcome, Failed, what)
        _is_42(session.result(script, "the command after those that failed").outcome)


@check(
    "a result is written as soon as it is known",
    "Flush standard output after every message; do not collect the results of a script.",
)
def flushing(adapter: Adapter) -> None:
    with adapter.session() as session:
        instance = session.instantiate(PLAIN)
        script = session.submit(Invoke(instance, "answer"), Invoke(instance, "spin"))
        session.result(script, "a command before one that does not end")


@check(
    "scripts run beside each other",
    "Run each script on a thread of its own (or whatever your language has); read standard input on "
    "another, which never runs a guest.",
)
def two_scripts(adapter: Adapter) -> None:
    with adapter.session() as session:
        instance, other = session.instantiate(PLAIN), session.instantiate(PLAIN)
        session.submit(Invoke(instance, "spin", limits=FAR))
        script = session.submit(Invoke(other, "answer"))
        _is_42(session.result(script, "a script beside one that does not end").outcome)


@check(
    "names are shared by all scripts, and making something anew replaces it",
    "Keep modules and instances in one table each, for the whole process, and overwrite.",
)
def names(adapter: Adapter) -> None:
    with adapter.session() as session:
        instance = session.instantiate(PLAIN)
        _is_42(session.run(Invoke(instance, "answer"))[0])
        session.must(Instantiate(instance, instance))
        _is_42(session.run(Invoke(instance, "answer"))[0])


@check(
    "a message may arrive in pieces",
    "Collect what you read until there is a line feed; one read is not one message.",
)
def pieces(adapter: Adapter) -> None:
    with adapter.session() as session:
        instance = session.instantiate(PLAIN)
        script = session.script(Invoke(instance, "answer"))
        line = protocol.encode(script) + b"\n"
        for start in range(0, len(line), 20):
            session.send(line[start : start + 20])
            time.sleep(0.002)
        _is_42(session.result(script.id, "a script that arrived in pieces").outcome)


@check(
    "several messages may arrive at once",
    "Look for further line feeds in what you have read before you read again.",
)
def together(adapter: Adapter) -> None:
    with adapter.session() as session:
        instance = session.instantiate(PLAIN)
        scripts = [session.script(Invoke(instance, "answer")) for _ in range(3)]
        session.send(b"".join(protocol.encode(script) + b"\n" for script in scripts))
        for script in scripts:
            _is_42(session.result(script.id, "the last of three scripts in one write").outcome)


@check(
    "a line may be long: a module of a megabyte arrives in one",
    "Read lines of any length (in Go use bufio.Reader.ReadBytes, not a Scanner with its limit of 64 KiB).",
)
def long_line(adapter: Adapter) -> None:
    with adapter.session() as session:
        name = session.name()
        binary = _padded(assemble(PLAIN, file="check", first="in-process").binary, bytes(1 << 20))
        session.must(Compile(name, binary), Instantiate(name, name))
        _is_42(session.run(Invoke(name, "answer"))[0])


@check(
    "binary data is base64 as RFC 4648 has it first, with + and / and =",
    "Use the standard alphabet, not the one for URLs, and demand the padding.",
)
def base64(adapter: Adapter) -> None:
    with adapter.session() as session:
        plain = assemble(PLAIN, file="check", first="in-process").binary
        for before in range(3):
            name = session.name()
            padded = _padded(plain, bytes(before) + b"\xfb\xef\xbe\xff\xff\xff" * 8)  # ++++////
            session.must(Compile(name, padded), Instantiate(name, name))
            _is_42(session.run(Invoke(name, "answer"))[0])


@check(
    "text is any text, escaped or not",
    r"Decode \" \\ \n \u00fc and pairs of surrogates in strings, and UTF-8 as it is: JSON libraries do.",
)
def text(adapter: Adapter) -> None:
    with adapter.session() as session:
        module = session.instantiate(PLAIN)
        name = 'a "\\\n/ü\u2028𝄞'
        session.must(Instantiate(name, module))
        script = session.script(Invoke(name, "answer"))
        plain = protocol.encode(script).decode()
        # msgspec writes UTF-8; the same in ASCII
        session.send("".join(char if char < "\x7f" else _escaped(char) for char in plain).encode() + b"\n")
        _is_42(session.result(script.id, r"an instance whose name is written with \u").outcome)


@check(
    "a reply has at most 1 MiB",
    "Shorten messages of errors, to some thousand characters.",
    needs="long-line",
)
def long_message(adapter: Adapter) -> None:
    with adapter.session() as session:
        (outcome,) = session.run(Invoke("x" * (2 << 20), "answer"))
        expect(outcome, Failed, "a call in an instance that is not there")


@check(
    "a line that is not JSON is an error",
    "Say on standard error what is wrong with it and exit with a status other than 0.",
)
def malformed_line(adapter: Adapter) -> None:
    _refuses(adapter, b'{"say":"script",\n', "a line that is not JSON")


@check(
    "an unknown message is an error",
    "Say on standard error what came and exit with a status other than 0; what is ignored is never found.",
)
def unknown_message(adapter: Adapter) -> None:
    _refuses(adapter, b'{"say":"goodbye"}\n', "an unknown message")


@check(
    "an unknown command is an error",
    "The same as for a message: a command that is answered as if it had been run would be believed.",
)
def unknown_command(adapter: Adapter) -> None:
    line = b'{"say":"script","id":1,"commands":[{"do":"levitate"}]}\n'
    _refuses(adapter, line, "an unknown command")


@check(
    "an unknown field is an error",
    "Refuse fields that the protocol does not have (Go: DisallowUnknownFields); they mean something to "
    "whoever sent them.",
)
def unknown_field(adapter: Adapter) -> None:
    _refuses(adapter, b'{"say":"cancel","id":1,"reason":"boredom"}\n', "an unknown field")


@check(
    "hello is said once",
    "A second hello is an error like any message that does not belong there.",
)
def second_hello(adapter: Adapter) -> None:
    _refuses(adapter, b'{"say":"hello"}\n', "a second hello")


def _padded(binary: bytes, padding: bytes) -> bytes:
    """The module with a custom section of these bytes."""
    content = b"\x03pad" + padding
    return binary + b"\0" + _leb(len(content)) + content


def _leb(number: int) -> bytes:
    rest = number >> 7
    return bytes([number & 0x7F | (0x80 if rest else 0)]) + (_leb(rest) if rest else b"")


def _escaped(char: str) -> str:
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _refuses(adapter: Adapter, line: bytes, what: str) -> None:
    with adapter.session() as session:
        session.send(line)
        ends_badly(session.status(), what)
