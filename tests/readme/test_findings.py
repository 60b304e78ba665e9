"""The pages of findings: found from the index and the expectations, made of modules that can be assembled."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FINDINGS = ROOT / "docs" / "findings"
INDEX = (FINDINGS / "README.md").read_text(encoding="utf-8")
PAGES = {
    path.name: path.read_text(encoding="utf-8") for path in FINDINGS.glob("*.md") if path.name != "README.md"
}
# V8 has two ways into it, and its findings are one level below them.
LEVELS = {"v8.md": "###"}


def anchor(heading: str) -> str:
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def findings(page: str) -> list[str]:
    prose = re.sub(r"^```.*?^```$", "", PAGES[page], flags=re.MULTILINE | re.DOTALL)
    return re.findall(rf"^{LEVELS.get(page, '##')} (.+)$", prose, re.MULTILINE)


def test_the_index_has_every_finding_and_no_other() -> None:
    listed = re.findall(r"^\| \[.+?\]\(([^)]+)\) \|", INDEX, re.MULTILINE)
    there = [f"{page}#{anchor(heading)}" for page in PAGES for heading in findings(page)]
    assert sorted(listed) == sorted(there)


def test_expectations_that_name_a_page_of_findings_name_one_that_is_there() -> None:
    named = {
        path.parent.name: set(re.findall(r"docs/findings[\w./]*\w", path.read_text(encoding="utf-8")))
        for path in ROOT.glob("engines/*/expectations.toml")
    }
    assert {"wazero", "wasmtime"} <= {engine for engine, pages in named.items() if pages}
    assert all((ROOT / page).is_file() for pages in named.values() for page in pages), named


@pytest.mark.parametrize("page", sorted(PAGES))
def test_modules_are_assembled_as_the_index_says(page: str, tmp_path: Path) -> None:
    """The blocks as scripts: a module of a script is assembled as it would be as a file of its own."""
    if shutil.which("wast2json") is None:
        pytest.skip("no `wast2json` on PATH")
    assert "`wat2wasm --enable-all --no-check`" in INDEX
    for number, block in enumerate(re.findall(r"^```wat\n(.*?)^```$", PAGES[page], re.MULTILINE | re.DOTALL)):
        script = tmp_path / f"{number}.wast"
        script.write_text(block, encoding="utf-8")
        command = ["wast2json", "--enable-all", "--no-check", str(script), "-o", str(tmp_path / "out.json")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
