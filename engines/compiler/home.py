"""What an instance's code and data belong to, and how long they live."""

from __future__ import annotations

import itertools
import weakref
from typing import TYPE_CHECKING

from engines.compiler.heap import heap
from engines.wasm.store import MemoryInstance
from harness.standard.types import FuncType, RefType

if TYPE_CHECKING:
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
        self.types: list[DefType] = []
        """Types of what its code allocates."""
        self.globals: list[int] = []
        """Addresses of references to the heap."""
        self.tables: list[int] = []
        """Addresses of the records of tables, and of segments, of references to the heap."""
        self._kept: dict[int, object] = {}
        self._neighbours: dict[int, Home] = {}
        """Those whose functions can be called from here."""
        self._callers: weakref.WeakSet[Home] = weakref.WeakSet()
        self.uses_heap = False
        """Whether a call that starts here may come by objects."""
        homes[self.number] = self

    def keep(self, *needed: object) -> None:
        """What has to live as long as this."""
        for one in needed:
            if one is not self:
                self._kept[id(one)] = one
                home = one if isinstance(one, Home) else getattr(one, "home", None)
                if home is not None and home is not self and not isinstance(one, MemoryInstance):
                    self._link(home)

    def _link(self, other: Home) -> None:
        if other.number not in self._neighbours:
            with heap.lock:
                self._neighbours[other.number] = other
                other._callers.add(self)
                if other.uses_heap:
                    self.use_heap()

    def use_heap(self) -> None:
        """Calls that start here may come by objects, and so may those that come here."""
        with heap.lock:
            new = [self]
            while new:
                home = new.pop()
                if not home.uses_heap:
                    home.uses_heap = True
                    new.extend(home._callers)

    def reaches(self, other: Home) -> bool:
        """Whether a call that starts here may come to the other."""
        found = {self.number}
        new = [self]
        while new and other.number not in found:
            for number, home in tuple(new.pop()._neighbours.items()):
                if number not in found:
                    found.add(number)
                    new.append(home)
        return other.number in found

    def join(self, other: Home) -> None:
        """References can pass between the two."""
        self.keep(other)
        other.keep(self)

    def meet(self, reference: Reference) -> None:
        """A reference comes in from elsewhere.

        What is behind it may be called or written to from here, and so may come by what is here; but not by
        way of a function that no reference can be passed to, or comes out of.
        """
        home = getattr(reference, "home", self)
        if home is None:
            self.keep(reference)
        elif home is not self:
            type_ = getattr(reference.type, "comp", None)
            if isinstance(type_, FuncType) and not passes_references(type_):
                self.keep(home)
            else:
                self.join(home)


def passes_references(type_: FuncType) -> bool:
    """Whether a function has parameters or results that are references."""
    return any(isinstance(value, RefType) for value in (*type_.params, *type_.results))


_numbers = itertools.count(1)
homes: weakref.WeakValueDictionary[int, Home] = weakref.WeakValueDictionary()
"""By number."""
