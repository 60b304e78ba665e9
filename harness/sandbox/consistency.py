"""An engine says the same of itself in every process, or it is not one engine that was tried.

What holds is what the first process in which this program met it has said. Processes may differ in what was
asked of them: a narrowed one offers fewer features, and one that is not interruptible may say so.
"""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING

import msgspec

from harness.engine import Capabilities

if TYPE_CHECKING:
    from harness.registry import Choice
    from harness.sandbox.protocol import Welcome

_first: dict[str, tuple[Choice, Welcome]] = {}
"""By name, as the registry understands it."""


def learn(choice: Choice, welcome: Welcome) -> None:
    """Take it from elsewhere what an engine says of itself, unless that is known already."""
    _first.setdefault(choice.engine, (choice, welcome))


def contradiction(choice: Choice, welcome: Welcome) -> str | None:
    """What an engine says otherwise than before, in one line; None if nothing."""
    learn(choice, welcome)
    first, before = _first[choice.engine]
    was, now = (_told(said, first, choice) for said in (before, welcome))
    for what in was:
        if was[what] != now[what]:
            return f"{what} {_words(was[what], now[what])}"
    return None


def _told(welcome: Welcome, *choices: Choice) -> dict[str, object]:
    """What it says that does not depend on in which of these ways it was chosen."""
    capabilities = welcome.capabilities
    for choice in choices:
        if choice.features is not None:
            features = capabilities.features & set(choice.features)
            capabilities = msgspec.structs.replace(capabilities, features=features)
        if not choice.interruptible:
            nothing = Capabilities()
            capabilities = msgspec.structs.replace(
                capabilities,
                interrupts=nothing.interrupts,
                after_interrupt=nothing.after_interrupt,
                covers=nothing.covers,
            )
    return {
        "name": welcome.engine,
        "version": welcome.engine_version,
        **msgspec.structs.asdict(capabilities),
    }


def _words(was: object, now: object) -> str:
    if not (isinstance(was, Set) and isinstance(now, Set)):
        return f"was {was!r} in another process, and is {now!r} in this one"
    sides = (was - now, "another process"), (now - was, "this one")
    return "; ".join(f"{', '.join(sorted(names))} only in {where}" for names, where in sides if names)
