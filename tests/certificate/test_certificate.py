"""A certificate on disk: whole, or not one."""

from __future__ import annotations

import errno
import json
import os
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec.structs import replace

from harness.certificate import (
    FORMAT,
    CannotWrite,
    Certificate,
    NotACertificate,
    beside,
    close,
    digest,
    load,
    save,
    schema,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_it_comes_back_as_it_was(good: Certificate, tmp_path: Path) -> None:
    path = tmp_path / "new" / "certificate.json"
    save(good, path)
    assert load(path) == good
    assert [file.name for file in path.parent.iterdir()] == ["certificate.json"]


def test_the_same_certificate_is_the_same_file(good: Certificate, tmp_path: Path) -> None:
    save(good, tmp_path / "a")
    save(load(tmp_path / "a"), tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_what_stops_in_the_middle_is_no_certificate(good: Certificate, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    save(good, whole)
    data = whole.read_bytes()
    part = tmp_path / "part"
    for length in range(0, len(data) - 2, 97):
        part.write_bytes(data[:length])
        with pytest.raises(NotACertificate, match="cut off"):
            load(part)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "not a certificate: Object missing required field `header`"),
        ("[1]", "not a certificate"),
        ("\xff", "cut off, or no JSON"),
        ('{"header": {"x": ' + "[" * 100_000 + "]" * 100_000 + "}}", "cut off, or no JSON"),
    ],
)
def test_something_else(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "c.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(NotACertificate, match=message) as told:
        load(path)
    assert "\n" not in str(told.value)


def test_a_field_nobody_knows(good: Certificate, tmp_path: Path) -> None:
    document = msgspec.to_builtins(good)
    document["footer"]["mark"] = "A+"
    path = tmp_path / "c.json"
    path.write_text(json.dumps(document))
    with pytest.raises(NotACertificate, match="unknown field `mark`"):
        load(path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(NotACertificate, match="No such file"):
        load(tmp_path / "nothing.json")


def test_a_format_of_the_future(good: Certificate, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    save(replace(good, header=replace(good.header, format=FORMAT + 1)), path)
    with pytest.raises(NotACertificate, match=f"format {FORMAT + 1}, this version reads {FORMAT}"):
        load(path)


def test_a_footer_that_was_touched_up(good: Certificate, tmp_path: Path) -> None:
    """`certified` follows from the items, whatever the file says."""
    worse = close(good.header, good.items[1:], ended=good.footer.ended)
    assert not worse.footer.certified
    for footer in (good.footer, replace(worse.footer, certified=True), replace(worse.footer, complete=True)):
        path = tmp_path / "c.json"
        save(replace(worse, footer=footer), path)
        with pytest.raises(NotACertificate, match="does not follow from its items"):
            load(path)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"planned": ()}, "an item was never planned: "),
        ({"shard": ()}, r"it has parts \[\] of 1"),
        ({"shard": (2,)}, r"it has parts \[2\] of 1"),
        ({"plan": digest(())}, "what was planned is not the plan"),
        ({"plan": ""}, "it has no plan"),
        ({"machines": ()}, "it names no machine"),
    ],
)
def test_a_header_that_contradicts_the_rest(
    good: Certificate, tmp_path: Path, header: dict[str, Any], message: str
) -> None:
    path = tmp_path / "c.json"
    save(close(replace(good.header, **header), good.items, ended=""), path)
    with pytest.raises(NotACertificate, match=message):
        load(path, partial=True)


def test_an_item_that_is_there_twice(good: Certificate, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    save(close(good.header, (*good.items, good.items[0]), ended=""), path)
    with pytest.raises(NotACertificate, match="an item is there twice: "):
        load(path)


def test_what_covers_nothing(good: Certificate, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    save(close(replace(good.header, planned=(), plan=digest(())), (), ended=""), path)
    with pytest.raises(NotACertificate, match="covers nothing"):
        load(path)


def test_what_was_cut_short_loads_only_when_asked_for(good: Certificate, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    part = close(good.header, good.items[:1], ended="", cut_short="interrupted")
    save(part, path)
    with pytest.raises(NotACertificate, match=r"cut short \(interrupted\): 1 of 4 items ran"):
        load(path)
    assert load(path, partial=True) == part


def test_a_full_disk_leaves_what_was_there(
    good: Certificate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "certificate.json"
    path.write_text("the old one")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CannotWrite, match=r"cannot write .*certificate\.json: No space left on device$"):
        save(good, path)
    assert path.read_text() == "the old one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_device_is_written_to_and_not_replaced(good: Certificate, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    save(good, pipe)
    assert os.read(reader, 1 << 20).startswith(b"{")
    os.close(reader)
    assert pipe.is_fifo()


def test_a_place_that_is_no_directory(good: Certificate, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="cannot write"):
        save(good, tmp_path / "file" / "certificate.json")


@pytest.mark.parametrize(
    ("engine", "name"),
    [
        ("interp", "c-interp.json"),
        ("my.module:Engine", "c-my.module-Engine.json"),
        ("exec:./a b", "c-exec-.-a-b.json"),
    ],
)
def test_one_file_an_engine(tmp_path: Path, engine: str, name: str) -> None:
    assert beside(tmp_path / "c.json", [engine, "other"])[engine] == tmp_path / name


def test_no_two_engines_share_a_file(tmp_path: Path) -> None:
    engines = ["exec:a b", "exec:a-b", "exec:A b", "exec:", "mine:It", "mine:it", "interp"]
    places = beside(tmp_path / "c.json", engines)
    assert len({str(path).lower() for path in places.values()}) == len(engines)
    assert places["interp"] == tmp_path / "c-interp.json"
    assert places["exec:a b"].name.startswith("c-exec-a-b-")
    assert beside(tmp_path / "c.json", reversed(engines)) == places


def test_the_schema_is_complete() -> None:
    """Every reference in it resolves, and it knows every kind of result."""
    document = schema()
    text = json.dumps(document)
    names = set(document["$defs"])
    assert {
        "Certificate",
        "Header",
        "Item",
        "Footer",
        "ScenarioResult",
        "SpecResult",
        "OverheadResult",
    } <= names
    assert all(f'"#/$defs/{name}"' in text for name in names)
