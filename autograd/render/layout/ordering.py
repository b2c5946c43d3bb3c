"""Layered layout, part one: give every box a rank, and order each rank so that few arrows cross."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

WORK = 200_000  # links that all sweeps together visit, roughly: a bound on the time for large graphs
MANY = 20_000  # links above which neighbours are not exchanged, for the same reason


@dataclass(eq=False, slots=True)
class Item:
    """An item on a rank: a box, or a point of an arrow, with room for the arrow's label beside it."""

    rank: int
    before: float  # px of breadth needed before `at`, and after it
    after: float
    length: float  # px of depth
    is_box: bool = False
    at: float = 0.0  # its place along the rank
    order: int = 0
    ups: list[Link] = field(default_factory=list)  # to the rank before
    downs: list[Link] = field(default_factory=list)  # to the rank after


@dataclass(eq=False, slots=True)
class Link:
    """A piece of an arrow between neighbouring ranks. Its ports are the distances of its ends from their items' `at`."""

    tail: Item
    head: Item
    weight: float  # of keeping it straight
    tail_port: float = 0.0
    head_port: float = 0.0

    @property
    def start(self) -> float:
        """The position of its tail end along the rank."""
        return self.tail.at + self.tail_port

    @property
    def end(self) -> float:
        """The position of its head end along the rank."""
        return self.head.at + self.head_port


def topological(count: int, arrows: Sequence[tuple[int, int]]) -> list[int]:
    """Sort the boxes so that each comes after those that point to it (Kahn 1962). Raises ValueError for a cycle."""
    waits_for = [0] * count
    heads: list[list[int]] = [[] for _ in range(count)]
    for tail, head in arrows:
        heads[tail].append(head)
        waits_for[head] += 1
    order = [box for box in range(count) if not waits_for[box]]
    for box in order:  # the list grows during the loop
        for head in heads[box]:
            waits_for[head] -= 1
            if not waits_for[head]:
                order.append(head)
    if len(order) < count:
        raise ValueError(f"the arrows form a cycle: {count - len(order)} boxes of {count} are on it or after it")
    return order


def rank_boxes(count: int, arrows: Sequence[tuple[int, int]]) -> list[int]:
    """Give every box a rank, as late as its heads allow, so that leaves are next to the operations that use them.

    Then move boxes that more arrows enter than leave back to the tails of those arrows, which shortens the arrows in total.
    """
    order = topological(count, arrows)
    tails: list[list[int]] = [[] for _ in range(count)]
    heads: list[list[int]] = [[] for _ in range(count)]
    for tail, head in arrows:
        tails[head].append(tail)
        heads[tail].append(head)
    rank = [0] * count
    for box in reversed(order):
        rank[box] = min((rank[head] - 1 for head in heads[box]), default=0)
    follows = [not tails[box] and len(heads[box]) == 1 for box in range(count)]  # leaves used once: they move along
    for box in order:
        holding = [rank[tail] for tail in tails[box] if not follows[tail]]
        if len(holding) > max(1, len(heads[box])):
            rank[box] = max(holding) + 1
    for box in range(count):
        if follows[box]:
            rank[box] = rank[heads[box][0]] - 1
    level = {r: i for i, r in enumerate(sorted(set(rank)))}
    return [level[r] for r in rank]


def order_ranks(items: Sequence[Item]) -> list[list[Item]]:
    """Order the ranks so that few arrows cross: start from a depth-first walk, sweep by barycentre, and keep the best."""
    ranks: list[list[Item]] = [[] for _ in range(1 + max((item.rank for item in items), default=-1))]
    for item in _walk(items):
        ranks[item.rank].append(item)
    _number(ranks)
    links = sum(len(item.downs) for item in items)
    best, fewest, since = [list(row) for row in ranks], crossings(ranks), 0
    for sweep in range(min(24, 4 + WORK // (links + 1))):
        if not fewest or since == 6:
            break
        _sweep(ranks, down=sweep % 2 == 0)
        if links < MANY:
            _exchange(ranks)
        found = crossings(ranks)
        since += 1
        if found < fewest:
            best, fewest, since = [list(row) for row in ranks], found, 0
    _number(best)
    return best


def crossings(ranks: Sequence[Sequence[Item]]) -> int:
    """Count the pairs of links that cross."""
    return sum(
        _inversions([order for item in row for order in sorted(link.head.order for link in item.downs)]) for row in ranks
    )


def _inversions(numbers: Sequence[int]) -> int:
    """Count the pairs in descending order."""
    seen: list[int] = []
    count = 0
    for number in numbers:
        place = bisect_right(seen, number)
        count += len(seen) - place
        seen.insert(place, number)
    return count


def _walk(items: Sequence[Item]) -> list[Item]:
    """List all items depth first, against the arrows, starting from unused results. This draws trees without crossings."""
    order: list[Item] = []
    met: set[int] = set()
    for end in items:
        stack = [] if end.downs else [end]
        while stack:
            item = stack.pop()
            if id(item) not in met:
                met.add(id(item))
                order.append(item)
                stack.extend(link.tail for link in reversed(item.ups))
    return order


def _number(ranks: Sequence[Sequence[Item]]) -> None:
    for row in ranks:
        for order, item in enumerate(row):
            item.order = order


def _sweep(ranks: list[list[Item]], down: bool) -> None:
    """Sort each rank in turn by the average position of its items' neighbours on the previous (or next) rank."""
    for row in ranks if down else reversed(ranks):
        middle = {}
        for item in row:
            beside = [link.tail.order for link in item.ups] if down else [link.head.order for link in item.downs]
            if beside:
                middle[id(item)] = sum(beside) / len(beside)
        movable = iter(sorted((item for item in row if id(item) in middle), key=lambda item: middle[id(item)]))
        row[:] = [next(movable) if id(item) in middle else item for item in row]
        for order, item in enumerate(row):
            item.order = order


def _exchange(ranks: Sequence[list[Item]]) -> None:
    """Exchange neighbours on a rank wherever this removes crossings."""
    for row in ranks:
        for i in range(len(row) - 1):
            a, b = row[i], row[i + 1]
            if _gain(a, b) > 0:
                row[i], row[i + 1] = b, a
                a.order, b.order = i + 1, i


def _gain(a: Item, b: Item) -> int:
    """Count the crossings that exchanging a and b would remove."""
    gain = 0
    for p in a.ups:
        for q in b.ups:
            gain += (p.tail.order > q.tail.order) - (p.tail.order < q.tail.order)
    for p in a.downs:
        for q in b.downs:
            gain += (p.head.order > q.head.order) - (p.head.order < q.head.order)
    return gain
