"""The way into generated code and out of it again, in assembly; offsets are those of
`engines.compiler.layout`.

``enter(context, code, registers)`` is called from Python. It saves the callee-saved registers on the stack of
the host, switches to the stack of the context, loads all argument registers, calls `code`, stores the result
registers, and returns 0.

``fail(status)`` is called by generated code, on whatever depth: it goes back to the stack of the host, to
where `enter` left it, and returns `status` from there. No frame in between is looked at.

``enter_host`` is jumped to by the thunk of a host function, with the function's number in a scratch register
and everything else as the caller left it. It stores all argument registers, and all others that may hold a
reference, so that whoever looks for references need only search the stack. It switches to the stack of the
host, calls ``call_host(context, number, registers)``, and returns the result registers, or fails with the
status that it finds in the context. It puts `RAISED` there before: Python may be unable to call anything.

``guard(...)`` calls the function in the field `guarded` of the context with its own arguments, and returns
what that returns. ``unwind(exception)`` is called by generated code, on whatever depth: it returns from the
innermost call of `guard` that has not returned, with the exception in the context, as if from a function like
any other; if there is none, it fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engines.compiler.layout import ExecutionContext, Registers
from engines.compiler.status import RAISED, UNCAUGHT

if TYPE_CHECKING:
    from collections.abc import Iterable

_NATIVE = ExecutionContext.native_stack.offset
_STACK = ExecutionContext.stack.offset
_CALL_HOST = ExecutionContext.call_host.offset
_HOST_STATUS = ExecutionContext.host_status.offset
_HANDLER = ExecutionContext.handler.offset
_GUARDED = ExecutionContext.guarded.offset
_EXCEPTION = ExecutionContext.exception.offset
_VECTORS = Registers.vectors.offset

_X86_INTEGERS = ("rdi", "rsi", "rdx", "rcx", "r8", "r9")
_X86_SAVED = ("rbp", "rbx", "r12", "r13", "r14", "r15")
_X86_LEFT = ("rbx", "rbp", "r12", "r14", "r15")


def _x86_64() -> str:
    def registers(base: str, store: bool) -> str:
        moves = [
            (f"[{base} + {8 * i}]", name, "mov", "qword ptr") for i, name in enumerate(_X86_INTEGERS)
        ] + [(f"[{base} + {_VECTORS + 16 * i}]", f"xmm{i}", "movups", "xmmword ptr") for i in range(8)]
        return "\n".join(
            f"  {move} {size} {place}, {name}" if store else f"  {move} {name}, {size} {place}"
            for place, name, move, size in moves
        )

    end = _VECTORS + 16 * 8
    size = end + 8 * len(_X86_LEFT)
    frame = size + (8 - size) % 16  # the stack is eight bytes off its alignment where a function starts
    return f"""
.intel_syntax noprefix
.globl enter, fail, enter_host, guard, unwind
enter:
{_each("  push {}", zip(_X86_SAVED))}
  push rdx
  mov r13, rdi
  mov r11, rsi
  mov r10, rdx
  mov qword ptr [r13 + {_NATIVE}], rsp
  mov rsp, qword ptr [r13 + {_STACK}]
{registers("r10", store=False)}
  call r11
  mov rsp, qword ptr [r13 + {_NATIVE}]
  pop r10
  mov qword ptr [r10], rax
  movups xmmword ptr [r10 + {_VECTORS}], xmm0
  xor eax, eax
  jmp leave
fail:
  mov rsp, qword ptr [r13 + {_NATIVE}]
  pop r10
  mov eax, edi
leave:
{_each("  pop {}", zip(_X86_SAVED[::-1]))}
  ret
enter_host:
  sub rsp, {frame}
{registers("rsp", store=True)}
{_each("  mov qword ptr [rsp + {}], {}", ((end + 8 * i, name) for i, name in enumerate(_X86_LEFT)))}
  mov rbx, rsp
  mov rdi, r13
  mov rsi, r11
  mov rdx, rsp
  mov rsp, qword ptr [r13 + {_NATIVE}]
  mov qword ptr [r13 + {_HOST_STATUS}], {RAISED}
  call qword ptr [r13 + {_CALL_HOST}]
  mov rsp, rbx
  mov edi, dword ptr [r13 + {_HOST_STATUS}]
  test edi, edi
  jnz fail
  mov rax, qword ptr [rsp]
  movups xmm0, xmmword ptr [rsp + {_VECTORS}]
  mov rbx, qword ptr [rsp + {end}]
  add rsp, {frame}
  ret
guard:
{_each("  push {}", zip(_X86_LEFT))}
  push qword ptr [r13 + {_HANDLER}]
  mov qword ptr [r13 + {_HANDLER}], rsp
  sub rsp, 8
  call qword ptr [r13 + {_GUARDED}]
  add rsp, 8
  pop qword ptr [r13 + {_HANDLER}]
  add rsp, {8 * len(_X86_LEFT)}
  ret
unwind:
  mov rax, qword ptr [r13 + {_HANDLER}]
  test rax, rax
  jz uncaught
  mov rsp, rax
  mov qword ptr [r13 + {_EXCEPTION}], rdi
  pop qword ptr [r13 + {_HANDLER}]
{_each("  pop {}", zip(_X86_LEFT[::-1]))}
  ret
uncaught:
  mov edi, {UNCAUGHT}
  jmp fail
.att_syntax
"""


def _aarch64() -> str:
    def registers(base: str, move: str) -> str:
        pairs = [(f"x{i}", f"x{i + 1}", 8 * i) for i in range(0, 6, 2)]
        pairs += [(f"q{i}", f"q{i + 1}", _VECTORS + 16 * i) for i in range(0, 8, 2)]
        return _each(f"  {move} {{}}, {{}}, [{base}, #{{}}]", pairs)

    saved = [(f"x{i}", f"x{i + 1}", 16 * j) for j, i in enumerate(range(19, 31, 2))]
    saved += [(f"d{i}", f"d{i + 1}", 96 + 16 * j) for j, i in enumerate(range(8, 16, 2))]
    end = _VECTORS + 16 * 8
    left = [(f"x{i}", f"x{i + 1 if i < 29 else 20}", end + 8 * (i - 19)) for i in range(21, 31, 2)]
    size = end + 16 * (len(left) + 1)
    return f"""
.globl enter, fail, enter_host, guard, unwind
enter:
  sub sp, sp, #176
{_each("  stp {}, {}, [sp, #{}]", saved)}
  str x2, [sp, #160]
  mov x20, x0
  mov x17, x1
  mov x16, x2
  mov x9, sp
  str x9, [x20, #{_NATIVE}]
  ldr x9, [x20, #{_STACK}]
  mov sp, x9
{registers("x16", "ldp")}
  blr x17
  ldr x9, [x20, #{_NATIVE}]
  mov sp, x9
  ldr x16, [sp, #160]
  str x0, [x16]
  str q0, [x16, #{_VECTORS}]
  mov w0, #0
  b leave
fail:
  ldr x9, [x20, #{_NATIVE}]
  mov sp, x9
leave:
{_each("  ldp {}, {}, [sp, #{}]", saved)}
  add sp, sp, #176
  ret
enter_host:
  sub sp, sp, #{size}
{registers("sp", "stp")}
  stp x19, x30, [sp, #{end}]
{_each("  stp {}, {}, [sp, #{}]", left)}
  mov x19, sp
  mov x0, x20
  mov w1, w16
  mov x2, sp
  ldr x9, [x20, #{_NATIVE}]
  mov sp, x9
  mov x9, #{RAISED}
  str x9, [x20, #{_HOST_STATUS}]
  ldr x9, [x20, #{_CALL_HOST}]
  blr x9
  mov sp, x19
  ldr w0, [x20, #{_HOST_STATUS}]
  cbnz w0, fail
  ldr x0, [sp]
  ldr q0, [sp, #{_VECTORS}]
  ldp x19, x30, [sp, #{end}]
  add sp, sp, #{size}
  ret
guard:
  sub sp, sp, #176
{_each("  stp {}, {}, [sp, #{}]", saved)}
  ldr x9, [x20, #{_HANDLER}]
  str x9, [sp, #160]
  mov x9, sp
  str x9, [x20, #{_HANDLER}]
  ldr x9, [x20, #{_GUARDED}]
  blr x9
  ldr x9, [sp, #160]
  str x9, [x20, #{_HANDLER}]
  ldr x30, [sp, #88]
  add sp, sp, #176
  ret
unwind:
  ldr x9, [x20, #{_HANDLER}]
  cbz x9, uncaught
  mov sp, x9
  str x0, [x20, #{_EXCEPTION}]
  ldr x9, [sp, #160]
  str x9, [x20, #{_HANDLER}]
  b leave
uncaught:
  mov w0, #{UNCAUGHT}
  b fail
"""


def _each(template: str, operands: Iterable[tuple[object, ...]]) -> str:
    return "\n".join(template.format(*row) for row in operands)


ASSEMBLY = {"x86_64": _x86_64, "aarch64": _aarch64}


def module(machine: str) -> str:
    """The text of the module that defines all five, for a machine by the name LLVM has for it."""
    return "\n".join(f'module asm "{line.strip()}"' for line in ASSEMBLY[machine]().splitlines())
