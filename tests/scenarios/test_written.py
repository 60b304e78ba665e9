"""Cases that are written out are found in their files, under the ids that they are recorded with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import provenance
from harness.scenarios.written import written

if TYPE_CHECKING:
    from pathlib import Path

FILE = '''
"""A file."""

import nowhere


def test_two_words(case, options):
    """What must be shown.

    And why.
    """
    with case as play:
        pass


def test_not_one(engine):
    """Takes no case."""


def helper(case):
    """No test."""
'''


def test_what_a_file_has(tmp_path: Path) -> None:
    path = tmp_path / "test_group.py"
    path.write_text(FILE)
    (tmp_path / "other.py").write_text("def test_it(case): pass")
    (found,) = written(tmp_path)
    assert found.title == ("two-words", "group", "cases/test_group.py", "What must be shown.")
    assert (found.path, found.line, found.doc) == (path, 7, "What must be shown.\n\nAnd why.")
    assert found.source.startswith("def test_two_words(case, options):")


def test_every_case_says_what_must_be_shown() -> None:
    found = list(written(provenance.cases()))
    assert len({case.title.id for case in found}) == len(found)
    assert all(case.title.about.endswith(".") for case in found)
