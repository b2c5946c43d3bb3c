"""What a row of the table of operations is. The rows themselves are in `ops.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from math import isfinite
from numbers import Real
from typing import TYPE_CHECKING, Any, overload

from autograd import floats

if TYPE_CHECKING:
    import numpy as np

    from autograd.value import Value

    Array = np.ndarray[Any, Any]

Interval = tuple[float, float]
Partial = tuple[str, Callable[..., Any]]

TABLE: dict[str, Op] = {}  # every row, by name
ROWS: list[Any] = [None]  # every row, by code; 0 is the code of Values that no operation made


def as_float(x: Any) -> float | None:
    """x as a float if it is one plain number (int, float, bool, Fraction, NumPy scalar), else None."""
    if isinstance(x, Real) or (type(x).__name__ in ("bool", "bool_") and hasattr(x, "dtype")):  # np.bool is not a Real
        return float(x)
    return None


def require(x: Any, what: str) -> float:
    """`as_float(x)`, or a TypeError that says what was given."""
    number = as_float(x)
    if number is None:
        raise TypeError(f"{what} takes plain numbers (int, float, bool, NumPy scalar), got {type(x).__name__}: {x!r}")
    return number


class Op:
    """An operation on a fixed number of operands.

    name      how programs call it, `autograd.name(x)`; `symbol` is what drawings show
    formula   the textbook definition, in Python syntax
    operands  the operands' names; trailing ones may have a default
    value     value(m, x, ...) -> the result, stable for every float
    rules     the derivative towards each operand, in words
    partials  one partial(m, x, ..., result) -> derivative for each operand
    domain    for each operand, the intervals in which tests may sample it, away from kinks
    """

    def __init__(
        self,
        name: str,
        formula: str,
        value: Callable[..., Any],
        *partials: Partial,
        symbol: str = "",
        domain: Sequence[Sequence[Interval]] = (),
        note: str = "",
    ) -> None:
        if name in TABLE:
            raise ValueError(f"there is an operation {name!r} already: {TABLE[name]!r}")
        self.code = len(ROWS)
        self.name, self.formula, self.symbol = name, formula, symbol or name
        self.value = value
        self.operands = value.__code__.co_varnames[1 : value.__code__.co_argcount]
        self.arity = len(self.operands)
        self.defaults = value.__defaults__ or ()
        self.rules = tuple(rule for rule, _ in partials)
        self.partials = tuple(partial for _, partial in partials)
        self.dx: Any
        self.dy: Any
        self.dz: Any
        self.dx, self.dy, self.dz = (*self.partials, None, None)[:3]
        self.domain = domain or [[(-3.0, 3.0)]] * self.arity
        self.note = note
        self.__doc__ = f"{name}({', '.join(self.operands)}) = {formula}. {note}".strip()
        self.__name__ = name
        TABLE[name] = self
        ROWS.append(self)

    @overload
    def __call__(self, *operands: float, **named: float | None) -> float: ...  # type: ignore[overload-overlap]  # numbers first
    @overload
    def __call__(self, *operands: Value | float | None, **named: Value | float | None) -> Value: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, *operands: Array | Value | float | None, **named: Array | Value | float | None) -> Array: ...
    def __call__(self, *operands: Any, **named: Any) -> Any:
        """The operation on Values and numbers: a Value if any operand is one, else a float. On arrays, elementwise."""
        if named or len(operands) != self.arity or any(operand is None for operand in operands):
            operands = self._complete(operands, named)
        try:
            for operand in operands:
                if hasattr(operand, "record"):
                    return operand.record(self, operands)
            return self.value(floats, *(require(operand, self.name) for operand in operands))
        except TypeError:
            if not any(hasattr(x, "__array_ufunc__") and not hasattr(x, "record") for x in operands):
                raise
        return self._on_arrays(operands)

    def _on_arrays(self, operands: tuple[Any, ...]) -> Any:
        """The operation on each element, with NumPy's broadcasting: an array of floats if no operand holds objects."""
        import numpy as np

        with np.errstate(all="ignore"):
            result = np.frompyfunc(self, len(operands), 1)(*operands)
        return result if any(np.asarray(x).dtype == object for x in operands) else np.asarray(result, dtype=float)[()]

    def evaluate(self, *numbers: float) -> tuple[float, tuple[float, ...]]:
        """The result on floats, and the derivative towards each operand."""
        result = self.value(floats, *numbers)
        return result, tuple(partial(floats, *numbers, result) for partial in self.partials)

    def _complete(self, given: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        """The operands in order, with keywords in their places and defaults where none (or None) was given."""
        default = dict(zip(self.operands[::-1], self.defaults[::-1]))
        unknown = [name for name in named if name not in self.operands[len(given) :]]
        operands = {**default, **dict(zip(self.operands, given)), **named}
        missing = [name for name in self.operands if operands.get(name) is None and name not in default]
        if unknown or missing or len(given) > self.arity:
            problem = (
                f"no operand {unknown[0]!r} to give" if unknown else f"{missing[0]!r} is missing" if missing else "too many"
            )
            raise TypeError(f"{self.name}({', '.join(self.operands)}): {problem}, got {len(given)} operands and {named}")
        return tuple(default[name] if operands[name] is None else operands[name] for name in self.operands)

    def __repr__(self) -> str:
        return f"<operation {self.__doc__}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return row_named, (self.name,)


class Variadic(Op):
    """An operation on any number of operands: one sequence of them, or two of the same length (`dot`).

    Its lambdas take sequences: value(m, xs), and one partials(m, xs, result) -> for each sequence, the derivative towards
    each of its elements. Here they are flattened, because a node has one row of operands.
    """

    def __init__(self, name: str, formula: str, value: Callable[..., Any], rule: Partial, **rest: Any) -> None:
        super().__init__(name, formula, value, rule, **rest)
        self.sequences = self.arity

    def __call__(self, *sequences: Any) -> Any:  # type: ignore[override]  # sequences here, not single operands
        """The operation on sequences of Values and numbers. (`autograd.sum` and its kin do the same, faster.)"""
        sequences = tuple(map(tuple, sequences))
        if len(sequences) != self.sequences or len({len(xs) for xs in sequences}) != 1:
            given = ", ".join(str(len(xs)) for xs in sequences)
            raise ValueError(f"{self.name} takes {self.sequences} sequence(s) of one length, got lengths {given}")
        flat = tuple(chain.from_iterable(sequences))
        for operand in flat:
            if hasattr(operand, "record"):
                return operand.record(self, flat)
        result = self.evaluate(*(require(operand, self.name) for operand in flat))[0]
        if not flat and not isfinite(result):  # a sum of nothing is 0, but there is no largest of nothing
            raise ValueError(f"{self.name} needs at least one operand, got none")
        return result

    def evaluate(self, *numbers: float) -> tuple[float, tuple[float, ...]]:
        out = [0.0] * len(numbers)
        result = self.result(floats, numbers, len(numbers))
        self.local_grads(floats, numbers, len(numbers), result, out)
        return result, tuple(out)

    def result(self, m: Any, data: Sequence[Any], n: int) -> Any:
        """The value, from the n flat operands."""
        return self.value(m, *self.split(data))

    def local_grads(self, m: Any, data: Sequence[Any], n: int, result: Any, out: list[Any]) -> None:
        """The derivative towards each of the n flat operands, into `out`."""
        out[:] = chain.from_iterable(self.partials[0](m, *self.split(data), result))

    def split(self, data: Sequence[Any]) -> list[Sequence[Any]]:
        """The flat operands as the sequences that the row was written for."""
        n = len(data) // self.sequences
        return [data[i * n : (i + 1) * n] for i in range(self.sequences)]


def row_named(name: str) -> Op:
    """The row of this name; ValueError if there is none."""
    if name not in TABLE:
        raise ValueError(f"no operation {name!r} in autograd.ops.TABLE: define its row first")
    return TABLE[name]
