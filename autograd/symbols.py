"""Rows of the table run on symbols, which note what is done to them; the resulting expressions can be printed or replayed.

`as_python` prints the function on floats that the plain build calls, `as_c` the C that the compiled build compiles,
`as_javascript` a function for a page. A program's instructions are the symbols of `Unrolled`, in their order
(program/lower.py); a derivative that is to be differentiated again replays those of `Recorded` on Values (derivatives.py).

Equal expressions are one object. In Python, an expression that is used more than once gets a name, within the branch that
uses it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any

from autograd import floats

Number = float
C_NAMES = {
    "abs": "fabs",
    "div": "quotient",
    **{f: f"ieee_{f}" for f in ("log", "log2", "log10", "atanh", "fmod")},
}  # kernels.py
INFIX = {"add": "+", "sub": "-", "mul": "*", "lt": "<", "le": "<=", "equal": "=="}


class Symbol:
    """An operation on symbols and numbers, or an operand: then `op` is its name."""

    m: Symbols
    op: str
    operands: tuple[Symbol | Number, ...]

    __slots__ = ("m", "op", "operands")

    def __init__(self, m: Symbols, op: str, operands: tuple[Symbol | Number, ...] = ()) -> None:
        self.m, self.op, self.operands = m, op, operands

    # fmt: off
    def __add__(self, other: Any) -> Symbol: return self.m.make("add", self, other)
    def __radd__(self, other: Any) -> Symbol: return self.m.make("add", other, self)
    def __sub__(self, other: Any) -> Symbol: return self.m.make("sub", self, other)
    def __rsub__(self, other: Any) -> Symbol: return self.m.make("sub", other, self)
    def __mul__(self, other: Any) -> Symbol: return self.m.make("mul", self, other)
    def __rmul__(self, other: Any) -> Symbol: return self.m.make("mul", other, self)
    def __neg__(self) -> Symbol: return self.m.make("neg", self)
    def __lt__(self, other: Any) -> Symbol: return self.m.make("lt", self, other)
    def __le__(self, other: Any) -> Symbol: return self.m.make("le", self, other)
    def __gt__(self, other: Any) -> Symbol: return self.m.make("lt", other, self)
    def __ge__(self, other: Any) -> Symbol: return self.m.make("le", other, self)
    # fmt: on

    def __iter__(self) -> Iterator[Symbol]:
        """The elements of a sequence of any length: one symbol that stands for all."""
        yield self.m.operand(f"{self.op}[i]")


class Symbols:
    """The arithmetic `m` on symbols, where a sequence is one symbol that stands for all its elements.

    A row that uses other rows contains their definitions; `rows` are the rows that it may use.
    """

    differentiable = False  # True if the expression is to be differentiated again
    lists = False  # True if a sequence is a list of symbols

    def __init__(self, rows: Mapping[str, Any]) -> None:
        self.rows = rows
        self.made: dict[Any, Symbol] = {}  # in order: each symbol after its operands

    def operand(self, name: str) -> Symbol:
        """The operand of this name."""
        return self.made.setdefault((name,), Symbol(self, name))

    def make(self, op: str, *operands: Symbol | Number) -> Symbol:
        """The operation on these operands; for the same operands, the same object."""
        key = (op, *(x if isinstance(x, Symbol) else repr(float(x)) for x in operands))
        if key not in self.made:
            self.made[key] = Symbol(self, op, operands)
        return self.made[key]

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name in floats.PRIMITIVES:
            return partial(self.make, name)
        if name in self.rows:
            return self.row(name)
        raise AttributeError(f"no arithmetic has {name!r}: `m` has the names in autograd.floats and the rows of the table")

    def row(self, name: str) -> Callable[..., Any]:
        """The operation of another row."""
        return partial(self.rows[name].definition, self)

    def cond(self, condition: Any, if_true: Callable[[], Any], if_false: Callable[[], Any]) -> Symbol:
        """Make a `where`: on symbols, both branches are computed."""
        return self.make("where", condition, if_true(), if_false())

    def sum(self, terms: Iterable[Any]) -> Any:
        """The sum of a sequence: one operation."""
        return self.make("sum", *terms)

    def amax(self, xs: Iterable[Any]) -> Any:
        """The largest of a sequence: one operation."""
        return self.make("amax", *xs)


class Unrolled(Symbols):
    """The arithmetic of programs: sequences are lists of symbols, and sums and maxima are written out."""

    lists = True

    def sum(self, terms: Iterable[Any]) -> Any:
        """The sum of a list: one addition after another."""
        return floats.sum(terms)

    def amax(self, xs: Iterable[Any]) -> Any:
        """The largest of a list: one comparison after another."""
        largest: Any = -math.inf
        for x in xs:
            largest = self.make("larger", largest, x)
        return largest


class Recorded(Symbols):
    """The arithmetic of derivatives that are recorded: sequences are lists of symbols, and another row is one operation."""

    differentiable = lists = True

    def row(self, name: str) -> Callable[..., Any]:
        """The operation of another row, as one symbol."""
        return partial(self.make, name)


def run(m: Symbols, row: Any, operands: list[Symbol], result: Symbol | None = None) -> list[Any]:
    """Run a row once: its value, or given the symbol of its result, the derivative with respect to each operand."""
    sequences = hasattr(row, "split")
    arguments = row.split(operands) if sequences and m.lists else operands
    if result is None:
        return [row.definition(m, *arguments)]
    derivatives = [partial(m, *arguments, result) for partial in row.partials]
    return list(chain.from_iterable(derivatives[0])) if sequences else derivatives


def as_python(name: str, parameters: list[str], body: Callable[..., Any], rows: Mapping[str, Any]) -> Callable[..., float]:
    """Make the function of floats that body(m, *parameters) describes; a debugger can step into its text."""
    import linecache

    m = Symbols(rows)
    result = body(m, *map(m.operand, parameters))
    text = f"def {name}({', '.join(parameters)}):\n    return {_python(result, _uses(result), {})}\n"
    file = f"<autograd: {name}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    made: dict[str, Any] = {}
    exec(compile(text, file, "exec"), vars(floats), made)  # the text is printed from a row, which is code itself
    return made[name]  # type: ignore[no-any-return]  # just defined


def _uses(result: Any) -> dict[Any, int]:
    """The number of times that each symbol is an operand."""
    uses: dict[Any, int] = {}
    stack = [result]
    while stack:
        x = stack.pop()
        if isinstance(x, Symbol):
            uses[x] = uses.get(x, 0) + 1
            if uses[x] == 1:
                stack += x.operands
    return uses


def _python(x: Any, uses: dict[Any, int], names: dict[Any, str]) -> str:
    """The Python text of a symbol; `names` has those that were assigned by what is evaluated before it."""
    if not isinstance(x, Symbol):
        return _number(x, "inf")
    if not x.operands or x in names:
        return names.get(x, x.op)
    if x.op == "where":
        condition = _python(x.operands[0], uses, names)
        branches = [_python(branch, uses, dict(names)) for branch in x.operands[1:]]
        text = f"({branches[0]} if {condition} else {branches[1]})"
    elif x.op == "div" and not (isinstance(x.operands[0], Symbol) and x.operands[0].operands):
        text = _python(x.operands[1], uses, names)  # divides at once, unless by 0
        divisor = text if text.isidentifier() else names.setdefault(x, f"t{len(names)}")
        named = text if text == divisor else f"({divisor} := {text})"
        numerator = _python(x.operands[0], uses, names)
        names.pop(x, None)
        text = f"({numerator} / {divisor} if {named} else div({numerator}, {divisor}))"
    elif x.op in INFIX or x.op == "neg":
        text = _arithmetic(x.op, [_python(y, uses, names) for y in x.operands])
    else:
        text = f"{x.op}({', '.join([_python(y, uses, names) for y in x.operands])})"
    if uses[x] > 1:
        names[x] = f"t{len(names)}"
        return f"({names[x]} := {text})"
    return text


def as_c(x: Any, length: str, lines: list[str]) -> str:
    """The C text of a symbol or number. Loops over sequences of this length, for sums and maxima, are added to `lines`."""
    if not isinstance(x, Symbol):
        return _number(x, "INFINITY")
    if not x.operands:
        return x.op
    xs = [as_c(y, length, lines) for y in x.operands]
    if x.op == "where":
        return f"({xs[0]} ? {xs[1]} : {xs[2]})"
    if x.op in INFIX or x.op == "neg":
        return _arithmetic(x.op, xs)
    if x.op in ("sum", "amax"):
        start, step = (
            ("0.0", f"{{0}} += {xs[0]};")
            if x.op == "sum"
            else ("(-INFINITY)", f"if ({xs[0]} > {{0}} || {xs[0]} != {xs[0]}) {{0}} = {xs[0]};")
        )
        loop = f"double {{0}} = {start}; for (long i = 0; i < {length}; i++) {{{{ {step} }}}}"
        same = [k for k, line in enumerate(lines) if line == loop.format(f"t{k}")]
        if not same:
            lines.append(loop.format(f"t{len(lines)}"))
        return f"t{same[0] if same else len(lines) - 1}"
    return f"{C_NAMES.get(x.op, x.op)}({', '.join(xs)})"


def as_javascript(name: str, parameters: list[str], body: Callable[..., Any], rows: Mapping[str, Any]) -> str:
    """The JavaScript function of numbers that body(m, *parameters) describes.

    A sequence is an array, and a list of sequences an array of arrays, one for each parameter in turn. The text calls
    functions that JavaScript lacks: `erf`, `erfc`, and `sum` and `amax` of a length and a function of the index.
    """
    m = Symbols(rows)
    result = body(m, *map(m.operand, parameters))
    length, lines = f"{parameters[0]}.length", list[str]()
    if isinstance(result, list):
        arrays = (f"{x}.map((_, i) => {_javascript(y, length, lines)})" for x, (y,) in zip(parameters, result))
        text = f"[{', '.join(arrays)}]"
    else:
        text = _javascript(result, length, lines)
    return f"function {name}({', '.join(parameters)}) {{ {''.join(lines)}return {text}; }}"


def _javascript(x: Any, length: str, lines: list[str]) -> str:
    """The JavaScript text of a symbol or number. Sums and maxima of sequences are added to `lines`."""
    if not isinstance(x, Symbol):
        return _number(x, "Infinity")
    if not x.operands:
        return x.op
    xs = [_javascript(y, length, lines) for y in x.operands]
    if x.op in ("sum", "amax"):
        loop = f" = {x.op}({length}, (i) => {xs[0]}); "
        same = [k for k, line in enumerate(lines) if line == f"const t{k}{loop}"]
        if not same:
            lines.append(f"const t{len(lines)}{loop}")
        return f"t{same[0] if same else len(lines) - 1}"
    if x.op == "where":
        return f"({xs[0]} ? {xs[1]} : {xs[2]})"
    if x.op in ("div", "fmod"):
        return f"({xs[0]} {'/' if x.op == 'div' else '%'} {xs[1]})"
    if x.op in INFIX or x.op == "neg":
        return _arithmetic(x.op, xs)
    return f"{x.op if x.op in ('erf', 'erfc') else f'Math.{x.op}'}({', '.join(xs)})"


def _arithmetic(op: str, xs: list[str]) -> str:
    return f"(-{xs[0]})" if op == "neg" else f"({xs[0]} {INFIX[op]} {xs[1]})"


def _number(x: Any, infinity: str) -> str:
    return repr(float(x)) if math.isfinite(x) else infinity if x > 0 else f"(-{infinity})"
