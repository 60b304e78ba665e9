"""What engines on V8 share: JavaScript between it and the engine interface, wherever V8 is embedded.

The files are CommonJS modules that ask nothing of their surroundings but `require` for each other.
"""

from __future__ import annotations

from pathlib import Path

DIRECTORY = Path(__file__).parent
