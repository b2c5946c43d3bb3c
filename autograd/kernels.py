"""The table of operations, printed as C: each row is run once on symbols that print what is done to them.

`header()` and `pxd()` are the C and its declarations that the compiled build of `value.py` uses in place of the rows;
`python -m autograd.kernels` shows them. A row with many operands prints as loops, because a sequence of symbols has one
element, `x[i]`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from autograd.ops import NAMES, TABLE, Op, Variadic

FOLDER = Path(__file__).parent
SPELLING = {"abs": "fabs", "log": "logarithm"}  # where C's name differs


class Symbol:
    """A C expression, as text; `index` ranges over it if it is an array."""

    def __init__(self, text: str, length: str = "") -> None:
        self.text, self.length = text, length

    def __iter__(self) -> Iterator[Symbol]:
        yield Symbol(f"{self.text}[i]", self.length)

    def __neg__(self) -> Symbol:
        return Symbol(f"(-{self.text})")

    def _infix(symbol: str, swapped: bool = False) -> Any:  # type: ignore[misc]  # noqa: N805
        def method(self: Symbol, other: Any) -> Symbol:
            left, right = (other, self) if swapped else (self, other)
            return Symbol(f"({spell(left)} {symbol} {spell(right)})")

        return method

    __add__, __sub__, __mul__ = _infix("+"), _infix("-"), _infix("*")
    __radd__, __rsub__, __rmul__ = _infix("+", True), _infix("-", True), _infix("*", True)
    __lt__, __le__, __gt__, __ge__ = _infix("<"), _infix("<="), _infix(">"), _infix(">=")


def spell(x: Any) -> str:
    """A symbol or a number, in C."""
    if isinstance(x, Symbol):
        return x.text
    return repr(float(x)) if math.isfinite(x) else "INFINITY" if x > 0 else "(-INFINITY)"


class Arithmetic:
    """The namespace `m` for symbols. `lines` collects the loops of sums and maxima."""

    def __init__(self, length: str) -> None:
        self.length = length
        self.lines: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *xs: Symbol(f"{SPELLING.get(name, name)}({', '.join(map(spell, xs))})")

    def div(self, x: Any, y: Any) -> Symbol:
        return Symbol(f"quotient({spell(x)}, {spell(y)})")

    def equal(self, x: Any, y: Any) -> Symbol:
        return Symbol(f"({spell(x)} == {spell(y)})")

    def where(self, condition: Any, x: Any, y: Any) -> Symbol:
        return Symbol(f"({spell(condition)} ? {spell(x)} : {spell(y)})")

    def sum(self, terms: Iterable[Symbol]) -> Symbol:
        (term,) = terms
        return self._loop("0.0", lambda total: f"{total} += {spell(term)};")

    def amax(self, xs: Iterable[Symbol]) -> Symbol:
        (x,) = map(spell, xs)
        return self._loop("-INFINITY", lambda top: f"if ({x} > {top} || {x} != {x}) {top} = {x};")

    def _loop(self, start: str, step: Any) -> Symbol:
        name = f"t{len(self.lines)}"
        self.lines.append(f"double {name} = {start}; for (long i = 0; i < {self.length}; i++) {{ {step(name)} }}")
        return Symbol(name)


def fixed(op: Op) -> str:
    """The C functions of an operation on a fixed number of operands, and the struct that holds them."""
    xs = [Symbol(f"x{i}") for i in range(op.arity)]
    parameters = ", ".join(f"double {x.text}" for x in xs)
    functions = [("value", parameters, op.value(Arithmetic(""), *xs))]
    for i, partial in enumerate(op.partials):
        functions.append((f"partial{i}", f"{parameters}, double y", partial(Arithmetic(""), *xs, Symbol("y"))))
    code = [f"static double {op.name}_{name}(int m, {p}) {{ return {spell(body)}; }}" for name, p, body in functions]
    partials = ", ".join(f"{op.name}_partial{i}" for i in range(op.arity))
    code.append(f"static const {KINDS[op.arity]} {op.name}_row = {{{op.code}, {op.name}_value, {partials}}};")
    return "\n".join(code)


def variadic(op: Variadic) -> str:
    """The C functions of an operation on any number of operands: loops over an array that holds its sequences in turn."""
    length = "n" if op.sequences == 1 else f"(n / {op.sequences})"
    starts = ["x" if i == 0 else f"(x + {i} * {length})" for i in range(op.sequences)]
    sequences = [Symbol(start) for start in starts]
    m = Arithmetic(length)
    result = spell(op.value(m, *sequences))
    value = " ".join([*m.lines, f"return {result};"])
    m = Arithmetic(length)
    rows = op.partials[0](m, *sequences, Symbol("y"))
    stores = [f"out[{i} * {length} + i] = {spell(row[0])};" for i, row in enumerate(rows)]
    grads = " ".join([*m.lines, f"for (long i = 0; i < {length}; i++) {{ {' '.join(stores)} }}"])
    return (
        f"static double {op.name}_result(int m, const double *x, long n) {{ {value} }}\n"
        f"static void {op.name}_grads(int m, const double *x, long n, double y, double *out) {{ {grads} }}\n"
        f"static const Variadic {op.name}_row = {{{op.code}, {op.name}_result, {op.name}_grads}};"
    )


KINDS = {1: "Unary", 2: "Binary", 3: "Ternary"}

# As in floats.py, nothing is divided by 0 and no logarithm is taken of numbers <= 0: that would set flags in the processor,
# which NumPy reads after its loops, so it would warn in the compiled build only.
GUARDED = """
static inline double quotient(double x, double y) {
    return y != 0.0 ? x / y : x == 0.0 || x != x ? NAN : copysign(INFINITY, x) * copysign(1.0, y);
}
static inline double logarithm(double x) { return isgreater(x, 0.0) ? log(x) : x == 0.0 ? -INFINITY : NAN; }
"""

STRUCTS = """
typedef double (*one)(int, double), (*two)(int, double, double), (*three)(int, double, double, double),
               (*four)(int, double, double, double, double);
typedef struct { int code; one value; two dx; } Unary;
typedef struct { int code; two value; three dx, dy; } Binary;
typedef struct { int code; three value; four dx, dy, dz; } Ternary;
typedef struct { int code; double (*result)(int, const double *, long);
                 void (*local_grads)(int, const double *, long, double, double *); } Variadic;
"""

DECLARATIONS = """
cdef extern from "kernels.h":
    enum: floats
    const char *NAMES
    const char *FINGERPRINT
    ctypedef double (*one)(int, double)
    ctypedef double (*two)(int, double, double)
    ctypedef double (*three)(int, double, double, double)
    ctypedef double (*four)(int, double, double, double, double)
    ctypedef struct Unary:
        int code
        one value
        two dx
    ctypedef struct Binary:
        int code
        two value
        three dx
        three dy
    ctypedef struct Ternary:
        int code
        three value
        four dx
        four dy
        four dz
    ctypedef struct Variadic:
        int code
        double (*result)(int, const double *, long)
        void (*local_grads)(int, const double *, long, double, double *)
"""


def kind(op: Op) -> str:
    """The C struct that holds this row."""
    return "Variadic" if isinstance(op, Variadic) else KINDS[op.arity]


def header() -> str:
    """The C of every row, and for each number of operands a table of the rows by code."""
    rows = TABLE.values()
    code = ["/* Printed by autograd/kernels.py from the rows of autograd/ops.py. */", "#include <math.h>", GUARDED, STRUCTS]
    code.append(f'enum {{ floats }};\n#define NAMES "{NAMES}"\n#define FINGERPRINT "{fingerprint()}"')
    code += [variadic(op) if isinstance(op, Variadic) else fixed(op) for op in rows]
    for name in KINDS.values():
        entries = ", ".join(f"[{op.code}] = &{op.name}_row" for op in rows if kind(op) == name)
        code.append(f"static const {name} *const {name.upper()}[{len(rows) + 1}] = {{{entries}}};")
    return "\n".join(code) + "\n"


def pxd() -> str:
    """What `header()` defines, declared for Cython under the names that `value.py` uses: `ops.tanh`, `ops.UNARY`."""
    code = [DECLARATIONS.strip()]
    code += [f"    const {name} *{name.upper()}[]" for name in KINDS.values()]
    code += [f'    const {kind(op)} *{op.name} "(&{op.name}_row)"' for op in TABLE.values()]
    return "\n".join(code) + "\n"


def fingerprint() -> str:
    """A hash of every source of the compiled build, by which a test sees whether the build is of today's sources."""
    sources = sorted(
        path
        for end in ("ops.py", "kernels.py", "value.py", "flat.py", "*.pxd", "*.pyx", "*.h", "program/*.p*", "program/*.h")
        for path in FOLDER.glob(end)
    )
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


if __name__ == "__main__":
    print(header(), pxd(), sep="\n")
