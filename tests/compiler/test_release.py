"""Nothing stays behind: code, memories and tables go with the last that may use them, and not before."""

from __future__ import annotations

import functools
import gc
import sys
import threading
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from engines.compiler import Compiler, runtime
from engines.compiler.functions import Function
from engines.compiler.native import pages
from engines.compiler.native.link import Image
from engines.compiler.native.load import Code
from harness.assembler import assemble
from harness.context import background

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.engine import Instance

    Run: TypeAlias = Callable[..., list[int | None]]


@pytest.fixture
def regions(monkeypatch: pytest.MonkeyPatch) -> weakref.WeakSet[pages.Region]:
    """The regions that are mapped since the test began, but for what all invocations share."""
    runtime.runtime()
    mapped: weakref.WeakSet[pages.Region] = weakref.WeakSet()
    make = pages.Region.__init__

    def register(region: pages.Region, size: int, protection: int) -> None:
        make(region, size, protection)
        mapped.add(region)

    monkeypatch.setattr(pages.Region, "__init__", register)
    return mapped


def test_a_hundred_modules_leave_nothing(regions: weakref.WeakSet[pages.Region]) -> None:
    engine = Compiler(level="cheap")
    binary = assemble(
        """(module (memory 1) (table 4 funcref) (global (mut i32) (i32.const 1)) (elem (i32.const 0) $f)
        (data (i32.const 0) "x") (func $f (export "run") (result i32) (i32.const 5)))""",
        first="in-process",
    ).binary

    for _ in range(100):
        instance = engine.instantiate(engine.compile(binary), {}, background())
        assert instance.invoke("run", (), background())[0].bits == 5
        del instance

    gc.collect()
    assert all(region.size > 8 << 20 for region in regions), "only stacks are kept"


def test_a_module_outlives_its_instances(
    instantiate: Callable[..., Instance], engine: Compiler, run: Run
) -> None:
    module = engine.compile(
        assemble('(module (func (export "run") (result i32) (i32.const 5)))', first="in-process").binary
    )

    for _ in range(3):
        instance = engine.instantiate(module, {}, background())
        assert run(instance, "run") == [5]
        del instance


def test_what_a_table_refers_to_stays(
    instantiate: Callable[..., Instance], run: Run, regions: weakref.WeakSet[pages.Region]
) -> None:
    table = instantiate(
        """(module (table (export "t") 3 funcref)
        (func (export "run") (param i32) (result i32) (call_indirect (result i32) (local.get 0))))"""
    )
    writer = instantiate(
        """(module (import "m" "t" (table 3 funcref)) (elem declare func $late)
        (elem (i32.const 0) $early) (func $early (result i32) (i32.const 1))
        (func $late (result i32) (i32.const 2))
        (func (export "write") (table.set (i32.const 1) (ref.func $late))))""",
        {"m": table},
    )
    run(writer, "write")
    count = len(regions)
    del writer
    gc.collect()

    assert run(table, "run", 0) == [1]
    assert run(table, "run", 1) == [2]
    del table
    gc.collect()
    assert len(regions) < count


def test_what_failed_to_start_stays_where_it_is_referred_to(
    instantiate: Callable[..., Instance], run: Run
) -> None:
    table = instantiate(
        """(module (table (export "t") 1 funcref)
        (func (export "run") (result i32) (call_indirect (result i32) (i32.const 0))))"""
    )
    with pytest.raises(Exception, match="unreachable"):
        instantiate(
            """(module (import "m" "t" (table 1 funcref)) (elem (i32.const 0) $f)
            (func $f (result i32) (i32.const 9)) (func $start unreachable) (start $start))""",
            {"m": table},
        )
    gc.collect()

    assert run(table, "run") == [9]


def test_an_exported_function_keeps_its_instance(instantiate: Callable[..., Instance], run: Run) -> None:
    exporter = instantiate(
        """(module (memory 1) (data (i32.const 8) "\\2a")
        (func (export "f") (result i32) (i32.load (i32.const 8))))"""
    )
    importer = instantiate(
        """(module (import "m" "f" (func $f (result i32)))
        (func (export "run") (result i32) (call $f)))""",
        {"m": exporter},
    )
    function = exporter.instance.exports["f"]  # type: ignore[attr-defined]
    assert isinstance(function, Function)
    del exporter, function
    gc.collect()

    assert run(importer, "run") == [42]


def test_the_runtime_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many threads ask for it at once: those that had got another would run into unmapped pages."""

    def load() -> object:
        time.sleep(0.01)
        return object()

    monkeypatch.setattr(runtime, "_load", functools.cache(load))
    threads = 8
    start = threading.Barrier(threads)
    loaded: list[object] = []

    def ask() -> None:
        start.wait()
        loaded.append(runtime.runtime())

    asking = [threading.Thread(target=ask) for _ in range(threads)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()

    assert len(loaded) == threads
    assert len(set(loaded)) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_code_is_never_writable() -> None:
    code = Code(Image(b"\xcc" * 10, {}, (), ()), 10)
    rights = {}
    for line in Path("/proc/self/maps").read_text().splitlines():
        start, end = (int(address, 16) for address in line.split()[0].split("-"))
        rights[range(start, end)] = line.split()[1]

    assert [right for place, right in rights.items() if code.address in place] == ["r-xp"]
    assert [right for place, right in rights.items() if code.data in place] == ["rw-p"]
