"""Validation (standard, "Validation", and appendix "Validation Algorithm")."""

from __future__ import annotations

from engines.wasm.validation.context import ValidModule
from engines.wasm.validation.module import validate

__all__ = ["ValidModule", "validate"]
