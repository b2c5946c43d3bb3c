"""`python -m autograd explain "tanh(w*x + b)" w=0.5 x=2 b=0.1`: show values and the backward pass, and check gradients."""

from __future__ import annotations

import argparse
import math
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograd.engine import Value
from autograd.graph import names, topological_order
from autograd.operations import TABLE
from autograd.render.content.text import expression as made_by
from autograd.render.content.text import number
from autograd.render.content.trace import table, trace_backward
from autograd.render.drawing import draw
from autograd.render.expression import OPERATORS, parse, read, results
from autograd.render.layout.dot import to_dot
from autograd.render.messages import ExpressionError
from autograd.render.pages.player import show_backward

ATOL, RTOL = 1e-5, 1e-3  # tolerances, as in `gradcheck`
STEP, RELATIVE = 6e-6, 1e-10  # the step of differences, about the cube root of a float's precision; as part of a large |x|
FINER = 16.0  # the second measurement divides the step by this, to tell kinks and jumps from curves
EXAMPLE = 'python -m autograd explain "tanh(w*x + b)" w=0.5 x=2 b=0.1 --html steps.html --svg net.svg'
EPILOG = f"""example:
  {EXAMPLE}

An expression may contain numbers, names, + - * / **, parentheses, and these operations, called as tanh(x):
  {{operations}}
Operations on many operands take lists: sum([x, y]), dot([v, w], [x, y]).

Exit code: 0 for success; 1 if a file could not be written; 2 for a mistake in the input, which is shown."""


# The forward values


def forward_table(root: Value) -> str:
    """List every value of the graph after its inputs: its name, how it was computed, and the number."""
    order = topological_order(root)
    name = names(order)
    made = [made_by(node, name.__getitem__) if node.op else "given" for node in order]
    lines = [(name[node], how, _digits(node.data)) for node, how in zip(order, made)]
    return _columns([("value", "is", "number"), *lines], right=(2,))


def _digits(x: float) -> str:
    return f"{x:.10g}".replace("-", "\N{MINUS SIGN}")


def _columns(rows: Sequence[Sequence[str]], right: Sequence[int] = (), widest: int = 48) -> str:
    """Align rows in columns. Cells longer than `widest` are shortened, except in the last column."""
    last = len(rows[0]) - 1
    rows = [
        [cell if len(cell) <= widest or i == last else cell[: widest - 3] + "..." for i, cell in enumerate(row)]
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*rows)]
    cells = [
        [cell.rjust(w) if i in right else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths))] for row in rows
    ]
    return "\n".join("  ".join(row).rstrip() for row in cells)


# The gradients, checked


@dataclass(frozen=True)
class Slopes:
    """The slopes of a function to the left and right of x, measured with one step; `noise` bounds their rounding error."""

    left: float
    right: float
    noise: float

    @property
    def central(self) -> float:
        """The central difference: (f(x + step) - f(x - step)) / (2 * step)."""
        return (self.left + self.right) / 2


def slopes(f: Callable[[float], float], x: float, step: float) -> Slopes:
    """Measure the slopes of f on both sides of x."""
    lower, upper = x - step, x + step  # rounded, so the actual steps differ slightly from `step`
    below, here, above = f(lower), f(x), f(upper)
    noise = 4.0 * sys.float_info.epsilon * max(abs(below), abs(here), abs(above)) / step
    return Slopes((here - below) / (x - lower), (above - here) / (upper - x), noise)


def verdict(backward: float, coarse: Slopes, fine: Slopes) -> str:
    """Judge a gradient by two measurements, the second with smaller steps."""
    if not all(map(math.isfinite, (backward, coarse.left, coarse.right, fine.left, fine.right))):
        return "cannot be measured: not finite here, or right next to it"
    bend, finer_bend = abs(coarse.right - coarse.left), abs(fine.right - fine.left)
    tolerance = ATOL + RTOL * max(abs(coarse.left), abs(coarse.right)) + coarse.noise + fine.noise
    if max(abs(fine.left), abs(fine.right)) > tolerance + FINER / 2 * max(abs(coarse.left), abs(coarse.right)):
        return "a jump: the result is not continuous here, so no slope can be measured"
    if bend > tolerance and finer_bend > bend / 2:
        left, right = number(round(fine.left, 6)), number(round(fine.right, 6))
        return f"a kink: the slope is {left} on the left and {right} on the right, and backward takes {number(backward)}"
    if any(abs(backward - s.central) <= ATOL + RTOL * abs(s.central) for s in (coarse, fine)):
        return "agree"
    if abs(backward - coarse.central) <= coarse.noise:
        return "cannot be measured: rounding hides a slope this small next to results this large"
    return "DIFFER"


def check_table(expression: str, leaves: Mapping[str, Value]) -> str:
    """Compare the gradient of each name, as computed by `backward`, with the central difference."""
    steps = read(expression)
    point = {name: leaf.data for name, leaf in leaves.items()}
    rows = [("name", "backward", "measured", "")]
    for name, leaf in leaves.items():

        def f(x: float, name: str = name) -> float:
            *_, (_, _, result) = results(steps, {**point, name: x})
            return float(result)

        step = max(STEP, RELATIVE * abs(leaf.data))
        coarse, fine = slopes(f, leaf.data, step), slopes(f, leaf.data, step / FINER)
        rows.append((name, _digits(leaf.grad), _digits(coarse.central), verdict(leaf.grad, coarse, fine)))
    return _columns(rows, right=(1, 2))


# The command


def report(expression: str, values: Mapping[str, float]) -> tuple[str, Value]:
    """Return the text that the command prints, and the graph with its gradients. Raises ExpressionError like `parse`."""
    root, leaves = parse(expression, values)
    steps = trace_backward(root)
    parts = {
        "Forward: each value is computed from values above it": forward_table(root),
        "Backward: each operation passes its gradient on to its inputs": table(steps),
        "Check: d(result)/d(name) by backward, and measured as (f(x + h) - f(x - h)) / 2h": check_table(expression, leaves),
    }
    return "\n\n".join(f"{title}\n\n{body}" for title, body in parts.items()), root


def read_values(arguments: Sequence[str]) -> dict[str, float]:
    """Return {"x": 2.0} for ["x=2"]. Raises ExpressionError, which names the argument, for anything else."""
    values: dict[str, float] = {}
    for argument in arguments:
        name, equals, digits = (part.strip() for part in argument.partition("="))
        shown = argument if len(argument) <= 40 else argument[:37] + "..."
        if not equals or not name.isidentifier():
            raise ExpressionError(
                f"{shown!r} is not of the form name=number, as in x=2 (quote the expression as one argument)"
            )
        if name in values:
            raise ExpressionError(f"{name} is given twice: {shown!r} comes after {name}={values[name]:g}")
        try:
            values[name] = float(digits.replace("\N{MINUS SIGN}", "-"))
        except ValueError:
            raise ExpressionError(f"{shown!r}: the part after = must be a number, as in {name}=0.5") from None
    return values


def _parser() -> argparse.ArgumentParser:
    operations = ", ".join(name for name in TABLE if name not in OPERATORS.values())
    wrapped = re.sub(r"(.{1,100})(?: |$)", r"\1\n  ", operations).strip()
    parser = argparse.ArgumentParser(
        prog="python -m autograd explain",
        description="Show the forward values of an expression and its backward pass step by step, and check its gradients.",
        epilog=EPILOG.format(operations=wrapped),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("expression", help='arithmetic with names and numbers, in quotes: "tanh(w*x + b)"')
    parser.add_argument("values", nargs="*", metavar="name=number", help="a number for each name, as in w=0.5")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write a drawing of the graph with its gradients")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page that plays the backward pass step by step")
    parser.add_argument("--dot", type=Path, metavar="FILE", help="write the graph in Graphviz's DOT language")
    return parser


def _shield(argument: str) -> str:
    """Protect an expression that begins with a minus sign from being parsed as an option."""
    return f" {argument}" if re.match(r"-(?!h$|-[a-z]{2}|-$)", argument) else argument


def write_files(options: argparse.Namespace, root: Value, values: Mapping[str, float]) -> int:
    """Write the requested files and report each. Return 1 if a file could not be written, otherwise 0."""
    writers: dict[str, Callable[[Path], Any]] = {
        "svg": lambda path: draw(root).save(path),
        "html": lambda path: show_backward(parse(options.expression, values)[0]).save(path),  # it runs backward itself
        "dot": lambda path: path.write_text(to_dot(root), encoding="utf-8"),
    }
    code = 0
    for kind, write in writers.items():
        path = getattr(options, kind)
        if path is None:
            continue
        try:
            write(path)
            _print(f"wrote {path}", sys.stdout)
        except (OSError, ValueError) as error:
            _print(f"{path} could not be written: {getattr(error, 'strerror', None) or error}", sys.stderr)
            code = 1
    return code


def _print(text: str, stream: Any) -> None:
    """Print; use a plain minus sign and escapes if the terminal lacks the characters; ignore a closed pipe."""
    try:
        print(text, file=stream, flush=True)
    except UnicodeEncodeError:
        plain = text.replace("\N{MINUS SIGN}", "-").encode(stream.encoding, "backslashreplace")
        _print(plain.decode(stream.encoding), stream)
    except BrokenPipeError:  # e.g. `| head` has exited; discard the rest of the output
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())


def main(arguments: Sequence[str]) -> int:
    """Run the command with these arguments. Return the exit code: 0, 1 if a file could not be written, 2 for bad input."""
    options = _parser().parse_intermixed_args([_shield(argument) for argument in arguments])
    try:
        values = read_values(options.values)
        text, root = report(options.expression, values)
    except ExpressionError as error:
        _print(f"explain: {error}", sys.stderr)
        return 2
    _print(text, sys.stdout)
    return write_files(options, root, values)
