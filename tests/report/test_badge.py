"""Badges."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from harness import grades
from harness.report.badge import badge
from harness.report.columns import columns
from tests.report.conftest import HOSTILE

if TYPE_CHECKING:
    from harness.certificate import Certificate

SVG = "{http://www.w3.org/2000/svg}"


def graded(certificate: Certificate, grade: grades.Grade) -> ET.Element:
    footer = replace(certificate.footer, grade=grade, certified=grade in ("A", "B"), complete=grade != "-")
    (column,) = columns([replace(certificate, footer=footer)])
    return ET.fromstring(badge(column))


@pytest.mark.parametrize(
    ("grade", "says"),
    [("A", "certified A"), ("B", "certified B"), ("C", "grade C"), ("F", "grade F"), ("-", "not whole")],
)
def test_it_says_what_the_certificate_says(good: Certificate, grade: grades.Grade, says: str) -> None:
    picture = graded(good, grade)
    assert [text.text for text in picture.iter(f"{SVG}text")] == ["stopwat", says]
    title = picture.find(f"{SVG}title")
    assert title is not None
    assert title.text == f"stopwat: mine 1.2: {says}: {grades.statement(grade)}"
    assert picture.get("aria-label") == title.text
    assert picture.get("role") == "img"
    assert int(picture.get("width", 0)) > 90


def test_hostile_words_are_words(good: Certificate) -> None:
    header = replace(good.header, name=HOSTILE)
    picture = graded(replace(good, header=header), "A")
    assert {element.tag.removeprefix(SVG) for element in picture.iter()} == {
        "svg",
        "title",
        "clipPath",
        "g",
        "rect",
        "text",
    }
