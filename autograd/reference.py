"""Text printed from the table of operations: the table in docs/operations.md, and the functions in functions.py.

`python -m autograd ops --write` in a checkout brings both up to date after a row was added or changed.
"""

from __future__ import annotations

import builtins
import math
import re
import textwrap
from pathlib import Path

from autograd.operations import TABLE, Operation, Variadic

START, END = "<!-- operations: python -m autograd ops --write -->", "<!-- end of operations -->"
HEAD = '''"""The operations as functions: one for each row of the table in operations.py, under the same name.

Each takes Values, plain numbers (int, float, bool, NumPy scalars) and arrays of either. The result is a Value if an operand
is one, and otherwise a float; on arrays it is elementwise, an array of floats or of Values. Functions of a sequence (`sum`,
`dot`, `logsumexp`, `amax`, `amin`) record one node for the whole sequence. Anything else raises TypeError.

Generated from the table by `python -m autograd ops --write`: change a row there rather than a function here.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from autograd import operations as ops
from autograd.edges import add_member
from autograd.methods import members
from autograd.operations import TABLE
from autograd.value import Value, binary, call, many, unary

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]
    Operand = Value | float | Array

X = TypeVar("X", float, Value, "Array")

'''
FOOT = """for _name, _member in members(sys.modules[__name__]).items():
    add_member(Value, _name, _member)
"""
EXAMPLES = (0.5, 2.0, -2.0, 1.5)  # each operand gets the first one that is in its domain


def table() -> str:
    """The table of operations as Markdown, as it stands in docs/operations.md."""
    lines = ["| operation | is | derivative with respect to each operand | at the edges |", "|---|---|---|---|"]
    for row in TABLE.values():
        rules = ", ".join(f"`{rule}`" for rule in row.rules)
        lines.append(f"| `{row.name}({', '.join(row.operands)})` | `{row.formula}` | {rules} | {row.note} |")
    return "\n".join(lines)


def functions() -> str:
    """The text of functions.py."""
    names = "\n".join(
        f'    "{name}",' for name in sorted(TABLE, key=_natural) if not hasattr(builtins, name)
    )  # `import *` shadows none
    exported = f"__all__ = [\n{names}\n]"
    return "\n\n\n".join([f"{HEAD}{exported}", *(function(row) for row in TABLE.values())]) + f"\n\n\n{FOOT}"


def _natural(name: str) -> list[tuple[int, str]]:
    """The key by which log2 comes before log10, as ruff sorts names."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def function(row: Operation) -> str:
    """The text of the function of one row."""
    body = _of_sequences(row) if isinstance(row, Variadic) else _of_operands(row)
    rules = [f"    Derivative with respect to {x}: {rule}" for x, rule in zip(row.operands, row.rules)]
    if isinstance(row, Variadic):
        rules = [f"    Derivative with respect to each element: {row.rules[0]}"]
    note = [f"    {row.note}"] if row.note else []
    doc = [f'    """Return {row.formula}.', "", *_wrapped(rules), *_wrapped(note), "", *_example(row), '    """']
    return "\n".join([f"def {row.name}({_parameters(row)}", *doc, *body])


def _parameters(row: Operation) -> str:
    if isinstance(row, Variadic):
        return f"{', '.join(f'{xs}: Iterable[Value | float]' for xs in row.operands)}) -> Any:"
    if row.arity == 1:
        return f"{row.operands[0]}: X, /) -> X:"
    required = row.arity - len(row.defaults)
    parts = [f"{x}: Operand" for x in row.operands[:required]]
    for x, default in zip(row.operands[required:], row.defaults):
        bound = math.isinf(default)
        parts.append(f"{x}: Operand{' | None' if bound else ''} = {None if bound else default}")
    return f"{', '.join(parts)}) -> Any:"


def _of_operands(row: Operation) -> list[str]:
    names = list(row.operands)
    name = row.name
    for x, default in zip(row.operands[row.arity - len(row.defaults) :], row.defaults):
        if math.isinf(default):
            names[row.operands.index(x)] = f"{'-' if default < 0 else ''}math.inf if {x} is None else {x}"
    given = f"({', '.join(names)}{',' if row.arity == 1 else ''})"
    if row.arity == 1:
        x = row.operands[0]
        return [f'    return unary(ops.{name}, {x}) if type({x}) is Value else call(TABLE["{name}"], {given})']
    if row.arity == 2:
        x, y = row.operands
        return [
            f"    if type({x}) is Value or type({y}) is Value:",
            f"        node = binary(ops.{name}, {x}, {y})",
            "        if node is not NotImplemented:",
            "            return node",
            f'    return call(TABLE["{name}"], {given})',
        ]
    return [
        f"    operands = {given}",
        "    try:",
        f"        return many(ops.{name}, operands)",
        "    except TypeError:",
        f'        return call(TABLE["{name}"], operands)',
    ]


def _of_sequences(row: Variadic) -> list[str]:
    if row.arity == 2:
        xs, ys = row.operands
        error = f"{row.name} takes two sequences of the same length, got {{len(left)}} and {{len(right)}} operands"
        return [
            f"    left, right = tuple({xs}), tuple({ys})",
            "    if len(left) != len(right):",
            f'        raise ValueError(f"{error}")',
            f"    return many(ops.{row.name}, left + right)",
        ]
    check = []
    if not math.isfinite(row.result([], 0)):  # a sum of nothing is 0, but there is no largest of nothing
        error = f'"{row.name} needs at least one operand, got none"'
        check = ["    if not operands:", f"        raise ValueError({error})"]
    return [f"    operands = tuple({row.operands[0]})", *check, f"    return many(ops.{row.name}, operands)"]


def _example(row: Operation) -> list[str]:
    if isinstance(row, Variadic):
        sequences = ["[1.0, 2.0, 3.0]", "[0.5, 0.0, -2.0]"][: row.arity]
        numbers = [x for xs in sequences for x in map(float, xs.strip("[]").split(","))]
        return [
            f"    >>> round({row.name}({', '.join(sequences)}), 6)",
            f"    {round(row.result(numbers, len(numbers)), 6)}",
        ]
    numbers = []
    for i, intervals in enumerate(row.domain):
        candidates = EXAMPLES[i % 2 :] + EXAMPLES
        numbers.append(next(x for x in candidates if any(low <= x <= high for low, high in intervals)))
    return [f"    >>> round({row.name}({', '.join(map(str, numbers))}), 6)", f"    {round(row.value(*numbers), 6)}"]


def _wrapped(lines: list[str]) -> list[str]:
    return [part for line in lines for part in textwrap.wrap(line, 120, subsequent_indent="        ")]


def write(folder: Path) -> list[Path]:
    """Write the table into docs/operations.md and the functions into functions.py of the checkout in this folder.

    Returns the files that changed. Raises ValueError if the page has no place marked for the table.
    """
    page, module = folder / "docs" / "operations.md", folder / "autograd" / "functions.py"
    text = page.read_text(encoding="utf-8")
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{page} has no place for the table: it needs a line {START} and a line {END}")
    new = {page: f"{before}{start}\n{table()}\n{end}{after}", module: functions()}
    changed = [path for path, text in new.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in changed:
        path.write_text(new[path], encoding="utf-8")
    return changed
