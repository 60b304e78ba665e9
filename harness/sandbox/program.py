"""Engines that are programs, and come as source: found or built, and then run in place of the worker.

What a name leads to may be a `harness.registry.Program` instead of a class. The worker asks it for its
command and becomes that: same process, standard input and output untouched, so that the program speaks
`harness.sandbox.protocol` from the first message on. `Compiled` is the kind that is built when it is first
used, into the cache, once for all workers of the machine:

    Compiled(
        name="hello", source=Path(__file__).parent, files=("*.go", "go.mod", "go.sum"), tool=GO,
        build=lambda go, into: (go, "build", "-o", f"{into}/hello"),
        run=lambda go, built: (f"{built}/hello",),
    )

Nothing is fetched here. What a build fetches is what the language's own tool fetches for versions that are
pinned beside the source.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from harness import cache
from harness.engine import Unavailable
from harness.registry import Program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

KEPT = 4
"""Builds of a program that are kept, those used last; each is of other source or by another tool."""
_SHOWN = 5
"""Lines of a failed build that are passed on."""


@dataclass(frozen=True)
class Tool:
    """What a program is built or run with."""

    name: str
    version: tuple[str, ...]
    """The arguments that make it tell its version."""
    how: str
    """The command that brings it."""
    package: str = ""
    """Where a Python package has it, if one does: ``go/bin/go``."""

    def find(self) -> str:
        """Its path: on PATH, or in the package; raises `harness.engine.Unavailable`."""
        if found := shutil.which(self.name):
            return found
        top, _, rest = self.package.partition("/")
        spec = find_spec(top) if top else None
        for directory in (spec and spec.submodule_search_locations) or ():
            if found := shutil.which(Path(directory, rest)):
                return str(found)
        raise Unavailable(f"no `{self.name}` on PATH; it is to be had with: {self.how}")


@dataclass(frozen=True, kw_only=True)
class Compiled(Program):
    """A program that is built when it is first used, and again when its source or its tool has changed."""

    name: str
    source: Path
    files: tuple[str, ...]
    """What it is made of: patterns in `source`."""
    tool: Tool
    build: Callable[[str, Path], Sequence[str]]
    """The path of the tool and a new directory -> the command, run in `source`, that builds into it."""
    run: Callable[[str, Path], Sequence[str]]
    """The path of the tool and the directory that was built -> the command that is the engine."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Of the build, in addition to ours."""

    def command(self, announce: Callable[[str], None]) -> Sequence[str]:
        """See `harness.registry.Program`."""
        tool = self.tool.find()
        if not cache.enabled():
            raise Unavailable(
                "it has to be built, into the cache, which STOPWAT_CACHE=off switches off; "
                "STOPWAT_CACHE_DIR moves it instead"
            )
        place = cache.root() / "programs"
        try:
            built = place / f"{self.name}-{self._key(tool)[:32]}"
            if not built.exists():
                command = self.build(tool, built)
                announce(f"{self.tool.name} {command[1]}")
                with _alone(place / f"{self.name}.lock"):
                    if not built.exists():  # another worker may just have built it
                        self._make(tool, built)
            os.utime(built)
        except OSError as error:
            raise Unavailable(f"it cannot be built in {place}: {error.strerror}") from error
        return self.run(tool, built)

    def _key(self, tool: str) -> str:
        """Of everything that a build depends on."""
        version = subprocess.run([tool, *self.tool.version], capture_output=True, check=False).stdout
        files = sorted(path for pattern in self.files for path in self.source.glob(pattern))
        named = [part for path in files for part in (path.name, path.read_bytes())]
        environment = [f"{key}={value}" for key, value in sorted(self.environment.items())]
        return cache.key(version, *environment, *named)

    def _make(self, tool: str, built: Path) -> None:
        """Build beside the place and move there, so that what has the name is whole."""
        for left in built.parent.glob(f".{self.name}-*"):  # of builds that were killed
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(
            dir=built.parent, prefix=f".{self.name}-", ignore_cleanup_errors=True
        ) as draft:
            command = self.build(tool, Path(draft))
            done = subprocess.run(
                command,
                cwd=self.source,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                check=False,
            )
            if done.returncode != 0:
                lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
                said = "; ".join(lines[:_SHOWN]) or f"status {done.returncode}"
                raise Unavailable(f"`{self.tool.name} {command[1]}` failed: {said}")
            Path(draft).chmod(0o755)
            Path(draft).rename(built)
        builds = sorted(built.parent.glob(f"{self.name}-*"), key=lambda path: path.stat().st_mtime_ns)
        for old in builds[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """While no other process is in the same place; a lock of one that has ended is none."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
