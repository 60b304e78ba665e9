"""Hypothesis strategies: numbers that are hard to calculate with, expressions, and whole modules."""
