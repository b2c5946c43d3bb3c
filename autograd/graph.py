"""Ways to look at a recorded graph: its nodes in order, and names for them. All built on one walk, `operations`."""

from __future__ import annotations

from autograd.value import Value, operations


def topological_order(root: Value) -> list[Value]:
    """Every Value that root was computed from, and root last: each comes after its inputs.

    Leaves stand right before the first operation that uses them, so the order depends on the expression alone.
    """
    order: list[Value] = []
    leaves: set[Value] = set()
    for node in operations(root):
        for x in node.inputs:
            if not x.op and x not in leaves:
                leaves.add(x)
                order.append(x)
        order.append(node)
    return order or [root]


def names(nodes: list[Value]) -> dict[Value, str]:
    """A short name for each node, for tables and messages: its label, else v1, v2... in the order given."""
    return {node: node.label or f"v{i}" for i, node in enumerate(nodes, 1)}
