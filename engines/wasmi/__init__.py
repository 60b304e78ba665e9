"""wasmi, the WebAssembly interpreter in Rust, by way of a program in Rust beside this file.

The version is the one that ``Cargo.toml`` pins; ``cargo build`` fetches it when the engine is first used.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.sandbox.program import Compiled, Tool

if TYPE_CHECKING:
    from collections.abc import Sequence

CARGO = Tool("cargo", ("--version",), "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh")


def _build(cargo: str, into: Path) -> Sequence[str]:
    return (cargo, "build", "--release", "--locked", "--target-dir", str(into))


wasmi = Compiled(
    name="wasmi",
    source=Path(__file__).parent,
    files=("Cargo.toml", "Cargo.lock", "src/*.rs"),
    tool=CARGO,
    build=_build,
    run=lambda _cargo, built: (str(built / "release" / "stopwat-wasmi"),),
)
