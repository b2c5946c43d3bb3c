"""The table of operations, printed as C: each row is run once on symbols, and its expressions are printed.

`header()` and `pxd()` are the C and its declarations that the compiled build of value.py uses in place of the rows;
`python -m autograd.compiled.kernels` shows them. A row of sequences prints as loops, because a sequence is one symbol
that stands for all its elements, `x[i]`.
"""

from __future__ import annotations

from autograd.operations import TABLE, Operation, Variadic
from autograd.symbols import Symbols, as_c, run

KINDS = {1: "Unary", 2: "Binary"}  # by the number of operands; Many for all others

# As in floats.py, nothing is divided by 0 and no logarithm is taken of numbers <= 0: that would set flags in the processor,
# which NumPy reads after its loops, so it would warn in the compiled build only.
GUARDED = """
static inline double quotient(double x, double y) {
    return y != 0.0 ? x / y : x == 0.0 || x != x ? NAN : copysign(INFINITY, x) * copysign(1.0, y);
}
static inline double ieee_log(double x) { return isgreater(x, 0.0) ? log(x) : x == 0.0 ? -INFINITY : NAN; }
static inline double ieee_log2(double x) { return isgreater(x, 0.0) ? log2(x) : x == 0.0 ? -INFINITY : NAN; }
static inline double ieee_log10(double x) { return isgreater(x, 0.0) ? log10(x) : x == 0.0 ? -INFINITY : NAN; }
static inline double ieee_atanh(double x) {
    return isless(fabs(x), 1.0) ? atanh(x) : fabs(x) == 1.0 ? copysign(INFINITY, x) : NAN;
}
static inline double ieee_fmod(double x, double y) { return y != 0.0 && !isinf(x) ? fmod(x, y) : NAN; }
"""

STRUCTS = """
typedef double (*one)(double), (*two)(double, double), (*three)(double, double, double);
typedef struct { int code; const char *name; one value; two dx; } Unary;
typedef struct { int code; const char *name; two value; three dx, dy; } Binary;
typedef struct { int code; const char *name; double (*result)(const double *, long);
                 void (*local_grads)(const double *, long, double, double *); } Many;
"""

DECLARATIONS = """
cdef extern from "kernels.h":
    ctypedef double (*one)(double)
    ctypedef double (*two)(double, double)
    ctypedef double (*three)(double, double, double)
    ctypedef struct Unary:
        int code
        const char *name
        one value
        two dx
    ctypedef struct Binary:
        int code
        const char *name
        two value
        three dx
        three dy
    ctypedef struct Many:
        int code
        const char *name
        double (*result)(const double *, long)
        void (*local_grads)(const double *, long, double, double *)
"""


def kind(row: Operation) -> str:
    """The C struct that holds this row."""
    return "Many" if isinstance(row, Variadic) else KINDS.get(row.arity, "Many")


def of_one_or_two(row: Operation) -> str:
    """The C functions of an operation on one or two operands, and the struct that holds them."""
    m = Symbols(TABLE)
    xs = [m.operand(f"x{i}") for i in range(row.arity)]
    operands = ", ".join(f"double {x.op}" for x in xs)
    functions = [("value", operands, run(m, row, xs)[0])]
    for i, derivative in enumerate(run(m, row, xs, m.operand("y"))):
        functions.append((f"partial{i}", f"{operands}, double y", derivative))
    code = [f"static double {row.name}_{name}({p}) {{ return {as_c(body, '', [])}; }}" for name, p, body in functions]
    partials = ", ".join(f"{row.name}_partial{i}" for i in range(row.arity))
    code.append(f'static const {kind(row)} {row.name}_row = {{{row.code}, "{row.name}", {row.name}_value, {partials}}};')
    return "\n".join(code)


def of_many(row: Operation) -> str:
    """The C functions of an operation on an array of operands: three or more, or sequences one after another."""
    m = Symbols(TABLE)
    length, result = "n" if row.arity == 1 else f"(n / {row.arity})", m.operand("y")
    lines: list[str] = []
    if isinstance(row, Variadic):
        xs = [m.operand(f"(x + {i} * {length})" if i else "x") for i in range(row.arity)]
        value = as_c(run(m, row, xs)[0], length, lines)
        start, lines = lines, []
        stores = [f"out[{i} * {length} + i] = {as_c(d, length, lines)};" for i, d in enumerate(run(m, row, xs, result))]
        grads = " ".join([*lines, f"for (long i = 0; i < {length}; i++) {{ {' '.join(stores)} }}"])
    else:
        xs = [m.operand(f"x[{i}]") for i in range(row.arity)]
        value, start = as_c(run(m, row, xs)[0], "", []), []
        grads = " ".join(f"out[{i}] = {as_c(d, '', [])};" for i, d in enumerate(run(m, row, xs, result)))
    name = row.name
    return (
        f"static double {name}_result(const double *x, long n) {{ {' '.join([*start, f'return {value};'])} }}\n"
        f"static void {name}_grads(const double *x, long n, double y, double *out) {{ {grads} }}\n"
        f'static const Many {name}_row = {{{row.code}, "{name}", {name}_result, {name}_grads}};'
    )


def header() -> str:
    """The C of every row."""
    code = ["/* Printed by autograd/compiled/kernels.py from the rows of autograd/operations.py. */", "#include <math.h>"]
    code += [GUARDED, STRUCTS, *(of_many(row) if kind(row) == "Many" else of_one_or_two(row) for row in TABLE.values())]
    return "\n".join(code) + "\n"


def pxd() -> str:
    """The declarations for Cython of the C in `header()`, under the names that value.py uses: `ops.tanh`."""
    code = [DECLARATIONS.strip(), *(f'    const {kind(row)} *{row.name} "(&{row.name}_row)"' for row in TABLE.values())]
    return "\n".join(code) + "\n"


if __name__ == "__main__":
    print(header(), pxd(), sep="\n")
