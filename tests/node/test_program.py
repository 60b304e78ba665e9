"""The program that is Node: what it finds out about V8, its flags, and how it ends."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from engines import v8
from engines.node import MAIN, NODE
from harness.assembler import assemble
from harness.engine import Unavailable
from harness.registry import Choice
from harness.sandbox.supervisor import Worker, WorkerError
from harness.standard.features import FEATURES


@pytest.fixture(scope="module")
def installed() -> str:
    try:
        return NODE.find()
    except Unavailable as missing:
        pytest.skip(str(missing))


def test_every_probe_is_what_its_text_says() -> None:
    """And there is one for every feature."""
    text = (Path(v8.__file__).parent / "features.js").read_text()
    probes = re.findall(r'// (\(module.*)\n  "([^"]+)":\s+"([0-9a-f]*)"', text)
    assert [name for _, name, _ in probes] == list(FEATURES)
    for module, name, binary in probes:
        assembled = assemble(module, file=name, first="in-process").binary
        assert assembled[8:].hex().startswith(binary), name


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        '{"say":"goodbye"}',
        '{"say":"cancel","id":1,"more":2}',
        '{"say":"script","id":1,"commands":[{"do":"x"}]}',
    ],
)
def test_what_is_not_in_the_protocol_is_an_error(installed: str, line: str) -> None:
    done = subprocess.run(
        [installed, MAIN], input=f'{{"say":"hello"}}\n{line}\n', capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "stopwat node: SyntaxError" in done.stderr


def test_flags_are_given_by_command(installed: str) -> None:
    with Worker(Choice(f"exec:{installed} --liftoff-only {MAIN} mine")) as worker:
        assert worker.welcome.engine == "mine"
    with Worker(Choice("node-liftoff")) as worker:
        assert worker.welcome.engine == "node-liftoff"
    with pytest.raises(WorkerError, match="no-such-flag"):
        Worker(Choice(f"exec:{installed} --no-such-flag {MAIN}"))
