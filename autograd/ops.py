"""The table of operations. Each is declared once, in one row, and everything else reads the row.

A row says what an operation is (`formula`), how to compute it without overflow (`value`), and its derivative towards each
operand, in words (`rule`) and as a function of the operands and the result (`partials`). `m` is the arithmetic to use:
`autograd.floats` when a Value records the operation, Values when a gradient is differentiated again, symbols when the
compiled build prints the row as C. A row therefore uses operators only for + - * and comparisons; the rest comes from `m`.

A row is also the public function: `autograd.tanh(x)` is this table's `tanh`, called. Edge cases follow PyTorch.
"""

import math
from typing import Any

from autograd.operation import ROWS
from autograd.operation import TABLE as TABLE
from autograd.operation import Op as Op
from autograd.operation import Variadic as Variadic


def _logsumexp(m: Any, xs: Any) -> Any:
    top = m.amax(xs)
    shift = m.where(m.abs(top) < math.inf, top, 0.0)
    return m.log(m.sum(m.exp(x - shift) for x in xs)) + shift


def _share_of_equals(m: Any, xs: Any, y: Any) -> Any:
    count = m.sum(m.where(m.equal(x, y), 1.0, 0.0) for x in xs)
    return [[m.where(m.equal(x, y), m.div(1.0, count), 0.0) for x in xs]]


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
    ("y * x**(y - 1)", lambda m, x, y, z: m.where(m.equal(y, 0.0), 0.0, y * m.pow(x, y - 1.0))),
    ("log(x) * x**y", lambda m, x, y, z: m.where(m.equal(x, 0.0), m.where(y >= 0.0, 0.0, -math.inf), z * m.log(x))),
    symbol="**", domain=[POSITIVE, [(-3, 3)]], note="x**0 is 1 with gradient 0, also at 0.")
neg = Op("neg", "-x", lambda m, x: -x,
    ("-1", lambda m, x, y: -1.0), symbol="-")
abs = Op("abs", "abs(x)", lambda m, x: m.abs(x),
    ("sign(x)", lambda m, x, y: m.where(x > 0.0, 1.0, m.where(x < 0.0, -1.0, 0.0))),
    domain=[NONZERO], note="Gradient 0 at 0.")

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
    ("1 / sqrt(1 - x**2)", lambda m, x, y: m.div(1.0, m.sqrt((1.0 - x) * (1.0 + x)))), domain=[INSIDE])
acos = Op("acos", "acos(x)", lambda m, x: m.acos(x),
    ("-1 / sqrt(1 - x**2)", lambda m, x, y: -m.div(1.0, m.sqrt((1.0 - x) * (1.0 + x)))), domain=[INSIDE])
atan = Op("atan", "atan(x)", lambda m, x: m.atan(x),
    ("1 / (1 + x**2)", lambda m, x, y: m.div(1.0, 1.0 + x * x)))
atan2 = Op("atan2", "atan2(y, x)", lambda m, y, x: m.atan2(y, x),
    ("x / (x**2 + y**2)", lambda m, y, x, z: m.div(m.div(x, m.hypot(x, y)), m.hypot(x, y))),
    ("-y / (x**2 + y**2)", lambda m, y, x, z: -m.div(m.div(y, m.hypot(x, y)), m.hypot(x, y))), domain=[NONZERO, NONZERO])
sinh = Op("sinh", "sinh(x)", lambda m, x: m.sinh(x),
    ("cosh(x)", lambda m, x, y: m.cosh(x)))
cosh = Op("cosh", "cosh(x)", lambda m, x: m.cosh(x),
    ("sinh(x)", lambda m, x, y: m.sinh(x)))
tanh = Op("tanh", "tanh(x)", lambda m, x: m.tanh(x),
    ("1 - tanh(x)**2", lambda m, x, y: 1.0 - y * y))
hypot = Op("hypot", "sqrt(x**2 + y**2)", lambda m, x, y: m.hypot(x, y),
    ("x / sqrt(x**2 + y**2)", lambda m, x, y, z: m.div(x, z)),
    ("y / sqrt(x**2 + y**2)", lambda m, x, y, z: m.div(y, z)), domain=[NONZERO, NONZERO])
erf = Op("erf", "erf(x)", lambda m, x: m.erf(x),
    ("2 / sqrt(pi) * exp(-x**2)", lambda m, x, y: 2.0 / math.sqrt(math.pi) * m.exp(-(x * x))))
erfc = Op("erfc", "1 - erf(x)", lambda m, x: m.erfc(x),
    ("-2 / sqrt(pi) * exp(-x**2)", lambda m, x, y: -2.0 / math.sqrt(math.pi) * m.exp(-(x * x))))

# Activations
SELU_SCALE, SELU_ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717

sigmoid = Op("sigmoid", "1 / (1 + exp(-x))", lambda m, x: m.div(1.0, 1.0 + m.exp(-x)),
    ("sigmoid(x) * (1 - sigmoid(x))", lambda m, x, y: y * (1.0 - y)))
logsigmoid = Op("logsigmoid", "-log(1 + exp(-x))", lambda m, x: m.where(x > 0.0, 0.0, x) - m.log1p(m.exp(-m.abs(x))),
    ("sigmoid(-x)", lambda m, x, y: m.div(1.0, 1.0 + m.exp(x))), note="log(sigmoid(x)) without underflow.")
softplus = Op("softplus", "log(1 + exp(x))", lambda m, x: m.where(x < 0.0, 0.0, x) + m.log1p(m.exp(-m.abs(x))),
    ("sigmoid(x)", lambda m, x, y: m.div(1.0, 1.0 + m.exp(-x))))
relu = Op("relu", "max(x, 0)", lambda m, x: m.where(x < 0.0, 0.0, x),
    ("where(x > 0, 1, 0)", lambda m, x, y: m.where(x > 0.0, 1.0, 0.0)),
    domain=[NONZERO], note="Gradient 0 at 0, where maximum(x, 0) has 0.5 and clip(x, 0) has 1.")
leaky_relu = Op("leaky_relu", "where(x > 0, x, negative_slope * x)",
    lambda m, x, negative_slope=0.01: m.where(x > 0.0, x, negative_slope * x),
    ("where(x > 0, 1, negative_slope)", lambda m, x, negative_slope, y: m.where(x > 0.0, 1.0, negative_slope)),
    ("where(x > 0, 0, x)", lambda m, x, negative_slope, y: m.where(x > 0.0, 0.0, x)),
    domain=[NONZERO, POSITIVE], note="Gradient negative_slope at 0.")
elu = Op("elu", "where(x > 0, x, alpha * (exp(x) - 1))",
    lambda m, x, alpha=1.0: m.where(x > 0.0, x, alpha * m.expm1(x)),
    ("where(x > 0, 1, alpha * exp(x))", lambda m, x, alpha, y: m.where(x > 0.0, 1.0, alpha * m.exp(x))),
    ("where(x > 0, 0, exp(x) - 1)", lambda m, x, alpha, y: m.where(x > 0.0, 0.0, m.expm1(x))),
    domain=[NONZERO, POSITIVE], note="Gradient alpha at 0.")
selu = Op("selu", f"{SELU_SCALE!r} * where(x > 0, x, {SELU_ALPHA!r} * (exp(x) - 1))",
    lambda m, x: SELU_SCALE * m.where(x > 0.0, x, SELU_ALPHA * m.expm1(x)),
    (f"{SELU_SCALE!r} * where(x > 0, 1, {SELU_ALPHA!r} * exp(x))",
        lambda m, x, y: SELU_SCALE * m.where(x > 0.0, 1.0, SELU_ALPHA * m.exp(x))), domain=[NONZERO])
gelu = Op("gelu", "x * (1 + erf(x / sqrt(2))) / 2", lambda m, x: 0.5 * x * m.erfc(-math.sqrt(0.5) * x),
    ("(1 + erf(x / sqrt(2))) / 2 + x * exp(-x**2 / 2) / sqrt(2 * pi)",
        lambda m, x, y: 0.5 * m.erfc(-math.sqrt(0.5) * x) + x * m.exp(-0.5 * (x * x)) * (1.0 / math.sqrt(2.0 * math.pi))),
    note="The exact one, with erf.")
silu = Op("silu", "x / (1 + exp(-x))", lambda m, x: m.div(x, 1.0 + m.exp(-x)),
    ("sigmoid(x) * (1 + x * (1 - sigmoid(x)))",
        lambda m, x, y: m.div(1.0, 1.0 + m.exp(-x)) * (1.0 + m.div(x, 1.0 + m.exp(x)))), note="Also called swish.")

# Choices
maximum = Op("maximum", "max(x, y)", lambda m, x, y: m.where(x >= y, x, m.where(x < y, y, x + y)),
    ("where(x > y, 1, 0)", lambda m, x, y, z: m.where(x > y, 1.0, m.where(x < y, 0.0, 0.5))),
    ("where(y > x, 1, 0)", lambda m, x, y, z: m.where(y > x, 1.0, m.where(y < x, 0.0, 0.5))),
    symbol="max", note="Equal operands get half the gradient each.")
minimum = Op("minimum", "min(x, y)", lambda m, x, y: m.where(x <= y, x, m.where(x > y, y, x + y)),
    ("where(x < y, 1, 0)", lambda m, x, y, z: m.where(x < y, 1.0, m.where(x > y, 0.0, 0.5))),
    ("where(y < x, 1, 0)", lambda m, x, y, z: m.where(y < x, 1.0, m.where(y > x, 0.0, 0.5))),
    symbol="min", note="Equal operands get half the gradient each.")
clip = Op("clip", "where(x < min, min, where(x > max, max, x))",
    lambda m, x, min=-math.inf, max=math.inf: m.where(m.where(x < min, min, x) > max, max, m.where(x < min, min, x)),
    ("where(x < min, 0, where(x > max, 0, 1))",
        lambda m, x, min, max, y: m.where(x < min, 0.0, m.where(x > max, 0.0, 1.0))),
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
floor = Op("floor", "floor(x)", lambda m, x: m.floor(x),
    ("0", lambda m, x, y: 0.0), domain=[[(-1.9, -1.1), (0.1, 0.9)]])

# Of many operands, one node
sum = Variadic("sum", "sum(xs)", lambda m, xs: m.sum(xs),
    ("1", lambda m, xs, y: [[1.0 for x in xs]]), symbol="Σ")
dot = Variadic("dot", "sum(w * x for w, x in zip(ws, xs))", lambda m, ws, xs: m.sum(w * x for w, x in zip(ws, xs)),
    ("the other factor", lambda m, ws, xs, y: [list(xs), list(ws)]), symbol="·")
logsumexp = Variadic("logsumexp", "log(sum(exp(x) for x in xs))", _logsumexp,
    ("softmax(xs)[i]", lambda m, xs, y: [[m.exp(x - y) for x in xs]]), note="Does not overflow.")
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
