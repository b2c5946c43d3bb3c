"""Copies and pickles of whole graphs: in loops, because graphs may be deeper than Python's stack.

`fields(node)` gives everything that a node holds, and `restore(*fields(node))`, in value.py, makes a node of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.edges import edges_of
from autograd.node import Node, recorded_operations
from autograd.operations import Variadic, operation_named
from autograd.pickling import Walk, restore_last, thread


def fields(node: Node) -> tuple[Any, ...]:
    """Everything that a node holds, as arguments for `restore`."""
    return node.op, node.operands, node.local_grads, node._data, node._grad, node._label, node._scope


def fill(node: Node, op: str, operands: tuple[Any, ...], local_grads: tuple[float, ...]) -> None:
    """Turn a new leaf into the node of an operation on these operands, with these local derivatives."""
    if not op:
        return
    row = operation_named(op)
    remaining = iter(local_grads)
    numbers = [x if type(x) is float else next(remaining) for x in operands]
    node._code = row.code
    if isinstance(row, Variadic) or len(operands) > 2:
        edges = edges_of(operands)
        for i in range(len(numbers)):
            edges.local_grads[i] = numbers[i]
        node._rest = edges
        return
    node._x = None if type(operands[0]) is float else operands[0]
    node._dx = numbers[0]
    if len(operands) == 2:
        node._y = None if type(operands[1]) is float else operands[1]
        node._dy = numbers[1]


def deepcopy(root: Node, memo: dict[int, Any], restore: Callable[..., Any]) -> Any:
    """A copy of root and of everything that it depends on, as `copy.deepcopy` makes it."""
    for node in recorded_operations(root):
        for x in node.inputs:
            if id(x) not in memo:
                memo[id(x)] = restore(*fields(x))
        if id(node) not in memo:
            op, operands, *rest = fields(node)
            memo[id(node)] = restore(op, tuple([memo.get(id(x), x) for x in operands]), *rest)
    return memo[id(root)] if id(root) in memo else restore(*fields(root))


def reduce(node: Node, restore: Callable[..., Any]) -> tuple[Any, ...]:
    """Pickle the graph oldest node first, so that pickle finds every operand done and never recurses."""
    if not node._code or node._mark == thread.walk:
        return restore, fields(node)
    order = recorded_operations(node)
    walk, node._mark = node._mark, 0
    return restore_last, (Walk(walk), order[:-1], Walk(), fields(node), restore)
