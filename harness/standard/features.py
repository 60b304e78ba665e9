"""The one table of features: what the standard grew by, under the names its proposals have."""

from __future__ import annotations

from typing import NamedTuple

from harness.suggest import unknown


class Feature(NamedTuple):
    """A step of the standard."""

    name: str
    since: str
    """``1.0 2.0 3.0``, or ``proposal`` for what is not in the standard yet."""
    title: str


FEATURES: dict[str, Feature] = {
    feature.name: feature
    for feature in (
        Feature("mvp", "1.0", "the first version"),
        Feature("mutable-globals", "1.0", "import and export of mutable globals"),
        Feature("sign-extension", "2.0", "sign extension instructions"),
        Feature("saturating-conversions", "2.0", "conversions that saturate instead of trapping"),
        Feature("multi-value", "2.0", "several results of functions, parameters and results of blocks"),
        Feature("reference-types", "2.0", "funcref, externref, several tables, table instructions"),
        Feature("bulk-memory", "2.0", "copy, fill and init of memories and tables"),
        Feature("simd", "2.0", "128-bit vectors"),
        Feature("extended-const", "3.0", "arithmetic in constant expressions"),
        Feature("tail-call", "3.0", "tail calls"),
        Feature("multi-memory", "3.0", "several memories"),
        Feature("memory64", "3.0", "memories and tables with 64-bit addresses"),
        Feature("function-references", "3.0", "typed function references"),
        Feature("gc", "3.0", "structs, arrays, i31, casts, recursive types"),
        Feature("exceptions", "3.0", "exceptions with exnref"),
        Feature("relaxed-simd", "3.0", "vector instructions with a choice of results"),
        Feature("threads", "proposal", "shared memories, atomics, wait and notify"),
        Feature("custom-page-sizes", "proposal", "memories with pages of one byte"),
        Feature("wide-arithmetic", "proposal", "128-bit arithmetic on pairs of i64"),
    )
}

ALL = frozenset(FEATURES)
_ORDER = ("1.0", "2.0", "3.0", "proposal")


def version(name: str) -> frozenset[str]:
    """All features of a version of the standard: ``version("2.0")``; ``"proposal"`` gives everything."""
    upto = _ORDER[: _ORDER.index(name) + 1]
    return frozenset(feature.name for feature in FEATURES.values() if feature.since in upto)


class UnknownFeature(LookupError):
    """Neither a feature nor a version has that name; the message is one line that says what there is."""


def named(text: str) -> frozenset[str]:
    """What a person names, versions or features separated by commas: ``named("1.0,simd")``.

    The first version is always in it: without it there are no modules. Raises `UnknownFeature`.
    """
    found = {"mvp"}
    for name in filter(None, map(str.strip, text.split(","))):
        if name in _ORDER:
            found |= version(name)
        elif name in FEATURES:
            found.add(name)
        else:
            raise UnknownFeature(unknown("feature", name, [*_ORDER, *FEATURES]))
    return frozenset(found)
