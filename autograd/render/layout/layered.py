"""A built-in layered layout, used when Graphviz is not installed.

It uses the method of Sugiyama, Tagawa and Toda (1981), as described for `dot` by Gansner, Koutsofios, North and Vo (1993).
Boxes get ranks such that arrows point forward. An arrow becomes a chain of points, one on each rank in between; the last
one holds its label. Ranks are ordered to avoid crossings. Then everything gets a position, and arrows become curves.

The code is written for one direction: `depth` runs along the arrows, `breadth` across them. A rank is a band of depth that
contains its boxes and labels. Arrows bend in the gaps between bands and keep clear of boxes within a band, so that no
arrow can cross a box, and no label can cover one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, zip_longest

from autograd.render.layout.geometry import Layout, Point
from autograd.render.layout.ordering import Item, Link, order_ranks, rank_boxes
from autograd.render.layout.placing import place, room_beside

Box = tuple[float, float]  # width, height
Band = tuple[float, float]  # the depths at which a rank begins and ends
Arrow = tuple[int, int, float, float]  # tail, head, label width (0.0: no label), label height

MARGIN = 8.0  # px around the whole
GAP = 20.0  # minimum px of depth between one band and the next; twice that between boxes
STEEPNESS, WIDEST = (
    0.25,
    120.0,
)  # px of extra gap per px that an arrow moves sideways, so that arrows are not too steep; and the maximum
STRAIGHT = 8.0  # weight of keeping the points along an arrow in line, as in `dot`
SPINE = 3.0  # weight of keeping a box in line with a computed one; 1 for a leaf
BEND = 0.45  # the part of a gap that the handles of a curve span
BESIDE = 2.0  # px between a label and its arrow


def lay_out(boxes: Sequence[Box], arrows: Sequence[Arrow], rankdir: str = "LR") -> Layout:
    """Lay out a directed acyclic graph, with rankdir LR (left to right) or TB (top to bottom).

    boxes: (width, height) each. arrows: (tail, head, label width or 0.0, label height), with tail and head as indices of
    boxes. Several arrows may join the same two boxes. The same input gives the same layout. Raises ValueError for a cycle.

    >>> layout = lay_out([(40.0, 20.0), (40.0, 20.0)], [(0, 1, 0.0, 0.0)])
    >>> layout.boxes
    [(28.0, 18.0, 40.0, 20.0), (108.0, 18.0, 40.0, 20.0)]
    """
    if rankdir not in ("LR", "TB"):
        raise ValueError(f"rankdir must be 'LR' or 'TB', got {rankdir!r}")
    across = rankdir == "LR"
    items, chains = _chains(boxes, arrows, across)
    ranks = order_ranks(items)
    place(ranks, chains)
    bands = _bands(ranks)
    room = {id(item): room_beside(item, ranks) for item in items if not item.is_box}
    routes = [_route(chain, bands, room) for chain in chains]
    return _finish(boxes, arrows, items, chains, bands, routes, across)


def _chains(boxes: Sequence[Box], arrows: Sequence[Arrow], across: bool) -> tuple[list[Item], list[list[Link]]]:
    """Make items for the boxes, then for the points of arrows; and for each arrow its links from tail to head."""
    ends = [(tail, head) for tail, head, *_ in arrows]
    between = 2 if any(arrow[2] for arrow in arrows) or len(set(ends)) < len(ends) else 1  # a rank for labels and fans
    items = []
    for rank, (width, height) in zip(rank_boxes(len(boxes), ends), boxes):
        breadth, length = (height, width) if across else (width, height)
        items.append(Item(rank * between, breadth / 2, breadth / 2, length, is_box=True))
    computed = {head for _, head in ends}
    chains = []
    for tail, head, *label in arrows:
        points = [Item(rank, 0.0, 0.0, 0.0) for rank in range(items[tail].rank + 1, items[head].rank)]
        if label[0]:
            _make_room(points[-1], label[0], label[1], across)
        weight = SPINE if tail in computed else 1.0
        way = [items[tail], *points, items[head]]
        chains.append([Link(a, b, weight if a.is_box or b.is_box else STRAIGHT) for a, b in pairwise(way)])
        for link in chains[-1]:
            link.tail.downs.append(link)
            link.head.ups.append(link)
        items.extend(points)
    return items, chains


def _make_room(point: Item, width: float, height: float, across: bool) -> None:
    """Reserve room for a label beside an arrow at one of its points: above the arrow, or to its right."""
    if across:
        point.before, point.length = height + BESIDE, width
    else:
        point.after, point.length = width + BESIDE, height


def _bands(ranks: Sequence[Sequence[Item]]) -> list[Band]:
    """Compute the depths at which each rank begins and ends."""
    bands: list[Band] = []
    depth = MARGIN
    for row, after in zip_longest(ranks, ranks[1:], fillvalue=()):
        length = max((item.length for item in row), default=0.0)
        bands.append((depth, depth + length))
        of_boxes = all(any(item.is_box for item in each) for each in (row, after))  # no rank of labels between them
        sideways = max((abs(link.end - link.start) for item in row for link in item.downs), default=0.0)
        depth += length + (2 * GAP if of_boxes else GAP) + min(WIDEST, STEEPNESS * sideways)
    return bands


def _route(chain: Sequence[Link], bands: Sequence[Band], room: dict[int, float]) -> list[Point]:
    """Route an arrow as a sequence of cubic curves in (depth, breadth). It bends in gaps, and leans little within bands."""
    knots = _knots(chain, bands, room)
    route = [knots[0][:2]]
    for (depth, at, slope), (next_depth, next_at, next_slope) in pairwise(knots):
        reach = (next_depth - depth) * BEND
        if reach:
            route += [
                (depth + reach, at + slope * reach),
                (next_depth - reach, next_at - next_slope * reach),
                (next_depth, next_at),
            ]
    return route


def _knots(chain: Sequence[Link], bands: Sequence[Band], room: dict[int, float]) -> list[tuple[float, float, float]]:
    """List (depth, breadth, slope) where an arrow leaves its tail, enters and leaves each band, and meets its head."""
    tail, head, points = chain[0].tail, chain[-1].head, [link.head for link in chain[:-1]]
    start, end = (bands[tail.rank][1], chain[0].start), (bands[head.rank][0], chain[-1].end)
    way = [start, *((sum(bands[point.rank]) / 2, point.at) for point in points), end]
    knots = [(_border(tail, bands, 1), start[1], 0.0), (*start, 0.0)]
    for point, before, here, after in zip(points, way, way[1:], way[2:]):
        enter, leave = bands[point.rank]
        half = (leave - enter) / 2
        slope = _lean(before, here, after, half, room[id(point)])
        knots += [(enter, point.at - half * slope, slope), (leave, point.at + half * slope, slope)]
    return [*knots, (*end, 0.0), (_border(head, bands, -1), end[1], 0.0)]


def _border(box: Item, bands: Sequence[Band], side: int) -> float:
    """Return the depth of the side of a box where arrows leave (1) or enter (-1). Rounding must not push it out."""
    enter, leave = bands[box.rank]
    return min(leave, max(enter, (enter + leave + side * box.length) / 2))


def _lean(before: Point, here: Point, after: Point, half: float, room: float) -> float:
    """Choose the slope of an arrow at a point: that of a smooth curve, limited so that it keeps to its room in the band.

    The harmonic mean of the slopes before and after (Fritsch and Butland 1984) never overshoots the points.
    """
    arriving = (here[1] - before[1]) / (here[0] - before[0])
    leaving = (after[1] - here[1]) / (after[0] - here[0])
    if arriving * leaving <= 0.0:
        return 0.0
    slope = 2.0 * arriving * leaving / (arriving + leaving)
    return slope if abs(slope) * half <= room else room / half * (1.0 if slope > 0.0 else -1.0)


def _label_at(point: Item) -> float:
    """Return the breadth at which to centre the label that is held by this point of an arrow."""
    return point.at + (point.after - point.before + (BESIDE if point.after else -BESIDE)) / 2


def _finish(
    boxes: Sequence[Box],
    arrows: Sequence[Arrow],
    items: Sequence[Item],
    chains: Sequence[Sequence[Link]],
    bands: Sequence[Band],
    routes: Sequence[Sequence[Point]],
    across: bool,
) -> Layout:
    """Convert everything to x and y, shifted to leave a margin."""
    edges = [edge for item in items for edge in (item.at - item.before, item.at + item.after)] or [0.0]
    top = min(edges) - MARGIN

    def turned(depth: float, at: float) -> Point:
        x, y = round(depth, 2), round(at - top, 2)
        return (x, y) if across else (y, x)

    def middle(item: Item) -> float:
        return sum(bands[item.rank]) / 2

    places = [turned(middle(item), item.at) for item in items[: len(boxes)]]
    holders = [chain[-1].tail for chain in chains]
    return Layout(
        size=turned((bands[-1][1] if bands else MARGIN) + MARGIN, max(edges) + MARGIN),
        boxes=[(*place, *box) for place, box in zip(places, boxes)],
        routes=[[turned(*point) for point in route] for route in routes],
        labels=[turned(middle(at), _label_at(at)) if arrow[2] else None for arrow, at in zip(arrows, holders)],
        engine="stepgrad",
    )
