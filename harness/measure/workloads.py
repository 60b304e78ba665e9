"""Modules of any size, to measure how things grow with it.

Each exports ``run`` of type ``[i64] -> [i32]``: so many rounds of work on a number, which is the result. No
round at all is 2^64 of them, which no machine lives to see the end of.

What an engine could compute beforehand, leave out or keep from an earlier module would not be measured. So
every round depends on the one before, and constants are drawn: another `seed` is another module of the same
shape and size.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from harness.standard.binary.writer import write
from harness.standard.instructions import INSTRUCTIONS
from harness.standard.syntax import Export, Func, MemArg, Module
from harness.standard.types import I32, I64, FuncType, Limits, MemType, SubType

if TYPE_CHECKING:
    from harness.standard.syntax import Expr, Instr

PAGE = 65536
_RUN, _WORK = 0, 1
"""The types: of ``run``, and from one number to another."""
_ROUNDS, _X = 0, 1
"""The locals of ``run``."""


def straight(steps: int, seed: int = 0) -> bytes:
    """A round is so many steps of `STEP` instructions each, without a branch or a call."""
    constants = random.Random(seed)
    return _module([_get(_X), *_steps(steps, constants), _set(_X)])


STEP = 6
"""Instructions of a step."""


def bulk(size: int) -> bytes:
    """A round fills so many bytes by one ``memory.fill``."""
    step = _steps(1, random.Random(0))
    fill = [_const(0), _get(_X), _const(size), _instr("memory.fill", 0)]
    read = [_const(size - 1), _instr("i32.load8_u", MemArg(0, 0)), _get(_X), _instr("i32.add")]
    return _module([*fill, *read, *step, _set(_X)], pages=-(-size // PAGE))


def functions(count: int, seed: int = 0) -> bytes:
    """A round calls so many functions, one after the other: each has a loop, a branch, a store and a load."""
    constants = random.Random(seed)
    called = [_function(constants) for _ in range(count)]
    calls = [_instr("call", 1 + index) for index in range(count)]
    return _module([_get(_X), *calls, _set(_X)], called, pages=1)


def _module(work: Expr, called: list[Func] | None = None, pages: int = 0) -> bytes:
    """`work` leaves the number, its local, as it should be after a round."""
    again = [_get(_ROUNDS), _instr("i64.const", 1), _instr("i64.sub"), _instr("local.tee", _ROUNDS)]
    loop = [_instr("loop", None), *work, *again, _instr("i64.eqz"), _instr("i32.eqz"), _instr("br_if", 0)]
    run = Func(_RUN, [I32], [*loop, _instr("end"), _get(_X), _instr("end")])
    types = FuncType((I64,), (I32,)), FuncType((I32,), (I32,))
    return write(
        Module(
            types=[(SubType(True, (), type_),) for type_ in types],
            funcs=[run, *(called or [])],
            memories=[MemType(Limits(pages, pages))] if pages else [],
            exports=[Export("run", "func", 0)],
        )
    )


def _function(constants: random.Random) -> Func:
    """From a number to another, by one to four turns of a loop."""
    x, turns = 0, 1
    four = _const(3)
    body = [
        *(_get(x), four, _instr("i32.and"), _set(turns)),
        _instr("loop", None),
        *(_get(x), _const(1), _instr("i32.and"), _instr("if", None)),
        *(_get(x), *_steps(1, constants), _set(x)),
        _instr("else"),
        *(_get(turns), _instr("i32.const", 2), _instr("i32.shl"), _get(x)),
        *(_instr("i32.store", MemArg(2, 0)), _get(x), *_steps(2, constants), _set(x)),
        _instr("end"),
        *(_get(x), four, _instr("i32.and"), _instr("i32.load8_u", MemArg(0, 0))),
        *(_get(x), _instr("i32.add"), *_steps(1, constants), _set(x)),
        *(_get(turns), _const(1), _instr("i32.sub"), _instr("local.tee", turns)),
        *(_const(0), _instr("i32.gt_s"), _instr("br_if", 0)),
        _instr("end"),
        *(_get(x), _instr("end")),
    ]
    return Func(_WORK, [I32], body)


def _steps(count: int, constants: random.Random) -> Expr:
    """Mix the number on the stack: no two steps can be made one."""
    return [
        instr
        for _ in range(count)
        for instr in (
            *(_drawn(constants), _instr("i32.xor")),
            *(_drawn(constants), _instr("i32.mul")),
            *(_const(7), _instr("i32.rotl")),
        )
    ]


def _drawn(constants: random.Random) -> Instr:
    """A constant that is odd, and five bytes long in any module."""
    return _const(1 << 30 | constants.getrandbits(29) << 1 | 1)


def _instr(name: str, *immediates: Any) -> Instr:
    return (INSTRUCTIONS[name], *immediates)


def _const(value: int) -> Instr:
    return _instr("i32.const", value)


def _get(local: int) -> Instr:
    return _instr("local.get", local)


def _set(local: int) -> Instr:
    return _instr("local.set", local)
