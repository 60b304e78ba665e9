"""Where the parts of an instance lie in the data behind its code."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from engines.compiler.layout import (
    FunctionRecord,
    MemoryRecord,
    SegmentRecord,
    TableRecord,
    Vector,
)

if TYPE_CHECKING:
    from engines.wasm.validation import ValidModule

_WORD = 8


class InstanceLayout:
    """Offsets, in bytes, of what each index space of a module needs.

    What is imported is reached through a pointer, what is the module's own lies in place.
    """

    def __init__(self, valid: ValidModule) -> None:
        module = valid.module
        self.size = 0
        self.imported_functions = len(valid.funcs) - len(module.funcs)
        self.imported_tables = len(valid.tables) - len(module.tables)
        self.imported_memories = len(valid.memories) - len(module.memories)
        self.imported_globals = len(valid.globals) - len(module.globals)
        self.behind_pointers = {
            "table": self.imported_tables,
            "memory": self.imported_memories,
            "global": self.imported_globals,
        }
        """How many of an index space are reached through a pointer."""

        self.globals = self._space(self.imported_globals, len(valid.globals), Vector)
        self.memories = self._space(self.imported_memories, len(valid.memories), MemoryRecord)
        self.tables = self._space(self.imported_tables, len(valid.tables), TableRecord)
        self.types = self._many(len(valid.types), _WORD)
        """Addresses of the records of the types."""
        self.tags = self._many(len(valid.tags), _WORD)
        """Numbers of the tags."""
        self.imports = self._many(self.imported_functions, _WORD)
        """References to the functions."""
        referenced = valid.refs | {export.index for export in module.exports if export.kind == "func"}
        if module.start is not None:
            referenced.add(module.start)
        self.referenced = sorted(index for index in referenced if index >= self.imported_functions)
        """The module's own functions that can be called by others."""
        self.records = self._many(len(self.referenced), ctypes.sizeof(FunctionRecord))
        """Offsets of their records, which begin with where the code is."""
        self.functions = dict(zip(self.referenced, self.records, strict=True))
        """The same by function."""
        self.elems = self._many(len(module.elems), ctypes.sizeof(SegmentRecord))
        self.datas = self._many(len(module.datas), ctypes.sizeof(SegmentRecord))

    def _many(self, count: int, size: int) -> range:
        start = self.size
        self.size += count * size
        return range(start, self.size, size)

    def _space(self, imported: int, count: int, record: type[ctypes.Structure]) -> list[int]:
        own = self._many(count - imported, ctypes.sizeof(record))
        return [*self._many(imported, _WORD), *own]
