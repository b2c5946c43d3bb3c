"""The exercises of notebooks 01 to 03."""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator
from typing import Any

from autograd import Value, exp, gradcheck, sigmoid, sin, sqrt, tanh
from autograd import stop_gradient as still

from .checking import answers, exercise, near, number

# 01 Slopes and gradients

answers(
    "01.1",
    ("the estimate at 2.01", 8.12, [
        (2.01**3, "that is the exact value; the estimate is value + slope × step"),
        (0.12, "that is the change; the value at 2 is 8"),
        (20.0, "the slope is multiplied by the step, 0.01"),
        (8.012, "the slope is 12"),
        (9.2, "the step is 0.01"),
    ]),
    ("the estimate at 1.98", 7.76, [
        (1.98**3, "that is the exact value; the estimate is value + slope × step"),
        (8.24, "the step is -0.02, to the left"),
        (-0.24, "that is the change; the value at 2 is 8"),
        (7.88, "the step is -0.02"),
    ]),
    ("the error", 2.01**3 - 8.12, [
        (8.12 - 2.01**3, "the sign: the exact value minus the estimate"),
        (0.0, "the curve bends away from its tangent, by a little"),
        (2.01**3 - 8, "that is the change"),
    ]),
    rtol=1e-5,
)  # fmt: skip
answers(
    "01.2",
    ("the slope along x", 12.0, [
        (4.0, "that is 2 x; the factor y is missing"),
        (6.0, "that is 2 y; the slope of x^2 is 2 x"),
        (13.0, "the last y does not change with x"),
    ]),
    ("the slope along y", 5.0, [
        (4.0, "the last y has a slope, too: 1"),
        (13.0, "with respect to y, the slope of x^2 y is x^2; what you have for it is the slope along x"),
        (1.0, "x^2 y changes with y, too"),
        (12.0, "that is the slope along x"),
    ]),
    ("the new x", 0.8, [
        (3.2, "uphill; subtract"), (-10.0, "the rate is missing"), (1.2, "that is the step; subtract it from 2"),
    ]),
    ("the new y", 2.5, [
        (3.5, "uphill; subtract"), (-2.0, "the rate is missing"), (0.5, "that is the step; subtract it from 3"),
    ]),
)  # fmt: skip
answers(
    "01.5",
    ("the steepest slope", 5.0, [
        (7.0, "the length is the root of 3² + 4²"), (25.0, "take the root"), (4.0, "that is the slope along y; between x and y it is steeper"),
    ]),
    ("the slope along (1, 1)", 7 / 2**0.5, [
        (7.0, "(1, 1) is √2 long; make the direction one long first"),
        (3.5, "divide by the length, √2, not by 2"),
        (5.0, "that is the steepest one"),
        (1.4, "divide by the length of (1, 1), not by that of the gradient"),
    ]),
    ("the slope along the contour", 0.0, [
        (24.0, "the second number is -3: 3 × 4 - 4 × 3"),
        (4.8, "the second number is -3: 3 × 4 - 4 × 3"),
        (5.0, "that is the steepest one; along a contour the height stays the same"),
    ]),
)  # fmt: skip


@exercise("01.3")
def three_ways(by_hand: Any, by_value: Any, measured: Any) -> Iterator[str]:
    """Complain about the slope of e^(sin x) at 1.2."""
    outer, inner = math.exp(math.sin(1.2)), math.cos(1.2)
    mistakes = [
        (
            outer,
            "that is e^(sin x) itself; the chain rule multiplies it by the slope of sin x",
        ),
        (-outer * inner, "the sign; the slope of sin x is +cos x"),
        (
            math.exp(inner),
            "that is e^(cos x); the outer function stays at sin x, and the slope of sin x is a factor",
        ),
        (
            inner,
            "that is cos x, the slope of the inner function; the outer one has a slope, too",
        ),
        (
            math.exp(math.sin(2)) * math.cos(2),
            "that is the slope at 2; x still has its value from above",
        ),
    ]
    yield from number("by_hand", by_hand, outer * inner, mistakes)
    if isinstance(by_value, Value) and not near(by_value.data, outer * inner):
        yield f"by_value is {by_value!r}; the slope is in the `grad` of the input, after backward() of the result"
    yield from number(
        "by_value",
        by_value,
        outer * inner,
        [
            *mistakes,
            (0.0, "did you call backward on the result?"),
            (1.0, "that is the grad of the result itself; take that of the input"),
        ],
        1e-14,
    )
    rough = "; a smaller step, or a step to both sides, comes closer"
    for complaint in number("measured", measured, outer * inner, mistakes, 1e-5):
        yield complaint + (
            rough if math.isclose(measured, outer * inner, rel_tol=0.1) else ""
        )


@exercise("01.4")
def banana(gradient: Any, rate: Any) -> Iterator[str]:
    """Complain about the gradient of Rosenbrock's function at (-1.2, 1), or the largest power of ten that descends."""
    pair = "the gradient should be two numbers, (slope along x, slope along y)"
    try:
        dx, dy = gradient
    except (TypeError, ValueError):
        yield f"{pair}, and is {gradient!r}"
    if isinstance(dy, tuple | list):
        yield f"{pair}; value_and_grad gives (value, slopes), of which you want the second"
    first, second = -2 * (1 + 1.2), 400 * 1.2 * (1 - 1.44)
    yield from number(
        "the slope along x", dx, first + second,
        [(second, "the slope of (1 - x)^2 is missing"), (first, "the slope of 100 (y - x^2)^2 is missing"),
         (-first + second, "the slope of (1 - x)^2 is -2 (1 - x)"), (first - second, "the inner slope of y - x^2 is -2 x")],
    )  # fmt: skip
    yield from number(
        "the slope along y", dy, 200 * (1 - 1.44), [(-200 * (1 - 1.44), "the sign")]
    )

    def after(step: float) -> float:
        x, y = -1.2 - step * dx, 1 - step * dy
        return float((1 - x) ** 2 + 100 * (y - x * x) ** 2)

    if rate == 0:
        yield "with rate 0 there is no step"
    if after(rate) >= after(0):
        yield f"with rate {rate:g} a step leads from 24.2 up to {after(rate):.4g}"
    if after(10 * rate) < after(0):
        yield f"rate {rate:g} lowers f, and ten times that rate does so, too"
    if not near(math.log10(rate) % 1, 0) and not near(math.log10(rate) % 1, 1):
        yield f"{rate:g} is not one of the rates 1, 0.1, 0.01, ..."


@exercise("01.6")
def complex_step(step: Any) -> Iterator[str]:
    """Complain about a function of h that gives the slope of sin at 1."""
    truth, h = math.cos(1), 1e-4
    value = step(h)
    if value is None:
        yield f"for h = {h} it returns None: is a `return` missing?"
    say = f"for h = {h} it gives {value:.6g}"
    if isinstance(value, complex):
        yield f"{say}, a complex number; take its imaginary part, .imag"
    for wrong, hint in (
        (cmath.sin(1 + 1j * h).imag, "divide by h"),
        (cmath.sin(1 + 1j * h).real / h, "that is the real part; take the imaginary one"),
        (0.0, "the step should go in the imaginary direction, 1 + 1j * h"),
    ):
        if math.isclose(value, wrong, rel_tol=1e-6, abs_tol=1e-9):
            yield f"{say}: {hint}"
    if not math.isclose(value, truth, rel_tol=1e-6):
        yield f"{say}, and cos 1 is {truth:.6g}"
    if not math.isclose(step(1e-20), truth, rel_tol=1e-15):
        yield f"for h = 1e-20 it gives {step(1e-20)!r}: something is subtracted, and cancels"
    if math.isclose(step(0.1), truth, rel_tol=1e-9):
        yield "it gives cos 1 even for h = 0.1; use sin only, and measure its slope"


# 02 The chain rule

answers(
    "02.1",
    ("the gears in a row", -3.0, [
        (-0.5, "slopes in a row multiply; you added them"),
        (3.0, "one of them turns the other way: the sign"),
        (-6.0, "the third one is missing"),
    ]),
    ("the gradient over two paths", 2.0, [
        (-24.0, "multiply along each path, and add the paths"),
        (6.0, "that is the first path only"),
        (-4.0, "that is the second path only"),
        (10.0, "the second path brings -4"),
        (8.0, "along a path, the slopes multiply"),
        (15.0, "the other way round: multiply along each path, and add the paths"),
    ]),
)  # fmt: skip
_ONE_PATH = "that is one path; what the other one brings is added"
answers(
    "02.2",
    ("the gradient of the sum", 6.0, [(5.0, "multiplication swaps: the sum gets the product"), (1.0, "that is the gradient of f itself")]),
    ("the gradient of the product", 5.0, [(6.0, "multiplication swaps: the product gets the sum"), (1.0, "that is the gradient of f itself")]),
    ("the gradient of x", 21.0, [
        (6.0, _ONE_PATH), (15.0, _ONE_PATH), (16.0, "that is y's; inside the product, x gets y = 3"),
        (23.0, "the sum brings 6 × 1, the product 5 × 3: they are swapped"),
        (11.0, "the product's 5 has one more edge to go, with the local derivative y"),
        (90.0, "what two paths bring is added, not multiplied"),
    ]),
    ("the gradient of y", 16.0, [
        (6.0, _ONE_PATH), (10.0, _ONE_PATH), (21.0, "that is x's; inside the product, y gets x = 2"),
        (11.0, "the product's 5 has one more edge to go, with the local derivative x"),
        (60.0, "what two paths bring is added, not multiplied"),
    ]),
)  # fmt: skip
answers(
    "02.4",
    ("the number of paths", 1024.0, [
        (20.0, "those are the edges; at each of ten nodes a path can take either of two"),
        (10.0, "those are the nodes"),
        (100.0, "two choices, ten times: 2 to the power of 10"),
        (512.0, "ten doublings, not nine"),
        (2048.0, "ten doublings, not eleven"),
    ]),
    ("the number of edges", 20.0, [
        (10.0, "each addition has two inputs, although they are the same node"),
        (1024.0, "those are the paths"),
        (11.0, "those are the nodes"),
    ]),
    ("the gradient", 1024.0, [
        (20.0, "each doubling multiplies the gradient by 2"),
        (10.0, "each doubling multiplies the gradient by 2"),
        (2.0, "that is one doubling"),
        (1.0, "that is a single path"),
    ]),
)  # fmt: skip


@exercise("02.6")
def by_hand(dx: Any, dy: Any) -> Iterator[str]:
    """Complain about the gradient of (x + sigmoid(y)) / (sigmoid(x) + (x + y)^2) at (3, -4)."""
    sx, sy, total = sigmoid(3.0), sigmoid(-4.0), -1.0
    top, bottom = 3.0 + sy, sx + total**2
    direct, through_sx = 1 / bottom, -top / bottom**2 * sx * (1 - sx)
    through_total, through_sy = -top / bottom**2 * 2 * total, sy * (1 - sy) / bottom
    lost = "x is used three times: as it is, in sigmoid(x) and in x + y. What its paths bring adds up, and of yours only"
    yield from number(
        "dx", dx, direct + through_sx + through_total,
        [(through_sx + through_total, f"{lost} the last two count"), (direct, f"{lost} the first counts"),
         (through_total, f"{lost} x + y counts"), (through_sx, f"{lost} sigmoid(x) counts"),
         (direct + through_total, f"{lost} two count: sigmoid(x) is missing"),
         (direct - through_sx - through_total, "the slope of 1 / bottom is -1 / bottom^2: the sign"),
         (direct - top / bottom**2 + through_total, "the slope of sigmoid(x) is missing"),
         (direct - top / bottom**2 * 3.0 * (1 - 3.0) + through_total, "in the slope of the sigmoid, s (1 - s), the s is its result"),
         (direct + through_sx + through_total / 2, "the slope of (x + y)^2 is 2 (x + y)")],
    )  # fmt: skip
    yield from number(
        "dy", dy, through_total + through_sy,
        [(through_total, "y is used twice; sigmoid(y) is missing"), (through_sy, "y is used twice; x + y is missing"),
         (through_total + 1 / bottom, "the slope of the sigmoid is s * (1 - s), and it is missing"),
         (through_total - 4.0 * (1 + 4.0) / bottom, "in the slope of the sigmoid, s (1 - s), the s is its result"),
         (through_total / 2 + through_sy, "the slope of (x + y)^2 is 2 (x + y)"),
         (-through_total + through_sy, "the slope of 1 / bottom is -1 / bottom^2: the sign")],
    )  # fmt: skip


@exercise("02.5")
def with_tanh(w1: Any, b1: Any, w2: Any, b2: Any) -> Iterator[str]:
    """Complain about the gradients of the worked example with tanh."""
    a1 = math.tanh(1.2)
    a2 = math.tanh(0.8 * a1 - 0.4)
    delta2 = 2 * (a2 - 1) * (1 - a2**2)
    delta1 = delta2 * 0.8 * (1 - a1**2)
    sigmoids = "that has the slope of the sigmoid, a (1 - a); the slope of tanh is 1 - a^2"
    old = sigmoid(0.8 * sigmoid(1.2) - 0.4)
    stale = "those are the activations of the sigmoids; with tanh, a1 and a2 change, too"
    yield from number(
        "dL/db2", b2, delta2,
        [(2 * (a2 - 1) * a2 * (1 - a2), sigmoids), (2 * (old - 1) * (1 - old**2), stale),
         (2 * (a2 - 1) * (1 - a2) ** 2, "the slope of tanh is 1 - a^2; only the a is squared"), (2 * (a2 - 1), "the slope of tanh is missing"),
         (-delta2, "the sign: the slope of (a2 - y)^2 is 2 (a2 - y)"), (delta2 / 2, "the 2 of the square is missing")],
    )  # fmt: skip
    yield from number(
        "dL/dw2", w2, delta2 * a1,
        [(delta2, "that is dL/db2; the input of w2 is a1"), (2 * delta2, "the input of w2 is a1; x is that of w1")],
    )  # fmt: skip
    yield from number(
        "dL/db1", b1, delta1,
        [(delta2 * 0.8 * a1 * (1 - a1), sigmoids), (delta2 * (1 - a1**2), "the way back leads through w2, 0.8"),
         (delta2 * 0.8, "the slope of the hidden tanh is missing")],
    )  # fmt: skip
    yield from number(
        "dL/dw1", w1, 2 * delta1, [(delta1, "that is dL/db1; the input of w1 is x = 2")]
    )


@exercise("02.3")
def cancelling(x: Any) -> Iterator[str]:
    """Complain about a point where x (1 - x) has a gradient."""
    try:
        v = Value(float(x))
    except (TypeError, ValueError):
        yield f"the point should be a number, and is {x!r}"
    (v * (1 - v)).backward()
    if v.grad != 0:
        paths = f"1 - x = {1 - v.data:g}, the other -x = {0.0 - v.data:g}"
        yield f"at {v.data:g} one path brings {paths}; their sum is {v.grad:g}, not 0"


# 03 Checking gradients

answers(
    "03.1",
    ("the difference at 200", 0.201, [
        (0.2, "atol is added"), (0.001, "that is atol; rtol × 200 is added"), (0.002, "rtol is multiplied by the slope"),
    ]),
    ("the difference at 0.0005", 0.0010005, [
        (5e-7, "atol is added"), (0.002, "rtol is multiplied by the slope"),
        (0.0005, "that is the slope itself"),
        (0.001, "that is atol; rtol × 0.0005 is added"),
    ]),
    ("a backward of 0 passes", True, [
        (False, "it is off by 0.0005, and that is less than the tolerance"),
    ]),
    rtol=1e-5,
)  # fmt: skip
answers(
    "03.3",
    ("the wrong derivative", "C", [
        ("A", "that one agrees with the measured slope, 0.070651"),
        ("B", "that one agrees with the measured slope, 0.8"),
        ("D", "that one agrees with the measured slope, 0.894427"),
    ]),
    ("its right value", 1 / 9, [
        (1 / 3, "that is the wrong formula; the quotient rule has the square of 1 + x below"),
        (2 / 3, "that is the function itself"),
        (2 / 9, "(1 + x) - x is 1, not x"),
    ]),
)  # fmt: skip
answers(
    "03.4",
    ("relu at 0", 0.5, [
        (0.0, "that is what the engine says; the difference sees the slope 1 on the right"),
        (1.0, "only half of the interval has the slope 1"),
    ]),
    ("abs at 0", 0.0, [
        (1.0, "both ends are equally high: |h| - |-h|"),
        (-1.0, "both ends are equally high: |h| - |-h|"),
    ]),
    ("relu at h/2", 0.75, [
        (1.0, "that is its slope; but the left end of the interval, -h/2, is beyond the corner"),
        (0.5, "that is at 0; from h/2, the interval goes from -h/2 to 3h/2"),
        (1.5, "divide by the length of the whole interval, 2 h"),
    ]),
)  # fmt: skip


def _score(a: Any, b: Any, c: Any) -> Any:
    mean = (a + b + c) / 3
    return (a - mean) / sqrt(((a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2) / 3)


@exercise("03.2")
def repaired(letter: Any, repair: Any) -> Iterator[str]:
    """Complain about which score is wrong, or about its repair."""
    letter = str(getattr(letter, "__name__", letter)).removeprefix("score_").lower()
    if letter not in ("a", "b", "c"):
        yield f"name one of the functions, 'a', 'b' or 'c'; you named {letter!r}"
    if letter != "b":
        yield f"the gradient of score_{letter} agrees with the measured slopes; try gradcheck at [1.1, 2.3, 4.2]"
    for point in ([1.1, 2.3, 4.2], [0.3, -1.7, 0.9]):
        result = repair(*map(Value, point))
        if result is None:
            yield "the repaired function returns None: is a `return` missing?"
        value = float(result)
        if not near(value, float(_score(*point))):
            yield f"the value has changed: at {point} it is {value:.6g}, and should be {float(_score(*point)):.6g}"
        if not gradcheck(repair, point, raise_exception=False):
            yield f"its gradient is still wrong at {point}: does every number on the way remain a Value?"


@exercise("03.6")
def own_check(my_check: Any) -> Iterator[str]:
    """Complain about a gradient check that passes wrong derivatives or fails right ones."""
    share = "is the tolerance a share of the slope?"
    for name, f, x, right, hint in (
        ("exp(sin(x)), which is right,", lambda x: exp(sin(x)), 1.2, True, "no measured slope is exact to the last digit; allow a small difference"),
        ("-x**3, which is right and falls,", lambda x: -(x**3), 1.7, True, "is it sizes that you compare, without their signs?"),
        ("1000 * x**2, which is right and steep,", lambda x: 1000 * x**2, 30.0, True, share),
        ("x**3 with the derivative 2 x**2", lambda x: x * x * still(x), 1.7, False, "is the difference taken without its sign?"),
        ("sin(x) with the derivative -cos(x)", lambda x: 2 * still(sin(x)) - sin(x), 0.4, False, "is it the slopes that lose their signs, and not their difference?"),
        ("exp(x) with a derivative 1 % too large", lambda x: 1.01 * exp(x) - 0.01 * still(exp(x)), 0.4, False, "is the tolerance tight enough?"),
        ("tanh(x) / 1000 with twice its derivative", lambda x: (2 * tanh(x) - still(tanh(x))) / 1000, 0.4, False, share),
    ):  # fmt: skip
        verdict = my_check(f, x)
        if verdict not in (True, False):
            yield f"it returns {verdict!r}; return True or False"
        if bool(verdict) != right:
            yield f"it {'passes' if verdict else 'fails'} {name} at {x}: {hint}"


@exercise("03.5")
def corners(where: Any, g_passes: Any, lopsided_passes: Any) -> Iterator[str]:
    """Complain about the corner of relu(x - 1) + relu(1 - x), and about what gradcheck makes of it."""
    yield from number(
        "the corner",
        where,
        1.0,
        [(0.0, "relu has its corner where its argument is 0"), (-1.0, "the sign")],
    )
    for name, passes, left, right in (
        ("g", g_passes, -1, True),
        ("the lopsided g", lopsided_passes, -2, False),
    ):
        if passes not in (True, False):
            yield f"whether {name} passes: {passes!r} is neither True nor False"
        if passes != right:
            mean = f"their mean is {(left + 1) / 2:g}, and the engine says 0"
            yield f"{name} has slope {left} on the left and 1 on the right; {mean}"
