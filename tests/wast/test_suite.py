"""Where the suite is looked for, what of it counts, and how it is fetched."""

from __future__ import annotations

import subprocess
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from harness.standard.features import ALL
from harness.wast import commands as script
from harness.wast import suite as suites
from harness.wast.judge import kinds
from harness.wast.plan import IMPORTS, TEXT_FORMAT, plan
from harness.wast.suite import DIRECTORIES, EXCLUDED, NotFound

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOPWAT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv(suites.VARIABLE, raising=False)


def make(directory: Path, *names: str) -> Path:
    for name in names or ("a.wast",):
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("(module)")
    return directory


def test_nowhere() -> None:
    with pytest.raises(NotFound, match=r"^the official test suite is not here: run `stopwat suite fetch`"):
        suites.find()


def test_the_order_in_which_it_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = make(suites.fetched())
    assert suites.find() == fetched
    monkeypatch.setenv(suites.VARIABLE, str(make(tmp_path / "variable")))
    assert suites.find() == tmp_path / "variable"
    assert suites.find(make(tmp_path / "asked")) == tmp_path / "asked"


def test_what_was_named_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(suites.fetched())
    with pytest.raises(NotFound, match=r"no \.wast files in .*asked \(named by --suite\)"):
        suites.find(tmp_path / "asked")
    monkeypatch.setenv(suites.VARIABLE, str(tmp_path / "variable"))
    with pytest.raises(NotFound, match=r"variable \(named by STOPWAT_SUITE\)"):
        suites.find()


def test_which_scripts_count(tmp_path: Path) -> None:
    make(
        tmp_path,
        *("b.wast", "a.wast", "a.txt", "legacy/a.wast", "custom/a.wast", "proposals/threads/a.wast"),
        *("proposals/custom-descriptors/a.wast", "proposals/unheard-of/a.wast"),
    )
    names = [found.name for found in suites.scripts(tmp_path)]
    assert names == ["a.wast", "b.wast", "custom/a.wast", "proposals/threads/a.wast"]


def test_a_commit_or_a_digest(tmp_path: Path) -> None:
    directory = make(tmp_path / "suite", "a.wast", "legacy/a.wast")
    digest = suites.commit(directory)
    assert digest.startswith("sha256:")
    (directory / "legacy/a.wast").write_text("")
    assert suites.commit(directory) == digest
    (directory / "a.wast").write_text("")
    changed = suites.commit(directory)
    assert changed not in (digest, suites.COMMIT)

    git = ["git", "-C", str(directory), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "a"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    assert suites.commit(directory) == head.stdout.strip()
    (directory / "a.wast").write_text(";; changed")
    assert suites.commit(directory).startswith("sha256:")


@pytest.fixture
def origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A repository that stands for the official one."""
    directory = make(tmp_path / "origin")
    git = ["git", "-C", str(directory), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "a"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    monkeypatch.setattr(suites, "REPOSITORY", directory.as_uri())
    monkeypatch.setattr(suites, "COMMIT", head.stdout.strip())
    return head.stdout.strip()


def test_fetch(origin: str) -> None:
    directory = suites.fetch()
    assert directory == suites.find()
    assert [found.name for found in suites.scripts(directory)] == ["a.wast"]
    assert suites.commit(directory) == origin
    assert suites.fetch() == directory
    assert [path.name for path in directory.parent.iterdir()] == [origin]


def test_fetch_what_is_not_there(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suites, "COMMIT", "0" * 40)
    with pytest.raises(NotFound, match=r"^git: \S.*$"):
        suites.fetch()
    assert list(suites.fetched().parent.iterdir()) == []


def test_fetch_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suites, "REPOSITORY", (tmp_path / "nowhere").as_uri())
    with pytest.raises(NotFound, match=r"^git: \S.*$"):
        suites.fetch()


def test_fetch_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotFound, match=r"^git is needed to fetch the suite from https://"):
        suites.fetch()


def test_fetch_into_a_place_that_refuses(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(NotFound, match=r"^the suite cannot be kept in "):
        suites.fetch()


def test_every_message_of_a_trap_is_understood(suite: Path) -> None:
    """And all scripts can be read and assembled; nothing is left aside but for the reasons we know."""
    not_applicable: Counter[str] = Counter()
    steps: Counter[str] = Counter()
    for found in suites.scripts(suite):
        read = list(script.read(found.path.read_text(encoding="utf-8")))
        for command in read:
            if isinstance(command, script.AssertTrap):
                assert len(kinds(command.message)) == 1, f"{found.name}:{command.line}: {command.message}"
        planned = plan(found.name, read, ALL | {IMPORTS})
        not_applicable.update(planned.not_applicable)
        steps.update(step.keyword for step in planned.steps)
        assert len(planned.steps) + sum(planned.not_applicable.values()) == len(read)
    assert set(not_applicable) == {TEXT_FORMAT} | {entry.reason for entry in EXCLUDED if entry.keyword}
    assert steps["assert_return"] > 50_000


def test_every_exclusion_excludes_something(suite: Path) -> None:
    for exclusion in EXCLUDED:
        place = suite / exclusion.place
        if exclusion.keyword is None:
            assert any(place.glob("*.wast"))
            assert exclusion.place not in DIRECTORIES
        else:
            assert f'"{exclusion.message}"' in place.read_text(encoding="utf-8")
            assert f"({exclusion.keyword}" in place.read_text(encoding="utf-8")
