"""The table of operations, printed as C: each row is run once on symbols that print what is done to them.

`header()` and `pxd()` are the C and its declarations that the compiled build of `value.py` uses in place of the rows;
`python -m autograd.kernels` shows them. A row with many operands prints as loops, because a sequence of symbols has one
element, `x[i]`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from autograd.ops import NAMES, TABLE, Op, Variadic
from autograd.symbols import Symbols, as_c

FOLDER = Path(__file__).parent


def fixed(op: Op) -> str:
    """The C functions of an operation on a fixed number of operands, and the struct that holds them."""
    m = Symbols(TABLE)
    xs = [m.operand(f"x{i}") for i in range(op.arity)]
    parameters = ", ".join(f"double {x.op}" for x in xs)
    functions = [("value", parameters, op.definition(m, *xs))]
    for i, partial in enumerate(op.partials):
        functions.append((f"partial{i}", f"{parameters}, double y", partial(m, *xs, m.operand("y"))))
    code = [f"static double {op.name}_{name}(int m, {p}) {{ return {as_c(body, '', [])}; }}" for name, p, body in functions]
    partials = ", ".join(f"{op.name}_partial{i}" for i in range(op.arity))
    code.append(f"static const {KINDS[op.arity]} {op.name}_row = {{{op.code}, {op.name}_value, {partials}}};")
    return "\n".join(code)


def variadic(op: Variadic) -> str:
    """The C functions of an operation on any number of operands: loops over an array that holds its sequences in turn."""
    length = "n" if op.sequences == 1 else f"(n / {op.sequences})"
    m = Symbols(TABLE)
    sequences = [m.operand("x" if i == 0 else f"(x + {i} * {length})") for i in range(op.sequences)]
    lines: list[str] = []
    result = as_c(op.definition(m, *sequences), length, lines)
    value = " ".join([*lines, f"return {result};"])
    lines = []
    rows = op.partials[0](m, *sequences, m.operand("y"))
    stores = [f"out[{i} * {length} + i] = {as_c(row[0], length, lines)};" for i, row in enumerate(rows)]
    grads = " ".join([*lines, f"for (long i = 0; i < {length}; i++) {{ {' '.join(stores)} }}"])
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
        for end in (
            "ops.py",
            "symbols.py",
            "kernels.py",
            "value.py",
            "flat.py",
            "*.pxd",
            "*.pyx",
            "*.h",
            "program/*.p*",
            "program/*.h",
        )
        for path in FOLDER.glob(end)
    )
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


if __name__ == "__main__":
    print(header(), pxd(), sep="\n")
