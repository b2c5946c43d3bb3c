"""The operations: what a row of the table is (`Operation`), and the table itself, one row for each operation.

A row is data. It says what an operation is (`formula`), how to compute it without overflow (`definition`), and its
derivative with respect to each operand, in words (`rules`) and as functions of the operands and the result (`partials`).
Everything else is derived from the row: the public function (functions.py), the C of the compiled build, the
instructions of programs, the recorded derivative that is differentiated again, the table in docs/operations.md.

The first argument `m` of each function is the arithmetic to use: symbols (symbols.py), from which Python, C and JavaScript
are generated, or floats (floats.py), for sequences of any length. A row therefore uses operators only for + - * and
comparisons, and takes the rest from `m`: the C library's functions, `where`, `cond` and every other row.

The rules are the textbook's. Where a textbook formula cancels or overflows, the function has another form (formulas.py), so
that derivatives up to the third order keep their digits (`python -m tests.accuracy`). Edge cases follow PyTorch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

from autograd import floats
from autograd import formulas as exact
from autograd.symbols import as_python

Interval = tuple[float, float]
Partial = tuple[str, Callable[..., Any]]

TABLE: dict[str, Operation] = {}  # every row by its name
BY_CODE: list[Any] = [None]  # every row by its code; 0 is the code of leaves


class Operation:
    """A row of the table: an operation on a fixed number of operands.

    name      the name of the function, `autograd.name(x)`; `symbol` is shown in drawings
    formula   the textbook definition, in Python syntax
    operands  the names of the operands; trailing ones may have a default
    definition  its function: value(m, x, ...) -> the result, stable for every float
    rules     the derivative with respect to each operand, in words
    partials  for each operand, partial(m, x, ..., result) -> the derivative with respect to it
    domain    for each operand, the intervals from which tests may sample it, away from kinks
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
            raise ValueError(f"an operation {name!r} exists already, {TABLE[name]!r}: choose another name")
        self.code: int = len(BY_CODE)
        self.name: str = name
        self.formula: str = formula
        self.symbol: str = symbol or name
        self.note: str = note
        self.definition: Callable[..., Any] = value
        self.operands: tuple[str, ...] = value.__code__.co_varnames[1 : value.__code__.co_argcount]
        self.arity: int = len(self.operands)
        self.defaults: tuple[Any, ...] = value.__defaults__ or ()
        self.rules: tuple[str, ...] = tuple(rule for rule, _ in partials)
        self.partials: tuple[Callable[..., Any], ...] = tuple(partial for _, partial in partials)
        self.domain: Sequence[Sequence[Interval]] = domain or [[(-3.0, 3.0)]] * self.arity
        TABLE[name] = self
        BY_CODE.append(self)

    # On floats: value(*operands), and the derivatives dx(*operands, result), dy.

    @cached_property
    def value(self) -> Callable[..., float]:
        return as_python(self.name, list(self.operands), self.definition, TABLE)

    @cached_property
    def slopes(self) -> tuple[Callable[..., float], ...]:
        names = [f"{self.name}_d{operand}" for operand in self.operands]
        return tuple(as_python(name, [*self.operands, "result_"], f, TABLE) for name, f in zip(names, self.partials))

    dx: cached_property[Callable[..., float]] = cached_property(lambda op: op.slopes[0])
    dy: cached_property[Callable[..., float]] = cached_property(lambda op: op.slopes[1])

    def result(self, numbers: Sequence[float], n: int) -> float:
        """The result, from a list of the n operands."""
        return self.value(*numbers)

    def local_grads(self, numbers: Sequence[float], n: int, result: float, out: list[float]) -> None:
        """Write the derivative with respect to each of the n operands into `out`."""
        out[:] = [slope(*numbers, result) for slope in self.slopes]

    def evaluate(self, *numbers: float) -> tuple[float, tuple[float, ...]]:
        """The result on floats, and the derivative with respect to each operand."""
        result, out = self.result(numbers, len(numbers)), [0.0] * len(numbers)
        self.local_grads(numbers, len(numbers), result, out)
        return result, tuple(out)

    def __repr__(self) -> str:
        return f"<operation {self.name}({', '.join(self.operands)}) = {self.formula}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return operation_named, (self.name,)


class Variadic(Operation):
    """An operation on sequences of any length: one, or two of the same length (`dot`).

    Its functions take sequences: value(m, xs), and one partial(m, xs, result) -> for each sequence, the list of the
    derivatives with respect to its elements. `result` and `local_grads` take the sequences one after another, as a node
    stores them.
    """

    def result(self, numbers: Sequence[float], n: int) -> float:
        """The result, from the sequences one after another: n numbers in all."""
        return self.definition(floats, *self.split(numbers))  # type: ignore[no-any-return]  # of floats, a float

    def local_grads(self, numbers: Sequence[float], n: int, result: float, out: list[float]) -> None:
        """Write the derivative with respect to each element of the sequences into `out`."""
        out[:] = chain.from_iterable(self.partials[0](floats, *self.split(numbers), result))

    def split(self, numbers: Sequence[Any]) -> list[Sequence[Any]]:
        """Split the operands of a node into the sequences that the row was written for."""
        n = len(numbers) // self.arity
        return [numbers[i * n : (i + 1) * n] for i in range(self.arity)]


def operation_named(name: str) -> Operation:
    """The row of this name; raises ValueError if there is none."""
    if name not in TABLE:
        raise ValueError(f"no operation {name!r} in autograd.operations.TABLE: define its row first")
    return TABLE[name]


# fmt: off
_ZERO, _ONE, _MINUS_ONE = (("0", lambda m, *xs: 0.0), ("1", lambda m, *xs: 1.0), ("-1", lambda m, *xs: -1.0))
_POSITIVE, _NONZERO, _INSIDE, _BESIDE = [(0.1, 4.0)], [(-3.0, -0.1), (0.1, 3.0)], [(-0.9, 0.9)], [(-3.0, -1.1), (1.1, 3.0)]
_TWOS = [(1.7, 2.3), (-2.3, -1.7)]
_IF: dict[str, Any] = {"domain": [_BESIDE, _INSIDE], "note": "A condition for `where`."}

# Arithmetic
Operation("add", "x + y", lambda m, x, y: x + y, _ONE, _ONE, symbol="+")
Operation("sub", "x - y", lambda m, x, y: x - y, _ONE, _MINUS_ONE, symbol="-")
Operation("mul", "x * y", lambda m, x, y: x * y, ("y", lambda m, x, y, z: y), ("x", lambda m, x, y, z: x), symbol="×")
Operation("div", "x / y", lambda m, x, y: m.div(x, y),
    ("1 / y", lambda m, x, y, z: m.div(1.0, y)),
    ("-x / y**2", lambda m, x, y, z: -m.div(z, y)), symbol="/", domain=[[(-3, 3)], _NONZERO])
Operation("pow", "x ** y", lambda m, x, y: m.pow(x, y),
    ("y * x**(y - 1)", exact.pow_dx),
    ("log(x) * x**y", exact.pow_dy), symbol="**", domain=[_POSITIVE, [(-3, 3)]],
    note="x**0 is 1, with gradient 0 at 0 too.")
Operation("neg", "-x", lambda m, x: -x, _MINUS_ONE, symbol="-")
Operation("abs", "abs(x)", lambda m, x: m.abs(x),
    ("sign(x)", lambda m, x, y: m.where(x > 0.0, 1.0, m.where(x < 0.0, -1.0, 0.0))),
    domain=[_NONZERO], note="Gradient 0 at 0.")

# Derivatives with rows of their own: if they were composed from other rows, their own derivatives would cancel
Operation("cos_angle", "x / sqrt(x**2 + y**2)", exact.cos_angle,
    ("y**2 / sqrt(x**2 + y**2)**3", lambda m, x, y, z: m.div(m.cos_angle(y, x) * m.cos_angle(y, x), m.hypot(x, y))),
    ("-x * y / sqrt(x**2 + y**2)**3", lambda m, x, y, z: -m.div(z * m.cos_angle(y, x), m.hypot(x, y))),
    symbol="cos∠", domain=[_NONZERO, _NONZERO], note="The cosine of the angle of the point (x, y): d hypot / dx.")
Operation("sigmoid_slope", "sigmoid(x) * (1 - sigmoid(x))", exact.sigmoid_slope,
    ("-tanh(x / 2) * sigmoid_slope(x)", lambda m, x, y: -(m.tanh(0.5 * x) * y)), symbol="sigmoid′",
    note="The derivative of sigmoid: the density of the logistic distribution.")
Operation("gaussian", "exp(-x**2 / 2)", lambda m, x: m.exp(-0.5 * (x * x)),
    ("-x * exp(-x**2 / 2)", exact.gaussian_dx), note="Its square is in the derivatives of erf and gelu.")

# Exponentials, powers, trigonometry
Operation("exp", "exp(x)", lambda m, x: m.exp(x), ("exp(x)", lambda m, x, y: y))
Operation("expm1", "exp(x) - 1", lambda m, x: m.expm1(x), ("exp(x)", lambda m, x, y: m.exp(x)), note="Accurate near 0.")
Operation("log", "log(x)", lambda m, x: m.log(x), ("1 / x", lambda m, x, y: m.div(1.0, x)), domain=[_POSITIVE])
Operation("log2", "log(x) / log(2)", lambda m, x: m.log2(x),
    ("1 / (x * log(2))", lambda m, x, y: m.div(1.0 / math.log(2.0), x)), domain=[_POSITIVE])
Operation("log10", "log(x) / log(10)", lambda m, x: m.log10(x),
    ("1 / (x * log(10))", lambda m, x, y: m.div(1.0 / math.log(10.0), x)), domain=[_POSITIVE])
Operation("log1p", "log(1 + x)", lambda m, x: m.log1p(x),
    ("1 / (1 + x)", lambda m, x, y: m.div(1.0, 1.0 + x)), domain=[[(-0.9, 3)]], note="Accurate near 0.")
Operation("exp2", "2 ** x", lambda m, x: m.pow(2.0, x), ("log(2) * 2**x", lambda m, x, y: math.log(2.0) * y))
Operation("cbrt", "sign(x) * abs(x) ** (1 / 3)", exact.cbrt,
    ("1 / (3 * abs(x) ** (2 / 3))", lambda m, x, y: m.div(1.0, 3.0 * (y * y))), domain=[_NONZERO])
Operation("sqrt", "sqrt(x)", lambda m, x: m.sqrt(x),
    ("1 / (2 * sqrt(x))", lambda m, x, y: m.div(0.5, y)), domain=[_POSITIVE])
Operation("sin", "sin(x)", lambda m, x: m.sin(x), ("cos(x)", lambda m, x, y: m.cos(x)))
Operation("cos", "cos(x)", lambda m, x: m.cos(x), ("-sin(x)", lambda m, x, y: -m.sin(x)))
Operation("tan", "tan(x)", lambda m, x: m.tan(x), ("1 + tan(x)**2", lambda m, x, y: 1.0 + y * y), domain=[[(-1.4, 1.4)]])
Operation("asin", "asin(x)", lambda m, x: m.asin(x),
    ("1 / sqrt(1 - x**2)", lambda m, x, y: exact.asin_dx(m, x)), domain=[_INSIDE])
Operation("acos", "acos(x)", lambda m, x: m.acos(x),
    ("-1 / sqrt(1 - x**2)", lambda m, x, y: -exact.asin_dx(m, x)), domain=[_INSIDE])
Operation("atan", "atan(x)", lambda m, x: m.atan(x),
    ("1 / (1 + x**2)", lambda m, x, y: m.cos_angle(1.0, x) * m.cos_angle(1.0, x)))
Operation("atan2", "atan2(y, x)", lambda m, y, x: m.atan2(y, x),
    ("x / (x**2 + y**2)", lambda m, y, x, z: exact.over_square(m, x, y)),
    ("-y / (x**2 + y**2)", lambda m, y, x, z: -exact.over_square(m, y, x)), domain=[_NONZERO, _NONZERO],
    note="Gradient 0 at the origin.")
Operation("sinh", "sinh(x)", lambda m, x: m.sinh(x), ("cosh(x)", lambda m, x, y: m.cosh(x)))
Operation("cosh", "cosh(x)", lambda m, x: m.cosh(x), ("sinh(x)", lambda m, x, y: m.sinh(x)))
Operation("tanh", "tanh(x)", lambda m, x: m.tanh(x), ("1 - tanh(x)**2", exact.tanh_dx))
Operation("asinh", "asinh(x)", lambda m, x: m.asinh(x), ("1 / sqrt(x**2 + 1)", lambda m, x, y: m.cos_angle(1.0, x)))
Operation("acosh", "acosh(x)", lambda m, x: m.acosh(x), ("1 / sqrt(x**2 - 1)", exact.acosh_dx), domain=[[(1.1, 4.0)]])
Operation("atanh", "atanh(x)", lambda m, x: m.atanh(x),
    ("1 / (1 - x**2)", lambda m, x, y: m.div(1.0, exact.one_minus_square(m, x))), domain=[_INSIDE])
Operation("sinc", "sin(pi * x) / (pi * x)", exact.sinc,
    ("(cos(pi * x) - sin(pi * x) / (pi * x)) / x", exact.sinc_dx), domain=[_NONZERO], note="1 at 0.")
Operation("hypot", "sqrt(x**2 + y**2)", lambda m, x, y: m.hypot(x, y),
    ("x / sqrt(x**2 + y**2)", lambda m, x, y, z: m.cos_angle(x, y)),
    ("y / sqrt(x**2 + y**2)", lambda m, x, y, z: m.cos_angle(y, x)), domain=[_NONZERO, _NONZERO])
Operation("erf", "erf(x)", lambda m, x: m.erf(x), ("2 / sqrt(pi) * exp(-x**2)", lambda m, x, y: exact.erf_dx(m, x)))
Operation("erfc", "1 - erf(x)", lambda m, x: m.erfc(x), ("-2 / sqrt(pi) * exp(-x**2)", lambda m, x, y: -exact.erf_dx(m, x)))

# Activations
Operation("sigmoid", "1 / (1 + exp(-x))", exact.sigmoid,
    ("sigmoid(x) * (1 - sigmoid(x))", lambda m, x, y: m.sigmoid_slope(x)))
Operation("logsigmoid", "-log(1 + exp(-x))", lambda m, x: m.where(x > 0.0, 0.0, x) - m.log1p(m.exp(-m.abs(x))),
    ("sigmoid(-x)", lambda m, x, y: m.sigmoid(-x)), note="log(sigmoid(x)) without underflow.")
Operation("softplus", "log(1 + exp(x))", lambda m, x: m.where(x < 0.0, 0.0, x) + m.log1p(m.exp(-m.abs(x))),
    ("sigmoid(x)", lambda m, x, y: m.sigmoid(x)))
Operation("relu", "max(x, 0)", lambda m, x: m.where(x < 0.0, 0.0, x),
    ("where(x > 0, 1, 0)", lambda m, x, y: m.where(x <= 0.0, 0.0, 1.0)),
    domain=[_NONZERO], note="Gradient 0 at 0, where maximum(x, 0) has 0.5 and clip(x, 0) has 1.")
Operation("leaky_relu", "where(x > 0, x, negative_slope * x)", exact.leaky_relu,
    ("where(x > 0, 1, negative_slope)", lambda m, x, negative_slope, y: m.where(x > 0.0, 1.0, negative_slope)),
    ("where(x > 0, 0, x)", lambda m, x, negative_slope, y: m.where(x > 0.0, 0.0, x)),
    domain=[_NONZERO, _POSITIVE], note="Gradient negative_slope at 0.")
Operation("elu", "where(x > 0, x, alpha * (exp(x) - 1))", exact.elu,
    ("where(x > 0, 1, alpha * exp(x))", exact.elu_dx),
    ("where(x > 0, 0, exp(x) - 1)", lambda m, x, alpha, y: m.expm1(m.where(x < 0.0, x, 0.0))),
    domain=[_NONZERO, _POSITIVE], note="Gradient alpha at 0.")
Operation("selu", f"{exact.SELU_SCALE!r} * where(x > 0, x, {exact.SELU_ALPHA!r} * (exp(x) - 1))", exact.selu,
    (f"{exact.SELU_SCALE!r} * where(x > 0, 1, {exact.SELU_ALPHA!r} * exp(x))", exact.selu_dx), domain=[_NONZERO])
Operation("gelu", "x * (1 + erf(x / sqrt(2))) / 2", exact.gelu,
    ("(1 + erf(x / sqrt(2))) / 2 + x * exp(-x**2 / 2) / sqrt(2 * pi)", exact.gelu_dx), note="The exact form, with erf.")
Operation("silu", "x / (1 + exp(-x))", exact.silu,
    ("sigmoid(x) * (1 + x * (1 - sigmoid(x)))", exact.silu_dx), note="Also called swish.")

Operation("logaddexp", "log(exp(x) + exp(y))", exact.logaddexp,
    ("sigmoid(x - y)", lambda m, x, y, z: m.sigmoid(x - y)),
    ("sigmoid(y - x)", lambda m, x, y, z: m.sigmoid(y - x)), note="Does not overflow.")

# Choices
Operation("maximum", "max(x, y)", lambda m, x, y: m.where(x >= y, x, m.where(x < y, y, x + y)),
    ("where(x > y, 1, 0)", lambda m, x, y, z: m.where(x < y, 0.0, m.where(m.equal(x, y), 0.5, 1.0))),
    ("where(y > x, 1, 0)", lambda m, x, y, z: m.where(y < x, 0.0, m.where(m.equal(x, y), 0.5, 1.0))),
    symbol="max", note="Equal operands get half the gradient each.")
Operation("minimum", "min(x, y)", lambda m, x, y: m.where(x <= y, x, m.where(x > y, y, x + y)),
    ("where(x < y, 1, 0)", lambda m, x, y, z: m.where(x > y, 0.0, m.where(m.equal(x, y), 0.5, 1.0))),
    ("where(y < x, 1, 0)", lambda m, x, y, z: m.where(y > x, 0.0, m.where(m.equal(x, y), 0.5, 1.0))),
    symbol="min", note="Equal operands get half the gradient each.")
Operation("clip", "where(x < min, min, where(x > max, max, x))", exact.clip,
    ("where(x < min, 0, where(x > max, 0, 1))", exact.clip_dx),
    ("where(x < min, 1, 0)", lambda m, x, min, max, y: m.where(x < min, m.where(min > max, 0.0, 1.0), 0.0)),
    ("where(x > max, 1, 0)", exact.clip_dmax),
    domain=[[(-3, 3)], [(-2, -1)], [(1, 2)]], note="Gradient 1 on the edges; None leaves a side open.")
Operation("where", "x if condition else y", lambda m, condition, x, y: m.where(m.equal(condition, 0.0), y, x), _ZERO,
    ("where(condition, 1, 0)", lambda m, condition, x, y, z: m.where(m.equal(condition, 0.0), 0.0, 1.0)),
    ("where(condition, 0, 1)", lambda m, condition, x, y, z: m.where(m.equal(condition, 0.0), 1.0, 0.0)),
    domain=[[(1, 2)], [(-3, 3)], [(-3, 3)]], note="Any condition but 0 and False holds.")
Operation("less", "where(x < y, 1, 0)", lambda m, x, y: m.where(x < y, 1.0, 0.0), _ZERO, _ZERO, symbol="<", **_IF)
Operation("less_equal", "where(x <= y, 1, 0)", lambda m, x, y: m.where(x <= y, 1.0, 0.0), _ZERO, _ZERO, symbol="≤", **_IF)
Operation("equal", "where(x == y, 1, 0)", lambda m, x, y: m.where(m.equal(x, y), 1.0, 0.0), _ZERO, _ZERO, symbol="=", **_IF)
Operation("sign", "sign(x)", lambda m, x: m.where(x > 0.0, 1.0, m.where(x < 0.0, -1.0, x)), _ZERO, domain=[_NONZERO])
Operation("stop_gradient", "x", lambda m, x: x, _ZERO, note="The number itself, as a constant: no gradient flows through.")
Operation("floor", "floor(x)", lambda m, x: m.floor(x), _ZERO, domain=[[(-1.9, -1.1), (0.1, 0.9)]])
Operation("floor_divide", "floor(x / y)", exact.floor_divide, _ZERO, _ZERO, symbol="//", domain=[_TWOS, [(1.2, 1.6)]])
Operation("remainder", "x - y * floor(x / y)", exact.remainder, _ONE,
    ("-floor(x / y)", lambda m, x, y, z: -m.floor_divide(x, y)), symbol="%", domain=[_TWOS, [(1.2, 1.6)]],
    note="With the sign of y, as Python's `%`.")

# Of many operands, one node
Variadic("sum", "sum(xs)", lambda m, xs: m.sum(xs), ("1", lambda m, xs, y: [[1.0 for x in xs]]), symbol="Σ")
Variadic("dot", "sum(w * x for w, x in zip(ws, xs))", lambda m, ws, xs: m.sum(w * x for w, x in zip(ws, xs)),
    ("the other factor", lambda m, ws, xs, y: [list(xs), list(ws)]))
Variadic("logsumexp", "log(sum(exp(x) for x in xs))", exact.logsumexp,
    ("softmax(xs)[i]", exact.softmax), note="Does not overflow.")
Variadic("amax", "max(xs)", lambda m, xs: m.amax(xs), ("where(x == max(xs), 1 / count, 0)", exact.share_of_equals),
    symbol="max", note="k equal largest operands get 1/k of the gradient each.")
Variadic("amin", "min(xs)", lambda m, xs: -m.amax(-x for x in xs),
    ("where(x == min(xs), 1 / count, 0)", exact.share_of_equals),
    symbol="min", note="k equal smallest operands get 1/k of the gradient each.")
# fmt: on

BUILT_IN = len(TABLE)  # operations defined later, at run time, have higher codes and no C
globals().update(TABLE)  # so that a row is `operations.tanh`

if TYPE_CHECKING:

    def __getattr__(name: str) -> Operation: ...
