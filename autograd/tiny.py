"""The engine in fifty lines: a Value, its operations, and backward. `Value` of the package does the same, to the last bit.

The operations are the rows of its table: `row.evaluate(*numbers)` gives the result and the derivative with respect to each.
"""

from __future__ import annotations

from dataclasses import dataclass

from autograd.operations import TABLE


@dataclass(eq=False)
class Value:
    """A number, the operands that it was computed from, and the local derivative with respect to each of them."""

    data: float
    local_grads: tuple[float, ...] = ()
    operands: tuple[Value | float, ...] = ()
    grad: float = 0.0

    def backward(self) -> None:
        """Add the derivative of this Value with respect to each leaf to the gradient of the leaf."""
        order = topological_order(self)
        for node in (node for node in order if node.operands):
            node.grad = 0.0  # leaves keep theirs, and a second backward() adds to it
        self.grad += 1.0
        for node in reversed(order):
            for operand, local in zip(node.operands, node.local_grads):
                if isinstance(operand, Value):
                    operand.grad += local * node.grad  # the chain rule


def record(name: str, *operands: Value | float) -> Value:
    """The node of an operation of the table: `record("tanh", x)`, `record("mul", x, 2.0)`."""
    return Value(*TABLE[name].evaluate(*(x.data if isinstance(x, Value) else x for x in operands)), operands)


def topological_order(root: Value) -> list[Value]:
    """Every node that root was computed from, and root, each after its operands."""
    order: list[Value] = []
    seen, stack = set(), [(root, False)]
    while stack:
        node, operands_done = stack.pop()
        if operands_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack += [(node, True), *((x, False) for x in node.operands if isinstance(x, Value))]
    return order
