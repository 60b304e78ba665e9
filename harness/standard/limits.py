"""Limits of this implementation (standard, appendix "Implementation Limitations").

Where the JavaScript interface has a limit, it is the same: what runs in a browser is not beyond these. What
is beyond one is refused with `harness.engine.Unsupported`.
"""

from __future__ import annotations

TYPES = 1_000_000
"""Types of a module, those in groups counted one by one."""
SUBTYPING_DEPTH = 63
"""Supertypes of a type, theirs included."""
FIELDS = 10_000
"""Fields of a struct."""
PARAMS = 1_000
"""Parameters of a function or block."""
RESULTS = 1_000
"""Results of a function or block."""
FUNCTIONS = 1_000_000
IMPORTS = 1_000_000
EXPORTS = 1_000_000
GLOBALS = 1_000_000
TAGS = 1_000_000
TABLES = 100_000
MEMORIES = 100
DATA_SEGMENTS = 100_000
ELEMENT_SEGMENTS = 10_000_000
ELEMENTS = 10_000_000
"""Elements of one segment."""
FUNCTION_SIZE = 7_654_321
"""Bytes of one function."""
LOCALS = 50_000
"""Locals declared by one function."""
ALL_LOCALS = 5_000_000
"""Locals declared by all functions of a module; seven bytes are enough to declare `LOCALS`."""
NESTING = 10_000
"""Blocks inside each other, in one function."""
ARRAY_NEW_FIXED = 10_000
"""Operands of `array.new_fixed`."""
OPERANDS = 1_000_000
"""Height of the operand stack, in one function."""
