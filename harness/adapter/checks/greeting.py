"""Before anything runs: what the adapter is."""

from __future__ import annotations

from harness.adapter.checking import Adapter, CannotCheck, check
from harness.adapter.session import Broken
from harness.sandbox import protocol
from harness.standard.features import ALL


@check(
    'hello is answered by "welcome": a name, a version, capabilities',
    'On {"say":"hello",...} print {"say":"welcome","engine":...,"engine_version":...,"capabilities":{...}}, '
    "end the line and flush; log to standard error, never to standard output.",
    needs="",
)
def greeting(adapter: Adapter) -> None:
    with adapter.stranger() as session:
        welcome = session.greet(interruptible=True)
        if isinstance(welcome, protocol.Unavailable):
            raise CannotCheck(f"it is not available here: {welcome.reason}")
        adapter.capabilities = welcome.capabilities
        if welcome.version != protocol.VERSION:
            raise Broken(f"it speaks version {welcome.version} of the protocol, not {protocol.VERSION}")
        if not welcome.engine or not welcome.engine_version:
            raise Broken("the name of the engine or its version is empty")


@check(
    "its features are names of the table in harness/standard/features.py",
    "Spell `features` of the capabilities as `stopwat engines` does; leave out what has no name there.",
    needs="greeting",
)
def features(adapter: Adapter) -> None:
    if unknown := sorted(adapter.capabilities.features - ALL):
        raise Broken(f"there is no feature {', '.join(map(repr, unknown))}")


@check(
    "hello can narrow the features",
    "Intersect `features` of hello with what the engine has, switch off the rest in the engine if it lets "
    "you, and answer with the intersection.",
    needs="greeting",
)
def narrowing(adapter: Adapter) -> None:
    with adapter.stranger() as session:
        welcome = session.greet(interruptible=True, features=("mvp",))
        if isinstance(welcome, protocol.Unavailable):
            raise Broken(f"narrowed to mvp, it is not available: {welcome.reason}")
        if more := welcome.capabilities.features - {"mvp"}:
            raise Broken(f"narrowed to mvp, it still has {', '.join(sorted(more))}")


@check(
    "a version of the protocol that it does not speak is refused",
    "Compare `version` of hello (1 if it is not there); if it is another, say so on standard error and exit "
    "with a status other than 0.",
    needs="greeting",
)
def other_version(adapter: Adapter) -> None:
    with adapter.stranger() as session:
        session.send(b'{"say":"hello","version":1000}\n')
        ends_badly(session.status(), "a hello of version 1000")


def ends_badly(status: int | None, after: str) -> None:
    """What an adapter does that is told what it does not know."""
    if status is None:
        raise Broken(f"after {after} it runs on")
    if status == 0:
        raise Broken(f"after {after} it ends with status 0, as if all were well")
