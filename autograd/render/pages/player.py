"""The step player: an interactive page that moves through the forward and backward pass one node at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from autograd.engine import Value
from autograd.graph import topological_order
from autograd.render.content.batch import Batch, batch_of
from autograd.render.content.groups import MANY, MOST_LOOSE, Group, overview, parts_of, picture_of, title
from autograd.render.content.picture import Box, Graph, Picture
from autograd.render.content.text import DIGITS, SMALL, atom, equation, evaluated
from autograd.render.content.trace import BackwardStep, BackwardTrace, is_first, trace_backward
from autograd.render.drawing import MOST, Drawing, image, rasteriser
from autograd.render.image.look import PLAIN, Look, look
from autograd.render.image.svg import describe, svg
from autograd.render.layout.dot import digraph
from autograd.render.layout.engines import lay_out
from autograd.render.layout.geometry import Layout
from autograd.render.pages.live import MOST_EDGES, operations, why_fixed
from autograd.render.pages.page import Page

MOST_STEPS = 1000  # in one player; it says so if there are more
MOST_LINES = 100  # of text for one step; the page then says how many more inputs there are
MOST_ARROWS = 3  # of an operation whose operands the page shows in no table
MOST_WORDS = 6  # formulas below the picture of a frame
MOST_FRAMES = 200  # of a film
MOST_TURNED = 60  # boxes of a picture that the page can also show in the other direction
MOST_EDGES_OF_ROWS = 200_000  # of all rows of a batch, which a page computes while a number is dragged
MOST_NODES = 500  # listed for a box that represents many leaves or operands
VIEWS = ("auto", "flat", "overview")
SPEEDS = (0.5, 1, 2, 4)  # as in player.js
SLOT = "\x01"  # around the index of a node in a formula that the page fills in; no name contains it


def show_backward(
    root: Value | BackwardTrace,
    *,
    view: str = "auto",
    max_nodes: int = 40,
    start: int = 0,
    engine: str = "auto",
    digits: int = DIGITS,
    parameters: Iterable[Value] | None = None,
    theme: str = "auto",
    font: str = "",
    speed: float = 1,
    loop: bool = False,
) -> BackwardPlayer:
    """Run and record `root.backward()`, and show it step by step, in a notebook or with `.save("steps.html")`.

    The page steps through the forward and the backward pass. It also computes: drag the number of a leaf, type it or move
    it with the arrow keys, and everything follows; measure a slope; step downhill.

    root: a Value (for several results, their sum: `show_backward(a + b)`), or a trace from `trace_backward`, which is
    shown without running anything. view: 'flat' shows all nodes in one picture; 'overview' shows one box per `scope` (a
    module, or any named part), which opens in place; 'auto' is flat up to max_nodes boxes, and beyond draws a batch once,
    as the network for one of its rows. start: the step to open at; of a pass with more than 1,000 steps, the 1,000 steps
    from there on are shown. engine, digits, theme, font: see `draw`. parameters: the leaves that "step downhill" moves,
    such as `model.parameters()`; by default all leaves, or those that the rows of a batch share. speed, loop: how it plays,
    0.5, 1, 2 or 4 times as fast, once or again and again; the page's menu changes these, and the theme. Raises ValueError
    for a flat view of more than 2,000 nodes, for digits that are not from 1 to 17, for a parameter that is not a leaf of
    the graph, and for another speed, theme or font. If it raises, gradients are left unchanged.
    """
    if view not in VIEWS:
        raise ValueError(f"view must be one of {', '.join(VIEWS)}, got {view!r}")
    if speed not in SPEEDS:
        raise ValueError(f"speed must be one of {', '.join(map(str, SPEEDS))}, got {speed!r}")
    moved = None if parameters is None else list(parameters)
    options = (view, max_nodes, start, engine, digits, moved, look(theme, font), speed, loop)
    if not isinstance(root, Value):
        return _player(root if isinstance(root, BackwardTrace) else trace_backward(root), *options)
    before = [(node, node.grad) for node in topological_order(root)]
    try:
        return _player(trace_backward(root), *options)
    except BaseException:
        for node, grad in before:
            node.grad = grad
        raise


def _player(
    trace: BackwardTrace,
    view: str,
    max_nodes: int,
    start: int,
    engine: str,
    digits: int,
    parameters: Sequence[Value] | None,
    look: Look,
    speed: float,
    loop: bool,
) -> BackwardPlayer:
    if not len(trace):
        raise ValueError(f"{trace.root!r} was not computed from anything: there is no backward step to show")
    batch = _batch(trace, max_nodes) if view == "auto" else None
    totals = {x: trace.final[x] - trace.start[x] for x in batch.shared} if batch else {}
    if batch:
        trace = _unseen(batch.root)
    if not 0 <= start <= len(trace):
        raise ValueError(f"start must be a step from 0 to {len(trace)}, got {start!r}")
    first = 0 if len(trace) <= MOST_STEPS else min(start, len(trace) - MOST_STEPS)
    window = range(first, min(len(trace), first + MOST_STEPS))
    graph = Graph(trace.root, trace, digits)
    graph.totals = totals
    moved = (batch.shared if batch else [x for x in graph.order if not x.op]) if parameters is None else parameters
    for x in moved:
        if x not in graph.index or x.op:
            raise ValueError(f"parameters are leaves of the graph of {trace.root!r}: {x!r} is not one of them")
    if view == "flat" and len(graph.order) > MOST:
        raise ValueError(f"view='flat' would draw {len(graph.order):,} boxes, more than {MOST:,}: use view='auto'")
    panes = _panes(graph, {trace.nodes[k] for k in window}, view, max_nodes)
    for pane in panes:
        pane.picture.live = True
    pictures = [pane.picture for pane in panes]
    ways = [picture.direction() for picture in pictures]
    turned = [k for k, picture in enumerate(pictures) if len(picture.boxes) <= MOST_TURNED]
    other = ["TB" if ways[k] == "LR" else "LR" for k in turned]
    layouts = lay_out([*pictures, *(pictures[k] for k in turned)], [*ways, *other], engine)
    others = dict(zip(turned, layouts[len(panes) :]))
    of_panes = layouts[: len(panes)]
    opens = (window, start - first)
    return BackwardPlayer(trace, graph, panes, of_panes, *opens, tuple(moved), others, batch, look, speed, bool(loop))


def _batch(trace: BackwardTrace, max_nodes: int) -> Batch | None:
    """The rows of a graph that is too large for one picture, if there are any that a page can compute."""
    edges = sum(len(node.operands) for node in trace.nodes)
    if not max_nodes < len(trace.paths) or edges > MOST_EDGES_OF_ROWS or why_fixed(trace.nodes, trace.names):
        return None
    return batch_of(trace.root)


def _unseen(root: Value) -> BackwardTrace:
    """Record a backward pass that starts from gradients of 0, and leave all gradients as they were."""
    leaves = [x for x in topological_order(root) if not x.op]
    before = [x.grad for x in leaves]
    for x in leaves:
        x.grad = 0.0
    try:
        return BackwardTrace(root)
    finally:
        for x, grad in zip(leaves, before):
            x.grad = grad


@dataclass
class _Pane:
    """A picture, the groups in it that have separate pictures, and the picture that contains it as a box: index and id."""

    picture: Picture
    title: str
    parent: int | None
    box: str = ""
    groups: list[Group] = field(default_factory=list)


def _panes(graph: Graph, wanted: set[Value], view: str, limit: int) -> list[_Pane]:
    """Make the pictures that contain the wanted nodes, from the whole graph down to single nodes."""
    whole = Group(graph.operations)
    if view == "flat":
        limit = max(limit, 10 * len(graph.order))
    panes: list[_Pane] = []
    stack: list[tuple[Group, int | None]] = [(whole, None)]
    while stack:
        group, parent = stack.pop()
        if view != "flat" and parent is None and len(parts := _first_parts(graph, group, view, limit)) > 1:
            picture, groups = overview(graph, parts), [part for part in parts if len(part.nodes) > 1]
        else:
            picture, groups = picture_of(graph, group, limit)
        name = graph.names[graph.root] if parent is None else title(group)
        panes.append(_Pane(picture, name, parent, f"g{graph.index[group.nodes[0]]}", groups))
        here = len(panes) - 1
        stack += [(part, here) for part in reversed(groups) if not wanted.isdisjoint(part.nodes)]
    return panes


def _first_parts(graph: Graph, group: Group, view: str, limit: int) -> list[Group]:
    """The parts of the first picture, if it is an overview. Small ones outside of any scope are drawn node by node."""
    if view == "auto" and (len(graph.order) <= limit or not any(node.scope for node in graph.operations)):
        return []
    parts = parts_of(graph, group, limit)
    if len(parts) > MANY:
        return parts
    single: list[Group] = []
    for part in parts:
        is_loose = part.name and len(part.nodes) <= MOST_LOOSE
        single += [Group([node], part.path) for node in part.nodes] if is_loose else [part]
    return single if len(single) <= limit and len(parts) > 1 else parts


@dataclass(frozen=True)
class BackwardPlayer(Page):
    """A backward pass as an interactive page. Notebooks display it; `to_html()` and `save()` make one self-contained file.

    Where scripts are blocked, it shows a picture of the start, and folded away one of the end and a table of the steps.
    engine: the layout engine. notes: what is folded, left out or fixed. parameters: the leaves that "step downhill" moves.
    batch: the rows, if a batch is drawn once; trace and graph are then those of one row. turned: by the index of a picture,
    its layout in the other direction. look, speed, loop: the first choices of its menu.
    """

    trace: BackwardTrace
    graph: Graph
    panes: list[_Pane]
    layouts: list[Layout]
    window: range
    open_at: int
    parameters: tuple[Value, ...]
    turned: dict[int, Layout]
    batch: Batch | None = None
    look: Look = PLAIN
    speed: float = 1
    loop: bool = False

    @property
    def engine(self) -> str:
        """The name of the layout engine."""
        return self.layouts[0].engine

    @property
    def title(self) -> str:
        return f"Backward pass of {self.graph.names[self.trace.root]}"

    @cached_property
    def data(self) -> dict[str, Any]:
        """All data for the script: the numbers of the engine, in full, from which the page computes all others."""
        inside = self._inside()
        steps = [self._step(self.trace[k], inside[self.trace.nodes[k]]) for k in self.window]
        boxes = [box for pane in self.panes for box in pane.picture.boxes]
        nodes = {node for box in boxes if box.kind != "group" for node in box.nodes[:MOST_NODES]} | self._shown
        nodes |= {self.graph.order[at] for step in steps for at in (step["n"], *step["a"])}
        return {
            "kind": self._kind, "root": self.graph.names[self.trace.root], "digits": self.graph.digits,
            "open": self.open_at, "from": self.window.start, "total": len(self.trace), "steps": steps,
            "nodes": self._nodes(nodes), "notes": self.notes, "live": self.fixed == "",
            **self.choices(self.speed, self.loop),
            "moved": [self.graph.index[x] for x in self.parameters], **self._rows(), **self._unseen(),
            "pictures": [
                {
                    "title": pane.title, "parent": pane.parent, "svg": svg(pane.picture, layout, False, self._attributes),
                    **({"box": pane.box} if pane.parent is not None else {}),
                    **({"turned": _places(self.turned[k])} if k in self.turned else {}),
                }
                for k, (pane, layout) in enumerate(zip(self.panes, self.layouts))
            ],
        }  # fmt: skip

    def _unseen(self) -> dict[str, Any]:
        """The steps before and after those that the page shows: for each, the numbers to compute it from."""
        if self.fixed or len(self.window) == len(self.trace):
            return {}
        return {"unseen": [
            self._computed(node, range(len(node.inputs))) for k, node in enumerate(self.trace.nodes) if k not in self.window
        ]}  # fmt: skip

    def _rows(self) -> dict[str, Any]:
        """The rows of a batch: the leaves in which they differ, with their numbers; the shared ones, with their totals."""
        if self.batch is None:
            return {}
        batch, index = self.batch, self.graph.index
        inside = set(batch.inside)
        return {"batch": {
            "given": [index[x] for x in batch.given], "rows": batch.numbers,
            "row": index[batch.row], "others": index[batch.others],
            "steps": [k for k, node in enumerate(self.trace.nodes) if node in inside],
            "totals": {index[x]: total for x, total in self.graph.totals.items()},
        }}  # fmt: skip

    @property
    def parts(self) -> Sequence[str]:
        has_table = any(len(self.trace.nodes[k].operands) > MOST_ARROWS for k in self.window)
        more = [*["table"] * has_table, *["rows"] * bool(self.batch), *["nested", "frames"] * (self._kind == "frames")]
        return "player", "numbers", "scene", "backward", "focus", "map", "whatif", *more

    @property
    def _kind(self) -> str:
        return "backward" if len(self.panes) == 1 else "frames"

    @property
    def files(self) -> str:
        return ".html, .gif or .mp4"

    @cached_property
    def code(self) -> str:
        """The operations that the page computes with."""
        return operations([node.op for node in self.trace.nodes] if not self.fixed else [])

    @cached_property
    def fixed(self) -> str:
        """The reason why the numbers in the page cannot be changed; "" if they can."""
        edges = sum(len(node.operands) for node in self.trace.nodes)
        if edges > MOST_EDGES:
            return f"a graph with {edges:,} operands is too large for this"
        return why_fixed(self.trace.nodes, self.graph.names)

    @property
    def notes(self) -> list[str]:
        """Remarks on parts that are folded, left out or not shown."""
        notes = list(dict.fromkeys(note for pane in self.panes[:1] for note in pane.picture.notes))
        if self.batch is not None:
            rows = f"the batch is drawn once, for one of its {self.batch.rows:,} rows"
            notes.insert(0, f"{rows}; gradients are those of this row, and with “all rows” their sum")
        if len(self.window) < len(self.trace):
            first, last = self.window.start + 1, self.window.stop
            later = f"; show_backward(..., start={last}) shows later ones" if last < len(self.trace) else ""
            notes.append(f"steps {first:,} to {last:,} of {len(self.trace):,} are shown{later}")
        if self.fixed:
            notes.append(f"the numbers cannot be changed here: {self.fixed}")
        return [*notes, f"laid out by {self.engine}"]

    def _inside(self) -> dict[Value, int]:
        """Map each node to the innermost picture in which it has its own box."""
        return {
            node: i
            for i, pane in enumerate(self.panes)
            for box in pane.picture.boxes
            if box.kind == "operation"
            for node in box.nodes
        }

    @cached_property
    def _shown(self) -> set[Value]:
        """The nodes whose gradients are shown."""
        lines = (line for pane in self.panes for box in pane.picture.boxes for line in box.lines)
        return {line.node for line in lines if line.node is not None}

    def _contributions(self, node: Value) -> list[int]:
        """The inputs of a node, by position, of which the page shows the contribution."""
        inputs = node.inputs
        if len(inputs) <= MOST_LINES or not self.fixed:
            return list(range(len(inputs)))
        return [k for k, x in enumerate(inputs) if k < MOST_LINES or x in self._shown or x in self._step_of]

    def _step(self, step: BackwardStep, inside: int) -> dict[str, Any]:
        """One step: its node n, the picture `in` which it is; of its inputs a, the local derivatives l and rules r.

        c: the plain numbers among the operands, by position. all: the number of inputs. i: which are shown, if not all.
        """
        node, of = step.node, step.contributions
        shown, rules = self._contributions(node), self.graph.rules(node)
        return {
            **self._computed(node, shown), "in": inside, "r": [rules[k] for k in shown], "all": len(of),
            **({"i": shown} if len(shown) < len(of) else {}),
        }  # fmt: skip

    def _computed(self, node: Value, shown: Sequence[int]) -> dict[str, Any]:
        """The part of a step that it takes to compute its node: see `_step`."""
        constants = {k: x for k, x in enumerate(node.operands) if not isinstance(x, Value)}
        is_needed = constants and (not self.fixed or len(node.operands) <= MOST_NODES)
        return {
            "n": self.graph.index[node], "a": [self.graph.index[node.inputs[k]] for k in shown],
            "l": [node.local_grads[k] for k in shown], **({"c": constants} if is_needed else {}),
        }  # fmt: skip

    def _nodes(self, nodes: set[Value]) -> dict[int, dict[str, Any]]:
        """Map each node to its name n, data d, paths p; title t, operation o, formula in names e and with slots x.

        k, s: the paths that have contributed before the first step that the page has, and the gradient then.
        """
        graph = self.graph
        grads, arrived = self.trace.state(self.window.start if self.fixed else 0)
        computed = nodes if self.fixed else graph.order  # those without a formula, too, which are not shown
        return {
            graph.index[node]: {
                "n": graph.names[node],
                "d": node.data,
                "p": graph.paths(node),
                **({"t": graph.title(node), "o": node.op} if node.op else {}),
                **({"e": graph.expression(node), "x": self._formula(node)} if node.op and node in nodes else {}),
                **({"k": arrived[node]} if arrived[node] else {}),
                **({"s": grads[node]} if grads[node] else {}),
            }
            for node in sorted(computed, key=graph.index.__getitem__)
        }

    def _formula(self, node: Value) -> str:
        """Write how a node was computed, with slots for its operands."""
        return self.graph.expression(node, lambda x: f"{SLOT}{self.graph.index[x]}{SLOT}")

    @cached_property
    def _step_of(self) -> dict[Value, int]:
        return {self.trace.nodes[k]: k - self.window.start for k in self.window}

    def _attributes(self, box: Box) -> str:
        """Give the script the nodes of a box, or the steps of a group."""
        if box.kind == "group":
            steps = sorted(self._step_of[x] for x in box.nodes if x in self._step_of)
            return f' data-steps="{_ranges(steps)}"'
        return f' data-nodes="{" ".join(str(self.graph.index[x]) for x in box.nodes[:MOST_NODES])}"'

    def frame(self, k: int) -> Drawing:
        """Return the picture after k steps of the backward pass, with the boxes of step k lit: `.save("step.svg")`.

        In a PNG or PDF, the formulas of the step stand below it. Raises ValueError for a step that this player lacks.
        """
        if not self.window.start <= k <= self.window.stop:
            raise ValueError(f"this player has the steps from {self.window.start} to {self.window.stop}, got {k!r}")
        pane = 0 if k == self.window.start else self._inside()[self.trace.nodes[k - 1]]
        picture = replace(self.panes[pane].picture, graph=self.graph.at(k), lit={})
        if k == self.window.start:
            words = [f"The backward pass starts at {self.graph.title(self.trace.root)}"] if k == 0 else [f"After step {k}"]
        else:
            step = self.trace[k - 1]
            words = self._words(step)
            active, box_of = picture.box_of[step.node], picture.box_of
            inputs = [c.input for c in step.contributions if c.input in box_of]
            picture.lit |= {picture.tags.get((x, active)) or box_of[x]: "gets" for x in inputs}
            picture.lit[active] = "active"
        layout = self.layouts[pane]
        return Drawing(
            picture, layout, digraph(picture).source, svg(picture, layout, look=self.look), tuple(words), self.look
        )

    def _words(self, step: BackwardStep) -> list[str]:
        """The formulas of a step, as in the page."""
        graph, digits = self.graph, self.graph.digits
        root = atom(graph.names[self.trace.root])
        words = [f"{graph.title(step.node)} passes its gradient {graph.number(step.upstream)} on"]
        for c, rule in zip(step.contributions[:MOST_WORDS], graph.rules(step.node)):
            had = None if is_first(c, self.trace.paths) else c.before
            sum_ = equation(had, step.upstream, c.local, c.after, digits)
            words.append(f"\u2202{root}/\u2202{atom(graph.names[c.input])} = {sum_}   {evaluated(rule, c.local, digits)}")
        more = len(step.contributions) - MOST_WORDS
        return [*words, *([f"and {more:,} more inputs"] if more > 0 else [])]

    def save(self, path: str | Path, seconds: float = 1.5) -> Path:
        """Write the page to a .html file, or the steps as a .gif or .mp4, each for some seconds, and return its path.

        A GIF needs matplotlib (extra `plots`), an MP4 also imageio-ffmpeg (extra `film`), which contains FFmpeg: without
        them, RuntimeError says so. Raises ValueError for another suffix, and for a film of more than 200 steps.
        """
        path = Path(path)
        kind = path.suffix.lower()
        if kind not in (".gif", ".mp4"):
            return super().save(path)
        if len(self.window) > MOST_FRAMES:
            raise ValueError(
                f"a film can have {MOST_FRAMES} steps, and this player has {len(self.window):,}: save it as .html"
            )
        save_film = rasteriser(kind).save_film
        frames = [self.frame(k) for k in range(self.window.start, self.window.stop + 1)]
        save_film([(frame.picture, frame.layout, frame.words) for frame in frames], path, seconds, self.look)
        return path

    def _picture(self, step: int) -> str:
        """An image of the whole graph after this number of steps."""
        picture = replace(self.panes[0].picture, graph=self.graph.at(step))
        return image(svg(picture, self.layouts[0], bare=True, look=self.look), describe(picture))

    @property
    def still(self) -> str:
        """The picture of the start; folded away, that of the end, and the steps as a table."""
        text = escape(self.trace.table(self.graph.digits))
        return (
            f"{self._picture(0)}"
            f"<details><summary>After the backward pass</summary>{self._picture(len(self.trace))}</details>"
            f"<details><summary>The steps as a table</summary><pre>{text}</pre></details>"
        )

    def __repr__(self) -> str:
        return f"BackwardPlayer({len(self.window)} steps in {len(self.panes)} pictures, laid out by {self.engine})"


def _places(layout: Layout) -> dict[str, Any]:
    """The places of a layout, for the page: as in its SVG."""

    def rounded(numbers: Iterable[float]) -> list[float]:
        return [round(x, 1) for x in numbers]

    return {
        "size": rounded(layout.size), "boxes": [rounded(box[:2]) for box in layout.boxes],
        "routes": [rounded(x for point in route for x in point) for route in layout.routes],
        "labels": [place and rounded((place[0], place[1] + SMALL * 0.35)) for place in layout.labels],
    }  # fmt: skip


def _ranges(numbers: Sequence[int]) -> str:
    """Write sorted numbers as ranges: '0-4 7-7'."""
    ranges: list[list[int]] = []
    for n in numbers:
        if ranges and n == ranges[-1][1] + 1:
            ranges[-1][1] = n
        else:
            ranges.append([n, n])
    return " ".join(f"{a}-{b}" for a, b in ranges)
