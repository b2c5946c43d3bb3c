"""Error messages for expressions: what is wrong, where, and how to write it correctly."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Sequence

from autograd.operations import TABLE, Operation, Variadic

WIDTH = 72  # characters of a long expression that an error shows

ALLOWED = "Allowed are numbers, names, + - * / **, parentheses, and operations: tanh(x), maximum(x, y), sum([x, y])..."
OPERATIONS = f"The operations are {', '.join(TABLE)}."
ELSEWHERE = {"ln": "log", "max": "maximum", "min": "minimum", "sqr": "sqrt", "arcsin": "asin", "arccos": "acos"} | {
    "arctan": "atan", "arctan2": "atan2", "logistic": "sigmoid", "swish": "silu", "fabs": "abs", "Abs": "abs",
}  # fmt: skip
NOT_HERE: dict[type, str] = {
    ast.Attribute: "a dot after a name means nothing here: write tanh(x), not x.tanh()",
    ast.Call: "a product needs its *, as in 2*(x + 1)",
    ast.BitXor: "a power is written **, as in x**2",
    ast.UAdd: "a + in front changes nothing: leave it out",
    ast.Compare: "a comparison is not a number; where(c, x, y) takes x where c is not 0",
    ast.Not: "there are no truth values here, only numbers",
    ast.BoolOp: "there are no truth values here, only numbers",
    ast.IfExp: "write where(c, x, y) for x if c else y",
    ast.List: "a list may appear only in operations such as sum([...]) and dot([...], [...])",
    ast.Tuple: "a comma separates operands only, as in maximum(x, y); decimals have a point",
    ast.JoinedStr: "there is no text here, only numbers",
    ast.Subscript: "an index means nothing here: give each number its own name, as in x1, x2",
    ast.Starred: "write the operands one by one, without a *",
    ast.NamedExpr: "a name cannot be defined here: give its value after the expression",
    ast.Lambda: "a function cannot be defined here",
    ast.ListComp: "write the elements one by one",
    ast.GeneratorExp: "write the elements one by one",
}
SYNTAX = {  # parts of Python's messages (the same in all versions), and ours
    "never closed": "this bracket is never closed",
    "unmatched": "this bracket closes nothing",
    "does not match": "this bracket closes one of another kind",
    "too many nested": "too many brackets within brackets",
    "integer string conversion": "a number with this many digits is larger than any float (1.8e308)",
    "leading zeros": "a number does not begin with 0, except before a decimal point",
    "literal": "this is not a number; a product needs its *, as in 2*x",
}


class ExpressionError(ValueError):
    """Raised for an expression that cannot be parsed or evaluated; it says what is wrong, and where.

    reason  what is wrong, and what to do
    text    the expression on one line
    column  the index of the character in question, or None
    more    further help
    """

    reason: str
    text: str
    column: int | None
    more: str

    def __init__(self, reason: str, text: str = "", column: int | None = None, more: str = "") -> None:
        self.reason, self.text, self.column, self.more = reason, text, column, more
        super().__init__(reason + self._pointer() + (more and f"\n{more}"))

    def _pointer(self) -> str:
        """Return the line with a caret under it, or the part of a long line around the caret."""
        if self.column is None:
            return ""
        start = max(0, min(self.column - WIDTH // 2, len(self.text) - WIDTH))
        shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in self.text[start : start + WIDTH])
        before = "..." if start else ""
        after = "..." if start + WIDTH < len(self.text) else ""
        return f"\n    {before}{shown}{after}\n    {' ' * (len(before) + self.column - start)}^"


def not_allowed(node: ast.AST, text: str, column: int) -> ExpressionError:
    """Make the error for a part that is valid in Python but not here."""
    value = getattr(node, "value", None)
    reason = NOT_HERE.get(type(node), "this is not allowed here")
    if isinstance(node, ast.Constant):
        reason = NOT_HERE[ast.JoinedStr] if isinstance(value, str | bytes) else f"{value!r} is not a real number"
    return ExpressionError(reason, text, column, ALLOWED)


def not_read(error: SyntaxError, text: str) -> ExpressionError:
    """Make the error for text that Python cannot parse either."""
    reason = next((ours for part, ours in SYNTAX.items() if part in str(error.msg)), "from here on this is not arithmetic")
    column = error.offset - 1 if error.offset else len(text)
    return ExpressionError(reason, text, min(column, len(text)), ALLOWED)


def unknown(name: str) -> str:
    """Describe a call of an unknown operation."""
    close = difflib.get_close_matches(name, TABLE, 3, 0.7)
    if name in ELSEWHERE:
        close = [ELSEWHERE[name]]
    hint = f"did you mean {' or '.join(close)}?" if close else f"(a product needs its *, as in {name}*(x + 1))"
    return f"{name} is not an operation{': ' if close else ' '}{hint}"


def missing(missing: Sequence[str], spare: Sequence[str]) -> str:
    """Describe names that have no value."""
    close = difflib.get_close_matches(missing[0], spare, 1) or ([] if len(spare) != 1 else spare)
    if missing[0] in TABLE:
        return f"{missing[0]} is an operation: write {signature(TABLE[missing[0]])}"
    give = " ".join(f"{name}=0.5" for name in missing[:5])
    return f"no value is given for {', '.join(missing[:5])}: add {give}" + (
        f"; {close[0]} is given, but not used" if close else ""
    )


def signature(op: Operation) -> str:
    """Show how to call an operation."""
    if isinstance(op, Variadic):
        return f"{op.name}({', '.join(f'[{xs[0]}1, {xs[0]}2]' for xs in op.operands)})"
    return f"{op.name}({', '.join(op.operands)})"


def operands_problem(op: Operation, given: int, named: Sequence[str]) -> str:
    """Describe what is wrong with `given` positional operands and these named ones; '' if nothing is."""
    names = [*op.operands[:given], *named]
    unknown = [name for name in named if name not in op.operands]
    required = op.operands[: op.arity - len(op.defaults)]
    if unknown:
        return f"{op.name} has no operand named {unknown[0]}"
    if given > op.arity or len(set(names)) < len(names):
        return f"{op.name} takes {op.arity} operand{'s' * (op.arity > 1)}, got {given + len(named)}"
    missing = [name for name in required if name not in names]
    return f"{op.name} needs an operand {missing[0]}" if missing else ""


def lists_problem(op: Variadic, call: ast.Call) -> str:
    """Describe what is wrong with the lists passed to an operation on many operands; '' if nothing is."""
    lists = [xs.elts for xs in call.args if isinstance(xs, ast.List)]
    if len(lists) != op.arity or len(call.args) != op.arity or call.keywords:
        return f"{op.name} takes {'a list' if op.arity == 1 else f'{op.arity} lists'} in square brackets"
    if not all(lists) or len(set(map(len, lists))) > 1:
        lengths = ", ".join(str(len(xs)) for xs in lists)
        return f"{op.name} takes non-empty lists of equal length, got {lengths} elements"
    return ""
