"""`interact`: the player as a widget in a notebook; the page and Python share the numbers of the leaves."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from autograd.engine import Value, recorded_operations
from autograd.graph import topological_order
from autograd.render.content.batch import made
from autograd.render.content.text import DIGITS
from autograd.render.pages.page import texts
from autograd.render.pages.player import BackwardPlayer, show_backward


def interact(
    root: Value,
    *,
    max_nodes: int = 40,
    engine: str = "auto",
    digits: int = DIGITS,
    parameters: Iterable[Value] | None = None,
) -> LivePlayer:
    """Run `root.backward()`, and show it as a widget in a notebook: numbers changed in the page change in Python, too.

    Drag a leaf in the picture, and `data` and `grad` of every Value of the graph follow in Python. The other way: assign
    numbers to leaves, `x.data = 3.0`, and call `refresh()` of the result; values, gradients and the page follow.

    max_nodes: a graph with more is drawn as an overview. engine, digits, parameters: see `show_backward`. Raises
    RuntimeError if anywidget is not installed (extra `widget`), and ValueError if the numbers of this graph cannot change
    in a page: the gradients of the leaves are then as they were.
    """
    try:
        from anywidget import AnyWidget
        from traitlets import List, Unicode
    except ModuleNotFoundError as missing:
        raise RuntimeError(f"interact needs {missing.name}: pip install 'stepgrad[widget]', or use show_backward") from None
    view = "flat" if not isinstance(root, Value) or len(topological_order(root)) <= max_nodes else "overview"
    player = show_backward(root, view=view, max_nodes=max_nodes, engine=engine, digits=digits, parameters=parameters)
    if player.fixed:
        for x in player.graph.order:
            x.grad = player.trace.start[x] if not x.op else x.grad
        raise ValueError(f"the numbers of this graph cannot be changed in a page: {player.fixed}")
    members = {"_esm": _module(player), "numbers": List(Unicode()).tag(sync=True)}
    return LivePlayer(player, type("StepgradPlayer", (AnyWidget,), members)())


class LivePlayer:
    """A backward pass in a notebook, where its page and Python share the numbers of the leaves (see `interact`).

    The graph that you recorded keeps its local derivatives, as any graph does: before you call `backward()` yourself after
    a change, record it again, or take `root`, which is recorded anew after each change.
    """

    def __init__(self, player: BackwardPlayer, widget: Any) -> None:
        self.player: BackwardPlayer = player
        self.widget: Any = (
            widget  # an anywidget.AnyWidget, for layouts of widgets; `numbers` are those of the leaves, as texts
        )
        self.leaves: list[Value] = [x for x in player.graph.order if not x.op]
        self.root: Value = player.trace.root  # of the graph as it is now
        widget.numbers = self._numbers()
        widget.observe(self._follow, "numbers")

    def refresh(self) -> None:
        """Compute all values and gradients from the numbers that the leaves have now, and show them in the page."""
        self._compute()
        self.widget.numbers = self._numbers()

    def _compute(self) -> None:
        """Record the graph anew and run its backward pass; the Values of the first one get the numbers."""
        nodes = recorded_operations(self.player.trace.root)
        new: dict[Value, Value] = {}
        for node in nodes:
            operands = [new.get(x, x) if isinstance(x, Value) else x for x in node.operands]
            new[node] = made(node.op, operands, None, node.label, node.scope)
        self.root = new[nodes[-1]]
        for x in self.leaves:
            x.grad = self.player.trace.start[x]
        self.root.backward()
        for node, again in new.items():
            node.data, node.grad = again.data, again.grad

    def _numbers(self) -> list[str]:
        """The numbers of the leaves as texts, which unlike JSON can be infinite, for JavaScript."""
        return [repr(x.data).replace("inf", "Infinity").replace("nan", "NaN") for x in self.leaves]

    def _follow(self, change: dict[str, Any]) -> None:
        """Take the numbers over from the page, which may be ahead by now: it is not told."""
        numbers = [float(text) for text in change["new"]]
        if numbers != [x.data for x in self.leaves]:
            for x, number in zip(self.leaves, numbers):
                x.data = number
            self._compute()

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the widget, and for readers without a kernel the page of `show_backward`."""
        data, metadata = self.widget._repr_mimebundle_(**options)
        return {**data, "text/plain": repr(self), "text/html": self.player._repr_html_()}, metadata

    def __repr__(self) -> str:
        return (
            f"LivePlayer({self.player.graph.names[self.player.trace.root]} = {self.root.data:g}, {len(self.leaves)} leaves)"
        )


def _module(player: BackwardPlayer) -> str:
    """The page as a JavaScript module for anywidget."""
    data, css = json.dumps(player.data), json.dumps(player.style)
    script = "".join([player.script, *texts(["widget.js"])])
    return f"{script}\nexport default {{ render: (widget) => connect(widget, {data}, {css}) }};\n"
