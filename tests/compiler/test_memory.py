"""Memories: what is remembered of bounds and sizes holds where it is used, and only there."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from harness.engine import Trap, TrapKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.engine import Instance

    Instantiate: TypeAlias = Callable[..., Instance]
    Run: TypeAlias = Callable[..., list[int | None]]

PAGE = 65536

CASES = [
    # an address that is in bounds on one way only
    (
        """(if (local.get 1) (then (drop (i32.load8_u (local.get 0)))))
        (i32.load8_u (local.get 0))""",
        [(PAGE - 1, 0), (PAGE - 1, 1)],
        [(PAGE, 0), (PAGE, 1), (2 * PAGE - 1, 0)],
    ),
    # a larger access after a smaller one
    (
        "(drop (i32.load8_u (local.get 0))) (i32.load (local.get 0))",
        [(PAGE - 4, 0)],
        [(PAGE - 3, 0), (PAGE - 1, 0), (PAGE, 0)],
    ),
    # a smaller offset after a larger one
    (
        "(drop (i32.load offset=8 (local.get 0))) (i32.load8_u offset=11 (local.get 0))",
        [(PAGE - 12, 0)],
        [(PAGE - 11, 0), (-1, 0)],
    ),
    # the same local, another value
    (
        """(drop (i32.load8_u (local.get 0))) (local.set 0 (i32.add (local.get 0) (local.get 1)))
        (i32.load8_u (local.get 0))""",
        [(0, PAGE - 1), (PAGE - 1, 0)],
        [(0, PAGE), (PAGE, 0), (PAGE - 1, 1)],
    ),
    # in a loop, the address runs out of bounds
    (
        """(loop $again
          (i32.store8 (local.get 0) (i32.const 1)) (drop (i32.load8_u (local.get 0)))
          (local.set 0 (i32.add (local.get 0) (i32.const 1)))
          (br_if $again (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
        (i32.const 0)""",
        [(PAGE - 10, 10), (0, PAGE)],
        [(PAGE - 10, 11), (1, PAGE)],
    ),
    # before and after a block that may be left early
    (
        """(block $out (br_if $out (local.get 1)) (drop (i32.load8_u (local.get 0))))
        (i32.load8_u (local.get 0))""",
        [(PAGE - 1, 1)],
        [(PAGE, 1), (PAGE, 0)],
    ),
    # literal addresses
    ("(drop (i32.load8_u (i32.const 65535))) (i32.load8_u (local.get 0))", [(0, 0)], [(PAGE, 0)]),
    # growing in between lets the second access succeed
    (
        """(if (result i32) (i32.eq (memory.grow (local.get 1)) (i32.const 1))
          (then (i32.load8_u (local.get 0))) (else (unreachable)))""",
        [(PAGE, 1), (PAGE - 1, 0), (3 * PAGE - 1, 2)],
        [(PAGE, 0), (2 * PAGE, 1)],
    ),
    (
        """(drop (i32.load8_u (i32.const 0))) (drop (memory.grow (local.get 1)))
        (i32.load8_u (local.get 0))""",
        [(PAGE, 1), (2 * PAGE - 1, 1)],
        [(2 * PAGE, 1)],
    ),
    (
        """(drop (i32.load8_u (i32.const 0))) (call $grow (local.get 1))
        (i32.load8_u (local.get 0))""",
        [(PAGE, 1), (2 * PAGE - 1, 1)],
        [(2 * PAGE, 1)],
    ),
]


@pytest.mark.parametrize(("body", "within", "beyond"), CASES)
@pytest.mark.parametrize(
    "memory", ["(memory 1 4)", '(memory (export "m") 1 4)', '(import "m" "m" (memory 1 4))']
)
def test_bounds(
    instantiate: Instantiate,
    run: Run,
    memory: str,
    body: str,
    within: list[tuple[int, int]],
    beyond: list[tuple[int, int]],
) -> None:
    def fresh() -> Instance:
        imports = {"m": instantiate('(module (memory (export "m") 1 4))')} if "import" in memory else {}
        return instantiate(
            f"""(module {memory} (func $grow (param i32) (drop (memory.grow (local.get 0))))
            (func (export "run") (param i32 i32) (result i32) {body}))""",
            imports,
        )

    for args in within:
        run(fresh(), "run", *args)
    for first, second in beyond:
        with pytest.raises(Trap) as trap:
            run(fresh(), "run", first & 0xFFFFFFFF, second)
        assert trap.value.kind is TrapKind.MEMORY_BOUNDS


def test_two_memories_are_told_apart(instantiate: Instantiate, run: Run) -> None:
    instance = instantiate(
        """(module (memory $small 1) (memory $large 2)
        (func (export "run") (param i32) (result i32)
          (i32.store $large (local.get 0) (i32.const 7))
          (i32.add (i32.load $large (local.get 0)) (i32.load $small (local.get 0)))))"""
    )

    assert run(instance, "run", PAGE - 4) == [7]
    with pytest.raises(Trap):
        run(instance, "run", PAGE)


def test_the_largest_memory(instantiate: Instantiate, run: Run) -> None:
    instance = instantiate(
        """(module (memory (export "memory") 1)
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
        (func (export "last") (result i32)
          (i32.store8 offset=0xffff (i32.const 0xffff0000) (i32.const 9))
          (i32.load8_u (i32.const -1)))
        (func (export "beyond") (result i32) (i32.load16_u (i32.const -1))))"""
    )

    assert run(instance, "grow", 65535) == [1]
    assert run(instance, "grow", 1) == [0xFFFFFFFF]
    assert len(instance.memory("memory")) == 1 << 32
    assert run(instance, "last") == [9]
    with pytest.raises(Trap):
        run(instance, "beyond")


def test_the_host_reads_and_writes(instantiate: Instantiate, run: Run) -> None:
    instance = instantiate(
        """(module (memory (export "memory") 1)
        (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
        (func (export "grow") (drop (memory.grow (i32.const 1)))))"""
    )
    memory = instance.memory("memory")

    memory.write(PAGE - 4, b"\x01\x02\x03\x04")
    assert run(instance, "load", PAGE - 4) == [0x04030201]
    for offset, length in ((PAGE - 3, 4), (-1, 1), (0, PAGE + 1), (PAGE + 1, 0)):
        with pytest.raises(IndexError):
            memory.read(offset, length)
    run(instance, "grow")
    assert memory.read(PAGE - 2, 4) == b"\x03\x04\x00\x00"


def test_a_memory_has_no_more_pages_than_its_size_can_tell(instantiate: Instantiate, run: Run) -> None:
    """Of pages of one byte, 32 bits cannot count those of the whole address space."""
    instance = instantiate(
        """(module (memory 0 (pagesize 1))
        (func (export "grow") (param i32) (result i32 i32) (memory.grow (local.get 0)) (memory.size)))"""
    )

    assert run(instance, "grow", 0xFFFF_FFFF) == [0, 0xFFFF_FFFF]
    assert run(instance, "grow", 1) == [0xFFFF_FFFF, 0xFFFF_FFFF]
    assert run(instance, "grow", 0) == [0xFFFF_FFFF, 0xFFFF_FFFF]
