"""Checks inserted into LLVM IR: what they are, and that LLVM still takes it for a module."""

from __future__ import annotations

import re

import pytest

from engines.compiler.compilation import checks, compile_module, compile_plain
from engines.compiler.native.llvm import parsed
from engines.compiler.native.polls import NoContext, insert
from harness.assembler import assemble
from harness.standard.features import ALL

LOOP = """
define void @f(ptr swiftself %context, i32 %n) {
entry:
  br label %again
again:
  %i = phi i32 [ 0, %entry ], [ %next, %again ]
  %next = add i32 %i, 1
  %more = icmp ult i32 %next, %n
  br i1 %more, label %again, label %out
out:
  ret void
}
"""
NESTED = """
define void @f(ptr swiftself %context, i1 %a, i1 %b) {
entry:
  br label %outer
outer:
  br label %inner
inner:
  br i1 %a, label %inner, label %latch
latch:
  br i1 %b, label %outer, label %out
out:
  ret void
}
"""
IRREDUCIBLE = """
define void @f(ptr swiftself %context, i1 %a, i1 %b) {
entry:
  br i1 %a, label %left, label %right
left:
  %l = phi i32 [ 0, %entry ], [ %r, %right ]
  br label %right
right:
  %r = phi i32 [ 1, %entry ], [ %l, %left ]
  br i1 %b, label %left, label %out
out:
  ret void
}
"""
SWITCH = """
define i32 @f(ptr swiftself %context, i32 %n) {
entry:
  br label %head
head:
  %x = phi i32 [ 0, %entry ], [ 7, %latch ], [ 7, %latch ], [ %x, %other ]
  %v = phi <2 x float> [ zeroinitializer, %entry ], [ splat (float 1.0), %latch ],
                       [ splat (float 1.0), %latch ], [ <float 1.0, float 2.0>, %other ]
  switch i32 %n, label %latch [
    i32 0, label %other
    i32 9, label %out
  ]
latch:
  switch i32 %x, label %out [
    i32 1, label %head
    i32 -2, label %head
  ]
other:
  br label %head
out:
  %result = phi i32 [ %x, %head ], [ 3, %latch ]
  ret i32 %result
}
"""
CALLS = """
declare void @g(ptr swiftself)
define void @f(ptr swiftself %context, ptr %fail) {
entry:
  %slot = alloca i64
  store i64 1, ptr %slot
  call void @g(ptr swiftself %context)
  ret void
}
define void @leaf(ptr swiftself %context, i32 %n, ptr %fail) {
  %bits = call i32 @llvm.ctpop.i32(i32 %n)
  %zero = icmp eq i32 %bits, 0
  br i1 %zero, label %trap, label %out
trap:
  call void %fail(ptr swiftself %context, i32 1)
  unreachable
out:
  ret void
}
"""


def _printed(text: str) -> str:
    """As LLVM prints it, having verified it."""
    with parsed(text) as module:
        module.verify()
        return str(module)


def _inserted(text: str, *, polls: bool = True) -> str:
    """`text` as LLVM prints it, with checks; LLVM has been asked whether it still is a module."""
    printed = _printed(text)
    inserted = insert(printed, checks(polls))
    _printed(inserted)
    return inserted


@pytest.mark.parametrize(
    ("text", "edges"),
    [(LOOP, 1), (NESTED, 2), (IRREDUCIBLE, 1), (SWITCH, 2)],
    ids=["", "nested", "irreducible", "switch"],
)
def test_every_cycle_is_polled(text: str, edges: int) -> None:
    inserted = _inserted(text)

    assert inserted.count("load volatile i64") == edges + 1, "and where the function is entered"
    assert inserted.count("check.fail:") == 1
    assert _cycles(inserted) == []


@pytest.mark.parametrize("text", [LOOP, NESTED, IRREDUCIBLE, SWITCH])
def test_no_poll_if_not_interruptible(text: str) -> None:
    assert "poll" not in insert(_printed(text), checks(interruptible=False))


def test_off_is_the_code_that_there_is_without_the_option() -> None:
    """Byte for byte."""
    text = (
        '(module (func $f (export "f") (param i32) (loop (br_if 0 (local.get 0))) (call $f (local.get 0))))'
    )
    binary = assemble(text).binary
    _, off = compile_module(binary, ALL, interruptible=False)
    _, on = compile_module(binary, ALL, interruptible=True)
    _, plain = compile_plain(binary, ALL)
    assert off.image == plain.image != on.image


def test_a_function_that_calls_looks_at_the_limit() -> None:
    inserted = _inserted(CALLS)
    first, leaf = inserted.split("@leaf")

    assert first.count("read_register") == 1
    assert first.index("alloca") < first.index("read_register") < first.index("call void @g")
    assert "read_register" not in leaf.split("declare")[0]


def test_a_loop_without_context_is_refused() -> None:
    with pytest.raises(NoContext):
        insert(_printed(LOOP.replace("ptr swiftself %context, ", "")), checks(interruptible=True))


def _cycles(text: str) -> list[str]:
    """Blocks on cycles that contain no poll."""
    blocks = dict(re.findall(r"^([\w.]+):.*\n((?:  .*\n|\n)*)", text, re.MULTILINE))
    targets = {
        name: set() if name.startswith("poll") else set(re.findall(r"label %([\w.]+)", body))
        for name, body in blocks.items()
    }
    while ends := [name for name, next_ in targets.items() if not next_ & targets.keys()]:
        for name in ends:
            del targets[name]
    return sorted(targets)
