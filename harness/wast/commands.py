"""The commands of a script, typed (reference interpreter, "Scripts"); each knows its line and its keyword."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

import msgspec

from harness.engine import Value
from harness.wast import reader
from harness.wast.literals import LiteralError, bits
from harness.wast.patterns import (
    HIERARCHIES,
    LANES,
    Either,
    Exactly,
    Lanes,
    Nan,
    Null,
    Pattern,
    Reference,
    join,
)
from harness.wast.reader import Form, Item, ScriptError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MODULE_FIELDS = frozenset(
    ("type", "rec", "import", "func", "table", "memory", "global", "export", "start", "elem", "data", "tag")
)


class Source(msgspec.Struct, frozen=True):
    """A module as a script has it."""

    line: int
    """Where `content` starts."""
    form: Literal["text", "binary", "quote"]
    content: bytes
    """The binary, or text; what was quoted need not be text at all."""


class Invoke(msgspec.Struct, frozen=True):
    """Call an export; `instance` None is the latest."""

    instance: str | None
    export: str
    args: tuple[Value, ...]


class Get(msgspec.Struct, frozen=True):
    """Read an exported global."""

    instance: str | None
    export: str


Action: TypeAlias = Invoke | Get


class _Command(msgspec.Struct, frozen=True):
    keyword: ClassVar[str]
    line: int


class Module(_Command, frozen=True):
    """Define a module and instantiate it."""

    keyword = "module"
    name: str | None
    source: Source


class ModuleDefinition(_Command, frozen=True):
    """Define a module."""

    keyword = "module definition"
    name: str | None
    source: Source


class ModuleInstance(_Command, frozen=True):
    """Instantiate a module that was defined; None is the latest."""

    keyword = "module instance"
    name: str | None
    module: str | None


class Register(_Command, frozen=True):
    """Let later modules import from an instance under a name."""

    keyword = "register"
    name: str
    instance: str | None


class Perform(_Command, frozen=True):
    """An action whose results do not matter, as long as it returns."""

    keyword = "invoke"
    action: Action


class AssertReturn(_Command, frozen=True):
    """The action returns these results."""

    keyword = "assert_return"
    action: Action
    results: tuple[Pattern, ...]


class AssertTrap(_Command, frozen=True):
    """The action, or the instantiation of the module, traps."""

    keyword = "assert_trap"
    subject: Action | Source
    message: str


class AssertExhaustion(_Command, frozen=True):
    """The action exhausts the call stack."""

    keyword = "assert_exhaustion"
    action: Action
    message: str


class AssertException(_Command, frozen=True):
    """The action ends with an exception that is not caught."""

    keyword = "assert_exception"
    action: Action


class AssertMalformed(_Command, frozen=True):
    """The module cannot be decoded or parsed."""

    keyword = "assert_malformed"
    source: Source
    message: str


class AssertInvalid(_Command, frozen=True):
    """The module does not validate."""

    keyword = "assert_invalid"
    source: Source
    message: str


class AssertUnlinkable(_Command, frozen=True):
    """The module cannot be instantiated with what is registered."""

    keyword = "assert_unlinkable"
    source: Source
    message: str


class AssertCustom(_Command, frozen=True):
    """A tool that understands a custom section, or an annotation for one, finds fault with it."""

    keyword = "assert_malformed_custom"
    source: Source
    message: str


class Thread(_Command, frozen=True):
    """Run commands beside the others (proposal threads)."""

    keyword = "thread"
    name: str
    shared: tuple[str, ...]
    """Names of the instances it sees."""
    commands: tuple[Command, ...]


class Wait(_Command, frozen=True):
    """Wait for a thread to end."""

    keyword = "wait"
    name: str


Command: TypeAlias = (
    Module
    | ModuleDefinition
    | ModuleInstance
    | Register
    | Perform
    | AssertReturn
    | AssertTrap
    | AssertExhaustion
    | AssertException
    | AssertMalformed
    | AssertInvalid
    | AssertUnlinkable
    | AssertCustom
    | Thread
    | Wait
)


def read(text: str) -> Iterator[Command]:
    """The commands of a script. Raises `harness.wast.reader.ScriptError`."""
    forms = reader.read(text)
    for form in forms:
        if form.head in _MODULE_FIELDS:
            # Fields without a module around them: the whole script is one module in text format.
            yield Module(1, None, Source(1, "text", text.encode()))
            return
        yield _command(form)


def _command(form: Form) -> Command:
    line = form.line
    try:
        match form.items:
            case ["assert_return", Form() as action, *results]:
                return AssertReturn(line, _action(action), tuple([_pattern(_form(item)) for item in results]))
            case ["assert_trap", Form(items=["module", *_]) as module, bytes(message)]:
                return AssertTrap(line, _source(module), message.decode())
            case ["assert_trap", Form() as action, bytes(message)]:
                return AssertTrap(line, _action(action), message.decode())
            case ["invoke" | "get", *_]:
                return Perform(line, _action(form))
            case ["assert_invalid", Form() as module, bytes(message)]:
                return AssertInvalid(line, _source(module), message.decode())
            case ["assert_malformed", Form() as module, bytes(message)]:
                return AssertMalformed(line, _source(module), message.decode())
            case ["assert_unlinkable", Form() as module, bytes(message)]:
                return AssertUnlinkable(line, _source(module), message.decode())
            case ["assert_exhaustion", Form() as action, bytes(message)]:
                return AssertExhaustion(line, _action(action), message.decode())
            case ["assert_exception", Form() as action]:
                return AssertException(line, _action(action))
            case [("assert_malformed_custom" | "assert_invalid_custom"), Form() as module, bytes(message)]:
                return AssertCustom(line, _source(module), message.decode())
            case ["register", bytes(name)]:
                return Register(line, name.decode(), None)
            case ["register", bytes(name), str(instance)]:
                return Register(line, name.decode(), instance)
            case ["module", "instance"]:
                return ModuleInstance(line, None, None)
            case ["module", "instance", str(name)]:
                return ModuleInstance(line, name, None)
            case ["module", "instance", str(name), str(definition)]:
                return ModuleInstance(line, name, definition)
            case ["module", "definition", *rest]:
                return ModuleDefinition(line, _name(rest), _source(form))
            case ["module", *rest]:
                return Module(line, _name(rest), _source(form))
            case ["thread", str(name), *rest]:
                return _thread(line, name, [_form(item) for item in rest])
            case ["wait", str(name)]:
                return Wait(line, name)
    except (LiteralError, UnicodeDecodeError) as error:
        raise ScriptError(line, str(error)) from None
    raise ScriptError(line, f"no such command: ({form.head} ...)")


def _source(form: Form) -> Source:
    items = [item for item in form.items if not (isinstance(item, str) and item.startswith("$"))]
    match items:
        case ["module", "definition", *rest] | ["module", *rest]:
            match rest:
                case ["binary", *strings]:
                    return Source(form.line, "binary", _join(strings))
                case ["quote", *strings]:
                    return Source(form.line, "quote", _join(strings))
                case []:
                    line = form.fields_line if form.fields is not None else form.line
                    return Source(line, "text", f"(module {form.fields or ''})".encode())
    raise ScriptError(form.line, "not a module")


def _join(strings: Iterable[Item]) -> bytes:
    return b"".join([string for string in strings if isinstance(string, bytes)])


def _name(items: list[Item]) -> str | None:
    return items[0] if items and isinstance(items[0], str) and items[0].startswith("$") else None


def _form(item: Item) -> Form:
    if isinstance(item, Form):
        return item
    raise LiteralError(f"expected a list, not {item!r}")


def _action(form: Form) -> Action:
    match form.items:
        case ["invoke", bytes(export), *args]:
            return Invoke(None, export.decode(), tuple([_constant(_form(item)) for item in args]))
        case ["invoke", str(instance), bytes(export), *args]:
            return Invoke(instance, export.decode(), tuple([_constant(_form(item)) for item in args]))
        case ["get", bytes(export)]:
            return Get(None, export.decode())
        case ["get", str(instance), bytes(export)]:
            return Get(instance, export.decode())
    raise ScriptError(form.line, f"no such action: ({form.head} ...)")


def _constant(form: Form) -> Value:
    match form.items:
        case [("i32.const" | "i64.const" | "f32.const" | "f64.const") as operator, str(literal)]:
            type = operator[:3]
            return Value(type, bits(type, literal))
        case ["v128.const", str(shape), *lanes] if shape in LANES and len(lanes) == LANES[shape][1]:
            type = LANES[shape][0]
            return Value("v128", join(shape, [bits(type, str(lane)) for lane in lanes]))
        case ["ref.null", str(heap)] if heap in HIERARCHIES:
            return Value(heap, None)
        case [("ref.extern" | "ref.host"), str(identity)]:
            return Value("extern", bits("i32", identity))
    raise ScriptError(form.line, f"no such constant: ({form.head} ...)")


def _pattern(form: Form) -> Pattern:
    match form.items:
        case [("f32.const" | "f64.const") as operator, "nan:canonical" | "nan:arithmetic" as nan]:
            return Nan(operator[:3], nan == "nan:canonical")
        case ["v128.const", ("f32x4" | "f64x2") as shape, *lanes] if _has_nan_class(lanes):
            type, count = LANES[shape]
            if len(lanes) == count:
                return Lanes(shape, tuple([_lane(type, str(lane)) for lane in lanes]))
        case ["ref.null"]:
            return Null()
        case ["ref.null", str(heap)] if heap in HIERARCHIES:
            return Null(heap)
        case [("ref.func" | "ref.extern" | "ref.any" | "ref.eq" | "ref.i31") as operator]:
            return Reference(operator[4:])
        case [("ref.struct" | "ref.array" | "ref.exn") as operator]:
            return Reference(operator[4:])
        case ["either", *options] if options:
            return Either(tuple([_pattern(_form(option)) for option in options]))
    return Exactly(_constant(form))


def _has_nan_class(lanes: list[Item]) -> bool:
    return "nan:canonical" in lanes or "nan:arithmetic" in lanes


def _lane(type: str, literal: str) -> Exactly | Nan:
    if literal in ("nan:canonical", "nan:arithmetic"):
        return Nan(type, literal == "nan:canonical")
    return Exactly(Value(type, bits(type, literal)))


def _thread(line: int, name: str, forms: list[Form]) -> Thread:
    shared: list[str] = []
    commands: list[Command] = []
    for form in forms:
        match form.items:
            case ["shared", Form(items=["module", str(instance)])]:
                shared.append(instance)
            case _:
                commands.append(_command(form))
    return Thread(line, name, tuple(shared), tuple(commands))
