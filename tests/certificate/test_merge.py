"""Parts of one run make one certificate, and nothing else does."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from harness.certificate import SAME, NotTogether, close, digest, load, merge, save
from harness.engine import Capabilities
from harness.plugin.asked import Shard
from harness.plugin.selection import part

if TYPE_CHECKING:
    from pathlib import Path

    from harness.certificate import Certificate, Scope

ENDED = "2026-01-01T00:01:00+00:00"


def share(whole: Certificate, number: int, of: int) -> Certificate:
    """One part of a run, as a session with ``--shard`` leaves it."""
    mine = part([item.id for item in whole.items], Shard(number, of))
    planned = tuple(id for id in whole.header.planned if id in mine)
    header = replace(whole.header, shards=of, shard=(number,), planned=planned)
    return close(header, tuple(item for item in whole.items if item.id in mine), ended=ENDED)


def cut(whole: Certificate, items: int) -> Certificate:
    """A run that was interrupted after so many items."""
    return close(whole.header, whole.items[:items], ended=ENDED, cut_short="interrupted")


def content(certificate: Certificate) -> tuple[Any, ...]:
    """What does not depend on how the run was cut."""
    footer = certificate.footer
    return ({item.id: item for item in certificate.items}, footer.certified, footer.grade, footer.complete)


@pytest.mark.parametrize("of", [1, 2, 3, 4])
def test_all_parts_in_any_order_are_the_whole(good: Certificate, of: int) -> None:
    parts = [share(good, number, of) for number in range(1, of + 1)]
    made = [merge(order).certificate for order in permutations(parts)]
    assert all(one == made[0] for one in made)
    assert content(made[0]) == content(good)
    assert made[0].footer.certified
    assert made[0].header.shard == tuple(range(1, of + 1))


def test_in_two_steps(good: Certificate) -> None:
    one, two, three = (share(good, number, 3) for number in (1, 2, 3))
    half = merge([one, three]).certificate
    assert half.header.shard == (1, 3)
    assert merge([half, two]).certificate == merge([one, two, three]).certificate


def test_a_part_that_is_missing_is_named(good: Certificate, tmp_path: Path) -> None:
    some = merge([share(good, 1, 3), share(good, 3, 3)]).certificate
    assert not some.footer.complete
    assert some.footer.grade == "-"
    (complete,) = [check for check in some.footer.checks if check.rule == "complete"]
    assert complete.first == "part 2 of 3 is missing"
    save(some, tmp_path / "some.json")
    assert load(tmp_path / "some.json", partial=True) == some


def test_one_part_alone_is_not_certified(good: Certificate) -> None:
    assert not share(good, 1, 2).footer.certified


def test_what_was_cut_short_is_finished_by_the_rest(good: Certificate) -> None:
    rest = close(good.header, good.items[2:], ended=ENDED)
    assert not rest.footer.complete
    whole, overlap = merge([cut(good, 2), rest])
    assert content(whole) == content(good)
    assert whole.footer.cut_short == ""
    assert overlap == ()


def test_what_is_still_missing_stays_cut_short(good: Certificate) -> None:
    whole = merge([cut(good, 1), cut(good, 2)]).certificate
    assert whole.footer.cut_short == "interrupted"
    assert not whole.footer.certified


def test_of_what_ran_twice_the_worse_counts_and_it_is_told(good: Certificate) -> None:
    first, *rest = good.items
    failed = replace(first, outcome="failed", why="it broke")
    worse = close(good.header, (failed, *rest), ended=ENDED)
    for order in permutations([good, worse]):
        whole, overlap = merge(order)
        assert whole.items[0] == failed
        assert overlap == good.header.planned
        assert not whole.footer.certified


def test_an_error_says_nothing_of_the_engine(good: Certificate) -> None:
    """Such as a worker of pytest-xdist that was killed: the item is run again, and then counts."""
    first, *rest = good.items
    lost = close(good.header, (replace(first, outcome="error", why="gone", results=()), *rest), ended=ENDED)
    again = close(good.header, (first,), ended=ENDED)
    whole, overlap = merge([lost, again])
    assert whole.items == good.items
    assert overlap == ()
    assert whole.footer.certified


def other_scope(scope: Scope) -> Scope:
    return replace(scope, kernels=2)


DIFFERENT: dict[str, Any] = {
    "capabilities": Capabilities(features=frozenset({"mvp", "sign-extension"}), interrupts="fuel"),
    "options": {"bound": 7},
    "scope": other_scope,
    "shards": 2,
}


@pytest.mark.parametrize("field", SAME)
def test_what_does_not_belong_together_is_refused(good: Certificate, field: str) -> None:
    value = DIFFERENT.get(field, "something else")
    old = getattr(good.header, field)
    header = replace(good.header, **{field: value(old) if callable(value) else value})
    with pytest.raises(NotTogether) as told:
        merge([good, close(header, good.items, ended=ENDED)], ["a.json", "b.json"])
    message = str(told.value)
    assert message.startswith(f"a.json and b.json are not of one run: {field}")
    assert " there and " in message
    assert "\n" not in message


def test_the_option_that_differs_is_named(good: Certificate) -> None:
    header = replace(good.header, options={"bound": 7})
    with pytest.raises(NotTogether, match=r"options\.bound is 100000000 there and 7 here$"):
        merge([good, close(header, good.items, ended=ENDED)])


def test_a_part_of_nobody_knows_what(good: Certificate) -> None:
    header = replace(good.header, plan="")
    broken = close(header, good.items, ended=ENDED, cut_short="cannot collect test_x.py")
    with pytest.raises(NotTogether, match=r"b is no part of a whole: cannot collect test_x\.py"):
        merge([broken, broken], ["b", "c"])


def test_other_machines_are_kept(good: Certificate) -> None:
    one, two = share(good, 1, 2), share(good, 2, 2)
    (machine,) = one.header.machines
    other = replace(machine, processor="another processor")
    header = replace(
        two.header, machines=(other,), tools={"python": "3.12.1"}, started="2025-01-01T00:00:00+00:00", jobs=4
    )
    whole = merge([one, close(header, two.items, ended="2027-01-01T00:00:00+00:00")]).certificate
    assert set(whole.header.machines) == {machine, other}
    assert whole.header.tools == {"python": "3.11.7, 3.12.1"}
    assert (whole.header.started, whole.footer.ended) == (
        "2025-01-01T00:00:00+00:00",
        "2027-01-01T00:00:00+00:00",
    )
    assert whole.header.jobs == 4
    assert whole.footer.certified


IDS = st.sets(
    st.builds("test_{}.py::test_{}[{}]".format, st.sampled_from("ab"), st.sampled_from("xy"), st.integers()),
    max_size=40,
)


@given(ids=IDS, of=st.integers(1, 7), seed=st.randoms(use_true_random=False))
def test_every_item_is_in_one_part(ids: set[str], of: int, seed: Any) -> None:
    shuffled = sorted(ids)
    seed.shuffle(shuffled)
    parts = [part(shuffled, Shard(number, of)) for number in range(1, of + 1)]
    assert parts == [part(sorted(ids), Shard(number, of)) for number in range(1, of + 1)]
    assert set().union(*parts) == ids
    assert sum(map(len, parts)) == len(ids)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@given(ids=IDS, of=st.integers(2, 5))
def test_every_part_has_its_share_of_every_function(ids: set[str], of: int) -> None:
    for function in {id.partition("[")[0] for id in ids}:
        shares = [
            sum(id.startswith(f"{function}[") for id in part(ids, Shard(number, of)))
            for number in range(1, of + 1)
        ]
        assert max(shares) - min(shares) <= 1


def test_the_digest_of_a_plan_is_of_a_set() -> None:
    assert digest(["a", "b"]) == digest(["b", "a"])
    assert digest(["a", "b"]) != digest(["ab"])
