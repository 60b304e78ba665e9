"""Forms to commands."""

from __future__ import annotations

import pytest

from harness.engine import Value
from harness.wast import commands as script
from harness.wast.commands import Get, Invoke, Source, read
from harness.wast.patterns import Either, Exactly, Lanes, Nan, Null, Reference
from harness.wast.reader import ScriptError

EMPTY = Source(1, "text", b"(module )")
I32 = Value("i32", 1)
CALL = Invoke(None, "f", ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(module)", script.Module(1, None, EMPTY)),
        ("(module $M (func))", script.Module(1, "$M", Source(1, "text", b"(module  (func))"))),
        (
            r'(module $M binary "\00a" "sm")',
            script.Module(1, "$M", Source(1, "binary", b"\0asm")),
        ),
        (r'(module quote "(fu" "nc)\ff")', script.Module(1, None, Source(1, "quote", b"(func)\xff"))),
        ("(module definition)", script.ModuleDefinition(1, None, EMPTY)),
        ("(module definition $M)", script.ModuleDefinition(1, "$M", EMPTY)),
        ('(module definition $M binary "a")', script.ModuleDefinition(1, "$M", Source(1, "binary", b"a"))),
        ("(module instance)", script.ModuleInstance(1, None, None)),
        ("(module instance $I)", script.ModuleInstance(1, "$I", None)),
        ("(module instance $I $M)", script.ModuleInstance(1, "$I", "$M")),
        ('(register "é")', script.Register(1, "é", None)),
        ('(register "a" $M)', script.Register(1, "a", "$M")),
        ('(invoke "f")', script.Perform(1, CALL)),
        ('(invoke $M "f" (i32.const 1))', script.Perform(1, Invoke("$M", "f", (I32,)))),
        ('(get $M "g")', script.Perform(1, Get("$M", "g"))),
        ('(assert_return (get "g") (i32.const 1))', script.AssertReturn(1, Get(None, "g"), (Exactly(I32),))),
        ('(assert_trap (invoke "f") "no")', script.AssertTrap(1, CALL, "no")),
        ('(assert_trap (module) "no")', script.AssertTrap(1, EMPTY, "no")),
        ('(assert_exhaustion (invoke "f") "no")', script.AssertExhaustion(1, CALL, "no")),
        ('(assert_exception (invoke "f"))', script.AssertException(1, CALL)),
        ('(assert_invalid (module) "no")', script.AssertInvalid(1, EMPTY, "no")),
        (
            '(assert_malformed (module binary "") "no")',
            script.AssertMalformed(1, Source(1, "binary", b""), "no"),
        ),
        ('(assert_unlinkable (module) "no")', script.AssertUnlinkable(1, EMPTY, "no")),
        ('(assert_malformed_custom (module) "no")', script.AssertCustom(1, EMPTY, "no")),
        ('(assert_invalid_custom (module) "no")', script.AssertCustom(1, EMPTY, "no")),
        (
            '(thread $T (shared (module $M)) (invoke "f") (assert_trap (invoke "f") "no"))',
            script.Thread(1, "$T", ("$M",), (script.Perform(1, CALL), script.AssertTrap(1, CALL, "no"))),
        ),
        ("(wait $T)", script.Wait(1, "$T")),
    ],
)
def test_command(text: str, expected: script.Command) -> None:
    assert list(read(text)) == [expected]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(i64.const -1)", Value("i64", (1 << 64) - 1)),
        ("(f32.const nan:0x1)", Value("f32", 0x7F800001)),
        ("(f64.const -0)", Value("f64", 1 << 63)),
        ("(v128.const i8x16 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 -1)", Value("v128", 0xFF << 120 | 1)),
        ("(v128.const i64x2 1 2)", Value("v128", 2 << 64 | 1)),
        ("(v128.const f32x4 1 0 0 inf)", Value("v128", 0x7F800000 << 96 | 0x3F800000)),
        ("(ref.extern 3)", Value("extern", 3)),
        ("(ref.host 4)", Value("extern", 4)),
        ("(ref.null exn)", Value("exn", None)),
    ],
)
def test_argument(text: str, value: Value) -> None:
    assert list(read(f'(invoke "f" {text})')) == [script.Perform(1, Invoke(None, "f", (value,)))]


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("(i32.const 1)", Exactly(I32)),
        ("(f32.const nan)", Exactly(Value("f32", 0x7FC00000))),
        ("(f32.const nan:canonical)", Nan("f32", canonical=True)),
        ("(f64.const nan:arithmetic)", Nan("f64", canonical=False)),
        ("(v128.const f64x2 0 0)", Exactly(Value("v128", 0))),
        (
            "(v128.const f64x2 nan:canonical 0)",
            Lanes("f64x2", (Nan("f64", canonical=True), Exactly(Value("f64", 0)))),
        ),
        ("(ref.null)", Null()),
        ("(ref.null func)", Null("func")),
        ("(ref.func)", Reference("func")),
        ("(ref.struct)", Reference("struct")),
        ("(ref.exn)", Reference("exn")),
        ("(ref.extern)", Reference("extern")),
        ("(ref.extern 0)", Exactly(Value("extern", 0))),
        ("(either (ref.null) (ref.eq))", Either((Null(), Reference("eq")))),
    ],
)
def test_result(text: str, pattern: object) -> None:
    (command,) = read(f'(assert_return (invoke "f") {text})')
    assert isinstance(command, script.AssertReturn)
    assert command.results == (pattern,)


def test_a_script_may_be_fields_alone() -> None:
    text = '(func)\n(memory 0) (func (export "f"))'
    assert list(read(text)) == [script.Module(1, None, Source(1, "text", text.encode()))]


def test_lines() -> None:
    text = '\n(module\n $M\n (func))\n(assert_invalid\n\n (module (func i32.add)) "no")'
    module, invalid = read(text)
    assert isinstance(module, script.Module)
    assert isinstance(invalid, script.AssertInvalid)
    assert (module.line, module.source.line, invalid.line, invalid.source.line) == (2, 3, 5, 7)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(assert_returns)", r"no such command: \(assert_returns"),
        ("()", "no such command"),
        ('(assert_return "f")', "no such command"),
        ('(assert_trap (invoke "f"))', "no such command"),
        ('(assert_return (call "f"))', r"no such action: \(call"),
        ('(invoke "f" (i32.add 1))', r"no such constant: \(i32.add"),
        ('(invoke "f" (i32.const x))', "not an integer: x"),
        ('(invoke "f" (f32.const nan:canonical))', "not a number: nan:canonical"),
        ('(invoke "f" (v128.const i64x2 1))', "no such constant"),
        ('(invoke "f" (ref.null $t))', "no such constant"),
        ('(invoke "f" 1)', "expected a list, not '1'"),
        ('(assert_return (invoke "f") (v128.const f64x2 nan:canonical))', "no such constant"),
        ('(assert_return (invoke "f") (either))', "no such constant"),
        (r'(invoke "\ff")', "invalid start byte"),
        ('(assert_invalid (func) "no")', "not a module"),
    ],
)
def test_errors(text: str, reason: str) -> None:
    with pytest.raises(ScriptError, match=f"^line 2: .*{reason}"):
        list(read(f"\n{text}"))
