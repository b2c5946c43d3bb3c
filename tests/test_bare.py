"""The engine, drawings and training without NumPy, graphviz, tqdm and safetensors, as in a browser."""

from __future__ import annotations

import json
import math
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, tanh
from autograd.render import draw
from nn import _lists as lists
from nn import arrays
from nn.arrays import np as arrays_of_nn

REPOSITORY = Path(__file__).parents[1]
REFUSED = ("numpy", "graphviz", "tqdm", "safetensors", "matplotlib", "scipy", "sklearn", "pandas")

# Run here, with NumPy, and in a process that has none: `numbers` must be the same.
WORK = """
import random
import autograd, nn
from autograd import Value
from autograd.render import draw, show_backward, trace_backward

numbers, rng = {}, random.Random(0)
X = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(12)]
y = [int(a > b) for a, b in X]
bce, clip = nn.binary_cross_entropy_with_logits, lambda ps: nn.clip_grad_value(ps, 0.5)
for optimizer, settings, loss, rest in [
    (nn.SGD, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01}, bce, {"clip": 0.3, "validation": (X, y)}),
    (nn.SGD, {"lr": 0.0}, nn.hinge_loss, {"batch_size": None}),
    (nn.RMSprop, {"momentum": 0.5}, nn.mse_loss, {"clip": clip}),
    (nn.Adagrad, {"lr_decay": 0.1}, bce, {"validation": (X[:4], y[:4])}),
    (nn.Adam, {"weight_decay": 0.1}, nn.cross_entropy, {}),
    (nn.AdamW, {"lr": 0.1}, nn.cross_entropy, {}),
]:
    n = 2 if loss is nn.cross_entropy else 1
    model = nn.Sequential(nn.Layer(2, 3, "tanh", seed=0), nn.BatchNorm(3), nn.MLP(3, [2, n], "sigmoid", seed=1))
    moved = optimizer(model.parameters(), **settings)
    history = nn.fit(model, X, y, loss, moved, epochs=3, seed=0, engine="eager", progress=False,
                     **{"batch_size": 5, **rest})
    again = nn.Sequential(nn.Layer(2, 3, "tanh"), nn.BatchNorm(3), nn.MLP(3, [2, n], "sigmoid"))
    again.load_state_dict(model.state_dict())
    moved.load_state_dict(moved.state_dict())
    numbers[repr(moved)] = [
        nn.predict(again, X).tolist(), nn.evaluate(model, X, y, loss), [p.data for p in model.parameters()],
        history.epochs, history.steps, history.best_epoch, {k: v.tolist() for k, v in history.best_state.items()},
        {name: getattr(moved, name).tolist() for name in moved.memory},
    ]

x, w = Value(2.0, label="x"), Value(-0.5, label="w")
loss = (autograd.tanh(w * x) - 1) ** 2
trace = trace_backward(loss)
assert autograd.gradcheck(lambda x, y: [x * y, x.tanh()], [2.0, 0.5])
numbers["graph"] = [x.grad, w.grad, str(trace)]
numbers["drawings"] = [draw(loss, engine="stepgrad").svg, show_backward(trace, engine="stepgrad").to_html()]
numbers["shown"] = bool(draw(loss).svg and show_backward(trace).to_html())
"""

BARE = f"""
import json, sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {REFUSED!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Refuse())
{WORK}
model, told = nn.MLP(2, [1], seed=0), []
optimizer = nn.SGD(model.parameters(), 0.1)
told.append(nn.fit(model, X, y, bce, optimizer, seed=0, progress=True).engine)
for action in (lambda: nn.compile(model, bce)(X, y), lambda: nn.diagnose(model, X, y, bce),
               lambda: draw(x * w).save("graph.dot"), lambda: nn.save(model, "a.safetensors")):
    try:
        action()
    except (ModuleNotFoundError, RuntimeError) as error:
        told.append(str(error))
print(json.dumps([numbers, told, sorted(set({REFUSED!r}) & sys.modules.keys())]))
"""


def close(a: Any, b: Any) -> bool:
    """True if two nested results are equal to 1e-12."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(close(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(close, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-12) or (math.isnan(a) and math.isnan(b))
    return a == b


def test_everything_that_needs_no_arrays_runs_without_numpy_with_the_same_numbers(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", BARE], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "STEPGRAD_PURE": "1"},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    numbers, told, loaded = json.loads(run.stdout)
    expected: dict[str, Any] = {}
    exec(WORK, expected)
    expected = json.loads(json.dumps(expected["numbers"]))
    assert numbers.keys() == expected.keys()
    for name in numbers:
        assert close(numbers[name], expected[name]), name
    assert loaded == []
    needed = "this needs NumPy (np.{}), which is not installed here: pip install numpy"
    assert told == [
        f"eager: ModuleNotFoundError: {needed.format('hstack')}",
        needed.format("hstack"),
        needed.format("isfinite"),
        "a .dot file needs graphviz: pip install graphviz, or save as .svg",
        "No module named 'safetensors'",
    ]


A, B, TWO = [1.5, -2.0, 0.0, math.inf], [2.0, 0.0, 0.0, -3.0], [[1.0, 5.0], [7.0, -3.0]]
FORMULAS: list[Callable[[Any], Any]] = [  # of NumPy or nn._lists
    lambda m: m.array(A) + m.array(B),
    lambda m: 1 - m.array(A) * 2.0 + 3 * m.array(B) - m.array(B),
    lambda m: 1 + m.array(A) - 4,
    lambda m: m.array(A) / m.array(B),
    lambda m: m.array(A) / 0.0,
    lambda m: m.divide(m.linalg.norm(m.array(A)), m.linalg.norm(m.zeros(2))),
    lambda m: m.array([1e200, -1e200, 3.0]) ** 2,
    lambda m: m.sqrt(m.array([4.0, -1.0, math.inf, math.nan])),
    lambda m: m.sqrt(m.sum(m.array(A[:2]) * m.array(B[:2]) + 7)),
    lambda m: m.array(TWO) * 2 + m.array(TWO),
    lambda m: m.array(TWO).ravel() > 0.5,
    lambda m: m.mean(m.argmax(m.array(TWO), axis=1) == m.array([1, 1])),
    lambda m: m.argmax([3, 4, 4]),
    lambda m: m.dot([1, 2], [3, 4]),
    lambda m: m.array(A)[m.array([0, 2])],
    lambda m: [*m.array(TWO).shape, m.array(TWO).ndim, len(m.array(2).shape), m.array(2).tolist(), m.array(A)[1]],
    lambda m: m.array(2.0).ravel(),
    lambda m: m.array([1, True], dtype=float),
    lambda m: m.array(TWO).tolist(),
]


@pytest.mark.parametrize("formula", FORMULAS, ids=range(len(FORMULAS)))
def test_lists_have_the_numbers_of_numpy(formula: Callable[[Any], Any]) -> None:
    with np.errstate(all="ignore"):
        expected, got = formula(np), formula(lists)
    np.testing.assert_array_equal(np.array(got), np.array(expected))


def test_lists_refuse_what_has_no_shape_and_name_what_needs_numpy() -> None:
    for wrong in ([[1.0, 2.0], [3.0]], [[1.0], 2.0]):
        with pytest.raises(ValueError, match="the rows of an array must have one shape"):
            lists.array(wrong)
    with pytest.raises(ValueError, match="arrays of 2 and 3 elements do not match"):
        lists.zeros(2) + lists.zeros(3)
    with pytest.raises(ValueError, match="could not convert string to float"):
        lists.array("ab")
    with pytest.raises(ModuleNotFoundError, match=r"this needs NumPy \(np.linspace\), which is not installed here"):
        lists.linspace(0, 1)
    assert not hasattr(lists, "__path__")
    with lists.errstate(all="ignore"):
        assert lists.divide(1.0, 0.0) == math.inf
    x = lists.zeros(1)
    y = x.copy()
    y[0] = 1.0
    assert x == lists.zeros(1)


def test_nn_has_numpy_where_it_is_installed_and_lists_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    assert arrays_of_nn is np
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert runpy.run_path(str(arrays.__file__))["np"] is lists


def test_drawings_and_training_do_without_graphviz_and_tqdm(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("graphviz", "tqdm.auto"):
        monkeypatch.setitem(sys.modules, name, None)
    drawing = draw(tanh(Value(1.0) * 2))
    assert drawing.layout.engine == "stepgrad" or drawing.layout.engine.startswith(("pygraphviz", "wasi"))
    assert drawing.save(tmp_path / "graph.svg").exists()
    with pytest.raises(RuntimeError, match=r"a .dot file needs graphviz: pip install graphviz, or save as .svg"):
        drawing.save(tmp_path / "graph.dot")
    model = nn.MLP(1, [1], seed=0)
    history = nn.fit(model, [[0.0], [1.0]], [0.0, 1.0], nn.mse_loss, nn.SGD(model.parameters()), epochs=2)
    assert len(history.loss) == 2
    assert capsys.readouterr().err == ""
