"""The house keeps its shape: who may import whom, and no file too long to read."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
OURS = ("harness", "engines", "cases", "tests")
SHARED = ("engines.wasm", "engines.v8")
"""The front end that our own engines stand on, and the JavaScript that those on V8 share."""
CEILING = 600
"""Lines a file may have."""


def files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def imports(text: str, module: str, *, package: bool = False) -> Iterator[tuple[int, str]]:
    """Every import of a file, with its line, whether at the top, in a function or for types only."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = module.split(".")
                kept = len(parents) - node.level + package
                base = ".".join([*parents[:kept], *([base] if base else [])])
            # `from engines import compiler` imports engines.compiler
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def place(path: Path) -> tuple[str, bool]:
    """A file's module, and whether it is a package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    package = parts[-1] == "__init__"
    return ".".join(parts[:-1] if package else parts), package


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def allowed(importer: str, imported: str) -> bool:
    """Whether one module may import another; everything that is not ours is allowed."""
    if not any(within(imported, package) for package in OURS):
        return True
    if within(importer, "tests"):
        return True
    if within(importer, "harness"):
        return within(imported, "harness")
    if within(importer, "cases"):
        return within(imported, "harness") or within(imported, "cases")
    if within(importer, "engines"):
        own = ".".join(importer.split(".")[:2])
        return any(within(imported, package) for package in ("harness", *SHARED, own))
    return False


def violations(text: str, module: str, *, package: bool = False) -> list[str]:
    return [
        f"{module}:{line} imports {imported}"
        for line, imported in imports(text, module, package=package)
        if not allowed(module, imported)
    ]


@pytest.mark.parametrize("folder", ["harness", "engines", "cases"])
def test_arrows_run_one_way(folder: str) -> None:
    found = files(folder)
    assert found, f"there is nothing in {folder}"
    wrong = []
    for path in found:
        module, package = place(path)
        wrong += violations(path.read_text(encoding="utf-8"), module, package=package)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("harness.plugin", "from engines.interp import Interp"),
        ("harness.plugin", "def f():\n    import engines"),
        ("harness.plugin", "from engines import compiler"),
        ("harness.sandbox.worker", "from cases import anything"),
        ("harness.sandbox.worker", "from ...engines import interp"),
        ("engines.interp.functions", "from engines.compiler import translate"),
        ("engines.interp.functions", "from ..compiler import translate"),
        ("engines.interp.functions", "from engines import wasmtime"),
        ("engines.wasm.store", "import engines.interp.frame"),
        ("engines.mini_racer.isolate", "from engines import node"),
        ("engines.interp.functions", "import cases.test_spec"),
        ("cases.test_spec", "import engines.wasm"),
        ("cases.test_spec", "import tests"),
    ],
)
def test_an_arrow_the_wrong_way_is_seen(module: str, text: str) -> None:
    assert violations(text, module)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("harness.plugin", "import pytest, wasmtime\nfrom harness import registry"),
        (
            "engines.interp.functions",
            "from engines.wasm import store\nfrom . import frame\nimport harness.engine",
        ),
        ("engines.wasmtime", "import wasmtime"),
        ("engines.mini_racer.isolate", "from engines.v8 import bundle"),
        ("cases.test_spec", "from harness.plugin import Record"),
    ],
)
def test_the_right_way_is_open(module: str, text: str) -> None:
    assert not violations(text, module)


def test_the_plugin_is_cheap_for_those_who_only_have_it_installed() -> None:
    """What every run of pytest on a machine loads is the plugin itself and what keeps the books."""
    script = "import sys, pytest; before = set(sys.modules); import harness.plugin.recorder; "
    script += "print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert [name for name in done.stdout.split() if not name.startswith("harness.plugin")] == [
        "harness",
        "harness.adjustable",
    ]


def test_no_file_is_too_long() -> None:
    found = [*files(*OURS), ROOT / "conftest.py"]
    long = {
        str(path.relative_to(ROOT)): lines
        for path in found
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > CEILING
    }
    assert not long
