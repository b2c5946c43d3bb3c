"""The graph in Graphviz's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.graph import topological_order
from autograd.ops import TABLE
from autograd.render.text import number
from autograd.value import Value

if TYPE_CHECKING:
    import graphviz


def draw_dot(root: Value, format: str = "svg", rankdir: str = "LR") -> graphviz.Digraph:
    """The computation graph of root as a `graphviz.Digraph`, like the function of this name in micrograd's notebook.

    One box per Value: label and operation, data, gradient. Leaves are square and filled, operations rounded, plain
    numbers plain text. On each edge stands the local derivative. `rankdir` is LR (left to right) or TB (top to bottom).
    Making the Digraph needs no binary; turning it into a picture (`.render()`, `.pipe()`) needs Graphviz's `dot`.
    """
    import graphviz

    if rankdir not in ("LR", "TB"):
        raise ValueError(f"rankdir must be 'LR' or 'TB', got {rankdir!r}")
    graph = graphviz.Digraph(format=format, graph_attr={"rankdir": rankdir})
    graph.attr("node", shape="box", fontname="Helvetica", fontsize="11", color="#64748b")
    graph.attr("edge", fontname="Helvetica", fontsize="9", color="#64748b", fontcolor="#334155", arrowsize="0.6")
    order = topological_order(root)
    ids = {node: f"n{i}" for i, node in enumerate(order)}
    for node in order:
        symbol = f"[{TABLE[node.op].symbol}]" if node.op else ""
        title = " ".join(filter(None, (node.label, symbol))) or "leaf"
        style = "rounded" if node.op else "filled"
        lines = (title, f"data {number(node.data)}", f"grad {number(node.grad)}")
        graph.node(ids[node], "\n".join(map(graphviz.escape, lines)), style=style, fillcolor="#dbeafe")
        local_grads = iter(node.local_grads)
        for k, operand in enumerate(node.operands):
            if isinstance(operand, Value):
                graph.edge(ids[operand], ids[node], label=number(next(local_grads)))
            else:
                constant = f"{ids[node]}c{k}"
                graph.node(constant, number(operand), shape="plaintext")
                graph.edge(constant, ids[node])
    return graph
