"""The operations as functions: one for each row of the table in operations.py, under the same name.

Each takes Values, plain numbers (int, float, bool, NumPy scalars) and arrays of either. The result is a Value if an operand
is one, and otherwise a float; on arrays it is elementwise, an array of floats or of Values. Functions of a sequence (`sum`,
`dot`, `logsumexp`, `amax`, `amin`) record one node for the whole sequence. Anything else raises TypeError.

Generated from the table by `python -m autograd ops --write`: change a row there rather than a function here.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from autograd import operations as ops
from autograd.edges import add_member
from autograd.methods import members
from autograd.operations import TABLE
from autograd.value import Value, binary, call, many, unary

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]
    Operand = Value | float | Array

X = TypeVar("X", float, Value, "Array")

__all__ = [
    "acos",
    "acosh",
    "add",
    "amax",
    "amin",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "clip",
    "cos",
    "cos_angle",
    "cosh",
    "div",
    "dot",
    "elu",
    "equal",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "floor",
    "floor_divide",
    "gaussian",
    "gelu",
    "hypot",
    "leaky_relu",
    "less",
    "less_equal",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logsigmoid",
    "logsumexp",
    "maximum",
    "minimum",
    "mul",
    "neg",
    "relu",
    "remainder",
    "selu",
    "sigmoid",
    "sigmoid_slope",
    "sign",
    "silu",
    "sin",
    "sinc",
    "sinh",
    "softplus",
    "sqrt",
    "stop_gradient",
    "sub",
    "tan",
    "tanh",
    "where",
]


def add(x: Operand, y: Operand) -> Any:
    """Return x + y.

    Derivative with respect to x: 1
    Derivative with respect to y: 1

    >>> round(add(0.5, 2.0), 6)
    2.5
    """
    if type(x) is Value or type(y) is Value:
        node = binary(ops.add, x, y)
        if node is not NotImplemented:
            return node
    return call(TABLE["add"], (x, y))


def sub(x: Operand, y: Operand) -> Any:
    """Return x - y.

    Derivative with respect to x: 1
    Derivative with respect to y: -1

    >>> round(sub(0.5, 2.0), 6)
    -1.5
    """
    if type(x) is Value or type(y) is Value:
        node = binary(ops.sub, x, y)
        if node is not NotImplemented:
            return node
    return call(TABLE["sub"], (x, y))


def mul(x: Operand, y: Operand) -> Any:
    """Return x * y.

    Derivative with respect to x: y
    Derivative with respect to y: x

    >>> round(mul(0.5, 2.0), 6)
    1.0
    """
    if type(x) is Value or type(y) is Value:
        node = binary(ops.mul, x, y)
        if node is not NotImplemented:
            return node
    return call(TABLE["mul"], (x, y))


def div(x: Operand, y: Operand) -> Any:
    """Return x / y.

    Derivative with respect to x: 1 / y
    Derivative with respect to y: -x / y**2

    >>> round(div(0.5, 2.0), 6)
    0.25
    """
    if type(x) is Value or type(y) is Value:
        node = binary(ops.div, x, y)
        if node is not NotImplemented:
            return node
    return call(TABLE["div"], (x, y))


def pow(x: Operand, y: Operand) -> Any:
    """Return x ** y.

    Derivative with respect to x: y * x**(y - 1)
    Derivative with respect to y: log(x) * x**y
    x**0 is 1, with gradient 0 at 0 too.

    >>> round(pow(0.5, 2.0), 6)
    0.25
    """
    if type(x) is Value or type(y) is Value:
        node = binary(ops.pow, x, y)
        if node is not NotImplemented:
            return node
    return call(TABLE["pow"], (x, y))


def neg(x: X, /) -> X:
    """Return -x.

    Derivative with respect to x: -1

    >>> round(neg(0.5), 6)
    -0.5
    """
    return unary(ops.neg, x) if type(x) is Value else call(TABLE["neg"], (x,))


def abs(x: X, /) -> X:
    """Return abs(x).

    Derivative with respect to x: sign(x)
    Gradient 0 at 0.

    >>> round(abs(0.5), 6)
    0.5
    """
    return unary(ops.abs, x) if type(x) is Value else call(TABLE["abs"], (x,))


def cos_angle(x: Operand, y: Operand) -> Any:
    """Return x / sqrt(x**2 + y**2).

    Derivative with respect to x: y**2 / sqrt(x**2 + y**2)**3
    Derivative with respect to y: -x * y / sqrt(x**2 + y**2)**3
    The cosine of the angle of the point (x, y): d hypot / dx.

    >>> round(cos_angle(0.5, 2.0), 6)
    0.242536
    """
    if type(x) is Value or type(y) is Value:
        node = binary(ops.cos_angle, x, y)
        if node is not NotImplemented:
            return node
    return call(TABLE["cos_angle"], (x, y))


def sigmoid_slope(x: X, /) -> X:
    """Return sigmoid(x) * (1 - sigmoid(x)).

    Derivative with respect to x: -tanh(x / 2) * sigmoid_slope(x)
    The derivative of sigmoid: the density of the logistic distribution.

    >>> round(sigmoid_slope(0.5), 6)
    0.235004
    """
    return unary(ops.sigmoid_slope, x) if type(x) is Value else call(TABLE["sigmoid_slope"], (x,))


def gaussian(x: X, /) -> X:
    """Return exp(-x**2 / 2).

    Derivative with respect to x: -x * exp(-x**2 / 2)
    Its square is in the derivatives of erf and gelu.

    >>> round(gaussian(0.5), 6)
    0.882497
    """
    return unary(ops.gaussian, x) if type(x) is Value else call(TABLE["gaussian"], (x,))


def exp(x: X, /) -> X:
    """Return exp(x).

    Derivative with respect to x: exp(x)

    >>> round(exp(0.5), 6)
    1.648721
    """
    return unary(ops.exp, x) if type(x) is Value else call(TABLE["exp"], (x,))


def expm1(x: X, /) -> X:
    """Return exp(x) - 1.

    Derivative with respect to x: exp(x)
    Accurate near 0.

    >>> round(expm1(0.5), 6)
    0.648721
    """
    return unary(ops.expm1, x) if type(x) is Value else call(TABLE["expm1"], (x,))


def log(x: X, /) -> X:
    """Return log(x).

    Derivative with respect to x: 1 / x

    >>> round(log(0.5), 6)
    -0.693147
    """
    return unary(ops.log, x) if type(x) is Value else call(TABLE["log"], (x,))


def log2(x: X, /) -> X:
    """Return log(x) / log(2).

    Derivative with respect to x: 1 / (x * log(2))

    >>> round(log2(0.5), 6)
    -1.0
    """
    return unary(ops.log2, x) if type(x) is Value else call(TABLE["log2"], (x,))


def log10(x: X, /) -> X:
    """Return log(x) / log(10).

    Derivative with respect to x: 1 / (x * log(10))

    >>> round(log10(0.5), 6)
    -0.30103
    """
    return unary(ops.log10, x) if type(x) is Value else call(TABLE["log10"], (x,))


def log1p(x: X, /) -> X:
    """Return log(1 + x).

    Derivative with respect to x: 1 / (1 + x)
    Accurate near 0.

    >>> round(log1p(0.5), 6)
    0.405465
    """
    return unary(ops.log1p, x) if type(x) is Value else call(TABLE["log1p"], (x,))


def exp2(x: X, /) -> X:
    """Return 2 ** x.

    Derivative with respect to x: log(2) * 2**x

    >>> round(exp2(0.5), 6)
    1.414214
    """
    return unary(ops.exp2, x) if type(x) is Value else call(TABLE["exp2"], (x,))


def cbrt(x: X, /) -> X:
    """Return sign(x) * abs(x) ** (1 / 3).

    Derivative with respect to x: 1 / (3 * abs(x) ** (2 / 3))

    >>> round(cbrt(0.5), 6)
    0.793701
    """
    return unary(ops.cbrt, x) if type(x) is Value else call(TABLE["cbrt"], (x,))


def sqrt(x: X, /) -> X:
    """Return sqrt(x).

    Derivative with respect to x: 1 / (2 * sqrt(x))

    >>> round(sqrt(0.5), 6)
    0.707107
    """
    return unary(ops.sqrt, x) if type(x) is Value else call(TABLE["sqrt"], (x,))


def sin(x: X, /) -> X:
    """Return sin(x).

    Derivative with respect to x: cos(x)

    >>> round(sin(0.5), 6)
    0.479426
    """
    return unary(ops.sin, x) if type(x) is Value else call(TABLE["sin"], (x,))


def cos(x: X, /) -> X:
    """Return cos(x).

    Derivative with respect to x: -sin(x)

    >>> round(cos(0.5), 6)
    0.877583
    """
    return unary(ops.cos, x) if type(x) is Value else call(TABLE["cos"], (x,))


def tan(x: X, /) -> X:
    """Return tan(x).

    Derivative with respect to x: 1 + tan(x)**2

    >>> round(tan(0.5), 6)
    0.546302
    """
    return unary(ops.tan, x) if type(x) is Value else call(TABLE["tan"], (x,))


def asin(x: X, /) -> X:
    """Return asin(x).

    Derivative with respect to x: 1 / sqrt(1 - x**2)

    >>> round(asin(0.5), 6)
    0.523599
    """
    return unary(ops.asin, x) if type(x) is Value else call(TABLE["asin"], (x,))


def acos(x: X, /) -> X:
    """Return acos(x).

    Derivative with respect to x: -1 / sqrt(1 - x**2)

    >>> round(acos(0.5), 6)
    1.047198
    """
    return unary(ops.acos, x) if type(x) is Value else call(TABLE["acos"], (x,))


def atan(x: X, /) -> X:
    """Return atan(x).

    Derivative with respect to x: 1 / (1 + x**2)

    >>> round(atan(0.5), 6)
    0.463648
    """
    return unary(ops.atan, x) if type(x) is Value else call(TABLE["atan"], (x,))


def atan2(y: Operand, x: Operand) -> Any:
    """Return atan2(y, x).

    Derivative with respect to y: x / (x**2 + y**2)
    Derivative with respect to x: -y / (x**2 + y**2)
    Gradient 0 at the origin.

    >>> round(atan2(0.5, 2.0), 6)
    0.244979
    """
    if type(y) is Value or type(x) is Value:
        node = binary(ops.atan2, y, x)
        if node is not NotImplemented:
            return node
    return call(TABLE["atan2"], (y, x))


def sinh(x: X, /) -> X:
    """Return sinh(x).

    Derivative with respect to x: cosh(x)

    >>> round(sinh(0.5), 6)
    0.521095
    """
    return unary(ops.sinh, x) if type(x) is Value else call(TABLE["sinh"], (x,))


def cosh(x: X, /) -> X:
    """Return cosh(x).

    Derivative with respect to x: sinh(x)

    >>> round(cosh(0.5), 6)
    1.127626
    """
    return unary(ops.cosh, x) if type(x) is Value else call(TABLE["cosh"], (x,))


def tanh(x: X, /) -> X:
    """Return tanh(x).

    Derivative with respect to x: 1 - tanh(x)**2

    >>> round(tanh(0.5), 6)
    0.462117
    """
    return unary(ops.tanh, x) if type(x) is Value else call(TABLE["tanh"], (x,))


def asinh(x: X, /) -> X:
    """Return asinh(x).

    Derivative with respect to x: 1 / sqrt(x**2 + 1)

    >>> round(asinh(0.5), 6)
    0.481212
    """
    return unary(ops.asinh, x) if type(x) is Value else call(TABLE["asinh"], (x,))


def acosh(x: X, /) -> X:
    """Return acosh(x).

    Derivative with respect to x: 1 / sqrt(x**2 - 1)

    >>> round(acosh(2.0), 6)
    1.316958
    """
    return unary(ops.acosh, x) if type(x) is Value else call(TABLE["acosh"], (x,))


def atanh(x: X, /) -> X:
    """Return atanh(x).

    Derivative with respect to x: 1 / (1 - x**2)

    >>> round(atanh(0.5), 6)
    0.549306
    """
    return unary(ops.atanh, x) if type(x) is Value else call(TABLE["atanh"], (x,))


def sinc(x: X, /) -> X:
    """Return sin(pi * x) / (pi * x).

    Derivative with respect to x: (cos(pi * x) - sin(pi * x) / (pi * x)) / x
    1 at 0.

    >>> round(sinc(0.5), 6)
    0.63662
    """
    return unary(ops.sinc, x) if type(x) is Value else call(TABLE["sinc"], (x,))


def hypot(x: Operand, y: Operand) -> Any:
    """Return sqrt(x**2 + y**2).

    Derivative with respect to x: x / sqrt(x**2 + y**2)
    Derivative with respect to y: y / sqrt(x**2 + y**2)

    >>> round(hypot(0.5, 2.0), 6)
    2.061553
    """
    if type(x) is Value or type(y) is Value:
        node = binary(ops.hypot, x, y)
        if node is not NotImplemented:
            return node
    return call(TABLE["hypot"], (x, y))


def erf(x: X, /) -> X:
    """Return erf(x).

    Derivative with respect to x: 2 / sqrt(pi) * exp(-x**2)

    >>> round(erf(0.5), 6)
    0.5205
    """
    return unary(ops.erf, x) if type(x) is Value else call(TABLE["erf"], (x,))


def erfc(x: X, /) -> X:
    """Return 1 - erf(x).

    Derivative with respect to x: -2 / sqrt(pi) * exp(-x**2)

    >>> round(erfc(0.5), 6)
    0.4795
    """
    return unary(ops.erfc, x) if type(x) is Value else call(TABLE["erfc"], (x,))


def sigmoid(x: X, /) -> X:
    """Return 1 / (1 + exp(-x)).

    Derivative with respect to x: sigmoid(x) * (1 - sigmoid(x))

    >>> round(sigmoid(0.5), 6)
    0.622459
    """
    return unary(ops.sigmoid, x) if type(x) is Value else call(TABLE["sigmoid"], (x,))


def logsigmoid(x: X, /) -> X:
    """Return -log(1 + exp(-x)).

    Derivative with respect to x: sigmoid(-x)
    log(sigmoid(x)) without underflow.

    >>> round(logsigmoid(0.5), 6)
    -0.474077
    """
    return unary(ops.logsigmoid, x) if type(x) is Value else call(TABLE["logsigmoid"], (x,))


def softplus(x: X, /) -> X:
    """Return log(1 + exp(x)).

    Derivative with respect to x: sigmoid(x)

    >>> round(softplus(0.5), 6)
    0.974077
    """
    return unary(ops.softplus, x) if type(x) is Value else call(TABLE["softplus"], (x,))


def relu(x: X, /) -> X:
    """Return max(x, 0).

    Derivative with respect to x: where(x > 0, 1, 0)
    Gradient 0 at 0, where maximum(x, 0) has 0.5 and clip(x, 0) has 1.

    >>> round(relu(0.5), 6)
    0.5
    """
    return unary(ops.relu, x) if type(x) is Value else call(TABLE["relu"], (x,))


def leaky_relu(x: Operand, negative_slope: Operand = 0.01) -> Any:
    """Return where(x > 0, x, negative_slope * x).

    Derivative with respect to x: where(x > 0, 1, negative_slope)
    Derivative with respect to negative_slope: where(x > 0, 0, x)
    Gradient negative_slope at 0.

    >>> round(leaky_relu(0.5, 2.0), 6)
    0.5
    """
    if type(x) is Value or type(negative_slope) is Value:
        node = binary(ops.leaky_relu, x, negative_slope)
        if node is not NotImplemented:
            return node
    return call(TABLE["leaky_relu"], (x, negative_slope))


def elu(x: Operand, alpha: Operand = 1.0) -> Any:
    """Return where(x > 0, x, alpha * (exp(x) - 1)).

    Derivative with respect to x: where(x > 0, 1, alpha * exp(x))
    Derivative with respect to alpha: where(x > 0, 0, exp(x) - 1)
    Gradient alpha at 0.

    >>> round(elu(0.5, 2.0), 6)
    0.5
    """
    if type(x) is Value or type(alpha) is Value:
        node = binary(ops.elu, x, alpha)
        if node is not NotImplemented:
            return node
    return call(TABLE["elu"], (x, alpha))


def selu(x: X, /) -> X:
    """Return 1.0507009873554805 * where(x > 0, x, 1.6732632423543772 * (exp(x) - 1)).

    Derivative with respect to x: 1.0507009873554805 * where(x > 0, 1, 1.6732632423543772 * exp(x))

    >>> round(selu(0.5), 6)
    0.52535
    """
    return unary(ops.selu, x) if type(x) is Value else call(TABLE["selu"], (x,))


def gelu(x: X, /) -> X:
    """Return x * (1 + erf(x / sqrt(2))) / 2.

    Derivative with respect to x: (1 + erf(x / sqrt(2))) / 2 + x * exp(-x**2 / 2) / sqrt(2 * pi)
    The exact form, with erf.

    >>> round(gelu(0.5), 6)
    0.345731
    """
    return unary(ops.gelu, x) if type(x) is Value else call(TABLE["gelu"], (x,))


def silu(x: X, /) -> X:
    """Return x / (1 + exp(-x)).

    Derivative with respect to x: sigmoid(x) * (1 + x * (1 - sigmoid(x)))
    Also called swish.

    >>> round(silu(0.5), 6)
    0.31123
    """
    return unary(ops.silu, x) if type(x) is Value else call(TABLE["silu"], (x,))


def logaddexp(x: Operand, y: Operand) -> Any:
    """Return log(exp(x) + exp(y)).

    Derivative with respect to x: sigmoid(x - y)
    Derivative with respect to y: sigmoid(y - x)
    Does not overflow.

    >>> round(logaddexp(0.5, 2.0), 6)
    2.201413
    """
    if type(x) is Value or type(y) is Value:
        node = binary(ops.logaddexp, x, y)
        if node is not NotImplemented:
            return node
    return call(TABLE["logaddexp"], (x, y))


def maximum(x: Operand, y: Operand) -> Any:
    """Return max(x, y).

    Derivative with respect to x: where(x > y, 1, 0)
    Derivative with respect to y: where(y > x, 1, 0)
    Equal operands get half the gradient each.

    >>> round(maximum(0.5, 2.0), 6)
    2.0
    """
    if type(x) is Value or type(y) is Value:
        node = binary(ops.maximum, x, y)
        if node is not NotImplemented:
            return node
    return call(TABLE["maximum"], (x, y))


def minimum(x: Operand, y: Operand) -> Any:
    """Return min(x, y).

    Derivative with respect to x: where(x < y, 1, 0)
    Derivative with respect to y: where(y < x, 1, 0)
    Equal operands get half the gradient each.

    >>> round(minimum(0.5, 2.0), 6)
    0.5
    """
    if type(x) is Value or type(y) is Value:
        node = binary(ops.minimum, x, y)
        if node is not NotImplemented:
            return node
    return call(TABLE["minimum"], (x, y))


def clip(x: Operand, min: Operand | None = None, max: Operand | None = None) -> Any:
    """Return where(x < min, min, where(x > max, max, x)).

    Derivative with respect to x: where(x < min, 0, where(x > max, 0, 1))
    Derivative with respect to min: where(x < min, 1, 0)
    Derivative with respect to max: where(x > max, 1, 0)
    Gradient 1 on the edges; None leaves a side open.

    >>> round(clip(0.5, -2.0, 2.0), 6)
    0.5
    """
    operands = (x, -math.inf if min is None else min, math.inf if max is None else max)
    try:
        return many(ops.clip, operands)
    except TypeError:
        return call(TABLE["clip"], operands)


def where(condition: Operand, x: Operand, y: Operand) -> Any:
    """Return x if condition else y.

    Derivative with respect to condition: 0
    Derivative with respect to x: where(condition, 1, 0)
    Derivative with respect to y: where(condition, 0, 1)
    Any condition but 0 and False holds.

    >>> round(where(2.0, 2.0, 0.5), 6)
    2.0
    """
    operands = (condition, x, y)
    try:
        return many(ops.where, operands)
    except TypeError:
        return call(TABLE["where"], operands)


def less(x: Operand, y: Operand) -> Any:
    """Return where(x < y, 1, 0).

    Derivative with respect to x: 0
    Derivative with respect to y: 0
    A condition for `where`.

    >>> round(less(2.0, 0.5), 6)
    0.0
    """
    if type(x) is Value or type(y) is Value:
        node = binary(ops.less, x, y)
        if node is not NotImplemented:
            return node
    return call(TABLE["less"], (x, y))


def less_equal(x: Operand, y: Operand) -> Any:
    """Return where(x <= y, 1, 0).

    Derivative with respect to x: 0
    Derivative with respect to y: 0
    A condition for `where`.

    >>> round(less_equal(2.0, 0.5), 6)
    0.0
    """
    if type(x) is Value or type(y) is Value:
        node = binary(ops.less_equal, x, y)
        if node is not NotImplemented:
            return node
    return call(TABLE["less_equal"], (x, y))


def equal(x: Operand, y: Operand) -> Any:
    """Return where(x == y, 1, 0).

    Derivative with respect to x: 0
    Derivative with respect to y: 0
    A condition for `where`.

    >>> round(equal(2.0, 0.5), 6)
    0.0
    """
    if type(x) is Value or type(y) is Value:
        node = binary(ops.equal, x, y)
        if node is not NotImplemented:
            return node
    return call(TABLE["equal"], (x, y))


def sign(x: X, /) -> X:
    """Return sign(x).

    Derivative with respect to x: 0

    >>> round(sign(0.5), 6)
    1.0
    """
    return unary(ops.sign, x) if type(x) is Value else call(TABLE["sign"], (x,))


def stop_gradient(x: X, /) -> X:
    """Return x.

    Derivative with respect to x: 0
    The number itself, as a constant: no gradient flows through.

    >>> round(stop_gradient(0.5), 6)
    0.5
    """
    return unary(ops.stop_gradient, x) if type(x) is Value else call(TABLE["stop_gradient"], (x,))


def floor(x: X, /) -> X:
    """Return floor(x).

    Derivative with respect to x: 0

    >>> round(floor(0.5), 6)
    0.0
    """
    return unary(ops.floor, x) if type(x) is Value else call(TABLE["floor"], (x,))


def floor_divide(x: Operand, y: Operand) -> Any:
    """Return floor(x / y).

    Derivative with respect to x: 0
    Derivative with respect to y: 0

    >>> round(floor_divide(2.0, 1.5), 6)
    1.0
    """
    if type(x) is Value or type(y) is Value:
        node = binary(ops.floor_divide, x, y)
        if node is not NotImplemented:
            return node
    return call(TABLE["floor_divide"], (x, y))


def remainder(x: Operand, y: Operand) -> Any:
    """Return x - y * floor(x / y).

    Derivative with respect to x: 1
    Derivative with respect to y: -floor(x / y)
    With the sign of y, as Python's `%`.

    >>> round(remainder(2.0, 1.5), 6)
    0.5
    """
    if type(x) is Value or type(y) is Value:
        node = binary(ops.remainder, x, y)
        if node is not NotImplemented:
            return node
    return call(TABLE["remainder"], (x, y))


def sum(xs: Iterable[Value | float]) -> Any:
    """Return sum(xs).

    Derivative with respect to each element: 1

    >>> round(sum([1.0, 2.0, 3.0]), 6)
    6.0
    """
    operands = tuple(xs)
    return many(ops.sum, operands)


def dot(ws: Iterable[Value | float], xs: Iterable[Value | float]) -> Any:
    """Return sum(w * x for w, x in zip(ws, xs)).

    Derivative with respect to each element: the other factor

    >>> round(dot([1.0, 2.0, 3.0], [0.5, 0.0, -2.0]), 6)
    -5.5
    """
    left, right = tuple(ws), tuple(xs)
    if len(left) != len(right):
        raise ValueError(f"dot takes two sequences of the same length, got {len(left)} and {len(right)} operands")
    return many(ops.dot, left + right)


def logsumexp(xs: Iterable[Value | float]) -> Any:
    """Return log(sum(exp(x) for x in xs)).

    Derivative with respect to each element: softmax(xs)[i]
    Does not overflow.

    >>> round(logsumexp([1.0, 2.0, 3.0]), 6)
    3.407606
    """
    operands = tuple(xs)
    if not operands:
        raise ValueError("logsumexp needs at least one operand, got none")
    return many(ops.logsumexp, operands)


def amax(xs: Iterable[Value | float]) -> Any:
    """Return max(xs).

    Derivative with respect to each element: where(x == max(xs), 1 / count, 0)
    k equal largest operands get 1/k of the gradient each.

    >>> round(amax([1.0, 2.0, 3.0]), 6)
    3.0
    """
    operands = tuple(xs)
    if not operands:
        raise ValueError("amax needs at least one operand, got none")
    return many(ops.amax, operands)


def amin(xs: Iterable[Value | float]) -> Any:
    """Return min(xs).

    Derivative with respect to each element: where(x == min(xs), 1 / count, 0)
    k equal smallest operands get 1/k of the gradient each.

    >>> round(amin([1.0, 2.0, 3.0]), 6)
    1.0
    """
    operands = tuple(xs)
    if not operands:
        raise ValueError("amin needs at least one operand, got none")
    return many(ops.amin, operands)


for _name, _member in members(sys.modules[__name__]).items():
    add_member(Value, _name, _member)
