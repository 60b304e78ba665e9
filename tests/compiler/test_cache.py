"""The cache of images: hits, misses, and what must never be mixed up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engines.compiler import Compiler, compilation, images
from engines.compiler import runtime as runtimes
from engines.compiler.native import llvm
from engines.compiler.runtime import runtime
from harness import cache
from harness.assembler import assemble
from harness.context import background, with_timeout
from harness.engine import Instance, Interrupted, Invalid
from harness.standard.features import version

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engines.compiler.native.llvm import Level

WAT = """(module (func (export "answer") (result i32) (i32.const 42))
  (func (export "spin") (loop (br 0))))"""
LEVELS: tuple[Level, ...] = ("cheap", "optimised")
BINARY = assemble(WAT, first="in-process").binary


@pytest.fixture(autouse=True)
def cache_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("STOPWAT_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("STOPWAT_CACHE", raising=False)
    return tmp_path


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The level of everything that is compiled, not loaded."""
    runtime()
    levels: list[str] = []
    emit = llvm.emit

    def recorded(text: str, level: Level, revise: Callable[[str], str]) -> bytes:
        levels.append(level)
        return emit(text, level, revise)

    monkeypatch.setattr(llvm, "emit", recorded)
    return levels


def _instance(
    interruptible: bool = False, level: Level | None = None, features: frozenset[str] | None = None
) -> Instance:
    engine = Compiler(interruptible=interruptible, level=level, features=features)
    return engine.instantiate(engine.compile(BINARY), {}, background())


def _answer(instance: Instance) -> int | None:
    (value,) = instance.invoke("answer", (), background())
    return value.bits


def _entries(directory: Path) -> list[Path]:
    return [path for path in (directory / compilation.AREA).rglob("*") if path.is_file()]


def test_a_module_is_compiled_once(compiled: list[str]) -> None:
    assert [_answer(_instance()) for _ in range(3)] == [42, 42, 42]
    assert len(compiled) == 1


def test_on_and_off_tiers_and_features_are_apart(compiled: list[str]) -> None:
    for _ in range(2):
        for interruptible in (False, True):
            for level in LEVELS:
                _instance(interruptible, level)
    assert len(compiled) == 4
    _instance(features=version("2.0"))
    assert len(compiled) == 5


def test_what_comes_from_the_cache_can_be_stopped() -> None:
    _instance(interruptible=False)
    _instance(interruptible=True)

    with pytest.raises(Interrupted):
        _instance(interruptible=True).invoke("spin", (), with_timeout(background(), 0.01))


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 5000])
def test_a_damaged_entry_is_missing(cache_of_its_own: Path, compiled: list[str], damage: bytes) -> None:
    _instance()
    (entry,) = _entries(cache_of_its_own)
    whole = entry.read_bytes()
    entry.write_bytes(damage)

    assert _answer(_instance()) == 42
    assert len(compiled) == 2
    assert entry.read_bytes() == whole


def test_one_flipped_bit_is_found(cache_of_its_own: Path, compiled: list[str]) -> None:
    _instance()
    (entry,) = _entries(cache_of_its_own)
    content = bytearray(entry.read_bytes())
    content[len(content) // 2] ^= 1
    entry.write_bytes(content)

    assert _answer(_instance()) == 42
    assert len(compiled) == 2


def test_an_entry_of_something_else_is_missing(
    cache_of_its_own: Path, compiled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "load", lambda area, name: b"\x93whole, but no image")

    assert _answer(_instance()) == 42
    assert len(compiled) == 1
    runtimes._load.__wrapped__()
    assert len(compiled) > 2, "the runtime was not compiled again"


def test_switched_off(cache_of_its_own: Path, compiled: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOPWAT_CACHE", "off")

    _instance()
    _instance()

    assert len(compiled) == 2
    assert _entries(cache_of_its_own) == []


def test_another_processor_or_compiler_is_another_key(
    compiled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _instance()
    monkeypatch.setattr(images, "fingerprint", lambda: "another")
    _instance()

    assert len(compiled) == 2


def test_what_is_invalid_stays_invalid() -> None:
    engine = Compiler()
    binary = BINARY.replace(b"\x41\x2a", b"\x42\x2a")

    for _ in range(2):
        with pytest.raises(Invalid):
            engine.compile(binary)


def test_old_entries_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LIMIT", 256 * 1000)
    names = [f"00{number:062x}" for number in range(30)]
    for name in names:
        cache.store("area", name, bytes(100))

    kept = [name for name in names if cache.load("area", name) is not None]
    assert kept[-1] == names[-1]
    assert 3 <= len(kept) <= 7
    cache.store("area", "00" + "f" * 62, bytes(5000))
    assert cache.load("area", "00" + "f" * 62) == bytes(5000)
    assert [name for name in names if cache.load("area", name) is not None] == []
