"""Exact derivatives of the operations' formulas, by truncated Taylor series ("jets") in 1000 digits.

A jet is a polynomial in small changes of the operands, of total degree ORDER at most; its coefficients are the partial
derivatives divided by factorials. Functions have their derivatives from a textbook here, so nothing depends on the table's
partials. 1000 digits, because numbers of 1e300 and 1e-300 meet.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from itertools import product
from typing import Any

import mpmath
from mpmath import mpf

from autograd.operations import Operation, Variadic

ORDER, DIGITS = 4, 1000
MORE_DIGITS = {"sinc": 2500}  # where numbers of 1e-324**5 meet 1
Exponents = tuple[int, ...]


class UndefinedError(Exception):
    """Raised where a formula has no value."""


class Jet:
    """A truncated Taylor series. `ties` collects comparisons of equal numbers: there, derivatives are conventions."""

    ties = 0
    resolution = 0.0  # numbers closer than this, or equal to 12 digits, count as equal: floats may not distinguish them

    def __init__(self, terms: dict[Exponents, Any]) -> None:
        self.terms = terms
        self.zero = (0,) * len(next(iter(terms)))

    @property
    def value(self) -> Any:
        return self.terms.get(self.zero, mpf(0))

    def derivative(self, *variables: int) -> Any:
        """Return the partial derivative with respect to these variables."""
        exponents = tuple(variables.count(k) for k in range(len(self.zero)))
        return self.terms.get(exponents, mpf(0)) * math.prod(map(math.factorial, exponents))

    def lift(self, other: Any) -> Jet:
        return other if isinstance(other, Jet) else Jet({self.zero: mpf(other)})

    def __add__(self, other: Any) -> Jet:
        terms = dict(self.terms)
        for exponents, c in self.lift(other).terms.items():
            terms[exponents] = terms.get(exponents, mpf(0)) + c
        return Jet(terms)

    def __neg__(self) -> Jet:
        return Jet({exponents: -c for exponents, c in self.terms.items()})

    def __mul__(self, other: Any) -> Jet:
        terms: dict[Exponents, Any] = {self.zero: mpf(0)}
        for p, a in self.terms.items():
            for q, b in self.lift(other).terms.items():
                exponents = tuple(map(int.__add__, p, q))
                if sum(exponents) <= ORDER:
                    terms[exponents] = terms.get(exponents, mpf(0)) + a * b
        return Jet(terms)

    def of(self, derivatives: Sequence[Any]) -> Jet:
        """Compute f(self) from f and its derivatives at the value."""
        small = Jet({**self.terms, self.zero: mpf(0)})
        total, power = Jet({self.zero: mpf(derivatives[0])}), Jet({self.zero: mpf(1)})
        for k in range(1, ORDER + 1):
            power = power * small
            total = total + power * (derivatives[k] / math.factorial(k))
        return total

    def __truediv__(self, other: Any) -> Jet:
        return self * power_of(self.lift(other), -1)

    def __pow__(self, other: Any) -> Jet:
        other = self.lift(other)
        if len(other.terms) == 1:
            return power_of(self, other.value)
        if self.value <= 0:
            raise UndefinedError
        return function("exp")(other * function("log")(self))

    __radd__, __rmul__ = __add__, __mul__

    # fmt: off
    def __sub__(self, other: Any) -> Jet: return self + -self.lift(other)
    def __rsub__(self, other: Any) -> Jet: return self.lift(other) - self
    def __rtruediv__(self, other: Any) -> Jet: return self.lift(other) / self
    def __rpow__(self, other: Any) -> Jet: return self.lift(other) ** self
    def __lt__(self, other: Any) -> bool: return self.compared(other) < 0
    def __le__(self, other: Any) -> bool: return self.compared(other) <= 0
    def __gt__(self, other: Any) -> bool: return self.compared(other) > 0
    def __ge__(self, other: Any) -> bool: return self.compared(other) >= 0
    def __eq__(self, other: object) -> bool: return self.compared(other) == 0
    def __hash__(self) -> int: return id(self)
    # fmt: on

    def __bool__(self) -> bool:
        return bool(self.value != 0)

    def compared(self, other: Any) -> Any:
        other = self.lift(other).value
        difference = self.value - other
        Jet.ties += abs(difference) <= max(abs(other) * 1e-12, Jet.resolution)
        return difference


def power_of(x: Jet, p: Any) -> Jet:
    """Compute x**p for a constant p. UndefinedError if x is only what rounding left of 0, as of sin(745 * pi)."""
    if p < 0 and 0 < abs(x.value) < mpf(10) ** (100 - mpmath.mp.dps):
        raise UndefinedError
    derivatives, factor = [], mpf(1)
    for k in range(ORDER + 1):
        if factor == 0:
            derivatives.append(mpf(0))
            continue
        if (x.value == 0 and p - k < 0) or (x.value < 0 and p != int(p)):
            raise UndefinedError
        derivatives.append(factor * x.value ** (p - k))
        factor *= p - k
    return x.of(derivatives)


def _tan(x: Any) -> list[Any]:
    t = mpmath.tan(x)
    s = 1 + t * t
    return [t, s, 2 * t * s, s * (2 + 6 * t * t), s * t * (16 + 24 * t * t)]


def _tanh(x: Any) -> list[Any]:
    t, s = mpmath.tanh(x), mpmath.sech(x) ** 2
    return [t, s, -2 * t * s, 4 * t * t * s - 2 * s * s, 16 * t * s * s - 8 * t**3 * s]


def _asin(x: Any) -> list[Any]:
    if abs(x) >= 1:
        raise UndefinedError
    r = 1 / mpmath.sqrt((1 - x) * (1 + x))
    return [mpmath.asin(x), r, x * r**3, (1 + 2 * x * x) * r**5, 3 * x * (3 + 2 * x * x) * r**7]


def _atan(x: Any) -> list[Any]:
    u = 1 / (1 + x * x)
    return [mpmath.atan(x), u, -2 * x * u**2, (6 * x * x - 2) * u**3, 24 * x * (1 - x * x) * u**4]


def _erf(x: Any) -> list[Any]:
    g = 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-x * x)
    return [mpmath.erf(x), g, -2 * x * g, (4 * x * x - 2) * g, (12 * x - 8 * x**3) * g]


def _log(x: Any) -> list[Any]:
    if x <= 0:
        raise UndefinedError
    return [mpmath.log(x), 1 / x, -1 / x**2, 2 / x**3, -6 / x**4]


def _inverse_hyperbolic(f: Callable[[Any], Any], inside: Callable[[Any], bool], p: Any, *factors: tuple[int, int]) -> Any:
    """f, whose derivative is the product of all (a + b * x)**p; outside of its domain it is undefined."""

    def derivatives(x: Any) -> list[Any]:
        if not inside(x):
            raise UndefinedError
        slope = math.prod((power_of(Jet({(0,): mpf(a + b * x), (1,): mpf(b)}), p) for a, b in factors), start=mpf(1))
        return [f(x), *(slope.derivative(*[0] * k) for k in range(ORDER))]

    return derivatives


def _asinh(x: Any) -> list[Any]:
    slope = power_of(Jet({(0,): 1 + x * x, (1,): 2 * x, (2,): mpf(1)}), mpf(-1) / 2)
    return [mpmath.asinh(x), *(slope.derivative(*[0] * k) for k in range(ORDER))]


def _floor(x: Any) -> Any:
    """floor(x), where x may be a quotient of whole numbers that was rounded to 1000 digits."""
    nearest = mpmath.nint(x)
    return nearest if abs(x - nearest) <= abs(x) * mpf(10) ** -900 else mpmath.floor(x)


def _flat(f: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    def derivatives(x: Any) -> list[Any]:
        Jet.ties += abs(x - mpmath.nint(x)) <= max(abs(x) * 1e-12, Jet.resolution)  # a jump, or a corner
        return [f(x), *[mpf(0)] * ORDER]

    return derivatives


FUNCTIONS: dict[str, Callable[[Any], list[Any]]] = {
    "exp": lambda x: [mpmath.exp(x)] * 5,
    "expm1": lambda x: [mpmath.expm1(x), *[mpmath.exp(x)] * 4],
    "log": _log,
    "log1p": lambda x: [*_log(1 + x)],
    "sin": lambda x: [mpmath.sin(x), mpmath.cos(x), -mpmath.sin(x), -mpmath.cos(x), mpmath.sin(x)],
    "cos": lambda x: [mpmath.cos(x), -mpmath.sin(x), -mpmath.cos(x), mpmath.sin(x), mpmath.cos(x)],
    "sinh": lambda x: [(mpmath.sinh, mpmath.cosh)[k % 2](x) for k in range(5)],
    "cosh": lambda x: [(mpmath.cosh, mpmath.sinh)[k % 2](x) for k in range(5)],
    "tan": _tan,
    "tanh": _tanh,
    "asin": _asin,
    "acos": lambda x: [mpmath.acos(x), *[-d for d in _asin(x)[1:]]],
    "atan": _atan,
    "erf": _erf,
    "asinh": _asinh,
    "acosh": _inverse_hyperbolic(mpmath.acosh, lambda x: x > 1, mpf(-1) / 2, (-1, 1), (1, 1)),
    "atanh": _inverse_hyperbolic(mpmath.atanh, lambda x: abs(x) < 1, -1, (1, -1), (1, 1)),
    "floor": _flat(_floor),
    "sign": _flat(mpmath.sign),
}


def function(name: str) -> Callable[[Any], Any]:
    """Make an elementary function of jets and of plain numbers."""
    return lambda x: x.of(FUNCTIONS[name](x.value)) if isinstance(x, Jet) else FUNCTIONS[name](mpf(x))[0]


def _abs(x: Any) -> Any:
    return x if x >= 0 else -x


def _atan2(y: Jet, x: Jet) -> Jet:
    if y.value == x.value == 0:
        raise UndefinedError
    angle = function("atan")(y / x) if _abs(x.value) > _abs(y.value) else -function("atan")(x / y)
    return angle + (mpmath.atan2(y.value, x.value) - angle.value)


NAMES: dict[str, Any] = {name: function(name) for name in FUNCTIONS}
NAMES |= {"where": lambda c, x, y: x if c else y, "abs": _abs, "max": max, "min": min, "sum": sum, "zip": zip}
NAMES |= {"pi": mpmath.pi}
NAMES |= {"sqrt": lambda x: power_of(x, mpf(1) / 2) if isinstance(x, Jet) else mpmath.sqrt(x), "atan2": _atan2}
NAMES |= {"sigmoid": lambda x: 1 / (1 + function("exp")(-x))}


@cache
def _code(formula: str) -> Any:
    return compile(formula, formula, "eval")


def orders(n: int, degree: int) -> list[Exponents]:
    """List all exponents of n variables with this total degree."""
    return [e for e in product(range(degree + 1), repeat=n) if sum(e) == degree]


def variables(point: Sequence[float]) -> list[Jet]:
    """Make one jet for each operand."""
    n = len(point)
    return [Jet({(0,) * n: mpf(x), tuple(int(k == i) for k in range(n)): mpf(1)}) for i, x in enumerate(point)]


def evaluate(row: Operation, operands: Sequence[Any]) -> Any:
    """Evaluate an operation's formula on jets and numbers. Raises UndefinedError where it has no value."""
    jet = next((x for x in operands if isinstance(x, Jet)), None)
    if jet is None:
        return row.evaluate(*operands)[0]
    operands = [jet.lift(x) for x in operands]
    names = dict(zip(row.operands, row.split(operands) if isinstance(row, Variadic) else operands))
    try:
        return eval(_code(row.formula), {**NAMES, **names})  # the text comes from operations.py
    except (ZeroDivisionError, ValueError):
        raise UndefinedError from None


def derivatives(row: Operation, point: Sequence[float]) -> tuple[dict[Exponents, Any], bool]:
    """Compute the value and all partial derivatives up to ORDER, keyed by how often each operand is differentiated, and
    whether the point lies on a corner or jump of the formula. UndefinedError where the formula is."""
    with mpmath.workdps(MORE_DIGITS.get(row.name, DIGITS)):
        jets = variables(point)
        Jet.ties = 0
        result = jets[0].lift(evaluate(row, jets))
        found = {}
        for degree in range(ORDER + 1):
            for exponents in orders(len(point), degree):
                factor = math.prod(map(math.factorial, exponents))
                found[exponents] = result.terms.get(exponents, mpf(0)) * factor
        return found, Jet.ties > 0
