"""Functions and references as generated code knows them, and as the store does.

A reference is a word: 0 is null; the reference of a function is the address of its record; that of the host,
an ``externref``, is its number with 3 in the two lowest bits, where an address has zeros.
"""

from __future__ import annotations

import ctypes
import itertools
import threading
import weakref
from typing import TYPE_CHECKING, Any

from engines.compiler.execution import host_calls
from engines.compiler.layout import ExecutionContext, FunctionRecord, Registers, Vector
from engines.compiler.runtime.thunks import thunks
from engines.compiler.signature import signature
from engines.wasm.store import ExternRef, FunctionInstance
from harness.engine import Unsupported
from harness.standard.types import FuncType, RefType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from engines.compiler.native.load import Code
    from engines.compiler.signature import Place
    from engines.wasm.deftypes import DefType
    from engines.wasm.store import HostCall, Reference, RuntimeValue
    from harness.standard.types import ValType

_EXTERN = 3
_WORD = (1 << 64) - 1


class Home:
    """What functions belong to: the code and data of an instance, and all that they refer to.

    It lives as long as anything may reach it: a function, or a table or global that a reference to one of its
    functions may have been put into.
    """

    def __init__(self, code: Code) -> None:
        self.code = code
        self.number = next(_numbers)
        self._kept: dict[int, object] = {}
        _homes[self.number] = self

    def keep(self, *needed: object) -> None:
        """What has to live as long as this."""
        self._kept.update((id(one), one) for one in needed if one is not self)


class _Types:
    """Records of defined types, for generated code to compare by address."""

    def __init__(self) -> None:
        self._records: weakref.WeakKeyDictionary[DefType, Any] = weakref.WeakKeyDictionary()
        self._types: weakref.WeakValueDictionary[int, DefType] = weakref.WeakValueDictionary()
        self._lock = threading.RLock()

    def address(self, type_: DefType) -> int:
        """Of the record of a type; it stays as long as the type does."""
        with self._lock:
            record = self._records.get(type_)
            if record is None:
                path = supertypes(type_)
                record = (ctypes.c_uint64 * (len(path) + 2))(len(path), *map(self.address, path))
                record[len(path) + 1] = ctypes.addressof(record)
                self._records[type_] = record
                self._types[ctypes.addressof(record)] = type_
            return ctypes.addressof(record)

    def type(self, address: int) -> DefType:
        """The type with that record."""
        return self._types[address]


def supertypes(type_: DefType) -> list[DefType]:
    """The types above a type, the topmost first."""
    above: list[DefType] = []
    while type_.supertypes:
        type_ = type_.supertypes[0]
        above.insert(0, type_)
    return above


_numbers = itertools.count(1)
_homes: weakref.WeakValueDictionary[int, Home] = weakref.WeakValueDictionary()
types = _Types()
_functions: weakref.WeakValueDictionary[int, Function] = weakref.WeakValueDictionary()
"""By the address of the record."""


class Function(FunctionInstance):
    """A function that generated code can call."""

    def __init__(self, type_: DefType, home: Home | None, address: int) -> None:
        self.type = type_
        self.home = home
        self.address = address
        """Of the record; 0 if nothing can refer to it."""
        if address:
            _functions[address] = self

    @property
    def code(self) -> int:
        """The address of the code."""
        code: int = FunctionRecord.from_address(self.address).code
        return code


class HostFunction(Function):
    """A function of the host."""

    def __init__(self, type_: DefType, call: HostCall) -> None:
        assert isinstance(type_.comp, FuncType)
        number, code = thunks.take()
        self._record = FunctionRecord(code=code, type=types.address(type_), home=0)
        super().__init__(type_, None, ctypes.addressof(self._record))
        host_calls[number] = _host_call(type_.comp, call)
        weakref.finalize(self, _forget, number)


def _forget(number: int) -> None:
    del host_calls[number]
    thunks.give_back(number)


def _host_call(type_: FuncType, call: HostCall) -> Callable[[ExecutionContext, Registers], None]:
    params, results = signature(type_)

    def enter(context: ExecutionContext, registers: Registers) -> None:
        put(results, call(take(params, context, registers)), context, registers)

    return enter


def to_word(reference: Reference) -> int:
    """The word for a reference."""
    if reference is None:
        return 0
    if isinstance(reference, ExternRef):
        if reference.number >> 62:
            raise Unsupported("externref with a number of more than 62 bits")
        return reference.number << 2 | _EXTERN
    address: int = reference.address
    return address


def kept_word(reference: Reference, home: Home) -> int:
    """The word for a reference that is put where it lives as long as `home`."""
    if isinstance(reference, HostFunction):
        home.keep(reference)
    elif isinstance(reference, Function):
        home.keep(reference.home)
    return to_word(reference)


def from_word(word: int | None) -> Reference:
    """The reference that a word stands for; what it points to must be kept alive by its origin."""
    if not word:
        return None
    if word & 3 == _EXTERN:
        return ExternRef(word >> 2)
    function = _functions.get(word)
    if function is None:
        record = FunctionRecord.from_address(word)
        function = Function(types.type(record.type), _homes[record.home], word)
    return function


def put(
    places: Iterable[Place], values: Sequence[RuntimeValue], context: ExecutionContext, registers: Registers
) -> None:
    """Put values where they travel."""
    for (where, number, type_), value in zip(places, values, strict=True):
        bits = to_word(value) if isinstance(type_, RefType) else value
        if where == "integer":
            registers.integers[number] = bits
        else:
            vector = registers.vectors[number] if where == "vector" else context.values[number]
            store_bits(vector, bits)


def take(places: Iterable[Place], context: ExecutionContext, registers: Registers) -> list[RuntimeValue]:
    """Take values from where they travel."""
    values = []
    for where, number, type_ in places:
        if where == "integer":
            values.append(from_bits(registers.integers[number], type_))
        else:
            vector = registers.vectors[number] if where == "vector" else context.values[number]
            values.append(load_bits(vector, type_))
    return values


def store_bits(vector: Vector, bits: int) -> None:
    """Put the bits of any value where there is room for it."""
    vector.low = bits & _WORD
    vector.high = bits >> 64


def load_bits(vector: Vector, type_: ValType) -> RuntimeValue:
    """The value that was put there."""
    return from_bits(vector.high << 64 | vector.low if type_ == "v128" else vector.low, type_)


def from_bits(bits: int, type_: ValType) -> RuntimeValue:
    """A value from its bits, of which there may be too many."""
    if isinstance(type_, RefType):
        return from_word(bits)
    return bits & 0xFFFFFFFF if type_ in ("i32", "f32") else bits
