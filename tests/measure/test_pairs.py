"""Pairs of measurements by a clock that is made up."""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from harness.measure import pairs, ratios

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.measure.pairs import Open

MS = 1_000_000


class Made:
    """A side whose work takes `unit` seconds, or what `clock` makes of that."""

    def __init__(self, unit: float, clock: Callable[[float], float]) -> None:
        self.unit = unit
        self.clock = clock
        self.asked: list[tuple[int, int]] = []

    def seconds(self, work: int, times: int) -> float:
        self.asked.append((work, times))
        return self.clock(self.unit * work * times)


class Machine:
    """Where sides are made ready; what they were asked for stays known."""

    def __init__(self, clock: Callable[[float], float] = float) -> None:
        self.clock = clock
        self.open: list[Made] = []
        self.made: list[Made] = []

    def side(self, unit: float) -> Open[int]:
        @contextmanager
        def ready() -> Iterator[Made]:
            side = Made(unit, self.clock)
            self.open.append(side)
            self.made.append(side)
            try:
                yield side
            finally:
                self.open.remove(side)

        return ready


def noisy(spread: float, seed: int = 1) -> Callable[[float], float]:
    chance = random.Random(seed)
    return lambda seconds: seconds * chance.lognormvariate(0, spread)


def test_a_quiet_machine_leaves_no_doubt() -> None:
    machine = Machine()
    found = pairs.measure(machine.side(0.01), machine.side(0.012), [1], 9)
    assert found.base == found.control == (10 * MS,) * 9
    assert found.other == (12 * MS,) * 9
    assert found.ratio == pytest.approx((1.2, 1.2, 1.2))
    assert found.noise == ""
    assert found.processes == 3


def test_each_set_has_fresh_processes_and_leaves_none() -> None:
    machine = Machine()
    pairs.measure(machine.side(0.01), machine.side(0.012), [1], 9)
    assert len(machine.made) == 9
    assert machine.open == []


def test_sides_that_were_ready_are_ended_if_another_is_not() -> None:
    machine = Machine()

    @contextmanager
    def broken() -> Iterator[Made]:
        raise OSError("no such engine")
        yield

    with pytest.raises(OSError, match="no such engine"):
        pairs.measure(machine.side(0.01), broken, [1], 3)
    assert len(machine.made) == 2
    assert machine.open == []


def test_a_little_noise_is_in_the_interval() -> None:
    machine = Machine(noisy(0.02))
    found = pairs.measure(machine.side(0.01), machine.side(0.011), [1], 15)
    assert found.noise == ""
    assert found.ratio.low < 1.1 < found.ratio.high


@pytest.mark.parametrize("seed", range(5))
def test_a_noisy_machine_is_given_more_time_and_then_up(seed: int) -> None:
    machine = Machine(noisy(0.4, seed))
    found = pairs.measure(machine.side(0.01), machine.side(0.011), [1], 9)
    assert "wider than 15%" in found.noise
    assert found.processes == 3 * pairs.MORE
    assert len(found.base) == len(found.other) == len(found.control) == 9 * pairs.MORE


def test_more_time_helps_where_the_noise_passes() -> None:
    storm = noisy(0.8, 4)
    measured = 0

    def clock(seconds: float) -> float:
        nonlocal measured
        measured += 1
        return storm(seconds) if measured <= 36 else seconds

    machine = Machine(clock)
    found = pairs.measure(machine.side(0.01), machine.side(0.011), [1], 15)
    assert found.noise == ""
    assert 5 < found.processes <= 5 * pairs.MORE
    assert found.ratio.ratio == pytest.approx(1.1, abs=0.05)


def test_a_difference_where_there_is_none_is_noise() -> None:
    """Every other process is slower: what the base is against itself says so."""
    machine = Machine()
    slow, fast = machine.side(0.0112), machine.side(0.01)
    turn = iter(range(100))
    found = pairs.measure(lambda: (slow if next(turn) % 2 else fast)(), machine.side(0.012), [1], 3)
    assert found.noise.startswith("the same against itself came to ")


def test_work_is_no_shorter_than_a_measurement_needs() -> None:
    machine = Machine()
    found = pairs.measure(machine.side(0.0001), machine.side(0.0004), [1, 100, 1000], 3)
    base, other = (next(side for side in machine.made if side.unit == unit) for unit in (0.0001, 0.0004))
    assert base.asked[-1] == (100, 2)
    assert other.asked[-1] == (100, 1)
    assert found.base == (10 * MS,) * 3
    assert found.other == (40 * MS,) * 3


def test_work_that_is_long_for_one_side_is_long_enough() -> None:
    machine = Machine()
    pairs.measure(machine.side(0.0001), machine.side(0.003), [1, 1000], 3)
    assert {work for side in machine.made for work, _ in side.asked} == {1}


def test_the_first_time_does_not_say_how_long_work_is() -> None:
    """Something may be loaded or compiled by then."""
    loading = iter([0.5, 0.0] * 3)
    machine = Machine(lambda seconds: seconds + next(loading, 0.0))
    found = pairs.measure(machine.side(0.01), machine.side(0.01), [1], 3)
    assert [side.asked[-1] for side in machine.made] == [(1, 2)] * 3
    assert found.base == found.other == found.control == (10 * MS,) * 3


def test_each_side_of_each_set_warms_up() -> None:
    """Twice for 40 ms, before three measurements; in the first set, twice more to see how long it takes."""
    machine = Machine()
    pairs.measure(machine.side(0.02), machine.side(0.02), [1], 9)
    assert [len(side.asked) for side in machine.made] == [2 + 2 + 3] * 3 + [2 + 3] * 6


def test_long_work_is_measured_in_one_set_and_does_not_warm_up() -> None:
    machine = Machine(noisy(0.4))
    found = pairs.measure(machine.side(3.0), machine.side(3.3), [1, 100], 9)
    assert (len(found.base), found.processes) == (3, 1)
    assert [len(side.asked) for side in machine.made] == [4, 4, 4]


def test_turns_alternate() -> None:
    log: list[float] = []
    machine = Machine(lambda seconds: log.append(seconds) or seconds)  # type: ignore[func-returns-value]
    pairs.measure(machine.side(0.03), machine.side(0.04), [1], 3)
    assert log[-9:] == pytest.approx([0.03, 0.04, 0.03, 0.03, 0.04, 0.03, 0.03, 0.04, 0.03])


def test_a_machine_that_becomes_slower_favours_nobody() -> None:
    measured = 0

    def clock(seconds: float) -> float:
        nonlocal measured
        measured += 1
        return seconds * (1 + measured / 100)

    machine = Machine(clock)
    found = pairs.measure(machine.side(0.03), machine.side(0.03), [1], 2 * pairs.SET)
    assert found.processes == 2
    assert found.ratio.ratio == pytest.approx(1, abs=0.001)
    control = ratios.paired(found.base, found.control, found.processes)
    assert control.ratio == pytest.approx(1, abs=0.001)


def test_sets_that_do_not_come_out_even_are_filled() -> None:
    machine = Machine()
    found = pairs.measure(machine.side(0.01), machine.side(0.01), [1], 7)
    assert (len(found.base), found.processes) == (9, 3)
    found = pairs.measure(machine.side(0.01), machine.side(0.01), [1], 1)
    assert (len(found.base), found.processes) == (3, 1)


def test_work_that_takes_no_time_at_all_ends_too() -> None:
    machine = Machine(lambda seconds: max(seconds, 0.00001) if seconds > 0.01 else 0.0)
    found = pairs.measure(machine.side(0.0001), machine.side(0.0001), [1, 2], 3)
    assert found.ratio == (1.0, 1.0, 1.0)
