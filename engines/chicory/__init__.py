"""Chicory, the WebAssembly runtime in Java, by way of a program in Java beside this file.

The versions are those that ``pom.xml`` pins; ``mvn`` fetches what is not in its repository yet when an engine
is first used.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.sandbox.program import Compiled, Tool

if TYPE_CHECKING:
    from collections.abc import Sequence

MAVEN = Tool("mvn", ("--version",), "apt install maven default-jdk")
JAVA = Tool("java", ("-version",), "apt install default-jdk")


def _build(maven: str, into: Path) -> Sequence[str]:
    return (maven, "compile", "dependency:copy-dependencies", "--batch-mode", "--quiet", f"-Dinto={into}")


# What is thrown away makes the heap grow before it is collected; a small young generation keeps that small.
MEMORY = ("-XX:+UseSerialGC", "-Xmn16m")


def _run(kind: str, built: Path) -> Sequence[str]:
    path = os.pathsep.join((str(built / "classes"), str(built / "lib" / "*")))
    return (JAVA.find(), *MEMORY, "-cp", path, "Main", kind)


def _engine(kind: str) -> Compiled:
    return Compiled(
        name="chicory",
        source=Path(__file__).parent,
        files=("pom.xml", "src/main/java/*.java"),
        tool=MAVEN,
        build=_build,
        run=lambda _maven, built: _run(kind, built),
    )


compiler = _engine("compiler")
interpreter = _engine("interpreter")
