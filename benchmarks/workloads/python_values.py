"""A scalar engine in plain Python, as small as such engines get: what the larger workloads cost without a compiler.

As in Karpathy's microgpt, a node keeps its operands and the local derivatives towards them, so that one rule does the
whole backward pass, and one exp, log, relu or power is all there is beside + and *. micrograd itself has no exp or log.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from typing import Any

sys.setrecursionlimit(1_000_000)


class Node:
    """A number that remembers what it was computed from."""

    __slots__ = ("data", "grad", "inputs", "locals")

    def __init__(self, data: float, inputs: tuple[Node, ...] = (), locals: tuple[float, ...] = ()) -> None:
        self.data, self.grad, self.inputs, self.locals = data, 0.0, inputs, locals

    def __add__(self, other: Any) -> Node:
        other = other if isinstance(other, Node) else Node(other)
        return Node(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: Any) -> Node:
        other = other if isinstance(other, Node) else Node(other)
        return Node(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, power: float) -> Node:
        return Node(self.data**power, (self,), (power * self.data ** (power - 1),))

    def exp(self) -> Node:
        y = math.exp(self.data)
        return Node(y, (self,), (y,))

    def log(self) -> Node:
        return Node(math.log(self.data), (self,), (1 / self.data,))

    def relu(self) -> Node:
        return Node(max(self.data, 0.0), (self,), (float(self.data > 0),))

    def sigmoid(self) -> Node:
        y = 1 / (1 + math.exp(-self.data))
        return Node(y, (self,), (y * (1 - y),))

    def tanh(self) -> Node:
        y = math.tanh(self.data)
        return Node(y, (self,), (1 - y * y,))

    def __neg__(self) -> Node:
        return self * -1

    def __sub__(self, other: Any) -> Node:
        return self + -other

    def __truediv__(self, other: Any) -> Node:
        return self * other**-1

    __radd__, __rmul__ = __add__, __mul__

    def backward(self) -> None:
        """Add the derivative of this node to the gradient of every node it depends on."""
        self.grad = 1.0
        for node in reversed(ordered(self)):
            for x, local in zip(node.inputs, node.locals):
                x.grad += local * node.grad


def ordered(result: Node) -> list[Node]:
    """Every node below the result, operands first; as deep as the graph (CPython 3.11 and later recurse on the heap)."""
    order: list[Node] = []
    seen: set[Node] = set()

    def visit(node: Node) -> None:
        if node not in seen:
            seen.add(node)
            for x in node.inputs:
                visit(x)
            order.append(node)

    visit(result)
    return order


def linear(weight: Iterable[Sequence[Any]], x: Sequence[Any]) -> list[Any]:
    """The products of the matrix with x, one scalar multiply and add at a time."""
    return [sum(w * xi for w, xi in zip(row, x)) for row in weight]
