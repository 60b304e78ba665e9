"""WAT to bytes: which tool, what it says when it cannot, and what survives a broken tool or disk."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from harness import assembler, cache
from harness.assembler import Assembled, AssemblyError, assemble

EMPTY = b"\0asm\1\0\0\0"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STOPWAT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("STOPWAT_CACHE", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def bin_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only directory on PATH that may hold a wat2wasm; the system's shell stays."""
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))
    return directory


def fake_wabt(directory: Path, does: str) -> None:
    """A wat2wasm that knows its version and else does `does` (shell)."""
    program = directory / "wat2wasm"
    program.write_text(f'#!/bin/sh\nif [ "$1" = --version ]; then echo 9.9.9; exit 0; fi\n{does}\n')
    program.chmod(program.stat().st_mode | stat.S_IEXEC)


def test_in_process() -> None:
    made = assemble("(module)", first="in-process")
    assert made.binary == EMPTY
    assert made.tool.startswith("wasmtime ")


def test_wabt_is_asked_first_and_remembered(bin_directory: Path) -> None:
    fake_wabt(bin_directory, "printf '\\0asm\\1\\0\\0\\0'")
    assert assemble("(module)") == Assembled(EMPTY, "wat2wasm 9.9.9")
    fake_wabt(bin_directory, "exit 3")
    assert assemble("(module)") == Assembled(EMPTY, "wat2wasm 9.9.9")
    assert assemble("(module )").tool.startswith("wasmtime ")


def test_without_wabt(bin_directory: Path) -> None:
    assert assemble("(module)").tool.startswith("wasmtime ")


@pytest.mark.parametrize("does", ["exit 1", "printf '<stdin>: no'", "kill -9 $$"])
def test_the_other_steps_in_for_a_broken_wabt(bin_directory: Path, does: str) -> None:
    fake_wabt(bin_directory, does)
    assert assemble("(module)").tool.startswith("wasmtime ")


def test_a_hanging_wabt_is_stopped_and_not_remembered(
    bin_directory: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_wabt(bin_directory, "while :; do :; done")
    monkeypatch.setattr(assembler, "_WABT_SECONDS", 0.2)
    assert assemble("(module)").tool.startswith("wasmtime ")
    assert not [path for path in own_cache.rglob("*") if path.is_file()]


def test_no_assembler_at_all(bin_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembler, "_wasmtime", lambda: None)
    with pytest.raises(
        AssemblyError, match=r"^a\.wat:1: there is no assembler here: install WABT .*wasmtime"
    ):
        assemble("(module)", file="a.wat")


def test_wabt_steps_in_for_the_one_in_process(bin_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_wabt(bin_directory, "printf '\\0asm\\1\\0\\0\\0'")
    monkeypatch.setattr(assembler, "_wasmtime", lambda: None)
    assert assemble("(module)", first="in-process").tool == "wat2wasm 9.9.9"


@pytest.mark.parametrize("first", ["wabt", "in-process"])
def test_an_error_names_file_and_line(first: assembler.Order) -> None:
    with pytest.raises(AssemblyError, match=r"^a\.wast:12: unknown operator .*i32\.foo$") as caught:
        assemble("(module\n\n  (func i32.foo))", file="a.wast", line=10, first=first)
    assert (caught.value.file, caught.value.line) == ("a.wast", 12)


def test_an_error_of_wabt_alone(bin_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_wabt(bin_directory, "echo '-:3:5: error: bad thing' >&2; exit 1")
    monkeypatch.setattr(assembler, "_wasmtime", lambda: None)
    for _ in range(2):  # the second time from the cache
        with pytest.raises(AssemblyError, match=r"^b\.wat:4: bad thing$"):
            assemble("(module", file="b.wat", line=2)


def test_text_that_is_not_utf8() -> None:
    with pytest.raises(AssemblyError, match=r"^<wat>:2: malformed UTF-8 encoding"):
        assemble(b'(module\n (func (export "\xff")))')


def test_characters_that_may_be_confused_with_others() -> None:
    made = assemble('(module (; \u202e ;) (func $"\u202d" (export "\u202eé😀")))', first="in-process")
    assert made.tool.startswith("wasmtime ")
    assert "\u202eé😀".encode() in made.binary


def test_invalid_modules_are_assembled() -> None:
    assert assemble("(module (func (result i32) (i64.const 1)))").binary.startswith(EMPTY)


def test_cache_keeps_and_tells_apart() -> None:
    name = cache.key("a", b"b")
    assert cache.load("area", name) is None
    cache.store("area", name, b"content")
    assert cache.load("area", name) == b"content"
    assert cache.load("other", name) is None
    assert len({cache.key("ab"), cache.key("a", "b"), cache.key("b", "a"), cache.key("", "ab")}) == 4


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 32 + b"content"])
def test_a_damaged_entry_is_no_entry(own_cache: Path, damage: bytes) -> None:
    name = cache.key("a")
    cache.store("area", name, b"content")
    (entry,) = (path for path in own_cache.rglob("*") if path.is_file())
    entry.write_bytes(damage)
    assert cache.load("area", name) is None
    cache.store("area", name, b"content")
    assert cache.load("area", name) == b"content"


def test_cache_off(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = cache.key("a")
    cache.store("area", name, b"content")
    monkeypatch.setenv("STOPWAT_CACHE", "off")
    assert cache.load("area", name) is None
    cache.store("area", cache.key("b"), b"content")
    monkeypatch.delenv("STOPWAT_CACHE")
    assert cache.load("area", name) == b"content"
    assert cache.load("area", cache.key("b")) is None


def test_a_disk_that_refuses(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_cache.write_text("a file where the directory should be")
    cache.store("area", cache.key("a"), b"content")
    assert cache.load("area", cache.key("a")) is None


def test_a_full_disk_leaves_nothing_behind(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "replace", full)
    cache.store("area", cache.key("a"), b"content")
    assert not [path for path in own_cache.rglob("*") if path.is_file()]
