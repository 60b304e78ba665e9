"""Calls that end when someone presses Ctrl-C, ten in each tier; prints a line for each."""

from __future__ import annotations

import _thread
import threading
from typing import TYPE_CHECKING

from engines.compiler import Compiler
from harness.assembler import assemble
from harness.context import background, with_timeout
from harness.engine import HostFunction, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engines.compiler.native.llvm import Level

WAT = """(module (import "host" "seven" (func $seven (param i64) (result i64)))
(func (export "run")
  (loop $again (br_if $again (i64.eq (call $seven (i64.const 8)) (i64.const 7))))))"""


def seven(args: Sequence[Value]) -> Sequence[Value]:
    return [Value("i64", 7)]


def interrupted(level: Level) -> None:
    engine = Compiler(interruptible=True, level=level)
    imports = {"host": {"seven": HostFunction(("i64",), ("i64",), seven)}}
    module = engine.compile(assemble(WAT, first="in-process").binary)
    instance = engine.instantiate(module, imports, background())
    for _ in range(10):
        try:
            threading.Timer(0.005, _thread.interrupt_main).start()
            with with_timeout(background(), 60) as context:
                instance.invoke("run", (), context)
        except KeyboardInterrupt:
            print(level)


interrupted("cheap")
interrupted("optimised")
