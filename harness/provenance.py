"""Where a result comes from: the engine, the machine, the suite, the cases, the tools."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib.metadata
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from harness import assembler
from harness.certificate import Machine, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.profiles import Profile

_HERE = Path(__file__).parents[1]
"""Where the packages of this distribution are."""


def version() -> str:
    """Version of this tool."""
    return importlib.metadata.version("stopwat")


def machine() -> Machine:
    """The machine this process runs on."""
    return Machine(
        system=f"{platform.system()} {platform.release()}",
        architecture=platform.machine(),
        processor=_processor(),
        cores=processors(),
        memory=psutil.virtual_memory().total,
        python=f"{platform.python_implementation()} {platform.python_version()}",
    )


def processors() -> int:
    """How many logical processors this process may use: in a container not always all there are."""
    # os.sched_getaffinity: Linux only; os.process_cpu_count: from Python 3.13
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()


def assemblers() -> str:
    """The assemblers at hand, in the order they are asked."""
    tools: dict[str, None] = {}
    for first in ("wabt", "in-process"):
        try:
            tools[assembler.assemble("(module)", first=first).tool] = None
        except assembler.AssemblyError:
            break
    return ", ".join(tools) or "none"


def cases() -> Path:
    """Directory of the installed cases."""
    return _HERE / "cases"


def digest() -> str:
    """SHA-256 over the names and bytes of all cases and fixtures."""
    total = hashlib.sha256()
    for package in ("cases", "wat"):
        for path in _sources(_HERE / package):
            name = path.relative_to(_HERE).as_posix()
            total.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return f"sha256:{total.hexdigest()}"


def _sources(root: Path) -> Iterator[Path]:
    return (path for path in sorted(root.rglob("*")) if path.suffix in (".py", ".wat", ".c"))


def suite(directory: Path | None) -> str:
    """Commit of the official suite; empty where there is none."""
    from harness.wast import suite

    return suite.commit(directory) if directory is not None else ""


TOOLS = ("pytest", "pytest-xdist", "msgspec", "psutil", "llvmlite", "wasmtime")
"""The packages that have a part in what a certificate says."""


def tools() -> dict[str, str]:
    """The versions of Python and of the packages that are here."""
    found = {"python": platform.python_version()}
    for name in TOOLS:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def expectations(path: Path | None) -> str:
    """Digest of a file with known failures; empty where there is none. Raises OSError."""
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}" if path is not None else ""


def scope(directory: Path | None, features: frozenset[str], profile: Profile) -> Scope:
    """Everything that a profile asks for, of an engine with these features."""
    from harness.scenarios import discover
    from harness.wast import suite

    catalogue = discover()
    return Scope(
        scripts=len(suite.scripts(directory)) if directory is not None else 0,
        on=profile.crosses(catalogue.scenarios, interruptible=True),
        off=profile.crosses(catalogue.scenarios, interruptible=False),
        kernels=sum(
            profile.measures(kernel) and features.issuperset(kernel.header.needs)
            for kernel in catalogue.kernels()
        ),
        cases=tuple(name for name in functions() if name not in profile.without),
    )


def functions() -> list[str]:
    """The test functions of the installed cases, as ``test_file.py::test_name``."""
    return [
        f"{path.name}::{part.name}"
        for path in sorted(cases().rglob("test_*.py"))
        for part in ast.parse(path.read_bytes()).body
        if isinstance(part, ast.FunctionDef) and part.name.startswith("test_")
    ]
