"""A minimal scalar engine in plain Python: the cost of the larger workloads without a compiler.

As in Karpathy's microgpt, a node keeps its operands and its local derivatives with respect to them, so that one rule does
the whole backward pass. Besides + and * there are only exp, log, relu and powers. micrograd itself has no exp or log.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from typing import Any

sys.setrecursionlimit(1_000_000)


class Node:
    """A number that remembers how it was computed."""

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
    """List every node of the graph, operands first. Recurses as deep as the graph (on the heap, from CPython 3.11 on)."""
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
    """Multiply the matrix by x, one scalar multiplication and addition at a time."""
    return [sum(w * xi for w, xi in zip(row, x)) for row in weight]
