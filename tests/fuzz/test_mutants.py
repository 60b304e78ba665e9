"""Whatever bytes come in, out comes a module, or Malformed, Invalid or Unsupported: nothing else."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.interp import Interp
from engines.wasm.validation import validate
from harness.assembler import assemble
from harness.engine import Invalid, Malformed, Unsupported
from harness.generate.modules import endless, terminating, trapping
from harness.generate.mutants import join, mutants, split
from harness.standard.binary import read
from harness.standard.binary.writer import write
from harness.standard.features import ALL, version
from harness.standard.syntax import Module
from harness.wast import commands, suite

GENERATED = st.one_of(
    terminating(version("proposal")),
    endless(version("3.0")),
    trapping(version("3.0")).map(lambda made: made[0]),
).map(write)


def check(binary: bytes) -> None:
    """Read, validate, and write again what was read."""
    try:
        module = read(binary, ALL)
    except (Malformed, Unsupported):
        return
    assert read(write(module), ALL) == module
    try:
        validate(module, ALL)
    except (Invalid, Unsupported):
        return
    engine = Interp()
    if module.features <= engine.capabilities.features:
        engine.compile(binary)


@given(st.binary(max_size=64))
def test_bytes(binary: bytes) -> None:
    check(binary)
    check(b"\0asm\1\0\0\0" + binary)


@given(mutants(GENERATED))
def test_mutants_of_generated_modules(binary: bytes) -> None:
    check(binary)


@pytest.fixture(scope="module")
def suite_modules() -> list[tuple[str, commands.Source]]:
    """The modules of the smaller scripts of the suite."""
    try:
        scripts = suite.scripts(suite.find())
    except suite.NotFound as missing:
        pytest.skip(str(missing))
    return [
        (script.name, command.source)
        for script in scripts
        if script.path.stat().st_size < 20_000
        for command in commands.read(script.path.read_text())
        if isinstance(command, commands.Module | commands.ModuleDefinition)
    ]


@functools.cache
def assembled(name: str, source: commands.Source) -> bytes:
    if source.form == "binary":
        return source.content
    return assemble(source.content, file=name, line=source.line, first="in-process").binary


@given(data=st.data())
def test_mutants_of_the_suite(suite_modules: list[tuple[str, commands.Source]], data: st.DataObject) -> None:
    check(data.draw(mutants(st.sampled_from(suite_modules).map(lambda module: assembled(*module)))))


@given(GENERATED)
def test_taken_apart_and_put_together(binary: bytes) -> None:
    sections = split(binary)
    assert sections is not None
    assert binary[:8] + join(sections) == binary
    assert isinstance(read(binary, ALL), Module)
