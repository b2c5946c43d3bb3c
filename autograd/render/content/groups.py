"""Split large graphs into parts by the `scope` that recorded each operation, so that every picture stays readable.

A part is convex: no path leaves it and comes back. Otherwise the arrows between the boxes of an overview could form cycles.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush

from autograd.engine import Value
from autograd.graph import legible
from autograd.operations import TABLE, Variadic
from autograd.render.content.picture import NEAR, Arrow, Box, Graph, Line, Picture, flat, node_box, scopes_of, spread_out
from autograd.render.content.text import counted
from autograd.scope import Scope

MANY = 20  # boxes of an overview, from which on each is smaller
FEW = 6  # leaves shared by several parts are drawn one by one up to this number, and beyond it as one box
MOST_LOOSE = 6  # operations outside of any scope that an overview of modules draws one by one
LEAST = 3  # trees of several operations, for an overview of them
LAST = 6  # operations next to the result that stay single where the others are collected in trees


@dataclass(eq=False)
class Group:
    """Some operations in topological order. path: names of the scopes around all of them. name: its own name in these."""

    nodes: Sequence[Value]
    path: tuple[str, ...] = ()
    name: str = ""
    depth: int = 0  # the number of scopes opened to get here


def picture_of(graph: Graph, group: Group, limit: int, fold: bool = False) -> tuple[Picture, list[Group]]:
    """Draw a group in at most about `limit` boxes; return the picture, and the groups that it shows as one box each.

    The picture shows all nodes, folded if necessary, or an overview of the group's parts if there are too many.
    """
    if len(group.nodes) <= limit:
        pictures = [flat(graph, group.nodes, fold, limit // 2)]
        if len(pictures[0].boxes) > limit and not fold:
            pictures.append(flat(graph, group.nodes, True, limit // 2))
        if len(pictures[-1].boxes) <= limit or len(group.nodes) == 1:
            return pictures[-1], []
    parts = parts_of(graph, group, limit)
    if len(parts) == 1:
        return flat(graph, group.nodes, True, FEW), []
    return overview(graph, parts), [part for part in parts if len(part.nodes) > 1]


def parts_of(graph: Graph, group: Group, limit: int) -> list[Group]:
    """Split a group into at most `limit` parts: by scope, opening the largest first, or else into trees or blocks."""
    parts, closed = [group], set()
    while True:
        largest = max(parts, key=lambda part: 0 if part in closed else len(part.nodes))
        inside = _by_scope(largest)
        fits = len(parts) - 1 + len(inside) <= limit
        if largest in closed or (len(parts) > 1 and not fits):
            break
        if len(inside) > 1 or (inside and inside[0].depth > largest.depth):
            at = parts.index(largest)
            parts[at : at + 1] = inside
        else:
            closed.add(largest)
    if len(parts) == 1:
        whole = parts[0]
        for last in (LAST, 0):
            found = trees(graph, whole, last)
            if len(found) <= min(limit, len(whole.nodes) // 2) and sum(len(part.nodes) > 1 for part in found) >= LEAST:
                return found
        return _blocks(graph, whole, limit)
    return parts if len(parts) <= limit else _merged(parts, limit)


def levels(graph: Graph) -> int:
    """The number of scopes around the innermost operation: the depth at which everything is open."""
    return max((len(scopes_of(node)) for node in graph.operations), default=0)


def at_depth(graph: Graph, depth: int, fold: bool = False) -> Picture:
    """Draw the whole graph with `depth` levels of scopes opened. Each deeper scope is one box; the rest is shown fully."""
    if depth >= levels(graph):
        return flat(graph, graph.operations, fold)
    return overview(graph, parts_at(graph, depth))


def parts_at(graph: Graph, depth: int, most_loose: int | None = None) -> list[Group]:
    """The parts of a graph with `depth` levels of scopes opened. Operations outside of the closed ones are single.

    most_loose: where there are more than this between two scopes, they are trees.
    """
    parts = [Group(graph.operations)]
    for _ in range(depth + 1):
        parts = [inside for part in parts for inside in (_by_scope(part) or [part])]
    shown: list[Group] = []
    for part in parts:
        if part.depth > depth:
            shown.append(part)
        elif most_loose is None or len(part.nodes) <= most_loose:
            shown += [Group([node], part.path) for node in part.nodes]
        else:
            shown += trees(graph, part)
    return shown


def overview(graph: Graph, parts: Sequence[Group]) -> Picture:
    """Draw one box per part, and the leaves that several parts share."""
    picture = Picture(graph)
    part_of = {node: k for k, part in enumerate(parts) for node in part.nodes}
    readers: dict[Value, set[int]] = {}
    for node, k in part_of.items():
        for x in node.inputs:
            if x not in part_of:
                readers.setdefault(x, set()).add(k)
    shared = [x for x, ks in readers.items() if not x.op and (len(ks) > 1 or len(parts[min(ks)].nodes) == 1)]
    outside = [x for x in readers if x.op]
    tags = _tags(parts, shared, readers, part_of)
    tagged = {x for xs in tags.values() for x in xs}
    picture.boxes += [node_box(graph, x, "leaf") for x in shared if x not in tagged]
    if outside:
        picture.boxes.append(Box("before", "outside", (Line(f"{len(outside):,} from before", "title"),), tuple(outside)))
    common = _common([part.path for part in parts])
    for k, part in enumerate(parts):
        box = _group_box(graph, part, common, len(parts) > MANY)
        if xs := tags.get(k):
            name = ", ".join(graph.names[x] for x in xs) if len(xs) <= NEAR else f"{len(xs):,} leaves"
            picture.boxes.append(Box(f"t{box.id}", "leaf", (Line(name, "title"),), tuple(xs)))
            picture.tags.update({(x, box.id): f"t{box.id}" for x in xs})
        picture.boxes.append(box)
    box_of = {node: box.id for box in picture.boxes for node in box.nodes if node not in tagged}
    ends = ((picture.tags.get((x, box_of[node])) or box_of.get(x), box_of[node]) for node in part_of for x in node.inputs)
    picture.arrows = [Arrow(tail, head) for tail, head in dict.fromkeys(ends) if tail is not None and tail != head]
    leaves = len([x for x in readers if not x.op]) - len(shared)
    picture.notes.append(f"an overview of {len(part_of):,} operations in {len(parts)} parts")
    if leaves:
        picture.notes.append(
            counted(leaves, "leaf that only one part uses is", "leaves that only one part uses are") + " inside it"
        )
    return picture


def _tags(
    parts: Sequence[Group], shared: Sequence[Value], readers: dict[Value, set[int]], part_of: dict[Value, int]
) -> dict[int, list[Value]]:
    """The shared leaves that are drawn beside each part which uses them, as an arrow to each would say nothing.

    Those used all along the way stand beside every part. If there are many, so do those that more than three parts use;
    each other one is inside of one part, in a scope or else the smallest, and stands beside the others.
    """
    tags: dict[int, list[Value]] = {}
    if len(shared) <= FEW:
        last = [part.nodes[-1] for part in parts]
        before: list[dict[Value, None]] = [{} for _ in parts]
        for node, k in part_of.items():
            before[k].update({last[part_of[x]]: None for x in node.inputs if x in part_of and part_of[x] != k})
        for x in shared:
            for k in readers[x]:
                before[k][x] = None
        spread = spread_out([(result, list(inputs)) for result, inputs in zip(last, before)])
        for x in shared:
            for k in readers[x] if x in spread else ():
                tags.setdefault(k, []).append(x)
        return tags
    for x in shared:
        home = min(readers[x], key=lambda k: (not parts[k].path, len(parts[k].nodes) == 1, len(parts[k].nodes), k))
        for k in readers[x]:
            if k != home or len(parts[home].nodes) == 1 or len(readers[x]) > NEAR:
                tags.setdefault(k, []).append(x)
    return tags


def title(group: Group, common: int = 0) -> str:
    """Name a group by its scopes after the first `common` ones, followed by its name."""
    return legible(".".join([*group.path[common:], group.name] if group.name else group.path[common:])) or "all"


def _group_box(graph: Graph, group: Group, common: int, is_small: bool) -> Box:
    if len(group.nodes) == 1:
        return node_box(graph, group.nodes[0], "operation")
    inside = set(group.nodes)
    results = [
        x
        for x in group.nodes
        if any(x is root for root in graph.roots) or any(user not in inside for user in graph.users[x])
    ]
    lines = [Line(title(group, common), "title")]
    box = Box(f"g{graph.index[group.nodes[0]]}", "group", tuple(lines), tuple(group.nodes))
    if len(results) == 1:
        lines += [Line("out ", "data", results[0]), Line("grad ", "grad", results[0])]
        if is_small:
            return replace(box, lines=tuple(lines))
    else:
        lines.append(Line(f"{len(results):,} results", "data"))
    n = len(inside)
    lines.append(Line(f"{n} of {n} steps" if graph.trace else f"{n:,} operations", "progress"))
    return replace(box, lines=tuple(lines))


def _common(paths: Sequence[tuple[str, ...]]) -> int:
    """Count the leading names that all paths but empty ones share, leaving at least the last name of each."""
    paths = [path for path in paths if path]
    k = 0
    while paths and all(len(path) > k + 1 and path[k] == paths[0][k] for path in paths):
        k += 1
    return k


# Parts


def _by_scope(group: Group) -> list[Group]:
    """Split a group by the next inner scope; operations outside any scope form parts as well. [] if there is no scope."""
    scopes = {node: _at_depth(node.scope, group.depth) for node in group.nodes}
    if not any(scopes.values()):
        return []
    parts = _convex(group.nodes, {node: id(scope) if scope else None for node, scope in scopes.items()})
    found = []
    for nodes in parts:
        scope = scopes[nodes[0]]
        if scope is None:
            found += [Group(nodes, group.path, f"to {nodes[-1].label}" if nodes[-1].label else "rest", group.depth)]
        else:
            found.append(Group(nodes, (*group.path, scope.name), "", group.depth + 1))
    calls: Counter[tuple[str, ...]] = Counter()
    several = Counter(part.path for part in found if not part.name)
    for part in found:
        if not part.name and several[part.path] > 1:
            calls[part.path] += 1
            part.path = (*part.path[:-1], f"{part.path[-1]} #{calls[part.path]}")
    return found


def _at_depth(scope: Scope | None, depth: int) -> Scope | None:
    """Find the enclosing scope that is `depth` levels below the outermost one, or None."""
    chain = []
    while scope is not None:
        chain.append(scope)
        scope = scope.outer
    return chain[-1 - depth] if len(chain) > depth else None


def _convex(nodes: Sequence[Value], key: dict[Value, Hashable]) -> list[list[Value]]:
    """Group nodes by key, in an order that follows the arrows. Keys that form a cycle are divided by stage.

    The stage of a node is the number of times that the key changes on the way to it. It grows along every arrow from one
    key to another, so parts with one key and one stage cannot form a cycle.
    """
    stage: dict[Value, int] = {}
    for node in nodes:
        stage[node] = max((stage[x] + (key[x] != key[node]) for x in node.inputs if x in key), default=0)
    cut: set[Hashable] = {None}
    while True:
        parts: dict[Hashable, list[Value]] = {}
        part_of: dict[Value, Hashable] = {}
        for node in nodes:
            part_of[node] = (key[node], stage[node]) if key[node] in cut else (key[node],)
            parts.setdefault(part_of[node], []).append(node)
        before: dict[Hashable, dict[Hashable, None]] = {part: {} for part in parts}
        for node in nodes:
            before[part_of[node]].update(
                {part_of[x]: None for x in node.inputs if x in key and part_of[x] != part_of[node]}
            )
        order = TopologicalSorter(before)
        try:
            order.prepare()
        except CycleError as error:
            cut |= {part[0] for part in error.args[1]}
        else:
            return [parts[part] for part in _in_order(order, list(parts))]


def _in_order(order: TopologicalSorter[Hashable], parts: list[Hashable]) -> Iterator[Hashable]:
    """Yield the parts in topological order; among those that are ready, the first in the list comes first."""
    index = {part: i for i, part in enumerate(parts)}
    ready: list[int] = []
    while order.is_active():
        for part in order.get_ready():
            heappush(ready, index[part])
        part = parts[heappop(ready)]
        order.done(part)
        yield part


def trees(graph: Graph, group: Group, last: int = 0) -> list[Group]:
    """Split a group at the results that several operations use, and at functions of one number, such as relu.

    Each goes with what only it is made of. In a network written by hand, these are the neurons. `last` operations next to
    the results of the graph stay single.
    """
    inside, queue, single = set(group.nodes), deque(graph.roots), dict[Value, None]()
    while queue and len(single) < last:
        node = queue.popleft()
        if node in inside and node not in single:
            single[node] = None
            queue += [] if any(x.op == node.op for x in node.inputs) else node.inputs  # not into a sum of many
    tree: dict[Value, Value] = {}  # of each operation, named by its result
    for node in reversed(group.nodes):
        users = set(graph.users[node])
        (user,) = users if len(users) == 1 else (node,)
        is_end = user not in tree or user in single or node in single or node in graph.roots or _is_function(node)
        tree[node] = node if is_end else tree[user]
    parts: dict[Value, list[Value]] = {}
    for node in group.nodes:
        parts.setdefault(tree[node], []).append(node)
    order = sorted(parts, key=graph.index.__getitem__)
    return [Group(parts[x], group.path, graph.title(x, group.path), group.depth) for x in order]


def _is_function(node: Value) -> bool:
    """True if the node is a function of one number, and not only its negative."""
    op = TABLE[node.op]
    return not isinstance(op, Variadic) and op.arity == 1 and node.op != "neg"


def _room(operations: int, limit: int) -> int:
    """Choose the number of operations per block: at most `limit` blocks, none much smaller than a picture."""
    return max(-(-operations // limit), limit // 2)


def _blocks(graph: Graph, group: Group, limit: int) -> list[Group]:
    """Cut a group into blocks of successive operations; no path runs against this order."""
    room, name = _room(len(group.nodes), limit), graph.names
    blocks = [group.nodes[i : i + room] for i in range(0, len(group.nodes), room)]
    return [Group(nodes, group.path, f"{name[nodes[0]]} to {name[nodes[-1]]}", group.depth) for nodes in blocks]


def _merged(parts: Sequence[Group], limit: int) -> list[Group]:
    """Merge neighbouring parts, in the order of the arrows."""
    room = _room(sum(len(part.nodes) for part in parts), limit)
    blocks: list[list[Group]] = []
    filled = room
    for part in parts:
        if filled >= room:
            blocks.append([])
            filled = 0
        blocks[-1].append(part)
        filled += len(part.nodes)
    return [block[0] if len(block) == 1 else _block(block) for block in blocks]


def _block(block: Sequence[Group]) -> Group:
    first, last = block[0], block[-1]
    path = first.path if all(part.path == first.path for part in block) else first.path[:-1]
    name = f"{title(first, len(path))} to {title(last, len(path)).removeprefix('to ')}"
    return Group([node for part in block for node in part.nodes], path, name, min(part.depth for part in block))
