"""A large module is compiled in groups of functions, in parallel; what they are does not matter."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from engines.compiler import Compiler, compilation
from engines.compiler.native import llvm, parallel
from engines.compiler.native.parallel import in_parallel
from engines.compiler.runtime import runtime
from harness.assembler import assemble
from harness.context import background, with_timeout
from harness.engine import Interrupted, Invalid, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from engines.compiler.native.llvm import Level

BINARY = assemble(
    """(module
      (type $of (func (param i64) (result i64)))
      (table funcref (elem $even $odd $count))
      (func $even (export "even") (param i64) (result i64)
        (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 1))
          (else (call $odd (i64.sub (local.get 0) (i64.const 1))))))
      (func $odd (param i64) (result i64)
        (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 0))
          (else (call_indirect (type $of) (i64.sub (local.get 0) (i64.const 1)) (i32.const 0)))))
      (func $count (export "count") (param i64) (result i64)
        (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 42))
          (else (return_call $down (i64.sub (local.get 0) (i64.const 1))))))
      (func $down (param i64) (result i64) (return_call $count (local.get 0)))
      (func (export "spin") (call $endless))
      (func $endless (loop (br 0))))""",
    first="in-process",
).binary


@pytest.fixture
def emitted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The text of everything that is compiled, in groups of one instruction, that is, of one function."""
    runtime()
    monkeypatch.setenv("STOPWAT_CACHE", "off")
    monkeypatch.setattr(compilation, "GROUP", 1)
    monkeypatch.setattr(parallel, "processors", lambda: 4)
    texts: list[str] = []
    emit = llvm.emit

    def recorded(text: str, level: Level, revise: Callable[[str], str]) -> bytes:
        texts.append(text)
        return emit(text, level, revise)

    monkeypatch.setattr(llvm, "emit", recorded)
    return texts


def test_groups_are_linked(emitted: list[str]) -> None:
    engine = Compiler(interruptible=True, level="cheap")
    instance = engine.instantiate(engine.compile(BINARY), {}, background())
    assert len(emitted) == 6
    assert sorted(text.count("\ndefine ") + text.startswith("define ") for text in emitted) == [1] * 6
    for name, given, result in (("even", 10, 1), ("even", 11, 0), ("count", 100_000, 42)):
        assert instance.invoke(name, [Value("i64", given)], background()) == [Value("i64", result)]
    with pytest.raises(Interrupted):
        instance.invoke("spin", (), with_timeout(background(), 0.01))


def test_what_is_optimised_stays_together(emitted: list[str]) -> None:
    Compiler(level="optimised").compile(BINARY)
    assert len(emitted) == 1


def test_what_is_invalid_is_not_compiled(emitted: list[str]) -> None:
    with pytest.raises(Invalid):
        Compiler(level="cheap").compile(BINARY.replace(b"\x42\x2a", b"\x41\x2a"))
    assert emitted == []


@pytest.mark.parametrize("threads", [1, 4])
def test_work_is_shared_and_keeps_its_order(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    monkeypatch.setattr(parallel, "processors", lambda: threads)
    together = threading.Barrier(threads)

    def work(item: int) -> int:
        together.wait(60)  # as many at once as there are threads
        return item * item

    before = threading.stack_size()
    assert in_parallel(work, range(8)) == [item * item for item in range(8)]
    assert threading.stack_size() == before


def test_the_first_failure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "processors", lambda: 4)

    def work(item: int) -> int:
        if item % 2:
            raise ValueError(item)
        return item

    with pytest.raises(ValueError, match=r"^1$"):
        in_parallel(work, range(8))
