"""Headers against what their modules export and need; and the fixtures that come with stopwat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.engine import TrapKind
from harness.outcome import Number, Trapped
from harness.scenarios import FixtureError, discover, load
from harness.scenarios.catalogue import KERNELS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.scenarios import Scenario

GOOD = """\
;;! about  = "a test"
;;! invoke = "f"
;;! args   = [1, -1]
;;! on     = "returns 2"
;;! off    = "returns 2"
(module
  (func (import "host" "nop"))
  (func (import "host" "cancel"))
  (func (import "env" "other"))
  (global (export "g") i32 (i32.const 0))
  (memory (export "m") 1)
  (table (export "t") 1 funcref)
  (func (export "f") (param i32 i64) (result i32) (local.get 0)))
"""


def test_program(write: Callable[..., Path]) -> None:
    program = load(write(GOOD)).program
    assert [module.name for module in program.modules] == [""]
    assert program.modules[0].binary.startswith(b"\0asm")
    assert program.host == ("cancel", "nop")
    assert program.features == {"mvp", "mutable-globals"}
    assert program.call.args == (Number("i32", "1"), Number("i64", str((1 << 64) - 1)))
    assert program.call.on == program.call.off
    assert program.large is None
    assert program.assembler


@pytest.mark.parametrize(("name", "kind"), [("g", "global"), ("m", "memory")])
def test_progress(write: Callable[..., Path], name: str, kind: str) -> None:
    text = GOOD.replace('"f"\n', f'"f"\n;;! progress = "{name}"\n')
    assert (name, kind) in load(write(text)).program.state


def test_large(write: Callable[..., Path]) -> None:
    text = GOOD.replace('"f"\n', '"f"\n;;! large = { args = [7, 0], returns = "7" }\n')
    large = load(write(text)).program.large
    assert large is not None
    assert (large.args[0], large.on.text, large.on) == (Number("i32", "7"), "returns 7", large.off)


def test_an_instantiation_takes_nothing_and_returns_nothing(write: Callable[..., Path]) -> None:
    header = ';;! about = "a test"\n;;! on = "returns"\n;;! off = "returns"\n'
    assert load(write(header + "(module)")).program.call.args == ()
    with pytest.raises(FixtureError, match="on: 1 values are given, the export has none"):
        _ = load(write(header.replace('on = "returns"', 'on = "returns 1"', 1) + "(module)")).program


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('"f"\n', '"x"\n', 2, "there is no export 'x'; there are: g, m, t, f"),
        ('"f"\n', '"g"\n', 2, "'g' is a global, not a function"),
        ('"f"\n', '"f"\n;;! progress = "x"\n', 3, "there is no export 'x'"),
        ('"f"\n', '"f"\n;;! progress = "t"\n', 3, "'t' is a table, not a global or a memory"),
        ("[1, -1]", "[1]", 3, "args: 1 values are given, the export has 2"),
        ("[1, -1]", "[1, 0.5]", 3, "args: 0.5 is no i64"),
        (";;! args   = [1, -1]\n", "", 2, "args: 0 values are given, the export has 2"),
        ('on     = "returns 2"', 'on     = "returns"', 4, "on: 0 values are given, the export has 1"),
        ('off    = "returns 2"', 'off    = "traps unreachabel"', 5, "did you mean 'unreachable'?"),
        ('"f"\n', '"f"\n;;! needs = ["simd"]\n', 3, "write needs = []"),
        ('"f"\n', '"f"\n;;! large = { args = [1], returns = "2" }\n', 3, "large: 1 values are given"),
        ('"f"\n', '"f"\n;;! large = { args = [1, 2], returns = "x" }\n', 3, "large: 'x' is no i32"),
        ("(local.get 0)", "(i32.extend8_s (local.get 0))", 1, 'write needs = ["sign-extension"]'),
        ("(local.get 0)", "(local.got 0)", 13, "does not assemble: "),
    ],
)
def test_wrong_headers(write: Callable[..., Path], old: str, new: str, line: int, message: str) -> None:
    text = GOOD
    assert old in text
    scenario = load(write(text.replace(old, new, 1)))
    with pytest.raises(FixtureError) as caught:
        _ = scenario.program
    assert (caught.value.path, caught.value.line) == (scenario.path, line)
    assert message in caught.value.message


def test_an_error_in_the_second_module(write: Callable[..., Path]) -> None:
    path = write(GOOD.replace("(module\n", "(module $B)\n(module $A\n").replace("(local.get 0)", "(got)"))
    with pytest.raises(FixtureError) as caught:
        _ = load(path).program
    assert caught.value.line == 14


def test_what_was_found_and_what_could_not_be_used(write: Callable[..., Path], tmp_path: Path) -> None:
    write(GOOD, "b/one.wat")
    write(GOOD, "a/two.wat")
    write(GOOD, "c/one.wat")
    write("(module)", "a/wrong.wat")
    catalogue = discover(tmp_path)
    assert [(s.id, s.group, s.fixture) for s in catalogue.scenarios] == [
        ("two", "a", "a/two.wat"),
        ("one", "b", "b/one.wat"),
    ]
    wrong, twice = map(str, catalogue.errors)
    assert wrong.startswith(f"{tmp_path}/a/wrong.wat:1: header: ")
    assert twice == f"{tmp_path}/c/one.wat:1: the id 'one' is used twice, also by {tmp_path}/b/one.wat"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FixtureError, match=r"none\.wat:1: cannot be read: No such file"):
        load(tmp_path / "none.wat")


@pytest.mark.parametrize(
    ("on", "invoke", "ways"),
    [
        ("returns 2", True, ("deadline",)),
        ("interrupted", True, ("deadline", "cancel", "close")),
        ("interrupted", False, ("deadline", "cancel")),
    ],
)
def test_ways(write: Callable[..., Path], on: str, invoke: bool, ways: tuple[str, ...]) -> None:
    text = GOOD.replace('"returns 2"', f'"{on}"')
    scenario = load(write(text if invoke else text.replace(';;! invoke = "f"\n', "")))
    assert scenario.ways == ways


CATALOGUE = discover()


def test_no_fixture_of_ours_is_wrong() -> None:
    assert CATALOGUE.errors == ()


@pytest.mark.parametrize("scenario", CATALOGUE.scenarios, ids=lambda scenario: scenario.id)
def test_our_fixtures_assemble_and_their_headers_are_true(scenario: Scenario) -> None:
    assert scenario.program.modules


def test_every_trap_has_a_fixture() -> None:
    answers = {a for s in CATALOGUE.scenarios for a in s.program.call.on.answers if isinstance(a, Trapped)}
    assert {answer.kind for answer in answers} == set(TrapKind)


def test_every_kernel_comes_in_two_sizes() -> None:
    kernels = CATALOGUE.kernels()
    assert len(kernels) >= 9
    for kernel in kernels:
        assert kernel.group == KERNELS
        assert kernel.program.large is not None
        assert kernel.program.call.on == kernel.program.call.off
