"""No process survives the harness, however that ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HERE = Path(__file__).resolve().parent
ENGINE = f"{HERE.parent / 'engines' / 'wrong.py'}:HasChildren"
LOSES_ITS_KEEPER = """
import os, signal, sys
from harness.registry import Choice
from harness.sandbox import process
from harness.sandbox.protocol import Compile, Instantiate, Invoke, Limits
from harness.sandbox.supervisor import Worker

first = Worker(Choice(sys.argv[1]))
commands = Compile("m", b"spin: spin"), Instantiate("i", "m"), Invoke("i", "spin", limits=Limits())
first.submit(commands).started(2, 60)
process._keeper._process.kill()
process._keeper._process.wait()
second = Worker(Choice(sys.argv[1]))
print(first._child.pid, second._child.pid, flush=True)
sys.stdin.readline()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(
    ("number", "in_order", "status"),
    [
        (signal.SIGINT, False, -signal.SIGINT),
        (signal.SIGTERM, False, -signal.SIGTERM),
        (signal.SIGTERM, True, 128 + signal.SIGTERM),
        (signal.SIGHUP, True, 128 + signal.SIGHUP),
        (signal.SIGKILL, False, -signal.SIGKILL),
        (signal.SIGSEGV, False, -signal.SIGSEGV),
    ],
    ids=["ctrl-c", "term", "term-in-order", "hangup-in-order", "kill", "crash"],
)
def test_nothing_survives(
    number: signal.Signals,
    in_order: bool,
    status: int,
    ends: Callable[[psutil.Process], bool],
    unmeasured: Mapping[str, str],
) -> None:
    with subprocess.Popen(
        [sys.executable, HERE / "harness_process.py", ENGINE, *["in-order"] * in_order],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=unmeasured,
        text=True,
    ) as harness:
        try:
            assert harness.stdout is not None
            processes = [psutil.Process(pid) for pid in json.loads(harness.stdout.readline())]
            if number == signal.SIGINT:
                os.killpg(harness.pid, number)  # as a terminal does it: to everyone in the foreground
            else:
                harness.send_signal(number)
            rest = harness.stdout.read()
            assert harness.wait() == status
        finally:
            harness.kill()
    assert ("in order" in rest) == (in_order or number == signal.SIGINT)
    assert len(processes) == 3
    assert [process for process in processes if not ends(process)] == []


def test_nothing_survives_although_the_keeper_was_killed_before(
    ends: Callable[[psutil.Process], bool],
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LOSES_ITS_KEEPER, ENGINE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as harness:
        assert harness.stdout is not None
        processes = [psutil.Process(int(pid)) for pid in harness.stdout.readline().split()]
        harness.communicate("die\n")
    assert harness.returncode == -signal.SIGKILL
    assert len(processes) == 2
    assert [process for process in processes if not ends(process)] == []
