"""The adapter of Node: values to the bit, errors of the right kind, instances that are linked or apart."""

from __future__ import annotations

import re
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engines import v8
from engines.node import MAIN
from harness.assembler import assemble
from harness.engine import TrapKind
from harness.outcome import (
    Exhausted,
    Failed,
    Invalid,
    Malformed,
    Number,
    Returned,
    Trapped,
    Uncaught,
    Unlinkable,
    Unsupported,
)
from harness.registry import Choice
from harness.sandbox import protocol
from harness.sandbox.protocol import (
    Drop,
    Get,
    Host,
    Invoke,
    ReadMemory,
    Register,
    Set,
    WriteMemory,
)
from harness.sandbox.supervisor import Worker, WorkerError
from harness.standard.features import FEATURES

if TYPE_CHECKING:
    from tests.node.conftest import Node

GC = """(module
  (type $s (struct (field i32))) (type $a (array i8))
  (func (export "struct") (result anyref) (struct.new $s (i32.const 7)))
  (func (export "array") (result eqref) (array.new $a (i32.const 0) (i32.const 3)))
  (func (export "get") (param (ref $s)) (result i32) (struct.get $s 0 (local.get 0)))
  (func (export "null") (drop (struct.get $s 0 (ref.null $s)))))"""


def test_it_says_what_it_is(node: Node) -> None:
    welcome = node.worker.welcome
    assert welcome.engine == "node"
    assert welcome.engine_version.split(".")[0].isdecimal()
    assert {"mvp", "simd", "threads"} <= welcome.capabilities.features <= set(FEATURES)


def test_features_are_narrowed(installed: str) -> None:
    with Worker(Choice("node", features=("mvp", "multi-value"))) as worker:
        assert worker.welcome.capabilities.features == {"mvp", "multi-value"}


def test_every_probe_is_what_its_text_says() -> None:
    """And there is one for every feature."""
    text = (Path(v8.__file__).parent / "features.js").read_text()
    probes = re.findall(r'// (\(module.*)\n  "([^"]+)":\s+"([0-9a-f]*)"', text)
    assert [name for _, name, _ in probes] == list(FEATURES)
    for module, name, binary in probes:
        assembled = assemble(module, file=name, first="in-process").binary
        assert assembled[8:].hex().startswith(binary), name


@pytest.mark.parametrize(
    "value",
    [
        Number("i32", str(0xFFFFFFFF)),
        Number("i64", str(1 << 63)),
        Number("f32", str(0x7F800001)),
        Number("f64", str(0x7FF0000000000001)),
        Number("v128", str(0x0123456789ABCDEF_FEDCBA9876543210)),
        Number("extern", "0"),
        Number("extern", None),
        Number("func", None),
    ],
    ids=str,
)
def test_values_keep_their_bits(node: Node, value: Number) -> None:
    kind = f"{value.type}ref" if value.type in ("extern", "func") else value.type
    zero = {"v128": "v128.const i64x2 0 0", "externref": "ref.null extern", "funcref": "ref.null func"}
    node.make(
        f"""(module
          (global (export "g") (mut {kind}) ({zero.get(kind, f"{kind}.const 0")}))
          (func (export "same") (param i32 {kind} i32) (result i32 {kind} i32)
            local.get 0 local.get 1 local.get 2))"""
    )
    one = Number("i32", "1")
    assert node.run(Invoke("i", "same", (one, value, one))) == [Returned((one, value, one))]
    assert node.run(Set("i", "g", value), Get("i", "g")) == [Returned(), Returned((value,))]


def test_references_keep_their_identity(node: Node) -> None:
    if "gc" not in node.worker.welcome.capabilities.features:
        pytest.skip("this V8 has no GC")
    assert node.make(GC) == Returned()
    struct, array, null = node.run(Invoke("i", "struct"), Invoke("i", "array"), Invoke("i", "null"))
    assert isinstance(struct, Returned)
    assert struct.values[0].type == "struct"
    assert isinstance(array, Returned)
    assert array.values[0].type == "array"
    assert node.run(Invoke("i", "get", struct.values)) == [Returned((Number("i32", "7"),))]
    assert isinstance(null, Trapped)
    assert null.kind is TrapKind.NULL_STRUCTURE


def test_memory(node: Node) -> None:
    node.make('(module (memory (export "m") 1))')
    written, read, beyond, missing = node.run(
        WriteMemory("i", "m", 65535, b"a"),
        ReadMemory("i", "m", 65535, 1),
        ReadMemory("i", "m", 65535, 2),
        ReadMemory("i", "n"),
    )
    digest = sha256(b"a").digest()
    halves = (str(int.from_bytes(half, "big")) for half in (digest[:16], digest[16:]))
    assert written == Returned()
    assert read == Returned((Number("i64", "65536"), *(Number("v128", half) for half in halves)))
    assert isinstance(beyond, Failed)
    assert isinstance(missing, Failed)


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("unreachable", TrapKind.UNREACHABLE),
        ("(drop (i32.div_s (i32.const 1) (i32.const 0)))", TrapKind.DIVIDE_BY_ZERO),
        ("(drop (i32.load (i32.const 65536)))", TrapKind.MEMORY_BOUNDS),
        ("(call_indirect (i32.const 0))", TrapKind.UNINITIALIZED_ELEMENT),
        ("(call_indirect (i32.const 1))", TrapKind.UNDEFINED_ELEMENT),
        ("(drop (table.get 0 (i32.const 1)))", TrapKind.TABLE_BOUNDS),
        ("(call 0)", Exhausted()),
    ],
)
def test_traps(node: Node, body: str, outcome: TrapKind | Exhausted) -> None:
    node.make(f'(module (memory 1) (table 1 funcref) (func (export "run") {body}))')
    (came,) = node.run(Invoke("i", "run"))
    assert (came.kind if isinstance(came, Trapped) else came) == outcome


def test_an_exception_that_nobody_catches(node: Node) -> None:
    assert node.make('(module (tag $t) (func (export "run") (throw $t)))') == Returned()
    assert node.run(Invoke("i", "run")) == [Uncaught()]


def test_malformed_is_not_invalid(node: Node) -> None:
    assert isinstance(node.run(protocol.Compile("m", b"\0asm\1\0\0\0\1"))[0], Malformed)
    assert isinstance(node.make("(module (func (result i32)))"), Invalid)
    assert isinstance(node.make('(module (import "nobody" "f" (func)))'), Unlinkable)
    assert isinstance(node.run(protocol.Wasi("wasi_snapshot_preview1"))[0], Unsupported)


def test_instances_are_linked(node: Node) -> None:
    """One that imports from two others that import nothing; and what was registered outlives its name."""
    text = """(module
      (global $g (export "g") (mut i32) (i32.const {0})) (func (export "f") (result i32) global.get $g))"""
    for name, number in (("a", 1), ("b", 2)):
        assert node.make(text.format(number), name) == Returned()
        node.run(Register(name.upper(), name))
    node.run(Drop(instance="a"))
    made = node.make(
        """(module
          (func $a (import "A" "f") (result i32)) (func $b (import "B" "f") (result i32))
          (func (export "sum") (result i32) (i32.add (call $a) (call $b))))"""
    )
    assert made == Returned()
    changed = (Set("b", "g", Number("i32", "5")), Invoke("i", "sum"))
    assert node.run(*changed) == [Returned(), Returned((Number("i32", "6"),))]
    node.run(Drop(registered="A"))
    assert isinstance(node.make('(module (func (import "A" "f") (result i32)))', "j"), Unlinkable)


def test_functions_of_the_host_have_types(node: Node) -> None:
    assert isinstance(node.run(Host("host", ("nop", "no")))[0], Failed)
    node.run(Host("host", ("nop",)))
    assert node.make('(module (func (import "host" "nop")))') == Returned()
    assert isinstance(node.make('(module (func (import "host" "nop") (param i32)))'), Unlinkable)


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
