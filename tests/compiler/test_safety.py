"""What comes in from outside at the wrong moment: signals, recursion, other threads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engines.wasm.activation import Activation
from harness.assembler import assemble
from harness.context import Cause, background, with_timeout
from harness.engine import Exhausted, HostFunction, Interrupted, Trap, TrapKind, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engines.compiler import Compiler
    from harness.engine import Instance

    Instantiate = Callable[..., Instance]

HERE = Path(__file__).resolve().parent


def test_an_interrupt_from_the_keyboard_ends_the_call(unmeasured: Mapping[str, str]) -> None:
    """A signal is noticed where Python is entered: in a function of the host, or already on the way there.

    However often it is called, a function that gives 7 never seems to give anything else.
    """
    program = [sys.executable, str(HERE / "keyboard_process.py")]
    done = subprocess.run(program, env=unmeasured, capture_output=True, text=True, timeout=300)
    assert done.stdout.split() == ["cheap"] * 10 + ["optimised"] * 10, done.stderr
    assert done.returncode == 0


def test_endless_calling_back_exhausts_the_stack(instantiate: Instantiate) -> None:
    """Not the recursion limit of Python, however much of it is used up already."""

    def again(args: Sequence[Value]) -> Sequence[Value]:
        return instance.invoke("run", (), background())

    def from_depth(depth: int) -> None:
        if depth:
            from_depth(depth - 1)
        else:
            instance.invoke("run", (), background())

    instance: Instance = instantiate(
        """(module (import "host" "again" (func $again)) (func (export "run") (call $again)))""",
        {"host": {"again": HostFunction((), (), again)}},
    )

    for depth in range(20):
        with pytest.raises(Exhausted):
            from_depth(depth)


@pytest.mark.parametrize(
    "definition",
    [
        "(table i64 0x1fffffffffffffff funcref)",
        "(table i64 0x20000000000003e8 funcref)",
        "(table i64 0xffffffffffffffff externref)",
        "(memory i64 0x1000000000000)",
        "(memory i64 0xffffffffffffffff (pagesize 1))",
    ],
)
def test_more_than_there_are_addresses(instantiate: Instantiate, definition: str) -> None:
    """Bytes are not counted modulo the size of a word."""
    with pytest.raises(Trap) as raised:
        instantiate(f"(module {definition})")
    assert raised.value.kind is TrapKind.ALLOCATION


class TestInstantiation:
    """What takes long looks at the activation all the time."""

    @pytest.fixture
    def interruptible(self) -> bool:
        return True

    @pytest.fixture
    def level(self) -> str:
        return "cheap"

    @pytest.mark.parametrize(
        ("fields", "least"),
        [
            ("(table 20_000_000 (ref func) (ref.func $f))", 150),
            (f"(elem func {'$f ' * 50_000})", 100_000),
            (f"(table 50_000 funcref) (elem (i32.const 0) func {'$f ' * 50_000})", 50_000),
        ],
        ids=["table", "passive segment", "active segment"],
    )
    def test_is_interrupted(
        self, engine: Compiler, monkeypatch: pytest.MonkeyPatch, fields: str, least: int
    ) -> None:
        """At whichever look."""
        module = engine.compile(assemble(f"(module {fields} (func $f))", first="in-process").binary)
        looks = 0
        last = 0

        def poll(activation: Activation) -> None:
            nonlocal looks
            looks += 1
            if looks == last:
                raise Interrupted(Cause.DEADLINE)

        monkeypatch.setattr(Activation, "poll", poll)
        engine.instantiate(module, {}, background())
        assert looks >= least
        for last in (1, looks // 2, looks):  # noqa: B007  what `poll` compares with
            looks = 0
            with pytest.raises(Interrupted):
                engine.instantiate(module, {}, background())


class TestTenants:
    """Instances that have a table in common."""

    @pytest.fixture
    def interruptible(self) -> bool:
        return True

    def test_the_deadline_of_one_is_not_that_of_another(self, instantiate: Instantiate) -> None:
        def interrupt_other(args: Sequence[Value]) -> Sequence[Value]:
            with with_timeout(background(), 0.01) as context, pytest.raises(Interrupted):
                other.invoke("spin", (), context)
            return ()

        common = instantiate('(module (table (export "t") 1 funcref))')
        wat = """(module (import "common" "t" (table 1 funcref)) (import "host" "f" (func $f))
            (func (export "spin") (loop (br 0))) (func (export "run") (call $f)))"""
        imports = {"common": common, "host": {"f": HostFunction((), (), interrupt_other)}}
        one, other = instantiate(wat, imports), instantiate(wat, imports)

        for _ in range(2):
            assert one.invoke("run", (), background()) == []
