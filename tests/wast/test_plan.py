"""What is asked of an engine, and what is not, and why."""

from __future__ import annotations

import pytest

from harness.sandbox import protocol
from harness.standard.features import ALL, version
from harness.wast.commands import read
from harness.wast.plan import IMPORTS, TEXT_FORMAT, THREADS, Plan, plan, youngest
from harness.wast.reader import ScriptError

SIMD = "(module $S (func (export {name!r}) (result v128) (v128.const i64x2 0 0)))".replace("{name!r}", '"v"')
PLAIN = '(module $P (func (export "f")))'
WITHOUT_SIMD = ALL - {"simd", "relaxed-simd"}


def planned(text: str, offered: frozenset[str] = ALL, name: str = "script.wast") -> Plan:
    return plan(name, read(text), offered | {IMPORTS}, "7.")


def features(text: str) -> list[str]:
    return [step.feature for step in planned(text).steps]


def test_a_command_counts_for_the_youngest_feature_it_needs() -> None:
    assert features(PLAIN + '(invoke "f")') == ["mvp", "mvp"]
    assert features(SIMD + '(invoke "v")') == ["simd", "simd"]
    assert features("(module (memory i64 1) (memory 1))") == ["memory64"]
    assert features('(assert_invalid (module (memory i64 1) (func (drop (i64.load (i32.const 0))))) "")') == [
        "memory64"
    ]


def test_the_youngest() -> None:
    assert youngest(["simd", "mvp", "gc", "bulk-memory"]) == "gc"
    assert youngest([]) == "mvp"


def test_what_is_not_offered_is_counted_by_feature() -> None:
    text = f"""{SIMD} (invoke "v") (assert_return (invoke "v") (v128.const i64x2 0 0))
    {PLAIN} (invoke "f") (invoke $S "v")
    (assert_invalid (module (func (result i32) (v128.const i64x2 0 0))) "type mismatch")
    (assert_trap (module (func $f (drop (v128.const i64x2 0 0)) unreachable) (start $f)) "unreachable")
    (assert_unlinkable (module (import "a" "b" (global v128))) "unknown import")"""
    made = planned(text, WITHOUT_SIMD)
    assert [step.keyword for step in made.steps] == ["module", "invoke"]
    assert made.not_applicable == {"simd: not offered": 7}
    assert planned(text).not_applicable == {}


def test_who_imports_from_what_is_not_offered_is_not_applicable() -> None:
    text = f"""{SIMD} (register "S")
    (module $I (import "S" "v" (func)) (func (export "g")))
    (invoke "g") (register "I")
    (module (import "I" "g" (func)))
    (assert_unlinkable (module (import "S" "none" (func))) "unknown import")
    {PLAIN} (register "S")
    (module (import "S" "f" (func)))"""
    made = planned(text, WITHOUT_SIMD)
    assert [step.keyword for step in made.steps] == ["module", "register", "module"]
    assert made.not_applicable == {"simd: not offered": 7}
    assert features(text)[2:7] == ["simd"] * 5


def test_a_definition_needs_what_is_written_in_it_an_instance_what_it_imports_too() -> None:
    text = f"""{SIMD} (register "S")
    (module definition $D (import "S" "v" (func)))
    (module instance $I $D)"""
    made = planned(text, WITHOUT_SIMD)
    assert [step.keyword for step in made.steps] == ["module definition"]
    assert made.not_applicable == {"simd: not offered": 3}


def test_what_should_have_been_written_into_is_not_applicable_any_more() -> None:
    text = """(module $M (memory (export "m") 1) (func (export "f"))) (register "M")
    (module $N (import "M" "m" (memory 1)) (func (export "g")))
    (assert_unlinkable (module (import "M" "m" (memory 2)) (global v128)) "incompatible import type")
    (invoke $M "f")
    (assert_trap (module (import "M" "m" (memory 1)) (data (i32.const 0) "x")
      (func $f (drop (v128.const i64x2 0 0)) unreachable) (start $f)) "unreachable")
    (invoke $M "f") (invoke $N "g")
    (module (func (export "h"))) (invoke "h")"""
    made = planned(text, WITHOUT_SIMD)
    assert [step.line for step in made.steps] == [1, 1, 2, 4, 8, 8]
    assert made.not_applicable == {"simd: not offered": 4}
    assert features(text)[6:] == ["mvp"] * 4


def test_what_only_a_later_standard_can_decode_needs_its_feature() -> None:
    text = '(assert_invalid (module (memory 0x1_0000_0000)) "memory size")'
    assert features(text) == ["memory64"]


def test_parts_of_spectest_need_features() -> None:
    text = '(module (import "spectest" "shared_memory" (memory 1 2 shared)))'
    assert planned(text, ALL - {"multi-memory"}).not_applicable == {"multi-memory: not offered": 1}
    assert len(planned(text, ALL).steps) == 1
    assert planned("", version("1.0")).setup[0] != planned("", ALL).setup[0]


def test_the_text_format_is_not_tested() -> None:
    made = planned("""
    (assert_malformed (module quote "(func") "unexpected token")
    (assert_malformed_custom (module quote "(@name)") "")
    (assert_malformed (module binary "") "unexpected end")
    (assert_invalid (module quote "(func (result i32))") "type mismatch")""")
    assert made.not_applicable == {TEXT_FORMAT: 2}
    assert [step.keyword for step in made.steps] == ["assert_malformed", "assert_invalid"]


def test_a_malformed_binary_needs_what_is_read_before_the_fault() -> None:
    # a memory with a 64-bit address and a data count section, of which the second is cut short
    text = r'(assert_malformed (module binary "\00asm\01\00\00\00" "\05\03\01\04\01" "\0c\01\80") "")'
    assert features(text) == ["memory64"]
    assert planned(text, version("2.0")).not_applicable == {"memory64: not offered": 1}


def test_what_cannot_be_assembled_is_named_with_all_that_hangs_on_it() -> None:
    made = planned('\n(module $M\n (func nonsense))\n(invoke $M "f")')
    assert (made.steps, made.not_applicable) == ((), {})
    assert [(lost.line, lost.keyword) for lost in made.lost] == [(2, "module"), (4, "invoke")]
    for lost in made.lost:
        assert lost.reason.startswith("cannot be assembled: script.wast:3: ")
        assert lost.reason.endswith("nonsense")


def test_threads_are_counted() -> None:
    made = planned('(thread $T (invoke "f")) (wait $T)')
    assert (made.steps, made.not_applicable) == ((), {THREADS: 2})


def test_older_proposals_do_not_overrule_the_standard() -> None:
    text = '(assert_invalid (module (memory 1) (memory 1)) "multiple memories")'
    outdated = planned(text, name="proposals/threads/memory.wast")
    assert (outdated.steps, sum(outdated.not_applicable.values())) == ((), 1)
    assert len(planned(text, name="memory.wast").steps) == 1


def test_what_is_told() -> None:
    made = planned(f"""{PLAIN} (register "P") (assert_return (invoke "f")) (invoke $P "f") (get "g")
    (assert_invalid (module) "")""")
    commands = [step.commands for step in made.steps]
    (compile_, instantiate) = commands[0]
    assert isinstance(compile_, protocol.Compile)
    assert compile_.binary.startswith(b"\0asm")
    assert instantiate == protocol.Instantiate("7.1", compile_.module)
    assert commands[1:5] == [
        (protocol.Register("P", "7.1"),),
        (protocol.Invoke("7.1", "f"),),
        (protocol.Invoke("7.1", "f"),),
        (protocol.Get("7.1", "g"),),
    ]
    assert [step.changes for step in made.steps] == [True, True, True, True, False, False]
    names = {command.instance for command in made.setup if isinstance(command, protocol.Instantiate)}
    dropped = {command.instance for command in made.teardown if isinstance(command, protocol.Drop)}
    assert {"7.1", *names} <= dropped
    assert protocol.Drop(registered="P") in made.teardown


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('\n(invoke "f")', "there is no instance yet"),
        ('(module)\n(invoke $M "f")', r"there is no instance \$M"),
        ('(module definition)\n(register "M")', "there is no instance yet"),
        ("\n(module instance)", "there is no module yet"),
    ],
)
def test_unknown_names(text: str, reason: str) -> None:
    with pytest.raises(ScriptError, match=f"^line 2: {reason}"):
        planned(text)
