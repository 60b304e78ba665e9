"""Statements of WebAssembly 3.0: exceptions, typed references, structs and arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from harness.generate.author import FIRST_ENTRY, PASSIVE, instr
from harness.standard.syntax import Catch
from harness.standard.types import FUNCREF, I32, ArrayType, FieldType, FuncType, RefType, StructType

if TYPE_CHECKING:
    from harness.generate.author import Author, Statement
    from harness.standard.syntax import Expr, Instr
    from harness.standard.types import HeapType, ResultType, StorageType, ValType

LENGTH = 8
"""Elements of an array; the passive data segment is enough for so many vectors."""
EXNREF = RefType(True, "exn")


# Exceptions


def _throw(author: Author, depth: int) -> Expr:
    """A block that is left by an exception, thrown on a condition, or by its end."""
    tag = author.draw(st.integers(0, len(author.module.tags) - 1))
    payload = _params(author, tag)
    kind = author.draw(st.sampled_from(("catch", "catch_ref", "catch_all", "catch_all_ref")))
    given: ResultType = (payload if "all" not in kind else ()) + ((EXNREF,) if "ref" in kind else ())
    catches = [Catch(kind, tag if "all" not in kind else None, 0)]
    if author.draw(st.booleans()):
        # another clause before it, which catches nothing that is thrown here
        other = author.draw(
            st.sampled_from([other for other in range(len(author.module.tags)) if other != tag])
        )
        catches.insert(0, Catch("catch", other, 1))
        around = _params(author, other)
    else:
        around = ()
    author.labels += [False, False]
    thrown = [
        *author.inside(True, depth), *author.value(I32), instr("if", None), *author.values(payload),
        instr("throw", tag), instr("end"), *author.inside(True, depth),
    ]  # fmt: skip
    del author.labels[-2:]
    reference: Expr = []
    if "ref" in kind:
        reference = _rethrow(author) if author.draw(st.booleans()) else [instr("drop")]
    caught = [*reference, *author.keep(given[: len(payload)] if "all" not in kind else ())]
    return [
        instr("block", author.type((), around)),
        instr("block", author.type((), given)),
        instr("try_table", None, tuple(catches)), *thrown, instr("end"),
        *author.values(around), instr("br", 1),
        instr("end"),
        *caught,
        *author.values(around),
        instr("end"),
        *author.keep(around),
    ]  # fmt: skip


def _params(author: Author, tag: int) -> ResultType:
    comp = author.module.types[author.module.tags[tag].type][0].comp
    assert isinstance(comp, FuncType)
    return comp.params


def _rethrow(author: Author) -> Expr:
    """Throw the exception on the stack again, and catch it."""
    local = author.new_local(EXNREF)
    return [
        instr("local.set", local), instr("block", None),
        instr("try_table", None, (Catch("catch_all", None, 0),)),
        instr("local.get", local), instr("throw_ref"),
        instr("end"), instr("end"),
    ]  # fmt: skip


# Typed references to functions


def _call_ref(author: Author, depth: int) -> Expr:
    if not author.signatures:
        return [instr("nop")]
    callee = author.draw(st.integers(0, len(author.signatures) - 1))
    params, results = author.signatures[callee]
    index = author.type(params, results)
    local = author.new_local(RefType(True, index))
    reference: Expr = [instr("ref.func", callee)]
    if "gc" in author.features and author.draw(st.booleans()):
        entry = instr("i32.const", FIRST_ENTRY + callee)
        reference = [entry, instr("table.get", 0), instr("ref.cast", index)]
    call = [instr("local.get", local), instr("ref.as_non_null"), instr("call_ref", index)]
    return [*reference, instr("local.set", local), *author.values(params), *call, *author.keep(results)]


def _branch_on_null(author: Author, depth: int) -> Expr:
    """Whether a reference is null decides what a local becomes."""
    null = [instr("ref.null", "func")]
    either = [*([instr("ref.func", 0)] if author.signatures else null), *null, *author.value(I32)]
    reference = [*either, instr("select_t", (RefType(True, "func"),))]
    number = [*author.value(I32), *author.keep((I32,))]
    if author.draw(st.booleans()):
        return [
            instr("block", None),
            *reference,
            instr("br_on_null", 0),
            instr("drop"),
            *number,
            instr("end"),
        ]
    block = instr("block", RefType(False, "func"))
    nulls = [*reference, instr("br_on_non_null", 0), *number]
    return [instr("block", None), block, *nulls, instr("br", 1), instr("end"), instr("drop"), instr("end")]


# Structs and arrays


def _storage(author: Author) -> StorageType:
    packed: tuple[StorageType, ...] = ("i8", "i16")
    storage: StorageType = author.draw(st.sampled_from((*author.numbers, *packed)))
    return storage


def _unpacked(storage: StorageType) -> ValType:
    return I32 if storage in ("i8", "i16") else storage


def _get(author: Author, kind: str, storage: StorageType, *immediates: int) -> Instr:
    """The instruction that reads a field or element."""
    sign = author.draw(st.sampled_from(("_s", "_u"))) if storage in ("i8", "i16") else ""
    return instr(f"{kind}.get{sign}", *immediates)


def _struct(author: Author, depth: int) -> Expr:
    storages = [_storage(author) for _ in range(author.draw(st.integers(1, 4)))]
    index = author.defined(StructType(tuple([FieldType(storage, True) for storage in storages])))
    types = tuple([_unpacked(storage) for storage in storages])
    local = author.new_local(RefType(True, index))
    code = [*author.values(types), instr("struct.new", index)]
    if author.draw(st.booleans()):
        code = [instr("struct.new_default", index)]
    code.append(instr("local.set", local))
    reference = instr("local.get", local)
    for field in author.draw(st.lists(st.integers(0, len(types) - 1), max_size=3)):
        code += [reference, *author.value(types[field]), instr("struct.set", index, field)]
    for field, (storage, type_) in enumerate(zip(storages, types, strict=True)):
        code += [reference, _get(author, "struct", storage, index, field), *author.keep((type_,))]
    return [*code, *_ask(author, local, index, "struct")]


def _array(author: Author, depth: int) -> Expr:
    storage = _storage(author)
    type_ = _unpacked(storage)
    index = author.defined(ArrayType(FieldType(storage, True)))
    local = author.new_local(RefType(True, index))
    reference = instr("local.get", local)
    start, length = instr("i32.const", 0), instr("i32.const", LENGTH)
    few = LENGTH // 2
    fixed = instr("array.new_fixed", index, LENGTH)
    made = author.choose(
        [
            lambda: [*author.value(type_), length, instr("array.new", index)],
            lambda: [length, instr("array.new_default", index)],
            lambda: [*author.values((type_,) * LENGTH), fixed],
            lambda: [start, length, instr("array.new_data", index, PASSIVE)],
        ]
    )
    code = [*made, instr("local.set", local)]
    for _ in range(author.draw(st.integers(0, 3))):
        code += [reference, *author.small(few)]
        code += author.choose(
            [
                lambda: [*author.value(type_), instr("array.set", index)],
                lambda: [*author.value(type_), *author.small(few), instr("array.fill", index)],
                lambda: [
                    reference,
                    *author.small(few),
                    *author.small(few),
                    instr("array.copy", index, index),
                ],
                lambda: [start, *author.small(few), instr("array.init_data", index, PASSIVE)],
            ]
        )
    element = author.draw(st.integers(0, LENGTH - 1))
    get = _get(author, "array", storage, index)
    code += [reference, instr("i32.const", element), get, *author.keep((type_,))]
    code += [reference, instr("array.len"), *author.keep((I32,))]
    return [*code, *_ask(author, local, index, "array")]


def _array_of_functions(author: Author, depth: int) -> Expr:
    index = author.defined(ArrayType(FieldType(FUNCREF, True)))
    local = author.new_local(RefType(True, index))
    reference, start, one = instr("local.get", local), instr("i32.const", 0), instr("i32.const", 1)
    code = [start, one, instr("array.new_elem", index, PASSIVE), instr("local.set", local)]
    code += [reference, start, start, *author.small(2), instr("array.init_elem", index, PASSIVE)]
    return [*code, reference, start, instr("array.get", index), instr("ref.is_null"), *author.keep((I32,))]


def _ask(author: Author, local: int, index: int, kind: str) -> Expr:
    """Ask in some way what a reference is: by a test, a cast, a branch, or after a turn as an externref."""
    reference = instr("local.get", local)
    heaps: tuple[HeapType, ...] = (index, kind, "eq", "any", "i31", "none")
    heap = author.draw(st.sampled_from(heaps))
    test = instr(author.draw(st.sampled_from(("ref.test", "ref.test_null"))), heap)
    there_and_back = [instr("extern.convert_any"), instr("any.convert_extern")]
    return author.choose(
        [
            lambda: [reference, test, *author.keep((I32,))],
            lambda: [
                reference,
                instr("ref.cast", kind),
                instr("ref.cast_null", index),
                instr("local.set", local),
            ],
            lambda: [reference, reference, instr("ref.eq"), *author.keep((I32,))],
            lambda: [reference, *there_and_back, instr("ref.cast", index), instr("local.set", local)],
            lambda: _branch_on_cast(author, reference, heap),
        ]
    )


def _branch_on_cast(author: Author, reference: Instr, heap: HeapType) -> Expr:
    """Whether a cast succeeds decides what a local becomes."""
    before, after = RefType(True, "any"), RefType(author.draw(st.booleans()), heap)
    branch = instr(author.draw(st.sampled_from(("br_on_cast", "br_on_cast_fail"))), 0, before, after)
    number = [*author.value(I32), *author.keep((I32,))]
    inner = [instr("block", before), reference, branch, instr("drop"), *number, instr("br", 1), instr("end")]
    return [instr("block", None), *inner, instr("drop"), instr("end")]


REFERENCE_STATEMENTS: tuple[tuple[str, Statement], ...] = (
    ("exceptions", _throw),
    ("function-references", _call_ref),
    ("function-references", _branch_on_null),
    ("gc", _struct),
    ("gc", _array),
    ("gc", _array_of_functions),
)
"""With the feature that each needs."""
