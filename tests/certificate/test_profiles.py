"""What a profile asks for is there, and the next one asks for more."""

from __future__ import annotations

from itertools import pairwise

import pytest

from harness import provenance
from harness.adjustable import ADJUSTABLE
from harness.profiles import DEFAULT, PROFILES, Profile
from harness.scenarios import Options, discover
from harness.standard.features import ALL

CATALOGUE = discover()
ORDER = list(PROFILES.values())
ONCE = [
    (scenario, on, way, reach)
    for scenario in CATALOGUE.scenarios
    for on in (True, False)
    for way in scenario.ways
    for reach in scenario.reaches
]


def asked(profile: Profile) -> set[tuple[str, bool, str, str]]:
    return {
        (scenario.id, on, way, reach)
        for scenario, on, way, reach in ONCE
        if profile.asks(scenario, interruptible=on, way=way, reach=reach)
    }


@pytest.mark.parametrize(("less", "more"), list(pairwise(ORDER)), ids=lambda profile: profile.name)
def test_each_asks_for_all_that_the_one_before_does(less: Profile, more: Profile) -> None:
    assert asked(less) < asked(more)
    assert more.without < less.without or not more.without
    assert less.laxer({name: getattr(more.options, name) for name in ADJUSTABLE}) == []


def test_the_last_asks_for_everything() -> None:
    last = ORDER[-1]
    assert len(asked(last)) == len(ONCE)
    assert not last.without
    assert last.kernels is None


@pytest.mark.parametrize("profile", ORDER, ids=lambda profile: profile.name)
def test_every_scenario_is_tried_with_cancellation_on(profile: Profile) -> None:
    """Also where it can be stopped in one way only."""
    tried = {id for id, on, _, reach in asked(profile) if on and reach == "host"}
    assert tried == {scenario.id for scenario in CATALOGUE.scenarios}


@pytest.mark.parametrize("profile", ORDER, ids=lambda profile: profile.name)
def test_what_it_names_is_there(profile: Profile) -> None:
    assert profile.without <= set(provenance.functions())
    assert (profile.kernels or set()) <= {kernel.id for kernel in CATALOGUE.kernels()}


@pytest.mark.parametrize("profile", ORDER, ids=lambda profile: profile.name)
def test_the_scope_is_what_it_asks_for(profile: Profile) -> None:
    scope = provenance.scope(None, ALL, profile)
    assert scope.on == sum(on for _, on, _, _ in asked(profile))
    assert scope.off == sum(not on for _, on, _, _ in asked(profile))
    assert set(scope.cases) == set(provenance.functions()) - profile.without
    assert scope.scripts == 0


def test_the_default_is_as_options_are() -> None:
    assert PROFILES[DEFAULT].options == Options()


@pytest.mark.parametrize("name", [name for name, option in ADJUSTABLE.items() if option.laxer is not None])
def test_what_demands_less_is_named(name: str) -> None:
    profile = PROFILES[DEFAULT]
    own = getattr(profile.options, name)
    more, less = (own - 1, own + 1) if ADJUSTABLE[name].kind == "time" else (own + 1, own - 1)
    assert profile.laxer({name: less}) == [name]
    assert profile.laxer({name: more}) == []
    assert profile.laxer({name: own}) == []
