"""Every operation and its first three derivatives are within 1e-12 at difficult numbers; `python -m tests.accuracy` uses all points."""

import math
from typing import Any

import pytest

import autograd
from autograd import Value, compile, grad, tracing
from autograd.operations import TABLE, Operation
from tests import accuracy, jets
from tests.accuracy import BOUND, call, eager, errors, points, program, truths

SHARE = 12  # one in this many points is tested here


@pytest.mark.parametrize("way", [eager, program])
@pytest.mark.parametrize("row", TABLE.values(), ids=lambda row: row.name)
def test_value_and_three_derivatives(row: Operation, way: Any) -> None:
    every = points(row)[::SHARE]
    judged = 0
    for _, error, *case in errors(row, every, truths(row, every), way(row, every)):
        judged += 1
        assert error <= BOUND, (error, case)
    assert judged > 10 or row.name == "stop_gradient"


def test_the_textbook_formulas_are_refused() -> None:
    """Check the checker: naive textbook formulas are out of bounds, at the expected points."""
    textbook: list[tuple[str, float, Any]] = [
        ("tanh", 20.0, lambda m, x, y: 1.0 - y * y),
        ("sigmoid", 20.0, lambda m, x, y: y * (1.0 - y)),
        ("atan", 1e100, lambda m, x, y: m.div(1.0, 1.0 + x * x)),
        ("asin", 1e-17, lambda m, x, y: m.div(1.0, m.sqrt((1.0 - x) * (1.0 + x)))),
    ]
    for name, hurt, partial in textbook:
        row = TABLE[name]
        try:
            wrong = Operation("wrong", row.formula, row.definition, (row.rules[0], partial))
            every = [[0.3], [20.0], [1e-17], [1e100]]
            found = list(errors(wrong, every, truths(wrong, every), eager(wrong, every)))
            assert [hurt] in [case[2] for case in found if case[1] > BOUND]
            assert all(case[1] <= BOUND for case in found if case[2] == [0.3])
        finally:
            TABLE.pop("wrong", None)


def test_jets_are_derivatives() -> None:
    """Check the oracle against mpmath's differences, at a point inside each operation's domain."""
    from tests import oracle

    for row in TABLE.values():
        point = oracle.points(row, 1)[0][:4]
        exact, corner = jets.derivatives(row, point)
        assert not corner or row.arity > 1
        assert oracle.close(float(exact[(0,) * len(point)]), oracle.value(row)(*map(oracle.mpmath.mpf, point)))
        for i in range(len(point)):
            for order in (1, 2, 3):
                exponents = tuple(order * (k == i) for k in range(len(point)))
                assert oracle.close(float(exact[exponents]), oracle.derivative(row, point, i, order), 1e-9, 1e-12), (
                    row,
                    i,
                    order,
                )


def test_the_table_is_printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["accuracy", "neg"])
    assert accuracy.main() == 0
    assert "neg               212    848  0.0e+00" in capsys.readouterr().out


# Programs of derivatives: numbers where both branches of a choice are kept, and one of them overflows or is nan


def program_of(f: Any, *leaves: Value, **options: Any) -> Any:
    with tracing(leaves):
        result = f(*leaves)
    return compile(result, inputs=list(leaves), **options)


@pytest.mark.parametrize(
    ("f", "order", "x", "expected"),
    [
        (lambda x: 1.0 + 2.0 * x**1 + 3.0 * x**2 + 4.0 * x**3 + x**0, 2, 0.0, 6.0),
        (lambda x: 1.0 + 2.0 * x**1 + 3.0 * x**2 + 4.0 * x**3 + x**0, 3, 0.0, 24.0),
        (autograd.elu, 2, 800.0, 0.0),
        (autograd.selu, 2, 800.0, 0.0),
        (autograd.elu, 2, 0.0, 0.0),  # PyTorch's, where elu has a corner in its second derivative
        (autograd.selu, 2, 0.0, 0.0),
        (autograd.softplus, 2, -750.0, 0.0),
        (autograd.logsigmoid, 2, 750.0, -0.0),
        (autograd.silu, 2, 760.0, -0.0),
        (autograd.silu, 2, -760.0, -0.0),
        (lambda x: autograd.softplus(-900.0 * x), 2, 1.0, 0.0),
    ],
)
def test_no_nan_from_a_branch_not_taken(f: Any, order: int, x: float, expected: float) -> None:
    def derivative(x: Value) -> Any:
        y = f(x)
        for _ in range(order):
            y = grad(y, x, create_graph=True)
        return y

    assert derivative(Value(x)).data == expected
    for recorded_at in (0.5, -0.5, x):
        assert program_of(derivative, Value(recorded_at))([[x], [0.5]])[0] == expected
        loss = program_of(lambda x: grad(f(x), x, create_graph=True), Value(recorded_at)) if order == 2 else None
        assert loss is None or loss.input_grads([[x], [0.5]])[0] == expected


@pytest.mark.parametrize(
    "f", [lambda x: x**2 * autograd.sin(x), lambda x: 3.0 * x, lambda x: x + 1.0, lambda x: 5.0 * x + x]
)
def test_a_derivative_compiles_without_leaves_of_its_own(f: Any) -> None:
    x = Value(1.5)
    slope = grad(f(x), x, create_graph=True)
    assert slope.op
    assert compile(slope * x, inputs=[x])([[1.5]])[0] == pytest.approx(slope.data * 1.5, rel=1e-15)


def test_the_mixed_derivative_of_a_power_at_exponent_0() -> None:
    """PyTorch has 0 here; the truth is d/dx log(x) * x**y = 1 / x."""
    hessian = autograd.hessian(lambda x, y: x**y, [2.5, 0.0])
    assert hessian.tolist() == [[0.0, 0.4], [0.4, pytest.approx(math.log(2.5) ** 2, rel=1e-15)]]


def test_the_hessian_of_a_separated_logistic_regression() -> None:
    def loss(*w: Value) -> Any:
        rows = [(1.0, 2.0, 1.0), (1.0, -1.5, 0.0)]
        return autograd.sum(autograd.softplus((1 - 2 * t) * autograd.dot(w, (a, b))) for a, b, t in rows)

    for scale in (1.0, 40.0, 1e3, 1e5):
        hessian = autograd.hessian(loss, [0.0, scale])
        assert not any(math.isnan(h) for h in hessian.ravel())
        assert hessian[1][1] >= 0.0
    exact = [(4.0, 80.0), (2.25, 60.0)]  # b**2 * exp(-margin), for margins this large
    assert autograd.hessian(loss, [0.0, 40.0])[1][1] == pytest.approx(sum(b * math.exp(-m) for b, m in exact), rel=1e-12)


NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("name", "point", "expected"),
    [
        ("atan2", [0.0, 0.0], [0.0, 0.0]),
        ("maximum", [NAN, 1.0], [1.0, 1.0]),
        ("maximum", [1.0, NAN], [1.0, 1.0]),
        ("minimum", [NAN, 1.0], [1.0, 1.0]),
        ("minimum", [1.0, NAN], [1.0, 1.0]),
        ("amax", [NAN, 1.0], [NAN, NAN]),
        ("amin", [1.0, NAN], [NAN, NAN]),
        ("relu", [NAN], [1.0]),
        ("clip", [NAN, -1.0, 1.0], [0.0, 0.0, 0.0]),
        ("elu", [NAN, 1.0], [1.0]),
        ("selu", [NAN], [1.0507009873554805]),
        ("leaky_relu", [NAN, 0.01], [0.01]),
        ("pow", [0.0, NAN], [NAN, NAN]),
        ("pow", [NAN, 0.0], [0.0, NAN]),
        ("logsumexp", [-INF, -INF], [NAN, NAN]),
        ("logsumexp", [INF, 0.0], [NAN, 0.0]),
        ("logsumexp", [-INF, 0.0], [0.0, 1.0]),
        ("logaddexp", [INF, INF], [NAN, NAN]),
        ("logaddexp", [1.0, -INF], [1.0, 0.0]),
    ],
)
def test_nan_and_ties_as_measured_with_pytorch(name: str, point: list[float], expected: list[float]) -> None:
    """Compare with gradients of PyTorch 2.13 in float64, for the operands that it differentiates."""
    xs = [Value(x) for x in point]
    call(TABLE[name], xs).backward()
    for x, g in zip(xs, expected):
        assert x.grad == g or (math.isnan(x.grad) and math.isnan(g)), (x, g)


def test_elu_has_no_second_derivative_at_0_as_in_pytorch() -> None:
    for f in (autograd.elu, autograd.selu):
        x = Value(0.0)
        assert grad(grad(f(x), x, create_graph=True), x) == 0.0
