"""Small modules that would become endless code are refused before they take the memory."""

from __future__ import annotations

import pytest
import wasmtime

from engines.compiler import Compiler
from engines.compiler.translate import module
from harness.engine import Unsupported

VECTORS = " ".join(["v128"] * 1000)


def calls(many: int) -> bytes:
    """A function that hands a thousand vectors on, so many times: four bytes of Wasm each."""
    text = f"""
        (module
          (func $produce (result {VECTORS}) unreachable)
          (func $consume (param {VECTORS}))
          (func (export "f") {"(call $produce) (call $consume)" * many}))"""
    return bytes(wasmtime.wat2wasm(text))


def test_a_function_that_becomes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINES", 20_000)
    engine = Compiler()
    engine.compile(calls(2))
    with pytest.raises(Unsupported, match="a function of more than 20000 lines of LLVM IR"):
        engine.compile(calls(20))
