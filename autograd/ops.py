"""The table of operations. Each is declared once, in one row, and everything else reads the row.

A row says what an operation is (`formula`), how to compute it without overflow (`definition`), and its derivative with
respect to each operand, in words (`rules`) and as a function of the operands and the result (`partials`). `m` is the
arithmetic to use: symbols when the row is printed as C or as a Python function on floats (symbols.py), Values when a
gradient is differentiated again. A row therefore uses operators only for + - * and comparisons; the rest comes from `m`:
the C library's functions, `where`, `cond`, and every other row.

The words are the textbook's, the functions exact: where a textbook formula cancels or overflows, its function has another
form, so that derivatives to third order keep their digits (`python -m tests.accuracy`).

A row is also the public function: `autograd.tanh(x)` is this table's `tanh`, called. Edge cases follow PyTorch.
"""

import math
from itertools import accumulate
from typing import Any

from autograd.operation import ROWS
from autograd.operation import TABLE as TABLE
from autograd.operation import Op as Op
from autograd.operation import Variadic as Variadic


def _largest_and_rest(m: Any, xs: Any) -> Any:
    """The largest x, how many equal it, and the sum of exp(x - largest) over the others."""
    top = m.amax(xs)
    ties = m.sum(m.where(m.equal(x, top), 1.0, 0.0) for x in xs)
    return top, ties, m.sum(m.where(m.equal(x, top), 0.0, m.exp(x - top)) for x in xs)


def _logsumexp(m: Any, xs: Any) -> Any:
    top, ties, rest = _largest_and_rest(m, xs)
    return m.log1p(rest + (ties - 1.0)) + top


def _softmax(m: Any, xs: Any, y: Any) -> Any:
    """exp(x - largest) / sum of all. To be differentiated again it is sigmoid(x - logsumexp of the others), because
    p * (1 - p) cancels; the logsumexp of what is before and after each x takes one pass from either end."""
    if m.differentiable and len(xs) > 1:
        top = m.stop_gradient(m.amax(xs))
        zs = [x - top for x in xs]
        before = list(accumulate(zs, m.logaddexp))
        after = list(accumulate(zs[::-1], m.logaddexp))[::-1]
        middle = [m.logaddexp(left, right) for left, right in zip(before, after[2:])]
        return [[m.sigmoid(z - others) for z, others in zip(zs, [after[1], *middle, before[-2]])]]
    top, ties, rest = _largest_and_rest(m, xs)
    share = m.div(1.0, rest + ties)
    return [[m.exp(x - top) * share for x in xs]]


def _logaddexp(m: Any, x: Any, y: Any) -> Any:
    sum_ = m.where(x < y, y, x) + m.log1p(m.exp(-m.abs(x - y)))
    return m.where(m.equal(x, y), x + math.log(2.0), sum_)  # equal infinities have no difference


def _share_of_equals(m: Any, xs: Any, y: Any) -> Any:
    count = m.sum(m.where(m.equal(x, y), 1.0, 0.0) for x in xs)
    return [[m.div(m.where(m.equal(x, y), 1.0, 0.0), count) for x in xs]]


def _pow_dx(m: Any, x: Any, y: Any, z: Any) -> Any:
    """y * x**(y - 1); for small y as x**y * (y / x), which overflows later and has derivatives at y = 0."""
    small = m.where(m.equal(y, 0.0), 1.0, m.where(m.abs(y) < 0.5, m.abs(x) > 0.0, 0.0))
    base = m.where(small, m.where(m.abs(x) > 0.0, x, 1.0), 1.0)
    other = m.where(small, 1.0, x)
    return m.cond(small, lambda: m.pow(base, y) * m.div(y, base), lambda: y * m.pow(other, y - 1.0))


def _pow_dy(m: Any, x: Any, y: Any, z: Any) -> Any:
    base = m.where(m.equal(x, 0.0), 1.0, x)
    root = m.pow(base, 0.5 * y)  # twice, so that a subnormal result is rounded once
    return m.where(m.equal(x, 0.0), m.where(y >= 0.0, 0.0, -z), root * m.log(base) * root)


def _cos_angle(m: Any, x: Any, y: Any) -> Any:
    scale = m.where(m.abs(x) + m.abs(y) < 1e-290, 2.0**600, 1.0)  # subnormal numbers have few digits
    return m.div(x * scale, m.hypot(x * scale, y * scale))


def _over_square(m: Any, x: Any, y: Any) -> Any:
    """x / (x**2 + y**2), and x at the origin."""
    origin = m.equal(m.hypot(x, y), 0.0)
    other = m.where(origin, 1.0, x)
    return m.where(origin, x, m.div(m.cos_angle(other, y), m.hypot(other, y)))


def _sigmoid(m: Any, x: Any) -> Any:
    e = m.exp(-m.abs(x))
    return m.div(1.0, 1.0 + e) * m.where(x < 0.0, e, 1.0)


def _sigmoid_slope(m: Any, x: Any) -> Any:
    e = m.exp(-m.abs(x))
    r = m.div(1.0, 1.0 + e)
    return e * r * r


def _silu(m: Any, x: Any) -> Any:
    half = m.exp(-0.5 * m.abs(x))  # twice, so that a subnormal result is rounded once
    return m.div(1.0, 1.0 + half * half) * m.where(x < 0.0, x * half, x) * m.where(x < 0.0, half, 1.0)


def _silu_dx(m: Any, x: Any, y: Any) -> Any:
    half = m.exp(-0.5 * m.abs(x))
    slope = m.div(half, 1.0 + half * half)  # squared, that of sigmoid
    return m.sigmoid(x) + m.where(m.abs(x) < 1.0, x * m.sigmoid_slope(x), x * slope * slope)


def _tanh_dx(m: Any, x: Any, y: Any) -> Any:
    """1 - tanh(x)**2, and where that would cancel 1 / cosh(x)**2."""

    def far() -> Any:
        e = m.exp(-m.abs(x))
        sech = m.div(2.0 * e, 1.0 + e * e)
        return sech * sech

    square = y * y
    return m.cond(square < 0.99, lambda: 1.0 - square, far)


def _near(m: Any, x: Any) -> Any:
    """x, but 60 where its gaussian is 0 in any case: so that this 0 is never multiplied by an infinite x**2."""
    return m.where(m.abs(x) < 60.0, x, 60.0)


def _gaussian_dx(m: Any, x: Any, y: Any) -> Any:
    root = m.gaussian(math.sqrt(0.5) * x)  # twice, so that a subnormal result is rounded once
    return -(_near(m, x) * root * root)


def _gelu(m: Any, x: Any) -> Any:
    def tail() -> Any:  # the asymptotic series of erfc, where erfc itself has few digits
        t = m.where(x < -37.0, x, -37.0)
        u, g = m.div(1.0, t * t), m.gaussian(math.sqrt(0.5) * t)
        series = 1.0 - u * (1.0 - 3.0 * u * (1.0 - 5.0 * u * (1.0 - 7.0 * u * (1.0 - 9.0 * u))))
        return -1.0 / math.sqrt(2.0 * math.pi) * g * (g * series)

    return m.cond(x < -37.0, tail, lambda: 0.5 * x * m.erfc(-math.sqrt(0.5) * x))


def _gelu_dx(m: Any, x: Any, y: Any) -> Any:
    g = m.gaussian(math.sqrt(0.5) * x)
    return 0.5 * m.erfc(-math.sqrt(0.5) * x) + _near(m, x) * g * (g * (1.0 / math.sqrt(2.0 * math.pi)))


def _erf_dx(m: Any, x: Any) -> Any:
    g = m.gaussian(x)
    return 2.0 / math.sqrt(math.pi) * g * g


def _asin_dx(m: Any, x: Any) -> Any:
    square = m.where(m.abs(x) < 0.5, 1.0 - x * x, (1.0 - x) * (1.0 + x))  # the derivative of each is exact there
    return m.div(1.0, m.sqrt(square))


# fmt: off
POSITIVE, NONZERO, INSIDE = [(0.1, 4.0)], [(-3.0, -0.1), (0.1, 3.0)], [(-0.9, 0.9)]
BESIDE = [(-3.0, -1.1), (1.1, 3.0)]

# Arithmetic
add = Op("add", "x + y", lambda m, x, y: x + y,
    ("1", lambda m, x, y, z: 1.0),
    ("1", lambda m, x, y, z: 1.0), symbol="+")
sub = Op("sub", "x - y", lambda m, x, y: x - y,
    ("1", lambda m, x, y, z: 1.0),
    ("-1", lambda m, x, y, z: -1.0), symbol="-")
mul = Op("mul", "x * y", lambda m, x, y: x * y,
    ("y", lambda m, x, y, z: y),
    ("x", lambda m, x, y, z: x), symbol="×")
div = Op("div", "x / y", lambda m, x, y: m.div(x, y),
    ("1 / y", lambda m, x, y, z: m.div(1.0, y)),
    ("-x / y**2", lambda m, x, y, z: -m.div(z, y)), symbol="/", domain=[[(-3, 3)], NONZERO])
pow = Op("pow", "x ** y", lambda m, x, y: m.pow(x, y),
    ("y * x**(y - 1)", _pow_dx),
    ("log(x) * x**y", _pow_dy), symbol="**", domain=[POSITIVE, [(-3, 3)]], note="x**0 is 1 with gradient 0, also at 0.")
neg = Op("neg", "-x", lambda m, x: -x,
    ("-1", lambda m, x, y: -1.0), symbol="-")
abs = Op("abs", "abs(x)", lambda m, x: m.abs(x),
    ("sign(x)", lambda m, x, y: m.where(x > 0.0, 1.0, m.where(x < 0.0, -1.0, 0.0))),
    domain=[NONZERO], note="Gradient 0 at 0.")

# Derivatives of others that have a row of their own, because their derivatives in turn would cancel if composed
cos_angle = Op("cos_angle", "x / sqrt(x**2 + y**2)", _cos_angle,
    ("y**2 / sqrt(x**2 + y**2)**3", lambda m, x, y, z: m.div(m.cos_angle(y, x) * m.cos_angle(y, x), m.hypot(x, y))),
    ("-x * y / sqrt(x**2 + y**2)**3", lambda m, x, y, z: -m.div(z * m.cos_angle(y, x), m.hypot(x, y))),
    symbol="cos∠", domain=[NONZERO, NONZERO], note="The cosine of the angle of the point (x, y): d hypot / dx.")
sigmoid_slope = Op("sigmoid_slope", "sigmoid(x) * (1 - sigmoid(x))", _sigmoid_slope,
    ("-tanh(x / 2) * sigmoid_slope(x)", lambda m, x, y: -(m.tanh(0.5 * x) * y)), symbol="sigmoid′",
    note="The derivative of sigmoid: the density of the logistic distribution.")
gaussian = Op("gaussian", "exp(-x**2 / 2)", lambda m, x: m.exp(-0.5 * (x * x)),
    ("-x * exp(-x**2 / 2)", _gaussian_dx), note="Its square is in the derivatives of erf and gelu.")

# Exponentials, powers, trigonometry
exp = Op("exp", "exp(x)", lambda m, x: m.exp(x),
    ("exp(x)", lambda m, x, y: y))
expm1 = Op("expm1", "exp(x) - 1", lambda m, x: m.expm1(x),
    ("exp(x)", lambda m, x, y: m.exp(x)), note="Accurate near 0.")
log = Op("log", "log(x)", lambda m, x: m.log(x),
    ("1 / x", lambda m, x, y: m.div(1.0, x)), domain=[POSITIVE])
log1p = Op("log1p", "log(1 + x)", lambda m, x: m.log1p(x),
    ("1 / (1 + x)", lambda m, x, y: m.div(1.0, 1.0 + x)), domain=[[(-0.9, 3)]], note="Accurate near 0.")
sqrt = Op("sqrt", "sqrt(x)", lambda m, x: m.sqrt(x),
    ("1 / (2 * sqrt(x))", lambda m, x, y: m.div(0.5, y)), domain=[POSITIVE])
sin = Op("sin", "sin(x)", lambda m, x: m.sin(x),
    ("cos(x)", lambda m, x, y: m.cos(x)))
cos = Op("cos", "cos(x)", lambda m, x: m.cos(x),
    ("-sin(x)", lambda m, x, y: -m.sin(x)))
tan = Op("tan", "tan(x)", lambda m, x: m.tan(x),
    ("1 + tan(x)**2", lambda m, x, y: 1.0 + y * y), domain=[[(-1.4, 1.4)]])
asin = Op("asin", "asin(x)", lambda m, x: m.asin(x),
    ("1 / sqrt(1 - x**2)", lambda m, x, y: _asin_dx(m, x)), domain=[INSIDE])
acos = Op("acos", "acos(x)", lambda m, x: m.acos(x),
    ("-1 / sqrt(1 - x**2)", lambda m, x, y: -_asin_dx(m, x)), domain=[INSIDE])
atan = Op("atan", "atan(x)", lambda m, x: m.atan(x),
    ("1 / (1 + x**2)", lambda m, x, y: m.cos_angle(1.0, x) * m.cos_angle(1.0, x)))
atan2 = Op("atan2", "atan2(y, x)", lambda m, y, x: m.atan2(y, x),
    ("x / (x**2 + y**2)", lambda m, y, x, z: _over_square(m, x, y)),
    ("-y / (x**2 + y**2)", lambda m, y, x, z: -_over_square(m, y, x)), domain=[NONZERO, NONZERO],
    note="Gradient 0 at the origin.")
sinh = Op("sinh", "sinh(x)", lambda m, x: m.sinh(x),
    ("cosh(x)", lambda m, x, y: m.cosh(x)))
cosh = Op("cosh", "cosh(x)", lambda m, x: m.cosh(x),
    ("sinh(x)", lambda m, x, y: m.sinh(x)))
tanh = Op("tanh", "tanh(x)", lambda m, x: m.tanh(x),
    ("1 - tanh(x)**2", _tanh_dx))
hypot = Op("hypot", "sqrt(x**2 + y**2)", lambda m, x, y: m.hypot(x, y),
    ("x / sqrt(x**2 + y**2)", lambda m, x, y, z: m.cos_angle(x, y)),
    ("y / sqrt(x**2 + y**2)", lambda m, x, y, z: m.cos_angle(y, x)), domain=[NONZERO, NONZERO])
erf = Op("erf", "erf(x)", lambda m, x: m.erf(x),
    ("2 / sqrt(pi) * exp(-x**2)", lambda m, x, y: _erf_dx(m, x)))
erfc = Op("erfc", "1 - erf(x)", lambda m, x: m.erfc(x),
    ("-2 / sqrt(pi) * exp(-x**2)", lambda m, x, y: -_erf_dx(m, x)))

# Activations
SELU_SCALE, SELU_ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717

sigmoid = Op("sigmoid", "1 / (1 + exp(-x))", _sigmoid,
    ("sigmoid(x) * (1 - sigmoid(x))", lambda m, x, y: m.sigmoid_slope(x)))
logsigmoid = Op("logsigmoid", "-log(1 + exp(-x))", lambda m, x: m.where(x > 0.0, 0.0, x) - m.log1p(m.exp(-m.abs(x))),
    ("sigmoid(-x)", lambda m, x, y: m.sigmoid(-x)), note="log(sigmoid(x)) without underflow.")
softplus = Op("softplus", "log(1 + exp(x))", lambda m, x: m.where(x < 0.0, 0.0, x) + m.log1p(m.exp(-m.abs(x))),
    ("sigmoid(x)", lambda m, x, y: m.sigmoid(x)))
relu = Op("relu", "max(x, 0)", lambda m, x: m.where(x < 0.0, 0.0, x),
    ("where(x > 0, 1, 0)", lambda m, x, y: m.where(x <= 0.0, 0.0, 1.0)),
    domain=[NONZERO], note="Gradient 0 at 0, where maximum(x, 0) has 0.5 and clip(x, 0) has 1.")
leaky_relu = Op("leaky_relu", "where(x > 0, x, negative_slope * x)",
    lambda m, x, negative_slope=0.01: m.where(x > 0.0, x, negative_slope * x),
    ("where(x > 0, 1, negative_slope)", lambda m, x, negative_slope, y: m.where(x > 0.0, 1.0, negative_slope)),
    ("where(x > 0, 0, x)", lambda m, x, negative_slope, y: m.where(x > 0.0, 0.0, x)),
    domain=[NONZERO, POSITIVE], note="Gradient negative_slope at 0.")
elu = Op("elu", "where(x > 0, x, alpha * (exp(x) - 1))",
    lambda m, x, alpha=1.0: m.where(x > 0.0, x, alpha * m.expm1(x)),
    ("where(x > 0, 1, alpha * exp(x))",
        lambda m, x, alpha, y: m.where(x <= 0.0, alpha * m.exp(m.where(x < 0.0, x, 0.0)), 1.0)),
    ("where(x > 0, 0, exp(x) - 1)", lambda m, x, alpha, y: m.expm1(m.where(x < 0.0, x, 0.0))),
    domain=[NONZERO, POSITIVE], note="Gradient alpha at 0.")
selu = Op("selu", f"{SELU_SCALE!r} * where(x > 0, x, {SELU_ALPHA!r} * (exp(x) - 1))",
    lambda m, x: SELU_SCALE * m.where(x > 0.0, x, SELU_ALPHA * m.expm1(x)),
    (f"{SELU_SCALE!r} * where(x > 0, 1, {SELU_ALPHA!r} * exp(x))",
        lambda m, x, y: SELU_SCALE * m.where(x <= 0.0, SELU_ALPHA * m.exp(m.where(x < 0.0, x, 0.0)), 1.0)),
    domain=[NONZERO])
gelu = Op("gelu", "x * (1 + erf(x / sqrt(2))) / 2", _gelu,
    ("(1 + erf(x / sqrt(2))) / 2 + x * exp(-x**2 / 2) / sqrt(2 * pi)", _gelu_dx), note="The exact one, with erf.")
silu = Op("silu", "x / (1 + exp(-x))", _silu,
    ("sigmoid(x) * (1 + x * (1 - sigmoid(x)))", _silu_dx), note="Also called swish.")

logaddexp = Op("logaddexp", "log(exp(x) + exp(y))", _logaddexp,
    ("sigmoid(x - y)", lambda m, x, y, z: m.sigmoid(x - y)),
    ("sigmoid(y - x)", lambda m, x, y, z: m.sigmoid(y - x)), note="Does not overflow.")

# Choices
maximum = Op("maximum", "max(x, y)", lambda m, x, y: m.where(x >= y, x, m.where(x < y, y, x + y)),
    ("where(x > y, 1, 0)", lambda m, x, y, z: m.where(x < y, 0.0, m.where(m.equal(x, y), 0.5, 1.0))),
    ("where(y > x, 1, 0)", lambda m, x, y, z: m.where(y < x, 0.0, m.where(m.equal(x, y), 0.5, 1.0))),
    symbol="max", note="Equal operands get half the gradient each.")
minimum = Op("minimum", "min(x, y)", lambda m, x, y: m.where(x <= y, x, m.where(x > y, y, x + y)),
    ("where(x < y, 1, 0)", lambda m, x, y, z: m.where(x > y, 0.0, m.where(m.equal(x, y), 0.5, 1.0))),
    ("where(y < x, 1, 0)", lambda m, x, y, z: m.where(y > x, 0.0, m.where(m.equal(x, y), 0.5, 1.0))),
    symbol="min", note="Equal operands get half the gradient each.")
clip = Op("clip", "where(x < min, min, where(x > max, max, x))",
    lambda m, x, min=-math.inf, max=math.inf: m.where(m.where(x < min, min, x) > max, max, m.where(x < min, min, x)),
    ("where(x < min, 0, where(x > max, 0, 1))",
        lambda m, x, min, max, y: m.where(x >= min, m.where(x <= max, 1.0, 0.0), 0.0)),
    ("where(x < min, 1, 0)", lambda m, x, min, max, y: m.where(x < min, m.where(min > max, 0.0, 1.0), 0.0)),
    ("where(x > max, 1, 0)",
        lambda m, x, min, max, y: m.where(x > max, 1.0, m.where(x < min, m.where(min > max, 1.0, 0.0), 0.0))),
    domain=[[(-3, 3)], [(-2, -1)], [(1, 2)]], note="Gradient 1 on the edges; None leaves a side open.")
where = Op("where", "x if condition else y", lambda m, condition, x, y: m.where(m.equal(condition, 0.0), y, x),
    ("0", lambda m, condition, x, y, z: 0.0),
    ("where(condition, 1, 0)", lambda m, condition, x, y, z: m.where(m.equal(condition, 0.0), 0.0, 1.0)),
    ("where(condition, 0, 1)", lambda m, condition, x, y, z: m.where(m.equal(condition, 0.0), 1.0, 0.0)),
    domain=[[(1, 2)], [(-3, 3)], [(-3, 3)]], note="Any condition but 0 and False holds.")
less = Op("less", "where(x < y, 1, 0)", lambda m, x, y: m.where(x < y, 1.0, 0.0),
    ("0", lambda m, x, y, z: 0.0),
    ("0", lambda m, x, y, z: 0.0), symbol="<", domain=[BESIDE, INSIDE], note="A condition for `where`.")
less_equal = Op("less_equal", "where(x <= y, 1, 0)", lambda m, x, y: m.where(x <= y, 1.0, 0.0),
    ("0", lambda m, x, y, z: 0.0),
    ("0", lambda m, x, y, z: 0.0), symbol="≤", domain=[BESIDE, INSIDE], note="A condition for `where`.")
equal = Op("equal", "where(x == y, 1, 0)", lambda m, x, y: m.where(m.equal(x, y), 1.0, 0.0),
    ("0", lambda m, x, y, z: 0.0),
    ("0", lambda m, x, y, z: 0.0), symbol="=", domain=[BESIDE, INSIDE], note="A condition for `where`.")
sign = Op("sign", "sign(x)", lambda m, x: m.where(x > 0.0, 1.0, m.where(x < 0.0, -1.0, x)),
    ("0", lambda m, x, y: 0.0), domain=[NONZERO])
stop_gradient = Op("stop_gradient", "x", lambda m, x: x,
    ("0", lambda m, x, y: 0.0), note="The number itself, as a constant: no gradient flows through.")
floor = Op("floor", "floor(x)", lambda m, x: m.floor(x),
    ("0", lambda m, x, y: 0.0), domain=[[(-1.9, -1.1), (0.1, 0.9)]])

# Of many operands, one node
sum = Variadic("sum", "sum(xs)", lambda m, xs: m.sum(xs),
    ("1", lambda m, xs, y: [[1.0 for x in xs]]), symbol="Σ")
dot = Variadic("dot", "sum(w * x for w, x in zip(ws, xs))", lambda m, ws, xs: m.sum(w * x for w, x in zip(ws, xs)),
    ("the other factor", lambda m, ws, xs, y: [list(xs), list(ws)]), symbol="·")
logsumexp = Variadic("logsumexp", "log(sum(exp(x) for x in xs))", _logsumexp,
    ("softmax(xs)[i]", _softmax), note="Does not overflow.")
amax = Variadic("amax", "max(xs)", lambda m, xs: m.amax(xs),
    ("where(x == max(xs), 1 / count, 0)", _share_of_equals),
    symbol="max", note="k equal largest operands get 1/k of the gradient each.")
amin = Variadic("amin", "min(xs)", lambda m, xs: -m.amax(-x for x in xs),
    ("where(x == min(xs), 1 / count, 0)", _share_of_equals),
    symbol="min", note="k equal smallest operands get 1/k of the gradient each.")
# fmt: on

# What the compiled build has in C instead: a table of rows for each number of operands, the names of those
# rows, and a fingerprint of the sources.
UNARY = BINARY = TERNARY = ROWS
NAMES = " ".join(TABLE)
FINGERPRINT = ""
BUILT_IN = len(TABLE)  # an Op made after these has a higher code, and is recorded from its Python row in both builds


def check_build(names: str) -> None:
    """ImportError if the engine was built from a table of other operations than this one."""
    if names != NAMES:
        raise ImportError(
            "the compiled engine was built from another table of operations; build it again: pip install -e ."
        )
