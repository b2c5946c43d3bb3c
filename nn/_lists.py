"""Arrays as lists, for Python without NumPy, as in a browser: the parts of NumPy that training without programs needs.

Optimisers, `fit`, `predict` and `state_dict` then give the same numbers, up to rounding. Anything else raises a
ModuleNotFoundError that says so.

>>> x = array([[1.0, 2.0], [3.0, 4.0]])
>>> (2 * x + 1).tolist(), x.shape, float(linalg.norm(x))
([[3.0, 5.0], [7.0, 9.0]], (2, 2), 5.477225575051661)
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import Any

float64 = float


def divide(x: float, y: float) -> float:
    """Return x / y of two numbers; inf or nan where Python raises an error."""
    if y:
        return x / y
    return math.copysign(math.inf, x) * math.copysign(1.0, y) if x and x == x else math.nan


def _power(x: float, y: float) -> float:
    """Return x ** y; inf where Python raises an error."""
    try:
        return float(x**y)
    except OverflowError:
        return math.inf


class ndarray(list[Any]):  # noqa: N801  NumPy's name
    """Numbers, or rows of equal length, with arithmetic element by element; one number applies to all elements."""

    dtype: type = float

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of elements in each dimension."""
        return (len(self), *(self[0].shape if self and isinstance(self[0], ndarray) else ()))

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    def tolist(self) -> list[Any]:
        """Return the elements as plain lists."""
        return [x.tolist() if isinstance(x, ndarray) else x for x in self]

    def ravel(self) -> ndarray:
        """Return all elements in one dimension."""
        return ndarray(_numbers(self))

    def copy(self) -> ndarray:
        """Return a copy that shares nothing with the original."""
        return ndarray(_copied(self))

    def __getitem__(self, index: Any) -> Any:
        return ndarray(self[int(i)] for i in index) if isinstance(index, list) else super().__getitem__(index)

    def __add__(self, other: Any) -> ndarray:
        return _each(operator.add, self, other)

    def __radd__(self, other: Any) -> ndarray:
        return _each(operator.add, other, self)

    def __sub__(self, other: Any) -> ndarray:
        return _each(operator.sub, self, other)

    def __rsub__(self, other: Any) -> ndarray:
        return _each(operator.sub, other, self)

    def __mul__(self, other: Any) -> ndarray:
        return _each(operator.mul, self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> ndarray:
        return _each(divide, self, other)

    def __pow__(self, other: Any) -> ndarray:
        return _each(_power, self, other)

    def __gt__(self, other: Any) -> ndarray:  # type: ignore[override]
        return _each(operator.gt, self, other)

    def __eq__(self, other: object) -> ndarray:  # type: ignore[override]
        return _each(operator.eq, self, other)


class Number(float):
    """A number with the attributes of an array without dimensions."""

    shape: tuple[()] = ()

    def tolist(self) -> float:
        """Return a plain number."""
        return float(self)

    def ravel(self) -> ndarray:
        """Return it in one dimension."""
        return ndarray([float(self)])


def array(x: Any, dtype: type | None = None) -> Any:
    """Return a number as a `Number`, and nested sequences of numbers as a new ndarray. ValueError if row shapes differ."""
    return _copied(x) if hasattr(x, "__len__") and not isinstance(x, str) else Number(x)


asarray = ascontiguousarray = array


def zeros(n: int) -> ndarray:
    """Return n zeros."""
    return ndarray([0.0] * n)


def sqrt(x: Any) -> Any:
    """Return the square root of each number; nan for negative ones."""
    if isinstance(x, ndarray):
        return ndarray(map(sqrt, x))
    return math.sqrt(x) if x >= 0 else math.nan


def sum(x: ndarray) -> float:
    """Return the sum of all numbers."""
    total = 0.0
    for number in _numbers(x):
        total += number
    return total


def mean(x: ndarray) -> float:
    """Return the mean of all numbers."""
    return sum(x) / len(_numbers(x))


def dot(x: Iterable[float], y: Iterable[float]) -> float:
    """Return the sum of the products of two sequences."""
    return sum(ndarray(map(operator.mul, x, y)))


def argmax(x: Any, axis: int | None = None) -> Any:
    """Return the index of the largest number, or with axis=1 that of each row."""
    return max(range(len(x)), key=x.__getitem__) if axis is None else ndarray(map(argmax, x))


def errstate(**_: str) -> nullcontext[None]:
    """Return a context manager that does nothing: no arithmetic here warns."""
    return nullcontext()


class linalg:  # noqa: N801  NumPy's name
    """Norms."""

    @staticmethod
    def norm(x: ndarray) -> float:
        """Return the root of the sum of squares."""
        return float(sqrt(sum(x * x)))


def _copied(x: Any) -> Any:
    if not hasattr(x, "__len__"):
        return float(x)
    rows = ndarray(map(_copied, x))
    if len({row.shape if isinstance(row, ndarray) else () for row in rows}) > 1:
        raise ValueError("the rows of an array must have one shape")
    return rows


def _each(function: Callable[[Any, Any], Any], x: Any, y: Any) -> ndarray:
    if isinstance(x, ndarray) and isinstance(y, ndarray):
        if len(x) != len(y):
            raise ValueError(f"arrays of {len(x)} and {len(y)} elements do not match")
        return ndarray(_each(function, a, b) if isinstance(a, ndarray) else function(a, b) for a, b in zip(x, y))
    if isinstance(x, ndarray):
        return ndarray(_each(function, a, y) if isinstance(a, ndarray) else function(a, y) for a in x)
    return ndarray(_each(function, x, b) if isinstance(b, ndarray) else function(x, b) for b in y)


def _numbers(x: Any) -> list[Any]:
    return [number for inner in x for number in _numbers(inner)] if isinstance(x, ndarray) else [x]


def __getattr__(name: str) -> Any:
    if name.startswith("__"):  # what the import system looks for
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    raise ModuleNotFoundError(f"this needs NumPy (np.{name}), which is not installed here: pip install numpy", name="numpy")
