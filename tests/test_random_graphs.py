"""Random expressions with shared nodes: compared with mpmath and, bit for bit, the other build; copied and drawn."""

import copy
import math
import os
import pickle
import struct
import sys
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, functions
from autograd import operations as ops
from autograd.graph import topological_order
from autograd.operations import TABLE, Variadic
from autograd.render import draw_dot, trace_backward
from tests import jets, oracle
from tests.accuracy import call
from tests.oracle import ROWS, VARIADIC
from tests.skips import because

# A graph is a list of leaves and a list of steps: an operation, and which earlier nodes (or numbers) it is applied to.
SMOOTH = [
    row for row in ROWS if row.name in ("add", "sub", "mul", "neg", "sin", "cos", "tanh", "sigmoid", "atan", "softplus")
]
SMOOTH += [row for row in VARIADIC if row.name in ("sum", "dot", "logsumexp")]
operand = st.one_of(st.integers(0, 10**6), st.floats(-2, 2))


def graphs(rows: list[Any], leaf: st.SearchStrategy[float]) -> Any:
    step = st.tuples(st.sampled_from(rows), st.lists(operand, min_size=4, max_size=4))
    return st.tuples(st.lists(leaf, min_size=1, max_size=4), st.lists(step, min_size=1, max_size=12))


def build(leaves: list[Any], steps: list[Any], value: Any, apply: Any) -> list[Any]:
    """Build all nodes of the graph with `apply`, from leaves that `value` makes from numbers."""
    nodes = [value(x) for x in leaves]
    for row, picks in steps:
        operands = [nodes[pick % len(nodes)] if isinstance(pick, int) else pick for pick in picks]
        if not any(isinstance(pick, int) for pick in picks[: 4 if isinstance(row, Variadic) else row.arity]):
            operands[0] = nodes[-1]
        nodes.append(apply(row, operands))
    return nodes


def in_engine(engine: Any) -> Any:
    def apply(row: Any, operands: list[Any]) -> Any:
        if isinstance(row, Variadic):
            return getattr(engine, row.name)(*row.split(operands))
        return getattr(engine, row.name)(*operands[: row.arity])

    return apply


def in_mpmath(row: Any, operands: list[Any]) -> Any:
    flat = operands if isinstance(row, Variadic) else operands[: row.arity]
    return oracle.value(row)(*map(mpmath.mpf, flat))


@given(graphs(SMOOTH, st.floats(-2, 2)))
@settings(max_examples=60, deadline=None)
def test_values_and_gradients_equal_mpmath(graph: Any) -> None:
    leaves, steps = graph
    nodes = build(leaves, steps, Value, in_engine(autograd))
    nodes[-1].backward()
    exact = build(leaves, steps, mpmath.mpf, in_mpmath)[-1]
    assert oracle.close(nodes[-1].data, exact, 1e-11, 1e-11)
    if abs(exact) < 1e6:
        for i, x in enumerate(nodes[: len(leaves)]):
            slope = mpmath.diff(
                lambda t, i=i: build([*leaves[:i], t, *leaves[i + 1 :]], steps, mpmath.mpf, in_mpmath)[-1], leaves[i]
            )
            assert oracle.close(x.grad, slope, 1e-9, 1e-9)


def bits(x: float) -> bytes:
    return b"nan" if math.isnan(x) else struct.pack("d", x)


@pytest.mark.skipif(not autograd.COMPILED, reason=because("compiled"))
@given(graphs(list(TABLE.values()), st.floats()))
@settings(max_examples=400, deadline=None)
def test_both_builds_agree_to_the_last_bit(graph: Any) -> None:
    both = [build(graph[0], graph[1], engine.Value, in_engine(engine)) for engine in (autograd, functions)]
    for nodes in both:
        if not isinstance(nodes[-1], float):
            nodes[-1].backward()
    for mine, other in zip(*both):
        assert type(mine) is not type(other) or isinstance(mine, float)
        assert bits(float(mine)) == bits(float(other)), (mine, other)
        if isinstance(mine, Value):
            assert bits(mine.grad) == bits(other.grad), (mine, other)
            assert list(map(bits, mine.local_grads)) == list(map(bits, other.local_grads))


@given(graphs(list(TABLE.values()), st.floats(-2, 2)))
@settings(max_examples=60, deadline=None)
def test_copies_traces_and_drawings_tell_the_same(graph: Any) -> None:
    root = build(graph[0], graph[1], Value, in_engine(autograd))[-1]
    root.backward()
    order = topological_order(root)
    gradients = [bits(node.grad) for node in order]
    for twin in (copy.deepcopy(root), pickle.loads(pickle.dumps(root))):
        assert [bits(node.grad) for node in topological_order(twin)] == gradients
    for node in order:
        node.grad = 0.0
    steps = trace_backward(root)
    assert [bits(node.grad) for node in order] == gradients
    for step in steps:
        for contribution in step.contributions:
            total = contribution.before + contribution.local * step.upstream
            assert bits(contribution.after) == bits(total)
    after = {contribution.input: contribution.after for step in steps for contribution in step.contributions}
    assert all(bits(node.grad) == bits(total) for node, total in after.items())
    edges = sum(len(node.inputs) for node in order)
    assert draw_dot(root).source.count(" -> ") == edges


NASTY = [0.0, -0.0, 5e-324, 1e-300, 1e-16, 0.5, 1.0, 2.0, 12.0, 20.0, 37.0, 309.5, 709.0, 710.0, 745.0, 1e16, 1e155, 1e300]
CANCELLING = [(TABLE[name], [*picks, 0, 0]) for name, *picks in (("remainder", 2, 1), ("sin", 3, 0), ("hypot", 4, 3))]
SECOND = int(os.environ.get("STEPGRAD_EXAMPLES", "60"))


@given(graphs(list(TABLE.values()), st.one_of(st.floats(-2, 2), st.sampled_from([*NASTY, *(-x for x in NASTY)]))))
@example(([-745.0], [(TABLE["sinc"], [0, 0, 0, 0]), (TABLE["sinc"], [0.0, 0, 0, 0])]))  # of what is 0 but for rounding
@example(([0.0, 1.2e-69, 1.0], CANCELLING))  # a difference of equal products, not 0 if one is not rounded, times 1e69
@settings(max_examples=SECOND, deadline=None)
def test_second_derivatives_eager_as_a_program_and_exactly(graph: Any) -> None:
    """Of every operation, at nasty numbers too. Where all numbers on the way are finite, the result is no nan; the program,
    recorded elsewhere, has the same up to rounding; and so has the exact calculus of jets."""
    leaves, steps = graph[0][:3], graph[1][:6]
    xs = list(map(Value, leaves))
    root = _graph(xs, steps)
    if not isinstance(root, Value):
        return
    graphs_of = _derivatives(root, xs)
    numbers = [d.data for d in graphs_of]
    scale = _largest(graphs_of)
    program = _program(steps, len(xs))(np.array([leaves, leaves]))[0]
    if not math.isfinite(scale) or not all(map(_is_smooth, topological_order(root))):
        return
    assert all(map(math.isfinite, numbers)), numbers
    for mine, d in zip(program, graphs_of):
        if not oracle.close(float(mine), d.data, 1e-9, 1e-10 * max(1.0, scale)):
            assert abs(float(mine) - d.data) <= 16 * _rounding(d), (mine, d, scale)
    if root.op == "" or scale > 1e8:
        return
    try:
        with mpmath.workdps(800):  # 1 - sigmoid(700) takes 305 of them
            jets.Jet.ties, jets.Jet.resolution = 0, 1e-290  # a product of two may be 0 in floats
            exact = build(leaves, steps, _Variables(leaves), _in_jets)[-1]
            if jets.Jet.ties or not isinstance(exact, jets.Jet):
                return
            n = len(xs)
            truth = [exact.value, *(exact.derivative(i) for i in range(n))]
            truth += [exact.derivative(i, j) for i in range(n) for j in range(n)]
    except jets.UndefinedError:
        return
    finally:
        jets.Jet.resolution = 0.0
    for mine, other in zip(numbers, truth):
        assert oracle.close(mine, other, 1e-10, 1e-11 * max(1.0, scale) ** 2), (mine, other, scale)


def _is_smooth(node: Value) -> bool:
    """True if the derivatives of this operation are finite to second order: 0 times infinity is nan, as in PyTorch."""
    if not node.op:
        return True
    xs = [Value(float(x)) for x in node.operands]
    return math.isfinite(_largest(_derivatives(call(TABLE[node.op], xs), xs)))


class _Variables:
    """A jet for each leaf, in order."""

    def __init__(self, leaves: list[float]) -> None:
        self.rest = iter(jets.variables(leaves))

    def __call__(self, leaf: float) -> Any:
        return next(self.rest)


def _in_jets(row: Any, operands: list[Any]) -> Any:
    if row is oracle.CONSTANT or (row.name == "clip" and operands[1] > operands[2]):
        raise jets.UndefinedError  # by convention, not by the formula
    if row.name == "atan2" and [x.value if isinstance(x, jets.Jet) else x for x in operands[:1]] == [0.0]:
        raise jets.UndefinedError  # where the sign of a zero decides between pi and -pi, which mpmath does not know
    if any(abs(x.value if isinstance(x, jets.Jet) else x) > sys.float_info.max for x in operands):
        raise jets.UndefinedError  # infinite in floats, and with more digits than there is memory in mpmath
    return jets.evaluate(row, operands if isinstance(row, Variadic) else operands[: row.arity])


def _graph(xs: list[Value], steps: list[Any]) -> Any:
    return build(xs, steps, lambda x: x, in_engine(autograd))[-1]


def _derivatives(root: Any, xs: list[Value]) -> list[Value]:
    first = autograd.grad(root, xs, create_graph=True)
    return [root, *first, *(d for slope in first for d in autograd.grad(slope, xs, create_graph=True))]


def _program(steps: list[Any], n: int) -> Any:
    xs = [Value(0.5 + 0.25 * i) for i in range(n)]
    with autograd.tracing(xs):
        derivatives = _derivatives(_graph(xs, steps), xs)
    return autograd.compile(derivatives, xs, strict=False)


def _largest(roots: list[Value]) -> float:
    """Return the largest number in these graphs, data or local derivative; nan or inf if there is one."""
    numbers = [a for root in roots for node in topological_order(root) for a in (node.data, *node.local_grads)]
    return max(map(abs, numbers)) if all(map(math.isfinite, numbers)) else math.nan


def _rounding(d: Value) -> float:
    """The change of a result if every number in its graph is rounded once."""
    d.backward()
    return sum(abs(node.grad * node.data) for node in topological_order(d)) * sys.float_info.epsilon


def test_the_strategies_reach_every_operation() -> None:
    assert {row.name for row in (*ROWS, *VARIADIC)} == set(TABLE)
    assert ops.tanh in SMOOTH
