"""Both builds of the engine give what tiny.py gives, to the last bit, on random graphs of every operation."""

import math
import os
import random
import struct
from typing import Any

import pytest

from autograd import engine, tiny
from autograd import functions as pure
from autograd.operations import BUILT_IN, TABLE, Variadic

GRAPHS = int(os.environ.get("STEPGRAD_EXAMPLES", "1000"))
ROWS = list(TABLE.values())[:BUILT_IN]
NASTY = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 5e-324, 1e-300, 1e300, 709.0, 710.0, -745.0, 1e16, math.inf, -math.inf, math.nan)
BUILDS = {  # the plain Python one, and the one that runs, which may be the same
    functions.__name__: (functions, Value) for functions, Value in ((pure, pure.Value), (engine.functions, engine.Value))
}


def bits(x: float) -> bytes:
    return b"nan" if math.isnan(x) else struct.pack("d", x)


def graph(rng: random.Random) -> tuple[list[float], list[tuple[Any, list[Any]]]]:
    """The numbers of the leaves; and for each step a row, and its operands: numbers of earlier nodes, or floats."""

    def number() -> float:
        return rng.choice(NASTY) if rng.random() < 0.3 else rng.uniform(-3, 3)

    leaves = [number() for _ in range(rng.randint(1, 4))]
    steps: list[tuple[Any, list[Any]]] = []
    for i in range(rng.randint(1, 15)):
        row = rng.choice(ROWS)
        n = row.arity * rng.randint(1, 3) if isinstance(row, Variadic) else row.arity
        operands = [rng.randrange(len(leaves) + i) if rng.random() < 0.8 else number() for _ in range(n)]
        operands[rng.randrange(n)] = rng.randrange(len(leaves) + i)  # at least one is a node
        steps.append((row, operands))
    return leaves, steps


def in_tiny(leaves: list[float], steps: list[tuple[Any, list[Any]]]) -> list[Any]:
    nodes = [tiny.Value(x) for x in leaves]
    for row, operands in steps:
        nodes.append(tiny.record(row.name, *(nodes[x] if isinstance(x, int) else x for x in operands)))
    return nodes


def in_build(functions: Any, value: Any, leaves: list[float], steps: list[tuple[Any, list[Any]]]) -> list[Any]:
    nodes = [value(x) for x in leaves]
    for row, operands in steps:
        given = [nodes[x] if isinstance(x, int) else x for x in operands]
        arguments = row.split(given) if isinstance(row, Variadic) else given
        nodes.append(getattr(functions, row.name)(*arguments))
    return nodes


@pytest.mark.parametrize("build", BUILDS)
def test_the_engine_does_what_its_specification_says(build: str) -> None:
    rng = random.Random(build)
    for _ in range(GRAPHS):
        leaves, steps = graph(rng)
        specified, nodes = in_tiny(leaves, steps), in_build(*BUILDS[build], leaves, steps)
        for root in (-1, len(leaves)):  # a second backward adds to the leaves, and starts the others from 0
            specified[root].backward()
            nodes[root].backward()
        for mine, other in zip(nodes, specified):
            assert bits(mine.data) == bits(other.data), (leaves, steps)
            assert bits(mine.grad) == bits(other.grad), (leaves, steps)


def test_both_builds_are_there() -> None:
    assert set(BUILDS) == {"autograd.functions", *(["autograd.compiled.functions"] if engine.COMPILED else [])}
