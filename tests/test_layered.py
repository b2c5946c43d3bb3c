"""The built-in layout: its guarantees on random graphs, its look on small ones, and its parts compared with oracles."""

import json
import random
from itertools import chain, combinations, pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.isotonic import isotonic_regression

from autograd.render.layout import ordering
from autograd.render.layout.geometry import Layout
from autograd.render.layout.layered import BESIDE, _lean, lay_out
from autograd.render.layout.ordering import Item, Link, _gain, _inversions, crossings, order_ranks, rank_boxes
from autograd.render.layout.placing import (
    PORT,
    _follow,
    _line_up,
    _port,
    _reach,
    _settle,
    _straight_places,
    _wishes,
    room_beside,
    space,
)

NEAR = 0.05  # px, tolerance for rounding

size = st.floats(4, 120)
label = st.one_of(st.just((0.0, 0.0)), st.tuples(st.floats(5, 60), st.floats(5, 20)))


@st.composite
def graphs(draw: Any, most: int = 14) -> Any:
    boxes = draw(st.lists(st.tuples(size, size), min_size=1, max_size=most))
    index = st.integers(0, len(boxes) - 1)
    ends = (
        draw(st.lists(st.tuples(index, index).filter(lambda e: e[0] != e[1]), max_size=2 * most)) if len(boxes) > 1 else []
    )
    names = draw(st.permutations(range(len(boxes))))  # so that the order of the boxes is no help
    arrows = [(names[min(e)], names[max(e)], *draw(label)) for e in ends]
    return boxes, arrows, draw(st.sampled_from(["LR", "TB"]))


def curve(route: list[tuple[float, float]]) -> np.ndarray:
    """Return closely spaced points along a route: (m, 2)."""
    t = np.linspace(0, 1, 25)[:, None]
    points = np.array(route)
    pieces = [points[i : i + 4] for i in range(0, len(points) - 1, 3)]
    return np.concatenate(
        [(1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d for a, b, c, d in pieces]
    )


def rectangles(layout: Layout, arrows: Any) -> tuple[list[Any], list[Any]]:
    """List boxes and labels as (x, y, width, height)."""
    labels = [(*at, *arrow[2:]) for at, arrow in zip(layout.labels, arrows) if at]
    return list(layout.boxes), labels


def overlap(a: Any, b: Any) -> bool:
    return all(abs(a[k] - b[k]) < (a[k + 2] + b[k + 2]) / 2 - NEAR for k in (0, 1))


def meets(points: np.ndarray, rectangle: Any) -> bool:
    """True if a point lies inside."""
    x, y, width, height = rectangle
    inside = (abs(points[:, 0] - x) < width / 2 - NEAR) & (abs(points[:, 1] - y) < height / 2 - NEAR)
    return bool(inside.any())


ROUNDED_BACK = (  # rounding put the side of the longest box 1 ulp beyond its rank
    [(4.0, 4.0), (4.0, 4.0), (4.0, 4.0), (4.0, 120.0), (115.0, 68.0)],
    [(3, 4, 0.0, 0.0), (3, 2, 0.0, 0.0), (4, 1, 0.0, 0.0), *[(3, 1, 0.0, 0.0)] * 2, *[(4, 2, 0.0, 0.0)] * 5],
    "TB",
)


@settings(max_examples=100, deadline=None)
@given(graphs())
@example(ROUNDED_BACK)
def test_what_holds_for_every_graph(graph: Any) -> None:
    boxes, arrows, rankdir = graph
    layout = lay_out(boxes, arrows, rankdir)
    assert layout == lay_out(boxes, arrows, rankdir)
    assert [box[2:] for box in layout.boxes] == boxes
    places, labels = rectangles(layout, arrows)
    assert [at is not None for at in layout.labels] == [arrow[2] > 0 for arrow in arrows]
    assert not any(overlap(a, b) for a, b in combinations(places + labels, 2))
    along = 0 if rankdir == "LR" else 1
    for (tail, head, *_), route in zip(arrows, layout.routes):
        assert len(route) % 3 == 1
        depths = [point[along] for point in route]
        assert depths == sorted(depths), "an arrow never turns back"
        for box, point, side in ((places[tail], route[0], 1), (places[head], route[-1], -1)):
            assert point[along] == pytest.approx(box[along] + side * box[along + 2] / 2, abs=NEAR)
            assert abs(point[1 - along] - box[1 - along]) <= box[3 - along] / 2
        points = curve(route)
        assert not any(meets(points, rectangle) for rectangle in places + labels)
        assert points.min() >= 0 and (points <= layout.size).all()
    for x, y, width, height in places + labels:
        assert width / 2 <= x <= layout.size[0] - width / 2 and height / 2 <= y <= layout.size[1] - height / 2


@settings(max_examples=60, deadline=None)
@given(graphs(), st.integers(2, 5), label)
def test_arrows_with_the_same_ends_are_drawn_apart(graph: Any, count: int, label: Any) -> None:
    boxes, arrows, rankdir = graph
    both = [*boxes, (60.0, 40.0), (60.0, 40.0)]
    many = [*arrows, *[(len(boxes), len(boxes) + 1, *label)] * count]
    routes = lay_out(both, many, rankdir).routes[-count:]
    assert len({route[0] for route in routes}) == len({route[-1] for route in routes}) == count
    for a, b in combinations(map(curve, routes), 2):
        assert max(np.linalg.norm(b[:, None] - a[None], axis=2).min(axis=1)) > 5


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_a_chain_is_one_straight_line(rankdir: str) -> None:
    layout = lay_out(
        [(50.0, 20.0), (80.0, 40.0), (30.0, 30.0)] * 4, [(i, i + 1, 20.0 * (i % 2), 10.0) for i in range(11)], rankdir
    )
    across = 1 if rankdir == "LR" else 0
    assert len({point[across] for route in layout.routes for point in route} | {box[across] for box in layout.boxes}) == 1


def test_a_square_is_symmetric() -> None:
    layout = lay_out([(60.0, 47.0), (60.0, 47.0)], [(0, 1, 0.0, 0.0)] * 2)
    middle = layout.boxes[0][1]
    assert layout.boxes[1][1] == middle
    above, below = layout.routes
    assert [y - middle for _, y in above] == pytest.approx([middle - y for _, y in below])


def test_arrows_of_a_small_tree_do_not_turn_back() -> None:
    """0 -> 1 passes the rank of 3, and 0 moves last: the point where it passes moves along."""
    layout = lay_out([(40.0, 20.0)] * 5, [(0, 1, 0.0, 0.0), (0, 3, 0.0, 0.0), (3, 4, 0.0, 0.0)])
    for route in layout.routes:
        sideways = [b - a for (_, a), (_, b) in pairwise(route)]
        assert min(sideways) >= -NEAR or max(sideways) <= NEAR, route


def test_labels_stand_beside_their_own_arrow() -> None:
    boxes, arrows = [(60.0, 47.0)] * 2, [(0, 1, 30.0, 12.0)]
    for rankdir, along in (("LR", 0), ("TB", 1)):
        layout = lay_out(boxes, arrows, rankdir)
        label, route = layout.labels[0], layout.routes[0]
        assert label
        distance = (label[1 - along] - route[0][1 - along]) * (-1 if along == 0 else 1)
        assert distance == pytest.approx((12.0 if along == 0 else 30.0) / 2 + BESIDE, abs=NEAR)
        assert layout.boxes[0][along] < label[along] < layout.boxes[1][along]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=40))
def test_a_tree_is_drawn_without_crossings(parents: list[int]) -> None:
    arrows = [
        (i, parent % i) for i, parent in enumerate(parents, 1)
    ]  # every box but the first has one arrow, to an earlier one
    layout = lay_out([(40.0, 20.0)] * (len(arrows) + 1), [(*arrow, 0.0, 0.0) for arrow in arrows])
    ranks: dict[float, list[int]] = {}
    for i in sorted(range(len(layout.boxes)), key=lambda i: layout.boxes[i][1]):
        ranks.setdefault(layout.boxes[i][0], []).append(i)
    heads = dict(arrows)
    for row in ranks.values():
        of = [layout.boxes[heads[i]][1] for i in row if i in heads]
        assert of == sorted(of)


def test_leaves_stand_beside_what_uses_them() -> None:
    # A chain 0 > 1 > 2 > 3, with a leaf into each; the leaf 4 into 3 must not stand on the far left.
    assert rank_boxes(5, [(0, 1), (1, 2), (2, 3), (4, 3)]) == [0, 1, 2, 3, 2]
    # 5 sums two things that are ready early and is used late: it stands early, its own leaf 6 with it.
    ranks = rank_boxes(7, [(0, 1), (1, 2), (2, 3), (3, 4), (0, 5), (0, 5), (6, 5), (5, 4)])
    assert ranks == [0, 1, 2, 3, 4, 1, 0]


def test_what_cannot_be_laid_out() -> None:
    with pytest.raises(ValueError, match="cycle: 2 boxes of 3"):
        lay_out([(1.0, 1.0)] * 3, [(0, 1, 0.0, 0.0), (1, 2, 0.0, 0.0), (2, 1, 0.0, 0.0)])
    with pytest.raises(ValueError, match="rankdir must be 'LR' or 'TB', got 'RL'"):
        lay_out([], [], "RL")


def test_nothing_and_one_box() -> None:
    assert lay_out([], []) == Layout((16.0, 16.0), [], [], [], "stepgrad")
    assert lay_out([(10.0, 20.0)], []).boxes == [(13.0, 18.0, 10.0, 20.0)]


def test_large_graphs_get_fewer_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    boxes, arrows = [(10.0, 10.0)] * 12, [(i, j, 0.0, 0.0) for i in range(12) for j in range(i + 1, 12)]
    fine = lay_out(boxes, arrows)
    monkeypatch.setattr(ordering, "WORK", 0)
    monkeypatch.setattr(ordering, "MANY", 0)
    assert len(lay_out(boxes, arrows).routes) == len(fine.routes)


def test_depth_is_no_limit() -> None:
    layout = lay_out([(10.0, 10.0)] * 3000, [(i, i + 1, 0.0, 0.0) for i in range(2999)])
    assert len(layout.boxes) == 3000


@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(0.1, 10)), min_size=1, max_size=12))
def test_settling_is_isotonic_regression(wishes: list[tuple[float, float]]) -> None:
    row = [Item(0, 3.0 * i, 5.0, 0.0, is_box=i % 2 == 0) for i in range(len(wishes))]
    wanted, weights = map(list, zip(*wishes))
    _settle(row, wanted, weights)
    tight = np.cumsum([0.0] + [space(a, b) for a, b in pairwise(row)])
    expected = isotonic_regression(np.array(wanted) - tight, sample_weight=weights) + tight
    assert [item.at for item in row] == pytest.approx(list(expected), abs=1e-6)


@given(st.lists(st.integers(0, 9)))
def test_counting_crossings(numbers: list[int]) -> None:
    assert _inversions(numbers) == sum(a > b for a, b in combinations(numbers, 2))


def test_sweeps_untangle_what_can_be_untangled() -> None:
    """Two rails with rungs between them, given in a mixed order, are planar and are drawn without crossings."""
    items = [Item(rank, 5.0, 5.0, 10.0, is_box=True) for rank in range(6) for _ in range(3)]
    mixed = [(a, b) for r in range(5) for a, b in zip([3 * r, 3 * r + 1, 3 * r + 2], [3 * r + 5, 3 * r + 3, 3 * r + 4])]
    for tail, head in mixed:
        link = Link(items[tail], items[head], 1.0)
        items[tail].downs.append(link)
        items[head].ups.append(link)
    tangled = [items[3 * r : 3 * r + 3] for r in range(6)]
    for row in tangled:
        for order, item in enumerate(row):
            item.order = order
    assert crossings(tangled) == 10
    assert crossings(order_ranks(items)) == 0


@given(st.integers(1, 4), st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1), st.booleans()), min_size=1, max_size=12))
def test_the_gain_of_an_exchange_is_how_many_crossings_it_saves(ends: int, arrows: list[tuple[int, int, bool]]) -> None:
    above, row, below = ([Item(rank, 5.0, 5.0, 10.0, order=i) for i in range(n)] for rank, n in enumerate((ends, 2, ends)))
    for end, here, enters in arrows:
        tail, head = (above[end % ends], row[here]) if enters else (row[here], below[end % ends])
        link = Link(tail, head, 1.0)
        tail.downs.append(link)
        head.ups.append(link)
    a, b = row
    before = crossings([above, [a, b], below])
    gain = _gain(a, b)
    a.order, b.order = 1, 0
    assert gain == before - crossings([above, [b, a], below])


def test_ports_are_spread_about_the_middle_of_a_side() -> None:
    for count, room, expected in (
        (1, 100.0, [0.0]),
        (2, 100.0, [-PORT / 2, PORT / 2]),
        (4, 200.0, [-1.5 * PORT, -0.5 * PORT, 0.5 * PORT, 1.5 * PORT]),
        (4, 20.0, [-7.5, -2.5, 2.5, 7.5]),  # no room for PORT
    ):
        assert [_port(i, count, room) for i in range(count)] == expected


def box_with_arrows(ups: list[tuple[float, float]], downs: list[tuple[float, float]]) -> Item:
    """Make a box with arrows of these weights that are straight at these places."""
    box = Item(1, 5.0, 5.0, 10.0, is_box=True)
    box.ups = [Link(Item(0, 5.0, 5.0, 10.0, at=at), box, weight) for at, weight in ups]
    box.downs = [Link(box, Item(2, 5.0, 5.0, 10.0, at=at), weight) for at, weight in downs]
    return box


def test_a_box_stands_where_most_of_its_arrows_on_a_side_are_straight() -> None:
    for ups, downs, expected in (
        ([(3.0, 1.0)], [], [3.0]),
        ([(3.0, 1.0), (9.0, 1.0)], [], []),  # half is not most
        ([(3.0, 4.0), (9.0, 6.0)], [], [9.0]),
        ([(3.0, 1.0), (3.0, 1.0), (9.0, 1.0)], [], [3.0]),
        ([(3.0, 1.0)], [(9.0, 2.0)], [9.0, 3.0]),  # the heavier side first
        ([(3.0, 1.0)], [(9.0, 1.0)], [3.0, 9.0]),  # a tie: in line with the previous rank
        ([(3.004, 1.0)], [(2.996, 1.0), (9.0, 0.5)], [3.0, 3.0]),  # a hundredth of a px is no difference
        ([(3.01, 1.0), (3.0, 1.0)], [], []),
    ):
        assert _straight_places(box_with_arrows(ups, downs)) == expected


def test_a_box_follows_the_mean_of_its_arrows_by_weight() -> None:
    for ups, downs, expected in (
        ([(30.0, 1.0)], [], 30.0),
        ([(20.0, 1.0), (40.0, 3.0)], [], 35.0),
        ([(20.0, 1.0)], [(60.0, 1.0)], 40.0),
        ([], [], 7.0),  # without arrows it stays
    ):
        box = box_with_arrows(ups, downs)
        box.at = 7.0
        _follow([box], ups=True, downs=True)
        assert box.at == pytest.approx(expected), (ups, downs)


def test_points_of_an_arrow_line_up_with_an_end_if_they_can() -> None:
    for low, high, expected in (
        (0.0, 50.0, 10.0),  # both ends are in reach: the start
        (15.0, 50.0, 40.0),
        (10.0, 30.0, 10.0),  # along the very edge
        (15.0, 40.0, 40.0),
        (15.0, 35.0, 21.0),  # neither end is: the mean of the points
        (25.0, 35.0, 25.0),
        (12.0, 18.0, 18.0),
    ):
        points = [Item(1 + i, 0.0, 0.0, 0.0, at=at) for i, at in enumerate((20.0, 22.0, 21.0))]
        items = [Item(0, 5.0, 5.0, 10.0, at=10.0), *points, Item(4, 5.0, 5.0, 10.0, at=40.0)]
        _line_up(points, low, high, [Link(a, b, 1.0) for a, b in pairwise(items)])
        assert [point.at for point in points] == [expected] * 3, (low, high)


def test_how_far_an_arrow_may_stray_beside_its_neighbours() -> None:
    def room(at: float, length: float) -> float:
        row = [Item(0, 2.0, 3.0, 10.0, at=0.0), Item(0, 0.0, 0.0, length, at=at), Item(0, 4.0, 2.0, 10.0, at=30.0)]
        for order, item in enumerate(row):
            item.order = order
        return room_beside(row[1], [row])

    assert room(11.0, 0.0) == (11 - 3) / 2 - 1
    assert room(20.0, 0.0) == (30 - 4 - 20) / 2 - 1
    assert room(13.0, 5.0) == 1.0, "it has a label"
    alone = Item(0, 0.0, 0.0, 0.0)
    assert room_beside(alone, [[alone]]) > 1e6


def test_how_far_an_item_may_move_between_its_neighbours() -> None:
    row = [Item(0, 5.0, 5.0, 10.0, is_box=i != 1, at=50.0 * i, order=i) for i in range(3)]
    assert _reach(row[1], [row]) == (0.0 + 5 + 12 + 5, 100.0 - 5 - 12 - 5)
    assert _reach(row[0], [row])[0] < -1e6
    assert _reach(row[2], [row])[1] > 1e6
    points = [Item(0, 0.0, 0.0, 0.0) for _ in range(2)]
    assert space(*points) == 7.0
    assert space(row[0], row[2]) == 5 + 16 + 5


def hidden_planar(seed: int) -> list[Item]:
    """Make four ranks of four boxes with arrows that do not cross if the boxes are in the right order."""
    rng = random.Random(seed)
    boxes = [[Item(rank, 5.0, 5.0, 10.0, is_box=True) for _ in range(4)] for rank in range(4)]
    for above, below in pairwise(boxes):
        ends = [(0, 0)]
        while ends[-1] != (3, 3):
            i, j = ends[-1]
            ends.append((i + 1, j) if j == 3 or (i < 3 and rng.random() < 0.5) else (i, j + 1))
        for i, j in rng.sample(ends, len(ends)):
            link = Link(above[i], below[j], 1.0)
            link.tail.downs.append(link)
            link.head.ups.append(link)
    return [box for row in boxes for box in rng.sample(row, 4)]


def test_sweeps_find_what_the_walk_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    swept = [crossings(order_ranks(hidden_planar(seed))) for seed in range(20)]
    monkeypatch.setattr(ordering, "_sweep", lambda ranks, down: None)
    monkeypatch.setattr(ordering, "_exchange", lambda ranks: None)
    walked = [crossings(order_ranks(hidden_planar(seed))) for seed in range(20)]
    assert all(a <= b for a, b in zip(swept, walked)), "the best is kept"
    assert sum(walked) > 100
    assert sum(swept) <= 0.25 * sum(walked)


def test_where_a_piece_of_an_arrow_starts_and_ends() -> None:
    link = Link(Item(0, 5.0, 5.0, 10.0, at=10.0), Item(1, 5.0, 5.0, 10.0, at=20.0), 1.0, tail_port=3.0, head_port=-4.0)
    assert (link.start, link.end) == (13.0, 16.0)
    box = box_with_arrows([(3.0, 1.0)], [(9.0, 2.0)])
    (before,), (after,) = box.ups, box.downs
    before.tail_port, before.head_port, after.tail_port, after.head_port = 1.0, -2.0, 4.0, 0.5
    assert _wishes(box, True, True) == [(3.0 + 1.0 + 2.0, 1.0), (9.0 + 0.5 - 4.0, 2.0)]
    assert _wishes(box, False, True) == [(5.5, 2.0)]
    assert _wishes(box, True, False) == [(6.0, 1.0)]


def test_how_an_arrow_leans_where_it_passes_a_point() -> None:
    for before, after, room, expected in (
        ((0.0, 0.0), (20.0, 20.0), 100.0, 1.0),  # straight on
        ((0.0, 0.0), (20.0, 40.0), 100.0, 1.5),  # the harmonic mean of 1 and 3
        ((0.0, 20.0), (20.0, 20.0), 100.0, 0.0),  # it turns back: level
        ((0.0, 0.0), (20.0, 10.0), 100.0, 0.0),
        ((0.0, 0.0), (20.0, 20.0), 2.0, 0.5),  # as far as there is room
        ((0.0, 20.0), (20.0, 0.0), 2.0, -0.5),
    ):
        assert _lean(before, (10.0, 10.0), after, 4.0, room) == expected, (before, after, room)


STORED = Path(__file__).parent / "reference" / "layouts.json"


def layouts() -> dict[str, list[float]]:
    """Lay out a few graphs of 5 to 11 boxes; list the numbers of each layout in turn."""
    found = {}
    for seed, direction in product(range(1, 5), ("LR", "TB")):
        rng = random.Random(seed)
        boxes = [(rng.uniform(30, 90), rng.uniform(20, 40)) for _ in range(3 + 2 * seed)]
        ends = [sorted(rng.sample(range(len(boxes)), 2)) for _ in range(len(boxes) + seed)]
        arrows = [(tail, head, *rng.choice([(0.0, 0.0), (rng.uniform(10, 40), 11.0)])) for tail, head in ends]
        layout = lay_out(boxes, arrows, direction)
        points = [layout.size, *layout.boxes, *chain.from_iterable(layout.routes), *(at or () for at in layout.labels)]
        found[f"{direction} {seed}"] = [round(number, 1) for point in points for number in point]
    return found


def test_layouts_are_as_stored() -> None:
    """Fails on any change of a layout. If it is wanted, look at drawings, then store: python -m tests.test_layered."""
    stored, found = json.loads(STORED.read_text(encoding="utf-8")), layouts()
    assert stored.keys() == found.keys()
    for name in found:  # rounded, and sums of floats may differ between versions of Python
        assert found[name] == pytest.approx(stored[name], abs=0.11), name


if __name__ == "__main__":
    STORED.write_text(json.dumps(layouts()) + "\n", encoding="utf-8")
