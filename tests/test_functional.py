"""grad, value_and_grad, jacobian, hessian, hvp and gradcheck."""

import copy
import math
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import GradcheckError, Value, grad, gradcheck, hessian, hvp, jacobian, value_and_grad
from autograd.graph import topological_order


def rosenbrock(x: Any, y: Any) -> Any:
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def test_grad_touches_no_gradient_and_follows_the_shape_of_inputs() -> None:
    x, y = Value(2.0), Value(3.0)
    z = x * x * y
    assert grad(z, x) == 12.0
    assert grad(z, [x, y]) == (12.0, 4.0)
    assert grad(z, (y,)) == (4.0,)
    assert (x.grad, y.grad, z.grad) == (0.0, 0.0, 0.0)


def test_grad_is_what_backward_adds_and_leaves_that_alone() -> None:
    """On operations on one, two and many operands, some of them not asked for; inputs may repeat."""
    a, b, c, d = (Value(x) for x in (0.5, -1.5, 2.0, 3.0))
    inner = (a * b).tanh()
    loss = autograd.dot([a, inner, c], [d, inner, 2.0]) - inner.exp() * c + d * d
    loss.backward()
    nodes = [a, b, c, d, *topological_order(loss)]
    before = [node.grad for node in nodes]
    for inputs in ([a, b, c, d], [inner, a, inner, a], [d], [inner], [loss, b], []):
        assert grad(loss, inputs) == tuple(x.grad for x in inputs)
        assert [node.grad for node in nodes] == before
    assert grad(inner, [c, a * b, loss]) == (0.0, 0.0, 0.0)
    assert grad(a, [a, b, loss, a]) == (1.0, 0.0, 0.0, 1.0)
    assert grad(a, [copy.deepcopy(loss)]) == (0.0,), "which no walk has met, and which has a gradient"


def test_grad_with_respect_to_interior_nodes_itself_and_strangers() -> None:
    x = Value(2.0)
    square = x * x
    z = square * 3
    assert grad(z, [square, z, Value(1.0)]) == (3.0, 1.0, 0.0)
    assert [g.data for g in grad(z, [x, Value(1.0)], create_graph=True)] == [12.0, 0.0]


def test_derivatives_of_tanh_to_third_order() -> None:
    x = Value(2.0)
    y: Any = autograd.tanh(x)
    for expected in (0.07065082485316443, -0.13621868742711296, 0.25265406509806265):
        y = grad(y, x, create_graph=True)
        assert y.data == pytest.approx(expected, rel=1e-12)


def test_a_gradient_of_a_gradient_by_backward() -> None:
    x = Value(3.0)
    slope = grad(x**3, x, create_graph=True)
    slope.backward()
    assert x.grad == 18.0


def test_the_branch_not_taken_has_no_part() -> None:
    x = Value(-1.0)
    slope = grad(autograd.elu(x), x, create_graph=True)
    assert grad(slope, x) == pytest.approx(math.exp(-1.0), rel=1e-15)


def test_data_changed_since_recording_is_refused() -> None:
    x = Value(2.0, label="x")
    y = x * x
    x.data = 3.0
    assert grad(y, x) == 4.0
    with pytest.raises(RuntimeError, match=r"cannot differentiate mul again: its data has changed.*label='x'"):
        grad(y, x, create_graph=True)


def test_grad_takes_values() -> None:
    with pytest.raises(TypeError, match="grad takes Values"):
        grad(Value(1.0), [2.0])  # type: ignore[list-item]


def test_value_and_grad() -> None:
    value, slopes = value_and_grad(rosenbrock)(-1.2, 1.0)
    assert [value, *slopes] == pytest.approx([24.2, -215.6, -88.0], rel=1e-12)
    assert value_and_grad(lambda x: 5.0)(1.0) == (5.0, (0.0,))


def test_jacobian_shapes() -> None:
    polar = jacobian(lambda r, t: [r * t.cos(), r * t.sin()], [2.0, 0.5])
    expected = [[math.cos(0.5), -2 * math.sin(0.5)], [math.sin(0.5), 2 * math.cos(0.5)]]
    np.testing.assert_allclose(polar, expected, rtol=1e-14)
    assert jacobian(lambda x, y: x * y, [2.0, 3.0]).tolist() == [3.0, 2.0]
    assert jacobian(lambda x: np.array([x, 2 * x]), [1.0]).tolist() == [[1.0], [2.0]]


def test_hessian_and_hvp() -> None:
    expected = np.array([[1330.0, 480.0], [480.0, 200.0]])
    np.testing.assert_allclose(hessian(rosenbrock, [-1.2, 1.0]), expected, rtol=1e-12)
    value, product = hvp(rosenbrock, [-1.2, 1.0], [2.0, -1.0])
    assert value == pytest.approx(24.2, rel=1e-12)
    np.testing.assert_allclose(product, expected @ [2.0, -1.0], rtol=1e-12)
    with pytest.raises(ValueError, match="got 1 and 2 numbers"):
        hvp(rosenbrock, [-1.2, 1.0], [1.0])


def test_a_constant_derivative_is_a_fresh_value() -> None:
    x = Value(2.0)
    d = grad(3.0 * x, x, create_graph=True)
    assert (d.data, d.grad, d.label, d.inputs) == (3.0, 0.0, "", ())
    (d * x).backward()
    assert (d.grad, x.grad) == (2.0, 3.0)


def test_gradcheck_shows_both_numbers_and_where() -> None:
    def flawed(x: Value, y: Value) -> list[Value]:
        return [x * y, y * y.detach()]

    with pytest.raises(
        GradcheckError, match=r"output 1 with respect to input 1 \(at 3.0\) is 3.0 by back.* but (6.0|5.9)"
    ) as error:
        gradcheck(flawed, [2.0, 3.0])
    assert "differ by 3, more than" in str(error.value)
    assert not gradcheck(flawed, [2.0, 3.0], raise_exception=False)


def test_gradcheck_at_kinks() -> None:
    assert not gradcheck(autograd.relu, [0.0], raise_exception=False)
    assert gradcheck(abs, [0.0])


def test_gradcheck_needs_inputs() -> None:
    with pytest.raises(ValueError, match="at least one input"):
        gradcheck(lambda: Value(1.0), [])
