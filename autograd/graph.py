"""The nodes of a recorded graph in order, and names for them."""

from __future__ import annotations

import re

from autograd.engine import Value, recorded_operations

FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0: control characters, surrogates


def topological_order(root: Value) -> list[Value]:
    """Every Value that root was computed from, and root last: each comes after its inputs.

    Leaves stand right before the first operation that uses them, so the order depends on the expression alone.
    """
    order: list[Value] = []
    leaves: set[Value] = set()
    for node in recorded_operations(root):
        for x in node.inputs:
            if not x.op and x not in leaves:
                leaves.add(x)
                order.append(x)
        order.append(node)
    return order or [root]


def names(nodes: list[Value]) -> dict[Value, str]:
    """A short name for each node, for tables and messages: its label, else v1, v2... in the order given."""
    return {node: legible(node.label) or f"v{i}" for i, node in enumerate(nodes, 1)}


def legible(text: str) -> str:
    """The text with U+FFFD in place of each character that no SVG, file or terminal can show."""
    return FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
