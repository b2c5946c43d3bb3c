"""The content of a drawing, before its layout: boxes of text that represent nodes, and arrows between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from autograd.engine import Value
from autograd.graph import names, shared_path, topological_order
from autograd.operations import TABLE
from autograd.render.content.text import (
    DIGITS,
    MINUS,
    NOT_YET,
    SMALL,
    check_digits,
    columns,
    counted,
    evaluated,
    expression,
    is_one,
    near,
    number,
    rules,
    width,
)

if TYPE_CHECKING:
    from autograd.render.content.trace import BackwardTrace

NEAR = 3  # depths at which a leaf may be used and still be drawn once
LINE = 14  # px from line to line
COLUMN = 900 / (9 / SMALL)  # px of a picture that fit into a column of 900 px with text of at least 9 px


class Graph:
    """A recorded graph, prepared for pictures: its nodes in order, their names, their users, and gradients as text."""

    order: list[Value]
    index: dict[Value, int]
    operations: list[Value]
    has_gradients: bool

    def __init__(self, root: Value | Sequence[Value], trace: BackwardTrace | None = None, digits: int = DIGITS) -> None:
        self.roots: list[Value] = [root] if isinstance(root, Value) else list(root)  # drawn in one picture
        self.root: Value = self.roots[-1]
        self.order = list(dict.fromkeys(x for root in self.roots for x in topological_order(root)))
        self.index = {node: i for i, node in enumerate(self.order)}
        self.operations = [node for node in self.order if node.op]
        self.trace = trace  # the trace whose gradients and paths are shown; None to show the current gradients
        self.step: int | None = None if trace is None else len(trace)  # the step of the trace after which they are shown
        self.has_gradients = trace is not None or any(node.grad for node in self.order)  # none before backward
        self.digits: int = check_digits(digits)
        self.totals: dict[Value, float] = {}  # gradients summed over all rows of a batch, of which this is the graph of one
        self._rules: dict[Value, list[str]] = {}
        self.widest: int = len(f"{MINUS}1.e{MINUS}05") + digits - 1  # columns of a number

    @cached_property
    def names(self) -> dict[Value, str]:
        """A name for each node, no two alike."""
        return names(self.order) if self.trace is None else self.trace.names

    @cached_property
    def users(self) -> dict[Value, list[Value]]:
        """The operations that use each node, with multiplicity."""
        users: dict[Value, list[Value]] = {node: [] for node in self.order}
        for node in self.operations:
            for x in node.inputs:
                users[x].append(node)
        return users

    def title(self, node: Value, scopes: Sequence[str] = ()) -> str:
        """Return the name of a node, as seen from within these scopes, with the symbol of its operation."""
        name = near(self.names[node], scopes)
        return f"{name} [{TABLE[node.op].symbol}]" if node.op else name

    def number(self, x: float) -> str:
        """Format a number with the digits of this graph."""
        return number(x, self.digits)

    def expression(self, node: Value, name: Callable[[Value], str] | None = None) -> str:
        """Write how a node was computed, by default from the names of its operands as seen from its scope."""
        return expression(node, name or (lambda x: near(self.names[x], scopes_of(node))), self.digits)

    def rules(self, node: Value) -> list[str]:
        """The derivative of a node with respect to each of its inputs, in the names of the graph."""
        if node not in self._rules:
            self._rules[node] = rules(node, lambda x: near(self.names[x], scopes_of(node)), self.digits)
        return self._rules[node]

    def at(self, step: int) -> Graph:
        """Return the graph with the gradients of its trace as they were after this number of steps."""
        then = copy(self)
        vars(then).pop("_state", None)
        then.step = step
        return then

    @cached_property
    def _state(self) -> tuple[dict[Value, float], dict[Value, int]]:
        assert self.trace is not None and self.step is not None
        return (self.trace.final, self.trace.paths) if self.step == len(self.trace) else self.trace.state(self.step)

    def gradient(self, node: Value) -> str:
        """Format the gradient; a dot if backward has not run, or not reached the node."""
        if self.trace is None:
            return self.number(node.grad) if self.has_gradients else NOT_YET
        grads, arrived = self._state
        return self.number(grads[node]) if arrived[node] or grads[node] else NOT_YET

    def total(self, node: Value) -> str:
        """Format the gradient summed over all rows of a batch; a dot until that of this row is complete."""
        return self.number(self.totals[node]) if self.arrived(node) == self.paths(node) else NOT_YET

    def arrived(self, node: Value) -> int:
        """Count the edges that have contributed to the gradient of a node so far."""
        return self._state[1][node]

    def paths(self, node: Value) -> int:
        """Count the edges that contribute to the gradient of a node in the traced backward pass; 0 without a trace."""
        return 0 if self.trace is None else self.trace.paths[node]


def scopes_of(node: Value) -> tuple[str, ...]:
    """The names of the scopes in which a node was recorded."""
    return node.scope.path if node.scope else ()


@dataclass(frozen=True)
class Line:
    """A line of text in a box. role: the kind of its content.

    With a node, the text is followed by its number (role 'data'), its gradient ('grad') or both ('folded').
    """

    text: str
    role: str
    node: Value | None = None


@dataclass(frozen=True)
class Box:
    """A box that represents `nodes`. kind: 'leaf', 'operation', 'group', or 'outside' for what only leads in or out."""

    id: str
    kind: str
    lines: tuple[Line, ...]
    nodes: tuple[Value, ...]


@dataclass(frozen=True)
class Arrow:
    """An arrow from the box of an operand to that of the result, with the local derivative.

    node, edge: the result and the index among its inputs, where the arrow stands for this edge alone; x * x has two.
    """

    tail: str
    head: str
    label: str = ""
    node: Value | None = None
    edge: int = 0


@dataclass
class Picture:
    """Boxes and arrows; `notes` describe what was folded or left out."""

    graph: Graph
    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    live: bool = False  # True if numbers may change, so that arrows need room for longer ones
    tags: dict[tuple[Value, str], str] = field(default_factory=dict)  # the box of a leaf beside the box that uses it
    lit: dict[str, str] = field(default_factory=dict)  # boxes of a step: 'active' passes its gradient on, 'gets' gets it

    def text(self, line: Line) -> str:
        """Return the current text of a line."""
        if line.node is None:
            return line.text
        if line.role == "paths":
            return f"{self.graph.arrived(line.node)} of {self.graph.paths(line.node)} paths"
        if line.role == "total":
            return line.text + self.graph.total(line.node)
        data, grad = self.graph.number(line.node.data), self.graph.gradient(line.node)
        return line.text + {"data": data, "grad": grad, "folded": f"{data}, grad {grad}"}[line.role]

    def rule(self, arrow: Arrow) -> str:
        """Return the rule behind the label of an arrow, and its value: `d(w * x)/dw = x = 2`."""
        assert arrow.node is not None
        rule = self.graph.rules(arrow.node)[arrow.edge]
        return evaluated(rule, arrow.node.local_grads[arrow.edge], self.graph.digits)

    def room(self, arrow: Arrow) -> str:
        """Return a text as wide as the label of an arrow may become."""
        return arrow.label.ljust(self.graph.digits + 3, "0") if self.live and arrow.label else arrow.label

    def size(self, box: Box) -> tuple[float, float]:
        """Return the width and height of a box in px."""
        number = self.graph.widest
        more = {"data": number, "grad": number, "folded": number + len(", grad ") + number}
        used = (columns(line.text) + (0 if line.node is None else more.get(line.role, number)) for line in box.lines)
        widest = max([len("grad ") + number, *used])  # at least this, so that most boxes are equally wide
        return round(width("0" * widest) + 14), round(LINE * len(box.lines) + 10)

    def direction(self) -> str:
        """Choose 'LR' (left to right) or 'TB' (top to bottom), whichever is more readable in a column of text."""
        rank: dict[str, int] = {}
        tails: dict[str, list[str]] = {}
        heads: dict[str, list[str]] = {}
        for arrow in self.arrows:
            tails.setdefault(arrow.head, []).append(arrow.tail)
            heads.setdefault(arrow.tail, []).append(arrow.head)
        for box in self.boxes:  # operands come before results
            rank[box.id] = 1 + max((rank.get(tail, 0) for tail in tails.get(box.id, ())), default=-1)
        across, along = Counter[int](), Counter[int]()
        for box in self.boxes:
            k = rank[box.id] if box.id in tails else min((rank[head] for head in heads.get(box.id, ())), default=1) - 1
            across[k] += int(self.size(box)[0]) + 18
            along[k] = max(along[k], int(self.size(box)[0]) + 50)
        left_to_right, top_to_bottom = sum(along.values()), max(across.values(), default=0)
        return "LR" if left_to_right <= max(COLUMN, top_to_bottom) else "TB"

    @cached_property
    def box_of(self) -> dict[Value, str]:
        """The id of the box that represents each node."""
        return {node: box.id for box in self.boxes for node in box.nodes}


def flat(graph: Graph, nodes: Sequence[Value], fold: bool = False, most: int = 1_000_000) -> Picture:
    """Draw one box per node: the operations `nodes`, the leaves they use, and the neighbours outside.

    fold: draw a chain of additions as one box, and a leaf that is used once as a line in its user's box.
    If an operation has more than `most` new operands, draw all of these as one box.
    """
    picture = Picture(graph)
    scopes = shared_path([scopes_of(node) for node in nodes])
    chains = _chains(graph, nodes) if fold else {node: [node] for node in nodes}
    spread = spread_out([(node, node.inputs) for node in nodes])
    seen = {*nodes, *spread}
    for last, chain in chains.items():
        new = [x for x in dict.fromkeys(x for node in chain for x in node.inputs) if x not in seen]
        seen.update(new)
        folded = [x for x in new if fold and not x.op and len(graph.users[x]) == 1]
        apart = [x for x in new if x not in folded] if folded else new
        if len(apart) > most:
            picture.boxes.append(_many(f"m{graph.index[last]}", "operands", apart))
        else:
            picture.boxes += [node_box(graph, x, "outside" if x.op else "leaf", scopes) for x in apart]
        box = node_box(graph, last, "operation", scopes, chain, folded)
        add_tags(picture, box.id, dict.fromkeys(x for node in chain for x in node.inputs if x in spread), scopes)
        picture.boxes.append(box)
    picture.boxes += [node_box(graph, x, "leaf", scopes) for x in graph.roots if not x.op and not graph.users[x]]
    picture.arrows = list(dict.fromkeys(arrow for node in nodes for arrow in _arrows_into(picture, node)))
    _draw_users(picture, nodes)
    _say_what_was_folded(picture, chains)
    return picture


def spread_out(parts: Sequence[tuple[Value, Sequence[Value]]]) -> set[Value]:
    """The leaves that are used all along the way, as by every step of a recurrent network: an arrow to each use is long.

    parts: each with the result and the inputs of one, in topological order.
    """
    depth: dict[Value, int] = {}
    at: dict[Value, set[int]] = {}
    for result, inputs in parts:
        depth[result] = 1 + max((depth.get(x, 0) for x in inputs), default=0)
        for x in inputs:
            if not x.op:
                at.setdefault(x, set()).add(depth[result])
    return {x for x, depths in at.items() if len(depths) > NEAR}


def add_tags(picture: Picture, user: str, leaves: Iterable[Value], scopes: Sequence[str] = ()) -> None:
    """Draw leaves once more, small, beside the box that uses them."""
    graph = picture.graph
    for x in leaves:
        id = picture.tags[x, user] = f"n{graph.index[x]}t{user}"
        lines = (Line(f"{near(graph.names[x], scopes)} = ", "data", x), Line("grad ", "grad", x))
        picture.boxes.append(Box(id, "leaf", lines, (x,)))


def alone(graph: Graph) -> Picture:
    """Draw leaves that nothing was computed from."""
    return Picture(graph, [node_box(graph, root, "leaf") for root in graph.order])


def node_box(
    graph: Graph,
    node: Value,
    kind: str,
    scopes: Sequence[str] = (),
    chain: Sequence[Value] = (),
    folded: Sequence[Value] = (),
) -> Box:
    """Make the box of a node, or of the chain of additions that ends there, with folded leaves as lines.

    Names are shortened to what they are called within these scopes, those of the picture.
    """
    title = graph.title(node, scopes) if len(chain) < 2 else f"{graph.names[node]} [sum of {len(chain) + 1}]"
    lines = [Line(title, "title"), Line("data ", "data", node), Line("grad ", "grad", node)]
    if graph.paths(node) > 1:
        lines.append(Line("", "paths", node))
    if node in graph.totals:
        lines.append(Line("all rows ", "total", node))
    if len(node.inputs) < len(node.operands):  # plain numbers are not nodes, so show the whole expression
        lines.insert(1, Line(graph.expression(node), "expression"))
    lines += [Line(f"{near(graph.names[x], scopes)} = ", "folded", x) for x in folded]
    return Box(f"n{graph.index[node]}", kind, tuple(lines), (*(chain or [node]), *folded))


def _many(id: str, what: str, nodes: Sequence[Value]) -> Box:
    return Box(id, "outside", (Line(f"{len(nodes):,} {what}", "title"),), tuple(nodes))


def _arrows_into(picture: Picture, node: Value) -> Iterator[Arrow]:
    head = picture.box_of[node]
    places = (k for k, x in enumerate(node.operands) if isinstance(x, Value))
    for i, (k, x, local) in enumerate(zip(places, node.inputs, node.local_grads)):
        tail = picture.tags.get((x, head)) or picture.box_of[x]
        if tail.startswith("m"):
            yield Arrow(tail, head)
        elif tail != head:
            yield Arrow(tail, head, "" if is_one(node, k) else picture.graph.number(local), node, i)


def _draw_users(picture: Picture, nodes: Sequence[Value]) -> None:
    """Draw the users outside the picture: the user itself, or the number of users."""
    graph, inside, drawn = picture.graph, set(nodes), {box.id for box in picture.boxes}
    for node in nodes:
        users = [user for user in dict.fromkeys(graph.users[node]) if user not in inside]
        if not users:
            continue
        box = node_box(graph, users[0], "outside") if len(users) == 1 else _many(f"u{graph.index[node]}", "uses", users)
        if box.id not in drawn:
            drawn.add(box.id)
            picture.boxes.append(box)
        picture.arrows.append(Arrow(picture.box_of[node], box.id))


def _chains(graph: Graph, nodes: Sequence[Value]) -> dict[Value, list[Value]]:
    """Group nodes into chains, keyed by their last node. In a chain of additions, each is used only by the next."""
    chains: dict[Value, list[Value]] = {}
    for node in nodes:
        chain = [node]
        if node.op == "add":
            for x in dict.fromkeys(node.inputs):
                if x.op == "add" and x in chains and not x.label and len(graph.users[x]) == 1:
                    chain = chains.pop(x) + chain
        chains[node] = chain
    return chains


def _say_what_was_folded(picture: Picture, chains: dict[Value, list[Value]]) -> None:
    additions = sum(len(chain) - 1 for chain in chains.values())
    folded = sum(line.role == "folded" for box in picture.boxes for line in box.lines)
    if additions:
        picture.notes.append(counted(additions, "addition is folded into a sum", "additions are folded into sums"))
    if folded:
        one, many = "leaf that is used once is", "leaves that are used once are"
        picture.notes.append(f"{counted(folded, one, many)} shown in the box that uses them")
