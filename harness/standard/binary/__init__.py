"""The binary format (standard, "Binary Format"): bytes -> `harness.standard.syntax.Module`."""

from __future__ import annotations

from harness.standard.binary.reader import read

__all__ = ["read"]
