"""Engines that say of themselves what the environment variable CHANGED has to do with."""

from __future__ import annotations

import os

import honest
from msgspec.structs import replace


class Changes(honest.Honest):
    """Says something else of itself in every process that finds CHANGED in its environment: that."""

    def __init__(self, *, interruptible: bool = False, features: frozenset[str] | None = None) -> None:
        said = self.capabilities
        match os.environ.get("CHANGED"):
            case "name":
                self.name = "somebody else"
            case "version":
                self.version = "2"
            case "features":
                said = replace(said, features=frozenset({"mvp", "gc"}))
            case "covers":
                said = replace(said, covers=frozenset())
            case "interrupts":
                said = replace(said, interrupts="none")
            case "plain":
                said = replace(said, plain="interp")
        self.capabilities = said
        super().__init__(interruptible=interruptible, features=features)
