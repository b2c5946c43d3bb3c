"""The exercises of notebook 04, and how it counts the cost of an activation."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from autograd import floats, gelu, sigmoid

from .checking import answers, exercise, flat, function, near, number, shown


class Calls:
    """Arithmetic that notes the math functions that an operation calls, in `names`."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name not in ("where", "cond", "abs"):
            self.names.append(name)
        return getattr(floats, name)


answers(
    "04.1",
    ("the slope of sigmoid", 0.25, [
        (0.5, "that is its value; the slope is s (1 - s)"), (1.0, "that is tanh's"), (0.0, "it is steepest there"),
    ]),
    ("the slope of tanh", 1.0, [
        (0.0, "that is its value; the slope is 1 - t^2"), (0.25, "that is the sigmoid's"),
    ]),
    ("the slope of relu", 1.0, [(2.0, "that is its value"), (0.0, "that is on the left of 0")]),
    ("the slope of leaky relu", 0.01, [
        (-0.03, "that is its value"), (0.0, "that is relu's; the leaky one keeps a small slope"),
        (-0.01, "it rises on the left, too"), (1.0, "that is on the right of 0"),
    ]),
)  # fmt: skip
answers(
    "04.4",
    ("u", 3.0, [(1.0, "that is the weight in h1; the output multiplies h1 by 3"), (-2.0, "h2 has no x")]),
    ("v", 8.0, [
        (4.0, "-2 × h2 is -2 × -y = +2 y"), (6.0, "h2 contributes, too: -2 × -y"),
        (1.0, "that adds the weights in h1 and h2, 2 and -1; the output multiplies them by 3 and -2 first"),
    ]),
    ("b", 3.5, [
        (1.5, "the 1 in h1 is multiplied by 3, too"), (0.5, "the 1 in h1 arrives three times"),
        (3.0, "the output's own 0.5 is missing"),
    ]),
)  # fmt: skip


@exercise("04.6")
def stable_softmax(given: Any) -> Iterator[str]:
    """Complain about a softmax that is wrong, or that large scores break."""

    def right(scores: list[float]) -> list[float]:
        powers = [math.exp(s - max(scores)) for s in scores]
        return [p / sum(powers) for p in powers]

    small = [([0.5, -1.0, 2.0],), ([1.0, 1.0],)]
    for (scores,) in small:
        if (found := given(scores)) is None:
            yield "it returns None: is a `return` missing?"
        found = flat(found)
        total = sum(found)
        if not near(total, 1):
            yield f"my_softmax({shown(scores)}) is {shown(found)}; they should add up to 1, and add up to {total:.6g}"
    yield from function("my_softmax", given, right, small, [
        (lambda scores: [s / sum(scores) for s in scores], "exp of each score, divided by the sum of them all"),
        (lambda scores: right([s / max(scores) for s in scores]), "subtract the largest score; do not divide by it"),
        (lambda scores: right([-s for s in scores]), "the sign of the scores"),
    ])  # fmt: skip
    for scores in ([1000.0, 999.0], [-1000.0, -1001.0]):
        try:
            given(scores)
        except (OverflowError, ZeroDivisionError) as error:
            yield (
                f"right for small scores, but my_softmax({shown(scores)}) stops with {type(error).__name__}: {error}; "
                "subtract the largest score from all of them first"
            )
        yield from function("my_softmax", given, right, [(scores,)])


@exercise("04.2")
def exclusive_or(u: Any, v: Any) -> Iterator[str]:
    """Complain about the weights u, v of relu(x + y) and relu(x + y - 1)."""
    answers = [
        u * max(x + y, 0) + v * max(x + y - 1, 0)
        for x, y in ((0, 0), (0, 1), (1, 0), (1, 1))
    ]
    said = f"the four answers are {', '.join(f'{float(a):g}' for a in answers)}; they should be 0, 1, 1, 0"
    if answers[1] != 1:
        yield f"{said}. At (0, 1) h1 is 1 and h2 is 0"
    if answers[3] != 0:
        yield f"{said}. At (1, 1) h1 is 2 and h2 is 1"


@exercise("04.3")
def near_gelu(with_factor: Any, with_silu: Any) -> Iterator[str]:
    """Complain about the largest difference between GELU and x sigmoid(1.702 x), and silu."""
    xs = [k / 100 for k in range(-500, 501)]
    largest = {k: max(abs(gelu(x) - x * sigmoid(k * x)) for x in xs) for k in (1.702, 1.0)}
    for name, given, k, other in (
        ("1.702", with_factor, 1.702, 1.0),
        ("silu", with_silu, 1.0, 1.702),
    ):
        mean = sum(abs(gelu(x) - x * sigmoid(k * x)) for x in xs) / len(xs)
        if math.isclose(given, largest[other], rel_tol=1e-2):
            yield f"{given:g} is the largest difference from the other of the two functions"
        if math.isclose(given, mean, rel_tol=2e-2):
            yield f"{given:g} is the mean difference; the question is about the largest one"
        yield from number(
            f"the largest difference ({name})",
            given,
            largest[k],
            [(0.0, "are the two functions the same?")],
            5e-3,
        )


@exercise("04.5")
def growing_weights(growing: Any, settled: Any) -> Iterator[str]:
    """Complain about the weight after 100, 400 and 1600 steps, and after 1600 and 3200 with two more people."""
    early, later, late = map(float, growing)
    if near(early, later) or late < 1:
        yield f"w = {early:.3f}, {later:.3f}, {late:.3f} does not grow: did you train with the bias, train(True, steps)?"
    if not early < later < late:
        yield f"w = {early:.3f}, {later:.3f}, {late:.3f}: give w, the first result of train, after 100, 400 and 1600 steps"
    first, last = map(float, settled)
    if last > 5:
        yield f"w = {first:.3f}, {last:.3f} still grows: are the two people in ages and sick, where train finds them?"
    if not math.isclose(first, last, rel_tol=1e-3) or not math.isclose(
        last, 3.2607, rel_tol=1e-3
    ):
        yield f"w = {first:.3f}, {last:.3f} is not where it settles with a sick person of 33 and a healthy one of 36"
