"""IEEE arithmetic on Python floats: the namespace in which the rows of operations.py are plain numbers.

Python's `math` calls the same C library, but raises where IEEE 754 has an answer: `exp(1000)` is inf here, `log(0)` is
-inf, `div(1, 0)` is inf and `pow(-2, 0.5)` is nan. The names are those of the operations, so a row reads the same on
floats, on Values, on NumPy arrays and on the symbols that print its C code.
"""

import math
from collections.abc import Callable, Iterable
from math import inf, nan
from numbers import Real
from typing import Any

Function = Callable[[float], float]
_python_abs = abs
differentiable: bool = False  # True in an arithmetic whose results will be differentiated again


def _ieee(
    function: Callable[[float], float], overflow: Callable[[float], float] = lambda x: inf
) -> Callable[[float], float]:
    """Make `function` answer nan outside its domain and `overflow(x)` beyond the largest float."""

    def total(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return nan
        except OverflowError:
            return overflow(x)

    return total


def _with_pole(function: Callable[[float], float], pole: float) -> Callable[[float], float]:
    """Make `function` answer -inf at `pole` and nan outside its domain."""

    def total(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return -inf if x == pole else nan

    return total


exp: Function = _ieee(math.exp)
expm1: Function = _ieee(math.expm1)
cosh: Function = _ieee(math.cosh)
sinh: Function = _ieee(math.sinh, lambda x: math.copysign(inf, x))
log: Function = _with_pole(math.log, 0.0)
log2: Function = _with_pole(math.log2, 0.0)
log10: Function = _with_pole(math.log10, 0.0)
log1p: Function = _with_pole(math.log1p, -1.0)
sqrt: Function = _ieee(math.sqrt)
sin: Function = _ieee(math.sin)
cos: Function = _ieee(math.cos)
tan: Function = _ieee(math.tan)
asin: Function = _ieee(math.asin)
acos: Function = _ieee(math.acos)
asinh: Function = _ieee(math.asinh)
acosh: Function = _ieee(math.acosh)
abs: Function = math.fabs
tanh: Function = math.tanh
atan: Function = math.atan
atan2: Callable[[float, float], float] = math.atan2
erf: Function = math.erf
erfc: Function = math.erfc


def where(condition: bool | float, x: float, y: float) -> float:
    """Return x where the condition holds (is not zero), else y."""
    return x if condition else y


def cond(condition: bool, if_true: Callable[[], float], if_false: Callable[[], float]) -> float:
    """Return what `where` does, but compute only the branch taken."""
    return if_true() if condition else if_false()


def equal(x: float, y: float) -> bool:
    """True if the two numbers are equal."""
    return x == y


def div(x: float, y: float) -> float:
    """Return x / y, with inf and nan where Python raises ZeroDivisionError."""
    try:
        return x / y
    except ZeroDivisionError:
        return nan if math.isnan(x) or x == 0.0 else math.copysign(inf, x) * math.copysign(1.0, y)


def atanh(x: float) -> float:
    """The inverse of tanh: infinite at 1 and -1, nan beyond."""
    return math.atanh(x) if -1.0 < x < 1.0 else math.copysign(inf, x) if x in (1.0, -1.0) else nan


def fmod(x: float, y: float) -> float:
    """Return C's fmod(x, y), the remainder with the sign of x; nan where x is infinite or y is 0."""
    return math.fmod(x, y) if y != 0.0 and not math.isinf(x) else nan


def pow(x: float, y: float) -> float:
    """Return C's pow(x, y): a negative base with a fractional exponent is nan, 0 to a negative power is an infinity."""
    try:
        return math.pow(x, y)
    except (OverflowError, ValueError):
        if x < 0 and y % 1:
            return nan
        return math.copysign(inf, x) if y % 2 == 1 else inf


def hypot(x: float, y: float) -> float:
    """Return sqrt(x**2 + y**2) by the C library's hypot; `math.hypot` has an algorithm of its own."""
    try:
        return _python_abs(complex(x, y))
    except OverflowError:  # which Python may raise for a nan, too, if an earlier overflow is still on record
        return inf if x == x and y == y else nan


def floor(x: float) -> float:
    """The largest whole number <= x, as a float."""
    try:
        return float(math.floor(x)) or x * 0.0
    except (OverflowError, ValueError):
        return x


def sum(terms: Iterable[float]) -> float:
    """The terms added one after another. (Since Python 3.12 the built-in sum compensates its rounding errors.)"""
    total = 0.0
    for term in terms:
        total += term
    return total


def amax(xs: Iterable[float]) -> float:
    """The largest, or nan if any is nan."""
    largest = -inf
    for x in xs:
        largest = x if x > largest or x != x else largest
    return largest


PRIMITIVES: frozenset[str] = frozenset(globals()) - {
    "Function",
    "__annotations__",
}  # every arithmetic has these; all other operations are made of them


def as_float(x: Any) -> float | None:
    """Return x as a float if it is one plain number (int, float, bool, Fraction, NumPy scalar), otherwise None."""
    if isinstance(x, Real) or (type(x).__name__ in ("bool", "bool_") and hasattr(x, "dtype")):  # np.bool is not a Real
        return float(x)
    return None


def require(x: Any, what: str) -> float:
    """Return `as_float(x)`; raises TypeError, naming `what`, if x is not a plain number."""
    number = as_float(x)
    if number is None:
        raise TypeError(f"{what} takes plain numbers (int, float, bool, NumPy scalar), got {type(x).__name__}: {x!r}")
    return number
