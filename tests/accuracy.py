"""Measure the accuracy of every operation and its first three derivatives, at numbers chosen to be difficult.

`python -m tests.accuracy` prints a line for each operation: the worst error of the value and of the derivatives of
order 1, 2 and 3, eager and as a program, against exact derivatives in 1000 digits (jets.py). `STEPGRAD_PURE=1` measures
the pure build. Errors are relative to the true number or, if it is ill-conditioned, to its condition; see `scale`.

A derivative of order k is judged where it and all lower ones are finite, and where there is no corner or jump.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np

import autograd
from autograd import Value, compile, grad, tracing
from autograd.define import function_named
from autograd.operations import TABLE, Operation, Variadic
from tests import jets

BOUND = 1e-12
EPSILON, TINY = sys.float_info.epsilon, 5e-324
DEGREES = range(4)

_POSITIVE = [
    *(5e-324, 1e-310, 1e-300, 1e-200, 1e-155, 1e-100, 1e-75, 1e-30, 1e-17, 1e-16, 1e-12, 1e-9, 1e-8, 1e-5, 1e-3),
    *(
        0.01,
        0.1,
        0.25,
        0.3,
        0.5,
        0.7,
        0.9,
        0.99,
        1 - 1e-8,
        1 - 2.0**-53,
        1 + 2.0**-52,
        1 + 1e-8,
        1.5,
        2.5,
        3.5,
        4.5,
        5.5,
        7.5,
    ),
    *(10.5, 20.5, 36.5, *range(1, 13), 15, 16, 17, 18, 19, 20, 22, 25, 26, 27, 28, 30, 33, 35, 36, 37, 38, 39, 40),
    *(
        50,
        64,
        100,
        128,
        177,
        300,
        354,
        355,
        372,
        373,
        500,
        700,
        708,
        709,
        709.5,
        710,
        711,
        744,
        745,
        746,
        750,
        800,
        1000,
        1e4,
    ),
    *(1e5, 1e8, 1e12, 1e15, 1e16, 1e17, 1e30, 1e75, 1e100, 1e150, 1e155, 1e200, 1e250, 1e300),
]
ONE = [0.0, -0.0, *(sign * float(x) for x in _POSITIVE for sign in (1, -1))]
TWO = [0.0, 5e-324, 1e-300, 1e-16, 0.5, 1.0, 2.0, 3.0, 20.0, 37.0, 709.0, 745.0, 1e16, 1e300]
TWO += [-x for x in (1e-300, 1e-16, 0.5, 1.0, 2.0, 30.0, 710.0, 1e16, 1e300)]
FEW = [0.0, 1e-300, 0.5, -1.0, -37.0, 709.0, 1e300]

# Left out, with the reason
EXCEPT: dict[str, Any] = {
    "stop_gradient": lambda x: True,  # which is wrong on purpose
    "clip": lambda x, low, high: low > high,  # equal operands: PyTorch's convention, which no formula gives
    "pow": lambda x, y: abs(y) > 1e150,  # y * (y - 1) overflows where the power is 0
}
# A change of an operand in its last place is at least this times EPSILON, because exp turns it into a relative one
LEAST = {"logsumexp": 1.0}


def points(row: Operation) -> list[list[float]]:
    """Make at least 200 difficult points for the operands of an operation (three, or two pairs, if it takes many)."""
    if isinstance(row, Variadic):
        numbers = FEW if row.arity == 1 else [-1.0, 1e-16, 709.0, 1e16]
        return [list(p) for p in product(numbers, repeat=3 if row.arity == 1 else 4)]
    every = [list(p) for p in product((ONE, TWO, FEW)[row.arity - 1], repeat=row.arity)]
    return [p for p in every if not (row.name in EXCEPT and EXCEPT[row.name](*p))]


def call(row: Operation, operands: Sequence[Any]) -> Any:
    """Call the public function of an operation on a flat list of operands."""
    function = getattr(autograd, row.name, None) or function_named(row.name)
    return function(*row.split(operands)) if isinstance(row, Variadic) else function(*operands)


def recorded(row: Operation, xs: Sequence[Value]) -> dict[jets.Exponents, Any]:
    """Record the value and the derivatives as graphs, keyed by the number of times each operand is differentiated."""
    n = len(xs)
    found = {(0,) * n: call(row, xs)}
    for degree in DEGREES[1:]:
        for exponents in jets.orders(n, degree):
            last = max(i for i in range(n) if exponents[i])
            below = tuple(e - (i == last) for i, e in enumerate(exponents))
            found[exponents] = grad(found[below], xs[last], create_graph=True)
    return found


def eager(row: Operation, every: list[list[float]]) -> Iterator[dict[jets.Exponents, float]]:
    """Compute the derivatives at every point, recording a graph each time."""
    for point in every:
        yield {exponents: d.data for exponents, d in recorded(row, list(map(Value, point))).items()}


def program(row: Operation, every: list[list[float]]) -> Iterator[dict[jets.Exponents, float]]:
    """Compute the derivatives at every point with a single program."""
    xs = [Value(0.5 + i) for i in range(len(every[0]))]
    with tracing(xs):
        graphs = recorded(row, xs)
    run = compile(list(graphs.values()), inputs=xs, strict=False)
    for numbers in run(np.array(every)):
        yield dict(zip(graphs, map(float, numbers)))


def scale(row: Operation, exact: dict[jets.Exponents, Any], exponents: jets.Exponents, point: Sequence[float]) -> Any:
    """Return the scale of BOUND: the number itself or, if that is larger, 4 units in its last place, or 4 times the effect
    of changing the operands in their last place (its condition)."""
    number = abs(exact[exponents])
    condition = 0
    for i, x in enumerate(point):
        above = tuple(e + (k == i) for k, e in enumerate(exponents))
        condition += max(abs(x), LEAST.get(row.name, 0.0)) * abs(exact[above])
    return max(number, 4 * TINY / BOUND, 4 * EPSILON / BOUND * condition)


def errors(
    row: Operation, every: list[list[float]], truths: list[Any], found: Iterator[dict[jets.Exponents, float]]
) -> Iterator[Any]:
    """Yield (degree, error, point, exponents, found, exact) for every derivative that is judged.

    A third derivative of logsumexp is judged against the largest of them at its point: those in which two small shares
    meet, 2 * p * q * r, are differences of larger products.
    """
    for point, truth, numbers in zip(every, truths, found):
        if truth is None:
            continue
        exact, corner = truth
        for degree in DEGREES[: 1 if corner else None]:
            here = jets.orders(len(point), degree)
            if not all(abs(exact[e]) <= sys.float_info.max for e in here):
                break
            largest = max(abs(exact[e]) for e in here) if row.name == "logsumexp" and degree == 3 else 0
            for e in here:
                error = (
                    abs(numbers[e] - exact[e]) / max(largest, scale(row, exact, e, point))
                    if math.isfinite(numbers[e])
                    else math.inf
                )
                yield degree, float(error), point, e, numbers[e], float(exact[e])


def truths(row: Operation, every: list[list[float]]) -> list[Any]:
    """Compute the exact derivatives at every point; None where the formula has no value."""
    found = []
    for point in every:
        try:
            found.append(jets.derivatives(row, point))
        except jets.UndefinedError:
            found.append(None)
    return found


def main() -> int:
    """Print the table. Return 1 if anything is out of bounds, otherwise 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", help="names of operations (default: all)")
    parser.add_argument("--worst", type=int, default=0, help="print this number of worst cases of each operation")
    options = parser.parse_args()
    build = "compiled" if autograd.COMPILED else "pure"
    print(f"worst error of value, 1st, 2nd, 3rd derivative ({build} build; at most {BOUND:g})")
    print(f"{'operation':14} {'points':>6} {'judged':>6} " + " ".join(f"{way:^35}" for way in ("eager", "program")))
    failed = 0
    for row in [TABLE[name] for name in options.rows] or list(TABLE.values()):
        every = points(row)
        exact = truths(row, every)
        cells, bad, judged = [], [], 0
        for way in (eager, program):
            worst, judged = [0.0] * len(DEGREES), 0
            for case in errors(row, every, exact, way(row, every)):
                judged += 1
                worst[case[0]] = max(worst[case[0]], case[1])
                if case[1] > BOUND:
                    bad.append((way.__name__, *case))
            cells += [f"{error:8.1e}" for error in worst]
        failed += bool(bad)
        print(f"{row.name:14} {len(every):6} {judged:6} {' '.join(cells)} {'<-- out of bounds' if bad else ''}", flush=True)
        for case in sorted(bad, key=lambda case: -case[2])[: options.worst]:
            print("   ", *case)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
