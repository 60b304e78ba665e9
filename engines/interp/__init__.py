"""The reference interpreter: one small closure an instruction, written to be read beside the standard."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from engines.interp.backend import Backend
from engines.interp.invocation import Invocation
from engines.wasm import adapter
from harness.engine import Capabilities
from harness.standard.features import version as features_of
from harness.standard.types import FuncType

if TYPE_CHECKING:
    from engines.wasm.activation import Activation
    from engines.wasm.validation import ValidModule


class Interp(adapter.Engine):
    """The interpreter. It polls at back edges, at calls, now and then where there is neither, and between the
    pieces of bulk operations.
    """

    name = "interp"
    version = version("stopwat")
    capabilities = Capabilities(
        features=features_of("proposal"),
        interrupts="polls",
        after_interrupt="closed",
        covers=frozenset({"compile", "instantiate", "host", "blocking"}),
    )

    def translate(self, module: ValidModule) -> int:
        """How many results an instruction may have. Functions are translated when they are first called."""
        types = [type_.comp for type_ in module.types]
        return max([1, *[len(type_.results) for type_ in types if isinstance(type_, FuncType)]])

    def backend(self, code: int) -> Backend:
        """What allocates the parts of an instance."""
        return Backend(code, self.interruptible)

    def activation(self) -> Activation:
        """A new activation."""
        return Invocation(self.interruptible)
