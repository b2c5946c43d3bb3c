"""Rows as text in other languages: the JavaScript of every row, run by Node, gives the numbers of the row."""

import json
import linecache
import math
import shutil
import subprocess
from typing import Any

import pytest

from autograd.operations import TABLE
from autograd.symbols import as_javascript
from tests.oracle import ROWS, points
from tests.skips import because

NODE = shutil.which("node")
EDGES = (0.0, -0.0, 1.0, -1.0, 800.0, -800.0)
PRELUDE = """
const erf = (x) => { throw "erf" }, erfc = erf;
"""


def functions(row: Any) -> list[tuple[str, Any]]:
    """The JavaScript of a row and of its derivatives, each with the same in Python."""
    value = as_javascript("value", list(row.operands), row.definition, TABLE)
    slopes = [
        as_javascript(f"slope{i}", [*row.operands, "result"], partial, TABLE) for i, partial in enumerate(row.partials)
    ]
    return [(value, row.value), *zip(slopes, row.slopes)]


def close(x: float, y: float | None) -> bool:
    """True if y is x to 1e-13; null stands for nan and the infinities."""
    return not math.isfinite(x) if y is None else math.isclose(x, y, rel_tol=1e-13, abs_tol=1e-300)


@pytest.mark.skipif(NODE is None, reason=because("node"))
def test_the_javascript_of_every_row() -> None:
    script, expected = [PRELUDE, "const out = [];"], []
    for row in ROWS:
        every = points(row) + [[x] * row.arity for x in EDGES]
        for text, function in functions(row):
            if "erf" in text:
                continue
            name = text.split("(")[0].removeprefix("function ")
            for point in every:
                operands = [*point, row.value(*point)] if name != "value" else point
                if all(map(math.isfinite, operands)):
                    expected.append((row.name, name, operands, function(*operands)))
                    script.append(f"{{ {text} out.push({name}({', '.join(map(repr, operands))})); }}")
    script.append("console.log(JSON.stringify(out));")
    assert NODE
    done = subprocess.run([NODE], input="\n".join(script), capture_output=True, text=True, check=True)
    wrong = [(case, y) for case, y in zip(expected, json.loads(done.stdout)) if not close(case[3], y)]
    assert wrong == []
    assert len(expected) > 1500
    assert {row for row, *_ in expected} >= {row.name for row in ROWS} - {"erf", "erfc", "gelu"}


def test_a_debugger_finds_the_text_of_the_functions_on_floats() -> None:
    slope = TABLE["tanh"].dx
    lines = linecache.getlines(slope.__code__.co_filename)
    assert lines[0] == "def tanh_dx(x, result_):\n"
    assert len(lines) == 2 and lines[1].startswith("    return ") and lines[1].endswith("\n")
