"""Where the official test suite is, which of its scripts count, and which do not, with the reason.

The suite is data of others and no part of this distribution: it is named by ``--suite DIR`` or by
``STOPWAT_SUITE``, or fetched once, at the commit below, into the cache directory.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from harness import cache

REPOSITORY = "https://github.com/WebAssembly/testsuite"
COMMIT = "193e551ff22663995b1ac95dc62344133669e14b"
VARIABLE = "STOPWAT_SUITE"

DIRECTORIES = (
    "",
    "custom",
    "proposals/custom-page-sizes",
    "proposals/threads",
    "proposals/wide-arithmetic",
)
"""Where the scripts are that count: the current standard, and proposals of `harness.standard.features`."""

_DIGEST = "sha256:a900a578ac570d61ebe719e9d73c7c923ebafb1ca5d7bebee91cbf623d825ebf"
# Of the scripts at COMMIT: a copy without its history is recognised by it.
_FETCH_SECONDS = 600.0


class Exclusion(NamedTuple):
    """Scripts, or assertions in scripts, that are not run."""

    place: str
    """A directory or a script."""
    reason: str
    keyword: str | None = None
    """Not the script as a whole, but the commands of this kind in it that have this message."""
    message: str | None = None


_SEVERAL_MEMORIES = "written before the standard allowed several memories"
_SEVERAL_TABLES = "written before the standard allowed several tables"

EXCLUDED = (
    Exclusion("legacy", "exception handling as it was before the standard took it; no engine need have it"),
    Exclusion("proposals/custom-descriptors", "a proposal none of whose features is in our table"),
    Exclusion("proposals/threads/imports.wast", _SEVERAL_MEMORIES, "assert_invalid", "multiple memories"),
    Exclusion("proposals/threads/imports.wast", _SEVERAL_TABLES, "assert_invalid", "multiple tables"),
    Exclusion("proposals/threads/memory.wast", _SEVERAL_MEMORIES, "assert_invalid", "multiple memories"),
)
"""What is in the suite and does not count. Directories that are neither here nor in `DIRECTORIES` do not
either: they belong to proposals that are younger than this table."""


class Script(NamedTuple):
    """A script of the suite."""

    name: str
    """Path within the suite, with slashes."""
    path: Path


MISSING = f"the official test suite is not here: run `stopwat suite fetch`, or give --suite DIR or {VARIABLE}"


class NotFound(Exception):
    """There is no suite where it was looked for; one line that says what to do."""


def find(asked: str | Path | None = None) -> Path:
    """The directory of the suite: the one asked for, else ``STOPWAT_SUITE``, else the fetched copy.

    Raises `NotFound`.
    """
    for named, by in ((asked, "--suite"), (os.environ.get(VARIABLE), VARIABLE)):
        if named:
            directory = Path(named)
            if not any(directory.glob("*.wast")):
                raise NotFound(f"there are no .wast files in {directory} (named by {by})")
            return directory
    directory = fetched()
    if not directory.is_dir():
        raise NotFound(MISSING)
    return directory


def fetched() -> Path:
    """Where `fetch` puts the suite."""
    return cache.root() / "testsuite" / COMMIT


def scripts(directory: Path) -> list[Script]:
    """The scripts that count, by name."""
    return [
        Script(path.relative_to(directory).as_posix(), path)
        for place in DIRECTORIES
        for path in sorted((directory / place).glob("*.wast"))
    ]


def contradiction(script: str, keyword: str, message: str | None) -> str | None:
    """Why a command of a script does not count, if it does not."""
    for exclusion in EXCLUDED:
        if (exclusion.place, exclusion.keyword, exclusion.message) == (script, keyword, message):
            return exclusion.reason
    return None


def commit(directory: Path) -> str:
    """The commit the scripts are at; if that cannot be told a digest of those that count, ``sha256:...``."""
    total = hashlib.sha256()
    for script in scripts(directory):
        total.update(f"{script.name}\0{hashlib.sha256(script.path.read_bytes()).hexdigest()}\n".encode())
    digest = f"sha256:{total.hexdigest()}"
    if digest == _DIGEST:
        return COMMIT
    if not (directory / ".git").exists():
        return digest
    try:
        changed = _git("-C", str(directory), "status", "--porcelain")
        return digest if changed else _git("-C", str(directory), "rev-parse", "HEAD").strip()
    except NotFound:
        return digest


def fetch() -> Path:
    """Bring the suite into the cache directory, if it is not there; its place. Raises `NotFound`."""
    target = fetched()
    if target.is_dir():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=target.parent, prefix="."))
    except OSError as error:
        raise NotFound(f"the suite cannot be kept in {target.parent}: {error.strerror}") from None
    try:
        _git("init", "--quiet", str(beside))
        _git("-C", str(beside), "config", "core.autocrlf", "false")
        _git("-C", str(beside), "fetch", "--quiet", "--depth=1", REPOSITORY, COMMIT)
        _git("-C", str(beside), "checkout", "--quiet", "FETCH_HEAD")
        beside.rename(target)
    except OSError:
        if not target.is_dir():  # else another process was faster
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return target


def _git(*arguments: str) -> str:
    environment = os.environ | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", *arguments], capture_output=True, text=True, env=environment, timeout=_FETCH_SECONDS
        )
    except FileNotFoundError:
        raise NotFound(f"git is needed to fetch the suite from {REPOSITORY}") from None
    except subprocess.TimeoutExpired:
        raise NotFound(f"{REPOSITORY} did not answer within {_FETCH_SECONDS:g} s") from None
    if done.returncode != 0:
        told = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        raise NotFound(f"git: {told[-1]}")
    return done.stdout
