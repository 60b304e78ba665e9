"""Functions and references as generated code knows them, and as the store does.

A reference is a word: 0 is null; that of a function is the address of its record, that of a struct or array
is where it lies in the heap. With something other than zeros in the two lowest bits, it is a number: with 1
that of an i31, with 3 an ``externref``, whatever it has been converted to.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import weakref
from typing import TYPE_CHECKING

from engines.compiler.execution import host_calls, running_home
from engines.compiler.heap import heap
from engines.compiler.home import homes
from engines.compiler.layout import ExecutionContext, FunctionRecord, Registers, Vector
from engines.compiler.objects import is_object, object_at
from engines.compiler.runtime.thunks import thunks
from engines.compiler.signature import signature
from engines.compiler.types import holds_objects, types
from engines.wasm.store import ExternRef, FunctionInstance
from harness.engine import Unsupported
from harness.standard.types import RefType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engines.compiler.home import Home
    from engines.compiler.signature import Place
    from engines.wasm.deftypes import DefType
    from engines.wasm.store import HostCall, Reference, RuntimeValue
    from harness.standard.types import ValType

_TAGS = 3
_I31 = 1
_EXTERN = 3
_WORD = (1 << 64) - 1

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
        number, code = thunks.take()
        self._record = FunctionRecord(code=code, type=types.address(type_), home=0)
        super().__init__(type_, None, ctypes.addressof(self._record))
        self._call = call
        self._gives_objects = any(map(holds_objects, self.signature.results))
        # Who waits to be called must not keep the function alive: what it is given may lead back to it.
        host_calls[number] = functools.partial(HostFunction._enter, weakref.proxy(self))
        weakref.finalize(self, _forget, number)

    def _enter(self, context: ExecutionContext, registers: Registers) -> None:
        params, results = signature(self.signature)
        home = running_home(context)
        values = self._call(take(params, context, registers, home))
        # Garbage that is collected meanwhile may have seen some of the places before, and others after.
        with heap.lock if self._gives_objects else contextlib.nullcontext():
            put(results, values, context, registers, home)


def _forget(number: int) -> None:
    del host_calls[number]
    thunks.give_back(number)


def to_word(reference: Reference) -> int:
    """The word for a reference."""
    match reference:
        case None:
            return 0
        case ExternRef(number):
            if number >> 62:
                raise Unsupported("externref with a number of more than 62 bits")
            return number << 2 | _EXTERN
        case int():
            return reference << 2 | _I31
        case _:
            address: int = reference.address
            return address


def kept_word(reference: Reference, home: Home) -> int:
    """The word for a reference that is put where it lives as long as `home`."""
    home.meet(reference)
    return to_word(reference)


def from_word(word: int | None, home: Home) -> Reference:
    """The reference that a word stands for, found where `home` keeps alive what it refers to.

    For an object, the word must be on the stack of an invocation, or the heap's lock be held.
    """
    if not word:
        return None
    if word & _TAGS:
        return word >> 2 if word & _TAGS == _I31 else ExternRef(word >> 2)
    if is_object(word):
        return object_at(word, home)
    function = _functions.get(word)
    if function is None:
        record = FunctionRecord.from_address(word)
        function = Function(types.type(record.type), homes[record.home], word)
    return function


def put(
    places: Iterable[Place],
    values: Sequence[RuntimeValue],
    context: ExecutionContext,
    registers: Registers,
    home: Home,
) -> None:
    """Put values where they travel, to code of `home`."""
    for (where, number, type_), value in zip(places, values, strict=True):
        bits = kept_word(value, home) if isinstance(type_, RefType) else value
        if where == "integer":
            registers.integers[number] = bits
        else:
            vector = registers.vectors[number] if where == "vector" else context.values[number]
            store_bits(vector, bits)


def take(
    places: Iterable[Place], context: ExecutionContext, registers: Registers, home: Home
) -> list[RuntimeValue]:
    """Take values from where they travel, from code of `home`."""
    values = []
    for where, number, type_ in places:
        if where == "integer":
            values.append(from_bits(registers.integers[number], type_, home))
        else:
            vector = registers.vectors[number] if where == "vector" else context.values[number]
            values.append(load_bits(vector, type_, home))
    return values


def store_bits(vector: Vector, bits: int) -> None:
    """Put the bits of any value where there is room for it."""
    vector.low = bits & _WORD
    vector.high = bits >> 64


def load_bits(vector: Vector, type_: ValType, home: Home) -> RuntimeValue:
    """The value that was put there."""
    return from_bits(vector.high << 64 | vector.low if type_ == "v128" else vector.low, type_, home)


def from_bits(bits: int, type_: ValType, home: Home) -> RuntimeValue:
    """A value from its bits, of which there may be too many."""
    if isinstance(type_, RefType):
        return from_word(bits, home)
    return bits & 0xFFFFFFFF if type_ in ("i32", "f32") else bits
