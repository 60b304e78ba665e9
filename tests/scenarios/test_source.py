"""Headers and modules: what is read, and where what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.scenarios.source import FixtureError, Source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GOOD = """\
;;! about  = "a test"
;;! invoke = "f"
;;! on     = "interrupted"
;;! off    = "runs-on"
(module (func (export "f")))
"""


def test_header(write: Callable[..., Path]) -> None:
    header = Source(write(GOOD)).header
    assert (header.about, header.invoke, header.on, header.off) == ("a test", "f", "interrupted", "runs-on")
    assert (header.args, header.needs, header.seen, header.progress, header.large) == ((), (), (), None, None)


def test_header_lines_may_stand_anywhere(write: Callable[..., Path]) -> None:
    path = write(GOOD.replace("(module", ";; a comment\n(module") + ';;! seen = ["a/b#1", "elsewhere"]\n')
    assert Source(path).header.seen == ("a/b#1", "elsewhere")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('off    = "runs-on"', 'of     = "runs-on"', 4, "unknown field `of`"),
        (';;! off    = "runs-on"\n', "", 1, "missing required field `off`"),
        ('"runs-on"', "7", 4, "Expected `str`, got `int`"),
        ('invoke = "f"', "invoke = true", 2, "Expected `str | null`, got `bool`"),
        ('invoke = "f"', 'invoke = "f"\n;;! args = [true]', 3, "Expected `int | float`, got `bool`"),
        ('invoke = "f"', 'invoke = "f"\n;;! needs = "simd"', 3, "Expected `array`, got `str`"),
        (
            'invoke = "f"',
            'invoke = "f"\n;;! needs = ["simd", "sind"]',
            3,
            "unknown feature 'sind'; there are: mvp, ",
        ),
        ('invoke = "f"', 'invoke = "f"\n;;! covers = ["all"]', 3, "Invalid enum value 'all'"),
        ('invoke = "f"', 'invoke = "f"\n;;! large = { args = [1] }', 3, "missing required field `returns`"),
        (
            'invoke = "f"',
            'invoke = "f"\n;;! large = { args = [1], returns = "1", more = 1 }',
            3,
            "unknown field `more`",
        ),
        ('"runs-on"', '"runs-on', 4, "the header is not TOML: "),
        ('invoke = "f"', 'about = "again"', 2, "Cannot overwrite a value"),
    ],
)
def test_wrong_header(write: Callable[..., Path], old: str, new: str, line: int, message: str) -> None:
    assert old in GOOD
    path = write(GOOD.replace(old, new))
    with pytest.raises(FixtureError) as caught:
        Source(path)
    assert (caught.value.path, caught.value.line) == (path, line)
    assert message in caught.value.message
    assert str(caught.value) == f"{path}:{line}: {caught.value.message}"


def test_no_header_at_all(write: Callable[..., Path]) -> None:
    with pytest.raises(FixtureError, match=r"case\.wat:1: header: .*missing required field `about`"):
        Source(write("(module)"))


def test_not_text(write: Callable[..., Path]) -> None:
    path = write("")
    path.write_bytes(b"\xff")
    with pytest.raises(FixtureError, match=r"case\.wat:1: is not UTF-8"):
        Source(path)


def test_modules_in_order_with_their_lines(write: Callable[..., Path]) -> None:
    path = write(GOOD.replace("(module", '(module $B\n  (func (export "g")))\n(module $A'))
    first, second = Source(path).modules()
    assert (first.name, second.name) == ("B", "A")
    assert first.wat == '(module\n  (func (export "g")))'
    assert (first.line, second.line) == (5, 7)


def test_repetition(write: Callable[..., Path]) -> None:
    path = write(GOOD.replace('"f"))', '"f") (;repeat 3;) nop(;end;) (;repeat 0;) unreachable (;end;))'))
    (module,) = Source(path).modules()
    assert module.wat == '(module (func (export "f")  nop nop nop ))'


@pytest.mark.parametrize(
    ("modules", "line", "message"),
    [
        ("", 1, "there is no module"),
        ("(module", 5, "is not closed"),
        ("(module))", 5, "a parenthesis too many"),
        ("(func)", 5, "this is no module in text format"),
        ('(module quote "(func)")', 5, "this is no module in text format"),
        ("(module)\n(module)", 5, "this module needs a name"),
        ("(module $A)\n(module $A)", 6, "two modules have the same name"),
        ("(module\n  (;repeat 2;)\n  (;end;))", 6, "a repetition begins and ends in one line"),
    ],
)
def test_wrong_modules(write: Callable[..., Path], modules: str, line: int, message: str) -> None:
    path = write(GOOD.replace('(module (func (export "f")))', modules))
    with pytest.raises(FixtureError) as caught:
        Source(path).modules()
    assert caught.value.line == line
    assert message in caught.value.message
