"""A harness that is killed: starts a worker, prints what processes there are, and waits for a call.

``python harness_process.py ENGINE [in-order]``
"""

from __future__ import annotations

import json
import sys

import psutil

from harness.registry import Choice
from harness.sandbox.process import end_on_signals
from harness.sandbox.protocol import Compile, Instantiate, Invoke, Limits
from harness.sandbox.supervisor import Worker

if sys.argv[2:] == ["in-order"]:
    end_on_signals()
try:
    with Worker(Choice(sys.argv[1])) as worker:
        job = worker.submit(
            [Compile("m", b"spin: spin"), Instantiate("i", "m"), Invoke("i", "spin", limits=Limits())]
        )
        job.started(2, 30)
        while len(psutil.Process().children(recursive=True)) < 3:  # the keeper, the worker, what it started
            pass
        print(json.dumps([child.pid for child in psutil.Process().children(recursive=True)]), flush=True)
        list(job.reports(patience=600))
finally:
    print("in order", flush=True)
