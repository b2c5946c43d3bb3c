"""`Node`: a number in a recorded graph; and the chain rule (`backpropagate`), which runs back through the graph.

A node stores its operands and the local derivative with respect to each. `backward` needs nothing else, and treats all
operations alike: from the result to the leaves, it adds `local derivative * node.grad` to the gradient of each operand.

`Value` (value.py) is a Node with arithmetic: it records the nodes. tiny.py is the same in fifty lines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.edges import Edges
from autograd.operations import BY_CODE
from autograd.scope import Scope

_walks = 0  # the last mark given: each walk over a graph takes two, `opened` and `done`


class Node:
    """A number in a computation graph, the operands it was computed from, and its gradient."""

    __slots__ = ("_code", "_data", "_dx", "_dy", "_grad", "_label", "_mark", "_rest", "_scope", "_x", "_y")
    _data: float
    _grad: float
    _code: int  # the code of the operation (operations.py); 0 for a leaf
    _x: Any  # the first operand if it is a Node, otherwise None
    _y: Any  # the second
    _dx: float  # the local derivative with respect to _x; for an operand that is a plain number, that number
    _dy: float
    _rest: Edges | None  # in place of these four, for an operation on more than two operands, or on a sequence
    _label: str
    _scope: Scope | None  # the scope it was recorded in; with the line of code, if `detect_anomaly` was on
    _mark: int  # the last walk that met it

    @property
    def op(self) -> str:
        """The name of the operation that made it, a row of the table in operations.py; '' for a leaf."""
        return BY_CODE[self._code].name if self._code else ""

    @property
    def operands(self) -> tuple[Any, ...]:
        """The operands of the operation, in order: Values and plain numbers."""
        if self._rest is not None:
            return self._rest.operands
        if not self._code:
            return ()
        x = self._dx if self._x is None else self._x
        if BY_CODE[self._code].arity == 1:
            return (x,)
        return x, self._dy if self._y is None else self._y

    @property
    def inputs(self) -> tuple[Any, ...]:
        """The operands that are Values, in order; `x * x` has x twice."""
        return tuple([operand for operand in self.operands if type(operand) is not float])

    @property
    def local_grads(self) -> tuple[float, ...]:
        """The derivative of this Value with respect to each of its inputs, as it was when the operation was recorded."""
        if self._rest is not None:
            operands = self._rest.operands
            return tuple([self._rest.local_grads[i] for i in range(len(operands)) if type(operands[i]) is not float])
        return (() if self._x is None else (self._dx,)) + (() if self._y is None else (self._dy,))

    @property
    def scope(self) -> Scope | None:
        """The scope that this Value was recorded in, None outside of any; `scope.path` has the names."""
        at = self._scope
        return at.outer if at is not None and at.line else at

    @property
    def line(self) -> str:
        """The line of code that recorded it, if `detect_anomaly` was on; otherwise ''."""
        return "" if self._scope is None else self._scope.line


# The chain rule


def backpropagate(root: Node, check: Callable[[Node], None] | None = None, seed: float = 1.0) -> None:
    """Add the derivative of root with respect to each leaf to the leaf's gradient; overwrite the gradients in between.

    All derivatives are multiplied by `seed`, the gradient of root.
    `check` is called with each node before it passes its gradient on.
    """
    order = recorded_operations(root)
    for node in order:
        node._grad = 0.0  # only recorded operations are in the order: a leaf keeps the gradient of earlier passes
    root._grad += seed
    for node in reversed(order):
        if check is not None:
            check(node)
        upstream = node._grad
        x, y, edges = node._x, node._y, node._rest
        if x is not None:
            x._grad += node._dx * upstream  # the chain rule
        if y is not None:
            y._grad += node._dy * upstream
        if edges is not None:
            for i in range(len(edges.operands)):
                operand = edges.operands[i]
                if type(operand) is not float:
                    x = operand
                    x._grad += edges.local_grads[i] * upstream


def recorded_operations(root: Any) -> list[Any]:
    """The recorded operations that root depends on, and root, in topological order: each after its operands.

    A loop rather than a recursion, because graphs may be deep. A node is seen twice: first to push its operands, then, once
    these are done, to be listed.
    """
    global _walks
    if not isinstance(root, Node):
        raise TypeError(f"a graph ends in a Value, the result of operations on Values, got {root!r}")
    _walks += 2
    opened, done = _walks, _walks + 1
    order: list[Any] = []
    node = root
    stack: list[Any] = [node] if node._code else []
    while stack:
        node = stack[-1]
        if node._mark == opened:
            node._mark = done
            order.append(node)
            stack.pop()
            continue
        if node._mark == done:
            stack.pop()
            continue
        node._mark = opened
        x, y, edges = node._x, node._y, node._rest
        if x is not None and x._code and x._mark != done:
            stack.append(x)
        if y is not None and y._code and y._mark != done:
            stack.append(y)
        if edges is not None:
            for operand in edges.operands:
                if type(operand) is not float:
                    x = operand
                    if x._code and x._mark != done:
                        stack.append(x)
    return order


def set_walks(n: int) -> None:
    """Continue as if n / 2 walks had been made, for tests.

    In C a mark has 48 bits: n must be below 2**48, which more than a year of uninterrupted walks would reach.
    """
    global _walks
    _walks = n
