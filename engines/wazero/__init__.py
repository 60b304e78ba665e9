"""wazero, the WebAssembly runtime in Go, by way of a program in Go beside this file.

The version is the one that ``go.mod`` pins; ``go build`` fetches it when an engine is first used.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.sandbox.program import Compiled, Tool

if TYPE_CHECKING:
    from collections.abc import Sequence

GO = Tool("go", ("version",), "pip install 'stopwat[wazero]'", package="go/bin/go")


def _build(go: str, into: Path) -> Sequence[str]:
    return (go, "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o", str(into / "wazero"), ".")


def _engine(kind: str) -> Compiled:
    return Compiled(
        name="wazero",
        source=Path(__file__).parent,
        files=("*.go", "go.mod", "go.sum"),
        tool=GO,
        build=_build,
        run=lambda _go, built: (str(built / "wazero"), kind),
        # The tool that is there is the tool that builds: Go would fetch another one by itself.
        environment={"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"},
    )


compiler = _engine("compiler")
interpreter = _engine("interpreter")
