"""Points at which to test an operation, and the values of its formulas there in mpmath."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import mpmath

from autograd.operations import TABLE, Operation, Variadic

mpmath.mp.dps = 50

CONSTANT = TABLE["stop_gradient"]  # whose derivative is wrong, on purpose
ROWS = [row for row in TABLE.values() if not isinstance(row, Variadic)]
VARIADIC = [row for row in TABLE.values() if isinstance(row, Variadic)]


def where(condition: Any, x: Any, y: Any) -> Any:
    return x if condition else y


def sigmoid(x: Any) -> Any:
    return 1 / (1 + mpmath.exp(-x))


def sigmoid_slope(x: Any) -> Any:
    return sigmoid(x) * (1 - sigmoid(x))


NAMES: dict[str, Any] = {name: getattr(mpmath, name) for name in dir(mpmath) if not name.startswith("_")}
NAMES |= {
    "abs": abs,
    "max": max,
    "min": min,
    "sum": sum,
    "where": where,
    "sigmoid": sigmoid,
    "sigmoid_slope": sigmoid_slope,
}


def evaluate(formula: str, names: dict[str, Any]) -> Any:
    """Evaluate a formula of the table in 50 digits. (The text comes from operations.py, so eval is safe.)"""
    return eval(formula, {**NAMES, **names})


def value(row: Operation) -> Callable[..., Any]:
    """Evaluate an operation's formula on mpmath numbers."""
    if isinstance(row, Variadic):
        return lambda *flat: evaluate(row.formula, dict(zip(row.operands, row.split(flat))))
    return lambda *xs: evaluate(row.formula, dict(zip(row.operands, xs)))


def derivative(row: Operation, point: Sequence[float], i: int, order: int = 1) -> Any:
    """Compute the derivative of the formula with respect to operand i, from differences in 50 digits."""
    orders = [order if k == i else 0 for k in range(len(point))]
    return mpmath.diff(value(row), tuple(map(mpmath.mpf, point)), tuple(orders))


def points(row: Operation, count: int = 12) -> list[list[float]]:
    """Choose points in the operation's domain, the same in each run: a random place in each interval in turn."""
    generator = random.Random(row.name)
    if isinstance(row, Variadic):
        return [[generator.uniform(-3, 3) for _ in range(2 * n)] for n in (1, 2, 3, 5)]
    return [[generator.uniform(*intervals[k % len(intervals)]) for intervals in row.domain] for k in range(count)]


def close(actual: float, expected: Any, relative: float = 1e-12, absolute: float = 1e-300) -> bool:
    """True if actual is within the tolerance of expected; nan equals nan, and an infinity equals itself."""
    expected = float(expected) if not isinstance(expected, float) else expected
    if actual != actual or expected != expected:
        return actual != actual and expected != expected
    return actual == expected or abs(actual - expected) <= max(relative * abs(expected), absolute)
