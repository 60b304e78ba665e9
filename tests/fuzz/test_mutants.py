"""Whatever comes in, out comes what the interface has a name for: nothing else, and no end of the process.

The profile ``nightly`` tries 200 000 mutants of the suite on reader and validator, and 20 000 on each engine.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from engines.compiler import Compiler
from engines.interp import Interp
from engines.wasm.validation import validate
from harness.assembler import assemble
from harness.engine import Invalid, Malformed, Unsupported
from harness.generate.modules import endless, terminating, trapping
from harness.generate.mutants import join, mutants, split, variants
from harness.standard.binary import read
from harness.standard.binary.writer import write
from harness.standard.features import ALL, version
from harness.standard.syntax import Module
from harness.wast import commands, suite

if TYPE_CHECKING:
    from tests.fuzz.conftest import Subjects

EXAMPLES = settings().max_examples
NIGHTLY = EXAMPLES >= 5_000
READ, RUN = (40, 4) if NIGHTLY else (1, 1)
"""How many times that many mutants of the suite are read and validated, and run."""

pytestmark = pytest.mark.timeout(4 * 3600 if NIGHTLY else 600)


def generated(features: frozenset[str]) -> st.SearchStrategy[Module]:
    return st.one_of(terminating(features), endless(features), trapping(features).map(lambda made: made[0]))


ANY = generated(version("proposal"))
RUNNABLE = generated(Interp.capabilities.features & Compiler.capabilities.features)


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
def test_mutants_of_generated_modules(subjects: Subjects, binary: bytes) -> None:
    subjects.compile(binary, valid=check(binary) is not None)


@given(variant=variants(RUNNABLE))
def test_variants_of_generated_modules(subjects: Subjects, variant: Module) -> None:
    binary = write(variant)
    subjects.run(binary, check(binary))


@functools.cache
def suite_modules() -> list[tuple[str, commands.Source]]:
    """The modules of the smaller scripts of the suite."""
    return [
        (script.name, command.source)
        for script in suite.scripts(suite.find())
        if script.path.stat().st_size < 20_000
        for command in commands.read(script.path.read_text())
        if isinstance(command, commands.Module | commands.ModuleDefinition)
    ]


@functools.cache
def assembled(name: str, source: commands.Source) -> bytes:
    if source.form == "binary":
        return source.content
    return assemble(source.content, file=name, line=source.line, first="in-process").binary


def mutant(data: st.DataObject) -> bytes:
    try:
        name, source = data.draw(st.sampled_from(suite_modules()))
    except suite.NotFound as missing:
        pytest.skip(str(missing))
    note(f"{name}:{source.line}")
    return data.draw(mutants(st.just(assembled(name, source))))


@pytest.mark.parametrize("part", range(READ))
@given(data=st.data())
def test_mutants_of_the_suite(part: int, data: st.DataObject) -> None:
    check(mutant(data))


@pytest.mark.parametrize("part", range(RUN))
@given(data=st.data())
def test_mutants_of_the_suite_run(subjects: Subjects, part: int, data: st.DataObject) -> None:
    binary = mutant(data)
    subjects.run(binary, check(binary))


@given(ANY.map(write))
def test_taken_apart_and_put_together(binary: bytes) -> None:
    sections = split(binary)
    assert sections is not None
    assert binary[:8] + join(sections) == binary
    assert isinstance(read(binary, ALL), Module)
