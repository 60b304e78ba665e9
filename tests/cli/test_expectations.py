"""``stopwat certify --expectations``: the file reaches the plugin, and is read before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Stopwat


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot read known.toml: No such file or directory"),
        (
            "[[scenario]]\nids = []\nreason = ''\nversions = []",
            "known.toml: neither `on` nor `off` says ",
        ),
        ("[[scenarios]]", "known.toml: Object contains unknown field `scenarios`"),
        ("not TOML", "known.toml: "),
    ],
)
def test_a_file_that_does_not_say_what_is_known(
    stopwat: Stopwat, tmp_path: Path, content: str | None, problem: str
) -> None:
    if content is not None:
        (tmp_path / "known.toml").write_text(content)
    said = stopwat("certify", "mine:Deaf", "--expectations=known.toml")
    assert said.status == 2
    assert problem in said.told
