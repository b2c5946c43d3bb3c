"""The exercises of notebooks 01 to 03."""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator
from typing import Any

from autograd import Value, exp, gradcheck, sigmoid, sin, sqrt, tanh
from autograd import stop_gradient as still

from .checking import exercise, near, number

# 01 Slopes and gradients


@exercise("01.1")
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
    ]
    yield from number("by_hand", by_hand, outer * inner, mistakes)
    yield from number(
        "by_value",
        by_value,
        outer * inner,
        [*mistakes, (0.0, "did you call backward on the result?")],
        1e-14,
    )
    rough = "; a smaller step, or a step to both sides, comes closer"
    for complaint in number("measured", measured, outer * inner, mistakes, 1e-5):
        yield complaint + (
            rough if math.isclose(measured, outer * inner, rel_tol=0.1) else ""
        )


@exercise("01.2")
def banana(gradient: Any, rate: Any) -> Iterator[str]:
    """Complain about the gradient of Rosenbrock's function at (-1.2, 1), or the largest power of ten that descends."""
    dx, dy = gradient
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

    if after(rate) >= 24.2:
        yield f"with rate {rate:g} a step leads from 24.2 up to {after(rate):.4g}"
    if after(10 * rate) < 24.2:
        yield f"rate {rate:g} lowers f, and ten times that rate does so, too"
    if not near(math.log10(rate) % 1, 0) and not near(math.log10(rate) % 1, 1):
        yield f"{rate:g} is not one of the rates 1, 0.1, 0.01, ..."


@exercise("01.3")
def complex_step(step: Any) -> Iterator[str]:
    """Complain about a function of h that gives the slope of sin at 1."""
    truth, h = math.cos(1), 1e-4
    value = step(h)
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


# 02 The chain rule


@exercise("02.1")
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
         (direct - through_sx - through_total, "the slope of 1 / bottom is -1 / bottom^2: the sign")],
    )  # fmt: skip
    yield from number(
        "dy", dy, through_total + through_sy,
        [(through_total, "y is used twice; sigmoid(y) is missing"), (through_sy, "y is used twice; x + y is missing"),
         (through_total + 1 / bottom, "the slope of the sigmoid is s * (1 - s), and it is missing"),
         (-through_total + through_sy, "the slope of 1 / bottom is -1 / bottom^2: the sign")],
    )  # fmt: skip


@exercise("02.2")
def with_tanh(w1: Any, b1: Any, w2: Any, b2: Any) -> Iterator[str]:
    """Complain about the gradients of the worked example with tanh."""
    a1 = math.tanh(1.2)
    a2 = math.tanh(0.8 * a1 - 0.4)
    delta2 = 2 * (a2 - 1) * (1 - a2**2)
    delta1 = delta2 * 0.8 * (1 - a1**2)
    sigmoids = "that has the slope of the sigmoid, a (1 - a); the slope of tanh is 1 - a^2"
    yield from number(
        "dL/db2", b2, delta2,
        [(2 * (a2 - 1) * a2 * (1 - a2), sigmoids), (2 * (a2 - 1), "the slope of tanh is missing"),
         (-delta2, "the sign: the slope of (a2 - y)^2 is 2 (a2 - y)"), (delta2 / 2, "the 2 of the square is missing")],
    )  # fmt: skip
    yield from number(
        "dL/dw2", w2, delta2 * a1, [(delta2, "that is dL/db2; the input of w2 is a1")]
    )
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
    v = Value(x)
    (v * (1 - v)).backward()
    if v.grad != 0:
        paths = f"1 - x = {1 - v.data:g}, the other -x = {0.0 - v.data:g}"
        yield f"at {v.data:g} one path brings {paths}; their sum is {v.grad:g}, not 0"


# 03 Checking gradients


def _score(a: Any, b: Any, c: Any) -> Any:
    mean = (a + b + c) / 3
    return (a - mean) / sqrt(((a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2) / 3)


@exercise("03.1")
def repaired(letter: Any, repair: Any) -> Iterator[str]:
    """Complain about which score is wrong, or about its repair."""
    if letter not in ("a", "b", "c"):
        yield f"name one of the functions, 'a', 'b' or 'c'; you named {letter!r}"
    if letter != "b":
        yield f"the gradient of score_{letter} agrees with the measured slopes; try gradcheck at [1.1, 2.3, 4.2]"
    for point in ([1.1, 2.3, 4.2], [0.3, -1.7, 0.9]):
        value = float(repair(*map(Value, point)))
        if not near(value, float(_score(*point))):
            yield f"the value has changed: at {point} it is {value:.6g}, and should be {float(_score(*point)):.6g}"
        if not gradcheck(repair, point, raise_exception=False):
            yield f"its gradient is still wrong at {point}: does every number on the way remain a Value?"


@exercise("03.2")
def own_check(my_check: Any) -> Iterator[str]:
    """Complain about a gradient check that passes wrong derivatives or fails right ones."""
    for name, f, x, right in (
        ("exp(sin(x)), which is right,", lambda x: exp(sin(x)), 1.2, True),
        ("-x**3, which is right and falls,", lambda x: -(x**3), 1.7, True),
        ("1000 * x**2, which is right and steep,", lambda x: 1000 * x**2, 30.0, True),
        ("x**3 with the derivative 2 x**2", lambda x: x * x * still(x), 1.7, False),
        ("sin(x) with the derivative -cos(x)", lambda x: 2 * still(sin(x)) - sin(x), 0.4, False),
        ("exp(x) with a derivative 1 % too large", lambda x: 1.01 * exp(x) - 0.01 * still(exp(x)), 0.4, False),
        ("tanh(x) / 1000 with twice its derivative", lambda x: (2 * tanh(x) - still(tanh(x))) / 1000, 0.4, False),
    ):  # fmt: skip
        verdict = my_check(f, x)
        if verdict is None:
            yield "it returns None; return True or False"
        if bool(verdict) != right:
            wrong = (
                "is it a size that you compare?",
                "is the tolerance relative to the slope, and tight?",
            )
            hint = wrong[0] if right else wrong[1]
            yield f"it {'passes' if verdict else 'fails'} {name} at {x}: {hint}"


@exercise("03.3")
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
        if passes is not right:
            mean = f"their mean is {(left + 1) / 2:g}, and the engine says 0"
            yield f"{name} has slope {left} on the left and 1 on the right; {mean}"
