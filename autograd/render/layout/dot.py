"""Graphs as text in Graphviz's DOT language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd.engine import Value
from autograd.render.content.groups import at_depth
from autograd.render.content.picture import Graph, Picture, alone, flat
from autograd.render.content.text import DIGITS, FONT, SMALL

if TYPE_CHECKING:
    import graphviz

FILL = {"leaf": "#dbeafe", "operation": "#ffffff", "group": "#f1f5f9", "outside": "#ffffff"}
STYLE = {"leaf": "filled", "operation": "rounded,filled", "group": "filled", "outside": "rounded,dashed"}
DIRECTIONS = ("auto", "LR", "TB")


def to_dot(
    root: Value | Sequence[Value],
    *,
    rankdir: str = "auto",
    fold: bool = False,
    depth: int | None = None,
    digits: int = DIGITS,
) -> str:
    """Return the computation graph of root in Graphviz's DOT language. The same graph always gives the same text.

    root: a Value, or a list of Values, whose graphs may share nodes.
    rankdir: 'LR' (left to right), 'TB' (top to bottom) or 'auto'. fold: draw a sum as one box, and put a leaf that is used
    once into the box that uses it. depth: the number of levels of `scope` (modules within modules) to open; each deeper
    scope becomes one box. None opens all. digits: the number of significant digits.
    """
    return str(digraph(picture_for(root, fold, depth, digits), rankdir).source)


def draw_dot(root: Value, format: str = "svg", rankdir: str = "LR") -> graphviz.Digraph:
    """Return the computation graph of root as a `graphviz.Digraph`, like the function of this name in micrograd's notebook.

    Each Value has one box with its label and operation, data and gradient. Leaves are square and filled, operations are
    rounded; plain numbers appear in the box of their operation. Each edge shows its local derivative, unless the rule says
    that it is always 1. Making the Digraph needs no binary. Turning it into a picture (`.render()`, `.pipe()`) needs
    Graphviz's `dot`; `draw` does not.
    """
    return digraph(picture_for(root), rankdir, format)


def picture_for(
    root: Value | Sequence[Value], fold: bool = False, depth: int | None = None, digits: int = DIGITS
) -> Picture:
    """Make one picture of the whole graph."""
    roots = roots_of(root)
    if depth is not None and depth < 0:
        raise ValueError(f"depth is the number of levels of scopes to open, 0 or more, got {depth!r}")
    graph = Graph(roots, digits=digits)
    if not graph.operations:
        return alone(graph)
    return flat(graph, graph.operations, fold) if depth is None else at_depth(graph, depth, fold)


def roots_of(root: Value | Sequence[Value]) -> list[Value]:
    """Return the Values to draw, given as one or as a list; raise TypeError for anything else."""
    roots: Sequence[Any] = root if isinstance(root, list | tuple) else [root]
    for x in roots or [root]:
        if not isinstance(x, Value):
            raise TypeError(f"a drawing needs a Value to start from, or a list of Values, got {type(x).__name__}: {x!r}")
    return list(roots)


def digraph(picture: Picture, rankdir: str = "auto", format: str = "svg") -> graphviz.Digraph:
    """Convert a picture to a `graphviz.Digraph`."""
    import graphviz

    if rankdir not in DIRECTIONS:
        raise ValueError(f"rankdir must be 'LR', 'TB' or 'auto', got {rankdir!r}")
    direction = picture.direction() if rankdir == "auto" else rankdir
    ranksep = "0.35" if len(picture.arrows) < 5 * len(picture.boxes) else "0.85"  # room for layers that are fully connected
    graph = graphviz.Digraph(format=format, graph_attr={"rankdir": direction, "nodesep": "0.2", "ranksep": ranksep})
    font = {"fontname": "Courier", "color": "#64748b"}
    graph.attr("node", shape="box", fontsize=f"{FONT:g}", margin="0.08,0.04", **font)
    graph.attr("edge", fontsize=f"{SMALL:g}", fontcolor="#334155", arrowsize="0.6", **font)
    for box in picture.boxes:
        lines = [picture.text(line).replace("&", "&amp;") for line in box.lines]  # Graphviz decodes HTML entities
        label = "\n".join(map(graphviz.escape, lines))
        w, h = (f"{px / 72:.4f}" for px in picture.size(box))
        graph.node(box.id, label, style=STYLE[box.kind], fillcolor=FILL[box.kind], width=w, height=h)
    for k, arrow in enumerate(picture.arrows):
        graph.edge(arrow.tail, arrow.head, label=picture.room(arrow) or None, id=f"e{k}")
    return graph
