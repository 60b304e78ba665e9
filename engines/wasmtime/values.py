"""Values of the engine interface <-> ``wasmtime_val_t``, as bits.

The classes of the package hold Python floats, which change signalling NaNs, and know neither vectors nor the
references of GC and exceptions; its C interface does.
"""

from __future__ import annotations

from ctypes import CFUNCTYPE, byref, c_uint32, c_void_p, cast
from typing import TYPE_CHECKING, Any

from wasmtime import _ffi as ffi

from harness.engine import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmtime import Store

I32, I64, F32, F64, V128, FUNCREF, EXTERNREF, ANYREF, EXNREF = range(9)

_BYTES = {"i32": 4, "i64": 8, "f32": 4, "f64": 8, "v128": 16}
KINDS = {
    "i32": I32,
    "i64": I64,
    "f32": F32,
    "f64": F64,
    "v128": V128,
    **dict.fromkeys(("func", "nofunc"), FUNCREF),
    **dict.fromkeys(("extern", "noextern"), EXTERNREF),
    **dict.fromkeys(("any", "eq", "i31", "struct", "array", "none"), ANYREF),
    **dict.fromkeys(("exn", "noexn"), EXNREF),
}
"""Type of a value, or abstract heap type -> kind of a ``wasmtime_val_t``."""
_NUMBERS = {KINDS[name]: name for name in _BYTES}
_REFERENCES = {FUNCREF: "func", EXTERNREF: "extern", ANYREF: "any", EXNREF: "exn"}
NO_FINALIZER = cast(0, CFUNCTYPE(None, c_void_p))


class Values:
    """The values of one store. A reference that reaches the host lives as long as the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: list[Any] = []
        """References the host has seen, by handle."""

    def write(self, value: Value, raw: Any, kind: int | None = None) -> None:
        """Put a value into a ``wasmtime_val_t``; `kind` is what it must be there, if that is known."""
        own = KINDS[value.type]
        raw.kind = own if kind is None else kind
        if raw.kind != own and (own, raw.kind) != (EXTERNREF, ANYREF):
            raise TypeError(f"{value.type} is of the wrong type")
        if value.type in _BYTES:
            assert value.bits is not None
            size = _BYTES[value.type]
            raw.of.v128[:size] = tuple(value.bits.to_bytes(size, "little"))
        elif value.bits is None:
            _reference(raw).store_id = 0
        elif value.type == "extern":
            self._write_extern(value.bits, raw)
        elif value.type == "i31":
            ffi.wasmtime_anyref_from_i31(self._context, value.bits, byref(raw.of.anyref))
        else:
            ffi.wasmtime_val_clone(byref(self._kept[value.bits]), byref(raw))

    def read(self, raw: Any) -> Value:
        """The value in a ``wasmtime_val_t``."""
        if raw.kind in _NUMBERS:
            name = _NUMBERS[raw.kind]
            return Value(name, int.from_bytes(bytes(raw.of.v128)[: _BYTES[name]], "little"))
        if _reference(raw).store_id == 0:
            return Value(_REFERENCES[raw.kind], None)
        if raw.kind == EXTERNREF:
            return self._read_extern(raw.of.externref, raw)
        if raw.kind == ANYREF:
            return self._read_any(raw.of.anyref, raw)
        return Value(_REFERENCES[raw.kind], self._keep(raw))

    def array(self, values: Sequence[Value], kinds: Sequence[int | None]) -> Any:
        """An array of ``wasmtime_val_t``; to be given to `release`."""
        if len(values) != len(kinds):
            raise TypeError(f"{len(values)} arguments instead of {len(kinds)}")
        made = (ffi.wasmtime_val_t * len(values))()
        for value, raw, kind in zip(values, made, kinds, strict=True):
            self.write(value, raw, kind)
        return made

    def release(self, raws: Any) -> None:
        """Let go of what an array of ``wasmtime_val_t`` keeps alive."""
        for raw in raws:
            ffi.wasmtime_val_unroot(byref(raw))

    @property
    def _context(self) -> Any:
        return self._store._context()

    def _write_extern(self, identity: int, raw: Any) -> None:
        """An object of the host; its address is its identity, and one more, as null is none."""
        reference = raw.of.externref
        if not ffi.wasmtime_externref_new(self._context, identity + 1, NO_FINALIZER, byref(reference)):
            raise MemoryError("no room for an externref")
        if raw.kind == ANYREF:
            number = ffi.wasmtime_externref_to_raw(self._context, byref(reference))
            ffi.wasmtime_anyref_from_raw(self._context, number, byref(raw.of.anyref))

    def _read_extern(self, reference: Any, raw: Any) -> Value:
        address: Any = ffi.wasmtime_externref_data(self._context, byref(reference))
        if address:
            return Value("extern", int(address) - 1)
        inside = ffi.wasmtime_anyref_t()
        number = ffi.wasmtime_externref_to_raw(self._context, byref(reference))
        ffi.wasmtime_anyref_from_raw(self._context, number, byref(inside))
        value = self._read_any(inside, raw)
        ffi.wasmtime_anyref_unroot(byref(inside))
        return value

    def _read_any(self, reference: Any, raw: Any) -> Value:
        context, at = self._context, byref(reference)
        small = c_uint32()
        if ffi.wasmtime_anyref_i31_get_u(context, at, byref(small)):
            return Value("i31", small.value)
        if ffi.wasmtime_anyref_is_struct(context, at):
            return Value("struct", self._keep(raw))
        if ffi.wasmtime_anyref_is_array(context, at):
            return Value("array", self._keep(raw))
        outside = ffi.wasmtime_externref_t()
        ffi.wasmtime_externref_from_raw(context, ffi.wasmtime_anyref_to_raw(context, at), byref(outside))
        address: Any = ffi.wasmtime_externref_data(context, byref(outside))
        ffi.wasmtime_externref_unroot(byref(outside))
        return Value("extern", int(address) - 1)

    def _keep(self, raw: Any) -> int:
        kept = ffi.wasmtime_val_t()
        ffi.wasmtime_val_clone(byref(raw), byref(kept))
        self._kept.append(kept)
        return len(self._kept) - 1


def _reference(raw: Any) -> Any:
    return getattr(raw.of, f"{_REFERENCES[raw.kind]}ref")
