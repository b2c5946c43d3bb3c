"""Rows as text in other languages: the JavaScript of every row, run by Node, gives the numbers of the row."""

import json
import linecache
import math
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import autograd
from autograd.operations import TABLE
from autograd.render.content.text import enough, number
from autograd.render.pages.live import javascript
from autograd.symbols import as_javascript
from tests.oracle import ROWS, VARIADIC, points
from tests.skips import because

NODE = shutil.which("node")
EDGES = (0.0, -0.0, 1.0, -1.0, 800.0, -800.0)
RENDER = Path(autograd.__file__).parent / "render" / "pages"
PRELUDE = (RENDER / "special.js").read_text() + (RENDER / "numbers.js").read_text()


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
    assert {row for row, *_ in expected} == {row.name for row in ROWS}


@pytest.mark.skipif(NODE is None, reason=because("node"))
def test_the_javascript_of_every_row_on_sequences() -> None:
    script, expected = [PRELUDE, "const out = [];"], []
    for row in VARIADIC:
        for point in [*points(row), [0.0] * 4, [2.0, 1.0, 2.0, 2.0], [800.0, -800.0]]:
            xs = [list(part) for part in row.split(point)]
            y, slopes = row.evaluate(*point)
            arguments = ", ".join(map(json.dumps, xs))
            expected += [(row.name, point, x) for x in (y, *slopes)]
            made = javascript(row.name)
            script.append(
                f"{{ const row = {made}; out.push(row.value({arguments}), ...row.slopes[0]({arguments}, {y!r}).flat()); }}"
            )
    script.append("console.log(JSON.stringify(out));")
    assert NODE
    done = subprocess.run([NODE], input="\n".join(script), capture_output=True, text=True, check=True)
    assert [(case, y) for case, y in zip(expected, json.loads(done.stdout), strict=True) if not close(case[2], y)] == []


@pytest.mark.skipif(NODE is None, reason=because("node"))
def test_numbers_as_text_and_equations_are_those_of_python() -> None:
    generator = random.Random(0)
    xs = [
        0.0,
        -0.0,
        1.0,
        2.5,
        0.5,
        1.0625,
        9999.5,
        99995.0,
        1e5,
        1e-5,
        123456789.0,
        1e22,
        5e-324,
        1.7976931348623157e308,
        0.1 * 3,
    ]
    xs += [generator.gauss(0, 1) * 10.0 ** generator.randint(-12, 12) for _ in range(300)]
    xs += [generator.randint(-9999, 9999) / 2 ** generator.randint(0, 12) for _ in range(300)]  # ties
    texts = [[x, digits, number(x, digits)] for x in xs for digits in (1, 2, 4, 9, 17)]
    sums = []
    for _ in range(500):
        had, up, local = (generator.choice([0.0, generator.gauss(0, 1), generator.randint(-9, 9) / 10]) for _ in range(3))
        for digits in (2, 4):
            sums.append([had, up, local, had + up * local, digits, *enough(had, up, local, had + up * local, digits)])
    script = f"""{PRELUDE}
    const MINUS = "\u2212";
    for (const [x, digits, text] of {json.dumps(texts)}) if (number(x, digits) !== text) console.log(x, digits, text, number(x, digits));
    for (const [a, b, c, d, n, more, equal] of {json.dumps(sums)}) if (enough(a, b, c, d, n).join() !== `${{more}},${{equal}}`) console.log(a, b, c, d, n);
    for (const [x, text] of [[NaN, "nan"], [Infinity, "inf"], [-Infinity, "\u2212inf"]]) if (number(x, 4) !== text) console.log(text);
    """
    assert NODE
    assert subprocess.run([NODE], input=script, capture_output=True, text=True, check=True).stdout == ""


def test_a_debugger_finds_the_text_of_the_functions_on_floats() -> None:
    slope = TABLE["tanh"].dx
    lines = linecache.getlines(slope.__code__.co_filename)
    assert lines[0] == "def tanh_dx(x, result_):\n"
    assert len(lines) == 2 and lines[1].startswith("    return ") and lines[1].endswith("\n")
