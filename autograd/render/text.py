"""Numbers, names and rules as drawings and tables show them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from autograd.engine import Value
from autograd.operations import TABLE, Variadic

MINUS = "\N{MINUS SIGN}"
NOT_YET = "\N{MIDDLE DOT}"  # a gradient that has not been reached, which is not a gradient of 0
FONT, SMALL = 11.0, 10.0  # px, of the text in boxes and on arrows; monospaced, so that it fits wherever it is shown
MANY = 6  # operands; of more an expression shows the first and the last


def number(x: float) -> str:
    """x with four significant digits and a true minus sign."""
    return f"{x:.4g}".replace("-", MINUS)


def factor(x: float) -> str:
    """x as it stands inside a formula: in parentheses if it has a sign."""
    return f"({number(x)})" if number(x).startswith(MINUS) else number(x)


def rule(node: Value, k: int) -> str:
    """The local derivative of a node towards its operand number k, in symbols: `d tanh(x)/dx = 1 - tanh(x)^2`."""
    row = TABLE[node.op]
    if isinstance(row, Variadic):
        sequence = k * row.arity // len(node.operands)
        towards, derivative = row.operands[sequence].removesuffix("s"), row.rules[0]
    else:
        towards, derivative = row.operands[k], row.rules[k]
    is_operator = not isinstance(row, Variadic) and not row.symbol.isidentifier()
    of = f"({row.formula})" if is_operator else f" {row.name}({', '.join(row.operands)})"
    return f"d{of}/d{towards} = {derivative}".replace("**", "^")


def expression(node: Value, name: Callable[[Value], str]) -> str:
    """How a node was made, by the names of its operands and their plain numbers: `3 + a`, `clip(a, 0, 1)`."""
    row = TABLE[node.op]
    operands = [name(x) if isinstance(x, Value) else factor(x) for x in node.operands]
    if isinstance(row, Variadic):
        return f"{row.name}({', '.join(map(_shortened, row.split(operands)))})"
    if row.symbol.isidentifier() or row.arity > 2:
        return f"{row.name}({', '.join(operands)})"
    return f" {row.symbol} ".join(operands) if row.arity == 2 else f"{row.symbol}{operands[0]}"


def _shortened(items: Sequence[str]) -> str:
    shown = items if len(items) <= MANY else [*items[:2], "\N{HORIZONTAL ELLIPSIS}", items[-1]]
    return f"[{', '.join(shown)}]"


def is_one(node: Value, k: int) -> bool:
    """Whether the local derivative towards operand k is 1 whatever the numbers: an edge then needs no label."""
    rules = TABLE[node.op].rules
    return rules[min(k, len(rules) - 1)] == "1"


def columns(text: str) -> int:
    """How many columns of a monospaced font the text takes: wide characters take two, combining ones none."""
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def width(text: str, size: float = FONT) -> float:
    """How wide the text is at most in a monospaced font of that size, in px: they differ by up to 0.62 of the size."""
    return 0.62 * size * columns(text)
