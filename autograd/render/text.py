"""Format numbers, names and rules for drawings and tables."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from autograd.engine import Value
from autograd.operations import TABLE, Variadic

MINUS = "\N{MINUS SIGN}"
NOT_YET = "\N{MIDDLE DOT}"  # a gradient that no path has reached yet, as opposed to a gradient of 0
FONT, SMALL = 11.0, 10.0  # px, font sizes in boxes and on arrows; monospaced, so that the text fits everywhere
MANY = 6  # operands; an expression with more shows only the first two and the last


def number(x: float) -> str:
    """Format x with four significant digits and a true minus sign."""
    return f"{x:.4g}".replace("-", MINUS)


def factor(x: float) -> str:
    """Format x for use inside a formula: in parentheses if it has a sign."""
    return f"({number(x)})" if number(x).startswith(MINUS) else number(x)


def rule(node: Value, k: int) -> str:
    """Write the local derivative with respect to operand k in symbols: `d tanh(x)/dx = 1 - tanh(x)^2`."""
    op = TABLE[node.op]
    if isinstance(op, Variadic):
        sequence = k * op.arity // len(node.operands)
        operand, derivative = op.operands[sequence].removesuffix("s"), op.rules[0]
    else:
        operand, derivative = op.operands[k], op.rules[k]
    is_operator = not isinstance(op, Variadic) and not op.symbol.isidentifier()
    of = f"({op.formula})" if is_operator else f" {op.name}({', '.join(op.operands)})"
    return f"d{of}/d{operand} = {derivative}".replace("**", "^")


def expression(node: Value, name: Callable[[Value], str]) -> str:
    """Write how a node was computed, from the names of its operands and plain numbers: `3 + a`, `clip(a, 0, 1)`."""
    op = TABLE[node.op]
    operands = [name(x) if isinstance(x, Value) else factor(x) for x in node.operands]
    if isinstance(op, Variadic):
        return f"{op.name}({', '.join(map(_shortened, op.split(operands)))})"
    if op.symbol.isidentifier() or op.arity > 2:
        return f"{op.name}({', '.join(operands)})"
    return f" {op.symbol} ".join(operands) if op.arity == 2 else f"{op.symbol}{operands[0]}"


def _shortened(items: Sequence[str]) -> str:
    shown = items if len(items) <= MANY else [*items[:2], "\N{HORIZONTAL ELLIPSIS}", items[-1]]
    return f"[{', '.join(shown)}]"


def is_one(node: Value, k: int) -> bool:
    """True if the local derivative with respect to operand k is always 1; its edge then needs no label."""
    rules = TABLE[node.op].rules
    return rules[min(k, len(rules) - 1)] == "1"


def columns(text: str) -> int:
    """Count the columns of text in a monospaced font: wide characters take two, combining ones none."""
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def width(text: str, size: float = FONT) -> float:
    """Return an upper bound on the width of text, in px: a monospaced character is at most 0.62 of the font size wide."""
    return 0.62 * size * columns(text)
