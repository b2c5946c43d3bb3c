"""A batch drawn once: the graphs that have rows, and the graph of one row, which is true for each of them."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any

import pytest

import autograd
import nn
from autograd import Value, scope, sum, tanh
from autograd.graph import topological_order
from autograd.render import show_backward, trace_backward
from autograd.render.content.batch import batch_of

X = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
Y = [1.0, -1.0, -1.0, 1.0]


def squares(model: Any, rows: range = range(4)) -> Value:
    loss: Value = builtins.sum((model(X[k]) - Y[k]) ** 2 for k in rows)
    return loss


def by_hand(rows: int) -> Value:
    """No scopes, inputs as Values, and parameters that are used in each row."""
    w, b = Value(0.5, "w"), Value(-0.25, "b")
    return sum([tanh(w * Value(X[k][0], "x") + b) ** 2 for k in range(rows)]) * 0.5


def penalised() -> Value:
    model = nn.MLP(3, [2, 1], "tanh", seed=0)
    return squares(model) + 0.1 * sum([p * p for p in model.parameters()])


def with_a_name() -> Value:
    model = nn.MLP(3, [2, 1], "tanh", seed=0)
    data = squares(model)
    data.label = "data"
    return sum([p * p for p in model.parameters()]) * 0.1 + data * 0.25


def before_many_sums() -> Value:
    """A sum with terms that cannot be rows costs no look at the graph."""
    y = by_hand(3)
    for _ in range(12):
        y = (y + Value(1.0)) * 0.5
    return y


def classes(one_hot: bool) -> Value:
    """Cross-entropy picks the score of the class: another operand in each row, unless targets are probabilities."""
    model = nn.MLP(3, [2, 3], "tanh", seed=0)
    targets: list[Any] = [0, 2, 1, 2]
    shares = [[float(k == target) for k in range(3)] for target in targets]
    loss: Value = (
        nn.cross_entropy(list(map(model, X)), shares) if one_hot else nn.cross_entropy(list(map(model, X[:3])), targets[:3])
    )
    return loss


GRAPHS: dict[str, tuple[Callable[[], Value], int, int]] = {  # rows, and numbers in which they differ
    "micrograd's": (lambda: squares(nn.MLP(3, [4, 4, 1], "tanh", seed=0)), 4, 4),
    "mse_loss": (lambda: nn.mse_loss(list(map(nn.MLP(3, [2, 1], seed=0), X)), Y), 4, 4),
    "by hand": (lambda: by_hand(3), 3, 1),
    "with a penalty": (penalised, 4, 4),
    "with a name": (with_a_name, 4, 4),
    "before many sums": (before_many_sums, 3, 1),
    "classes as probabilities": (lambda: classes(one_hot=True), 4, 6),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_the_graph_of_one_row(name: str) -> None:
    make, rows, differing = GRAPHS[name]
    root = make()
    batch = batch_of(root)
    assert batch is not None
    assert (batch.rows, len(batch.given), len(batch.numbers), batch.root.data) == (rows, differing, rows, root.data)
    root.backward()
    total = {x: x.grad for x in batch.shared}
    for x in batch.shared:
        x.grad = 0.0
    of_rows = dict.fromkeys(batch.shared, 0.0)
    for numbers in batch.numbers:  # every row through the graph of the first: its parts add up to the whole
        row = again(batch.row, dict(zip(batch.given, numbers)))
        row.backward()
        for x in batch.shared:
            of_rows[x] += x.grad
            x.grad = 0.0
    batch.root.backward()
    upstream = batch.row.grad
    for x in batch.shared:
        elsewhere = x.grad - grad_in_row(batch, x)
        assert math.isclose(of_rows[x] * upstream + elsewhere, total[x], rel_tol=1e-9, abs_tol=1e-12), x


def again(root: Value, numbers: dict[Value, float]) -> Value:
    """The same operations on other numbers of these leaves."""
    made: dict[Value, Any] = {}
    for node in topological_order(root):
        if not node.op:
            made[node] = Value(numbers[node]) if node in numbers else node
            continue
        operands = [made.get(x, x) for x in node.operands]
        half = len(operands) // 2
        given: Any = (
            [operands[:half], operands[half:]]
            if node.op == "dot"
            else [operands]
            if node.op in ("sum", "amax", "logsumexp")
            else operands
        )
        made[node] = getattr(autograd, node.op)(*given)
    return made[root]


def grad_in_row(batch: Any, x: Value) -> float:
    inside = set(batch.inside)
    return builtins.sum(local * node.grad for node in inside for y, local in zip(node.inputs, node.local_grads) if y is x)


def test_names_of_numbers_that_have_none() -> None:
    batch = batch_of(squares(nn.MLP(3, [2, 1], seed=0)))
    assert batch is not None
    assert ([x.label for x in batch.given], batch.others.label) == (["x1", "x2", "x3", "y"], "the other 3 rows")
    assert batch.numbers == [[*x, y] for x, y in zip(X, Y)]
    x1 = Value(1.0, "x1")
    w = Value(2.0, "w")
    batch = batch_of(builtins.sum(tanh(w * k * x1 + k) for k in (1.0, 2.0)))
    assert batch is not None
    assert ([x.label for x in batch.given], batch.others.label) == (["x2"], "the other row"), (
        "x1 is taken, and k is one number"
    )


def different() -> Value:
    w = Value(1.0, "w")
    return (w * 2.0 + 1.0).tanh() + (w * 3.0).exp().tanh()


def entangled() -> Value:
    """The second row uses a result of the first."""
    w = Value(1.0, "w")
    a = tanh(w * 2.0 + 1.0)
    return sum([a**2, tanh(w * a + 1.0) ** 2])


NONE: dict[str, Callable[[], Value]] = {
    "a leaf": lambda: Value(1.0),
    "classes as indices": lambda: classes(one_hot=False),
    "no sum": lambda: Value(1.0, "w").tanh() * 2.0,
    "different operations": different,
    "entangled": entangled,
    "nothing is shared": lambda: sum([tanh(Value(k) * 2.0 + 1.0) ** 2 for k in (1.0, 2.0)]),
    "too small": lambda: (lambda w: sum([w * 2.0, w * 3.0]))(Value(1.0, "w")),
    "the same twice": lambda: (lambda a: a + a)(tanh(Value(1.0, "w") * 2.0 + 1.0) ** 2),
    "a term that is used elsewhere": lambda: (lambda w, f: (lambda a, b: (a + b) * a)(f(w, 1.0), f(w, 2.0)))(
        Value(1.0, "w"), lambda w, k: tanh(w * k + 1.0) ** 2
    ),
    "a number of its own in the sum": lambda: (lambda w: 5.0 + tanh(w * 2.0 + 1.0) ** 2 + tanh(w * 3.0 + 1.0) ** 2)(
        Value(1.0, "w")
    ),
    "of different lengths": lambda: (lambda w: sum([tanh(w * 2.0 + 1.0) ** 2, tanh(w * 2.0 + 1.0) ** 2 * 2.0]))(
        Value(1.0, "w")
    ),
}


def test_many_sums_take_no_longer() -> None:
    """A graph of 3,000 sums is looked at a few times, not once for each."""
    w = Value(1.0, "w")
    y = w
    for k in range(3_000):
        y = tanh(y * 0.5) + tanh(w * float(k))
    assert batch_of(y) is None


@pytest.mark.parametrize("name", NONE)
def test_graphs_without_rows(name: str) -> None:
    assert batch_of(NONE[name]()) is None


def test_a_player_of_a_batch() -> None:
    model = nn.MLP(3, [4, 4, 1], "tanh", seed=0)
    loss, plain = squares(model), squares(model)
    plain.backward()
    expected = [p.grad for p in model.parameters()]
    model.zero_grad()
    player = show_backward(loss)
    assert [p.grad for p in model.parameters()] == expected, "the gradients are those of the whole batch"
    assert player.batch is not None and (player.batch.rows, len(player.trace)) == (4, 29)
    assert player.graph.totals == dict(zip(model.parameters(), expected))
    data = player.data["batch"]
    assert (data["rows"], len(data["given"]), len(data["steps"])) == ([[*x, y] for x, y in zip(X, Y)], 4, 28)
    assert player.notes[0].startswith("the batch is drawn once, for one of its 4 rows")
    assert player.parameters == tuple(player.batch.shared)
    again = show_backward(trace_backward(squares(model)))
    assert again.batch is not None and [p.grad for p in model.parameters()] == pytest.approx(
        [2 * x for x in expected], rel=1e-12
    )
    texts = player.frame(len(player.trace)).svg + player.panes[-1].picture.text(player.panes[-1].picture.boxes[0].lines[-1])
    assert "all rows" in texts
    before, after = player._picture(0), player._picture(len(player.trace))
    assert before != after


def test_what_is_no_batch_for_a_page() -> None:
    """Few boxes are drawn as they are, and so is what a page cannot compute."""
    assert show_backward(by_hand(2)).batch is None
    loss = squares(nn.MLP(3, [4, 4, 1], "tanh", seed=0))
    assert show_backward(loss, view="overview").batch is None
    next(node for node in topological_order(loss) if node.op == "tanh").data = 5.0
    assert show_backward(loss).batch is None


def test_the_page_of_100_rows_is_small() -> None:
    model = nn.MLP(2, [16, 16, 1], "tanh", seed=0)
    loss = builtins.sum((model([0.1 * k, 1.0 - 0.07 * k]) - k % 2) ** 2 for k in range(100)) * 0.01
    assert len(show_backward(loss).to_html()) <= 1_000_000


def test_leaves_used_all_along_the_way_stand_beside_each_use() -> None:
    w, h = Value(0.9, "w"), Value(0.0, "h")
    for k in range(5):
        with scope(f"step {k}"):
            h = tanh(w * h + Value(0.1 * k, f"x{k}"))
    flat = show_backward(h, view="flat", max_nodes=100, engine="stepgrad").panes[0].picture
    assert len([box for box in flat.boxes if box.nodes == (w,)]) == 5
    assert len({arrow.tail for arrow in flat.arrows if arrow.tail in flat.tags.values()}) == 5
    closed = show_backward(h, view="overview", engine="stepgrad").panes[0].picture
    assert [box.lines[0].text for box in closed.boxes if box.nodes == (w,)] == ["w"] * 5
    model = nn.MLP(2, [4, 1], seed=0)
    loss = model([1.0, 2.0]) ** 2 + 0.1 * sum([p * p for p in model.parameters()])
    picture = show_backward(loss, view="overview", max_nodes=12, engine="stepgrad").panes[0].picture
    tags = [box for box in picture.boxes if box.kind == "leaf"]
    assert [tag.lines[0].text for tag in tags] == ["17 leaves"]
    assert [arrow.tail for arrow in picture.arrows].count(tags[0].id) == 1, "one arrow, not one from each"
