"""Several threads at once, where nothing is shared by intention."""

from __future__ import annotations

import subprocess
import sys

FIRST_USE = """
import threading
from engines.compiler.runtime import runtime

start = threading.Barrier(8)
found = []

def use():
    start.wait()
    found.append(runtime())

threads = [threading.Thread(target=use) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len({id(each) for each in found}))
"""


def test_the_runtime_is_loaded_once() -> None:
    """In a process of its own, where it has not been used yet."""
    done = subprocess.run([sys.executable, "-c", FIRST_USE], capture_output=True, text=True, check=True)

    assert done.stdout == "1\n"
