"""From a name to an engine."""

from __future__ import annotations

import configparser
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from harness import registry
from harness.registry import UnknownEngine


def test_what_is_installed_has_names() -> None:
    assert {"compiler", "interp", "wasmtime-epoch"} <= set(registry.names())
    assert registry.names() == sorted(registry.names())
    assert registry.resolve("interp") == "engines.interp:Interp"


def test_tox_knows_every_engine() -> None:
    """An environment is named after its engine, and tox has none that it was not told of."""
    root = Path(__file__).parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text())
    tox = configparser.ConfigParser()
    tox.read(root / "tox.ini")
    sections = " ".join(name.removeprefix("testenv:").strip("{}") for name in tox.sections())
    known = set(re.split(r"[\s,]+", f"{sections} {tox['tox']['env_list']}"))
    assert set(project["project"]["entry-points"]["stopwat.engines"]) <= known


@pytest.mark.parametrize("name", ["intrep", "", "nothing-like-it"])
def test_an_unknown_name_is_told_what_there_is(name: str) -> None:
    with pytest.raises(
        UnknownEngine, match=r"there are: .*compiler.*interp.*wasmtime.* or exec:command"
    ) as raised:
        registry.resolve(name)
    assert "\n" not in str(raised.value)
    assert ("did you mean 'interp'?" in str(raised.value)) == (name == "intrep")


def test_other_names_stand_for_themselves() -> None:
    for name in ("a.b:C", "exec:x", "./file.py:C"):
        assert registry.resolve(name) == name


def test_programs() -> None:
    arguments, environment = registry.program("exec:./my-engine --fast 'a b'")
    assert arguments == ["./my-engine", "--fast", "a b"]
    assert environment == {}
    arguments, environment = registry.program("interp")
    assert arguments == [sys.executable, "-P", "-m", "harness.sandbox.worker", "engines.interp:Interp"]
    assert environment["PYTHONPATH"].endswith(":.")
    with pytest.raises(UnknownEngine, match="there is no command"):
        registry.program("exec: ")
    with pytest.raises(UnknownEngine, match="No closing quotation"):
        registry.program("exec:./my-engine 'a")


def test_load_from_a_module() -> None:
    from harness.engine import Engine

    assert registry.load("harness.engine:Engine") is Engine
    nested: object = registry.load("harness.engine:Engine.close")
    assert nested is Engine.close


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("harness.nowhere:Engine", "there is no module 'harness.nowhere'"),
        ("nowhere.at.all:Engine", "there is no module 'nowhere'"),
        ("harness.engine:Engin", r"harness.engine has no 'Engin' \(did you mean 'Engine'\?\); there are: "),
        ("harness.engine:Engine.name.x", "has no 'name'"),
        ("harness.engine:annotations", "annotations is not callable"),
        ("exec:program", "a program is its own worker"),
        ("./nowhere.py:Engine", "there is no file .*nowhere.py"),
    ],
)
def test_what_cannot_be_loaded_is_told_in_one_line(name: str, message: str) -> None:
    with pytest.raises(UnknownEngine, match=message) as raised:
        registry.load(name)
    assert "\n" not in str(raised.value)


def test_load_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "helper_of_an_engine.py").write_text("ANSWER = 42\n")
    (tmp_path / "an_engine_in_a_file.py").write_text(
        "from helper_of_an_engine import ANSWER\ndef make(*, interruptible, features): return ANSWER\n"
    )
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    for name in ("an_engine_in_a_file.py:make", f"{tmp_path}/an_engine_in_a_file.py:make"):
        found: Any = registry.load(name)
        assert found(interruptible=False, features=None) == 42


def test_an_import_that_fails_inside_is_not_an_unknown_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "an_engine_that_misses_something.py").write_text("import nobody_has_this\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="nobody_has_this"):
        registry.load("an_engine_that_misses_something:Engine")
