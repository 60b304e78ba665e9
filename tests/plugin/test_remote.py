"""Cases on workers of pytest-xdist that are told where and in what to run, over execnet."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from harness.certificate import load

ENGINES = Path(__file__).parents[1] / "engines"
HONEST = f"{ENGINES / 'honest.py'}:Honest"


def another_version() -> str:
    """A Python of another version that works; skips where there is none."""
    for minor in range(8, 16):
        found = shutil.which(f"python3.{minor}")
        if minor != sys.version_info.minor and found is not None:
            done = subprocess.run([found, "-c", ""], capture_output=True, check=False)
            if done.returncode == 0:
                return found
    pytest.skip("there is no other version of Python on PATH")


def test_two_interpreters(cases: pytest.Pytester) -> None:
    """Each runs a share, and all of it ends up in one certificate."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", "other"], cwd=cases.path, check=True)
    other = cases.path / "other" / "bin" / "python"
    (site,) = cases.path.glob("other/lib/*/site-packages")
    # as if everything were installed there too
    site.joinpath("all.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})")
    cases.makepyfile(
        test_cases="""
        import sys
        import pytest
        from harness.results import OverheadResult

        @pytest.mark.parametrize("number", range(20))
        def test_kernel(engine, record, number):
            record(OverheadResult(kernel=sys.executable, off=(1,), on=(1,), ratio=1.0, low=1.0, high=1.0))
        """
    )
    interpreters = [f"--tx=popen//python={python}" for python in (sys.executable, other)]
    done = cases.runpytest_subprocess(
        f"--engine={HONEST}",
        "--certificate=c.json",
        "-d",
        "--max-worker-restart=0",
        *interpreters,
        timeout=300,
    )
    done.assert_outcomes(passed=20)
    found = load(cases.path / "c.json")
    assert {result.kernel for result in found.overheads} == {sys.executable, str(other)}
    assert found.header.jobs == 2
    assert len(found.header.machines) == 1
    assert len(found.items) == 20


def test_a_popen_worker_of_another_version_is_refused(cases: pytest.Pytester) -> None:
    """pytest-xdist would start it again and again."""
    python = another_version()
    done = cases.runpytest_subprocess(f"--engine={HONEST}", "-d", f"--tx=popen//python={python}", timeout=300)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    told = done.stdout.str() + done.stderr.str()
    assert "a popen worker must be of the same; socket= and ssh= take any" in told
