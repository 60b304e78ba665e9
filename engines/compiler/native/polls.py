"""Checks put into finished LLVM IR: polls on back edges, and the stack's limit where functions are entered.

Written before optimisation, a poll keeps loops from being vectorised, and a check at the entry weighs against
inlining. Both are inserted here, into the text of a module after all passes over it. Every cycle of a control
flow graph has an edge back to a block on the path of a depth-first walk; polling those covers all loops.

Both compare the stack pointer with the limit in the context, which whoever interrupts raises above all
addresses: so a poll is one instruction for most processors. A function that polls has found itself above the
limit when it was entered.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTEXT = "%context"
"""The parameter that points to the context; every function that can run long must have it."""

_NAME = r'("[^"]*"|[-\w.$]+)'
_TARGET = re.compile(rf"label %{_NAME}")
_SOURCE = re.compile(r"\[ .*? \](?=, \[|$|, !)")
_CALL = re.compile(r"\bcall (?![^\n]*@llvm\.)[^\n]*\n(?!  unreachable)")
"""A call of a function that returns."""
_TERMINATORS = ("  br ", "  switch ", "  ret ", "  unreachable")
_UNLIKELY = '!prof !{!"branch_weights", i32 1, i32 1048575}'
_FAIL = "check.fail"


class Checks(NamedTuple):
    """What to insert; offsets into the context are in bytes."""

    polls: bool
    """Whether loops look at the limit, too."""
    stack_pointer: str
    """The name LLVM has for the register."""
    limit: int
    """Offset of the address that the stack pointer must not be below."""
    fail: int
    """Offset of the function that is called if it is, and does not return."""
    status: int
    """What that is told."""


class NoContext(Exception):
    """A pass has taken the context from a function that needs it."""


class _Block:
    """A basic block: its label, its instructions, and the last of them."""

    def __init__(self, text: str) -> None:
        label, _, rest = text.partition(":")
        self.label = label
        lines = rest.partition("\n")[2]
        at = max(lines.rfind("\n" + terminator) for terminator in _TERMINATORS) + 1
        self.instructions = lines[:at]
        self.last = lines[at:]

    @property
    def text(self) -> str:
        return f"{self.label}:\n{self.instructions}{self.last}"

    def targets(self) -> list[str]:
        return _TARGET.findall(self.last)

    def lead(self, old: str, new: str) -> None:
        """Branch to `new` instead of `old`."""
        self.last = re.sub(rf"label %{re.escape(old)}(?![-\w.$])", f"label %{new}", self.last)

    def come(self, old: str, new: str) -> None:
        """Be entered from `new` instead of `old`, by one edge."""
        lines = self.instructions.split("\n")
        for index, line in enumerate(lines):
            if " = phi " not in line:
                if line.strip():
                    break
                continue
            head = line[: line.index("[ ")]
            came, comes = f", %{old} ]", f", %{new} ]"
            sources = [
                source.removesuffix(came) + comes if source.endswith(came) else source
                for source in _SOURCE.findall(line)
            ]
            lines[index] = head + ", ".join(dict.fromkeys(sources))
        self.instructions = "\n".join(lines)


def insert(text: str, checks: Checks) -> str:
    """The text of a module with checks in all its functions; raises `NoContext`."""
    text = "\n" + text
    parts = []
    start = 0
    while (define := text.find("\ndefine ", start)) >= 0:
        body = text.index("\n", define + 1) + 1
        end = text.index("\n}", body - 1) + 1
        parts += [text[start:body], _function(text[define:body], text[body:end], checks)]
        start = end
    return "".join([*parts, text[start:]])


def _function(head: str, body: str, checks: Checks) -> str:
    calls = _CALL.search(body) is not None
    blocks: list[_Block] = []
    edges: list[tuple[_Block, _Block]] = []
    if calls or checks.polls:
        blocks = [_Block(text) for text in re.split(r"\n(?=[^\s;])", _labelled(body.rstrip("\n")))]
        edges = _back_edges(blocks) if checks.polls else []
    if not edges and not calls:
        return body
    if CONTEXT not in head:
        raise NoContext(head)
    inserted = _entry(blocks[0], checks)
    for number, (tail, loop) in enumerate(edges):
        inserted += _poll(f"poll.{number}", tail, loop, checks)
    return "\n".join([*inserted, *(block.text for block in blocks), ""])


def _labelled(body: str) -> str:
    """The body with a label for its first block: without, that is a number, as parameters have names."""
    return body if body[0] not in " ;" else "0:\n" + body


def _back_edges(blocks: list[_Block]) -> list[tuple[_Block, _Block]]:
    by_label = {block.label: block for block in blocks}
    edges = []
    on_path = {blocks[0].label}
    seen = {blocks[0].label}
    path: list[tuple[_Block, Iterator[str]]] = [(blocks[0], iter(dict.fromkeys(blocks[0].targets())))]
    while path:
        block, targets = path[-1]
        target = next(targets, None)
        if target is None:
            on_path.discard(block.label)
            path.pop()
        elif target in on_path:
            edges.append((block, by_label[target]))
        elif target not in seen:
            seen.add(target)
            on_path.add(target)
            path.append((by_label[target], iter(dict.fromkeys(by_label[target].targets()))))
    return edges


def _entry(first: _Block, checks: Checks) -> list[str]:
    """A block before the first one; static stack slots have to be in it."""
    lines = first.instructions.split("\n")
    first.instructions = "\n".join(line for line in lines if " = alloca " not in line)
    return [
        "enter:",
        *(line for line in lines if " = alloca " in line),
        *_check("enter", first.label, checks),
        f"{_FAIL}:",
        f"  %{_FAIL}.at = getelementptr i8, ptr {CONTEXT}, i64 {checks.fail}",
        f"  %{_FAIL}.to = load ptr, ptr %{_FAIL}.at",
        f"  call void %{_FAIL}.to(ptr swiftself {CONTEXT}, i32 {checks.status}) cold noreturn nounwind",
        "  unreachable",
    ]


def _poll(label: str, tail: _Block, loop: _Block, checks: Checks) -> list[str]:
    """A block on the edge from `tail` to `loop`."""
    tail.lead(loop.label, label)
    loop.come(tail.label, label)
    return [f"{label}:", *_check(label, loop.label, checks)]


def _check(name: str, then: str, checks: Checks) -> Iterator[str]:
    yield f'  %{name}.sp = call i64 @llvm.read_register.i64(metadata !{{!"{checks.stack_pointer}"}})'
    yield f"  %{name}.at = getelementptr i8, ptr {CONTEXT}, i64 {checks.limit}"
    yield f"  %{name}.limit = load volatile i64, ptr %{name}.at"
    yield f"  %{name}.below = icmp ult i64 %{name}.sp, %{name}.limit"
    yield f"  br i1 %{name}.below, label %{_FAIL}, label %{then}, {_UNLIKELY}"
