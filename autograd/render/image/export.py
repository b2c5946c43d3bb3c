"""Graphs as text for other programs: Mermaid, which GitHub draws in Markdown files, TikZ for papers, and JSON."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence

from autograd.engine import Value
from autograd.render.content.picture import LINE, Graph
from autograd.render.content.text import DIGITS, FONT, SMALL
from autograd.render.image.svg import LIGHT
from autograd.render.layout.dot import picture_for
from autograd.render.layout.engines import lay_out

PT = 0.75  # of a point (bp), for each px
TIKZ_COLOURS = ("line", "leaf", "group", "box", "ink", "faint", "grad")
IN_LATEX: dict[str, str] = {
    **{c: rf"\{c}" for c in "{}$&#_%"}, "\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"{\char34}", "'": r"{\char39}",
    "`": r"{\char96}", "-": "{-}", "\u2212": "$-$", "\u00d7": r"$\times$", "\u00b7": r"$\cdot$",
    "\u2202": r"$\partial$", "\u2026": r"\ldots{}", "\n": " ", "\r": " ",
}  # fmt: skip
SHAPES = {"leaf": ("[", "]"), "operation": ("(", ")"), "group": ("[[", "]]")}


def to_mermaid(root: Value, *, fold: bool = False, depth: int | None = None, digits: int = DIGITS) -> str:
    """Return the computation graph of root in Mermaid's language, for a README: GitHub draws a block marked `mermaid`.

    fold, depth, digits: as in `to_dot`.

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


def to_tikz(
    root: Value | Sequence[Value],
    *,
    rankdir: str = "auto",
    fold: bool = False,
    depth: int | None = None,
    engine: str = "auto",
    digits: int = DIGITS,
) -> str:
    """Return the computation graph of root as a `tikzpicture`, for a paper written in LaTeX with `\\usepackage{tikz}`.

    root, rankdir, fold, engine, digits: as in `draw`. depth: as in `to_dot`; by default, every operation is drawn. Labels
    are text here, too: `$x_1$` is escaped and printed as it is, not as mathematics, as no label may become a command.
    Characters that pdfLaTeX lacks are written as they are: LuaLaTeX and XeLaTeX have them.

    >>> print(to_tikz(Value(2.0, "x").tanh())[:19])
    \\begin{tikzpicture}
    """
    picture = picture_for(root, fold, depth, digits)
    (layout,) = lay_out([picture], rankdir, engine)
    font = rf"\ttfamily{_size(FONT)}"
    lines = [
        rf"\begin{{tikzpicture}}[x={PT}bp, y=-{PT}bp, every node/.style={{inner sep=0pt, font={font}}}]",
        *(rf"\definecolor{{stepgrad-{name}}}{{HTML}}{{{LIGHT[name][1:].upper()}}}" for name in TIKZ_COLOURS),
    ]
    for arrow, route, label in zip(picture.arrows, layout.routes, layout.labels):
        (start, *rest) = map(_at, route)
        curves = "".join(f" .. controls {a} and {b} .. {c}" for a, b, c in zip(rest[::3], rest[1::3], rest[2::3]))
        lines.append(rf"\draw[->, stepgrad-line] {start}{curves};")
        if label is not None:
            text = f"{_size(SMALL)} {_in_latex(arrow.label)}"
            lines.append(rf"\node[fill=white, text=stepgrad-faint] at {_at(label)} {{{text}}};")
    for box, (x, y, w, h) in zip(picture.boxes, layout.boxes):
        corner = {"leaf": 0, "group": 2}.get(box.kind, 5)
        fill = box.kind if box.kind in ("leaf", "group") else "box"
        corners = f"{_at((x - w / 2, y - h / 2))} rectangle {_at((x + w / 2, y + h / 2))}"
        lines.append(rf"\draw[rounded corners={corner}pt, draw=stepgrad-line, fill=stepgrad-{fill}] {corners};")
        for k, line in enumerate(box.lines):
            colour = {"title": "ink", "data": "ink", "grad": "grad", "folded": "grad"}.get(line.role, "faint")
            weight = r"\bfseries" if k == 0 else ""
            place = _at((x, y - h / 2 + 5 + LINE * (k + 0.5)))
            text = _in_latex(picture.text(line))
            lines.append(rf"\node[text=stepgrad-{colour}] at {place} {{{weight}\strut {text}}};")
    return "\n".join([*lines, r"\end{tikzpicture}"])


def _size(px: float) -> str:
    return rf"\fontsize{{{px * PT:g}}}{{{px * PT:g}}}\selectfont"


def _at(point: tuple[float, float]) -> str:
    return f"({point[0]:.1f}, {point[1]:.1f})"


def _in_latex(text: str) -> str:
    """Write text so that LaTeX shows it as it is."""
    return "".join(IN_LATEX.get(c, c) for c in text)


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
