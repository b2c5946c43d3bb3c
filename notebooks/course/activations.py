"""The exercises of notebook 04."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from autograd import gelu, sigmoid

from .checking import exercise, near, number


@exercise("04.1")
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


@exercise("04.2")
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
            1e-3,
        )


@exercise("04.3")
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
