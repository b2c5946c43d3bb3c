"""The step player: an interactive page that moves through the backward pass one node at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Any

from autograd.engine import Value
from autograd.graph import topological_order
from autograd.render.drawing import MOST, image
from autograd.render.engines import lay_out
from autograd.render.groups import Group, overview, parts_of, picture_of, title
from autograd.render.layout import Layout
from autograd.render.page import Page
from autograd.render.picture import Box, Graph, Picture
from autograd.render.svg import describe, svg
from autograd.render.text import NOT_YET, expression, factor, number
from autograd.render.trace import BackwardStep, BackwardTrace, table, trace_backward

MOST_STEPS = 1000  # in one player; it says so if there are more
MOST_LINES = 100  # of text for one step; the page then says how many more inputs there are
MOST_NODES = 500  # listed for a box that represents many leaves or operands
VIEWS = ("auto", "flat", "overview")


def show_backward(
    root: Value | BackwardTrace,
    *,
    view: str = "auto",
    max_nodes: int = 40,
    start: int = 0,
    engine: str = "auto",
) -> BackwardPlayer:
    """Run and record `root.backward()`, and show it step by step, in a notebook or with `.save("steps.html")`.

    root: a Value, or a trace from `trace_backward`, which is shown without running anything. view: 'flat' shows all nodes
    in one picture; 'overview' shows one box per `scope` (a module, or any named part) and the current one in detail;
    'auto' is flat up to max_nodes boxes. start: the step to open at; of a pass with more than 1,000 steps, the 1,000 steps
    from there on are shown. engine: see `draw`. Raises ValueError for a flat view of more than 2,000 nodes. If it raises,
    gradients are left unchanged.
    """
    if view not in VIEWS:
        raise ValueError(f"view must be one of {', '.join(VIEWS)}, got {view!r}")
    if not isinstance(root, Value):
        return _player(root if isinstance(root, BackwardTrace) else trace_backward(root), view, max_nodes, start, engine)
    before = [(node, node.grad) for node in topological_order(root)]
    try:
        return _player(trace_backward(root), view, max_nodes, start, engine)
    except BaseException:
        for node, grad in before:
            node.grad = grad
        raise


def _player(trace: BackwardTrace, view: str, max_nodes: int, start: int, engine: str) -> BackwardPlayer:
    if not len(trace):
        raise ValueError(f"{trace.root!r} was not computed from anything: there is no backward step to show")
    if not 0 <= start <= len(trace):
        raise ValueError(f"start must be a step from 0 to {len(trace)}, got {start!r}")
    first = 0 if len(trace) <= MOST_STEPS else min(start, len(trace) - MOST_STEPS)
    window = range(first, min(len(trace), first + MOST_STEPS))
    graph = Graph(trace.root, trace)
    if view == "flat" and len(graph.order) > MOST:
        raise ValueError(f"view='flat' would draw {len(graph.order):,} boxes, more than {MOST:,}: use view='auto'")
    panes = _panes(graph, {trace.nodes[k] for k in window}, view, max_nodes)
    layouts = lay_out([pane.picture for pane in panes], engine=engine)
    return BackwardPlayer(trace, graph, panes, layouts, window, start - first)


@dataclass
class _Pane:
    """A picture, the groups in it that have separate pictures, and the index of the picture that contains it as a box."""

    picture: Picture
    title: str
    parent: int | None
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
        if view == "overview" and parent is None and len(parts := parts_of(graph, group, limit)) > 1:
            picture, groups = overview(graph, parts), [part for part in parts if len(part.nodes) > 1]
        else:
            picture, groups = picture_of(graph, group, limit)
        name = f"overview of {graph.names[graph.root]}" if parent is None else title(group)
        panes.append(_Pane(picture, name, parent, groups))
        here = len(panes) - 1
        stack += [(part, here) for part in reversed(groups) if not wanted.isdisjoint(part.nodes)]
    return panes


@dataclass(frozen=True)
class BackwardPlayer(Page):
    """A backward pass as an interactive page. Notebooks display it; `to_html()` and `save()` make one self-contained file.

    Where scripts are blocked, it shows a picture with the final gradients and a table of the steps. engine: the layout
    engine. notes: what is folded or left out.
    """

    trace: BackwardTrace
    graph: Graph
    panes: list[_Pane]
    layouts: list[Layout]
    window: range
    open_at: int

    @property
    def engine(self) -> str:
        """The name of the layout engine."""
        return self.layouts[0].engine

    @property
    def title(self) -> str:
        return f"Backward pass of {self.graph.names[self.trace.root]}"

    @cached_property
    def data(self) -> dict[str, Any]:
        """All data for the script, with numbers formatted as text."""
        steps = [self.trace[k] for k in self.window]
        inside = self._inside()
        rules: dict[str, int] = {}
        shown = [self._step(step, inside[step.node], rules) for step in steps]
        boxes = [box for pane in self.panes for box in pane.picture.boxes]
        nodes = {node for box in boxes if box.kind != "group" for node in box.nodes[:MOST_NODES]} | self._shown
        nodes |= {self.graph.order[at] for step in shown for at in (step["n"], *(c["x"] for c in step["c"]))}
        return {
            "kind": "backward", "root": self.graph.names[self.trace.root], "open": self.open_at, "from": self.window.start,
            "total": len(self.trace), "steps": shown, "rules": list(rules), "nodes": self._nodes(nodes),
            "notes": self.notes,
            "pictures": [
                {"title": pane.title, "parent": pane.parent, "svg": svg(pane.picture, layout, False, self._attributes)}
                for pane, layout in zip(self.panes, self.layouts)
            ],
        }  # fmt: skip

    @property
    def notes(self) -> list[str]:
        """Remarks on parts that are folded, left out or not shown."""
        notes = list(dict.fromkeys(note for pane in self.panes[:1] for note in pane.picture.notes))
        if len(self.window) < len(self.trace):
            first, last = self.window.start + 1, self.window.stop
            later = f"; show_backward(..., start={last}) shows later ones" if last < len(self.trace) else ""
            notes.append(f"steps {first:,} to {last:,} of {len(self.trace):,} are shown{later}")
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

    def _step(self, step: BackwardStep, inside: int, rules: dict[str, int]) -> dict[str, Any]:
        shown = [c for k, c in enumerate(step.contributions) if k < MOST_LINES or c.input in self._shown]
        return {
            "n": self.graph.index[step.node],
            "u": number(step.upstream),
            "in": inside,
            "c": [
                {
                    "x": self.graph.index[c.input], "local": number(c.local), "value": number(c.value),
                    "before": number(c.before), "after": number(c.after), "k": self.trace.paths[c.input] - c.remaining,
                    "r": rules.setdefault(c.rule, len(rules)),
                }
                for c in shown
            ],
            "all": len(step.contributions),
        }  # fmt: skip

    def _nodes(self, nodes: set[Value]) -> dict[int, dict[str, Any]]:
        """Map each node to its name n, title t, data d, expression x and paths p; initially, its gradient s and paths k."""
        graph = self.graph
        grads, arrived = self.trace.state(self.window.start)
        return {
            graph.index[node]: {
                "n": graph.names[node],
                "t": graph.title(node),
                "d": number(node.data),
                "x": " = ".join(self._expressions(node)) if node.op else "",
                "p": graph.paths(node),
                "k": arrived[node],
                "s": number(grads[node]) if arrived[node] or grads[node] else NOT_YET,
            }
            for node in sorted(nodes, key=graph.index.__getitem__)
        }

    def _expressions(self, node: Value) -> Iterator[str]:
        yield expression(node, self.graph.names.__getitem__)
        yield expression(node, lambda x: factor(x.data))

    @cached_property
    def _step_of(self) -> dict[Value, int]:
        return {self.trace.nodes[k]: k - self.window.start for k in self.window}

    def _attributes(self, box: Box) -> str:
        """Give the script the nodes of a box, or the steps of a group."""
        if box.kind == "group":
            steps = sorted(self._step_of[x] for x in box.nodes if x in self._step_of)
            return f' data-steps="{_ranges(steps)}"'
        return f' data-nodes="{" ".join(str(self.graph.index[x]) for x in box.nodes[:MOST_NODES])}"'

    @property
    def still(self) -> str:
        """The picture with the final gradients, and the steps as a table."""
        picture, layout = self.panes[0].picture, self.layouts[0]
        text = escape(table(self.trace))
        steps = f"<details><summary>The steps as a table</summary><pre>{text}</pre></details>"
        return image(svg(picture, layout), describe(picture)) + steps

    def __repr__(self) -> str:
        return f"BackwardPlayer({len(self.window)} steps in {len(self.panes)} pictures, laid out by {self.engine})"


def _ranges(numbers: Sequence[int]) -> str:
    """Write sorted numbers as ranges: '0-4 7-7'."""
    ranges: list[list[int]] = []
    for n in numbers:
        if ranges and n == ranges[-1][1] + 1:
            ranges[-1][1] = n
        else:
            ranges.append([n, n])
    return " ".join(f"{a}-{b}" for a, b in ranges)
