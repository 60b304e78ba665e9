"""What the cases share: the catalogue, and processes that live longer than one case."""

from __future__ import annotations

import inspect
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from harness.results import Verdict
from harness.sandbox.supervisor import WorkerError
from harness.scenarios import FixtureError, Options, Workers, discover
from harness.scenarios.play import Over, Play
from harness.scenarios.written import titled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.plugin import Record

CATALOGUE = discover()


# last, so that the names of the items are the same wherever pytest has found this file
@pytest.hookimpl(trylast=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every scenario, in every way of stopping and of reaching it; every kernel."""
    if {"scenario", "way", "reach"} <= set(metafunc.fixturenames):
        cross = [
            (scenario, way, reach)
            for scenario in CATALOGUE.scenarios
            for way in scenario.ways
            for reach in scenario.reaches
        ]
        ids = [
            f"{scenario.id}-{way}" + (f"-{reach}" if reach != "host" else "")
            for scenario, way, reach in cross
        ]
        metafunc.parametrize(("scenario", "way", "reach"), cross, ids=ids)
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
        try:
            workers.check()
        except WorkerError as error:
            pytest.fail(str(error), pytrace=False)


@pytest.fixture
def case(
    request: pytest.FixtureRequest, engine: str, options: Options, workers: Workers, record: Record
) -> AbstractContextManager[Play]:
    """A case that is written out: ``with case as play:``; it is recorded under the name of the test.

    The first line of the test's docstring says what must be shown.
    """
    test = request.function
    title = titled(request.path, test.__name__, inspect.getdoc(test) or "")

    @contextmanager
    def perform() -> Iterator[Play]:
        play = Play(engine, options, workers, {scenario.id: scenario for scenario in CATALOGUE.scenarios})
        wrong = None
        try:
            try:
                yield play
            except Over as over:
                wrong = over
            result = play.end(title, wrong)
        except FixtureError as error:
            raise pytest.fail.Exception(str(error), pytrace=False) from None
        finally:
            play.abandon()  # whatever cut it short, nobody knows what its processes still do
        record(result)
        if result.verdict is Verdict.UNSUPPORTED:
            raise pytest.skip.Exception(f"unsupported: {result.detail}") from None
        if not result.verdict.good:
            raise pytest.fail.Exception(f"{result.verdict.value}: {result.detail}", pytrace=False) from None

    return _Repeatable(perform)


class _Repeatable(AbstractContextManager[Play]):
    """A case that may be performed again."""

    def __init__(self, perform: Callable[[], AbstractContextManager[Play]]) -> None:
        self._perform = perform

    def __enter__(self) -> Play:
        self._performance = self._perform()
        return self._performance.__enter__()

    def __exit__(self, *error: Any) -> bool | None:
        return self._performance.__exit__(*error)
