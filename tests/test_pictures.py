"""The content of drawings: boxes, arrows, folding, and parts of large graphs."""

from graphlib import TopologicalSorter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import Value, dot, scope
from autograd import sum as total
from autograd.render.content.groups import Group, at_depth, overview, parts_of, picture_of, title
from autograd.render.content.picture import COLUMN, Graph, Picture, flat
from autograd.render.content.text import SMALL


def texts(picture: Picture) -> dict[str, list[str]]:
    return {box.id: [picture.text(line) for line in box.lines] for box in picture.boxes}


def drawn(root: Value, **options: Any) -> Picture:
    graph = Graph(root)
    return flat(graph, graph.operations, **options)


def test_boxes_and_arrows_of_a_small_graph() -> None:
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    d = a * b + 10
    d.label = "d"
    assert texts(drawn(d))["n0"] == ["a", "data 2", "grad ·"]
    d.backward()
    picture = drawn(d)
    assert texts(picture) == {
        "n0": ["a", "data 2", "grad −3"],
        "n1": ["b", "data −3", "grad 2"],
        "n2": ["v1 [×]", "data −6", "grad 1"],
        "n3": ["d [+]", "v1 + 10", "data 4", "grad 1"],
    }
    assert [box.kind for box in picture.boxes] == ["leaf", "leaf", "operation", "operation"]
    assert [(a.tail, a.head, a.label) for a in picture.arrows] == [("n0", "n2", "−3"), ("n1", "n2", "2"), ("n2", "n3", "")]


def test_a_square_has_two_arrows_and_a_gradient_of_zero_is_not_one_that_was_not_reached() -> None:
    x = Value(0.0, "x")
    y = x * x
    assert len(drawn(y).arrows) == 2
    y.backward()
    assert texts(drawn(y))["n0"] == ["x", "data 0", "grad 0"]


def test_folding() -> None:
    xs = [Value(float(i), f"x{i}") for i in range(4)]
    shared = xs[0]
    y = ((xs[0] + xs[1]) + xs[2] + xs[3]) * shared
    picture = drawn(y, fold=True)
    assert [lines[0] for lines in texts(picture).values()] == ["x0", "v3 [sum of 4]", "v4 [×]"]
    assert texts(picture)["n6"][-3:] == ["x1 = 1, grad ·", "x2 = 2, grad ·", "x3 = 3, grad ·"]
    assert picture.notes == [
        "2 additions are folded into sums",
        "3 leaves that are used once are shown in the box that uses them",
    ]
    assert set(picture.boxes[1].nodes) >= {*xs[1:]}
    assert len(picture.arrows) == 3, "x0 into the sum and the product, the sum into the product"


def test_a_named_intermediate_sum_is_not_folded_away() -> None:
    a = Value(1.0, "a")
    s = a + a
    s.label = "s"
    assert "s [+]" in str(texts(drawn(s + a, fold=True)))


def test_surroundings_of_a_part() -> None:
    x = Value(1.0, "x")
    inside = x.tanh()
    once, twice = inside.exp(), inside.sin()
    root = once + twice + once.exp()
    graph = Graph(root)
    picture = flat(graph, [inside, once])
    kinds = {lines[0]: box.kind for box, lines in zip(picture.boxes, texts(picture).values())}
    assert kinds["x"] == "leaf"
    assert [name for name, kind in kinds.items() if kind == "outside"] == [f"{graph.names[twice]} [sin]", "2 uses"]


def test_many_operands_are_one_box() -> None:
    picture = drawn(total([Value(1.0) for _ in range(30)]), most=10)
    assert [lines[0] for lines in texts(picture).values()] == ["30 operands", "v31 [Σ]"]
    assert len(picture.arrows) == 1


def test_sizes_hold_any_gradient() -> None:
    picture = drawn(Value(1.0, "x").tanh())
    for box in picture.boxes:
        assert picture.size(box)[0] >= 0.62 * 11 * len("grad −1.234e−05")
    letter = 0.62 * 11  # px
    for n in (40, 200):
        x = Value(1.0, "x" * n)
        wide = picture.size(drawn(x.tanh()).boxes[0])[0] / letter
        assert n < wide < n + 5, "no gradient stands beside the name"
        folded = drawn(x.tanh(), fold=True)
        (line,) = [line.text for box in folded.boxes for line in box.lines if line.node is x]
        assert folded.size(folded.boxes[0])[0] / letter > len(line + "−1.234e−05") > n


def test_direction() -> None:
    short, long = Value(1.0), Value(1.0)
    for _ in range(3):
        short = short.tanh()
    for _ in range(30):
        long = long.tanh()
    assert (drawn(short).direction(), drawn(long).direction()) == ("LR", "TB")
    assert drawn(total([Value(1.0) for _ in range(60)])).direction() == "LR"
    for length, expected in (
        (40, "LR"),
        (70, "TB"),
    ):  # side by side, two boxes of that many letters fit into a column or not
        wide = Value(1.0, "x" * length).tanh()
        wide.label = "y" * length
        assert drawn(wide).direction() == expected
    for n, expected in ((26, "TB"), (27, "LR")):  # so many leaves side by side, or a sum and 19 more operations in line
        y = total([Value(1.0) for _ in range(n)])
        for _ in range(19):
            y = y.tanh()
        assert drawn(y).direction() == expected
    scale = 900 / COLUMN
    assert scale * SMALL == pytest.approx(9), "px of the small text, in the widest picture from left to right"


# Groups


def mlp(rows: int = 1) -> Value:
    model = nn.MLP(3, [4, 4, 1], "tanh", seed=0)
    loss: Value = nn.mse_loss([model([1.0, 2.0, float(i)]) for i in range(rows)], [0.5] * rows)
    loss.label = "loss"
    return loss


def test_an_overview_of_a_network() -> None:
    graph = Graph(mlp())
    picture, groups = picture_of(graph, Group(graph.operations), 14)
    neurons = {f"MLP.layers.{i}.neurons.{j}" for i in range(2) for j in range(4)} | {"MLP.layers.2.neurons.0"}
    assert {title(group) for group in groups} == neurons | {"to loss"}
    assert texts(picture)[picture.box_of[graph.root]][0] == "to loss"
    assert picture.notes == ["an overview of 30 operations in 10 parts", "41 leaves that only one part uses are inside it"]


def test_calls_of_the_same_module_are_numbered() -> None:
    graph = Graph(mlp(rows=3))
    groups = parts_of(graph, Group(graph.operations), 5)
    assert sorted(title(group) for group in groups) == ["MLP #1", "MLP #2", "MLP #3", "to loss"]
    assert "41 leaves" in str(texts(overview(graph, groups)))


def test_more_calls_than_boxes_are_put_together() -> None:
    graph = Graph(mlp(rows=60))
    groups = parts_of(graph, Group(graph.operations), 10)
    assert 2 < len(groups) <= 11
    assert any("to MLP #" in title(group) for group in groups)


def test_calls_put_together_are_named_by_the_first_and_the_last() -> None:
    x = Value(1.0)
    with scope("outer"):
        for _ in range(12):
            with scope("block"):
                x = x.tanh().tanh()
        with scope("last"):
            x = x.tanh().tanh()
    graph = Graph(x)
    together = ["outer.block #1 to block #4", "outer.block #5 to block #8", "outer.block #9 to block #12"]
    groups = parts_of(graph, Group(graph.operations), 4)
    assert [title(group) for group in groups] == [*together, "outer.last"]
    assert all(lines[1].startswith("out ") for lines in texts(overview(graph, groups)).values() if "data 1" not in lines)


def test_depth() -> None:
    graph = Graph(mlp())
    names = [[lines[0] for lines in texts(at_depth(graph, depth)).values()] for depth in (0, 1, 2)]
    assert names[0][0] == "MLP"
    assert names[1][:3] == ["layers.0", "layers.1", "layers.2"]
    assert len([name for name in names[2] if "neurons" in name]) == 9
    assert names[0][-1] == "loss [/]", "what is in no scope stands alone"
    plain = Graph(Value(1.0).tanh())
    assert len(at_depth(plain, 0).boxes) == 2


def test_a_scope_that_is_left_and_entered_again_is_cut() -> None:
    x = Value(1.0)
    with scope("part") as part:
        a = x.tanh()
        b = a.exp()
    c = b.sin()
    with scope("other"):
        d = c.cos() * a
    # the same name again later, and one scope object around both, by hand
    graph = Graph(d + b)
    picture = overview(graph, parts_of(graph, Group(graph.operations), 20))
    assert part.name == "part"
    assert_acyclic(picture)


def assert_acyclic(picture: Picture) -> None:
    order = TopologicalSorter({box.id: [] for box in picture.boxes})
    for arrow in picture.arrows:
        order.add(arrow.head, arrow.tail)
    order.prepare()


@st.composite
def scoped_graphs(draw: Any) -> Value:
    """Make random graphs whose nodes are recorded in scopes that begin, nest and end at random."""
    nodes = [Value(0.5), Value(-0.5)]
    for _ in range(draw(st.integers(1, 5))):
        with scope(draw(st.sampled_from("abc"))):
            for _ in range(draw(st.integers(1, 4))):
                nodes.append(nodes[draw(st.integers(0, len(nodes) - 1))] * nodes[-1])
                with scope(draw(st.sampled_from("de"))):
                    nodes.append(nodes[draw(st.integers(0, len(nodes) - 1))].tanh())
        nodes.append(nodes[draw(st.integers(0, len(nodes) - 1))] + nodes[-1])
    return total(nodes)


@given(scoped_graphs(), st.integers(2, 12))
@settings(max_examples=80, deadline=None)
def test_parts_hold_everything_once_in_few_boxes_without_circles(root: Value, limit: int) -> None:
    graph = Graph(root)
    stack = [Group(graph.operations)]
    flats: list[Value] = []
    while stack:
        group = stack.pop()
        picture, inside = picture_of(graph, group, limit)
        assert_acyclic(picture)
        shown = [node for box in picture.boxes if box.kind in ("operation", "group") for node in box.nodes if node.op]
        assert sorted(graph.index[x] for x in shown) == sorted(graph.index[x] for x in group.nodes)
        flats += [node for box in picture.boxes if box.kind == "operation" for node in box.nodes if node.op]
        assert all(len(part.nodes) < len(group.nodes) for part in inside)
        stack += inside
    assert sorted(graph.index[x] for x in flats) == sorted(graph.index[x] for x in graph.operations)


def test_circles_by_one_scope_in_two_places() -> None:
    """A module called on a result of an earlier call, within one scope, is divided into stages."""
    x = Value(1.0)
    with scope("a"):
        with scope("inner"):
            one = x.tanh()
        between = one.exp()
        with scope("inner"):
            two = between.tanh() * one
    graph = Graph(two)
    parts = parts_of(graph, Group(graph.operations), 3)
    assert_acyclic(overview(graph, parts))


def test_a_graph_of_many_nodes_without_scopes_is_cut_into_blocks() -> None:
    x = Value(1.0)
    for _ in range(5000):
        x = x * 0.5 + x
    graph = Graph(x)
    picture, groups = picture_of(graph, Group(graph.operations), 40)
    assert len(picture.boxes) <= 41
    assert texts(picture)[picture.boxes[0].id][0] == "v2 to v251"
    assert sum(len(group.nodes) for group in groups) == 10000


def test_an_operation_with_more_operands_than_boxes() -> None:
    xs = [Value(1.0).tanh() for _ in range(60)]
    graph = Graph(dot(xs[:30], xs[30:]) + dot(xs[:20], xs[40:]))
    _, groups = picture_of(graph, Group(graph.operations), 10)
    while groups:
        group = groups.pop()
        picture, inside = picture_of(graph, group, 10)
        assert len(picture.boxes) <= 12
        groups += inside


def test_a_leaf_of_one_operation_is_drawn_and_one_of_a_larger_part_is_not() -> None:
    x, w = Value(1.0, "x"), Value(2.0, "w")
    graph = Graph(x.tanh().tanh() * w)
    first, second, last = graph.operations
    picture = overview(graph, [Group([first, second]), Group([last])])
    assert [box.lines[0].text for box in picture.boxes if box.kind == "leaf"] == ["w"]


def test_leaves_that_parts_share_are_one_box() -> None:
    graph = Graph(mlp(rows=20))
    picture, _ = picture_of(graph, Group(graph.operations), 10)
    assert "41 leaves" in [lines[0] for lines in texts(picture).values()]
