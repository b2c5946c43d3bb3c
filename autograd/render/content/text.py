"""Format numbers, names, equations and rules for drawings and tables."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache

from autograd.engine import Value
from autograd.operations import TABLE, Operation, Variadic

MINUS, TIMES, ABOUT = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}", "\N{ALMOST EQUAL TO}"
NOT_YET = "\N{MIDDLE DOT}"  # a gradient that no path has reached yet, as opposed to a gradient of 0
SUM = f"had + upstream {TIMES} local derivative = now"  # the chain rule, as all tables and pages write it
FONT, SMALL = 11.0, 10.0  # px, font sizes in boxes and on arrows; monospaced, so that the text fits everywhere
MANY = 6  # operands; an expression with more shows only the first two and the last
DIGITS = 4  # significant digits of numbers, unless others are requested
MOST_DIGITS = 12  # of an equation that would not add up with fewer
UNSEEN = 1e-13  # of a number: what separates 0.1 * 3 from 0.3 is not worth zeros
HALF = 0.5000001  # of a last digit; 0.75 is half a digit from 0.8, but not in floats
TRUSTED = 1e-11  # of the terms of a sum: a smaller sum may consist of rounding errors


# Numbers


def number(x: float, digits: int = DIGITS) -> str:
    """Format x with that many significant digits and a true minus sign. Zeros at the end say that digits were cut off."""
    x += 0.0  # no -0
    short = f"{x:.{digits}g}"
    if abs(float(short) - x) > UNSEEN * abs(x):
        short = re.sub(r"\.(?=$|e)", "", f"{x:#.{digits}g}")
    return short.replace("-", MINUS)


def factor(x: float, digits: int = DIGITS) -> str:
    """Format x for use inside a formula: in parentheses if it has a sign."""
    text = number(x, digits)
    return f"({text})" if text.startswith(MINUS) else text


def equation(had: float | None, upstream: float, local: float, now: float, digits: int = DIGITS) -> str:
    """Write `had + upstream x local = now`, which holds for the digits shown; without `had` if it is None."""
    more, equal = enough(had or 0.0, upstream, local, now, digits)
    before = "" if had is None else f"{number(had, more)} + "
    product = f"{number(upstream, more) if had is None else factor(upstream, more)} {TIMES} {factor(local, more)}"
    return f"{before}{product} {equal} {number(now, digits)}"


def enough(had: float, upstream: float, local: float, now: float, digits: int = DIGITS) -> tuple[int, str]:
    """Return the digits of had, upstream and local with which a reader who computes the sum finds the `now` that is shown.

    And "=", or the sign for "about" if no number of digits does it, because rounding errors are as large as the result.
    player.js does the same.
    """
    shown = float(f"{now:.{digits}g}")
    last = int(f"{shown:.{digits - 1}e}".partition("e")[2] or 0) - digits + 1  # its last digit counts 10**last
    for more in range(digits, max(digits, MOST_DIGITS) + 1):
        a, b, c = (float(f"{x:.{more}g}") for x in (had, upstream, local))
        cancelled = 0.0 < abs(shown) < TRUSTED * (abs(a) + abs(b * c))
        if not cancelled and not abs(a + b * c - shown) > HALF * float(f"1e{last}"):  # or it is not finite
            return more, "="
    return digits, ABOUT


def check_digits(digits: int) -> int:
    """Return a number of significant digits that can be shown; raise ValueError for any other."""
    if not isinstance(digits, int) or not 1 <= digits <= 17:
        raise ValueError(f"digits is the number of significant digits to show, from 1 to 17, got {digits!r}")
    return digits


# Names, expressions and rules

_ATOM = re.compile(r"[^\s+*/^()=<>,\-\u2212]+( #\d+)?")  # a name that needs no parentheses; player.js has the same
_SLOT = re.compile(r"_(\d+)_")


def counted(n: int, one: str, many: str) -> str:
    """Write a number with the words for one or for many: `1 leaf`, `2,000 leaves`."""
    return f"{n:,} {one if n == 1 else many}"


def atom(name: str) -> str:
    """Put a name that reads like a formula in parentheses: `(w*x)`."""
    return name if _ATOM.fullmatch(name) else f"({name})"


def near(name: str, scopes: Sequence[str]) -> str:
    """Shorten the path of a parameter as seen from within these scopes: `w1` in the neuron that has it."""
    for k in range(len(scopes)):
        prefix = ".".join(scopes[k:]) + "."
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name


def expression(node: Value, name: Callable[[Value], str], digits: int = DIGITS) -> str:
    """Write how a node was computed, from the names of its operands and plain numbers: `3 + a`, `clip(a, 0, 1)`."""
    op = TABLE[node.op]
    texts = [name(x) if isinstance(x, Value) else factor(x, digits) for x in node.operands]
    if isinstance(op, Variadic):
        return f"{op.name}({', '.join(map(_shortened, op.split(texts)))})"
    if _is_call(op):
        return f"{op.name}({', '.join(texts)})"
    if op.name != "add":  # `a + w*x` is clear, `a - b+c` and `a^w*x` are not
        first = 1 if op.name == "sub" else 0
        texts[first:] = [
            atom(text) if isinstance(x, Value) else text for x, text in zip(node.operands[first:], texts[first:])
        ]
    symbol = {"-": MINUS, "=": "=="}.get(op.symbol, op.symbol)
    return "^".join(texts) if op.name == "pow" else f" {symbol} ".join(texts) if len(texts) > 1 else symbol + texts[0]


def rules(node: Value, name: Callable[[Value], str], digits: int = DIGITS) -> list[str]:
    """Write the derivative with respect to each input in the names of the graph: `d tanh(z)/dz = 1 - tanh(z)^2`.

    An operand that occurs more than once is counted: `d(x * x)/d(1st x) = x`, where x is the second one.
    """
    op, operands = TABLE[node.op], node.operands
    whole = expression(node, name, digits)
    texts = [name(x) if isinstance(x, Value) else factor(x, digits) for x in operands]
    times = Counter(x for x in operands if isinstance(x, Value))
    seen: Counter[Value] = Counter()
    found = []
    for k, x in enumerate(operands):
        if isinstance(x, Value):
            seen[x] += 1
            which = atom(texts[k]) if times[x] == 1 else f"({_ordinal(seen[x])} {texts[k]})"
            head = f"d {whole}" if _is_call(op) else f"d({whole})"
            found.append(f"{head}/d{which} = {_derivative(node, k, texts, digits)}")
    return found


def evaluated(rule: str, local: float, digits: int = DIGITS) -> str:
    """Add to a rule the number that it gives here: `d(w * x)/dw = x = 2`."""
    text = number(local, digits)
    return rule if rule.endswith(f" = {text}") else f"{rule} = {text}"


def _derivative(node: Value, k: int, texts: Sequence[str], digits: int) -> str:
    """Write the local derivative with respect to operand k, given the operands as text."""
    op, n = TABLE[node.op], len(texts)
    if op.name == "dot":
        other = node.operands[(k + n // 2) % n]
        return texts[(k + n // 2) % n] if isinstance(other, Value) else number(other, digits)
    if isinstance(op, Variadic):
        names = (*op.operands, op.operands[k * op.arity // n].removesuffix("s"), "i")
        slots = [*map(_shortened, op.split(texts)), texts[k], str(k % (n // op.arity))]
        return _filled(_template(op.rules[0], names, (None,) * len(names), digits), slots)
    numbers = tuple(None if isinstance(x, Value) else x for x in node.operands)
    return _filled(_template(op.rules[k], op.operands, numbers, digits), texts)


@lru_cache(1000)
def _template(rule: str, names: tuple[str, ...], numbers: tuple[float | None, ...], digits: int) -> str:
    """Write a rule with _0_, _1_, ... for the operands of these names. Sums of plain numbers are computed: x^(3 - 1)."""
    try:
        tree = ast.parse(rule, mode="eval").body
    except SyntaxError:  # an operation made at run time may have its rule in words
        return re.sub(r"\b[^\W\d]\w*", lambda found: _slot(names, found[0]), rule)
    text = ast.unparse(_Numbers(digits).visit(_Rule(names, numbers).visit(tree)))
    text = text.replace(" ** ", "^").replace(" * ", f" {TIMES} ").replace("-", MINUS)
    return re.sub(rf"^\(({MINUS}[^()]+)\)(?!\^)", r"\1", text)  # no sign needs parentheses where a formula begins


def _filled(template: str, texts: Sequence[str]) -> str:
    """Fill in the operands, in parentheses where needed: not where they are an argument."""

    def fill(found: re.Match[str]) -> str:
        text, before, after = texts[int(found[1])], template[: found.start()], template[found.end() :]
        alone = (not before or before.endswith(("(", "[", ", "))) and (not after or after[0] in "),]")
        return text if alone or text.startswith(("(", "[")) else atom(text)

    return _SLOT.sub(fill, template)


def _slot(names: Sequence[str], name: str) -> str:
    return f"_{names.index(name)}_" if name in names else name


class _Rule(ast.NodeTransformer):
    """Puts the operands into a rule: slots for Values, and plain numbers."""

    def __init__(self, names: Sequence[str], numbers: Sequence[float | None]) -> None:
        self.names, self.numbers = names, numbers

    def visit_Call(self, node: ast.Call) -> ast.Call:
        node.args = [self.visit(argument) for argument in node.args]
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self.names:
            return node
        x = self.numbers[self.names.index(node.id)]
        return ast.Name(_slot(self.names, node.id)) if x is None else ast.Constant(x)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left: ast.expr = self.visit(node.left)
        right: ast.expr = self.visit(node.right)
        node.left, node.right = left, right
        a, b = (x.value if isinstance(x, ast.Constant) else None for x in (left, right))
        if isinstance(a, int | float) and isinstance(b, int | float) and isinstance(node.op, ast.Sub):
            return ast.Constant(a - b)
        return left if isinstance(node.op, ast.Pow) and b == 1 else node


class _Numbers(ast.NodeTransformer):
    """Formats the numbers in a rule. (A name may be any text to `ast.unparse`.)"""

    def __init__(self, digits: int) -> None:
        self.digits = digits

    def visit_Constant(self, node: ast.Constant) -> ast.Name:
        return ast.Name(factor(node.value, self.digits) if isinstance(node.value, int | float) else str(node.value))


def _is_call(op: Operation) -> bool:
    """True for an operation that is written as a call, and not with an operator."""
    return isinstance(op, Variadic) or op.arity > 2 or any(map(str.isalpha, op.symbol))


def _ordinal(n: int) -> str:
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


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
