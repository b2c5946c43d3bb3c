"""The recorded backward pass: its effect on gradients, its contents, and its printed form."""

import math
import re
from fractions import Fraction
from typing import Any

import mpmath
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import autograd
import nn
from autograd import Value, clip, dot, logsumexp
from autograd.define import function_named
from autograd.graph import topological_order
from autograd.operations import TABLE
from autograd.render import BackwardTrace, trace_backward
from autograd.render.content.text import columns, equation, expression, factor, number
from tests.oracle import CONSTANT, ROWS, VARIADIC, close, evaluate, points
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
        "node    upstream   input   had + upstream × local derivative = now",
        "y [×]   1          x       1 × 2 = 2                                 1 of 2 paths",
        "                   x       2 + 1 × 2 = 4                             2 of 2 paths",
    ]
    trace = trace_backward(y)
    assert str(trace).splitlines() == repr(trace).splitlines() == expected


@pytest.mark.parametrize(("steps", "left_out"), [(80, 0), (81, 0), (82, 2), (100, 20)])  # a line saves no room
def test_a_long_table_shows_its_ends(steps: int, left_out: int) -> None:
    x = Value(1.0)
    for _ in range(steps):
        x = -x
    lines = str(trace_backward(x)).splitlines()
    assert len(lines) == 1 + steps - left_out + (left_out > 0)
    assert [line for line in lines if "more" in line] == [f"... {left_out} more steps ..."] * (left_out > 0)
    assert lines[41].startswith("... " if left_out else f"v{steps - 39} [-]")
    assert lines[1].startswith(f"v{steps + 1} [-]")
    assert lines[-1].startswith("v2 [-]")


A, B, WX = Value(0.5, "a"), Value(2.0, "b"), Value(-1.0, "w*x")


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda: A.tanh(), ["d tanh(a)/da = 1 − tanh(a)^2"]),
        (lambda: WX.tanh(), ["d tanh(w*x)/d(w*x) = 1 − tanh(w*x)^2"]),
        (lambda: A * B, ["d(a × b)/da = b", "d(a × b)/db = a"]),
        (lambda: A * WX, ["d(a × (w*x))/da = w*x", "d(a × (w*x))/d(w*x) = a"]),
        (lambda: WX + B, ["d(w*x + b)/d(w*x) = 1", "d(w*x + b)/db = 1"]),
        (lambda: A - WX, ["d(a − (w*x))/da = 1", "d(a − (w*x))/d(w*x) = −1"]),
        (lambda: 3 - B, ["d(3 − b)/db = −1"]),
        (lambda: -A, ["d(−a)/da = −1"]),
        (lambda: A / B, ["d(a / b)/da = 1 / b", "d(a / b)/db = −a / b^2"]),
        (lambda: A * A, ["d(a × a)/d(1st a) = a", "d(a × a)/d(2nd a) = a"]),
        (lambda: A**2, ["d(a^2)/da = 2 × a"]),
        (lambda: A**-2.0, ["d(a^(−2))/da = −2 × a^(−3)"]),
        (lambda: A**B, ["d(a^b)/da = b × a^(b − 1)", "d(a^b)/db = log(a) × a^b"]),
        (lambda: A.maximum(B), ["d maximum(a, b)/da = where(a > b, 1, 0)", "d maximum(a, b)/db = where(b > a, 1, 0)"]),
        (lambda: clip(A, 0, B), ["d clip(a, 0, b)/da = where(a < 0, 0, where(a > b, 0, 1))", "d clip(a, 0, b)/db = where(a > b, 1, 0)"]),
        (lambda: autograd.selu(A), ["d selu(a)/da = 1.051 × where(a > 0, 1, 1.673 × exp(a))"]),
        (lambda: autograd.sigmoid_slope(A), ["d sigmoid_slope(a)/da = −tanh(a / 2) × sigmoid_slope(a)"]),
        (lambda: dot([A, 1.0], [2.0, B]), ["d dot([a, 1], [2, b])/da = 2", "d dot([a, 1], [2, b])/db = 1"]),
        (lambda: dot([A, B], [A, WX]), [
            "d dot([a, b], [a, w*x])/d(1st a) = a", "d dot([a, b], [a, w*x])/db = w*x",
            "d dot([a, b], [a, w*x])/d(2nd a) = a", "d dot([a, b], [a, w*x])/d(w*x) = b",
        ]),
        (lambda: logsumexp([A, B]), ["d logsumexp([a, b])/da = softmax([a, b])[0]", "d logsumexp([a, b])/db = softmax([a, b])[1]"]),
        (lambda: autograd.sum([A] * 22)**1.0, ["d(v1^1)/dv1 = 1 × v1^0"]),
    ],
)  # fmt: skip
def test_rules_in_the_names_of_the_graph(made: Any, expected: list[str]) -> None:
    assert [c.rule for c in trace_backward(made())[0].contributions] == expected


def test_operands_are_counted() -> None:
    heads = [c.rule.partition("/d")[2].partition(" = ")[0] for c in trace_backward(autograd.sum([A] * 23))[0].contributions]
    assert [heads[k] for k in (0, 1, 2, 3, 10, 11, 12, 20, 21, 22)] == [
        f"({n} a)" for n in ("1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "23rd")
    ]  # fmt: skip


@pytest.mark.parametrize("row", [*ROWS, *VARIADIC], ids=lambda row: row.name)
def test_a_rule_with_the_numbers_filled_in_is_the_local_derivative(row: Any) -> None:
    """The rule in the names p0, p1, ..., evaluated in mpmath, gives the number on the edge."""
    for point in points(row, 4):
        leaves = [Value(x, f"p{k}") for k, x in enumerate(point)]
        step = trace_backward(function_named(row.name)(*(row.split(leaves) if row in VARIADIC else leaves)))[0]
        numbers = {f"p{k}": mpmath.mpf(x) for k, x in enumerate(point)}
        numbers |= {"count": 1, "softmax": lambda xs: [mpmath.exp(x) / sum(map(mpmath.exp, xs)) for x in xs]}
        for k, c in enumerate(step.contributions):
            head, _, text = c.rule.partition(" = ")
            assert head.endswith(f"/dp{k}")
            if "…" in text or row is CONSTANT:
                continue
            python = text.replace("−", "-").replace("×", "*").replace("^", "**")
            assert close(c.local, evaluate(python, numbers), 2e-3), (c.rule, c.local)  # plain numbers have four digits


def test_a_rule_in_words_names_the_operands() -> None:
    f = autograd.define("half_of_it", "x / 2", lambda m, x: 0.5 * x, ("half of x, always", lambda m, x, y: 0.5))
    try:
        assert trace_backward(f(WX))[0].contributions[0].rule == "d half_of_it(w*x)/d(w*x) = half of (w*x), always"
    finally:
        del TABLE["half_of_it"]


def test_parameters_are_named_by_their_path_and_rows_by_number() -> None:
    model = nn.MLP(2, [2, 1], "tanh", seed=0)
    loss = autograd.sum([(model([Value(float(k), "x"), 1.0]) - 1.0) ** 2 for k in range(2)])
    named = trace_backward(loss + sum(p * p for p in model.parameters())).names
    for i, layer in enumerate(model.layers):
        for j, neuron in enumerate(layer.neurons):
            for p in neuron.parameters():
                assert named[p] == f"layers.{i}.neurons.{j}.{p.label}"
    assert sorted(name for x, name in named.items() if x.label == "x") == ["x #1", "x #2"]
    unnamed = [name for x, name in named.items() if not x.label]
    assert unnamed == [f"v{k}" for k in range(1, len(unnamed) + 1)], "without gaps"
    assert len(set(named.values())) == len(named)
    assert {"w1", "w2", "b"} < set(trace_backward(nn.Neuron(2)([1.0, 2.0])).names.values()), "one neuron needs no path"


def test_names_are_never_alike() -> None:
    x, y = Value(1.0, "v1"), Value(2.0, "v1 #1")
    product = x * y * Value(3.0, "v1")
    product.label = "v1"
    assert list(trace_backward(product).names.values()) == ["v1 #2", "v1 #1", "v2", "v1 #3", "v1 #4"]


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (lambda a, b: a + b, "a + b"),
        (lambda a, b: 3 - a, "3 − a"),
        (lambda a, b: a**-2.0, "a^(−2)"),
        (lambda a, b: -a, "−a"),
        (lambda a, b: a.tanh(), "tanh(a)"),
        (lambda a, b: clip(a, 0, 1), "clip(a, 0, 1)"),
        (lambda a, b: autograd.sum([a] * 9), "sum([a, a, …, a])"),
    ],
)
def test_expressions(made: Any, text: str) -> None:
    a, b = Value(1.0, "a"), Value(2.0, "b")
    assert expression(made(a, b), lambda x: x.label) == text


EQUATIONS = [  # had, upstream, local, now, digits -> text
    (None, 1.0, 2.0, 2.0, 4, "1 × 2 = 2"),
    (None, -0.5, 2.0, -1.0, 4, "−0.5 × 2 = −1"),
    (3.0, -0.5, -2.0, 4.0, 4, "3 + (−0.5) × (−2) = 4"),
    (0.0, 1.0, 0.0, 0.0, 4, "0 + 1 × 0 = 0"),  # a path has arrived: 0 is what there was
    (None, 1.0757656854799, 0.786447732966, 0.8460334845, 4, "1.07577 × 0.786448 = 0.8460"),
    (-0.0123775, 0.0336, -1.539, -0.0640879, 4, "−0.01238 + 0.0336 × (−1.539) = −0.06409"),
    (None, 1 / 3, 1 / 3, 1 / 9, 2, "0.33 × 0.33 = 0.11"),
    (-0.3, 0.1, 3.0, -0.3 + 0.1 * 3.0, 4, "−0.3 + 0.1 × 3 ≈ 5.551e−17"),
    (None, math.inf, 0.0, math.nan, 4, "inf × 0 = nan"),
    (None, 1e300, 1e300, math.inf, 4, "1e+300 × 1e+300 = inf"),
    (None, 1e-200, 1e-200, 0.0, 4, "1e−200 × 1e−200 = 0"),
]


@pytest.mark.parametrize(("had", "upstream", "local", "now", "digits", "text"), EQUATIONS)
def test_equations(had: Any, upstream: float, local: float, now: float, digits: int, text: str) -> None:
    assert equation(had, upstream, local, now, digits) == text


@given(*[st.floats(-100, 100, allow_subnormal=False)] * 3, st.integers(1, 8))
@example(0.5, 0.5, 0.5, 1)  # 0.75 is half a digit from the 0.8 that is shown, and in floats a little more
def test_equations_add_up_as_displayed(had: float, upstream: float, local: float, digits: int) -> None:
    """A reader with a calculator, here exact decimal arithmetic, gets the result that is shown, in its last digit."""
    text = equation(had, upstream, local, had + upstream * local, digits)
    left, equal, right = text.replace("−", "-").partition(" = ")
    if not equal:  # rounding errors are as large as the result
        assert abs(had + upstream * local) < 1e-10 * (abs(had) + abs(upstream * local))
        return
    a, b, c = map(Fraction, re.fullmatch(r"(.*) \+ (.*) × (.*)", left.replace("(", "").replace(")", "")).groups())
    last = Fraction(10) ** (int(f"{float(right):e}".partition("e")[2]) - digits + 1)
    assert abs(a + b * c - Fraction(right)) <= last * Fraction("0.500001")


def test_the_digits_of_a_table() -> None:
    x = Value(1 / 3, "x")
    trace = trace_backward(x * x)
    assert "0.333 × " not in str(trace) and "1 × 0.3333 = 0.3333" in str(trace)
    assert "1 × 0.33 = 0.33" in trace.table(2) and "1 × 0.33333333 = 0.33333333" in trace.table(digits=8)
    for digits in (0, 18, 2.0, "4"):
        with pytest.raises(ValueError, match="digits is the number of significant digits to show, from 1 to 17, got"):
            trace.table(digits)  # type: ignore[arg-type]


def test_numbers_and_columns() -> None:
    shown = {
        -math.inf: "−inf", math.nan: "nan", 1e-105: "1e−105", -0.0: "0", 0.1 + 0.2: "0.3", 0.30000000001: "0.3000", 123456.0: "1.235e+05",
        1234.5: "1234", 1234.0: "1234", 0.99999: "1.000", 99999.0: "1.000e+05", 1e-5: "1e−05", 0.000123456: "0.0001235",
    }  # fmt: skip
    assert {x: number(x) for x in shown} == shown
    assert (number(2 / 3, 2), number(2 / 3, 8), number(1e22, 17)) == ("0.67", "0.66666667", "1e+22")
    assert (factor(-1.0), factor(1.0)) == ("(−1)", "1")
    assert [columns(text) for text in ("abc", "日本", "e\u0301", "")] == [3, 4, 1, 0]


def test_a_trace_has_a_root() -> None:
    with pytest.raises(TypeError, match="a backward pass needs a Value to start from, got float: 1.0"):
        BackwardTrace(1.0)
