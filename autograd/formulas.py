"""Formulas for the table of operations: those that keep their digits where the textbook's would cancel or overflow.

Each takes the arithmetic `m` first, as every function of a row does (operations.py), and states in its docstring what it
computes, in textbook form.
"""

import math
from itertools import accumulate
from typing import Any

SELU_SCALE: float = 1.0507009873554804934193349852946
SELU_ALPHA: float = 1.6732632423543772848170429916717


def largest_and_rest(m: Any, xs: Any) -> Any:
    """The largest x, how many equal it, and the sum of exp(x - largest) over the others."""
    top = m.amax(xs)
    ties = m.sum(m.where(m.equal(x, top), 1.0, 0.0) for x in xs)
    return top, ties, m.sum(m.where(m.equal(x, top), 0.0, m.exp(x - top)) for x in xs)


def logsumexp(m: Any, xs: Any) -> Any:
    """log(sum(exp(x) for x in xs)), from the largest x and the rest."""
    top, ties, rest = largest_and_rest(m, xs)
    return m.log1p(rest + (ties - 1.0)) + top


def softmax(m: Any, xs: Any, y: Any) -> Any:
    """exp(x - largest) / sum of all. To be differentiated again, it is sigmoid(x - logsumexp of the others), because
    p * (1 - p) cancels; the logsumexps of the elements before and after each x take one pass from either end."""
    if m.differentiable and len(xs) > 1:
        top = m.stop_gradient(m.amax(xs))
        zs = [x - top for x in xs]
        before = list(accumulate(zs, m.logaddexp))
        after = list(accumulate(zs[::-1], m.logaddexp))[::-1]
        middle = [m.logaddexp(left, right) for left, right in zip(before, after[2:])]
        return [[m.sigmoid(z - others) for z, others in zip(zs, [after[1], *middle, before[-2]])]]
    top, ties, rest = largest_and_rest(m, xs)
    share = m.div(1.0, rest + ties)
    return [[m.exp(x - top) * share for x in xs]]


def logaddexp(m: Any, x: Any, y: Any) -> Any:
    """log(exp(x) + exp(y)), from the larger of the two and their difference."""
    sum_ = m.where(x < y, y, x) + m.log1p(m.exp(-m.abs(x - y)))
    return m.where(m.equal(x, y), x + math.log(2.0), sum_)  # equal infinities have no difference


def share_of_equals(m: Any, xs: Any, y: Any) -> Any:
    """1 / count for each of the count elements that equal y, 0 for the others."""
    count = m.sum(m.where(m.equal(x, y), 1.0, 0.0) for x in xs)
    return [[m.div(m.where(m.equal(x, y), 1.0, 0.0), count) for x in xs]]


def pow_dx(m: Any, x: Any, y: Any, z: Any) -> Any:
    """y * x**(y - 1); for small y as x**y * (y / x), which overflows later and has derivatives at y = 0."""
    small = m.where(m.equal(y, 0.0), 1.0, m.where(m.abs(y) < 0.5, m.abs(x) > 0.0, 0.0))
    base = m.where(small, m.where(m.abs(x) > 0.0, x, 1.0), 1.0)
    other = m.where(small, 1.0, x)
    return m.cond(small, lambda: m.pow(base, y) * m.div(y, base), lambda: y * m.pow(other, y - 1.0))


def pow_dy(m: Any, x: Any, y: Any, z: Any) -> Any:
    """log(x) * x**y, and its limit at x = 0."""
    base = m.where(m.equal(x, 0.0), 1.0, x)
    root = m.pow(base, 0.5 * y)  # twice, so that a subnormal result is rounded once
    return m.where(m.equal(x, 0.0), m.where(y >= 0.0, 0.0, -z), root * m.log(base) * root)


def cos_angle(m: Any, x: Any, y: Any) -> Any:
    """x / sqrt(x**2 + y**2)."""
    scale = m.where(m.abs(x) + m.abs(y) < 1e-290, 2.0**600, 1.0)  # subnormal numbers have few digits
    return m.div(x * scale, m.hypot(x * scale, y * scale))


def over_square(m: Any, x: Any, y: Any) -> Any:
    """x / (x**2 + y**2), and x at the origin."""
    origin = m.equal(m.hypot(x, y), 0.0)
    other = m.where(origin, 1.0, x)
    return m.where(origin, x, m.div(m.cos_angle(other, y), m.hypot(other, y)))


def sigmoid(m: Any, x: Any) -> Any:
    """1 / (1 + exp(-x))."""
    e = m.exp(-m.abs(x))
    return m.div(1.0, 1.0 + e) * m.where(x < 0.0, e, 1.0)


def sigmoid_slope(m: Any, x: Any) -> Any:
    """sigmoid(x) * (1 - sigmoid(x)), without the subtraction."""
    e = m.exp(-m.abs(x))
    r = m.div(1.0, 1.0 + e)
    return e * r * r


def silu(m: Any, x: Any) -> Any:
    """x * sigmoid(x)."""
    half = m.exp(-0.5 * m.abs(x))  # twice, so that a subnormal result is rounded once
    return m.div(1.0, 1.0 + half * half) * m.where(x < 0.0, x * half, x) * m.where(x < 0.0, half, 1.0)


def silu_dx(m: Any, x: Any, y: Any) -> Any:
    """sigmoid(x) + x * sigmoid_slope(x)."""
    half = m.exp(-0.5 * m.abs(x))
    slope = m.div(half, 1.0 + half * half)  # its square is the slope of sigmoid
    return m.sigmoid(x) + m.where(m.abs(x) < 1.0, x * m.sigmoid_slope(x), x * slope * slope)


def tanh_dx(m: Any, x: Any, y: Any) -> Any:
    """1 - tanh(x)**2, and where that would cancel 1 / cosh(x)**2. To be differentiated again, 4 * sigmoid_slope(2 * x),
    whose derivatives are products of tanh and itself."""
    if m.differentiable:
        return 4.0 * m.sigmoid_slope(2.0 * x)

    def far() -> Any:
        e = m.exp(-m.abs(x))
        sech = m.div(2.0 * e, 1.0 + e * e)
        return sech * sech

    square = y * y
    return m.cond(square < 0.99, lambda: 1.0 - square, far)


def near(m: Any, x: Any) -> Any:
    """x, but 60 where its gaussian is 0 in any case, so that this 0 is never multiplied by an infinite x**2."""
    return m.where(m.abs(x) < 60.0, x, 60.0)


def gaussian_dx(m: Any, x: Any, y: Any) -> Any:
    """-x * exp(-x**2 / 2)."""
    root = m.gaussian(math.sqrt(0.5) * x)  # twice, so that a subnormal result is rounded once
    return -(near(m, x) * root * root)


def gelu(m: Any, x: Any) -> Any:
    """x * (1 + erf(x / sqrt(2))) / 2."""

    def tail() -> Any:  # the asymptotic series of erfc, where erfc itself has few digits
        t = m.where(x < -37.0, x, -37.0)
        u, g = m.div(1.0, t * t), m.gaussian(math.sqrt(0.5) * t)
        series = 1.0 - u * (1.0 - 3.0 * u * (1.0 - 5.0 * u * (1.0 - 7.0 * u * (1.0 - 9.0 * u))))
        return -1.0 / math.sqrt(2.0 * math.pi) * g * (g * series)

    return m.cond(x < -37.0, tail, lambda: 0.5 * x * m.erfc(-math.sqrt(0.5) * x))


def gelu_dx(m: Any, x: Any, y: Any) -> Any:
    """(1 + erf(x / sqrt(2))) / 2 + x * exp(-x**2 / 2) / sqrt(2 * pi)."""
    g = m.gaussian(math.sqrt(0.5) * x)
    return 0.5 * m.erfc(-math.sqrt(0.5) * x) + near(m, x) * g * (g * (1.0 / math.sqrt(2.0 * math.pi)))


def erf_dx(m: Any, x: Any) -> Any:
    """2 / sqrt(pi) * exp(-x**2)."""
    g = m.gaussian(x)
    return 2.0 / math.sqrt(math.pi) * g * g


def asin_dx(m: Any, x: Any) -> Any:
    """1 / sqrt(1 - x**2)."""
    return m.div(1.0, m.sqrt(one_minus_square(m, x)))


def acosh_dx(m: Any, x: Any, y: Any) -> Any:
    """1 / sqrt(x**2 - 1), as a product whose derivatives do not cancel."""
    return m.div(1.0, m.sqrt(x - 1.0)) * m.div(1.0, m.sqrt(x + 1.0))


def one_minus_square(m: Any, x: Any) -> Any:
    """1 - x**2, in the form whose derivatives are exact where it is used."""
    return m.where(m.abs(x) < 0.5, 1.0 - x * x, (1.0 - x) * (1.0 + x))


def cbrt(m: Any, x: Any) -> Any:
    """The cube root of x, negative if x is."""
    size = m.abs(x)
    small, large = size < 1e-200, size > 1e200  # where a cube of the root would be subnormal or overflow
    scaled = size * m.where(small, 2.0**300, m.where(large, 2.0**-300, 1.0))
    root = m.pow(scaled, 1.0 / 3.0)  # rounded (for 64, it is not 4), so one of Newton's steps follows
    root = root - m.div(root * root * root - scaled, 3.0 * (root * root))
    root = root * m.where(small, 2.0**-100, m.where(large, 2.0**100, 1.0))
    finite = m.where(size > 0.0, size < math.inf, 0.0)
    return m.where(finite, m.where(x < 0.0, -root, root), x)


def remainder(m: Any, x: Any, y: Any) -> Any:
    """x - y * floor(x / y), with one rounding at most."""
    rest, below = rest_and_below(m, x, y)
    return m.where(below, rest + y, rest)


def floor_divide(m: Any, x: Any, y: Any) -> Any:
    """floor(x / y), also where x / y would be rounded up to a whole number."""
    rest, below = rest_and_below(m, x, y)
    quotient = m.div(x - rest, y)  # a whole number, but for its rounding
    return m.where(m.equal(y, 0.0), m.div(x, y), m.floor(quotient + 0.5) - m.where(below, 1.0, 0.0))


def rest_and_below(m: Any, x: Any, y: Any) -> Any:
    """The remainder of x / y truncated towards 0, which is exact, and a condition: its sign is opposite to that of y."""
    rest = m.fmod(x, y)
    return rest, m.where(rest < 0.0, y > 0.0, m.where(rest > 0.0, y < 0.0, 0.0))


def half_turns(m: Any, x: Any) -> Any:
    """pi * x without its whole half turns, and 1 if their number is even, otherwise -1."""
    n = m.floor(x + 0.5)
    return math.pi * (x - n), 1.0 - 2.0 * (n - 2.0 * m.floor(0.5 * n))


def sinc(m: Any, x: Any) -> Any:
    """sin(pi * x) / (pi * x), and 1 at 0."""
    angle, sign = half_turns(m, x)
    return m.where(m.equal(x, 0.0), 1.0, m.div(sign * m.sin(angle), math.pi * x))


def sinc_dx(m: Any, x: Any, y: Any) -> Any:
    """(cos(pi * x) - sinc(x)) / x, and near 0 its Taylor series."""

    def series() -> Any:
        t = m.where(m.abs(x) < 1.0, x, 0.0)
        total: Any = 0.0
        for k in range(17, 0, -1):
            total = (-1.0) ** k * math.pi ** (2 * k) * 2 * k / math.factorial(2 * k + 1) + t * t * total
        return t * total

    def quotient() -> Any:
        angle, sign = half_turns(m, x)
        return m.div(sign * m.cos(angle) - y, m.where(m.abs(x) < 1.0, 1.0, x))

    return m.cond(m.abs(x) < 1.0, series, quotient)


# Longer than a lambda


def leaky_relu(m: Any, x: Any, negative_slope: Any = 0.01) -> Any:
    """x where it is positive, negative_slope * x elsewhere."""
    return m.where(x > 0.0, x, negative_slope * x)


def elu(m: Any, x: Any, alpha: Any = 1.0) -> Any:
    """x where it is positive, alpha * (exp(x) - 1) elsewhere."""
    return m.where(x > 0.0, x, alpha * m.expm1(x))


def elu_dx(m: Any, x: Any, alpha: Any, y: Any) -> Any:
    """1 where x is positive, alpha * exp(x) elsewhere."""
    return m.where(x <= 0.0, alpha * m.exp(m.where(x < 0.0, x, 0.0)), 1.0)


def selu(m: Any, x: Any) -> Any:
    """elu with the constants for which layers keep mean 0 and variance 1 (Klambauer et al., 2017)."""
    return SELU_SCALE * m.where(x > 0.0, x, SELU_ALPHA * m.expm1(x))


def selu_dx(m: Any, x: Any, y: Any) -> Any:
    """The derivative of selu."""
    return SELU_SCALE * m.where(x <= 0.0, SELU_ALPHA * m.exp(m.where(x < 0.0, x, 0.0)), 1.0)


def clip(m: Any, x: Any, min: Any = -math.inf, max: Any = math.inf) -> Any:
    """The nearest number to x between min and max; max, if it is below min."""
    return m.where(m.where(x < min, min, x) > max, max, m.where(x < min, min, x))


def clip_dx(m: Any, x: Any, min: Any, max: Any, y: Any) -> Any:
    """1 between min and max, and at both."""
    return m.where(x >= min, m.where(x <= max, 1.0, 0.0), 0.0)


def clip_dmax(m: Any, x: Any, min: Any, max: Any, y: Any) -> Any:
    """1 where the result is max: above it, or if it is below min."""
    return m.where(x > max, 1.0, m.where(x < min, m.where(min > max, 1.0, 0.0), 0.0))
