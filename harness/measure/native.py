"""Kernels as native programs: the C beside a kernel's ``.wat``, built by the C compiler of the machine.

The C computes the same, bit for bit, which every measurement checks. It is optimised as distributions build
their packages (`OPTIONS`): for any processor of the architecture, where an engine may use all that this one
has.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from harness.measure.sides import PATIENCE, Unmeasurable
from harness.outcome import Number, Returned
from harness.scenarios.options import S

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.scenarios.catalogue import Scenario
    from harness.scenarios.program import Call

COMPILERS = ("cc", "gcc", "clang")
OPTIONS = ("-std=gnu11", "-O2", "-fwrapv", "-ffp-contract=off")
_TYPES = {"i32": "uint32_t", "i64": "uint64_t", "f32": "float", "f64": "double"}
_BUILDING = 60.0
"""Seconds that building a kernel may take."""
_MAIN = """
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

{result} run({params});

/* How often to call, and the arguments: bits, in decimal. Answers the bits of the result, and nanoseconds of
   processor time. What comes first only touches memory. */
int main(int count, char **words) {{
    uint64_t bits[8] = {{0}}, answer = 0;
    struct timespec before, after;
    for (int i = 2; i < count && i < 10; i++)
        bits[i - 2] = strtoull(words[i], 0, 10);
    {arguments}
    {result} result = run({names});
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    for (long left = atol(words[1]); left > 0; left--)
        result = run({names});
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    memcpy(&answer, &result, sizeof result);
    printf("%" PRIu64 " %lld\\n", answer,
           (after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec - before.tv_nsec);
    return 0;
}}
"""


class NotNative(Exception):
    """There is no native build of a kernel here; one line that says why."""


class Toolchain(NamedTuple):
    """A C compiler."""

    path: str
    name: str
    """With version and options."""


class Native:
    """A kernel as a native program; the work is a call."""

    def __init__(self, program: Path, kernel: Scenario) -> None:
        self._program = program
        self._kernel = kernel

    def seconds(self, work: Call, times: int) -> float:
        """Processor time of so many calls, in a process of their own; raises `Unmeasurable`."""
        words = [str(self._program), str(times), *(str(number.bits) for number in work.args)]
        try:
            answer = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=True)
        except (OSError, subprocess.SubprocessError) as error:
            raise NotNative(f"the native {self._kernel.id} failed: {error}") from None
        bits, nanoseconds = answer.stdout.split()
        (result,) = self._kernel.program.results
        outcome = Returned((Number(str(result), bits),))
        if not work.on.allows(outcome):
            raise Unmeasurable(f"the native {self._kernel.id}: expected {work.on.text}, got", outcome)
        return int(nanoseconds) / S


def toolchain() -> Toolchain:
    """The C compiler of this machine; raises `NotNative` if there is none that works."""
    for name in COMPILERS:
        path = shutil.which(name)
        if path is not None:
            try:
                said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=_BUILDING)
            except (OSError, subprocess.SubprocessError):
                continue
            if said.returncode == 0 and said.stdout:
                return Toolchain(path, " ".join([said.stdout.splitlines()[0], *OPTIONS]))
    raise NotNative(f"no C compiler on PATH ({', '.join(COMPILERS)}): apt install gcc, brew install llvm")


@contextmanager
def built(kernel: Scenario, tool: Toolchain) -> Iterator[Path]:
    """The program of a kernel, as long as the context lasts; raises `NotNative`."""
    source = kernel.path.with_suffix(".c")
    if not source.exists():
        raise NotNative(f"there is no {source.name} beside {kernel.path.name}")
    with tempfile.TemporaryDirectory(prefix="stopwat-native-") as folder:
        main, program = Path(folder, "main.c"), Path(folder, "kernel")
        main.write_text(_main(kernel))
        _run([tool.path, *OPTIONS, str(source), str(main), "-o", str(program)], kernel)
        yield program


@contextmanager
def running(kernel: Scenario, program: Path) -> Iterator[Native]:
    """A kernel whose program has been built; its processes live no longer than a measurement."""
    yield Native(program, kernel)


def _main(kernel: Scenario) -> str:
    """The C that calls a kernel: a compiler that does not see both at once cannot leave calls out."""
    (result,) = kernel.program.results
    types = [_TYPES[number.type] for number in kernel.program.call.args]
    names = [f"a{index}" for index in range(len(types))]
    return _MAIN.format(
        result=_TYPES[str(result)],
        params=", ".join(types),
        names=", ".join(names),
        arguments=" ".join(
            f"{type_} {name}; memcpy(&{name}, &bits[{index}], sizeof {name});"
            for index, (type_, name) in enumerate(zip(types, names, strict=True))
        ),
    )


def _run(command: Sequence[str], kernel: Scenario) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_BUILDING, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NotNative(f"the native {kernel.id} cannot be built: {error}") from None
    if done.returncode != 0:
        told = next((line for line in done.stderr.splitlines() if "error" in line), "it did not say why")
        raise NotNative(f"the native {kernel.id} cannot be built: {told}")
