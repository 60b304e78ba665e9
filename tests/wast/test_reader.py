"""Text to forms."""

from __future__ import annotations

import pytest

from harness.wast.reader import Form, ScriptError, read, unescape


def test_forms() -> None:
    forms = list(read('(a b "c" (d -1 $e!#))\n\n(f)'))
    assert forms == [Form(1, ["a", "b", b"c", Form(1, ["d", "-1", "$e!#"])]), Form(3, ["f"])]
    assert [form.head for form in forms] == ["a", "f"]
    assert next(iter(read("()"))).head == ""


def test_comments_and_annotations_are_space() -> None:
    text = """;; (no) "
    (;(; nested ;) " ;; ;)(a;;b)
    (; ;;) (@annotation (x) ")" ;; )
    ) b) (;;)
    ((@x)c(@y))"""
    assert list(read(text)) == [Form(2, ["a", "b"]), Form(5, ["c"])]


def test_modules_in_text_are_not_looked_into() -> None:
    text = '(m (module $M (func "a)\\"") ;; )\n (; ) ;) (@x ")") ))\n(module definition\n$N)'
    first, second = read(text)
    assert first == Form(1, ["m", Form(1, ["module", "$M"], ' (func "a)\\"") ;; )\n (; ) ;) (@x ")") ', 1)])
    assert second == Form(3, ["module", "definition", "$N"])


def test_modules_in_binary_are() -> None:
    (form,) = read('(module binary "\\00asm" "\\01\\00\\00\\00")')
    assert form == Form(1, ["module", "binary", b"\0asm", b"\1\0\0\0"])


def test_where_fields_begin() -> None:
    (form,) = read("\n(module\n\n  (func))")
    assert (form.line, form.fields, form.fields_line) == (2, "\n\n  (func)", 2)


@pytest.mark.parametrize(
    ("string", "expected"),
    [
        ("", b""),
        ("aé", "aé".encode()),
        (r"\t\n\r\"\'\\", b"\t\n\r\"'\\"),
        (r"\00\fF", b"\0\xff"),
        (r"\u{1F600}x\u{e9}", "😀xé".encode()),
        (r"a\41é\c3\a9", "aAéé".encode()),
    ],
)
def test_strings(string: str, expected: bytes) -> None:
    assert unescape(string) == expected


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("(a)\n(b", 2, "not closed"),
        ("(a (\nb)", 1, "not closed"),
        ("(a)\n\n)", 3, "too many"),
        ('\n(a "b)', 2, 'cannot be read: "b'),
        ("(module\n(func)", 1, "not closed"),
    ],
)
def test_errors_name_the_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(ScriptError, match=f"^line {line}: .*{reason}"):
        list(read(text))
