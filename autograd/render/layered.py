"""Our own layered layout, for where no Graphviz is.

The method of Sugiyama, Tagawa and Toda (1981), as Gansner, Koutsofios, North and Vo (1993) tell it of `dot`: boxes get
ranks so that arrows point forward; an arrow becomes a chain of points, one on every rank between, the last of which holds
its label; ranks are ordered against crossings; then everything gets a place, and arrows become curves.

All of it is written for one direction: `depth` runs along the arrows, `breadth` across. A rank is a band of depth that its
boxes and labels fill; arrows bend in the gaps between bands, and within a band they keep clear of its boxes: that is why no
arrow can run through a box, and no label stand on one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, zip_longest

from autograd.render.layout import Layout, Point
from autograd.render.ordering import Item, Link, order_ranks, rank_boxes
from autograd.render.placing import place, room_beside

Box = tuple[float, float]  # width, height
Band = tuple[float, float]  # the depth at which a rank begins, and at which it ends
Arrow = tuple[int, int, float, float]  # tail, head, label width (0.0: no label), label height

MARGIN = 8.0  # px around the whole
GAP = 20.0  # px of depth between a band and the next, at least; twice that between boxes
STEEPNESS, WIDEST = (
    0.25,
    120.0,
)  # px of further gap per px that an arrow moves sideways in it, against too steep ones; at most
STRAIGHT = 8.0  # how much the points along an arrow want to stand in line, as in `dot`, where a box
SPINE = 3.0  # wants so much to be in line with a computed one, and 1 with a leaf
BEND = 0.45  # how far the handles of a curve reach into its gap
BESIDE = 2.0  # px between a label and its arrow


def lay_out(boxes: Sequence[Box], arrows: Sequence[Arrow], rankdir: str = "LR") -> Layout:
    """The layout of a directed graph without cycles, rankdir LR (left to right) or TB (top to bottom).

    boxes: (width, height) each; arrows: (tail, head, label width or 0.0, label height), tail and head as indices of boxes.
    Several arrows may join the same two boxes. The same input gives the same layout. ValueError if there is a cycle.

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
    """The boxes, then the points of arrows, as items; and every arrow as its pieces from tail to head."""
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
    """Room for a label beside an arrow at this point of it: above the arrow, or to its right."""
    if across:
        point.before, point.length = height + BESIDE, width
    else:
        point.after, point.length = width + BESIDE, height


def _bands(ranks: Sequence[Sequence[Item]]) -> list[Band]:
    """From which depth to which each rank reaches."""
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
    """The arrow as one cubic curve after another, as (depth, breadth): it bends in gaps, and leans little within bands."""
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
    """Where the arrow leaves its tail, enters and leaves each band, and meets its head: (depth, breadth, slope) each."""
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
    """The depth of the side of a box at which arrows leave (1) or enter (-1)."""
    return (sum(bands[box.rank]) + side * box.length) / 2


def _lean(before: Point, here: Point, after: Point, half: float, room: float) -> float:
    """The slope with which an arrow passes a point: that of a smooth curve, but within its room over the whole band.

    The harmonic mean of the slopes before and after, as Fritsch and Butland (1984) take it, never swings beyond the points.
    """
    arriving = (here[1] - before[1]) / (here[0] - before[0])
    leaving = (after[1] - here[1]) / (after[0] - here[0])
    if arriving * leaving <= 0.0:
        return 0.0
    slope = 2.0 * arriving * leaving / (arriving + leaving)
    return slope if abs(slope) * half <= room else room / half * (1.0 if slope > 0.0 else -1.0)


def _label_at(point: Item) -> float:
    """The breadth at which the label of an arrow is centred that has room for it at this point."""
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
    """Everything in x and y, moved to where the margin begins."""
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
