"""What an engine says of itself holds for all its processes."""

from __future__ import annotations

import pytest

from harness.registry import Choice
from harness.sandbox import consistency
from harness.sandbox.supervisor import Worker, WorkerError


@pytest.fixture
def name(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """An engine that nobody has met before, and that has said what it is."""
    monkeypatch.setattr(consistency, "_first", {})
    name = f"{request.config.rootpath}/tests/engines/changing.py:Changes"
    Worker(Choice(name, interruptible=True)).close()
    return name


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("name", "name was 'honest' in another process, and is 'somebody else' in this one"),
        ("version", "version was '1' in another process, and is '2' in this one"),
        ("features", "features multi-value only in another process; gc only in this one"),
        ("covers", "covers instantiate only in another process"),
        ("interrupts", "interrupts was 'polls' in another process, and is 'none' in this one"),
        ("plain", "plain was '' in another process, and is 'interp' in this one"),
    ],
)
def test_who_says_something_else_is_not_taken(
    name: str, what: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHANGED", what)
    with pytest.raises(WorkerError) as raised:
        Worker(Choice(name, interruptible=True))
    assert str(raised.value) == f"{name!r} contradicts itself: {words}"


@pytest.mark.parametrize("what", ["covers", "interrupts"])
def test_off_an_engine_may_say_that_nothing_stops_it(
    name: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHANGED", what)
    Worker(Choice(name)).close()


@pytest.mark.parametrize("what", ["name", "version", "features", "plain"])
def test_off_it_is_the_same_engine(name: str, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHANGED", what)
    with pytest.raises(WorkerError, match=f"contradicts itself: {what}"):
        Worker(Choice(name))


def test_narrowed_it_offers_less(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Worker(Choice(name, interruptible=True, features=("mvp",))).close()
    monkeypatch.setenv("CHANGED", "features")
    Worker(Choice(name, interruptible=True, features=("mvp",))).close()
    with pytest.raises(WorkerError, match=r"multi-value only in another process$"):
        Worker(Choice(name, interruptible=True, features=("mvp", "multi-value")))


def test_other_engines_are_other_engines(name: str) -> None:
    Worker(Choice(name.replace("changing.py:Changes", "lenient.py:Honest"))).close()
