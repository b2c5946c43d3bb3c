"""Every operation: its value, derivatives, edge cases and calling conventions. A new operation needs no new test."""

import copy
import json
import math
import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mpmath
import numpy as np
import pytest

import autograd
from autograd import Value, define, floats, grad, gradcheck
from autograd import operations as ops
from autograd.graph import topological_order
from autograd.operations import TABLE, Operation, Variadic
from tests import oracle
from tests.oracle import ROWS, VARIADIC, close, points

EDGES = json.loads((Path(__file__).parent / "reference" / "op_edges.json").read_text())


def call(row: Operation, operands: list[Any]) -> Any:
    """Call the public function of this operation on a flat list of operands."""
    function = getattr(autograd, row.name)
    return function(*row.split(operands)) if isinstance(row, Variadic) else function(*operands)


def by_name(row: Operation) -> str:
    return row.name


all_rows = pytest.mark.parametrize("row", TABLE.values(), ids=by_name)
differentiated = pytest.mark.parametrize("row", [row for row in TABLE.values() if row is not oracle.CONSTANT], ids=by_name)


@differentiated
def test_value_and_gradient_equal_mpmath(row: Operation) -> None:
    for point in points(row):
        xs = [Value(x) for x in point]
        y = call(row, list(xs))
        y.backward()
        assert close(y.data, oracle.value(row)(*map(mpmath.mpf, point))), point
        for i, x in enumerate(xs):
            expected = oracle.derivative(row, point, i)
            assert close(x.grad, expected, absolute=1e-14), (point, i, x.grad, expected)


@pytest.mark.parametrize("row", [row for row in ROWS if row is not oracle.CONSTANT], ids=by_name)
def test_the_rules_in_words_are_the_derivatives(row: Operation) -> None:
    assert len(row.rules) == len(row.partials) == row.arity
    for point in points(row, 4):
        names = dict(zip(row.operands, map(mpmath.mpf, point)))
        for i, rule in enumerate(row.rules):
            expected = oracle.derivative(row, point, i)
            assert close(float(oracle.evaluate(rule, names)), expected, absolute=1e-14), (rule, point)


@differentiated
def test_gradcheck(row: Operation) -> None:
    for point in points(row, 4):
        assert gradcheck(lambda *xs: call(row, list(xs)), point, atol=1e-7, rtol=1e-6)


@differentiated
def test_third_derivatives_equal_mpmath(row: Operation) -> None:
    for point in points(row, 4):
        xs = [Value(x) for x in point]
        for i, x in enumerate(xs):
            first = grad(call(row, list(xs)), x, create_graph=True)
            second = grad(first, x, create_graph=True)
            third = grad(second, x, create_graph=True)
            for order, derivative in enumerate((first, second, third), 1):
                expected = oracle.derivative(row, point, i, order)
                assert close(derivative.data, expected, 1e-9, 1e-12), (point, i, order, derivative, expected)


@all_rows
def test_constant_operands_take_part_without_an_edge(row: Operation) -> None:
    point = points(row, 1)[0]
    xs = [Value(x) for x in point]
    full = call(row, list(xs))
    full.backward()
    for i, x in enumerate(xs):
        for convert in (float, np.float64):
            alone = Value(point[i])
            operands = [alone if k == i else convert(p) for k, p in enumerate(point)]
            y = call(row, operands)
            y.backward()
            assert y.data == full.data
            assert alone.grad == x.grad
            assert y.inputs == (alone,)
            assert [float(operand) for operand in y.operands] == point
            assert all(isinstance(operand, (float, Value)) for operand in y.operands)


@all_rows
def test_plain_numbers_give_a_float(row: Operation) -> None:
    for point in points(row, 3):
        result = call(row, list(point))
        assert type(result) is float
        assert result == call(row, [Value(x) for x in point]).data


@pytest.mark.parametrize("row", ROWS, ids=by_name)
def test_method_and_function_agree(row: Operation) -> None:
    point = points(row, 1)[0]
    if callable(getattr(Value, row.name, None)):  # not advice to use the function
        y = getattr(Value(point[0]), row.name)(*point[1:])
        assert y.op == row.name
        assert y.data == call(row, list(point))


@pytest.mark.parametrize("row", ROWS, ids=by_name)
def test_the_row_runs_on_numpy_arrays(row: Operation) -> None:
    names = (
        "abs",
        "exp",
        "expm1",
        "log",
        "log1p",
        "sqrt",
        "sin",
        "cos",
        "tan",
        "sinh",
        "cosh",
        "tanh",
        "hypot",
        "floor",
        "log2",
        "log10",
        "fmod",
    )
    m = SimpleNamespace(**{name: getattr(np, name) for name in names}, where=np.where, equal=np.equal)
    m.asin, m.acos, m.atan, m.atan2, m.pow, m.div = np.arcsin, np.arccos, np.arctan, np.arctan2, np.power, np.divide
    m.asinh, m.acosh, m.atanh = np.arcsinh, np.arccosh, np.arctanh
    m.erf, m.erfc, m.differentiable = np.vectorize(math.erf), np.vectorize(math.erfc), False
    m.cond = lambda condition, if_true, if_false: np.where(condition, if_true(), if_false())
    for other in ROWS:
        if other.name not in floats.PRIMITIVES:
            setattr(m, other.name, partial(other.definition, m))
    columns = [np.array(column) for column in zip(*points(row))]
    with np.errstate(all="ignore"):  # np.where computes both branches
        result = row.definition(m, *columns)
        slopes = [slope(m, *columns, result) for slope in row.partials]
    for k, point in enumerate(points(row)):
        expected, expected_slopes = row.evaluate(*point)
        assert close(float(result[k]), expected)
        for slope, expected_slope in zip(slopes, expected_slopes):
            assert close(float(np.broadcast_to(slope, result.shape)[k]), expected_slope, absolute=1e-15)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.arity == 1 or row.name in ("maximum", "minimum", "clip")], ids=by_name
)
def test_nan_stays_nan(row: Operation) -> None:
    assert math.isnan(call(row, [Value(math.nan), *[1.0] * (row.arity - 1)]).data)


@pytest.mark.parametrize("row", VARIADIC, ids=by_name)
def test_nan_among_many_stays_nan(row: Operation) -> None:
    for operands in ([math.nan, 1.0], [1.0, math.nan]):
        assert math.isnan(call(row, [Value(x) for x in operands]).data)


# The 220 cases measured with PyTorch, and their functions here.
CALLS: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "pow": lambda x, y: x**y,
    "neg": lambda x: -x,
    "abs": abs,
    "2**x": lambda x: 2**x,
    "0**x": lambda x: 0**x,
    "clip(-1,1)": lambda x: x.clip(-1, 1),
    "clip(0,None)": lambda x: x.clip(0),
    "maximum(x,0)": lambda x: autograd.maximum(x, 0),
    "elu(1)": autograd.elu,
    "elu(2)": lambda x: autograd.elu(x, 2),
    "leaky_relu(0.01)": autograd.leaky_relu,
    "softmax[0]": lambda *xs: autograd.softmax(xs)[0],
    "log_softmax[0]": lambda *xs: autograd.log_softmax(xs)[0],
    **{name: lambda *xs, name=name: getattr(autograd, name)(xs) for name in ("logsumexp", "amax", "amin")},
    **{f"x**{n}": lambda x, n=n: x ** float(n) for n in ("0", "1", "2", "3", "0.5", "1.5", "-1", "-0.5")},
}


@pytest.mark.parametrize("case", EDGES, ids=lambda case: f"{case['op']}{case['inputs']}")
def test_edge_as_measured_with_pytorch(case: dict[str, Any]) -> None:
    inputs, grads = [list(map(float, case[key])) for key in ("inputs", "grads")]
    xs = [Value(x) for x in inputs]
    y = (CALLS.get(case["op"]) or getattr(autograd, case["op"]))(*xs)
    y.backward()
    assert close(y.data, float(case["value"])), y
    for x, expected in zip(xs, CANCELLED.get((case["op"], *inputs), grads)):
        assert close(x.grad, expected), (x, expected)


# Points where PyTorch's formulas, 1 - y * y and y * (1 - y), cancel to 0, with the values of mpmath.
CANCELLED = {("tanh", 20.0): [1.6993417021166355e-17], ("sigmoid", 37.0): [8.533047625744065e-17]}


def test_all_edges_are_there() -> None:
    assert len(EDGES) == 220


def test_stop_gradient_is_a_constant_that_no_gradient_passes() -> None:
    x = Value(3.0)
    y = x * autograd.stop_gradient(x)
    y.backward()
    assert (y.data, x.grad) == (9.0, 3.0)
    assert grad(grad(y, x, create_graph=True), x) == 0.0


def test_softmax_stays_finite_at_1000() -> None:
    for xs in ([1000.0, -1000.0], [-1000.0, -1000.0], [1000.0, 999.0, 0.0]):
        assert sum(y.data for y in autograd.softmax([Value(x) for x in xs])) == pytest.approx(1, rel=1e-12)


def test_infinite_operands_of_logsumexp() -> None:
    inf = math.inf
    for xs, expected in (([-inf, -inf], -inf), ([inf, 0.0], inf), ([0.0, -inf], 0.0)):
        assert autograd.logsumexp([Value(x) for x in xs]).data == expected


def test_operands_by_keyword_and_default() -> None:
    x = Value(3.0)
    assert autograd.clip(x, max=2).data == autograd.clip(x, None, 2).data == 2.0
    assert autograd.clip(x, min=4).data == autograd.clip(3, 4) == 4.0
    assert autograd.leaky_relu(-x, negative_slope=0.5).data == -1.5
    assert autograd.elu(-x, alpha=2.0).data == 2.0 * math.expm1(-3.0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            lambda: autograd.tanh(),
            r"tanh\(\) (missing 1 required positional argument: 'x'|takes exactly one argument \(0 given)",
        ),
        (lambda: autograd.tanh(1, 2), r"tanh\(\) takes .*one|1 positional argument but 2 were given"),
        (lambda: autograd.clip(1, low=2), r"clip\(\) got an unexpected keyword argument 'low'"),
        (lambda: autograd.atan2(Value(1)), r"atan2\(\) (missing|takes exactly 2 positional arguments)"),
        (lambda: autograd.tanh(None), "tanh takes plain numbers .* got NoneType: None"),
        (lambda: autograd.tanh("2"), "tanh takes plain numbers .* got str: '2'"),
        (lambda: autograd.tanh([1.0]), r"tanh takes plain numbers .* got list: \[1.0\]"),
        (lambda: autograd.maximum(Value(1), "2"), "maximum takes plain numbers .* got str: '2'"),
        (lambda: Value(1).maximum("2"), "maximum takes Values and plain numbers, got Value.* and '2'"),
        (lambda: Value(1).hypot([1]), r"hypot takes plain numbers .* got list: \[1\]"),
        (lambda: autograd.where(True, Value(1), "2"), "where takes plain numbers .* got str: '2'"),
        (lambda: autograd.sum([Value(1), "2"]), "sum takes plain numbers .* got str: '2'"),
    ],
)
def test_wrong_operands_are_named(wrong: Callable[[], Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        wrong()


@pytest.mark.parametrize("function", [autograd.amax, autograd.amin, autograd.logsumexp])
def test_nothing_has_no_largest(function: Callable[[list[Any]], Any]) -> None:
    with pytest.raises(ValueError, match=f"^{function.__name__} needs at least one operand, got none$"):
        function([])


def test_the_cosine_of_an_angle_at_any_scale() -> None:
    """Tiny numbers are scaled up first, large ones are not."""
    for x, y, expected in (
        (1e200, 0.0, 1.0),
        (3e-320, 4e-320, 0.6),
        (0.0, 1e200, 0.0),
        (3e300, 4e300, 0.6),
        (1e200, 1e-200, 1.0),
        (1.7e308, 0.0, 1.0),
    ):
        assert autograd.cos_angle(x, y) == pytest.approx(expected, rel=1e-3 if x < 1e-300 < y + x else 1e-15)
        assert autograd.cos_angle(-x, y) == -autograd.cos_angle(x, y)


def test_hypot_overflows_to_infinity() -> None:
    assert autograd.hypot(1.7e308, 1.7e308) == autograd.hypot(Value(-1.7e308), 1.7e308).data == math.inf


def test_sums_over_nothing_and_unequal_lengths() -> None:
    assert autograd.sum([]) == autograd.dot([], []) == 0.0
    with pytest.raises(ValueError, match="of the same length, got 2 and 1"):
        autograd.dot([Value(1), Value(2)], [Value(3)])


def test_an_operation_added_at_run_time() -> None:
    """As CONTRIBUTING describes, one declaration is enough: it records, differentiates and refuses a wrong derivative."""
    try:
        cube = define("cube", "x**3", lambda m, x: x * x * x, ("3 * x**2", lambda m, x, y: 3.0 * (x * x)))
        wrong = define("wrong", "x**3", lambda m, x: x * x * x, ("3 * x**2", lambda m, x, y: 3.006 * (x * x)))
        x = Value(2.0, label="x")
        y = cube(x)
        y.backward()
        assert (y.data, y.op, x.grad, y.local_grads) == (8.0, "cube", 12.0, (12.0,))
        assert grad(grad(cube(x), x, create_graph=True), x) == 12.0
        with autograd.no_grad():
            assert cube(x).inputs == ()
        assert gradcheck(cube, [2.0])
        with pytest.raises(autograd.GradcheckError, match=r"output 0 with respect to input 0 \(at 2.0\) is 12.02.* 12.0"):
            gradcheck(wrong, [2.0])
        with pytest.raises(ValueError, match="an operation 'cube' exists already.*choose another name"):
            define("cube", "x**3", lambda m, x: x, ("1", lambda m, x, y: 1.0))
    finally:
        for name in ("cube", "wrong"):
            TABLE.pop(name, None)


def test_rows_describe_themselves() -> None:
    assert repr(ops.tanh) == "<operation tanh(x) = tanh(x)>"
    assert "Gradient 0 at 0" in (autograd.relu.__doc__ or "")


def test_rows_pickle_by_name() -> None:
    assert pickle.loads(pickle.dumps(ops.tanh)) is ops.tanh
    assert copy.deepcopy([ops.sum])[0] is ops.sum


def test_a_graph_of_an_operation_that_is_not_there() -> None:
    try:
        data = pickle.dumps(define("lost", "x", lambda m, x: x, ("1", lambda m, x, y: 1.0))(Value(1.0)))
    finally:
        TABLE.pop("lost", None)
    with pytest.raises(ValueError, match="no operation 'lost' in autograd"):
        pickle.loads(data)


@pytest.mark.parametrize("x", [-36.9, -37.0, -37.1, -37.5, -38.0, -38.4])
def test_the_tail_of_gelu(x: float) -> None:
    """x * erfc(-x / sqrt(2)) / 2 by mpmath, beyond where erfc itself has digits."""
    with mpmath.workdps(60):
        exact = mpmath.mpf(x) * mpmath.erfc(-mpmath.mpf(x) / mpmath.sqrt(2)) / 2
    assert autograd.gelu(x) == pytest.approx(float(exact), rel=1e-12, abs=1e-322)


def test_derivatives_made_of_operations_of_ones_own() -> None:
    """A row made at run time may use another one; differentiated again, it is recorded as that operation."""
    try:
        square = define("own_square", "x**2", lambda m, x: x * x, ("2 * x", lambda m, x, y: 2.0 * x))
        cube = define(
            "own_cube", "x**3", lambda m, x: x * m.own_square(x), ("3 * x**2", lambda m, x, y: 3.0 * m.own_square(x))
        )
        x = Value(2.0)
        first = grad(cube(x), x, create_graph=True)
        assert (first.data, {node.op for node in topological_order(first)}) == (12.0, {"", "own_square", "mul"})
        assert grad(first, x) == 12.0
        assert grad(grad(first, x, create_graph=True), x) == 6.0
        assert square(np.array([1.0, 3.0])).tolist() == [1.0, 9.0]
        with autograd.tracing([x]):
            slope = grad(cube(x), x, create_graph=True)
        assert autograd.compile(slope, [x])([[3.0]]) == 27.0
    finally:
        for name in ("own_square", "own_cube"):
            TABLE.pop(name, None)
