"""Drawings and traces of the backward pass."""

import math
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

from autograd import Value, dot
from autograd.render import draw_dot, trace_backward
from autograd.render.trace import table


def test_dot_text_of_a_small_graph() -> None:
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    d = a * b + 10
    d.label = "d"
    d.backward()
    source = draw_dot(d, rankdir="TB").source
    assert "rankdir=TB" in source
    for text in ('label="a\ndata 2\ngrad −3"', 'label="[*]\ndata −6\ngrad 1"', 'label="d [+]\ndata 4\ngrad 1"', "label=10"):
        assert text in source
    for edge in ("n0 -> n2 [label=−3]", "n1 -> n2 [label=2]", "n2 -> n3 [label=1]", "n3c1 -> n3"):
        assert edge.replace("[label=−3]", '[label="−3"]') in source or edge in source


def test_a_square_draws_two_edges_and_the_text_is_the_same_each_time() -> None:
    def source() -> str:
        x = Value(3.0, "x")
        return draw_dot(x * x).source

    assert source().count("n0 -> n1") == 2
    assert source() == source()


@pytest.mark.parametrize(
    "label", ["<b>", "\\N", '"', "a\\", "</script><script>alert(1)</script>", "∂/∂x", "x" * 200, "{a|b}"]
)
def test_labels_are_text(label: str) -> None:
    x = Value(1.0, label)
    svg = subprocess.run(["dot", "-Tsvg"], input=draw_dot(x).source.encode(), capture_output=True, check=True).stdout
    texts = [element.text for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert label in texts


def test_numbers_that_are_not_finite() -> None:
    assert "data −inf" in draw_dot(Value(-math.inf)).source


def test_the_format_and_direction() -> None:
    assert draw_dot(Value(1.0), format="png").format == "png"
    with pytest.raises(ValueError, match="rankdir must be 'LR' or 'TB', got 'up'"):
        draw_dot(Value(1.0), rankdir="up")


def test_a_trace_leaves_the_gradients_of_backward_and_tells_every_contribution() -> None:
    x = Value(3.0, "x")
    square = x * x
    y = dot([square, 2.0], [square, x])
    y.backward()
    expected = x.grad
    steps = trace_backward(y)
    assert x.grad == 2 * expected
    assert [step.node for step in steps] == [y, square]
    assert [step.upstream for step in steps] == [1.0, 18.0]
    told = [(c.input.label, c.local, c.before, c.after) for step in steps for c in step.contributions]
    before = expected
    assert told == [
        ("", 9.0, 0.0, 9.0), ("", 9.0, 9.0, 18.0), ("x", 2.0, before, before + 2.0),
        ("x", 3.0, before + 2.0, before + 56.0), ("x", 3.0, before + 56.0, before + 110.0),
    ]  # fmt: skip


def test_the_trace_as_a_table() -> None:
    x = Value(2.0, "x")
    y = x * x
    y.label = "y"
    assert table(trace_backward(y)).splitlines()[1:] == [
        "y [*]                  1   x     0 + 2 x 1 = 2",
        "                           x     2 + 2 x 1 = 4",
    ]
    assert trace_backward(Value(1.0)) == []
    assert "upstream" in table([])
