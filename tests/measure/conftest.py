"""A kernel for the engines of ``tests/engines``, whose modules are text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.outcome import Number
from harness.scenarios import Scenario
from harness.scenarios.expectation import parse
from harness.scenarios.program import Assembled, Call, Program
from harness.scenarios.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

ENGINES = Path(__file__).parents[1] / "engines"


@pytest.fixture
def kernel(tmp_path: Path) -> Callable[[str], Scenario]:
    """A kernel, the module as given, that has to return its argument: 3, or in large 7."""

    def kernel(module: str) -> Scenario:
        path = tmp_path / "kernel.wat"
        path.write_text(';;! about = "k"\n;;! invoke = "run"\n;;! on = "returns 3"\n;;! off = "returns 3"\n')
        scenario = Scenario("kernel", "kernels", "kernels/kernel.wat", Source(path))
        usual, large = parse("returns 3", ("i32",)), parse("returns 7", ("i32",))
        scenario.__dict__["program"] = Program(
            modules=(Assembled("", module.encode()),),
            host=(),
            features=frozenset(),
            call=Call((Number("i32", "3"),), usual, usual),
            large=Call((Number("i32", "7"),), large, large),
            results=(),
            state=(),
            assembler="none",
            wrappers={},
        )
        return scenario

    return kernel
