"""Pages of the documentation that are made of what was found, or of a table in the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import summary
from harness.results import Tally
from harness.standard.features import FEATURES
from harness.standard.instructions import ADDRESS, INSTRUCTIONS, Instruction
from harness.wast.suite import EXCLUDED, REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.certificate import Certificate
    from harness.standard.instructions import OperandTypes


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int = 0) -> Iterator[str]:
    """The lines of a table; the last `numbers` columns are numbers, and flush right."""
    words = len(head) - numbers
    for cells in (head, ["---"] * words + ["---:"] * numbers, *rows):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def conformance(certificates: Mapping[str, Certificate], command: str) -> str:
    """The official suite, feature by engine; `command` is what the page says it was made with."""
    return "\n".join(_conformance(certificates, command)) + "\n"


def _conformance(certificates: Mapping[str, Certificate], command: str) -> Iterator[str]:
    names = list(certificates)
    suites = ", ".join(dict.fromkeys(f"`{found.header.suite}`" for found in certificates.values()))
    yield "# Conformance"
    yield ""
    yield f"Made by `{command}`."
    yield ""
    yield f"Commands of the [official test suite]({REPOSITORY}) at"
    yield f"{suites}: how many passed, of how many that are applicable,"
    yield "by the youngest feature that each needs."
    yield ""
    found = [summary.conformance(certificate.scripts) for certificate in certificates.values()]
    seen = set().union(*found)
    features = [name for name in FEATURES if name in seen]
    rows = [
        [name, FEATURES[name].since, FEATURES[name].title, *(_share(tallies.get(name)) for tallies in found)]
        for name in features
    ]
    rows.append(["**all**", "", "", *(_share(Tally.total(tallies.values())) for tallies in found)])
    yield from table(["feature", "since", "", *names], rows, numbers=len(names))
    yield ""
    yield "## Not applicable"
    yield ""
    yield "Commands that were not judged, by reason."
    yield ""
    reasons = [summary.not_applicable(certificate.scripts) for certificate in certificates.values()]
    every = dict.fromkeys(reason for counted in reasons for reason, _ in counted.most_common())
    counts = [[reason, *(_number(counted[reason]) for counted in reasons)] for reason in every]
    yield from table(["reason", *names], counts, numbers=len(names))
    yield ""
    yield "What is in the suite and never judged:"
    yield ""
    never = [
        (f"`{row.place}`", f"`{row.keyword}` *{row.message}*" if row.keyword else "all", row.reason)
        for row in EXCLUDED
    ]
    yield from table(["where", "what", "why"], never)


def _share(tally: Tally | None) -> str:
    if tally is None:
        return "-"
    return f"{_number(tally.passed)} / {_number(tally.passed + tally.failed + tally.not_run)}"


def _number(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def instructions() -> str:
    """The table of instructions, in the order of their opcodes."""
    return "\n".join(_instructions()) + "\n"


def _instructions() -> Iterator[str]:
    yield "# Instructions"
    yield ""
    yield "Made by `stopwat standard instructions` of the one table in `harness/standard/instructions.py`,"
    yield "from which reader, validator, engines and generators derive as well; there it says what the"
    yield "immediates are."
    yield ""
    yield f"The type is what is taken from and put on the stack; `{ADDRESS}` is the address type of the"
    yield "memory or table, `*` is where validation has a rule of its own."
    yield ""
    rows = sorted(INSTRUCTIONS.values(), key=lambda row: (row.opcode >> 16, row.opcode))
    yield from table(["opcode", "name", "immediates", "type", "feature"], map(_instruction, rows))


def _instruction(row: Instruction) -> tuple[str, ...]:
    prefix, opcode = divmod(row.opcode, 1 << 16)
    kinds = [f"{kind}/{row.width}" if kind == "memarg" else kind for kind in row.immediates]
    return (
        f"`0x{prefix:02X} 0x{opcode:02X}`" if prefix else f"`0x{opcode:02X}`",
        f"`{row.name}`",
        " ".join(kinds),
        "*" if row.params is None or row.results is None else _type(row.params, row.results),
        row.feature,
    )


def _type(params: OperandTypes, results: OperandTypes) -> str:
    return f"`{' '.join([*map(str, params), '->', *map(str, results)])}`"
