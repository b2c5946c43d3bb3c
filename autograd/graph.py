"""The nodes of a recorded graph in order, and names for them."""

from __future__ import annotations

import re
from itertools import count, takewhile

from autograd.engine import Value, recorded_operations

FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0: control characters, surrogates


def topological_order(root: Value) -> list[Value]:
    """Every Value that root was computed from, and root last: each comes after its inputs.

    Leaves come right before the first operation that uses them, so the order depends on the expression alone.
    """
    order: list[Value] = []
    leaves: set[Value] = set()
    for node in recorded_operations(root):
        for x in node.inputs:
            if not x.op and x not in leaves:
                leaves.add(x)
                order.append(x)
        order.append(node)
    return order or [root]


def names(nodes: list[Value]) -> dict[Value, str]:
    """A unique name for each node: its label, or v1, v2, ... in the order given for nodes without one.

    Leaves that share a label are named by the scopes of the operations that use them, as PyTorch names parameters:
    `layers.0.neurons.3.w1`. Other nodes that share a label are numbered: `loss #1`, `loss #2`.
    """
    alike: dict[str, list[Value]] = {}
    for node in nodes:
        alike.setdefault(legible(node.label), []).append(node)
    unnamed = alike.pop("", [])
    found = _by_path(alike, nodes)
    taken = set(found.values()) | set(alike)
    for label, several in alike.items():
        rest = [node for node in several if node not in found]
        fresh = (name for k in count(1) if (name := f"{label} #{k}") not in taken)
        found.update({node: label if len(several) == 1 else next(fresh) for node in rest})
    fresh = (name for k in count(1) if (name := f"v{k}") not in taken)
    found.update({node: next(fresh) for node in unnamed})
    return {node: found[node] for node in nodes}


def _by_path(alike: dict[str, list[Value]], nodes: list[Value]) -> dict[Value, str]:
    """The paths of the leaves that share a label, where their paths differ, and of the other leaves in the same scopes."""
    alike = {label: several for label, several in alike.items() if not any(node.op for node in several)}
    clashes = [several for several in alike.values() if len(several) > 1]
    if not clashes:
        return {}
    paths: dict[Value, tuple[str, ...]] = {x: () for several in alike.values() for x in several}
    for user in nodes:
        scopes = user.scope.path if user.scope else ()
        for x in user.inputs if scopes else ():  # a penalty on all weights is in no scope
            if x in paths:
                paths[x] = shared_path([paths[x] or scopes, scopes])
    clashes = [several for several in clashes if len({paths[x] for x in several}) == len(several)]
    scoped = {paths[x] for several in clashes for x in several}
    own = [
        x for several in alike.values() if len(several) == 1 or several in clashes for x in several if paths[x] in scoped
    ]
    top = len(shared_path(list(scoped)))
    return {x: legible(".".join([*paths[x][top:], x.label])) for x in own}


def shared_path(paths: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The names that all paths begin with."""
    equal = takewhile(lambda names: len(set(names)) == 1, zip(*paths))
    return tuple(names[0] for names in equal)


def legible(text: str) -> str:
    """The text with U+FFFD in place of each character that no SVG, file or terminal can show."""
    return FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
