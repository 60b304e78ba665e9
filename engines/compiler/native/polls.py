"""Checks put into finished LLVM IR: polls on back edges, and the stack's limit where functions are entered.

Written before optimisation, a poll keeps loops from being vectorised, and a check at the entry weighs against
inlining. Both are inserted here, into the text of a module after all passes over it. Every cycle of a control
flow graph has an edge back to a block on the path of a depth-first walk; polling those covers all loops.

Both compare the stack pointer with the limit in the context, which whoever interrupts raises above all
addresses: so a poll is one instruction for most processors. A function that polls has found itself above the
limit when it was entered.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

CONTEXT = "%context"
"""The parameter that points to the context; every function that can run long must have it."""

_NAME = r'("[^"]*"|[-\w.$]+)'
_LABEL = re.compile(rf"{_NAME}:")
_TARGET = re.compile(rf"label %{_NAME}")
_SOURCE = re.compile(r"\[ .*? \](?=, \[|$|, !)")
_OUTDATED = re.compile(r"\b(memory\([^)]*\)|nofree|norecurse|nosync|willreturn|readnone|readonly|writeonly) ")
"""What passes have found out about functions, and what is not true of them any more."""
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
    """A basic block: its instructions, and where the last of them starts, which may take several lines."""

    def __init__(self, label: str, lines: list[str]) -> None:
        self.label = label
        self.lines = lines
        self.last = len(lines) - 1
        while not lines[self.last].startswith(("  br ", "  switch ", "  ret ", "  unreachable")):
            self.last -= 1

    def targets(self) -> list[str]:
        return _TARGET.findall("\n".join(self.lines[self.last :]))

    def lead(self, old: str, new: str) -> None:
        """Branch to `new` instead of `old`."""
        edge = re.compile(rf"label %{re.escape(old)}(?![-\w.$])")
        self.lines[self.last :] = [edge.sub(f"label %{new}", line) for line in self.lines[self.last :]]

    def come(self, old: str, new: str) -> None:
        """Be entered from `new` instead of `old`, by one edge."""
        for index, line in enumerate(self.lines):
            if " = phi " not in line:
                if line.strip():
                    return
                continue
            head = line[: line.index("[ ")]
            sources = [
                source.removesuffix(f", %{old} ]") + f", %{new} ]"
                if source.endswith(f", %{old} ]")
                else source
                for source in _SOURCE.findall(line)
            ]
            self.lines[index] = head + ", ".join(dict.fromkeys(sources))


def insert(text: str, checks: Checks) -> str:
    """The text of a module with checks in all its functions; raises `NoContext`."""
    lines: list[str] = []
    body: list[str] | None = None
    head = ""
    for line in text.splitlines():
        if body is None:
            if line.startswith(("define ", "attributes ")):
                line = _OUTDATED.sub("", line)
                body, head = ([], line) if line[0] == "d" else (None, "")
            lines.append(line)
        elif line == "}":
            lines.extend(_function(head, body, checks))
            lines.append(line)
            body = None
        else:
            body.append(line)
    return "\n".join(lines) + "\n"


def _function(head: str, body: list[str], checks: Checks) -> list[str]:
    blocks = _blocks(body)
    lines: list[str] = []
    edges = _back_edges(blocks) if checks.polls else []
    calls = _calls(body)
    if (edges or calls) and CONTEXT not in head:
        raise NoContext(head)
    if not edges and not calls:
        return body
    lines.extend(_entry(blocks[0], checks))
    inserted: list[str] = []
    for number, (tail, loop) in enumerate(edges):
        inserted.extend(_poll(f"poll.{number}", tail, loop, checks))
    for block in blocks:
        lines.append(f"{block.label}:")
        lines.extend(block.lines)
    return lines + inserted


def _blocks(body: list[str]) -> list[_Block]:
    lines: list[str] = []
    label = "0"  # the number of a first block without a name, as all parameters have names
    blocks = []
    for line in body:
        if line and line[0] not in " ;":
            if lines:
                blocks.append(_Block(label, lines))
            match = _LABEL.match(line)
            assert match is not None, line
            label, lines = match[1], []
        elif line.startswith(" "):
            lines.append(line)
    blocks.append(_Block(label, lines))
    return blocks


def _calls(body: Sequence[str]) -> bool:
    """Whether there is a call of a function that returns."""
    return any(
        "call " in line and "@llvm." not in line and not after.startswith("  unreachable")
        for line, after in itertools.pairwise(body)
    )


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


def _entry(first: _Block, checks: Checks) -> Iterable[str]:
    """A block before the first one; static stack slots have to be in it."""
    yield "enter:"
    yield from (line for line in first.lines if " = alloca " in line)
    kept = [line for line in first.lines if " = alloca " not in line]
    first.last -= len(first.lines) - len(kept)
    first.lines = kept
    yield from _check("enter", first.label, checks)
    yield f"{_FAIL}:"
    yield f"  %{_FAIL}.at = getelementptr i8, ptr {CONTEXT}, i64 {checks.fail}"
    yield f"  %{_FAIL}.to = load ptr, ptr %{_FAIL}.at"
    yield f"  call void %{_FAIL}.to(ptr swiftself {CONTEXT}, i32 {checks.status}) cold noreturn nounwind"
    yield "  unreachable"


def _poll(label: str, tail: _Block, loop: _Block, checks: Checks) -> Iterable[str]:
    """A block on the edge from `tail` to `loop`."""
    tail.lead(loop.label, label)
    loop.come(tail.label, label)
    yield f"{label}:"
    yield from _check(label, loop.label, checks)


def _check(name: str, then: str, checks: Checks) -> Iterable[str]:
    yield f'  %{name}.sp = call i64 @llvm.read_register.i64(metadata !{{!"{checks.stack_pointer}"}})'
    yield f"  %{name}.at = getelementptr i8, ptr {CONTEXT}, i64 {checks.limit}"
    yield f"  %{name}.limit = load volatile i64, ptr %{name}.at"
    yield f"  %{name}.below = icmp ult i64 %{name}.sp, %{name}.limit"
    yield f"  br i1 %{name}.below, label %{_FAIL}, label %{then}, {_UNLIKELY}"
