"""Operations as instructions: each operation is run once on symbols that record the arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from itertools import chain
from typing import Any

from autograd import floats
from autograd.operation import TABLE, Op, Variadic
from autograd.program.instructions import SET

VALUE = -1  # in place of an operand's index: the operation itself, not a partial derivative


class Template:
    """Instructions whose operands are places in a list: the places of their inputs, then those of their results.

    A negative operand -1 - k is the constant `numbers[k]`. results: the places of the requested results.
    """

    def __init__(self) -> None:
        self.codes: list[int] = []
        self.operands: list[tuple[int, ...]] = []
        self.numbers: list[float] = []
        self.results: list[int] = []


class Symbol:
    """The place of a value. Arithmetic on symbols appends instructions to their template."""

    __slots__ = ("m", "place")

    def __init__(self, m: Arithmetic, place: int) -> None:
        self.m, self.place = m, place

    # fmt: off
    def __add__(self, other: Any) -> Symbol: return self.m.emit("add", self, other)
    def __radd__(self, other: Any) -> Symbol: return self.m.emit("add", other, self)
    def __sub__(self, other: Any) -> Symbol: return self.m.emit("sub", self, other)
    def __rsub__(self, other: Any) -> Symbol: return self.m.emit("sub", other, self)
    def __mul__(self, other: Any) -> Symbol: return self.m.emit("mul", self, other)
    def __rmul__(self, other: Any) -> Symbol: return self.m.emit("mul", other, self)
    def __neg__(self) -> Symbol: return self.m.emit("neg", self)
    def __lt__(self, other: Any) -> Symbol: return self.m.emit("lt", self, other)
    def __le__(self, other: Any) -> Symbol: return self.m.emit("le", self, other)
    def __gt__(self, other: Any) -> Symbol: return self.m.emit("lt", other, self)
    def __ge__(self, other: Any) -> Symbol: return self.m.emit("le", other, self)
    # fmt: on


class Arithmetic:
    """The namespace `m` for symbols: all instructions, and the sum and maximum of many symbols."""

    differentiable = False

    def __init__(self, places: int) -> None:
        self.template = Template()
        self.places = places

    def __getattr__(self, name: str) -> Any:
        if name in SET:
            return lambda *xs: self.emit(name, *xs)
        if name in TABLE:
            return partial(TABLE[name].definition, self)
        raise AttributeError(f"programs have no instruction {name!r}: add a row to autograd/program/instructions.py")

    def emit(self, name: str, *xs: Any) -> Symbol:
        """Append the instruction name(*xs) of symbols and numbers."""
        places = tuple(map(self.place, xs))
        self.template.codes.append(SET[name].code)
        self.template.operands.append(places)
        self.places += 1
        return Symbol(self, self.places - 1)

    def place(self, x: Any) -> int:
        """Return the place of a symbol or number."""
        if isinstance(x, Symbol):
            return x.place
        self.template.numbers.append(float(x))
        return -len(self.template.numbers)

    def cond(self, condition: Any, if_true: Callable[[], Any], if_false: Callable[[], Any]) -> Symbol:
        return self.emit("where", condition, if_true(), if_false())

    def sum(self, terms: Iterable[Any]) -> Any:
        return floats.sum(terms)

    def amax(self, xs: Iterable[Any]) -> Any:
        largest: Any = -math.inf
        for x in xs:
            largest = self.emit("larger", largest, x)
        return largest


@lru_cache(maxsize=1024)
def template(row: Op, n: int, which: int) -> Template:
    """Run an operation on n operands (places 0 to n - 1): its value, or its derivative with respect to operand `which`.

    Derivatives find the result in place n. Those of a variadic operation come together, for which = 0.
    """
    m = Arithmetic(n if which == VALUE else n + 1)
    xs: list[Any] = [Symbol(m, i) for i in range(n)]
    arguments = row.split(xs) if isinstance(row, Variadic) else xs
    if which == VALUE:
        results = [row.definition(m, *arguments)]
    else:
        results = row.partials[which](m, *arguments, Symbol(m, n))
        results = list(chain.from_iterable(results)) if isinstance(row, Variadic) else [results]
    m.template.results.extend(map(m.place, results))
    return m.template
