"""Pictures in Graphviz's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.engine import Value
from autograd.render.groups import at_depth
from autograd.render.picture import Graph, Picture, alone, flat
from autograd.render.text import FONT, SMALL

if TYPE_CHECKING:
    import graphviz

FILL = {"leaf": "#dbeafe", "operation": "#ffffff", "group": "#f1f5f9", "outside": "#ffffff"}
STYLE = {"leaf": "filled", "operation": "rounded,filled", "group": "filled", "outside": "rounded,dashed"}
DIRECTIONS = ("auto", "LR", "TB")


def to_dot(root: Value, *, rankdir: str = "auto", fold: bool = False, depth: int | None = None) -> str:
    """The computation graph of root as text in Graphviz's language; the same text for the same graph, always.

    rankdir: 'LR' (left to right), 'TB' (top to bottom) or 'auto'. fold: sums as one box, leaves that are used once inside
    their user's. depth: how many levels of `scope` (modules in modules) to open, deeper ones are one box each; None: all.
    """
    return str(digraph(picture_for(root, fold, depth), rankdir).source)


def draw_dot(root: Value, format: str = "svg", rankdir: str = "LR") -> graphviz.Digraph:
    """The computation graph of root as a `graphviz.Digraph`, like the function of this name in micrograd's notebook.

    One box per Value: label and operation, data, gradient. Leaves are square and filled, operations rounded; plain numbers
    stand in the box of the operation. On each edge stands the local derivative, unless it is 1 by rule. Making the Digraph
    needs no binary; turning it into a picture (`.render()`, `.pipe()`) needs Graphviz's `dot`, which `draw` does not.
    """
    return digraph(picture_for(root), rankdir, format)


def picture_for(root: Value, fold: bool = False, depth: int | None = None) -> Picture:
    """The whole graph as one picture."""
    if not isinstance(root, Value):
        raise TypeError(f"a drawing starts from a Value, got {type(root).__name__}: {root!r}")
    if depth is not None and depth < 0:
        raise ValueError(f"depth is how many levels of scopes to open, 0 or more, got {depth!r}")
    graph = Graph(root)
    if not graph.operations:
        return alone(graph)
    return flat(graph, graph.operations, fold) if depth is None else at_depth(graph, depth)


def digraph(picture: Picture, rankdir: str = "auto", format: str = "svg") -> graphviz.Digraph:
    """A picture as a `graphviz.Digraph`."""
    import graphviz

    if rankdir not in DIRECTIONS:
        raise ValueError(f"rankdir must be 'LR', 'TB' or 'auto', got {rankdir!r}")
    direction = picture.direction() if rankdir == "auto" else rankdir
    graph = graphviz.Digraph(format=format, graph_attr={"rankdir": direction, "nodesep": "0.2", "ranksep": "0.35"})
    font = {"fontname": "Courier", "color": "#64748b"}
    graph.attr("node", shape="box", fontsize=f"{FONT:g}", margin="0.08,0.04", **font)
    graph.attr("edge", fontsize=f"{SMALL:g}", fontcolor="#334155", arrowsize="0.6", **font)
    for box in picture.boxes:
        lines = [picture.text(line).replace("&", "&amp;") for line in box.lines]  # which Graphviz reads as in HTML
        label = "\n".join(map(graphviz.escape, lines))
        w, h = (f"{px / 72:.4f}" for px in picture.size(box))
        graph.node(box.id, label, style=STYLE[box.kind], fillcolor=FILL[box.kind], width=w, height=h)
    for k, arrow in enumerate(picture.arrows):
        graph.edge(arrow.tail, arrow.head, label=arrow.label or None, id=f"e{k}")
    return graph
