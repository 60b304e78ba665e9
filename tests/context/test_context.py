"""Contexts: what makes one done, in which order, and what they leave behind."""

from __future__ import annotations

import doctest
import gc
import sys
import threading
import time
import weakref

import pytest

from harness import context as contexts
from harness.context import Cause, Context, background, with_cancel, with_deadline, with_timeout

LONG = 30.0
"""Seconds to wait for what happens sooner."""
HOUR = 3600.0
CENTURY = 100 * 365 * 24 * HOUR


def test_the_example_of_the_documentation() -> None:
    assert doctest.testmod(contexts).failed == 0


def test_background_is_never_done() -> None:
    context = background()
    assert not context.done
    assert context.cause is None
    assert context.done_at is None
    assert context.deadline is None
    assert not context.wait(0)


def test_cancelled() -> None:
    context = with_cancel(background())
    before = time.monotonic_ns()
    context.cancel()
    assert context.done
    assert context.cause is Cause.CANCELLED
    assert context.done_at is not None
    assert before <= context.done_at <= time.monotonic_ns()


def test_cancelled_twice_is_cancelled_once() -> None:
    calls: list[str] = []
    context = with_cancel(background())
    context.on_done(lambda: calls.append("done"))
    context.cancel()
    first = context.done_at
    context.cancel()
    assert calls == ["done"]
    assert context.done_at == first


def test_a_parent_cancels_all_its_descendants() -> None:
    root = with_cancel(background())
    children = [with_cancel(root) for _ in range(3)]
    grandchildren = [with_timeout(child, HOUR) for child in children]
    root.cancel()
    for context in (*children, *grandchildren):
        assert context.cause is Cause.CANCELLED
        assert context.done_at == root.done_at


def test_a_child_does_not_cancel_its_parent_nor_its_siblings() -> None:
    root = with_cancel(background())
    child, sibling = with_cancel(root), with_cancel(root)
    child.cancel()
    assert child.done
    assert not root.done
    assert not sibling.done


def test_a_child_of_what_is_done_is_done() -> None:
    root = with_cancel(background())
    root.cancel()
    child = with_timeout(root, HOUR)
    assert child.cause is Cause.CANCELLED
    assert child.done_at == root.done_at


@pytest.mark.parametrize("seconds", [0.0, -1.0, -CENTURY])
def test_a_deadline_that_has_passed(seconds: float) -> None:
    context = with_timeout(background(), seconds)
    assert context.cause is Cause.DEADLINE
    assert context.done_at == context.deadline
    assert context.deadline is not None
    assert context.deadline <= time.monotonic_ns()


def test_a_deadline_is_kept_to_the_nanosecond_and_never_early() -> None:
    for milliseconds in (0.01, 1, 3, 10):
        with with_timeout(background(), milliseconds / 1000) as context:
            assert context.wait(LONG)
            assert context.cause is Cause.DEADLINE
            assert context.done_at == context.deadline
            assert context.deadline is not None
            assert context.deadline <= time.monotonic_ns()


def test_the_earlier_deadline_counts() -> None:
    now = time.monotonic_ns()
    hour = now + 3600 * contexts.NANOSECONDS
    root = with_deadline(background(), hour)
    assert with_deadline(root, hour + 1).deadline == hour
    assert with_deadline(root, hour - 1).deadline == hour - 1
    assert with_cancel(root).deadline == hour
    with with_timeout(root, 0.001) as child:
        assert child.wait(LONG)
        assert not root.done
    root.release()


def test_a_childs_later_deadline_is_the_parents() -> None:
    root = with_timeout(background(), 0.005)
    child = with_timeout(root, HOUR)
    assert child.wait(LONG)
    assert child.cause is Cause.DEADLINE
    assert child.done_at == root.deadline


def test_deadlines_in_any_order() -> None:
    done: list[int] = []
    last = threading.Event()
    with with_timeout(background(), HOUR):  # that a far one is first in the queue delays none
        for milliseconds in (30, 10, 20, 0.1, 40):
            context = with_timeout(background(), milliseconds / 1000)
            context.on_done(lambda context=context: done.append(context.deadline))  # type: ignore[misc]
        context.on_done(last.set)
        assert last.wait(LONG)
    assert len(done) == 5
    assert done == sorted(done)


def test_far_deadlines() -> None:
    with with_timeout(background(), 1000 * CENTURY) as far, with_timeout(background(), CENTURY) as century:
        with with_timeout(background(), 0.001) as near:
            assert near.wait(LONG)
        assert not far.done
        assert not century.done


def test_a_cancel_that_comes_before_the_deadline() -> None:
    context = with_timeout(background(), HOUR)
    context.cancel()
    assert context.cause is Cause.CANCELLED


def test_a_cancel_that_comes_after_the_deadline_changes_nothing() -> None:
    context = with_timeout(background(), 0.001)
    context.wait(LONG)
    context.cancel()
    assert context.cause is Cause.DEADLINE
    assert context.done_at == context.deadline


def test_a_cancel_that_finds_the_deadline_passed_unnoticed() -> None:
    context = with_timeout(background(), HOUR)
    context.deadline = time.monotonic_ns() - 1  # as if no thread had come to run since
    context.cancel()
    assert context.cause is Cause.DEADLINE
    assert context.done_at == context.deadline


def test_callbacks() -> None:
    calls: list[str] = []
    context = with_cancel(background())
    context.on_done(lambda: calls.append("first"))
    unregister = context.on_done(lambda: calls.append("never"))
    context.on_done(lambda: calls.append("second"))
    unregister()
    unregister()
    context.cancel()
    assert calls == ["first", "second"]
    context.on_done(lambda: calls.append("at once"))()
    assert calls == ["first", "second", "at once"]


def test_the_deadline_of_a_callback_runs_on_another_thread() -> None:
    threads: list[threading.Thread] = []
    ran = threading.Event()
    with with_timeout(background(), 0.001) as context:
        context.on_done(lambda: threads.append(threading.current_thread()))
        context.on_done(ran.set)
        assert ran.wait(LONG)
    assert threads[0] is not threading.current_thread()
    assert threads[0].daemon


def test_a_callback_that_raises_is_seen_and_harms_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", seen.append)
    ran = threading.Event()
    for spoilt in (with_cancel(background()), with_timeout(background(), 0.001)):
        spoilt.on_done(lambda: 1 // 0)
        spoilt.on_done(ran.set)
        if spoilt.deadline is None:
            spoilt.cancel()
        assert ran.wait(LONG)
        ran.clear()
    assert [arguments.exc_type for arguments in seen] == [ZeroDivisionError] * 2
    with with_timeout(background(), 0.001) as context:
        assert context.wait(LONG)


def test_a_callback_may_use_contexts() -> None:
    root, other = with_cancel(background()), with_cancel(background())
    made: list[Context] = []
    root.on_done(other.cancel)
    root.on_done(root.cancel)
    root.on_done(lambda: made.append(with_timeout(root, HOUR)))
    root.cancel()
    assert other.done
    assert made[0].done


def test_released_contexts_are_left_alone() -> None:
    root = with_cancel(background())
    with with_timeout(root, 0.001) as released:
        released.release()
        root.cancel()
        with with_timeout(background(), 0.005) as later:
            assert later.wait(LONG)
        assert not released.done
    released.cancel()
    assert released.done


def test_64_threads_cancel_at_once() -> None:
    for _ in range(20):
        calls: list[str] = []
        root = with_timeout(background(), HOUR)
        children = [with_cancel(root) for _ in range(8)]
        for child in children:
            child.on_done(lambda calls=calls: calls.append("done"))  # type: ignore[misc]
        barrier = threading.Barrier(64)

        def cancel(context: Context, barrier: threading.Barrier = barrier) -> None:
            barrier.wait(LONG)
            context.cancel()

        contexts_ = [root, *children]
        threads = [threading.Thread(target=cancel, args=(contexts_[n % 9],)) for n in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(calls) == 8
        assert {context.cause for context in contexts_} == {Cause.CANCELLED}


def test_a_cancel_races_its_deadline() -> None:
    """Whoever wins, the cause and the moment belong together."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for _ in range(200):
            calls: list[str] = []
            context = with_timeout(background(), 0.0002)
            context.on_done(lambda calls=calls: calls.append("done"))  # type: ignore[misc]
            time.sleep(0.0002)
            context.cancel()
            assert context.wait(LONG)
            assert len(calls) <= 1
            assert context.deadline is not None
            assert context.done_at is not None
            if context.cause is Cause.DEADLINE:
                assert context.done_at == context.deadline
            else:
                assert context.done_at < context.deadline
    finally:
        sys.setswitchinterval(interval)


def test_nothing_is_left_of_contexts_that_are_over() -> None:
    root = with_cancel(background())
    with with_timeout(root, HOUR):
        pass
    threads = threading.active_count()
    before = len(contexts._clock._due)
    gc.collect()
    gone: list[weakref.ref[Context]] = []
    for n in range(1000):
        with with_timeout(root, HOUR + n) as context:
            context.wait(0)
            gone.append(weakref.ref(context))
        finished = with_timeout(root, 0)
        cancelled = with_timeout(root, HOUR)
        cancelled.cancel()
        gone += [weakref.ref(finished), weakref.ref(cancelled)]
    del context, finished, cancelled
    gc.collect()
    assert threading.active_count() <= threads
    assert not any(reference() for reference in gone)
    assert not root._callbacks
    assert len(contexts._clock._due) <= 2 * before + 2


def test_the_clock_forgets_in_any_order() -> None:
    """Far deadlines that are released early do not pile up behind one that stays."""
    before = len(contexts._clock._due)
    with with_timeout(background(), 0.02) as stays:
        many = [with_timeout(background(), HOUR + n) for n in range(1000)]
        for context in many[::2] + many[1::2]:
            context.release()
            context.release()
        assert len(contexts._clock._due) <= 2 * before + 4
        assert stays.wait(LONG)
