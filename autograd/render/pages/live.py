"""A recorded graph as a program in a page: which graphs can be one, and their operations in JavaScript."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files

from autograd.engine import Value
from autograd.operations import TABLE, Variadic
from autograd.symbols import as_javascript

MOST_EDGES = 20_000  # of a graph that a browser computes while a number is dragged


def why_fixed(nodes: Sequence[Value], name: dict[Value, str]) -> str:
    """Return the reason why the numbers of these operations cannot be computed in a page; "" if they can."""
    for node in nodes:
        row, numbers = TABLE[node.op], [x.data if isinstance(x, Value) else x for x in node.operands]
        if not _alike(node.data, row.result(numbers, len(numbers))):
            return f"{name[node]} is not {node.op} of its operands: its data, or theirs, changed after it was recorded"
    return ""


def _alike(x: float, y: float) -> bool:
    return x == y or (x != x and y != y) or math.isclose(x, y, rel_tol=1e-12)


@lru_cache(1000)
def javascript(name: str) -> str:
    """Return an operation as a JavaScript object: a function for its value, and one for its local derivatives.

    Operands are renamed, as theirs may be words of JavaScript: `min` is one of clip, and `new` may be one of yours.
    """
    row = TABLE[name]
    many = isinstance(row, Variadic)
    operands = [f"x{k}" for k in range(row.arity)]
    value = as_javascript("", operands, row.definition, TABLE)
    slopes = [as_javascript("", [*operands, "y"], partial, TABLE) for partial in row.partials]
    return f"{{ many: {row.arity if many else 0}, value: {value}, slopes: [{', '.join(slopes)}] }}"


def operations(names: Iterable[str]) -> str:
    """Return the JavaScript of the operations of these names, and what JavaScript lacks for them."""
    rows = {name: javascript(name) for name in sorted(set(names))}
    text = "".join(f"  {json.dumps(name)}: {row},\n" for name, row in rows.items())
    special = (files("autograd.render.pages") / "special.js").read_text(encoding="utf-8") if "erf" in text else ""
    return f"{special}const OPERATIONS = {{\n{text}}};\n"
