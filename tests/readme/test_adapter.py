"""What the README shows is what it says: the adapter works, the commands exist, the links lead somewhere."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from harness import cli
from harness.rules import RULES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMAND = (sys.executable, "-c", "from harness.cli import main; main()")
SCRIPT = """
(module
  (func (export "fac") (param i64) (result i64)
    (if (result i64) (i64.eqz (local.get 0))
      (then (i64.const 1))
      (else (i64.mul (local.get 0) (call 0 (i64.sub (local.get 0) (i64.const 1)))))))
  (func (export "half") (param f32) (result f32) (f32.mul (local.get 0) (f32.const 0.5)))
  (func (export "two") (result i32 f64) (i32.const -1) (f64.const -0.0))
  (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func $deep (export "deep") (call $deep))
  (table 1 funcref)
  (func (export "beyond") (call_indirect (i32.const 7)))
  (global (export "global") i32 (i32.const 7)))
(register "lib")
(assert_return (invoke "fac" (i64.const 20)) (i64.const 2432902008176640000))
(assert_return (invoke "half" (f32.const -inf)) (f32.const -inf))
(assert_return (invoke "two") (i32.const -1) (f64.const -0.0))
(assert_return (get "global") (i32.const 7))
(assert_trap (invoke "divide" (i32.const 1) (i32.const 0)) "integer divide by zero")
(assert_trap (invoke "divide" (i32.const 0x80000000) (i32.const -1)) "integer overflow")
(assert_trap (invoke "beyond") "undefined element")
(assert_exhaustion (invoke "deep") "call stack exhausted")
(assert_malformed (module binary "\\00asm\\02\\00\\00\\00") "unknown binary version")
(assert_invalid (module (func (result i32))) "type mismatch")
(assert_unlinkable (module (import "lib" "nothing" (func))) "unknown import")
(assert_trap (module (func $crash (unreachable)) (start $crash)) "unreachable")
(module (import "lib" "fac" (func $fac (param i64) (result i64)))
  (func (export "again") (result i64) (call $fac (i64.const 5))))
(assert_return (invoke "again") (i64.const 120))
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    """A directory with the adapter in it, as it stands in the README."""
    (text,) = blocks("python")
    (tmp_path / "my_engine.py").write_text(text)
    return tmp_path


def stopwat(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], cwd=place, capture_output=True, text=True, timeout=300)


def test_the_adapter_answers_rightly(adapter: Path) -> None:
    (adapter / "some.wast").write_text(SCRIPT)
    done = stopwat(adapter, "spec", "some.wast", "--engine=my_engine:MyEngine")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"some\.wast +16 ", done.stdout)


@pytest.mark.parametrize(
    "fixture", ["loops/loop-br", "calls/call-tree", "start/start-spin", "start/cross-module-call"]
)
def test_the_adapter_stops_when_told_to(adapter: Path, fixture: str) -> None:
    file = str(ROOT / "wat" / f"{fixture}.wat")
    arguments = ("run", file, "--timeout=50ms", "--grace=10s", "--engine=my_engine:MyEngine")
    done = stopwat(adapter, *arguments, "--interruptible")
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stdout.startswith("interrupted: deadline, ")


def test_the_adapter_runs_on_when_not(adapter: Path) -> None:
    file = str(ROOT / "wat" / "loops" / "loop-br.wat")
    done = stopwat(adapter, "run", file, "--timeout=50ms", "--grace=200ms", "--engine=my_engine:MyEngine")
    assert done.returncode == 4, done.stdout + done.stderr


def test_the_adapter_is_short() -> None:
    (text,) = blocks("python")
    assert len(re.findall(r"^\s*\S", text, re.MULTILINE)) < 90


def test_the_commands_are_those_that_exist() -> None:
    table = set(re.findall(r"^\| `stopwat (\w+)", README, re.MULTILINE))
    assert table == set(cli.COMMANDS)
    shown = [line for block in [*blocks("sh"), *blocks("console")] for line in block.splitlines()]
    for line in shown:
        words = shlex.split(line.removeprefix("$ "), comments=True)
        if words[:1] == ["stopwat"]:
            assert words[1] in cli.COMMANDS


def test_the_rules_are_those_that_decide() -> None:
    (rows,) = re.findall(r"^\| rule \| .+\n((?:\|.+\n)+)", README, re.MULTILINE)
    assert re.findall(r"^\| (\w+) \|", rows, re.MULTILINE) == [rule.name for rule in RULES]


def test_every_link_leads_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert links
    missing = [link for link in links if not (ROOT / link.partition("#")[0]).exists()]
    assert not missing
