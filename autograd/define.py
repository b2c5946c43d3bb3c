"""Operations defined at run time: rows of the table like any other, but without C."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd.engine import call, functions
from autograd.operations import TABLE, Interval, Operation, Partial


def define(
    name: str,
    formula: str,
    value: Callable[..., Any],
    *partials: Partial,
    symbol: str = "",
    domain: Sequence[Sequence[Interval]] = (),
    note: str = "",
) -> Callable[..., Any]:
    """Define an operation, and return the function that records it.

    name      the name of the operation, not yet in use
    formula   the textbook definition, in Python syntax
    value     value(m, x, ...) -> the result; it uses + - * and comparisons, and takes everything else from `m`: `m.div`,
              `m.exp`, `m.where(condition, x, y)`, ... and every other operation
    partials  for each operand, (rule in words, partial(m, x, ..., result) -> the derivative with respect to it)
    symbol    its symbol in drawings; domain, note: as in `autograd.operations.Operation`

    Raises ValueError if an operation of this name exists.

    >>> from autograd import Value, define
    >>> cube = define("cubed", "x**3", lambda m, x: x * x * x, ("3 * x**2", lambda m, x, y: 3.0 * x * x))
    >>> x = Value(2.0)
    >>> cube(x).backward()
    >>> cube(2), x.grad
    (8.0, 12.0)
    """
    return function_of(Operation(name, formula, value, *partials, symbol=symbol, domain=domain, note=note))


def function_named(name: str) -> Callable[..., Any]:
    """The function of the operation of this name."""
    return getattr(functions, name, None) or function_of(TABLE[name])


def function_of(row: Operation) -> Callable[..., Any]:
    """Make the function of a row of the table that functions.py does not have."""
    from inspect import Parameter, Signature  # slow to import

    defaults = (Parameter.empty,) * (row.arity - len(row.defaults)) + row.defaults
    kind = Parameter.POSITIONAL_OR_KEYWORD
    signature = Signature([Parameter(x, kind, default=default) for x, default in zip(row.operands, defaults)])

    def function(*operands: Any, **named: Any) -> Any:
        given = signature.bind(*operands, **named)
        given.apply_defaults()
        return call(row, given.args)

    function.__signature__ = signature  # type: ignore[attr-defined]  # which `inspect` reads
    function.__name__ = function.__qualname__ = row.name
    rules = "\n".join(f"Derivative with respect to {x}: {rule}" for x, rule in zip(row.operands, row.rules))
    function.__doc__ = f"Return {row.formula}.\n\n{rules}\n{row.note}".rstrip()
    return function
