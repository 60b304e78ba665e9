"""`stopwat adapter new`: what it writes is whole, has the name, and keeps to the protocol as it stands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from harness.adapter.checking import run
from harness.adapter.skeleton import LANGUAGES, SKELETONS, CannotWrite, write
from harness.expectations import load
from harness.probe import probe

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = {"python": sys.executable, "go": "go", "rust": "cargo", "node": "node", "java": "javac"}
BUILD = {
    "go": ["go", "build", "-o", "super-fast", "."],
    "rust": ["cargo", "build", "--quiet", "--release", "--locked", "--offline"],
    "java": ["javac", "-d", "target/classes"],
}
COMMAND = {
    "go": "{0}/super-fast",
    "rust": "{0}/target/release/super-fast",
    "node": "node {0}/main.mjs",
    "java": "java -XX:+UseSerialGC -cp {0}/target/classes Main",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_keeps_to_the_protocol_as_it_stands(language: str, tmp_path: Path) -> None:
    if shutil.which(TOOLS[language]) is None:
        pytest.skip(f"no `{TOOLS[language]}` on PATH")
    place = tmp_path / "adapter"
    write("super-fast", language, place)
    if language in BUILD:
        sources = map(str, place.glob("src/main/java/*.java"))
        done = subprocess.run(
            [*BUILD[language], *sources],
            cwd=place,
            env={**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "GOPROXY": "off"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    if language == "python":
        engine = f"{place}/super_fast/__init__.py:SuperFast"
    else:
        engine = f"exec:{COMMAND[language].format(place)}"
    rows = list(run(engine, patience=30))
    told = {row.check.name: row.message for row in rows if row.status in ("failed", "not run")}
    assert told == {}
    passed = {row.check.name for row in rows if row.status == "passed"}
    assert {"results", "two-scripts", "deadline", "cancel", "close-instance", "shutdown-running"} <= passed
    assert probe(engine).engine == "super-fast"


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_there_under_the_name(language: str, tmp_path: Path) -> None:
    written = write("a1-b", language, tmp_path)
    for path in written:
        text = path.read_text()
        assert not {"my-engine", "my_engine", "MyEngine"} & {text, path.name}
        assert "my-engine" not in text
        assert "MyEngine" not in text
    names = [path.name for path in written]
    assert {"README.md", "check.sh", ".gitignore", "expectations.toml"} <= set(names)
    assert load(next(path for path in written if path.name == "expectations.toml")).scenario == ()
    assert os.access(tmp_path / "check.sh", os.X_OK)
    mentioned = (tmp_path / "README.md").read_text()
    for path in written:
        if path.suffix in (".go", ".rs", ".mjs", ".java", ".py", ".toml"):
            assert path.name in mentioned or path.name == "rustfmt.toml"


def test_every_skeleton_has_a_language() -> None:
    folders = {path.name for path in SKELETONS.iterdir() if any(path.rglob("README.md"))}
    assert folders == set(LANGUAGES)


@pytest.mark.parametrize(
    ("name", "language", "message"),
    [
        ("Fast", "go", "'Fast' is no name for an engine: lower-case words, with hyphens in between"),
        ("../x", "go", "'../x' is no name for an engine"),
        ("json", "python", "'json' is the name of a module of Python's own"),
        ("fast", "go", " is there already, and not empty"),
    ],
)
def test_what_cannot_be_written(name: str, language: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "something").touch()
    with pytest.raises(CannotWrite) as told:
        write(name, language, tmp_path)
    assert message in str(told.value)


def test_a_file_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotWrite, match=r"^cannot write .*file/adapter: Not a directory$"):
        write("fast", "node", tmp_path / "file" / "adapter")
