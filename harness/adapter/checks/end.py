"""The end of the process."""

from __future__ import annotations

from harness.adapter.checking import Adapter, check
from harness.adapter.modules import PLAIN
from harness.adapter.session import Broken, Session
from harness.sandbox.protocol import Invoke, Shutdown


@check(
    '"shutdown" ends it, with status 0',
    "Leave the loop that reads messages, release what there is, exit(0).",
)
def shutdown(adapter: Adapter) -> None:
    with adapter.session() as session:
        session.say(Shutdown())
        _ends_well(session.status(), "`shutdown`")


@check(
    '"shutdown" ends it also while something runs',
    "Do not wait for threads that run guests (exit the process; in Java make them daemons).",
    needs="flushing",
)
def shutdown_running(adapter: Adapter) -> None:
    with adapter.session(interruptible=False) as session:
        _spin(session)
        session.say(Shutdown())
        _ends_well(session.status(), "`shutdown` while a call runs")


@check(
    "the end of its standard input ends it",
    "Exit when a read says that there is nothing more to come: the supervisor is gone.",
)
def end_of_input(adapter: Adapter) -> None:
    with adapter.session() as session:
        session.end()
        if session.status() is None:
            raise Broken("its standard input has ended, and it runs on")


@check(
    "the end of its standard input ends it also while something runs",
    "The same, and do not wait for what runs.",
    needs="flushing",
)
def end_of_input_running(adapter: Adapter) -> None:
    with adapter.session(interruptible=False) as session:
        _spin(session)
        session.end()
        if session.status() is None:
            raise Broken("its standard input has ended while a call runs, and it runs on")


def _spin(session: Session) -> None:
    """Let a call run that does not end, and be sure that the script has begun."""
    instance = session.instantiate(PLAIN)
    script = session.submit(Invoke(instance, "answer"), Invoke(instance, "spin"))
    session.result(script)


def _ends_well(status: int | None, after: str) -> None:
    if status is None:
        raise Broken(f"after {after} it runs on")
    if status != 0:
        raise Broken(f"after {after} it ends with status {status}")
