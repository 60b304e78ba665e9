from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engines.wasm.validation import validate
from harness.standard.binary import read
from harness.standard.binary.writer import write
from harness.standard.features import ALL

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.standard.syntax import Module


@pytest.fixture(scope="session")
def check() -> Callable[[Module], bytes]:
    """Write a module: what is read back is the same, and valid."""

    def check(module: Module, features: frozenset[str] = ALL) -> bytes:
        binary = write(module)
        again = read(binary, features)
        assert again == module
        validate(again, features)
        return binary

    return check
