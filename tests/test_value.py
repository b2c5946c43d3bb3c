"""Value: a test for each promise of the engine."""

import contextlib
import copy
import gc
import io
import math
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value, dot
from autograd import value as pure
from autograd.engine import recorded_operations
from autograd.graph import names, topological_order
from autograd.render import draw_dot, trace_backward


def test_a_gradient_is_the_measured_slope_and_a_step_against_it_goes_down() -> None:
    def f(x: Any) -> Any:
        return x**2 * 3.0 - x.exp() if isinstance(x, Value) else x**2 * 3.0 - math.exp(x)

    x = Value(0.7)
    f(x).backward()
    assert x.grad == pytest.approx((f(0.7 + 1e-6) - f(0.7 - 1e-6)) / 2e-6, rel=1e-8)
    assert f(0.7 - 0.01 * x.grad) < f(0.7)


def test_leaves_accumulate_and_interior_nodes_start_from_zero() -> None:
    x = Value(3.0)
    square = x * x
    z = 2 * square
    z.backward()
    assert (x.grad, square.grad) == (12.0, 2.0)
    z.backward()
    assert (x.grad, square.grad, z.grad) == (24.0, 2.0, 1.0)


def test_two_losses_that_share_a_node() -> None:
    x = Value(3.0)
    square = x * x
    for factor in (2, 3):
        (factor * square).backward()
    assert x.grad == 30.0


def test_backward_on_a_leaf_adds_one() -> None:
    x = Value(3.0)
    x.backward()
    x.backward()
    assert x.grad == 2.0


def test_order_is_topological() -> None:
    a = Value(3.0)
    b = a + a
    c = b + b
    c.backward()
    assert (a.grad, b.grad) == (4.0, 2.0)
    assert topological_order(c) == [a, b, c]


def test_local_derivatives_are_fixed_when_recorded() -> None:
    x, y = Value(2.0), Value(3.0)
    z = x * y
    y.data = 10.0
    z.backward()
    assert (x.grad, z.data, z.local_grads) == (3.0, 6.0, (3.0, 2.0))


def test_operands_are_ordered_and_duplicates_stay() -> None:
    x, y = Value(2.0), Value(5.0)
    square = x * x
    assert square.inputs == (x, x)
    assert square.local_grads == (2.0, 2.0)
    assert (y - 3).operands == (y, 3.0)
    assert (3 - y).operands == (3.0, y)
    assert (3 - y).inputs == (y,)
    mixed = dot([x, 4.0], [0.5, y])
    assert mixed.operands == (x, 4.0, 0.5, y)
    assert mixed.inputs == (x, y)
    assert mixed.local_grads == (0.5, 4.0)
    assert (x.operands, x.inputs, x.local_grads, x.op) == ((), (), (), "")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (lambda x: x + 2, 5.0), (lambda x: 2 + x, 5.0), (lambda x: x - 2, 1.0), (lambda x: 2 - x, -1.0),
        (lambda x: x * 2, 6.0), (lambda x: 2 * x, 6.0), (lambda x: x / 2, 1.5), (lambda x: 2 / x, 2 / 3),
        (lambda x: x**2, 9.0), (lambda x: 2**x, 8.0), (lambda x: -x, -3.0), (lambda x: +x, 3.0), (abs, 3.0),
        (lambda x: x + True, 4.0), (lambda x: x * Fraction(1, 2), 1.5), (lambda x: sum([x, x]), 6.0),
        (lambda x: x * np.float32(0.5), 1.5), (lambda x: np.int64(2) * x, 6.0), (lambda x: np.float64(2) ** x, 8.0),
        (lambda x: np.bool_(True) + x, 4.0), (lambda x: 1 / x * 0, 0.0), (lambda x: (x - 3) ** 0, 1.0),
    ],
)  # fmt: skip
def test_arithmetic_with_constants_on_either_side(expression: Callable[[Any], Any], expected: float) -> None:
    result = expression(Value(3.0))
    assert type(result) is Value
    assert type(result.data) is float
    assert result.data == expected


@pytest.mark.parametrize("other", ["2", 2j, None, [1], {}])
@pytest.mark.parametrize("operator", [lambda x, y: x + y, lambda x, y: y * x, lambda x, y: x**y, lambda x, y: x < y])
def test_other_types_are_left_to_python(operator: Callable[[Any, Any], Any], other: Any) -> None:
    with pytest.raises(TypeError):
        operator(Value(1.0), other)


@pytest.mark.parametrize("comparison", ["__lt__", "__le__", "__gt__", "__ge__"])
def test_comparisons_compare_data_and_return_bool(comparison: str) -> None:
    for x, y in ((1.0, 2.0), (2.0, 1.0), (1.0, 1.0), (1.0, math.nan)):
        for other in (Value(y), y):
            result = getattr(Value(x), comparison)(other)
            assert result is getattr(x, comparison)(y)


def test_equality_and_hash_are_by_identity() -> None:
    x, y = Value(1.0), Value(1.0)
    assert x == x
    assert x != y
    assert x != 1.0
    assert len({x, y, x}) == 2


@pytest.mark.parametrize("wrong", ["3", b"3", 2j, None, [1.0], np.array(1.0), np.array([1.0]), np.complex128(1), object()])
def test_only_plain_numbers_become_data(wrong: Any) -> None:
    x = Value(1.0)
    attempts = [lambda: Value(wrong), lambda: setattr(x, "data", wrong), lambda: setattr(x, "grad", wrong)]
    for attempt in attempts if wrong is not None else attempts[:2]:  # p.grad = None is PyTorch's way to set it to 0
        with pytest.raises(TypeError, match=f"takes plain numbers .* got {type(wrong).__name__}"):
            attempt()
    assert (x.data, x.grad) == (1.0, 0.0)


def test_a_value_of_a_value_is_refused() -> None:
    with pytest.raises(TypeError, match="got Value"):
        Value(Value(1.0))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "number", [2, 2.0, True, np.float64(2), np.float32(2), np.int64(2), np.bool_(True), Fraction(4, 2)]
)
def test_every_plain_number_becomes_a_float(number: Any) -> None:
    x = Value(number)
    x.data = x.grad = number
    assert type(x.data) is type(x.grad) is float
    assert x.data == x.grad == float(number)


@pytest.mark.parametrize(
    "method", [name for name in dir(Value) if callable(getattr(Value, name)) and not name.startswith("_")]
)
def test_methods_are_for_values(method: str) -> None:
    """In C, mistaking another object for a Value would read foreign memory."""
    for stranger in (3, None, "x"):
        with contextlib.suppress(TypeError, AttributeError):
            assert getattr(Value, method)(stranger).data == stranger  # clip, in Python


@pytest.mark.parametrize("stranger", [None, 3.0, "x"])
def test_graphs_start_from_values(stranger: Any) -> None:
    for function in (topological_order, draw_dot, trace_backward):
        with pytest.raises(TypeError, match="Value"):
            function(stranger)


def test_a_value_has_no_subclasses() -> None:
    with pytest.raises(TypeError, match="Value"):
        type("Weight", (Value,), {})


def test_a_label_is_text() -> None:
    x = Value(1.0, "x")
    x.label = "new"
    assert x.label == "new"
    with pytest.raises(TypeError, match="label must be a str, got int: 3"):
        x.label = 3  # type: ignore[assignment]
    with pytest.raises(TypeError, match="label must be a str"):
        Value(1.0, 3)  # type: ignore[arg-type]
    assert x.label == "new"


def test_repr() -> None:
    assert repr(Value(4, label="d")) == "Value(data=4.0, grad=0.0, label='d')"
    assert repr(Value(4)) == str(Value(4)) == f"{Value(4)}" == "Value(data=4.0, grad=0.0)"


def test_conversions() -> None:
    x = Value(-2.567)
    assert (float(x), int(x), round(x), round(x, 1)) == (-2.567, -2, -3, -2.6)
    assert (format(x, ".2f"), math.exp(x), math.floor(x), math.ceil(x), math.trunc(x)) == (
        "-2.57",
        math.exp(-2.567),
        -3,
        -2,
        -2,
    )
    assert bool(x)
    assert not Value(0.0)


def test_in_place_operators_rebind() -> None:
    p = original = Value(1.0)
    p += 1
    assert (p.data, original.data, p.inputs) == (2.0, 1.0, (original,))


def test_numpy_functions_and_arrays() -> None:
    x = Value(0.5)
    products: list[Any] = [np.array([1.0, 2.0]) * x, x * np.array([1.0, 2.0]), x * np.array([1, 2])]
    for array in products:
        assert array.dtype == object
        assert [v.data for v in array] == [0.5, 1.0]
        assert all(v.inputs == (x,) for v in array)
    for name in ("exp", "log", "tanh", "sqrt", "sin", "arcsin", "arccos", "arctan", "log1p", "expm1", "cosh"):
        function = getattr(np, name)
        assert function(x).data == pytest.approx(function(0.5), rel=1e-14)
        assert function(np.array([x, x]))[1].data == function(x).data
    assert np.maximum(x, 0.5).local_grads == (0.5,)
    assert np.minimum(np.array([1.0, 0.0]), x)[1].data == 0.0
    assert np.arctan2(x, 2.0).data == math.atan2(0.5, 2.0)
    assert np.hypot(np.array([x]), 2.0)[0].data == math.hypot(0.5, 2.0)
    assert np.abs(-x).data == 0.5
    vector = np.array([x, Value(2.0)])
    assert (vector @ np.array([2.0, 3.0])).data == 7.0
    assert vector.sum().data == 2.5
    assert (x < np.array([0.0, 1.0])).tolist() == [False, True]
    with pytest.raises(TypeError):
        Value(vector)  # type: ignore[arg-type]


@pytest.fixture(params=["one", "shared", "many"])
def graph(request: pytest.FixtureRequest) -> tuple[Value, Value]:
    """Make a leaf and a result: one operation, a shared node, operations on many operands."""
    x = Value(2.0, "x")
    if request.param == "one":
        return x, x * 3
    square = x * x
    if request.param == "shared":
        return x, autograd.tanh(square + 1) / square
    return x, dot([x, square, 1.0], [square, 2.0, x]) + autograd.clip(x, -1, square) + autograd.sum([x, 1])


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_copies_keep_numbers_and_sharing(graph: tuple[Value, Value], duplicate: Callable[[Any], Any]) -> None:
    x, y = graph
    y.backward()
    x2, y2, again = duplicate([x, y, y])
    assert y2 is again
    assert x2 is not x
    assert repr((x2, y2)) == repr((x, y))
    for node, node2 in zip(topological_order(y), topological_order(y2)):
        assert (node.op, node.local_grads, node.grad) == (node2.op, node2.local_grads, node2.grad)
        assert [getattr(o, "data", o) for o in node.operands] == [getattr(o, "data", o) for o in node2.operands]
    x.grad = x2.grad = 0.0
    y.backward()
    y2.backward()
    assert x2.grad == x.grad
    assert not set(topological_order(y)) & set(topological_order(y2)), "a copy shares no node with the original"


def test_copies_of_several_results_share_what_these_share() -> None:
    x = Value(2.0)
    square = x * x
    results = [square, square + 1, square * x]
    for square2, plus, times in (copy.deepcopy(results), pickle.loads(pickle.dumps(results))):
        assert plus.inputs == (square2,)
        assert times.inputs == (square2, square2.inputs[0])


def test_a_shallow_copy_has_the_same_inputs(graph: tuple[Value, Value]) -> None:
    _, y = graph
    z = copy.copy(y)
    assert z is not y
    assert (z.operands, z.data, z.local_grads) == (y.operands, y.data, y.local_grads)


def test_deepcopy_of_a_leaf_and_inside_an_object() -> None:
    x = Value(1.0, "x")
    assert repr(copy.deepcopy(x)) == repr(x)
    twice = copy.deepcopy({"a": x, "b": x})
    assert twice["a"] is twice["b"] is not x


def test_a_pickle_that_failed_leaves_later_ones_whole() -> None:
    x = Value(1.0)
    y = x
    for _ in range(5000):
        y = y + x

    class FullDisk(io.BytesIO):
        def write(self, data: Any) -> int:
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        pickle.dump(y, FullDisk())
    assert pickle.loads(pickle.dumps(y)).data == 5001.0


def test_graphs_free_themselves_without_the_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        x = Value(1.0)
        for _ in range(50):
            y = dot([x, 2.0], [x, x * x]).tanh() + x
            y.backward()
            del y
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_detach_cuts_the_graph() -> None:
    x = Value(3.0, "x")
    y = x * x
    y.label = "y"
    cut = y.detach()
    assert (cut.data, cut.label, cut.inputs) == (9.0, "y", ())
    (cut * x).backward()
    assert x.grad == 9.0


def test_separate_graphs_on_separate_threads() -> None:
    results: dict[int, float] = {}

    def work(k: int) -> None:
        x = Value(float(k))
        y = x
        for _ in range(3000):
            y = y * 1.0 + x
        y.backward()
        results[k] = x.grad

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == dict.fromkeys(range(8), 3001.0)


def test_a_graph_deeper_than_pythons_stack_is_copied_and_pickled_before_and_after_its_first_walk() -> None:
    depth = 3 * sys.getrecursionlimit()
    x = Value(1.0)
    y = x
    for _ in range(depth):
        y = y + x
    for twin in (pickle.loads(pickle.dumps(y)), copy.deepcopy(y), y, pickle.loads(pickle.dumps(y))):
        twin.backward()
        assert topological_order(twin)[0].grad == depth + 1


def test_names_are_labels_or_numbers() -> None:
    x = Value(1.0, "x")
    y = x * x
    assert names(topological_order(y)) == {x: "x", y: "v1"}
    assert topological_order(x) == [x]


@pytest.mark.parametrize("start", [2**32 - 12, 2**47, 2**48 - 24])
def test_no_walk_takes_the_marks_of_older_walks_for_its_own(start: int) -> None:
    """A counter that wraps would treat new nodes, whose mark is 0, as done, and their gradient would stop there."""
    node = sys.modules[recorded_operations.__module__]
    seen = recorded_operations(Value(1.0) * 2)
    node.set_walks(start)
    try:
        for _ in range(10):
            x, y, w = Value(2.0), Value(3.0), Value(5.0)
            ((x * y) * w).backward()
            assert (x.grad, y.grad, w.grad) == (15.0, 10.0, 6.0)
    finally:
        node.set_walks(2**33)
    assert recorded_operations(seen[0]) == seen


def test_a_node_has_fields_and_no_dictionary_and_in_c_96_bytes() -> None:
    assert not hasattr(Value(1.0), "__dict__")
    if autograd.COMPILED:
        assert [sys.getsizeof(x) for x in (Value(1.0, "a"), Value(1.0) * 2, autograd.sum([Value(1.0)] * 9))] == [96] * 3


@pytest.mark.parametrize("pure", ["", "1"])
def test_pickles_pass_between_the_builds(pure: str) -> None:
    """Both builds read what this one wrote, and this one reads what they write back."""
    x = Value(2.0, label="x")
    with autograd.scope("block"):
        y = autograd.clip(x * x, 0, 3) + autograd.sum([x, 1.0])
    y.backward()
    program = autograd.compile(y, [x])
    code = (
        "import pickle, sys; y, program = pickle.loads(sys.stdin.buffer.read()); assert program([[2.0]]).tolist() == [6.0];"
        "assert type(y).__module__ == 'autograd.engine'; sys.stdout.buffer.write(pickle.dumps((y, program)))"
    )
    environment = {**os.environ, "STEPGRAD_PURE": pure}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, input=pickle.dumps((y, program)), env=environment, stdout=subprocess.PIPE, check=True)
    twin, program = pickle.loads(done.stdout)
    assert (twin.data, twin.op, twin.local_grads) == (y.data, y.op, y.local_grads)
    first = topological_order(twin)[0]
    assert (first.label, first.grad, twin.scope.path) == ("x", x.grad, ("block",))
    assert program([[2.0]]).tolist() == [6.0]


def test_both_builds_in_one_process_know_the_scope() -> None:
    """Also the plain Python one in a process that runs the compiled one."""
    for value_type in (Value, pure.Value):
        with autograd.scope("outer"), autograd.scope("inner"):
            x = value_type(2.0) * 3.0
        assert x.scope.path == ("outer", "inner")
        assert (value_type(2.0) * 3.0).scope is None
