"""A Value that becomes a plain number: an error if a derivative would be wrong, a warning if it was not explicit."""

import array
import asyncio
import copy
import linecache
import math
import pickle
import random
import statistics
import threading
import warnings
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot as plt

from autograd import (
    LostGradientError,
    TraceError,
    Value,
    conversions,
    grad,
    gradcheck,
    hessian,
    hvp,
    is_detecting_anomaly,
    is_tracing,
    jacobian,
    modes,
    no_grad,
    tracing,
    value_and_grad,
)
from autograd.modes import detect_anomaly
from autograd.scope import switch
from nn import binary_cross_entropy


def euler(k: Any, y: Any) -> Any:
    """Take ten steps of y' = -k y, stored in y."""
    y[0] = 1.0
    for i in range(10):
        y[i + 1] = y[i] - 0.1 * k * y[i]
    return y[10] * k


def stored(x: Any, store: Callable[[Any], Any]) -> Any:
    numbers = np.zeros(2)
    store(numbers)
    return numbers[0] * x


SINKS: dict[str, Callable[[Any], Any]] = {
    "Euler's method": lambda x: euler(x, np.zeros(11)),
    "math.exp": lambda x: math.exp(x * x) * x,
    "math.exp of the input": lambda x: math.exp(x) * x,
    "math.fsum": lambda x: math.fsum([x * x, x]),
    "math.hypot": lambda x: math.hypot(x * x, x),
    "np.asarray": lambda x: np.asarray([x * x], dtype=float)[0] * x,
    "np.float64": lambda x: np.float64(x * x) * x,
    "np.fromiter": lambda x: np.fromiter([x * x], float)[0] * x,
    "astype": lambda x: np.array([x * x]).astype(float)[0] * x,
    "np.full": lambda x: np.full(2, x * x, dtype=float)[0] * x,
    "np.full_like": lambda x: np.full_like(np.zeros(2), x * x)[0] * x,
    "np.sum": lambda x: np.sum(np.array([x * x, x]), dtype=float) * x,
    "np.vectorize": lambda x: np.vectorize(lambda t: math.exp(t * t))(np.array([x]))[0] * x,
    "np.gradient": lambda x: np.gradient(np.array([x, x * x, x * 3]))[0] * x,
    "an item": lambda x: stored(x, lambda numbers: numbers.__setitem__(0, x * x)),
    "a slice": lambda x: stored(x, lambda numbers: numbers.__setitem__(slice(1), [x * x])),
    "fill": lambda x: stored(x, lambda numbers: numbers.fill(x * x)),
    "np.put": lambda x: stored(x, lambda numbers: np.put(numbers, 0, x * x)),
    "np.fill_diagonal": lambda x: stored(x, lambda numbers: np.fill_diagonal(numbers.reshape(1, 2), x * x)),
    "fmean": lambda x: statistics.fmean([x * x, x]) * x,
    "array.array": lambda x: array.array("d", [x * x])[0] * x,
    "complex": lambda x: complex(x * x).real * x,
}
TAKEN: dict[str, Callable[[Any], Any]] = {
    "float": lambda y: float(y),
    "a list": lambda y: sum([float(v) for v in [y]]),
    "map": lambda y: max(list(map(float, [y]))),
    "the sum of a map": lambda y: sum(map(float, [y]), 0.0),
    "a loop over a map": lambda y: sum([v + 0 for v in map(float, [y])]),
    "what a map is unpacked to": lambda y: max([*map(float, [y])]),
    "a key": lambda y: sorted([y, y], key=float)[0].item(),
    "item": lambda y: y.item(),
    "data": lambda y: y.data,
    "an f-string": lambda y: float(f"{y:.17g}"),
    "float in an f-string": lambda y: float(f"{float(y):.17g}"),
    "%": lambda y: float("%.17g" % y),
    "a test": lambda y: y.data if math.isfinite(y) and not math.isnan(y) and math.isclose(y, y) else 0.0,
    "a call over lines": lambda y: float(
        y,
    ),
    "a choice by weights": lambda y: random.choices([y.data], weights=[y])[0],
    "a plot": lambda y: plt.plot([y, y]) and y.data,
}  # fmt: skip
DERIVATIVES: list[Callable[[Any], Any]] = [
    lambda f: value_and_grad(f)(0.5),
    lambda f: jacobian(f, [0.5]),
    lambda f: hessian(f, [0.5]),
    lambda f: hvp(f, [0.5], [1.0]),
    lambda f: gradcheck(f, [0.5]),
]


@pytest.fixture(autouse=True)
def _nothing_stays_on() -> Any:
    plt.switch_backend("agg")
    yield
    plt.close("all")
    assert (switch.on, switch.differentiating) == (0, 0)


@pytest.mark.parametrize("derivative", DERIVATIVES, ids=range(len(DERIVATIVES)))
@pytest.mark.parametrize("sink", SINKS)
def test_no_derivative_loses_a_path(sink: str, derivative: Callable[[Any], Any]) -> None:
    with pytest.raises(LostGradientError, match=f"{__file__}, line .*autograd.exp.*np.empty.*x.detach"):
        derivative(SINKS[sink])


def test_the_same_with_a_list_or_an_array_of_objects_is_right() -> None:
    """d/dk of k (1 - k/10)^10 = (1 - k/10)^10 - k (1 - k/10)^9."""
    for y in ([0.0] * 11, np.empty(11, dtype=object)):
        assert value_and_grad(lambda k, y=y: euler(k, y))(0.5)[1][0] == pytest.approx(0.95**10 - 0.5 * 0.95**9, rel=1e-14)


@pytest.mark.parametrize(
    "cut", [copy.deepcopy, copy.copy, lambda x: pickle.loads(pickle.dumps(x)), float, lambda x: max([*map(float, [x])])]
)
def test_a_copy_of_an_input_and_float_itself_lose_one_too(cut: Callable[[Any], Any]) -> None:
    with pytest.raises(LostGradientError, match="line"):
        value_and_grad(lambda x: cut(x) * x)(0.5)


def test_what_says_that_it_takes_the_number_may() -> None:
    def f(x: Any) -> Any:
        y = x * x
        with no_grad():
            logged = math.exp(y)
        shown = [f"{y:.3f}", "%.3f" % y, repr(y), round(y, 2), int(y), bool(y), y < 1]
        assert shown and logged > 1 and math.exp(Value(1.0)) > 2 and copy.copy(y).inputs == (x, x)
        return x * y.data + x * y.item() + x * y.detach()

    assert value_and_grad(f)(0.5)[1] == (0.75,)
    assert value_and_grad(lambda x: binary_cross_entropy([x * 1.0], [1.0]))(0.5)[1] == (-2.0,)


def test_a_derivative_within_a_derivative() -> None:
    """Plain numbers in it would lose the path to an input of the outer derivative, if they depend on it."""
    for inner in (
        lambda f: value_and_grad(f)(2.0)[1][0],
        lambda f: hessian(f, [2.0])[0, 0],
        lambda f: jacobian(f, [2.0])[0],
    ):
        with pytest.raises(LostGradientError, match="a derivative in plain numbers.*create_graph=True"):
            value_and_grad(lambda x, inner=inner: inner(lambda y: x * y * y) * x)(3.0)
        with pytest.raises(LostGradientError, match="float"):
            value_and_grad(lambda x, inner=inner: inner(lambda y: math.exp(x) * y) * x)(3.0)
        slope = inner(lambda y: y * y)
        assert value_and_grad(lambda x, inner=inner: inner(lambda y: y * y) * x)(3.0)[1][0] == slope
    assert value_and_grad(lambda x: grad(x**3, x, create_graph=True))(3.0)[1] == (18.0,)
    w = Value(2.0)
    with tracing([w]), pytest.raises(TraceError, match="a derivative in plain numbers"):
        jacobian(lambda x: w * x, [1.0])


def test_other_threads_are_free() -> None:
    seen: list[float] = []

    def f(x: Any) -> Any:
        thread = threading.Thread(target=lambda: seen.append(float(Value(2.0) * 3)))
        thread.start()
        thread.join()
        return x * x

    assert value_and_grad(f)(3.0)[1] == (6.0,)
    assert seen == [6.0]


@pytest.mark.parametrize("sink", SINKS)
def test_elsewhere_a_warning_names_the_line(sink: str) -> None:
    with pytest.warns(UserWarning, match=r"a Value became a plain number.*x.item\(\)") as caught:
        SINKS[sink](Value(0.5) + 0)
    assert {warning.filename for warning in caught} == {__file__}


@pytest.mark.parametrize("way", TAKEN)
def test_what_asks_for_a_number_gets_it_without_a_warning(way: str) -> None:
    y = Value(0.5) * 3
    assert [TAKEN[way](y) for _ in range(2)] == [1.5, 1.5]


@pytest.mark.parametrize("sink", SINKS)
def test_constants_and_no_grad_warn_of_nothing(sink: str) -> None:
    with no_grad():
        SINKS[sink](Value(0.5) * 3)
    if sink not in ("math.exp", "Euler's method"):
        SINKS[sink](0.5)
    assert math.exp(Value(0.0)) == 1.0
    assert math.exp(grad(Value(1.0), Value(2.0), create_graph=True)) == 1.0


def test_a_warning_is_given_once_for_a_place() -> None:
    y = Value(0.5) * 3
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            math.exp(y)
    assert len(caught) == 1


NO_SOURCE = {"math.exp(y)": 1, "numbers.__setitem__(0, y)": 1, "float(y)": 0, "math.isnan(y)": 0, "'%.1f' % y": 0}


@pytest.mark.parametrize("text", NO_SOURCE)
def test_without_source_the_names_decide(text: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        exec(text, {"math": math, "numbers": np.zeros(1), "y": Value(0.5) * 3, "__name__": "typed"})
    assert len(caught) == NO_SOURCE[text]
    assert all(warning.filename == "<string>" for warning in caught)


class _OldCode:
    """A code object without `co_positions`, as in Python 3.10."""

    def __init__(self, code: Any) -> None:
        for name in ("co_code", "co_filename", "co_names"):
            setattr(self, name, getattr(code, name))


class _Frame:
    def __init__(self, source: str, text: str) -> None:
        self.code = compile(text, source, "exec")
        self.f_code, self.f_lineno, self.f_lasti = _OldCode(self.code), 1, 0


@pytest.mark.parametrize(("text", "wanted"), [("x = 2 * float(y)", True), ("math.exp(y)", False), ("float_(y)", False)])
def test_without_positions_the_line_decides(text: str, wanted: bool) -> None:
    import dis

    for source in ("<with source>", "<without>"):
        linecache.cache["<with source>"] = len(text), None, [text + "\n"], "<with source>"
        frame = _Frame(source, text)
        calls = [i.offset for i in dis.get_instructions(frame.code) if i.opname.startswith("CALL")]
        frame.f_lasti = calls[0]
        assert conversions._purpose(frame) == (False, wanted)
    del linecache.cache["<with source>"]


def test_where_no_line_is_the_users() -> None:
    """In an installed application, the innermost line is named."""
    scope: dict[str, Any] = {"math": math, "y": Value(0.5) * 3}
    with pytest.warns(UserWarning, match="became a plain number"):
        conversions._warn(None)
    with pytest.warns(UserWarning, match="became a plain number") as caught:
        exec(compile("math.exp(y)", "lib/site-packages/package/file.py", "exec"), scope)
    assert caught[0].filename == __file__


def test_the_places_that_are_remembered_are_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversions, "MOST_PLACES", 5)
    y = Value(0.5) * 3
    for _ in range(20):
        assert eval("float(y)", {"y": y}) == 1.5
        assert len(conversions._places) <= 5


def test_each_place_is_examined_once(monkeypatch: pytest.MonkeyPatch) -> None:
    examined: list[int] = []
    examine = conversions._purpose

    def noting(frame: Any) -> tuple[bool, bool]:
        examined.append(frame.f_lasti)
        return examine(frame)

    monkeypatch.setattr(conversions, "_places", {})
    monkeypatch.setattr(conversions, "_purpose", noting)
    y = Value(0.5) * 3
    for _ in range(3):
        assert float(y) + float(y) == 3.0
    assert len(examined) == len(set(examined)) == 2


class Counted(dict[Any, Any]):
    looks = 0

    def __contains__(self, key: object) -> bool:
        self.looks += 1
        return super().__contains__(key)


@pytest.mark.parametrize("n", [100, 1000])
def test_looking_at_constants_while_tracing_takes_time_linear_in_the_graph(n: int) -> None:
    c, w = Value(1.0), Value(2.0)
    with tracing([w]) as trace:
        trace.known = Counted(trace.known)
        y = c
        for _ in range(n):
            y = y * c
            assert y.data == 1.0
        with pytest.raises(TraceError):
            (y * w).item()
    assert trace.known.looks < 12 * n


def test_a_trace_within_a_trace() -> None:
    v, w = Value(1.0), Value(2.0)
    with tracing([v]):
        with tracing([w]), pytest.raises(TraceError):
            float(v * 3)
        assert (w * 1).data == 2.0


@pytest.mark.parametrize("mode", [no_grad, detect_anomaly])
def test_a_decorated_generator_is_in_the_mode_while_it_runs(mode: type[modes.Mode]) -> None:
    def on() -> bool:
        return (not modes.is_recording()) if mode is no_grad else is_detecting_anomaly()

    @mode()
    def steps(n: int) -> Generator[Any, Any, str]:
        try:
            for _ in range(n):
                try:
                    got = yield on()
                    assert on() and got == "sent"
                except KeyError:
                    yield "caught", on()
        finally:
            ended.append(on())
        return "returned"

    ended: list[bool] = []
    for run in range(2):
        generator = steps(1)
        assert next(generator) is True and not on()
        with pytest.raises(StopIteration, match="returned"):
            generator.send("sent")
        assert ended == [True] * (run + 1) and not on()
    generator = steps(1)
    next(generator)
    assert generator.throw(KeyError()) == ("caught", True) and not on()
    generator.close()
    assert ended == [True] * 3 and not on()
    generator = steps(1)
    next(generator)
    with pytest.raises(ValueError, match="away"):
        generator.throw(ValueError("away"))
    assert not on() and steps.__name__ == "steps"


def test_a_decorated_coroutine_is_in_the_mode_while_it_runs_and_its_neighbours_are_not() -> None:
    x = Value(2.0)
    waiting = asyncio.Event()

    @no_grad()
    async def silent() -> Value:
        await asyncio.sleep(0)
        waiting.set()
        await asyncio.sleep(0)
        return x * x

    async def loud() -> Value:
        await waiting.wait()
        return x * x

    async def both() -> list[Value]:
        return list(await asyncio.gather(silent(), loud()))

    with ThreadPoolExecutor(1) as pool:  # the browser tests leave an event loop in this thread
        a, b = pool.submit(asyncio.run, both()).result()
    assert (a.inputs, b.inputs) == ((), (x, x))


def test_an_async_generator_is_refused() -> None:
    async def steps() -> Any:
        yield 1

    with pytest.raises(TypeError, match="no_grad cannot decorate the async generator .*steps"):
        no_grad()(steps)


def test_a_trace_within_a_trace_ends_with_its_block() -> None:
    v, w = Value(1.0), Value(2.0)
    with tracing([v]):
        with tracing([w]):
            assert is_tracing()
        assert is_tracing()
        with pytest.raises(TraceError):
            float(v * 3)
    assert not is_tracing()
    assert float(v * 3) == 3.0
