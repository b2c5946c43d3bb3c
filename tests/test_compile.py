"""Programs equal the eager engine: every operation, random graphs, every batch size, each pass left out, many threads."""

import itertools
import math
import os
import pickle
import random
import subprocess
import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import autograd
import nn
from autograd import Value
from autograd.graph import topological_order
from autograd.operations import TABLE, Operation, Variadic
from autograd.program import listing
from autograd.program.assemble import assemble
from autograd.program.compilers import Machine
from autograd.program.instructions import SET, Instructions
from autograd.program.numpy_machine import decode
from autograd.program.program import Program
from tests.oracle import close, points
from tests.test_random_graphs import build, graphs, in_engine

Function = Callable[[Sequence[Any], Sequence[Any]], Any]
SIZES = (0, 1, 2, 127, 128, 129, 1000)
machine: Any = sys.modules[Machine.__module__]  # in C, or in NumPy
VECTORS = getattr(machine, "VECTORS", ())


@pytest.fixture(autouse=True, scope="module", params=VECTORS or ["NumPy"])
def vectors(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test of this file runs with vectors of each width that this CPU has."""
    if not VECTORS:
        yield
        return
    before = machine.vectors()
    machine.use_vectors(request.param)
    yield
    machine.use_vectors(before)


def traced(f: Function, n_inputs: int, parameters: Sequence[Value] = (), **options: Any) -> Program:
    xs = [Value(0.5 + 0.1 * i, label=f"x{i}") for i in range(n_inputs)]
    with autograd.tracing(xs, parameters):
        y = f(xs, parameters)
    return autograd.compile(y, xs, parameters, **{"strict": False, **options})


def eager(f: Function, rows: Any, parameters: Sequence[Value]) -> tuple[list[float], list[float], list[list[float]], float]:
    """Return values, gradient of their mean, gradients with respect to the inputs, and the largest number, for tolerances."""
    values, slopes, scale = [], [], 1.0
    total = np.zeros(len(parameters))
    for row in rows:
        xs = [Value(x) for x in row]
        y = f(xs, parameters)
        for p in parameters:
            p.grad = 0.0
        y.backward()
        with np.errstate(all="ignore"):
            total += [p.grad for p in parameters]
        values.append(y.data)
        slopes.append([x.grad for x in xs])
        for node in topological_order(y):
            scale = max([scale, *(abs(a) for a in (node.data, node.grad, *node.local_grads) if math.isfinite(a))])
    for p in parameters:
        p.grad = 0.0
    return values, list(total / max(1, len(rows))), slopes, scale


def mean(values: list[float]) -> float:
    """Return the mean without warnings: inf and -inf have none."""
    with np.errstate(all="ignore"):
        return float(np.mean(values))


def agree(mine: Any, other: Any, scale: float = 1.0) -> None:
    for a, b in zip(np.ravel(mine), np.ravel(other), strict=True):
        assert close(float(a), float(b), 1e-12, 1e-12 * scale), (a, b)


def same(f: Function, rows: Any, parameters: Sequence[Value] = (), **options: Any) -> None:
    """Assert that the program of f equals f itself on these rows."""
    rows = np.asarray(rows, dtype=float)
    program = traced(f, rows.shape[1], parameters, **options)
    values, grads, slopes, scale = eager(f, rows, parameters)
    agree(program(rows), values, scale)
    agree(program.input_grads(rows), slopes, scale)
    if len(rows):
        agree(program.backward(rows), mean(values), scale)
        agree([p.grad for p in parameters], grads, scale)
    for p in parameters:
        p.grad = 0.0


def called(row: Operation) -> Function:
    if isinstance(row, Variadic):
        return lambda xs, ps: getattr(autograd, row.name)(*row.split(list(xs)))
    return lambda xs, ps: getattr(autograd, row.name)(*xs)


# Every operation

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 1e-300, 1000.0, -1000.0, math.inf, -math.inf, math.nan]


@pytest.mark.parametrize("row", TABLE.values(), ids=lambda row: row.name)
def test_every_operation(row: Operation) -> None:
    inside = [point[:4] for point in points(row)] if isinstance(row, Variadic) else points(row, 30)
    size = 4 if isinstance(row, Variadic) else row.arity
    same(called(row), [point for point in inside if len(point) == size])
    ps = [Value(x) for x in inside[1][:size]] if len(inside[1]) == size else [Value(0.5 + i) for i in range(size)]
    same(lambda xs, ps: called(row)(ps, ()) * xs[0], [[0.5], [2.0], [-1.0]], ps)  # the same for all rows


@pytest.mark.parametrize("row", TABLE.values(), ids=lambda row: row.name)
def test_every_operation_at_its_edges(row: Operation) -> None:
    """Zeros, infinities, nan and ties, alone and combined, match the eager engine exactly: 0 * inf, unused branches..."""
    size = 2 if isinstance(row, Variadic) else row.arity
    special = SPECIAL if size < 3 else SPECIAL[:4] + SPECIAL[-3:]
    rows = np.array(list(itertools.product(special, repeat=size)))
    f = called(row)
    program = traced(f, size)
    values, grads = program(rows), program.input_grads(rows)
    for k, point in enumerate(rows.tolist()):
        xs = [Value(x) for x in point]
        y = f(xs, ())
        y.backward()
        assert close(values[k], y.data), (point, values[k], y.data)
        if not any(map(math.isnan, point)):
            for mine, x in zip(grads[k], xs):
                assert close(mine, x.grad, 1e-12, 1e-300), (point, mine, x.grad)


ACCURATE = (
    "exp",
    "expm1",
    "log",
    "log1p",
    "tanh",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "erf",
    "sqrt",
)


@pytest.mark.parametrize("name", ACCURATE)
def test_functions_within_two_units_in_the_last_place(name: str) -> None:
    rng = random.Random(name)
    xs = [rng.uniform(-1, 1) * 10.0 ** rng.uniform(-12, 0.3) for _ in range(3000)]
    xs += [rng.uniform(-700, 700) for _ in range(500)] + [10.0 ** rng.uniform(-320, 308) for _ in range(500)]
    y = traced(lambda v, ps: getattr(autograd, name)(v[0]), 1)(np.array(xs)[:, None])
    for x, mine in zip(xs, y.tolist()):
        exact = getattr(mpmath, name)(mpmath.mpf(x))
        if not isinstance(exact, mpmath.mpf) or abs(exact) > 1.7e308:
            assert math.isnan(mine) or math.isinf(mine)
        elif abs(exact) > 1e-307:
            assert abs(mine - exact) <= 2 * mpmath.mpf(math.ulp(float(exact))), (name, x, mine)


# Random graphs


@given(graphs(list(TABLE.values()), st.floats(-2, 2)), st.integers(0, 3))
@settings(max_examples=150, deadline=None, phases=[Phase.generate])  # shrinking takes minutes, and graphs are small
def test_random_graphs(graph: Any, n_parameters: int) -> None:
    leaves, steps = graph
    n_inputs = max(1, len(leaves) - n_parameters)
    parameters = [Value(x) for x in leaves[n_inputs:]]

    def f(xs: Sequence[Any], ps: Sequence[Any]) -> Any:
        nodes = build([*xs, *ps], steps, lambda x: x, in_engine(autograd))
        return autograd.sum([node for node in nodes if isinstance(node, Value)])

    rng = random.Random(len(steps))
    rows = [leaves[:n_inputs], *([rng.uniform(-2, 2) for _ in range(n_inputs)] for _ in range(2))]
    values, grads, slopes, scale = eager(f, rows, parameters)
    program = traced(f, n_inputs, parameters)
    if scale < 1e6:
        agree(program(rows), values, scale)
        agree(program.input_grads(rows), slopes, scale**2)
        agree(program.backward(rows), mean(values), scale)
        agree([p.grad for p in parameters], grads, scale**2)


# Batches, passes, threads


def network(xs: Sequence[Any], ps: Sequence[Any]) -> Any:
    """Build a mixed network: dots, activations, choices, a penalty of parameters only, a tie of inputs."""
    hidden = [autograd.tanh(autograd.dot(ps[i : i + 3], xs) + ps[9]) for i in (0, 3, 6)]
    gate = autograd.sigmoid(hidden[0]) * autograd.where(autograd.relu(xs[0]), hidden[1], hidden[2])
    penalty = 0.1 * autograd.sum(p * p for p in ps) + autograd.exp(-ps[9])
    return (gate - xs[2]) ** 2 + autograd.softplus(autograd.maximum(xs[0], xs[1])) + penalty


def weights() -> list[Value]:
    rng = random.Random(0)
    return [Value(rng.uniform(-1, 1)) for _ in range(10)]


def rows_of(n: int) -> Any:
    return np.random.default_rng(n).normal(size=(n, 3))


@pytest.mark.parametrize("n", SIZES)
def test_batches_of_any_size(n: int) -> None:
    same(network, rows_of(n), weights())
    values = traced(lambda xs, ps: [xs[0] * ps[0], ps[1] * 2, xs[1] + 1], 3, weights())(rows_of(n))
    assert values.shape == (n, 3)
    agree(values[:, 1], [weights()[1].data * 2] * n)


@pytest.mark.parametrize("n", [1, 2, 200])
def test_sums_over_the_batch_of_products_with_one_factor(n: int) -> None:
    """They are computed together if the factor is an input or a gradient, with enough of each for every loop in C."""
    ps = [Value(0.1 * i - 0.3) for i in range(7)]
    same(lambda xs, ps: autograd.dot([p * xs[0] for p in ps], [xs[i % 3] + i for i in range(7)]), rows_of(n), ps)
    same(lambda xs, ps: autograd.dot(ps, [xs[i % 3] * i for i in range(7)]).tanh(), rows_of(n), ps)


@pytest.mark.parametrize("n", [3, 5, 6, 20, 300])
def test_sums_of_many_terms(n: int) -> None:
    """A parameter in every term gets n times the gradient; a run of additions once read its own results."""
    p = Value(0.5)
    program = traced(lambda xs, ps: autograd.sum([ps[0] - autograd.sin(k * xs[0]) for k in range(n)]), 1, [p])
    program.backward([[0.1], [0.2]])
    assert p.grad == pytest.approx(n, rel=1e-14)


@pytest.mark.parametrize("n", SIZES[1:])
def test_sums_that_only_go_into_one_another_share_a_place(n: int) -> None:
    def two_ways(xs: Sequence[Any], ps: Sequence[Any]) -> Any:  # the sums of x0 * d and x1 * d, where d is shared
        return autograd.tanh(autograd.dot([ps[0], ps[0]], xs[:2]))

    def needed_apart(xs: Sequence[Any], ps: Sequence[Any]) -> Any:  # p1's derivative is a part of p0's
        return autograd.tanh((ps[0] + ps[1]) * xs[0]) + ps[0] * autograd.sin(xs[1])

    def unrolled(xs: Sequence[Any], ps: Sequence[Any]) -> Any:
        state = ps[1] * ps[1]  # not an input: it gets a sum over the rows, which is then multiplied
        for x in xs:
            state = autograd.tanh(ps[0] * x + ps[1] * state)
        return state

    rows = np.random.default_rng(n).normal(size=(n, 3))
    # one for the loss; one per parameter if they are not needed separately; one for the square
    for f, n_parameters, sums in ((two_ways, 1, 2), (needed_apart, 2, 3), (unrolled, 2, 4)):
        parameters = [Value(0.5 + i) for i in range(n_parameters)]
        same(f, rows, parameters)
        program = traced(f, 3, parameters)
        program.backward(rows)
        assert program._machine("backward", one_row=False).plan.n_totals == sums


def instructions(kinds: Sequence[tuple[str, Sequence[int]]], rows: Sequence[int], results: Sequence[int]) -> Instructions:
    """Write down a list of instructions whose values all differ between examples, except for sums over them."""
    code = Instructions(rows=list(rows), results=list(results))
    for name, operands in kinds:
        code.codes.append(SET[name].code)
        code.operands.extend(operands)
        code.starts.append(len(code.operands))
        code.varies.append(not name.startswith("total"))
    return code


INPUTS = [("input", (i,)) for i in range(306)]


@pytest.mark.parametrize("first", [0, 300])  # the second beyond the small integers, which are one object each
def test_products_with_one_factor_in_common_are_summed_in_one_go(first: int) -> None:
    """The common factor may be on either side of each product."""
    n = first + 6
    for offsets, groups in (
        ([(0, 1), (2, 0), (0, 3)], [3]),
        ([(1, 0), (0, 2), (3, 0)], [3]),
        ([(0, 1), (0, 2), (1, 3)], [2, 1]),
        ([(0, 1), (2, 1), (1, 3)], [3]),
        ([(0, 1), (1, 2), (0, 3)], [2, 1]),
        ([(0, 1), (2, 3)], [1, 1]),
        ([(0, 1), (2, 0), (3, 4), (4, 5)], [2, 2]),
    ):
        pairs = [(first + a, first + b) for a, b in offsets]
        code = instructions([*INPUTS[:n], *(("total_product", pair) for pair in pairs)], [], range(n, n + len(pairs)))
        plan = assemble(code, 0)
        found = []
        for _, name, _, at in decode(plan.body, runs=False):
            if name == "total_product":
                targets, shared, others = at
                found.append(len(targets))
                for target, other in zip(targets, others):
                    assert set(pairs[target]) == {shared, other}
        assert found == groups, pairs
        assert plan.flops == 2 * len(pairs)


def test_products_of_two_groups_are_one_product_of_matrices() -> None:
    """The sums must be in rows and columns; the values may come in any order."""
    grid = [(i, j) for i in (0, 1, 2) for j in (4, 5, 6, 7)]
    by_columns = [4 * i + j for j in range(4) for i in range(3)]
    tables: list[tuple[list[tuple[int, int]], list[int], list[tuple[int, int]]]] = [
        (grid, list(range(12)), [(3, 4)]),
        ([*grid[8:], *grid[:8]], [*range(8, 12), *range(8)], [(3, 4)]),
        ([grid[k] for k in by_columns], by_columns, [(4, 3)]),
        (grid, [0, 1, 2, 3, 4, 5, 6, 7, 9, 8, 10, 11], [(2, 4), (1, 2), (1, 2)]),  # the last row is out of order
        (grid[:8] + [(3, 4), (3, 5)], list(range(10)), [(2, 4), (1, 2)]),
        (grid[:4], list(range(4)), [(1, 4)]),
    ]
    for pairs, sums, blocks in tables:
        results = [8 + i for i in sorted(range(len(pairs)), key=sums.__getitem__)]
        plan = assemble(instructions([*INPUTS[:8], *(("total_product", pair) for pair in pairs)], [], results), 0)
        found: list[tuple[int, int]] = []
        seen: dict[int, set[int]] = {}
        for _, name, _, at in decode(plan.body, runs=False):
            if name in ("outer", "total_product"):
                targets, xs, ys = at if name == "outer" else ([at[0]], [at[1]], at[2])
                found.append((len(xs), len(ys)))
                seen |= {targets[i][j]: {x, y} for i, x in enumerate(xs) for j, y in enumerate(ys)}
        assert sorted(found) == sorted(blocks)
        assert seen == {target: set(pair) for target, pair in zip(sums, pairs)}


def test_a_register_is_free_after_the_last_use_of_its_value() -> None:
    """-x2 * x2 needs a register besides that of x2: it takes one whose value has been summed. With reuse off, each value
    has a register of its own."""
    for summed in (("total_product", (0, 1)), ("total", (0,)), ("total_product", (0, 2))):
        code = instructions([*INPUTS[:3], summed, ("neg", (2,)), ("mul", (4, 2))], [5], [3])
        assert assemble(code, 0).registers == 3
        assert assemble(code, 0, reuse=False).registers == 5


def test_no_rows() -> None:
    program = traced(network, 3, weights())
    assert program(np.empty((0, 3))).shape == (0,)
    assert program.input_grads(np.empty((0, 3))).shape == (0, 3)
    with pytest.raises(ValueError, match="the mean over the rows, but there are none"):
        program.backward(np.empty((0, 3)))


@pytest.mark.parametrize("name", [*Program.PASSES, Program.REUSE])
def test_each_pass_off_gives_the_same_numbers(name: str) -> None:
    for n in (1, 5, 300):
        same(network, rows_of(n), weights(), without=[name])
    whole, without = (traced(network, 3, weights(), without=w) for w in ([], [name]))
    mine: list[float] = []
    other: list[float] = []
    for program, out in ((whole, mine), (without, other)):
        out += [program.backward(rows_of(300)), *(p.grad for p in program.parameters)]
    if name in ("prune", "reuse"):  # the others change the order of additions, and so the last digit
        assert mine == other


def test_all_passes_off() -> None:
    same(network, rows_of(9), weights(), without=[*Program.PASSES, Program.REUSE])


@pytest.mark.parametrize("n", [1, 3, 200])
def test_watched_values_need_not_be_asked_for(n: int) -> None:
    """`backward` of a program that watches values, one of them the same for all rows."""
    x, w = Value(1.0), Value(2.0)
    program = autograd.compile((x * w - 1) ** 2, [x], [w], watch=[w * w, x * w])
    assert program.backward(np.ones((n, 1))) == 1.0
    mean, watched = program.step(np.ones((n, 1)))
    assert (mean, watched.tolist()) == (1.0, [[4.0, 2.0]] * n)


def test_threads_share_a_program_with_batches_of_different_sizes() -> None:
    """Each needs memory of a different size, which one call leaves for the next."""
    parameters = [Value(0.3 * math.sin(i)) for i in range(40)]
    program = traced(
        lambda xs, ps: autograd.sum(autograd.tanh(autograd.dot(ps[i : i + 4], xs)) for i in range(36)), 4, parameters
    )
    rows = {n: np.random.default_rng(n).normal(size=(n, 4)) for n in (2, 130, 5000)}
    expected = {n: program(batch) for n, batch in rows.items()}

    def runs(first: int) -> bool:
        sizes = [list(rows)[(first + i) % 3] for i in range(60)]
        return all(np.array_equal(program(rows[n]), expected[n]) for n in sizes)

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(runs, range(6)))


def test_the_numbers_do_not_depend_on_threads() -> None:
    rows = rows_of(40_000)
    found = set()
    for threads in (1, 2, 3, 8):
        program = traced(network, 3, weights())
        program.threads = threads
        found.add((program.backward(rows), *(p.grad for p in program.parameters), program(rows).tobytes()))
    assert len(found) == 1


def test_the_numbers_do_not_depend_on_the_width_of_vectors() -> None:
    """To the last bit, where there is a fused multiply-add; vectors of 16 bytes (SSE2) have none, and round twice."""
    in_use = machine.vectors() if VECTORS else None
    cases: list[Any] = [(called(row), 4 if isinstance(row, Variadic) else row.arity, []) for row in TABLE.values()]
    for f, n_inputs, parameters in [*cases, (network, 3, weights())]:
        rows, found = np.random.default_rng(0).normal(size=(301, n_inputs)), set()
        for width in VECTORS[1:]:
            machine.use_vectors(width)
            program = traced(f, n_inputs, parameters)
            mean = program.backward(rows)
            numbers = [*program(rows), *program.input_grads(rows).flat, mean, *(p.grad for p in parameters)]
            bits = np.array(numbers)
            found.add(np.where(np.isnan(bits), np.nan, bits).tobytes())  # the sign of a nan is no number
            for p in parameters:
                p.grad = 0.0
        assert len(found) <= 1, f
    if VECTORS:
        machine.use_vectors(in_use)


def test_the_width_of_vectors_can_be_chosen() -> None:
    code = "from autograd.compiled import machine; print(machine.vectors())"
    cases = [(str(width), str(width)) for width in VECTORS]
    if VECTORS:
        cases += [
            ("", str(VECTORS[-1])),
            ("24", f"STEPGRAD_VECTORS: this CPU has vectors of {', '.join(map(str, VECTORS))} bytes, got '24'"),
        ]
    for chosen, told in cases:
        environment = {**os.environ, "STEPGRAD_VECTORS": chosen}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
        assert (done.stdout or done.stderr).strip().endswith(told)


def test_a_million_rows_are_summed_accurately() -> None:
    x = np.random.default_rng(0).uniform(1, 2, size=(1_000_000, 1))
    w = Value(1.0)
    program = traced(lambda xs, ps: ps[0] * xs[0], 1, [w])
    assert program.backward(x) == pytest.approx(math.fsum(x[:, 0]) / len(x), rel=1e-15)
    assert w.grad == pytest.approx(math.fsum(x[:, 0]) / len(x), rel=1e-15)


# Programs and their graphs


def test_parameters_are_live() -> None:
    x, w = Value(2.0), Value(3.0)
    program = autograd.compile(w * x, [x], [w])
    assert program([[2.0]]).tolist() == [6.0]
    w.data = 5.0
    assert program([[2.0]]).tolist() == [10.0]
    assert program.backward([[2.0], [4.0]]) == 15.0
    assert program.backward(np.array([[2.0], [4.0]])) == 15.0
    assert w.grad == 6.0, "gradients are added up, as backward() does"


def test_compiling_changes_no_gradient() -> None:
    x, w = Value(2.0), Value(3.0)
    product = x * w
    loss = product.tanh() + autograd.sum([product, w, 1.5]) * 0.1
    loss.backward()
    nodes = topological_order(loss)
    before = [node.grad for node in nodes]
    assert len(set(before)) > 3
    autograd.compile(loss, inputs=[x], parameters=[w])
    assert [node.grad for node in nodes] == before


def test_watched_values_come_with_the_gradient() -> None:
    x, w = Value(2.0), Value(3.0)
    y = w * x
    program = autograd.compile(y * y, [x], [w], watch=[y, w])
    loss, watched = program.step(np.array([[1.0], [2.0]]))
    assert (loss, watched.tolist(), w.grad) == (22.5, [[3.0, 3.0], [6.0, 3.0]], 15.0)


def test_a_loss_of_parameters_alone() -> None:
    x, w = Value(2.0), Value(3.0)
    program = autograd.compile(w * w, [x], [w], strict=False)
    assert program.backward([[1.0], [2.0]]) == 9.0
    assert w.grad == 6.0
    assert program([[1.0], [2.0]]).tolist() == [9.0, 9.0]
    assert program.input_grads([[1.0]]).tolist() == [[0.0]]


def test_an_input_itself_and_repeated_outputs() -> None:
    x = Value(2.0)
    program = autograd.compile([x, x, -x], [x])
    assert program([[5.0]]).tolist() == [[5.0, 5.0, -5.0]]
    assert autograd.compile(x, [x]).input_grads([[5.0]]).tolist() == [[1.0]]


def test_the_jacobian_of_several_outputs() -> None:
    """As eager: outputs that share nodes, repeat, are an input, or depend on no input; and of a gradient, the Hessian."""
    w = Value(0.7)

    def f(x: Any, y: Any, z: Any) -> list[Any]:
        shared = (x * y).tanh()
        return [shared * w, shared + z**3, z, z, w * w, autograd.logsumexp([x, y, z]) / (2 + z)]

    def loss(x: Any, y: Any, z: Any) -> Any:
        return (x * y).sin() * z + w * x**3 / (1 + y * y)

    xs = [Value(0.0) for _ in range(3)]
    program = autograd.compile(f(*xs), xs, [w])
    with autograd.tracing():
        slopes = autograd.grad(loss(*xs), xs, create_graph=True)
    second = autograd.compile(slopes, xs, [w])
    rows = np.random.default_rng(0).normal(size=(11, 3))
    for n in (0, 1, 2, 11):
        found = program.jacobian(rows[:n])
        assert found.shape == (n, 6, 3)
        agree(found, [autograd.jacobian(f, row) for row in rows[:n].tolist()])
        agree(second.jacobian(rows[:n]), [autograd.hessian(loss, row) for row in rows[:n].tolist()])
    one = autograd.compile(loss(*xs), xs, [w])
    np.testing.assert_array_equal(one.jacobian(rows), one.input_grads(rows))
    one.show("jacobian", limit=0)


def test_a_choice_that_leaves_what_is_the_same_for_all_rows() -> None:
    """Folding may reduce a sum over the batch to a parameter: it is then the parameter times the number of rows."""
    for f in (
        lambda xs, ps: autograd.where(1.0, ps[0], xs[0]) * xs[0] + autograd.where(0.0, xs[0], ps[0]) ** 2,
        lambda xs, ps: autograd.where(1.0, ps[0], xs[0]),
        lambda xs, ps: autograd.sin(autograd.where(1.0, ps[0], xs[0])) * ps[0],
    ):
        same(f, [[1.0], [2.0], [4.0]], [Value(3.0)])


def test_what_compile_refuses() -> None:
    x, w, other = Value(2.0, label="x"), Value(3.0, label="w"), Value(4.0, label="other")
    y = x * w
    cases: list[tuple[Callable[[], Any], type[Exception], str]] = [
        (
            lambda: autograd.compile(y, [x], []),
            ValueError,
            "1 leaves .* neither inputs nor parameters, such as .*label='w'",
        ),
        (lambda: autograd.compile(y, [x], [w, other]), ValueError, "does not depend on parameter 1, .*'other'"),
        (lambda: autograd.compile(y, [x, other], [w]), ValueError, "does not depend on input 1, .*'other'"),
        (lambda: autograd.compile(w * w, [x], [w]), ValueError, "does not depend on input 0, .*'x'"),
        (lambda: autograd.compile(w * w * 3, [other, x], [w]), ValueError, "does not depend on input 0, .*'other'"),
        (lambda: autograd.compile(x * float(w), [x], [w]), ValueError, "does not depend on parameter 0"),
        (lambda: autograd.compile(y + 1, [x], [y]), ValueError, "parameter 0 is not a leaf but the result of mul"),
        (lambda: autograd.compile(y, [x, x], [w]), ValueError, "input 1 is also input 0"),
        (lambda: autograd.compile(y, [x], [w, x]), ValueError, "parameter 1 is also input 0"),
        (lambda: autograd.compile(y, [2.0], [w]), TypeError, "input 0 is a float: 2.0"),
        (lambda: autograd.compile(3.0, [x], [w]), TypeError, "not iterable"),
        (lambda: autograd.compile([], [x], [w]), ValueError, "the sequence of outputs is empty"),
        (lambda: autograd.compile([3.0], [x], [w]), TypeError, "output 0 is a float"),
        (lambda: autograd.compile(y, [x], [w], without=["magic"]), ValueError, "no pass is named 'magic'"),
        (lambda: autograd.compile([y, y], [x], [w]).backward([[1.0]]), ValueError, "this program has 2 outputs"),
        (lambda: autograd.compile([y, y], [x], [w]).input_grads([[1.0]]), ValueError, "this program has 2 outputs"),
        (
            lambda: autograd.compile(y, [x], [w]).show("magic"),
            ValueError,
            "'values', 'backward' and 'jacobian', got 'magic'",
        ),
    ]
    for wrong, kind, message in cases:
        with pytest.raises(kind, match=message):
            wrong()
    frozen = autograd.compile(y, [x], strict=False)
    w.data = 100.0
    assert frozen([[2.0]]).tolist() == [6.0]


@pytest.mark.parametrize("run", [Program.__call__, Program.backward, Program.input_grads, Program.step])
def test_rows(run: Any) -> None:
    x, w = Value(2.0), Value(3.0)
    program = autograd.compile(x * w, [x], [w])
    for right in (
        [[1], [2]],
        np.array([[1, 2]]).T,
        np.array([[1.0], [2.0]], dtype=np.float32),
        np.ones((2, 3))[:, ::3],
        [[True]],
    ):
        run(program, right)
    for wrong, kind, message in [
        ([1.0, 2.0], ValueError, r"rows must have the shape \(n, 1\).* got \(2,\)"),
        (np.ones((2, 2)), ValueError, r"got \(2, 2\)"),
        (np.ones((2, 1, 1)), ValueError, r"got \(2, 1, 1\)"),
        ([["1"]], TypeError, "rows must be real numbers that fit float64, got an array of <U1"),
        (np.ones((2, 1), dtype=complex), TypeError, "complex128"),
        (np.array([[Value(1.0)]]), TypeError, "object"),
    ]:
        with pytest.raises(kind, match=message):
            run(program, wrong)


def test_programs_pickle_and_are_deterministic() -> None:
    program = traced(network, 3, weights())
    rows = rows_of(200)
    twin = pickle.loads(pickle.dumps(program))
    assert twin.backward(rows) == program.backward(rows)
    assert [p.grad for p in twin.parameters] == [p.grad for p in program.parameters]
    assert pickle.dumps(pickle.loads(pickle.dumps(twin))) == pickle.dumps(
        pickle.loads(pickle.dumps(traced(network, 3, twin.parameters)))
    )
    assert program.same_as(twin)
    assert not program.same_as(traced(lambda xs, ps: xs[0], 3))


def test_the_listing(capsys: pytest.CaptureFixture[str]) -> None:
    program = traced(network, 3, weights())
    program.show(limit=5)
    shown = capsys.readouterr().out
    assert "%0 = input(0)" in shown
    assert "more" in shown
    lines = {line.split()[0]: line.split()[1:] for line in shown.splitlines() if line}
    counts = [int(lines[name][0]) for name in ("none", *Program.PASSES)]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] < counts[0] / 1.5
    assert int(lines["reuse"][1]) < int(lines["layers"][1])
    program.backward(rows_of(2))
    plan = program._machine("backward", one_row=False).plan
    columns = (plan.prologue, plan.body, plan.epilogue, plan.table)
    assert int(lines["reuse"][2]) == sum(len(memoryview(column).tobytes()) for column in columns)
    traced(network, 3, weights(), without=["share", "reuse"]).show("values", limit=1000)
    assert capsys.readouterr().out.count("left out") == 2
    assert "dot" in program.draw().source
    assert repr(program).startswith("Program(")


def test_a_neuron_is_one_instruction_and_its_flops_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """The sum of products starts at the bias, and is one `dot` with two flops for each product."""
    neurons: list[tuple[Function, int]] = [
        (lambda xs, ps: autograd.dot(ps[:3], xs) + ps[3], 6),
        (lambda xs, ps: autograd.tanh(autograd.dot(ps[:3], xs) + ps[3]), 7),
    ]
    for f, flops in neurons:
        program = traced(f, 3, weights()[:4])
        program.show("values")
        last = capsys.readouterr().out.splitlines()[-4].split()
        assert last[0] == "reuse" and last[4] == str(flops)
        source = program.draw("values").source
        assert source.count("label=dot") == 1
        assert not any(f"label={name} " in source for name in ("add", "mul", "fma"))


def test_a_sum_of_written_products_is_one_chain() -> None:
    """x0*w0 + x1*w1 + x2*w2: the first product, and one `dot` that adds the others to it."""
    program = traced(lambda xs, ps: ps[0] * xs[0] + ps[1] * xs[1] + ps[2] * xs[2], 3, weights()[:3])
    source = program.draw("values").source
    kinds = [line.split("label=")[1].split(" ")[0] for line in source.splitlines() if "label=" in line and '"' not in line]
    assert sorted(kinds) == ["dot", "mul"]


def test_the_drawing_shows_what_differs_between_examples() -> None:
    """y = tanh(w) * x: only w and its tanh are the same for all examples; an edge for each operand; y is drawn bold."""
    w = Value(0.5)
    source = traced(lambda xs, ps: autograd.tanh(ps[0]) * xs[0], 1, [w]).draw("values").source
    boxes = {line.split("label=")[1].split(" ")[0].strip('"'): line for line in source.splitlines() if "label=" in line}
    assert {name for name, line in boxes.items() if "style=rounded" in line} == {"input", "mul"}
    assert {name for name, line in boxes.items() if "style=filled" in line} == {"parameter", "tanh"}
    assert source.count(" -> ") == 3
    assert [line.split()[0] for line in source.splitlines() if "penwidth=2" in line] == [boxes["mul"].split()[0]]


def test_a_gradient_at_other_parameters() -> None:
    program = traced(network, 3, weights())
    rows, other = rows_of(7), [0.1 * i for i in range(10)]
    mean, grads, values = program.gradient(rows, other)
    assert values.shape == (7, 0)
    assert [p.grad for p in program.parameters] == [0.0] * 10
    for p, x in zip(program.parameters, other):
        p.data = x
    assert program.backward(rows) == mean
    agree([p.grad for p in program.parameters], grads)
    with pytest.raises(ValueError, match="there are none"):
        program.gradient(rows[:0], other)
    with pytest.raises(ValueError, match=r"must be 10 numbers, one for each, got shape \(3,\)"):
        program.gradient(rows, other[:3])


def test_outputs_that_are_the_same_for_all_examples() -> None:
    """Constants and functions of a parameter, some of them several times, beside one that differs, at any number of rows."""
    x, w = Value(1.0), Value(3.0)
    a = autograd.tanh(w)
    program = autograd.compile([a, x * w, Value(5.0), a, w, Value(5.0), a], [x], [w], strict=False)
    for n in (1, 2, 300):
        rows = np.arange(float(n)).reshape(n, 1)
        expected = [[a.data, i * 3.0, 5.0, a.data, 3.0, 5.0, a.data] for i in range(n)]
        assert program(rows).tolist() == expected


def test_a_row_that_needs_an_instruction_that_is_not_there() -> None:
    try:
        row = autograd.define(
            "odd",
            "x",
            lambda m, x: m.gamma(x) if hasattr(x, "op") and hasattr(x, "m") and x.m.lists else x,
            ("1", lambda m, x, y: 1.0),
        )
        with pytest.raises(AttributeError, match="no arithmetic has 'gamma'"):
            traced(lambda xs, ps: row(xs[0]), 1)([[1.0]])
    finally:
        TABLE.pop("odd", None)


def test_an_operation_added_at_run_time() -> None:
    try:
        row = autograd.define("cube", "x**3", lambda m, x: x * x * x, ("3 * x**2", lambda m, x, y: 3.0 * (x * x)))
        same(lambda xs, ps: row(xs[0]) * ps[0], [[1.0], [2.0]], [Value(3.0)])
        ramp = autograd.define("ramp", "x", lambda m, x: x, ("1", lambda m, x, y: m.where(x <= 0.0, x * x, x)))
        same(lambda xs, ps: autograd.grad(ramp(xs[0]), xs[0], create_graph=True), [[1.0]])
        twice = traced(lambda xs, ps: autograd.grad(ramp(xs[0]), xs[0], create_graph=True), 1)
        assert twice([[-3.0], [3.0]]).tolist() == [9.0, 3.0]
    finally:
        TABLE.pop("cube", None)
        TABLE.pop("ramp", None)


def test_the_package_names_what_it_has() -> None:
    assert autograd.program.Program is Program
    with pytest.raises(AttributeError, match="has no attribute 'Programme'"):
        _ = autograd.program.Programme


def test_numbers_of_many_values() -> None:
    values = [Value(1.0), Value(2.0)]
    autograd.set_data(values, np.array([3.0, 4.0]))
    autograd.set_grads(values, np.array([5.0, 6.0]))
    assert (list(autograd.data_of(values)), list(autograd.grads_of(values))) == ([3.0, 4.0], [5.0, 6.0])
    autograd.set_grads(values, 0.5)
    assert [value.grad for value in values] == [0.5, 0.5]
    for function in (autograd.set_data, autograd.set_grads):
        with pytest.raises(ValueError, match="2 Values cannot take 3 numbers"):
            function(values, np.zeros(3))


def test_a_tape_is_compact() -> None:
    program = traced(network, 3, weights())
    assert all(isinstance(column, array) for column in (program.tape.codes, program.tape.starts, program.tape.operands))


# Second derivatives


def smooth(xs: Sequence[Any], ps: Sequence[Any]) -> Any:
    return (
        autograd.relu(xs[0] * ps[0] + xs[1]) ** 2 + autograd.elu(xs[1] * ps[1]) * autograd.abs(xs[0]) + abs(ps[0]) ** xs[2]
    )


def test_a_hessian_as_a_program() -> None:
    rows = np.array([[0.5, -0.2, 1.5], [-0.5, -0.2, 2.5], [1.0, 2.0, 0.5], [-2.0, 0.3, 1.0]])
    ps = [Value(0.7), Value(-1.3)]

    def hessian(xs: Sequence[Any], ps: Sequence[Any]) -> list[Any]:
        slopes = autograd.grad(smooth(xs, ps), list(xs), create_graph=True)
        return [h for slope in slopes for h in autograd.grad(slope, list(xs), create_graph=True)]

    program = traced(hessian, 3, ps)
    for row, mine in zip(rows, program(rows)):
        expected = autograd.hessian(lambda *xs: smooth(xs, [p.data for p in ps]), row)
        np.testing.assert_allclose(mine.reshape(3, 3), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("row", TABLE.values(), ids=lambda row: row.name)
def test_the_gradient_of_a_gradient(row: Operation) -> None:
    """A loss that is itself a derivative, as in a gradient penalty: its program's gradient is the second derivative."""
    inside = [point[:4] for point in points(row, 6)] if not isinstance(row, Variadic) else points(row)[1:2]
    size = len(inside[0])

    def slope(xs: Sequence[Any], ps: Sequence[Any]) -> Any:
        return autograd.sum(autograd.grad(called(row)(xs, ps), list(xs), create_graph=True))

    mine = traced(slope, size).input_grads(inside)
    for k, point in enumerate(inside):
        xs = [Value(x) for x in point]
        y = autograd.sum(autograd.grad(called(row)(xs, ()), xs, create_graph=True))
        agree(mine[k], autograd.grad(y, xs) if isinstance(y, Value) else [0.0] * size, 10.0)


def test_products_in_either_order_are_computed_once() -> None:
    for f in (
        lambda xs, ps: xs[0] * xs[1] + xs[1] * xs[0],
        lambda xs, ps: (xs[0] + xs[1]) * (xs[1] + xs[0]),
        lambda xs, ps: xs[1] * xs[0] - xs[0] * xs[1],
    ):
        source = traced(f, 2, without=["multiply-add"]).draw("values").source
        kinds = [line.split("label=")[1].split(" ")[0] for line in source.splitlines() if "label=" in line]
        assert kinds.count("mul") == 1 and kinds.count("add") <= 1


def test_a_product_that_is_summed_over_the_batch_is_one_instruction() -> None:
    """The gradient of tanh(w * x) with respect to w is the sum of x times the derivative of tanh."""
    kinds = {}
    for without in ([], ["multiply-total"]):
        source = (
            traced(lambda xs, ps: autograd.tanh(ps[0] * xs[0]), 1, [Value(0.5)], without=without).draw("backward").source
        )
        found = [line.split("label=")[1].split(" ")[0] for line in source.splitlines() if "label=" in line]
        kinds[len(without)] = [found.count(name) for name in ("total_product", "total", "mul")]
    (fused, totals, products), (fused_without, totals_without, products_without) = kinds[0], kinds[1]
    assert (fused, fused_without) == (1, 0)
    assert (totals + 1, products + 1) == (totals_without, products_without)


def test_a_neutral_number_on_either_side_is_no_instruction() -> None:
    for f in (
        lambda xs, ps: 1.0 * xs[0],
        lambda xs, ps: xs[0] * 1.0,
        lambda xs, ps: xs[0] / 1.0,
        lambda xs, ps: xs[0] - 0.0,
    ):
        source = traced(f, 1).draw("values").source
        assert '"input 0"' in source
        assert not any(name in source for name in ("mul", "div", "sub"))


@pytest.mark.parametrize("n", [2, 3, 9, 40])
def test_neighbours_that_do_the_same_are_one_run(n: int) -> None:
    """A further parameter makes runs longer, not more: it has no instruction of its own."""
    ps = [Value(0.1 * i) for i in range(n)]
    program = traced(lambda xs, ps: autograd.sum(p * p for p in ps) * xs[0], 1, ps)
    program.backward([[2.0]])
    assert [p.grad for p in ps] == pytest.approx([2.0 * 2.0 * p.data for p in ps])
    plan = program._machine("backward", one_row=False).plan
    assert len(list(decode(plan.body, runs=False))) == 5
    assert [name for _, name, _, _ in decode(plan.prologue, runs=True)] in (["dot", "div"], ["matmul", "div"])
    assert [(length, name) for length, name, _, _ in decode(plan.epilogue, runs=True)] == [
        (n, "mul"),
        (1, "div"),
        (n, "add"),
    ]


def test_products_with_one_factor_are_one_run_in_any_order() -> None:
    w, xs = Value(2.0), [Value(0.1 * k) for k in range(6)]
    scrambled = [xs[k] for k in (3, 0, 5, 1, 4, 2)]
    program = autograd.compile([autograd.exp(w * x) for x in scrambled], inputs=xs, parameters=[w])
    assert program([[1.0] * 6]).shape == (1, 6)
    plan = program._machine("values", True).plan
    assert [(n, name) for n, name, *_ in decode(plan.prologue, True)] == [(6, "mul"), (6, "exp")]


def test_one_row_depends_on_no_batch() -> None:
    """Its program has no sums over the batch: each layer is one instruction, and so are its weights' gradients by rows."""
    parameters = [Value(0.1 * i - 1) for i in range(5 * 4)]

    def layer(xs: Sequence[Any], ps: Sequence[Any]) -> Any:
        return autograd.sum(autograd.tanh(autograd.dot(ps[5 * i : 5 * i + 4], xs) + ps[5 * i + 4]) for i in range(4))

    same(layer, [[0.5, -1.0, 2.0, 0.25]], parameters)
    program = traced(layer, 4, parameters)
    program.backward([[0.5, -1.0, 2.0, 0.25]])
    assert list(program._machines) == [("backward", True)]
    plan = program._machines["backward", True].plan
    assert (plan.n_totals, len(plan.body), len(plan.epilogue)) == (0, 0, 0)
    found = [(name, length) for length, name, _, at in decode(plan.prologue, runs=True)]
    assert found.count(("matmul", 1)) == 1
    assert ("tanh", 4) in found
    assert ("dot", 1) not in found


def dense(xs: Sequence[Any], ps: Sequence[Any]) -> Any:
    """A network of 3 inputs, 4 tanh neurons, 5 relu neurons and one output; each neuron has its weights, then its bias."""
    for n, activation in ((4, autograd.tanh), (5, autograd.relu), (1, lambda x: x)):
        size, ps, used = len(xs) + 1, ps[n * (len(xs) + 1) :], ps
        xs = [
            activation(autograd.dot(used[size * i : size * (i + 1) - 1], xs) + used[size * (i + 1) - 1]) for i in range(n)
        ]
    return xs[0] ** 2


@pytest.mark.parametrize("n", [1, 2, 3, 8, 9, 31, 130])
def test_the_layers_of_a_network_are_found(n: int, capsys: pytest.CaptureFixture[str]) -> None:
    parameters = [Value(math.sin(i)) for i in range(4 * 4 + 5 * 5 + 6)]
    same(dense, np.random.default_rng(n).normal(size=(n, 3)), parameters)
    program = traced(dense, 3, parameters)
    program.show("backward", limit=0)
    shown = capsys.readouterr().out.splitlines()
    (at,) = [k for k, line in enumerate(shown) if line.startswith("found for one row: ")]
    assert "matmul 4x3" in " ".join(shown[at + 1 :])
    assert all(len(line) <= 80 for line in shown[at:])
    program.show("values", limit=0)
    assert "matmul 4x3, tanh of 4, matmul 5x4, lt of 5, where of 5, " in capsys.readouterr().out.replace("\n ", "")
    source = program.draw("values", layers=True).source
    assert [name for name in ("matmul 4x3", "tanh of 4", "matmul 5x4") if f'label="{name}"' in source] == [
        "matmul 4x3",
        "tanh of 4",
        "matmul 5x4",
    ]
    assert "0 -> 1" in source
    plan = program._machine("backward", one_row=False).plan
    found = [
        (name, len(at[0]), len(at[2])) for _, name, _, at in decode(plan.body, runs=False) if name in ("matmul", "outer")
    ]
    assert {("matmul", 4, 4), ("matmul", 5, 5), ("outer", 4, 3), ("outer", 5, 4)} <= {*found}


def test_neurons_whose_bias_stands_among_their_weights() -> None:
    """The products with the last input are rows of one: their targets are not in line with the others'."""

    def neurons(xs: Any, ps: Any) -> Any:
        return sum(autograd.tanh(ps[k] * xs[0] + ps[k + 1] * xs[1] + ps[k + 2] + ps[k + 3] * xs[2]) for k in (0, 4))

    same(neurons, np.random.default_rng(0).normal(size=(9, 3)), [Value(math.sin(i)) for i in range(8)])


def test_the_middle_of_many_steps_is_left_out(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    program = traced(dense, 3, [Value(math.sin(i)) for i in range(4 * 4 + 5 * 5 + 6)])

    def steps(shown: int) -> list[str]:
        monkeypatch.setattr(listing, "SHOWN", shown)
        program.show("backward", limit=0)
        return " ".join(capsys.readouterr().out.partition(" steps\n")[2].split()).split(", ")

    whole = steps(shown=100)
    assert steps(shown=3) == [*whole[:3], f"({len(whole) - 6} more)", *whole[-3:]]


def test_a_layer_waits_for_what_its_neurons_start_from() -> None:
    """The bias of the second neuron is computed from an input, after the first neuron; weights out of order are no matrix."""

    def f(xs: Sequence[Any], ps: Sequence[Any]) -> Any:
        first = autograd.dot(ps[:2], xs) + autograd.sin(xs[0])
        second = autograd.dot(ps[2:4], xs) + autograd.cos(xs[1])
        third = autograd.dot([ps[5], ps[0]], xs) + autograd.cos(xs[1])
        return first * second * third

    parameters = [Value(0.5 + i) for i in range(6)]
    for n in (1, 40):
        same(f, np.random.default_rng(n).normal(size=(n, 2)), parameters)
    names = [name for _, name, _, _ in decode(traced(f, 2, parameters)._machine("values", False).plan.body, runs=False)]
    assert names.count("matmul") == 1


def test_gradients_of_weights_are_computed_while_their_factors_are_at_hand() -> None:
    """Fewer registers are needed than if they were all left to the end: 81, not 99."""
    model, (a, b, label) = nn.MLP(2, [16, 16, 1], seed=0), (Value(0.5), Value(-0.5), Value(1.0))
    program = autograd.compile((1 - label * model([a, b])).relu(), [a, b, label], model.parameters())
    assert program._machine("backward", False).plan.registers < 90


IRREGULAR: dict[str, tuple[Function, int]] = {  # dots over the same second factors, and how many are products of matrices
    "factors that differ between rows": (
        lambda xs, ps: autograd.dot(xs[:2], xs[2:]) * autograd.dot([xs[1], xs[0]], xs[2:]),
        0,
    ),
    "rows of weights at different distances": (
        lambda xs, ps: autograd.sum(autograd.dot(ps[i : i + 4], xs) ** 2 for i in (0, 4, 9, 14)),
        2,
    ),
    "one that starts from another": (
        lambda xs, ps: autograd.dot(ps[4:8], xs) + autograd.tanh(autograd.dot(ps[:4], xs)),
        0,
    ),
    "different starts": (lambda xs, ps: (autograd.dot(ps[4:8], xs) + xs[0] ** 3) * (autograd.dot(ps[:4], xs) + ps[9]), 0),
}


@pytest.mark.parametrize("n", [1, 40])
@pytest.mark.parametrize("name", IRREGULAR)
def test_dots_that_are_no_layer(name: str, n: int) -> None:
    f, products = IRREGULAR[name]
    parameters = [Value(math.cos(i)) for i in range(18)]
    same(f, np.random.default_rng(n).normal(size=(n, 4)), parameters)
    body = traced(f, 4, parameters)._machine("values", one_row=False).plan.body
    assert [name for _, name, _, _ in decode(body, runs=False)].count("matmul") == products


def test_a_power_of_0_is_a_constant() -> None:
    x = Value(3.0)
    (slope,) = autograd.grad(x**2, [x], create_graph=True)
    (curvature,) = autograd.grad(slope, [x], create_graph=True)
    program = autograd.compile(curvature, [x], strict=False)
    assert "pow" not in {name for name, _ in program.compiled("values", one_row=False)}
    assert program([[math.nan], [0.0], [2.0]]).tolist() == [2.0, 2.0, 2.0]


def test_outputs_into_an_array() -> None:
    program = traced(lambda xs, ps: [xs[0], Value(3.0), xs[0] * xs[1]], 2, [])
    for n in (1, 5, 200):
        rows = np.random.default_rng(n).normal(size=(n, 2))
        expected = np.column_stack([rows[:, 0], np.full(n, 3.0), rows[:, 0] * rows[:, 1]])
        for out in (np.empty((n, 3)), np.empty((n, 3), order="F"), np.empty((n, 3), dtype=np.float32)):
            assert program(rows, out=out) is out
            assert out == pytest.approx(expected, rel=1e-6)
        with pytest.raises(ValueError, match=r"out must have the shape of the outputs, \(\d+, 3\), got \(2, 2\)"):
            program(rows, out=np.empty((2, 2)))
    one = traced(lambda xs, ps: xs[0] * xs[1], 2, [])
    single = np.empty(5)
    assert one(np.ones((5, 2)), out=single) is single
    assert single.tolist() == [1.0] * 5


@pytest.mark.parametrize("n", [1, 2, 5000])
def test_a_product_and_a_sum_in_one_instruction(n: int) -> None:
    def f(xs: Sequence[Any], ps: Sequence[Any]) -> Any:
        return xs[0] * xs[1] + xs[2]

    program = traced(f, 3)
    assert "label=fma" in traced(f, 3, without=["chain"]).draw("values").source
    rows = np.random.default_rng(n).normal(size=(n, 3))
    for values in (program(rows), traced(f, 3, without=["chain"])(rows)):
        assert values == pytest.approx(rows[:, 0] * rows[:, 1] + rows[:, 2], rel=1e-14, abs=1e-15)


def test_a_pass_that_is_left_out_is_listed_with_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    traced(network, 3, weights(), without=["fold"]).show("values", limit=0)
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.strip()]
    table = ["pass", "none", *Program.PASSES, "reuse"]
    assert names[names.index("pass") :][: len(table)] == table


def test_the_flops_of_a_multiply_add(capsys: pytest.CaptureFixture[str]) -> None:
    traced(lambda xs, ps: xs[0] * xs[1] + xs[2], 3, without=["chain"]).show("values")
    assert capsys.readouterr().out.splitlines()[-4].split()[4] == "2"
