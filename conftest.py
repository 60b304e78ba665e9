"""How much Hypothesis tries: ``HYPOTHESIS_PROFILE=dev`` to look for more, ``nightly`` for much more; and that
signals arrive.
"""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

# the machine may be shared, so nothing is judged by how long it took
_CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", _CALM, max_examples=50, derandomize=True, database=None, print_blob=True)
settings.register_profile("dev", _CALM)
settings.register_profile("nightly", _CALM, max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # what a shell starts in the background ignores it, and so would all that tests start and then send it to
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    # the same under nohup, which shall go on protecting the tests themselves
    signal.signal(signal.SIGHUP, lambda _number, _frame: None)
