"""`stopwat adapter check`: every check catches the adapter that is wrong in just that."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.adapter.checking import CannotCheck, Check, Row, checks, run

BROKEN = f"exec:'{sys.executable}' -I -S '{Path(__file__).with_name('broken.py')}'"
CHECKS = checks()
BY_NAME = {check.name: check for check in CHECKS}
PROGRAM = Path(__file__).parents[1] / "engines" / "program.py"


def check(engine: str, *, patience: float = 3) -> dict[str, Row]:
    return {row.check.name: row for row in run(engine, patience=patience)}


def needs(check: Check) -> set[str]:
    """What must have passed for it to be run."""
    return {check.needs} | needs(BY_NAME[check.needs]) if check.needs else set()


def test_names_tell_them_apart_and_what_is_needed_comes_first() -> None:
    assert len(BY_NAME) == len(CHECKS)
    for position, one in enumerate(CHECKS):
        assert not one.needs or one.needs in [before.name for before in CHECKS[:position]]
        assert one.fix.endswith(".")


@pytest.mark.parametrize("name", BY_NAME)
def test_what_is_wrong_is_caught_by_its_check_and_no_other(name: str) -> None:
    for patience in (3, 30):  # more of it where the machine is so busy that even an honest answer comes late
        rows = check(f"{BROKEN} {name}", patience=patience)
        failed = {row.check.name: row.message for row in rows.values() if row.status == "failed"}
        if list(failed) == [name]:
            break
    assert list(failed) == [name], failed
    assert failed[name]
    for row in rows.values():
        assert row.status == ("not run" if name in needs(row.check) else "passed") or row.check.name == name


@pytest.mark.parametrize("engine", [BROKEN, "interp", "compiler"], ids=["honest", "interp", "compiler"])
def test_what_keeps_to_the_protocol_passes(engine: str) -> None:
    """The honest one writes much to standard error, too."""
    assert {row.status for row in check(engine, patience=30).values()} == {"passed"}


def test_who_has_no_host_declares_it() -> None:
    declared = check(f"{BROKEN} no-host-declared", patience=30)["host-nop"]
    assert (declared.status, declared.message) == ("not offered", "functions of the host")
    told = '"host" is in `imports` of its capabilities, but: functions of the host'
    undeclared = check(f"{BROKEN} no-host", patience=30)["host-nop"]
    assert (undeclared.status, undeclared.message) == ("failed", told)


def test_standard_output_is_for_messages_only() -> None:
    rows = check(f"exec:'{sys.executable}' '{PROGRAM}' greets-with-garbage")
    assert rows["greeting"].status == "failed"
    assert rows["greeting"].message.startswith("a line on standard output is no message: starting up... (")
    assert {row.status for row in rows.values()} == {"failed", "not run"}


@pytest.mark.parametrize(
    ("engine", "message"),
    [
        ("exec:nowhere-to-be-found", "cannot start 'exec:nowhere-to-be-found': "),
        ("exec:", "there is no command after 'exec:'"),
        (f"exec:'{sys.executable}' '{PROGRAM}' unavailable", "the licence has expired"),
    ],
)
def test_there_is_nothing_to_check(engine: str, message: str) -> None:
    with pytest.raises(CannotCheck, match=message):
        check(engine)


def test_one_that_ends_is_quoted() -> None:
    rows = check("exec:sh -c 'echo no such library >&2; exit 3'")
    assert rows["greeting"].message == "it ended (status 3: no such library) instead of answering hello"
