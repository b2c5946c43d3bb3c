"""Shared by all peers of the GPT: its sizes, and the training on one name after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from measure import Case, Step

TOKENS, WIDTH, HEADS, CONTEXT = 27, 16, 4, 16
SHAPES = ((TOKENS, WIDTH), (CONTEXT, WIDTH), (TOKENS, WIDTH), *[(WIDTH, WIDTH)] * 4, (4 * WIDTH, WIDTH), (WIDTH, 4 * WIDTH))
RATE, BETA1, BETA2, EPS = 0.01, 0.85, 0.99, 1e-8
HEAD = WIDTH // HEADS
SMALL = 1e-5  # added to the mean square by rmsnorm


def documents(case: Case) -> list[Any]:
    """List the tokens of every name, with marks at both ends."""
    return [row[row >= 0] for row in case["tokens"]]


def rates(case: Case) -> Iterator[tuple[int, float]]:
    """Yield the number of each step, from 1, and its learning rate, which falls linearly to 0."""
    n = len(case["tokens"])
    return ((step + 1, RATE * (1 - step / n)) for step in range(n))


def training(case: Case, start: Callable[[], Callable[[Any, int, float], Any]], **options: Any) -> Step:
    """Make a run that is a training. `start` returns a step(document, number, rate) -> loss, with the initial weights."""
    names = documents(case)

    def run() -> list[float]:
        step = start()
        return [float(step(name, number, rate)) for name, (number, rate) in zip(names, rates(case))]

    return Step(run, lambda losses: (losses[-1], losses), steps=len(names), **options)
