"""Turn arithmetic typed by a user, such as "tanh(w*x + b)", into a graph. Python parses the text but never runs it."""

from __future__ import annotations

import ast
import math
import sys
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.define import function_named
from autograd.engine import Value
from autograd.operations import TABLE, Operation, Variadic
from autograd.render import messages
from autograd.render.messages import WIDTH, ExpressionError, lists_problem, not_allowed, not_read, operands_problem

LONGEST = 10_000  # characters in an expression
LARGEST_EXPONENT = 1e6  # of plain numbers: with a larger one a power is 0 or 1, or overflows

OPERATORS: dict[type, str] = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow"}
Number = Value | float


@dataclass(frozen=True)
class Step:
    """One step of a computation: it replaces the last `takes` results by its own result."""

    column: int  # its position in the expression
    takes: int
    result: Callable[[Mapping[str, Number], Sequence[Number]], Number]
    name: str = ""  # the name it looks up, if it is a name
    op: Operation | None = None


def parse(expression: str, values: Mapping[str, float]) -> tuple[Value, dict[str, Value]]:
    """Return the graph of an expression, and a labelled Value for each of its names.

    expression: arithmetic on numbers and names with the operations of the table. values: a number for each name.
    Raises ExpressionError, which points at the problem, for anything else, and also if a result is not finite.

    >>> y, names = parse("tanh(w*x + b)", {"w": 0.5, "x": 2, "b": 0.1})
    >>> y.backward()
    >>> f"{y.data:.4f} {names['w'].grad:.4f}"
    '0.8005 0.7184'
    """
    steps = read(expression)
    leaves = leaves_for(expression, steps, values)
    for step, operands, result in results(steps, leaves):
        _check(expression, step, operands, float(result))
    if not isinstance(result, Value):
        raise ExpressionError("there is no name to differentiate with respect to: write x, for instance, and give x=2")
    return result, leaves


def read(expression: str) -> list[Step]:
    """List the steps that compute an expression, each after the steps whose results it takes. Raises ExpressionError."""
    text = one_line(expression)
    steps: list[Step] = []
    waiting: list[Any] = [_tree(text)]  # no recursion: the tree may be deep
    while waiting:
        node = waiting.pop()
        if isinstance(node, Step):
            steps.append(node)
        else:
            step, operands = _understand(node, text)
            waiting += [step, *reversed(operands)]
    return steps


def results(steps: Sequence[Step], leaves: Mapping[str, Number]) -> Iterator[tuple[Step, Sequence[Number], Number]]:
    """Yield every step with its operands and result, given a Value or a plain number for each name."""
    so_far: list[Any] = []
    for step in steps:
        at = len(so_far) - step.takes
        operands = so_far[at:]
        so_far[at:] = [step.result(leaves, operands)]
        yield step, operands, so_far[-1]


def one_line(expression: str) -> str:
    """Collapse white space in an expression, and replace minus signs by hyphens, as Python needs them."""
    if len(expression) > LONGEST:
        raise ExpressionError(f"an expression has at most {LONGEST:,} characters; this one has {len(expression):,}")
    text = " ".join(expression.replace("\N{MINUS SIGN}", "-").split())
    if not text:
        raise ExpressionError("the expression is empty: write one, as in w*x + b")
    for column, c in enumerate(text):
        if c == "#" or not c.isprintable():
            what = "a comment" if c == "#" else f"the character U+{ord(c):04X}"
            raise ExpressionError(f"{what} cannot stand in an expression", text, column)
    return text


def _tree(text: str) -> ast.expr:
    """Parse the text with Python's parser."""
    before = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(max(before, 2 * LONGEST))  # up to Python 3.11, x + x + ... would stop at 3,000 terms
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about `1or 2`, which is refused anyway
            return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise not_read(error, text) from None
    except (MemoryError, RecursionError):  # raised by the parser for deeply nested signs or powers
        raise ExpressionError("this is nested too deeply to be parsed: split it into smaller parts", text, 0) from None
    finally:
        sys.setrecursionlimit(before)


def _column(offset: int, text: str) -> int:
    """Convert an offset in bytes, as `ast` counts them, to an index of characters."""
    return offset if text.isascii() else len(text.encode()[:offset].decode())


def _understand(node: ast.expr, text: str) -> tuple[Step, list[ast.expr]]:
    """Translate a part of the expression to a step, and return the parts that are its operands."""
    column = _column(node.col_offset, text)
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return _constant(number, column, text), []
        case ast.Name(id=name):
            return Step(column, 0, lambda leaves, _: leaves[name], name), []
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _apply(TABLE["neg"], column, 1), [operand]
        case ast.BinOp(left=left, op=op, right=right):
            column = _operator(left, text)
            if type(op) in OPERATORS:
                return _apply(TABLE[OPERATORS[type(op)]], column, 2), [left, right]
            raise not_allowed(op, text, column)
        case ast.Call(func=ast.Name(id=name)):
            return _call(name, node, text, column)
        case ast.Call(func=ast.Attribute() as function):
            raise not_allowed(function, text, column)
        case ast.UnaryOp(op=op):
            raise not_allowed(op, text, column)
    raise not_allowed(node, text, column)


def _operator(left: ast.expr, text: str) -> int:
    """Find the column of the operator that follows this part."""
    column = _column(left.end_col_offset or 0, text)
    while text[column] in " )":
        column += 1
    return column


def _constant(number: float, column: int, text: str) -> Step:
    """Make the step for a constant."""
    try:
        data = float(number)
    except OverflowError:
        data = math.inf
    if data == math.inf:
        raise ExpressionError("this number is larger than any float (1.8e308)", text, column)
    return Step(column, 0, lambda leaves, _: data)


def _apply(op: Operation, column: int, count: int, named: Sequence[str] = ()) -> Step:
    """Make the step that applies an operation to the last `count` results, the last of them passed by name."""
    function = function_named(op.name)
    if isinstance(op, Variadic):
        return Step(column, count, lambda _, operands: function(*op.split(operands)), op=op)
    n = count - len(named)
    return Step(column, count, lambda _, operands: function(*operands[:n], **dict(zip(named, operands[n:]))), op=op)


def _call(name: str, node: ast.Call, text: str, column: int) -> tuple[Step, list[ast.expr]]:
    """Translate a call of an operation to a step, and return its operands."""
    if name not in TABLE:
        raise ExpressionError(messages.unknown(name), text, column, messages.OPERATIONS)
    op = TABLE[name]
    named = [keyword.arg or "**" for keyword in node.keywords]
    problem = lists_problem(op, node) if isinstance(op, Variadic) else operands_problem(op, len(node.args), named)
    if problem:
        raise ExpressionError(f"{problem}: write {messages.signature(op)}", text, column)
    if isinstance(op, Variadic):
        operands = [x for xs in node.args if isinstance(xs, ast.List) for x in xs.elts]
    else:
        operands = [*node.args, *(keyword.value for keyword in node.keywords)]
    return _apply(op, column, len(operands), named), operands


def leaves_for(expression: str, steps: Sequence[Step], values: Mapping[str, float]) -> dict[str, Value]:
    """Make a labelled Value for each name, in order of appearance. Raises ExpressionError if a name has no number."""
    text = one_line(expression)
    places: dict[str, int] = {}
    for step in steps:
        if step.name:
            places.setdefault(step.name, step.column)
    given = {unicodedata.normalize("NFKC", name): number for name, number in values.items()}  # as Python reads names
    spare = [name for name in given if name not in places]
    missing = [name for name in places if name not in given]
    if missing:
        raise ExpressionError(messages.missing(missing, spare), text, places[missing[0]])
    if spare:
        raise ExpressionError(f"{spare[0]} has a value but is not in the expression: {text[:WIDTH]}")
    return {name: _leaf(name, given[name]) for name in places}


def _leaf(name: str, number: Any) -> Value:
    """Make the Value of a name."""
    try:
        leaf = Value(number, label=name)
    except (TypeError, OverflowError):
        leaf = Value(math.nan)
    if not math.isfinite(leaf.data):
        what = repr(number)[:40] if isinstance(number, float | str) else f"this {type(number).__name__}"
        raise ExpressionError(f"the value of {name} must be a finite number, as in {name}=0.5, not {what}")
    return leaf


def _check(expression: str, step: Step, operands: Sequence[Number], result: float) -> None:
    """Raise ExpressionError if a result is not finite, or if an exponent is too large to be explained."""
    if step.op is TABLE["pow"] and isinstance(operands[1], float) and abs(operands[1]) > LARGEST_EXPONENT:
        reason = f"an exponent is at most {LARGEST_EXPONENT:,.0f}, and at least minus that; this one is {operands[1]:.4g}"
        raise ExpressionError(reason, one_line(expression), step.column)
    if step.op and not math.isfinite(result):
        of = ", ".join(f"{float(x):.4g}" for x in operands[:4]) + (", ..." if len(operands) > 4 else "")
        reason = f"{step.op.name} of {of} is {result}: choose numbers at which it is finite"
        raise ExpressionError(reason, one_line(expression), step.column)
