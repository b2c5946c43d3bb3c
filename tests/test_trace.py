"""The recorded backward pass: its effect on gradients, its contents, and its printed form."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, clip, dot, logsumexp
from autograd.graph import topological_order
from autograd.render import BackwardTrace, trace_backward
from autograd.render.text import columns, expression, factor, number, rule
from tests.test_random_graphs import SMOOTH, build, graphs, in_engine


@given(graphs(SMOOTH, st.floats(-2, 2)))
@settings(max_examples=60, deadline=None)
def test_it_leaves_the_gradients_of_backward_and_replays_to_them(graph: Any) -> None:
    traced, plain = (build(*graph, Value, in_engine(autograd)) for _ in range(2))
    trace = trace_backward(traced[-1])
    plain[-1].backward()
    assert [x.grad for x in traced] == [x.grad for x in plain], "to the bit"
    gradients = dict(trace.start)
    missing = dict(trace.paths)
    for k, step in enumerate(trace):
        assert trace.state(k)[0] == gradients
        assert step.upstream == gradients[step.node] == step.node.grad, "complete when the step begins"
        assert missing[step.node] == 0
        for c in step.contributions:
            missing[c.input] -= 1
            assert (c.before, c.remaining) == (gradients[c.input], missing[c.input])
            assert c.value == c.local * step.upstream
            assert c.after == c.before + c.value
            gradients[c.input] = c.after
    assert gradients == trace.final == {x: x.grad for x in topological_order(traced[-1])}
    assert set(missing.values()) == {0}
    assert trace.state(len(trace)) == (trace.final, trace.paths)


def test_gradients_from_before_are_told_as_such() -> None:
    x = Value(3.0, "x")
    square = x * x
    y = dot([square, 2.0], [square, x])
    y.backward()
    before = x.grad
    steps = trace_backward(y)
    assert x.grad == 2 * before
    told = [(c.input.label, c.local, c.before, c.after, c.remaining) for step in steps for c in step.contributions]
    assert told == [
        ("", 9.0, 0.0, 9.0, 1), ("", 9.0, 9.0, 18.0, 0), ("x", 2.0, before, before + 2.0, 2),
        ("x", 3.0, before + 2.0, before + 56.0, 1), ("x", 3.0, before + 56.0, before + 110.0, 0),
    ]  # fmt: skip
    assert [step.op for step in steps] == ["dot", "mul"]


def test_it_is_a_sequence_that_later_changes_do_not_reach() -> None:
    a = Value(2.0)
    trace = trace_backward((a * 3.0).tanh())
    first = trace[0]
    a.grad, trace.root.grad = 7.0, 9.0
    assert (len(trace), trace[-2], trace[:1], next(iter(trace))) == (2, first, [first], first)
    assert trace.nodes[0] is first.node
    with pytest.raises(IndexError):
        trace[2]


def test_a_leaf_has_no_steps() -> None:
    leaf = Value(1.0)
    assert list(trace_backward(leaf)) == []
    assert leaf.grad == 1.0


def test_the_table() -> None:
    x = Value(2.0, "x")
    y = x * x
    y.label = "y"
    expected = [
        "node    upstream   input   before + local × upstream = gradient now",
        "y [×]   1          x       0 + 2 × 1 = 2                              1 of 2 paths",
        "                   x       2 + 2 × 1 = 4                              2 of 2 paths",
    ]
    trace = trace_backward(y)
    assert str(trace).splitlines() == repr(trace).splitlines() == expected


def test_a_long_table_shows_its_ends() -> None:
    x = Value(1.0)
    for _ in range(100):
        x = -x
    lines = str(trace_backward(x)).splitlines()
    assert len(lines) == 1 + 40 + 1 + 40
    assert lines[41] == "... 20 more steps ..."
    assert lines[1].startswith("v101 [-]")
    assert lines[-1].startswith("v2 [-]")


def rules_of(y: Value) -> list[str]:
    return [c.rule for c in trace_backward(y)[0].contributions]


def test_rules_in_symbols() -> None:
    a, b = Value(0.5), Value(2.0)
    assert rules_of(a.tanh()) == ["d tanh(x)/dx = 1 - tanh(x)^2"]
    assert rules_of(a * b) == ["d(x * y)/dx = y", "d(x * y)/dy = x"]
    assert rules_of(3 - b) == ["d(x - y)/dy = -1"]
    assert rules_of(-a) == ["d(-x)/dx = -1"]
    assert rules_of(a.maximum(b))[1] == "d maximum(x, y)/dy = where(y > x, 1, 0)"
    assert rules_of(clip(a, 0, b))[-1] == "d clip(x, min, max)/dmax = where(x > max, 1, 0)"
    assert rules_of(dot([a, 1.0], [2.0, b])) == [
        "d dot(ws, xs)/dw = the other factor",
        "d dot(ws, xs)/dx = the other factor",
    ]
    assert rules_of(logsumexp([a, b])) == ["d logsumexp(xs)/dx = softmax(xs)[i]"] * 2


def test_every_row_has_a_rule_for_each_operand() -> None:
    for row in SMOOTH:
        node = in_engine(autograd)(row, [Value(0.5) for _ in range(4)])
        for k in range(len(node.operands)):
            assert rule(node, k).startswith("d")


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (lambda a, b: a + b, "a + b"),
        (lambda a, b: 3 - a, "3 - a"),
        (lambda a, b: a**-2.0, "a ** (−2)"),
        (lambda a, b: -a, "-a"),
        (lambda a, b: a.tanh(), "tanh(a)"),
        (lambda a, b: clip(a, 0, 1), "clip(a, 0, 1)"),
        (lambda a, b: autograd.sum([a] * 9), "sum([a, a, …, a])"),
    ],
)
def test_expressions(made: Any, text: str) -> None:
    a, b = Value(1.0, "a"), Value(2.0, "b")
    assert expression(made(a, b), lambda x: x.label) == text


def test_numbers_and_columns() -> None:
    assert [number(x) for x in (-math.inf, math.nan, 1e-105, 0.1 + 0.2)] == ["−inf", "nan", "1e−105", "0.3"]
    assert (factor(-1.0), factor(1.0)) == ("(−1)", "1")
    assert [columns(text) for text in ("abc", "日本", "e\u0301", "")] == [3, 4, 1, 0]


def test_a_trace_has_a_root() -> None:
    with pytest.raises(TypeError, match="a backward pass needs a Value to start from, got float: 1.0"):
        BackwardTrace(1.0)
