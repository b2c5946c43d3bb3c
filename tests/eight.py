"""The graphs that every picture must show legibly, from the README's example to a batch of 100 rows; and some by hand."""

from __future__ import annotations

import builtins
import random
from collections.abc import Callable
from typing import Any

import nn
from autograd import Value, relu, softmax, tanh
from nn import MLP

Row = tuple[list[float], float]
CLASSIC: list[Row] = [([2.0, 3.0, -1.0], 1.0), ([3.0, -1.0, 0.5], -1.0), ([0.5, 1.0, 1.0], -1.0), ([1.0, 1.0, -1.0], 1.0)]


def named(loss: Value) -> Value:
    loss.label = "loss"
    return loss


def rows(count: int) -> list[Row]:
    generator = random.Random(0)
    return [([generator.uniform(-1, 1) for _ in "ab"], generator.choice([-1.0, 1.0])) for _ in range(count)]


def readme() -> Value:
    x, w, b = Value(2.0, "x"), Value(-0.5, "w"), Value(1.5, "b")
    return named((tanh(w * x + b) - 1) ** 2)


def classic() -> Value:
    model = MLP(3, [4, 4, 1], "tanh", seed=0)
    loss: Value = builtins.sum((model(x) - y) ** 2 for x, y in CLASSIC)
    return named(loss)


def moons() -> Value:
    model = MLP(2, [16, 16, 1], seed=0)
    return named(builtins.sum(relu(1 + -y * model(x)) for x, y in rows(100)) * 0.01)


def recurrent() -> Value:
    last: Any = nn.RNN(1, 3, seed=0)([[Value(0.1 * k, f"x{k}")] for k in range(6)])
    while not isinstance(last, Value):
        last = last[-1]
    return named((last - 1.0) ** 2)


def penalty() -> Value:
    parameters = MLP(3, [4, 4, 1], seed=0).parameters()
    return named(builtins.sum(p * p for p in parameters) * 0.01)


def by_hand(layers: list[int], count: int) -> Value:
    """A network of single multiplications and additions, without scopes, on rows; and a penalty."""
    generator = random.Random(0)
    network = [
        [([Value(generator.uniform(-1, 1)) for _ in range(n)], Value(0.1)) for _ in range(m)]
        for n, m in zip([2, *layers], layers)
    ]

    def output(xs: list[Any]) -> Value:
        for layer in network:
            xs = [relu(builtins.sum((w * x for w, x in zip(ws, xs)), b)) for ws, b in layer]
        result: Value = xs[0]
        return result

    parameters = [p for layer in network for ws, b in layer for p in (*ws, b)]
    return named(
        builtins.sum((output(x) - y) ** 2 for x, y in rows(count)) + 1e-4 * builtins.sum(p * p for p in parameters)
    )


EIGHT: dict[str, Callable[[], Value]] = {
    "README's example": readme,
    "neuron of 16": lambda: nn.Neuron(16, "tanh", seed=0)([Value(0.1 * k, f"x{k}") for k in range(16)]),
    "MLP": lambda: named((MLP(2, [4, 4, 1], seed=0)([0.5, -1.0]) - 1) ** 2),
    "MLP, 4 rows": classic,
    "MLP, 100 rows": moons,
    "softmax": lambda: named(-softmax([Value(z, f"z{k}") for k, z in enumerate([1.0, 2.0, -0.5, 0.3])])[2].log()),
    "RNN": recurrent,
    "L2": penalty,
}
BY_HAND: dict[str, Callable[[], Value]] = {
    "by hand, 1 row": lambda: by_hand([4, 4, 1], 1),
    "by hand, 4 rows": lambda: by_hand([4, 4, 1], 4),
    "by hand, 100 rows": lambda: by_hand([16, 16, 1], 100),
}
