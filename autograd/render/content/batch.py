"""A batch, drawn once: where the same operations run on every row, and a sum collects them, the graph of one row.

The sum must be one node or a chain of additions. What it adds up, but for a few terms, are rows if they have the same
operations in the same order, use nothing of each other, and share parameters. Numbers in which the rows differ become
leaves, `x1`, `x2`, ..., and the sum over the other rows becomes one leaf, so that the graph of one row is a graph like
any other.

Rows that pick different operands are different graphs, and are drawn as they are: so with `cross_entropy` of targets that
are indices, which subtracts the score of another class in each row. Which node an edge comes from was recorded as an edge,
and no number that a page could exchange says so. Targets that are probabilities, such as `[0, 1, 0]`, are such numbers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

from autograd.engine import Value, restore
from autograd.graph import topological_order
from autograd.operations import TABLE
from autograd.scope import Scope

LEAST = 3  # operations of a row, for it to be worth it
APART = 3  # terms of the sum that need not be rows, such as a penalty
MOST_TRIES = 10  # sums that are looked at: each takes as long as a walk over the graph, and that of a batch is near the end
SHARED = -1  # in place of the number of the row that a node belongs to


@dataclass
class Batch:
    """The graph of the first of `rows` rows.

    root: its result. row: the result of the row. others: the leaf for the sum over the other rows. given: the leaves in
    which rows differ. numbers: for each row, the numbers of these leaves. shared: the leaves that all rows use. inside: the
    operations of the row. made: the node of this graph for each node of the whole that it was made from.
    """

    rows: int
    root: Value
    row: Value
    others: Value
    given: list[Value]
    numbers: list[list[float]]
    shared: list[Value]
    inside: list[Value]
    made: dict[Value, Value]

    def copy_gradients(self) -> None:
        """Give each node the gradient that it has in the whole graph."""
        for node, x in self.made.items():
            x.grad = node.grad
        order, made = topological_order(self.root), set(self.made.values())
        for x in (self.others, *(x for x in order if x.op and x not in made)):  # the terms of the sum, and their additions
            x.grad = self.row.grad
        for node in self.inside:
            for x, local in zip(node.inputs, node.local_grads):
                if x in self.given and x not in made:  # a plain number in the whole graph
                    x.grad += local * node.grad


def batch_of(root: Value) -> Batch | None:
    """Find the rows of a graph; None if there are none."""
    order = topological_order(root)
    users: dict[Value, int] = {}
    for node in order:
        for x in node.inputs:
            users[x] = users.get(x, 0) + 1
    taken: set[Value] = set()
    tries = 0
    for node in reversed(order):
        if node.op not in ("add", "sum") or node in taken:
            continue
        adders, terms = _terms(node, users)
        taken.update(adders)
        kinds = Counter(x.op for x in terms if x.op)
        if len(terms) - max(kinds.values(), default=0) > APART or max(kinds.values(), default=0) < 2:
            continue
        if rows := _rows(order, set(adders), terms):
            return _one(order, node, terms, *rows)
        tries += 1
        if tries == MOST_TRIES:
            break
    return None


def _terms(last: Value, users: dict[Value, int]) -> tuple[list[Value], list[Value]]:
    """The nodes of the sum that ends here, and what they add up, in order."""
    adders: list[Value] = []
    terms: list[Value] = []
    stack: list[Value | float] = [last]
    while stack:
        node = stack.pop()
        if not isinstance(node, Value):
            if node:  # 0 + ..., as Python's sum begins, adds nothing
                return adders, []
        elif node is last or (node.op == last.op == "add" and users[node] == 1 and not node.label):
            adders.append(node)
            stack += reversed(node.operands)
        else:
            terms.append(node)
    return adders, terms


def _rows(
    order: Sequence[Value], adders: set[Value], terms: Sequence[Value]
) -> tuple[list[list[Value]], list[Value]] | None:
    """The nodes of each row, and the leaves they share; None if too few of these terms are rows."""
    if len(set(terms)) < len(terms):
        return None
    row_of: dict[Value, int] = {}
    term = {x: k for k, x in enumerate(terms)}
    for node in reversed(order):
        for x in node.inputs:
            k = term[x] if node in adders and x in term else SHARED if node in adders else row_of.get(node, SHARED)
            row_of[x] = k if row_of.get(x, k) == k else SHARED
    nodes: list[list[Value]] = [[] for _ in terms]  # of each term, operands first
    for node in order:
        if row_of.get(node, SHARED) != SHARED:
            nodes[row_of[node]].append(node)
    alike: dict[tuple[Any, ...], list[int]] = {}
    for k, x in enumerate(terms):
        if row_of[x] == k:
            alike.setdefault(_form(nodes[k]), []).append(k)
    several = max(alike.values(), key=len, default=[])
    rows = [nodes[k] for k in several]
    if len(rows) < 2 or len(terms) - len(rows) > APART or sum(1 for x in rows[0] if x.op) < LEAST:
        return None
    own = set(rows[0])
    shared = list(dict.fromkeys(x for node in rows[0] for x in node.inputs if x not in own and not x.op))
    return (rows, shared) if shared else None


def _form(row: Sequence[Value]) -> tuple[Any, ...]:
    """The structure of a row: the same for rows that run the same operations."""
    at = {node: i for i, node in enumerate(row)}
    return tuple(
        [
            (node.op, *[(at.get(x), None if x in at else x) if isinstance(x, Value) else None for x in node.operands])
            for node in row
        ]
    )


def _one(
    order: Sequence[Value], last: Value, terms: Sequence[Value], rows: Sequence[Sequence[Value]], shared: list[Value]
) -> Batch:
    """Make the graph of the first row."""
    constants: dict[tuple[float, ...], Value] = {}  # by their number in each row
    given: dict[Value, tuple[float, ...]] = {}
    in_scopes = any(node.scope for node in rows[0])
    taken = {node.label for node in order}

    def leaf(column: tuple[float, ...], label: str) -> Value:
        x = Value(column[0], label)
        given[x] = column
        return x

    def constant(column: tuple[float, ...], user: Value) -> Value:
        if column not in constants:
            kind = "x" if user.scope or not in_scopes else "y"  # targets meet the outputs outside of the model
            names = chain(["y"] if kind == "y" else [], (f"{kind}{k}" for k in count(1)))
            label = next(name for name in names if name not in taken)
            taken.add(label)
            constants[column] = leaf(column, label)
        return constants[column]

    new: dict[Value, Value] = {}
    for i, node in enumerate(rows[0]):
        if not node.op:
            new[node] = leaf(tuple([row[i].data for row in rows]), node.label)
            continue
        columns = [tuple([row[i].operands[k] for row in rows]) for k in range(len(node.operands))]
        operands = [
            new.get(x, x) if isinstance(x, Value) else x if len(set(column)) == 1 else constant(column, node)
            for x, column in zip(node.operands, columns)
        ]
        new[node] = _again(node, operands)
    row, rest = new[rows[0][-1]], len(rows) - 1
    name = "the other row" if rest == 1 else f"the other {rest} rows"
    others = Value(math.fsum(nodes[-1].data for nodes in rows[1:]), name)
    ends = {nodes[-1] for nodes in rows}
    total = row
    for x in (added := [others, *[x for x in terms if x not in ends]]):
        is_last = x is added[-1]
        total = made("add", (total, x), *((last.data, last.label, last.scope) if is_last else ()))
    new[last] = total
    root = _after(order, last, new)
    numbers = [list(x) for x in zip(*given.values())] or [[] for _ in rows]
    inside = [new[node] for node in rows[0] if node.op]
    return Batch(len(rows), root, row, others, list(given), numbers, shared, inside, new)


def _after(order: Sequence[Value], last: Value, new: dict[Value, Value]) -> Value:
    """Make again what was computed from the sum, in `new`; return the result."""
    for node in order[order.index(last) + 1 :]:
        if any(x in new for x in node.inputs):
            new[node] = _again(node, [new.get(x, x) if isinstance(x, Value) else x for x in node.operands])
    return new.get(order[-1], order[-1])


def _again(node: Value, operands: Sequence[Value | float]) -> Value:
    """A node like this one, of other operands."""
    return made(node.op, operands, node.data, node.label, node.scope)


def made(
    op: str, operands: Sequence[Value | float], data: float | None = None, label: str = "", scope: Scope | None = None
) -> Value:
    """A node of this operation, recorded whatever modes are on."""
    result, slopes = TABLE[op].evaluate(*[x.data if isinstance(x, Value) else x for x in operands])
    local_grads = tuple([slope for x, slope in zip(operands, slopes) if isinstance(x, Value)])
    return restore(op, tuple(operands), local_grads, result if data is None else data, 0.0, label, scope)
