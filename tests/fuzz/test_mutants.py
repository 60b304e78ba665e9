"""Whatever comes in, out comes what the interface has a name for: nothing else, and no end of the process."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.compiler import Compiler
from engines.interp import Interp
from engines.wasm.validation import validate
from harness.assembler import assemble
from harness.context import background, with_timeout
from harness.engine import EngineError, Invalid, Malformed, Unsupported
from harness.generate.modules import endless, terminating, trapping
from harness.generate.mutants import join, mutants, split, variants
from harness.standard.binary import read
from harness.standard.binary.writer import write
from harness.standard.features import ALL, version
from harness.standard.syntax import Module
from harness.wast import commands, suite

if TYPE_CHECKING:
    from harness.engine import Engine


def generated(features: frozenset[str]) -> st.SearchStrategy[Module]:
    return st.one_of(terminating(features), endless(features), trapping(features).map(lambda made: made[0]))


ANY = generated(version("proposal"))
RUNNABLE = generated(Interp.capabilities.features & Compiler.capabilities.features)


@pytest.fixture(scope="module")
def engines() -> list[Engine]:
    return [Interp(interruptible=True), Compiler(interruptible=True)]


def check(binary: bytes) -> Module | None:
    """Read, write again what was read, and validate; the module if it is valid."""
    try:
        module = read(binary, ALL)
    except (Malformed, Unsupported):
        return None
    assert read(write(module), ALL) == module
    try:
        validate(module, ALL)
    except (Invalid, Unsupported):
        return None
    return module


@given(st.binary(max_size=64))
def test_bytes(binary: bytes) -> None:
    check(binary)
    check(b"\0asm\1\0\0\0" + binary)


@given(binary=mutants(ANY.map(write)))
def test_mutants_of_generated_modules(engines: list[Engine], binary: bytes) -> None:
    module = check(binary)
    for engine in engines:
        if module is not None and module.features <= engine.capabilities.features:
            engine.compile(binary)


@given(variant=variants(RUNNABLE))
def test_variants_of_generated_modules(engines: list[Engine], variant: Module) -> None:
    binary = write(variant)
    if check(binary) is None:
        return
    for engine in engines:
        with with_timeout(background(), seconds=0.05) as context, contextlib.suppress(EngineError):
            engine.instantiate(engine.compile(binary), {}, context).invoke("run", [], context)


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
def test_mutants_of_the_suite(
    engines: list[Engine], suite_modules: list[tuple[str, commands.Source]], data: st.DataObject
) -> None:
    binary = data.draw(mutants(st.sampled_from(suite_modules).map(lambda module: assembled(*module))))
    module = check(binary)
    for engine in engines:
        if module is not None and module.features <= engine.capabilities.features:
            engine.compile(binary)


@given(ANY.map(write))
def test_taken_apart_and_put_together(binary: bytes) -> None:
    sections = split(binary)
    assert sections is not None
    assert binary[:8] + join(sections) == binary
    assert isinstance(read(binary, ALL), Module)
