"""What an instance's code and data belong to, and how long they live."""

from __future__ import annotations

import itertools
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engines.compiler.native.load import Code
    from engines.wasm.deftypes import DefType
    from engines.wasm.store import Reference


class Home:
    """The code and data of an instance, and all that they refer to.

    It lives as long as anything may reach it: a function, a struct or an array of its own, or another home
    that may have come by a reference to one.
    """

    def __init__(self, code: Code) -> None:
        self.code = code
        self.number = next(_numbers)
        self.keeps: list[object] = []
        """What has to live as long as this."""
        self.types: Sequence[DefType] = ()
        """Types of what its code allocates."""
        self.globals: list[int] = []
        """Addresses of references to the heap."""
        self.tables: list[int] = []
        """Addresses of the records of tables, and of segments, of references to the heap."""
        self._met: set[object] = set()
        homes[self.number] = self

    def meet(self, reference: Reference) -> None:
        """A reference comes in from elsewhere.

        What is behind it may be called or written to from here, and so may come by what is here.
        """
        home = getattr(reference, "home", self)
        if home is None:
            self._met.add(reference)
        elif home is not self:
            self.join(home)

    def join(self, other: Home) -> None:
        """References can pass between the two."""
        self._met.add(other)
        other._met.add(self)


_numbers = itertools.count(1)
homes: weakref.WeakValueDictionary[int, Home] = weakref.WeakValueDictionary()
"""By number."""
