"""What the cases share: the catalogue, and processes that live longer than one case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.scenarios import Workers, discover

if TYPE_CHECKING:
    from collections.abc import Iterator

CATALOGUE = discover()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every scenario in every way of stopping it; every kernel."""
    if {"scenario", "way"} <= set(metafunc.fixturenames):
        both = [(scenario, way) for scenario in CATALOGUE.scenarios for way in scenario.ways]
        ids = [f"{scenario.id}-{way}" for scenario, way in both]
        metafunc.parametrize(("scenario", "way"), both, ids=ids)
    if "kernel" in metafunc.fixturenames:
        kernels = CATALOGUE.kernels()
        metafunc.parametrize("kernel", kernels, ids=[kernel.id for kernel in kernels])
    if "wrong_fixtures" in metafunc.fixturenames:
        metafunc.parametrize("wrong_fixtures", [CATALOGUE.errors], ids=["catalogue"])


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    """Processes that are used again, from case to case."""
    with Workers() as workers:
        yield workers
