"""Graphs as text for other programs: Mermaid, which GitHub draws in Markdown files, and JSON."""

from __future__ import annotations

import json
import math
import re

from autograd.engine import Value
from autograd.render.dot import picture_for
from autograd.render.picture import Graph
from autograd.render.text import DIGITS

SHAPES = {"leaf": ("[", "]"), "operation": ("(", ")"), "group": ("[[", "]]")}


def to_mermaid(root: Value, *, fold: bool = False, depth: int | None = None, digits: int = DIGITS) -> str:
    """Return the computation graph of root in Mermaid's language, for a README: GitHub draws a block marked `mermaid`.

    fold, depth, digits: as in `draw`.

    >>> print(to_mermaid(Value(2.0, "x") * 3.0))
    flowchart LR
      n0["x<br>data 2<br>grad ·"]
      n1("v1 #91;×#93;<br>x × 3<br>data 6<br>grad ·")
      n0 -->|"3"| n1
    """
    picture = picture_for(root, fold, depth, digits)
    lines = [f"flowchart {picture.direction()}"]
    for box in picture.boxes:
        before, after = SHAPES[box.kind]
        text = "<br>".join(_escaped(picture.text(line)) for line in box.lines)
        lines.append(f'  {box.id}{before}"{text}"{after}')
    for arrow in picture.arrows:
        label = f'|"{_escaped(arrow.label)}"|' if arrow.label else ""
        lines.append(f"  {arrow.tail} -->{label} {arrow.head}")
    return "\n".join(lines)


def _escaped(text: str) -> str:
    """Write every character that might mean something to Mermaid or to HTML as an entity."""
    return re.sub(r"[^\w .,+\u2212\u00d7\u00b7^-]", lambda found: f"#{ord(found[0])};", text)


def to_json(root: Value) -> str:
    """Return the computation graph of root as JSON: {"root": its index, "nodes": [...]}, each node after its operands.

    A node has name, label, data and grad; an operation also op, operands (the index of a node, or {"number": x} for a
    plain number), local_grads for the operands that are nodes, and scopes. Numbers have all their digits; those that JSON
    lacks are the strings "inf", "-inf" and "nan". Raises TypeError if root is not a Value.

    >>> json.loads(to_json(Value(2.0, "x") * 3.0))["nodes"][1]["operands"]
    [0, {'number': 3.0}]
    """
    graph = picture_for(root).graph
    nodes = [_node(graph, node) for node in graph.order]
    return json.dumps({"root": graph.index[graph.root], "nodes": nodes}, indent=1, ensure_ascii=False, allow_nan=False)


def _node(graph: Graph, node: Value) -> dict[str, object]:
    found: dict[str, object] = {
        "name": graph.names[node], "label": node.label, "data": _number(node.data), "grad": _number(node.grad)
    }  # fmt: skip
    if node.op:
        operands = [graph.index[x] if isinstance(x, Value) else {"number": _number(x)} for x in node.operands]
        found |= {"op": node.op, "operands": operands, "local_grads": [_number(x) for x in node.local_grads]}
        if node.scope:
            found["scopes"] = list(node.scope.path)
    return found


def _number(x: float) -> float | str:
    return float(x) if math.isfinite(x) else str(float(x))
