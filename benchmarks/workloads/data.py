"""The cases for all peers: `python data.py FOLDER` writes them, one `.npz` file each.

The time of a step grows with `size`. `theta` holds the parameters as one flat array, in PyTorch's order of tensors.
"""

from __future__ import annotations

import importlib.util
import random
import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits, make_moons
from sklearn.model_selection import train_test_split

DOCUMENTS = 50  # names in the GPT's loss curve
LONGEST_NAME = 15  # its context of 16 holds the mark before the first letter too


def moons(rows: int) -> dict[str, np.ndarray]:
    """Make points of two moons with labels -1 and 1, and 337 weights of an MLP 2-16-16-1, drawn like micrograd's."""
    X, y = make_moons(max(rows, 100), noise=0.1, random_state=1337)
    weights = [np.random.default_rng(i).uniform(-1, 1, n) for i, n in enumerate((32, 256, 16))]
    theta = np.concatenate([weights[0], np.zeros(16), weights[1], np.zeros(16), weights[2], np.zeros(1)])
    return {"X": X[:rows], "y": y[:rows] * 2.0 - 1, "theta": theta, "size": np.array(rows)}


def uniform(rng: np.random.Generator, fan_in: int, *shape: int) -> np.ndarray:
    """Draw weights like PyTorch, within 1 / sqrt(fan_in), as a flat array."""
    return rng.uniform(-1, 1, shape).ravel() / fan_in**0.5


def digits() -> dict[str, np.ndarray]:
    """Load scikit-learn's 1797 digits, a fifth held out, pixels from 0 to 1; and make 2410 weights of an MLP 64-32-10."""
    X, y = load_digits(return_X_y=True)
    X, X_held_out, y, y_held_out = train_test_split(X / 16, y, test_size=0.2, random_state=0, stratify=y)
    rng = np.random.default_rng(0)
    theta = [uniform(rng, 64, 32, 64), uniform(rng, 64, 32), uniform(rng, 32, 10, 32), uniform(rng, 32, 10)]
    return {
        "X": X, "y": y, "X_held_out": X_held_out, "y_held_out": y_held_out,
        "theta": np.concatenate(theta), "size": np.array(128),
    }  # fmt: skip


def lstm(rows: int, steps: int = 50, inputs: int = 4, hidden: int = 16) -> dict[str, np.ndarray]:
    """Make random sequences (rows, steps, inputs), targets (rows, hidden), and the 1408 weights of an LSTM cell."""
    rng = np.random.default_rng(0)
    shapes = (4 * hidden, inputs), (4 * hidden, hidden), (4 * hidden,), (4 * hidden,)
    theta = np.concatenate([uniform(rng, hidden, *shape) for shape in shapes])
    X, Y = rng.normal(size=(rows, steps, inputs)), rng.uniform(-0.5, 0.5, (rows, hidden))
    return {"X": X, "Y": Y, "theta": theta, "size": np.array(rows)}


def first_names() -> list[str]:
    """List the first names in the package `names`, women's and men's, by frequency and in lower case."""
    spec = importlib.util.find_spec("names")
    assert spec is not None and spec.origin is not None, "the package names is not installed"
    lists = [(Path(spec.origin).parent / f"dist.{kind}.first").read_text() for kind in ("female", "male")]
    found = [line.split()[0].lower() for text in lists for line in text.splitlines()]
    return [name for name in dict.fromkeys(found) if name.isalpha() and len(name) <= LONGEST_NAME]


def gpt() -> dict[str, np.ndarray]:
    """Make names as rows of tokens (0 marks both ends, 1..26 are letters, -1 pads), and 4192 weights."""
    names = first_names()
    random.Random(42).shuffle(names)
    tokens = np.full((DOCUMENTS, LONGEST_NAME + 2), -1)
    for row, name in zip(tokens, names):
        row[: len(name) + 2] = [0, *(ord(letter) - ord("a") + 1 for letter in name), 0]
    theta = np.random.default_rng(42).normal(0, 0.08, 4192)
    return {"tokens": tokens, "theta": theta, "size": np.array(1)}


def rosenbrock(points: int, variables: int = 50) -> dict[str, np.ndarray]:
    """Make points for the Hessian: (points, variables)."""
    return {"X": np.random.default_rng(0).uniform(-2, 2, (points, variables)), "size": np.array(points)}


def mixture(d: int, components: int, points: int = 1000) -> dict[str, np.ndarray]:
    """Make points (points, d), and the parameters of a Gaussian mixture: weights, means, diagonals, triangles."""
    rng, sizes = np.random.default_rng(d), {"components": np.array(components), "size": np.array(points * d)}
    theta = rng.normal(0, 0.3, components * (1 + 2 * d + d * (d - 1) // 2))
    return {"X": rng.normal(size=(points, d)), "theta": theta, **sizes}


def graph(nodes: int, block: int = 1000, inputs: int = 8, parameters: int = 100) -> dict[str, np.ndarray]:
    """Make a graph of `nodes` operations on bounded numbers, all of which contribute to its result.

    Each block alternates a binary operation (0 +, 1 -, 2 *) on the previous number and an earlier one, and its sin;
    `other` is an index into inputs, parameters and the block's own numbers. The final result sums the blocks' last numbers.
    """
    rng = np.random.default_rng(nodes)
    kind, first = rng.integers(0, 3, nodes // 2), inputs + parameters
    other = rng.integers(0, first + 2 * (np.arange(nodes // 2) % (block // 2)))
    start = {"x": rng.uniform(-1, 1, inputs), "theta": rng.uniform(-1, 1, parameters)}
    return {**start, "kind": kind, "other": other, "block": np.array(block // 2), "size": np.array(nodes)}


CASES = {
    **{f"moons-{rows}": lambda rows=rows: moons(rows) for rows in (1, 10, 100, 1_000, 10_000, 100_000)},
    "digits": digits,
    "lstm": lambda: lstm(64),
    "gpt": gpt,
    **{f"rosenbrock-{points}": lambda points=points: rosenbrock(points) for points in (1, 100)},
    **{f"mixture-{d}": lambda d=d: mixture(d, d // 2) for d in (10, 20)},
    **{f"graph-{nodes}": lambda nodes=nodes: graph(nodes) for nodes in (1_000, 10_000, 100_000, 1_000_000)},
}

if __name__ == "__main__":
    for name, case in CASES.items():
        np.savez(Path(sys.argv[1]) / f"{name}.npz", **case())
