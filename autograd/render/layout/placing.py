"""Layered layout, part two: position every item along its rank, with straight arrows and no overlaps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from autograd.render.layout.ordering import Item, Link

PORT = 14.0  # px between the ends of arrows on the same side of a box, if there is room
SWEEPS = 12
FAR = 1e9


def space(a: Item, b: Item) -> float:
    """Return the minimum distance between neighbours on a rank, in px from `at` to `at`."""
    between = 16.0 if a.is_box and b.is_box else 12.0 if a.is_box or b.is_box else 7.0
    return a.after + between + b.before


def place(ranks: Sequence[Sequence[Item]], chains: Sequence[Sequence[Link]]) -> None:
    """Set `at` of every item, and the points on the sides of boxes where arrows start and end."""
    for row in ranks:
        for item in row:
            _spread_ports(item)
        _settle(row, [0.0] * len(row), [1.0] * len(row))
    for sweep in range(SWEEPS):
        both = sweep > SWEEPS // 2
        for row in reversed(ranks) if sweep % 2 else ranks:
            _follow(row, ups=both or sweep % 2 == 0, downs=both or sweep % 2 == 1)
    for chain in sorted(chains, key=len, reverse=True):
        _straighten(chain, ranks)
    _tidy(ranks, chains)


def _tidy(ranks: Sequence[Sequence[Item]], chains: Sequence[Sequence[Link]]) -> None:
    """Straighten arrows between boxes, rank after rank; then move leaves in line with the ends of their arrows."""
    leaving: dict[int, list[Sequence[Link]]] = {}
    for chain in chains:
        leaving.setdefault(id(chain[0].tail), []).append(chain)
    boxes = [item for row in ranks for item in row if item.is_box]
    for box in ([box for box in boxes if box.ups] + [box for box in boxes if not box.ups]) * 2:
        _align(box, leaving.get(id(box), []), ranks)
        for chain in leaving.get(id(box), []):
            _straighten(chain, ranks)


def _spread_ports(item: Item) -> None:
    """Spread the ends of arrows over the side of their box, in order."""
    if item.is_box:
        room = 0.8 * (item.before + item.after)
        item.ups.sort(key=lambda link: link.tail.order)
        item.downs.sort(key=lambda link: link.head.order)
        for i, link in enumerate(item.ups):
            link.head_port = _port(i, len(item.ups), room)
        for i, link in enumerate(item.downs):
            link.tail_port = _port(i, len(item.downs), room)


def _port(i: int, count: int, room: float) -> float:
    return (i - (count - 1) / 2) * min(PORT, room / count)


def _wishes(item: Item, ups: bool, downs: bool) -> list[tuple[float, float]]:
    """List the position of the item at which each of its arrows would be straight, with the weight of the arrow."""
    before = [(link.tail.at + link.tail_port - link.head_port, link.weight) for link in item.ups] if ups else []
    after = [(link.head.at + link.head_port - link.tail_port, link.weight) for link in item.downs] if downs else []
    return before + after


def _follow(row: Sequence[Item], ups: bool, downs: bool) -> None:
    """Move the items of a rank towards their neighbours on the rank before, after, or both."""
    wanted, weights = [], []
    for item in row:
        total, weight = 0.0, 0.0
        for at, w in _wishes(item, ups, downs) or [(item.at, 0.01)]:
            total += at * w
            weight += w
        wanted.append(total / weight)
        weights.append(weight)
    _settle(row, wanted, weights)


def _settle(row: Sequence[Item], wanted: Sequence[float], weights: Sequence[float]) -> None:
    """Move the items of a rank as close as possible to their wanted positions, keeping their order and minimum distances.

    This minimises the sum of weight * (at - wanted)**2. Measured from the positions in a tight row it is isotonic
    regression, solved exactly by pooling adjacent violators (Ayer et al. 1955): items that collide then move together.
    """
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many items
    tight = [0.0]
    for a, b in pairwise(row):
        tight.append(tight[-1] + space(a, b))
    for wish, weight, start in zip(wanted, weights, tight):
        mean, count = wish - start, 1
        while pools and pools[-1][0] > mean:
            other, other_weight, others = pools.pop()
            mean = (mean * weight + other * other_weight) / (weight + other_weight)
            weight, count = weight + other_weight, count + others
        pools.append((mean, weight, count))
    places = [mean for mean, _, count in pools for _ in range(count)]
    for item, mean, start in zip(row, places, tight):
        item.at = mean + start


def _reach(item: Item, ranks: Sequence[Sequence[Item]]) -> tuple[float, float]:
    """Return the lowest and highest position that the item can take while its neighbours stay put."""
    row, i = ranks[item.rank], item.order
    low = row[i - 1].at + space(row[i - 1], item) if i else -FAR
    high = row[i + 1].at - space(item, row[i + 1]) if i + 1 < len(row) else FAR
    return low, high


def _straighten(chain: Sequence[Link], ranks: Sequence[Sequence[Item]]) -> None:
    """Arrange the points of an arrow in straight runs, each as long as possible and in line with an end if possible."""
    run: list[Item] = []
    low, high = -FAR, FAR
    for point in [link.head for link in chain[:-1]]:
        least, most = _reach(point, ranks)
        if run and max(low, least) > min(high, most):
            _line_up(run, low, high, chain)
            run, low, high = [], -FAR, FAR
        run.append(point)
        low, high = max(low, least), min(high, most)
    if run:
        _line_up(run, low, high, chain)


def _line_up(run: Sequence[Item], low: float, high: float, chain: Sequence[Link]) -> None:
    """Align these points between low and high."""
    middle = sum(point.at for point in run) / len(run)
    fitting = [at for at in (chain[0].start, chain[-1].end) if low <= at <= high]
    target = fitting[0] if fitting else min(max(middle, low), high)
    for point in run:
        point.at = target


def _align(box: Item, leaving: Sequence[Sequence[Link]], ranks: Sequence[Sequence[Item]]) -> None:
    """Move a box, if there is room, to where its arrows are straight; a leaf, to the average of its arrows' ends."""
    low, high = _reach(box, ranks)
    if box.ups:
        box.at = next((at for at in _straight_places(box) if low <= at <= high), box.at)
    elif leaving:
        wish = sum(chain[-1].end - chain[0].tail_port for chain in leaving) / len(leaving)
        box.at = min(max(wish, low), high)


def _straight_places(box: Item) -> list[float]:
    """List the positions at which most arrows on one side of a box, by weight, are straight; the best overall first."""
    total: dict[float, float] = {}  # position -> weight of the arrows that are straight there
    places = []
    for side in (_wishes(box, True, False), _wishes(box, False, True)):
        straight: dict[float, float] = {}
        for at, weight in side:
            straight[round(at, 2)] = straight.get(round(at, 2), 0.0) + weight
        places += [at for at, weight in straight.items() if 2 * weight > sum(straight.values())]
        total.update({at: weight + total.get(at, 0.0) for at, weight in straight.items()})
    return sorted(places, key=lambda at: -total[at])  # ties: in line with the previous rank


def room_beside(item: Item, ranks: Sequence[Sequence[Item]]) -> float:
    """Return how far an arrow may stray from `at` within its band: less than half of the free space on either side."""
    row, i = ranks[item.rank], item.order
    before = item.at - row[i - 1].at - row[i - 1].after if i else FAR
    after = row[i + 1].at - row[i + 1].before - item.at if i + 1 < len(row) else FAR
    own_label = 1.0 if item.length else FAR
    return min(before / 2 - 1.0, after / 2 - 1.0, own_label)
