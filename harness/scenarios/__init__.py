"""Scenarios: fixtures that say in their header what must happen, with cancellation on and off.

`discover` finds them, `run_scenario` runs one on an engine, `judge` turns evidence into a verdict.
"""

from __future__ import annotations

from harness.scenarios.catalogue import ROOT, Catalogue, Scenario, discover, load
from harness.scenarios.judge import judge
from harness.scenarios.options import Options
from harness.scenarios.run import run_scenario
from harness.scenarios.source import FixtureError, Header
from harness.scenarios.workers import Workers

__all__ = [
    "ROOT",
    "Catalogue",
    "FixtureError",
    "Header",
    "Options",
    "Scenario",
    "Workers",
    "discover",
    "judge",
    "load",
    "run_scenario",
]
