"""Native builds of kernels, where there is a C compiler."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.measure import native, speed
from harness.measure.sides import Unmeasurable, works
from harness.outcome import Number, Returned
from harness.registry import Choice
from harness.scenarios import discover

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.scenarios import Scenario

KERNELS = discover().kernels()
COSTLY = Choice(f"{Path(__file__).parents[1]}/engines/costly.py:Costly")

needs_a_compiler = pytest.mark.skipif(
    not any(map(shutil.which, native.COMPILERS)), reason="there is no C compiler on PATH"
)


@pytest.fixture
def c(kernel: Callable[[str], Scenario], tmp_path: Path) -> Callable[[str], Scenario]:
    """The kernel that returns its argument, with C beside it."""

    def c(text: str) -> Scenario:
        scenario = kernel("run: echo")
        program = scenario.program._replace(results=("i32",))
        scenario.__dict__["program"] = program
        (tmp_path / "kernel.c").write_text(f"#include <stdint.h>\n#include <stdlib.h>\n{text}\n")
        return scenario

    return c


@needs_a_compiler
@pytest.mark.parametrize("kernel", KERNELS, ids=[kernel.id for kernel in KERNELS])
def test_the_c_of_every_kernel_computes_the_same(kernel: Scenario) -> None:
    with native.built(kernel, native.toolchain()) as program:
        for work in works(kernel):
            assert native.Native(program, kernel).seconds(work, 1) > 0


@needs_a_compiler
def test_speed(c: Callable[[str], Scenario]) -> None:
    spin = "for (volatile int i = 0; i < 100000; i++);"
    result = speed.measure(c(f"uint32_t run(uint32_t n) {{ {spin} return n; }}"), COSTLY, pairs=3)
    assert result.kernel == "kernel"
    assert result.interruptible is False
    assert len(result.native) == len(result.engine) == len(result.control) == 3 * result.processes
    assert min(result.engine) >= 4_000_000
    assert result.low <= result.ratio <= result.high
    assert "-O2" in result.toolchain


@needs_a_compiler
def test_native_code_that_is_wrong_is_not_measured(c: Callable[[str], Scenario]) -> None:
    with pytest.raises(Unmeasurable, match="the native kernel: expected returns 3, got") as caught:
        speed.measure(c("uint32_t run(uint32_t n) { return n + 1; }"), COSTLY, pairs=1)
    assert caught.value.outcome == Returned((Number("i32", "4"),))


@needs_a_compiler
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("uint32_t run(uint32_t n) { return m; }", "cannot be built: .*kernel.c:3:.* error: "),
        ("uint32_t run(uint32_t n) { abort(); }", "the native kernel failed: .*SIGABRT"),
    ],
)
def test_native_code_that_breaks_is_named(c: Callable[[str], Scenario], text: str, why: str) -> None:
    with pytest.raises(native.NotNative, match=why):
        speed.measure(c(text), COSTLY, pairs=1)


@needs_a_compiler
def test_a_kernel_without_c_is_named(kernel: Callable[[str], Scenario]) -> None:
    with pytest.raises(native.NotNative, match=r"there is no kernel\.c beside kernel\.wat"):
        speed.measure(kernel("run: echo"), COSTLY, pairs=1)


def test_without_a_compiler(
    c: Callable[[str], Scenario], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(native.NotNative, match="no C compiler on PATH"):
        speed.measure(c("uint32_t run(uint32_t n) { return n; }"), COSTLY, pairs=1)


def test_a_compiler_that_does_not_work_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in native.COMPILERS:
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(native.NotNative, match="no C compiler on PATH"):
        native.toolchain()
