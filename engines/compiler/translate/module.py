"""A module as LLVM IR text."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING

from engines.compiler.instance_layout import InstanceLayout
from engines.compiler.native.link import DATA
from engines.compiler.translate import calls, control
from engines.compiler.translate.function import Function
from engines.compiler.translate.rules import RULES
from harness.engine import Unsupported
from harness.polling import never, polled
from harness.standard.instructions import INSTRUCTIONS
from harness.standard.types import FuncType, TagType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engines.wasm.validation import ValidModule
    from harness.polling import Poll
    from harness.standard.syntax import Expr

_ATTRIBUTES = """
attributes #0 = { nounwind "disable-tail-calls"="true" "no-builtins" "probe-stack"="inline-asm" }
attributes #1 = { cold noreturn nounwind }
!0 = !{!"branch_weights", i32 1, i32 1048575}
!1 = !{}
!2 = !{!6, !6, i64 0}
!3 = !{!7, !7, i64 0}
!4 = !{!8, !8, i64 0}
!5 = !{!9, !9, i64 0}
!6 = !{!"bytes of a memory", !10}
!7 = !{!"size", !10}
!8 = !{!"global", !10}
!9 = !{!"entry of a table", !10}
!10 = !{!"wasm"}
!11 = !{!15, !15, i64 0}
!12 = !{!16, !16, i64 0}
!13 = !{!17, !17, i64 0}
!14 = !{!18, !18, i64 0}
!15 = !{!"field of an object", !10}
!16 = !{!"header of an object", !10}
!17 = !{!"free bytes of the heap", !10}
!18 = !{!"starts of objects", !10}
"""
"""Infinite recursion has to exhaust the stack, so LLVM must not make loops of it: no tail calls but ours."""

MAX_LINES = 3_000_000
"""Of LLVM IR, for a function: a value takes 16 bytes of its frame at most, for which there is room even below
the limit of the stack.
"""
_WIDEST = "[16 x i8]"
"""The LLVM type of a symbol of the data, of which not all need be there."""
_ANNOTATION = re.compile(r", !(?:tbaa|prof|invariant\.load) !\d+")
_OPENING = frozenset(INSTRUCTIONS[name] for name in control.OPENING)
_ELSE, _END = INSTRUCTIONS["else"], INSTRUCTIONS["end"]
_CALLS = frozenset(INSTRUCTIONS[name] for name in ("call", "return_call"))
_LOCALS = frozenset(INSTRUCTIONS[name] for name in ("local.get", "local.set", "local.tee"))
_ZEROS = {"float": "f32", "double": "f64"}


class ModuleText:
    """A module under translation."""

    def __init__(self, valid: ValidModule, poll: Poll = never) -> None:
        """`poll` is called now and then while text is made, and what it raises ends that."""
        self.valid = valid
        self._poll = poll
        self.layout = InstanceLayout(valid)
        imported = self.layout.imported_functions
        self.universal = calls.universal([func.body for func in valid.module.funcs], imported)
        layout = self.layout
        tags = [import_.type for import_ in valid.module.imports if isinstance(import_.type, TagType)]
        self.tag_types = [tag.type for tag in (*tags, *valid.module.tags)]
        """Indices of the types of the tags."""
        self._symbols: set[int] = set()
        """Offsets of the data that the text refers to."""
        self._places: dict[str, Sequence[int] | dict[int, int]] = {
            "type": layout.types,
            "import": layout.imports,
            "function": layout.functions,
            "table": layout.tables,
            "memory": layout.memories,
            "global": layout.globals,
            "tag": layout.tags,
            "elem": layout.elems,
            "data": layout.datas,
        }

    def place(self, space: str, index: int, offset: int = 0) -> str:
        """A pointer to a field of what the instance has for an index of an index space."""
        at = self._places[space][index] + offset
        self._symbols.add(at)
        return f"@{DATA}{at}"

    def function_type(self, index: int) -> FuncType:
        """The type of a function."""
        comp = self.valid.funcs[index].comp
        assert isinstance(comp, FuncType)
        return comp

    def text(self, indices: Sequence[int], optimised: bool) -> str:
        """The text of an LLVM module with these of the module's own functions.

        Others that they call are declared, and must be linked with it. Text that is to be `optimised` says
        what may alias what. Its functions are `odr`: LLVM may use them as they are, but draws no conclusions
        from what they are. It would take the context from those that do not use it, and then no loop in them
        could be interrupted; or would do once what is to be done twice.
        """
        part = copy.copy(self)  # several threads may be at it
        part._symbols = set()
        whole = len(indices) == len(self.valid.module.funcs)
        if optimised:
            text = part._definitions(indices, "linkonce_odr hidden", "weak_odr hidden")
        else:
            text = part._definitions(indices, "internal" if whole else "hidden", "hidden")
            text = _ANNOTATION.sub("", text)
        data = [f"@{DATA}{at} = external hidden global {_WIDEST}, align 8" for at in part._symbols]
        return "\n".join([*data, text, _ATTRIBUTES])

    def _definitions(self, indices: Sequence[int], linkage: str, linkage_if_referenced: str) -> str:
        imported = self.layout.imported_functions
        parts = []
        called: set[int] = set()
        for index in indices:
            referenced = index in self.layout.functions
            parts.append(self.function(index, linkage_if_referenced if referenced else linkage))
            body = self.valid.module.funcs[index - imported].body
            called.update(instr[1] for instr in body if instr[0] in _CALLS)
        called.difference_update(indices, range(imported))
        parts.extend(f"declare hidden {self._head(index)}" for index in sorted(called))
        return "\n".join(parts)

    def _head(self, index: int) -> str:
        type_, universal = self.function_type(index), index in self.universal
        parameters = [f"{llvm} {name}" for llvm, name in calls.parameters(type_, universal)]
        return (
            f"{calls.result_type(type_, universal)} @f{index}"
            f"({', '.join(['ptr swiftself %context', *parameters])}) #0"
        )

    def function(self, index: int, linkage: str) -> str:
        """The definition of one of the module's own functions."""
        func = self.valid.module.funcs[index - self.layout.imported_functions]
        type_ = self.function_type(index)
        function = Function(self, type_, func.locals)
        used = {instr[1] for instr in func.body if instr[0] in _LOCALS}
        lines = function.lines
        lines.extend(f"  %l{local} = alloca {function.locals[local]}" for local in sorted(used))
        arguments = calls.receive(function, type_, index in self.universal)
        for local in sorted(used):
            value = arguments[local] if local < len(arguments) else _zero(function, function.locals[local])
            function.emit(f"store {function.locals[local]} {value}, ptr %l{local}")
            function.known[local] = value
        control.open_function(function, type_)
        _translate(function, func.body, self._poll)
        if not function.dead:
            calls.return_(function, index in self.universal)
        function.finish()
        body = "\n".join(lines)
        return f"define {linkage} {self._head(index)} {{\nentry:\n{body}\n}}"


def _zero(function: Function, llvm: str) -> str:
    """The value of a local at first; that of a float is hidden from LLVM, which would fold with it."""
    if llvm == "ptr":
        return "null"
    if llvm not in _ZEROS:
        return "zeroinitializer" if llvm.startswith("<") else "0"
    zero = function.zeros.get(llvm)
    if zero is None:
        fence = f"llvm.arithmetic.fence.{_ZEROS[llvm]}"
        zero = function.zeros[llvm] = function.define(f"call {llvm} @{fence}({llvm} 0.0)")
    return zero


def _translate(function: Function, body: Expr, poll: Poll) -> None:
    """Apply the rules to a body; what cannot be reached is left out."""
    skipped = 0
    for row, *immediates in polled(body, poll):
        if function.dead:
            if row in _OPENING:
                skipped += 1
                continue
            if skipped or row not in (_ELSE, _END):
                skipped -= row is _END
                continue
        RULES[row](function, *immediates)
        if len(function.lines) > MAX_LINES:
            raise Unsupported(f"a function of more than {MAX_LINES} lines of LLVM IR")
