"""no_grad and detect_anomaly: they are per thread, nest, and end when an exception leaves the block."""

import inspect
import math
import threading
from collections.abc import Callable
from typing import Any

import pytest

import autograd
from autograd import AnomalyError, Value, detect_anomaly, dot, no_grad
from autograd import sum as total
from autograd.modes import is_detecting_anomaly, is_recording
from autograd.scope import switch
from nn import MLP


@pytest.fixture(autouse=True)
def _modes_end() -> Any:
    yield
    assert is_recording()
    assert not is_detecting_anomaly()
    assert switch.on == 0


@pytest.mark.parametrize(
    "operation",
    [lambda x: x * x, lambda x: x + x, lambda x: x - 1, autograd.exp, lambda x: x.clip(0, 1), lambda x: dot([x], [x])],
)
def test_no_grad_gives_leaves_with_the_same_data(operation: Callable[[Any], Any]) -> None:
    x = Value(0.5)
    recorded = operation(x)
    with no_grad():
        leaf = operation(x)
    assert (leaf.data, leaf.inputs, leaf.op) == (recorded.data, (), "")


def test_no_grad_nests_and_survives_exceptions() -> None:
    x = Value(1.0)
    with no_grad():
        with pytest.raises(ZeroDivisionError), no_grad():
            1 / 0  # noqa: B018  the exception is the point
        assert (x * x).inputs == ()
    assert (x * x).inputs == (x, x)


def test_no_grad_decorates() -> None:
    @no_grad()
    def square(x: Value) -> Value:
        return x * x

    x = Value(2.0)
    assert square(x).inputs == square(x).inputs == ()
    assert (x * x).inputs == (x, x)


def test_no_grad_is_of_its_thread() -> None:
    x = Value(2.0)
    seen: list[tuple[Value, ...]] = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append((x * x).inputs))
        thread.start()
        thread.join()
    assert seen == [(x, x)]


def line() -> int:
    frame = inspect.currentframe()
    assert frame
    assert frame.f_back
    return frame.f_back.f_lineno


@pytest.mark.parametrize(
    ("operation", "names"),
    [
        (lambda x: x.log(), r"log\(Value\(data=0.0, grad=0.0, label='rate'\)\) gave -inf"),
        (lambda x: 1 / x, r"div\(1.0, Value\(data=0.0.*\)\) gave inf"),
        (lambda x: autograd.sum([x, math.inf]), r"sum\(Value\(data=0.0.*, inf\) gave inf"),
        (lambda x: autograd.where(x, x, math.nan), r"where\(.*nan\) gave nan"),
    ],
)
def test_the_first_value_that_is_not_finite(operation: Callable[[Value], Value], names: str) -> None:
    x = Value(0.0, label="rate")
    with detect_anomaly():
        with pytest.raises(AnomalyError, match=names) as error:
            operation(x)
        assert f"recorded at {__file__}, line" in str(error.value)


def test_a_gradient_that_is_not_finite_names_the_line_that_recorded_it() -> None:
    x = Value(0.0, label="x")
    with detect_anomaly():
        root, here = x.sqrt(), line()
        root.label = "root"
        with pytest.raises(AnomalyError) as error:
            (root * 2).backward()
    message = str(error.value)
    for part in ("sqrt(", "(label 'root')", "gave inf", "upstream 2.0", "local derivative inf", f"{__file__}, line {here}"):
        assert part in message


def test_a_gradient_overflows_where_its_factors_do_not() -> None:
    """An input gets upstream times local derivative, so 1e200 * 1e200 overflows, and 0 is a valid gradient."""
    x = Value(1e-300, label="x")
    with detect_anomaly():
        with pytest.raises(AnomalyError, match=r"gave inf to .*'x'.*upstream 1e\+200 times local derivative 1e\+200"):
            (x * 1e200 * 1e200).backward()
        nothing = Value(2.0)
        (nothing.exp() * 0.0).backward()
    assert nothing.grad == 0.0


@pytest.mark.parametrize("worst", [math.inf, math.nan, 1.5e308])
def test_of_many_operands_the_worst_is_named(worst: float) -> None:
    xs = [1e308, *map(float, range(-4, 4)), Value(worst, label="worst")]
    with detect_anomaly(), pytest.raises(AnomalyError) as error:
        total(xs)
    assert str(error.value).startswith(f"sum(10 operands, the largest {xs[-1]!r}) gave ")


def test_a_graph_recorded_before() -> None:
    y = Value(0.0).sqrt()
    with detect_anomaly(), pytest.raises(AnomalyError, match="an unknown line: it ran before"):
        y.backward()


def test_the_line_is_the_users_not_the_librarys() -> None:
    model = MLP(1, [1])
    here = line() + 2
    with detect_anomaly(), pytest.raises(AnomalyError) as error:
        model([math.inf])
    assert f"{__file__}, line {here}" in str(error.value)


def test_finite_graphs_pass() -> None:
    x = Value(2.0)
    with detect_anomaly():
        y = (x * x).tanh()
        y.backward()
    assert x.grad == pytest.approx(4.0 / math.cosh(4.0) ** 2, rel=1e-14)


def test_an_anomaly_of_many_operands_in_a_function_that_is_differentiated() -> None:
    """The message lists numbers without raising an error about lost gradients."""
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"sum\(8 operands, the largest Value\(data=1e\+308"):
        autograd.value_and_grad(lambda *xs: autograd.sum(xs))(*[1e308] * 8)


def test_without_detect_anomaly_infinities_are_numbers_like_others() -> None:
    """Also in a block of another mode, where every operation asks which modes are on."""
    x = Value(0.0)
    y = x.sqrt()
    with no_grad():
        y.backward()
    assert x.grad == math.inf


@pytest.mark.parametrize("mode", [no_grad, detect_anomaly])
def test_a_mode_decorates_without_parentheses_too(mode: Any) -> None:
    @mode  # type: ignore[untyped-decorator,unused-ignore]
    def square(x: Value) -> Value:
        """The square."""
        assert is_recording() == (mode is not no_grad) and is_detecting_anomaly() == (mode is detect_anomaly)
        return x * x

    assert square(Value(3.0)).data == 9.0
    assert square.__doc__ == "The square."
    assert is_recording() and not is_detecting_anomaly()


def test_on_run_registers_with_the_innermost_trace() -> None:
    x, y = Value(1.0), Value(2.0)
    with autograd.tracing([x]) as outer, autograd.tracing([y]) as inner:
        autograd.on_run(print, y * 2.0)
    assert outer.watched == []
    assert [(callback, [v.data for v in values]) for callback, values in inner.watched] == [(print, [4.0])]


def test_an_anomaly_lists_up_to_six_operands() -> None:
    for n in (6, 7):
        with detect_anomaly(), pytest.raises(AnomalyError) as error:
            total([Value(float(i)) for i in range(n - 1)] + [Value(math.inf)])
        assert str(error.value).count("Value(data=") == (6 if n == 6 else 1)
        assert ("7 operands, the largest Value(data=inf" in str(error.value)) == (n == 7)
