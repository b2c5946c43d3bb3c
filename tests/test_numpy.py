"""NumPy's functions on Values and on arrays of Values, compared with the operations, data and gradients."""

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value, amax, amin

X = [1.5, -2.5, 0.5, 0.25]
NASTY = [0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 1.0, 3.0, 1e17, math.inf, -math.inf]


def array(*xs: Any) -> Any:
    return np.array(xs, dtype=object)


def outcome(function: Callable[..., Any], *operands: Any) -> tuple[list[str], list[str]]:
    """Return the elements of function(*operands), and the exact gradients of their sum with respect to Values."""
    leaves = [x for operand in operands for x in np.asarray(operand, dtype=object).flat if isinstance(x, Value)]
    elements = list(np.asarray(function(*operands), dtype=object).flat)
    assert all(type(x) is Value for x in elements), "no plain number among Values"
    for x in leaves:
        x.grad = 0.0
    for x in elements:
        x.backward()
    return [repr(x.data) for x in elements], [repr(x.grad) for x in leaves]


def by_element(function: Callable[..., Any], *operands: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.frompyfunc(function, len(operands), 1)(*[np.asarray(x, dtype=object) for x in operands])


def of_the_table(function: Callable[..., Any], *operands: Any) -> tuple[list[str], list[str]]:
    return outcome(lambda *xs: by_element(function, *xs), *operands)


def constant(numbers: Callable[[float], float]) -> Callable[[Any], Any]:
    """Make a function that gives these numbers, with gradient 0."""
    return lambda x: autograd.where(True, numbers(x.data), x)


def first_of(is_better: Callable[[float, float], bool]) -> Callable[..., Any]:
    def choice(x: Any, y: Any) -> Any:
        a, b = (number.data if isinstance(number, Value) else number for number in (x, y))
        return autograd.where(is_better(a, b) or math.isnan(b), x, y)

    return choice


# NumPy's function and the equivalent operation. The first group are also methods or operators of the elements.
OF_ELEMENTS: dict[Any, Callable[..., Any]] = {
    np.abs: autograd.abs, np.exp: autograd.exp, np.expm1: autograd.expm1, np.sin: autograd.sin, np.cos: autograd.cos,
    np.tan: autograd.tan, np.arctan: autograd.atan, np.sinh: autograd.sinh, np.cosh: autograd.cosh,
    np.tanh: autograd.tanh, np.negative: autograd.neg, np.square: lambda x: x * x, np.conjugate: lambda x: x * 1.0,
    np.rint: constant(lambda x: round(x, 0)), np.round: constant(lambda x: round(x, 0)),
}  # fmt: skip
OF_VALUES: dict[Any, Callable[..., Any]] = {
    np.floor: autograd.floor, np.sign: autograd.sign, np.ceil: constant(lambda x: float(np.ceil(x))),
    np.trunc: constant(lambda x: float(np.trunc(x))),
}  # fmt: skip
OF_TWO: dict[Any, Callable[..., Any]] = {
    np.add: autograd.add, np.subtract: autograd.sub, np.multiply: autograd.mul, np.divide: autograd.div,
    np.power: autograd.pow, np.hypot: autograd.hypot, np.arctan2: autograd.atan2, np.maximum: autograd.maximum,
    np.minimum: autograd.minimum, np.fmax: first_of(lambda a, b: a >= b), np.fmin: first_of(lambda a, b: a <= b),
}  # fmt: skip


def name_of(case: Any) -> str:
    return str(getattr(case, "__name__", case))


@pytest.mark.filterwarnings("ignore:.* encountered in:RuntimeWarning")
@pytest.mark.parametrize("function", [*OF_ELEMENTS, *OF_VALUES], ids=name_of)
def test_a_function_of_one(function: Any) -> None:
    ours = {**OF_ELEMENTS, **OF_VALUES}[function]
    for number in NASTY:
        x = Value(number)
        assert outcome(function, x) == of_the_table(ours, x)
    if function in OF_ELEMENTS:
        x = array(*map(Value, NASTY))
        assert outcome(function, x) == of_the_table(ours, x)


@pytest.mark.parametrize("function", OF_TWO, ids=name_of)
def test_a_function_of_two(function: Any) -> None:
    others: list[Callable[[], Any]] = [
        lambda: Value(0.5), lambda: 0.5, lambda: 2, lambda: np.float64(1.5), lambda: np.array([0.5, 1.5, 2.0]),
        lambda: [0.5, 2], lambda: array(Value(0.5), Value(2.0)), lambda: array(Value(0.5), 2, 0.25),
    ]  # fmt: skip
    for other in others:
        for pair in ((Value(0.5), other()), (other(), Value(0.5))):
            assert outcome(function, *pair) == of_the_table(OF_TWO[function], *pair)


@pytest.mark.parametrize("function", [np.add, np.subtract, np.multiply, np.divide, np.power], ids=name_of)
def test_operators_on_arrays(function: Any) -> None:
    for other in (array(Value(0.5), Value(2.0)), array(Value(0.5), 2), np.array([0.5, 2.0]), 2):
        for pair in ((array(Value(0.5), Value(1.5)), other), (other, array(Value(0.5), Value(1.5)))):
            assert outcome(function, *pair) == of_the_table(OF_TWO[function], *pair)


def test_clip() -> None:
    def ours(x: Any, low: Any, high: Any) -> Any:
        return autograd.clip(x, low, high)

    for x in (-1.0, 0.0, 0.5, 1.0, 2.0):
        for low, high in ((0, 1), (0.0, 1.0), (Value(0.0), 1), (0, Value(1.0)), (np.zeros(2), 1), (0, np.array([1, 2]))):
            assert outcome(np.clip, Value(x), low, high) == of_the_table(ours, Value(x), low, high)
        values = array(Value(x), Value(0.5), 7)
        assert outcome(np.clip, values, Value(0.0), 1) == of_the_table(ours, values, Value(0.0), 1)
    v = Value(3.0)
    assert [np.clip(v, None, 2.0).data, np.clip(v, 4.0, None).data, v.clip(max=2.0).data] == [2.0, 4.0, 2.0]
    with pytest.raises(TypeError, match="out must be None"):
        v.clip(0, 1, out=np.zeros(()))
    with pytest.raises(TypeError, match="clip takes plain numbers .* got str: 'a'"):
        v.clip("a")  # type: ignore[arg-type]


KINDS: dict[str, Callable[[], Any]] = {
    "Values": lambda: array(*map(Value, X)),
    "Values and numbers": lambda: array(Value(1.5), -2.5, 1, Value(0.0)),
    "a table": lambda: np.array([[Value(0.0), Value(1.0)], [Value(-1.0), Value(0.5)]]),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "row", [row for row in autograd.operations.TABLE.values() if type(row).__name__ == "Operation"], ids=name_of
)
def test_a_row_works_on_arrays_element_by_element(row: Any, kind: str) -> None:
    function = getattr(autograd, row.name)

    def ours(*xs: Any) -> Any:
        return function(*xs) if any(isinstance(x, Value) for x in xs) else Value(function(*xs))

    def wrapped(*xs: Any) -> Any:
        return by_element(lambda x: x if isinstance(x, Value) else Value(x), function(*xs))

    others = [(0.5, 0.75)[: row.arity - 1], (Value(0.5), Value(0.75))[: row.arity - 1]]
    for rest in others:
        for at in range(row.arity):
            operands = [*rest[:at], KINDS[kind](), *rest[at:]]
            assert outcome(wrapped, *operands) == of_the_table(ours, *operands)


def test_a_row_on_arrays_of_numbers_gives_numbers() -> None:
    result = autograd.maximum(np.array([-1, 0, 2]), 0.5)
    assert (result.dtype, result.tolist()) == (np.float64, [0.5, 0.5, 2.0])
    assert autograd.clip(np.array([-1.0, 3.0]), max=2.0).tolist() == [-1.0, 2.0]
    assert autograd.exp(np.array(0.0)) == 1.0
    for wrong in (["a", "b"], [1j]):
        with pytest.raises(TypeError, match="exp takes plain numbers"):
            autograd.exp(np.array(wrong))
    with pytest.raises(TypeError, match="maximum takes plain numbers"):
        autograd.maximum(Value(1.0), "3")


# Gradients that PyTorch 2.13 gives: of the sum of what the function returns, by each x
A_TIE = [1.0, 1.0, 0.0]
PYTORCH: dict[str, tuple[Callable[[Any], Any], list[float], list[float]]] = {
    "maximum(x, 0)": (lambda x: autograd.maximum(x, 0), [-1.0, 0.0, 2.0], [0.0, 0.5, 1.0]),
    "maximum(0, x)": (lambda x: autograd.maximum(0, x), [-1.0, 0.0, 2.0], [0.0, 0.5, 1.0]),
    "np.maximum(x, Value)": (lambda x: np.maximum(x, Value(0.0)), [-1.0, 0.0, 2.0], [0.0, 0.5, 1.0]),
    "vectorize": (lambda x: np.vectorize(np.maximum, otypes="O")(0, x), [-1.0, 0.0, 2.0], [0.0, 0.5, 1.0]),
    "clip": (lambda x: autograd.clip(x, 0, 1), [-1.0, 0.0, 1.0, 2.0], [0.0, 1.0, 1.0, 0.0]),
    "relu": (lambda x: autograd.relu(x), [-1.0, 0.0, 2.0], [0.0, 0.0, 1.0]),
    "amax": (amax, A_TIE, [0.5, 0.5, 0.0]),
    "amin": (amin, [0.0, 1.0, 0.0], [0.5, 0.0, 0.5]),
    "amax, axis 1": (lambda x: np.apply_along_axis(amax, 1, x.reshape(1, 3)), A_TIE, [0.5, 0.5, 0.0]),
    "fmax, equal": (lambda x: np.fmax(x[0], x[1]), [1.0, 1.0], [1.0, 0.0]),
    "fmax, arrays": (lambda x: np.fmax(x[:1], x[1:]), [1.0, 1.0], [1.0, 0.0]),
    "fmax, nan": (lambda x: np.fmax(x[0], x[1]), [math.nan, 1.0], [0.0, 1.0]),
    "fmin, nan": (lambda x: np.fmin(x[0], x[1]), [1.0, math.nan], [1.0, 0.0]),
    "round": (lambda x: np.round(x, 1), [0.25, 1.55], [0.0, 0.0]),
    "std": (np.std, X, [0.26340609497568096, -0.41091350816206235, 0.09482619419124515, 0.0526812189951362]),
    "var": (np.var, X, [0.78125, -1.21875, 0.28125, 0.15625]),
    "vdot": (lambda x: np.vdot(x, x), [1.0, -2.0], [2.0, -4.0]),
    "quantile": (lambda x: np.quantile(x, [0.3]), [1.5, -2.5, 1.5, 0.25], [0.0, 0.1, 0.0, 0.9]),
    "median": (np.median, [3.0, 1.0, 2.0], [0.0, 0.0, 1.0]),
}  # fmt: skip


@pytest.mark.parametrize("name", PYTORCH)
def test_gradients_are_those_of_pytorch(name: str) -> None:
    function, numbers, grads = PYTORCH[name]
    x = array(*map(Value, numbers))
    for result in np.asarray(function(x), dtype=object).flat:
        result.backward()
    assert [element.grad for element in x] == pytest.approx(grads, rel=1e-12)


def test_questions_about_the_number() -> None:
    for number in (1.0, -0.0, math.inf, -math.inf, math.nan):
        for ask in (np.isnan, np.isfinite, np.isinf, np.signbit):
            assert ask(Value(number)) == ask(number)
    assert np.vectorize(np.isnan)(array(Value(math.nan), 1.0)).tolist() == [True, False]
    assert (Value(1.0) <= array(Value(1.0), 0.0)).tolist() == [True, False]
    assert (array(Value(1.0), Value(2.0)) > Value(1.0)).tolist() == [False, True]


def test_where_numpy_asks_nobody() -> None:
    """NumPy's own loops behave as numpy_functions.py says: right numbers, and the gradient is a subgradient."""
    x = array(Value(-1.0), Value(0.0), Value(2.0))
    assert [type(element) for element in np.maximum(0, x)] == [int, int, Value]
    assert np.maximum(x, 0)[1] is x[1]
    assert np.max(array(x[1], Value(0.0))) is x[1]
    for function in (np.sign, np.floor, np.ceil, np.trunc):
        assert [type(element) for element in function(x[[0, 2]])] == [int] * 2
    with pytest.raises(TypeError, match="unorderable"):
        np.sign(x)
    for ask in (np.isnan, np.isfinite, np.isinf):
        with pytest.raises(TypeError, match="not supported for the input types"):
            ask(x)


def test_adding_in_place() -> None:
    x, target = Value(2.0), array(Value(1.0), 0.0)
    np.add.at(target, [0, 1, 1], x)
    assert [element.data for element in target] == [3.0, 4.0]
    target += x
    assert outcome(np.sum, target)[0] == ["11.0"]
    with pytest.raises(TypeError, match="an array of float64 cannot hold Values"):
        np.add.at(np.zeros(2), [0], x)
    assert outcome(np.multiply.outer, x, np.array([1.0, 2.0])) == (["2.0", "4.0"], ["3.0"])


# What NumPy warns of after a loop over an array of Values: what the processor remembers of the arithmetic. The same in
# both builds: 0 is answered without dividing by it or taking its logarithm, and no derivative makes noise.
NOISE: dict[str, tuple[Callable[[Any], Any], float, str]] = {
    "log(-1)": (np.log, -1.0, ""), "log(0)": (np.log, 0.0, ""), "log(nan)": (np.log, math.nan, ""),
    "1/0": (lambda x: 1.0 / x, 0.0, ""), "0/0": (lambda x: x / x, 0.0, ""), "x/0.0": (lambda x: x / 0.0, 1.0, ""),
    "reciprocal(0)": (np.reciprocal, 0.0, ""), "sqrt(0)": (np.sqrt, 0.0, ""), "norm": (np.linalg.norm, 0.0, ""),
    "arcsin(1)": (np.arcsin, 1.0, ""), "arccos(-1)": (np.arccos, -1.0, ""), "hypot": (lambda x: np.hypot(x, x), 0.0, ""),
    "arctan2": (lambda x: np.arctan2(x, x), 0.0, ""), "exp(1000)": (np.exp, 1000.0, "overflow"),
    "exp(-1000)": (np.exp, -1000.0, "underflow"), "sqrt(-1)": (np.sqrt, -1.0, "invalid value"),
    "x*x": (lambda x: x * x, 1e200, "overflow"), "tiny x*x": (lambda x: x * x, 1e-200, "underflow"),
    "x-x": (lambda x: x - x, math.inf, "invalid value"),
}  # fmt: skip


@pytest.mark.parametrize("name", NOISE)
def test_both_builds_make_the_same_noise(name: str) -> None:
    function, number, noise = NOISE[name]
    with np.errstate(all="raise"):
        if noise:
            with pytest.raises(FloatingPointError, match=noise):
                function(array(Value(number)))
        else:
            function(array(Value(number)))


@pytest.mark.parametrize("number", [0.0, -1.0, 1e200, 1e-200, 1000.0, -1000.0, math.inf, math.nan])
def test_numpy_on_a_value_makes_no_noise(number: float) -> None:
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        for function in (np.log, np.sqrt, np.exp, np.square, np.arccos, np.reciprocal, lambda x: np.float64(number) * x):
            assert isinstance(function(Value(number)), Value)
        assert isinstance(np.multiply(array(Value(number)), Value(number))[0], Value)


def test_trunc_of_zero_is_zero() -> None:
    assert [math.copysign(1.0, np.trunc(Value(x)).data) for x in (0.0, 0.5, -0.5)] == [1.0, 1.0, -1.0]
