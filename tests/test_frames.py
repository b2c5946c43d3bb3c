"""Data frames and tensors as examples; the names of their columns; a history as a frame, a file and a dict."""

import csv
import json
import math
import pickle
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from tests.skips import need

ROWS = [[0.0, 1.0], [1.0, 0.5], [-1.0, 2.0]]
TARGETS = [1.0, 0.0, 1.0]
NAMES = ["height", "width"]


class Frame:
    """A stand-in for a data frame with named columns."""

    def __init__(self, rows: Any, columns: Any) -> None:
        self.rows, self.columns = np.array(rows), columns

    def to_numpy(self) -> np.ndarray:
        return self.rows

    def __len__(self) -> int:
        return len(self.rows)


def pandas(rows: Any) -> Any:
    need("pandas", find_spec("pandas"))
    module = import_module("pandas")
    return module.DataFrame(rows, columns=NAMES) if isinstance(rows[0], list) else module.Series(rows)


def polars(rows: Any) -> Any:
    need("polars", find_spec("polars"))
    module = import_module("polars")
    return module.DataFrame(rows, NAMES, orient="row") if isinstance(rows[0], list) else module.Series(rows)


def torch(rows: Any) -> Any:
    need("torch", find_spec("torch"))
    module = import_module("torch")
    return module.tensor(rows, dtype=module.float64, requires_grad=True)


def list_of_tensors(rows: Any) -> Any:
    return list(torch(rows).detach())


def trained(X: Any, y: Any) -> tuple[nn.MLP, list[Any]]:
    """Use X and y wherever rows are taken; return the model, and all numbers."""
    model = nn.MLP(2, [3, 1], "tanh", seed=0)
    history = nn.fit(model, X, y, nn.mse_loss, nn.SGD(model.parameters(), 0.1), validation=(X, y), seed=0, progress=False)
    numbers = [history.loss, nn.predict(model, X).tolist(), nn.evaluate(model, X, y, nn.mse_loss)]
    numbers += [nn.diagnose(model, X, y, nn.mse_loss).loss, nn.compile(model, nn.mse_loss)(X, y)]
    numbers += [[float(v) for v in model(X)], [w.data for w in model.parameters()]]
    return model, numbers


@pytest.mark.parametrize("convert", [pandas, polars, torch, list_of_tensors, lambda rows: Frame(rows, NAMES)])
def test_rows_of_any_library_are_those_of_lists(convert: Callable[[Any], Any]) -> None:
    assert trained(convert(ROWS), convert(TARGETS))[1] == trained(ROWS, TARGETS)[1]


@pytest.mark.parametrize("frame", [lambda rows, names: Frame(rows, names), lambda rows, names: pandas(rows)[list(names)]])
def test_other_columns_than_in_training_are_refused(frame: Callable[..., Any]) -> None:
    model, _ = trained(pandas(ROWS) if frame([[1, 2]], NAMES).__class__ is not Frame else Frame(ROWS, NAMES), TARGETS)
    reordered = frame(ROWS, NAMES[::-1])
    message = r"another order .*\('width', 'height'\) in place of \('height', 'width'\): pass X\[\['height', 'width'\]\]"
    again = pickle.loads(pickle.dumps(model))
    for call in (
        lambda: nn.predict(model, reordered),
        lambda: nn.predict(again, reordered),
        lambda: nn.evaluate(model, reordered, TARGETS, nn.mse_loss),
        lambda: trained_further(model, reordered),
        lambda: trained_further(model, Frame(ROWS, NAMES), validation=(reordered, TARGETS)),
    ):
        with pytest.raises(ValueError, match=message):
            call()
    assert nn.predict(model, reordered.to_numpy()).shape == (3,)


def trained_further(model: nn.MLP, X: Any, **settings: Any) -> None:
    nn.fit(model, X, TARGETS, nn.mse_loss, nn.SGD(model.parameters()), progress=False, **settings)


def test_which_columns_are_others() -> None:
    model, _ = trained(Frame(ROWS, NAMES), TARGETS)
    with pytest.raises(ValueError, match=r"missing: height; not known in training: depth.*or X.to_numpy\(\)"):
        nn.predict(model, Frame(ROWS, ["depth", "width"]))
    with pytest.raises(ValueError, match="a column twice"):
        nn.predict(model, Frame(ROWS, ["height", "width", "width"]))
    for unnamed in (range(2), (0, "width")):  # these are not names
        assert nn.predict(model, Frame(ROWS, unnamed)).shape == (3,)
    nameless, _ = trained(ROWS, TARGETS)
    assert nn.predict(nameless, Frame(ROWS, NAMES)).shape == (3,)


def test_a_history_is_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    history = nn.fit(
        model, ROWS, TARGETS, nn.mse_loss, nn.Adam(model.parameters()), epochs=4, batch_size=2, seed=0, progress=False
    )
    whole = json.loads(json.dumps(history.to_dict()))
    assert set(whole) == set(vars(history)) - {"best_state"}
    assert whole["steps"] == history.steps
    assert whole["update_ratios"] == history.update_ratios
    assert whole["epochs"]["loss"] == history.loss
    history.to_dict()["epochs"]["loss"].append(0.0)  # a copy
    assert len(history.loss) == 4

    for per, columns in (("epoch", history.epochs), ("step", history.steps)):
        file = tmp_path / f"{per}.csv"
        history.to_csv(file, per)
        lines = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
        assert [line[0] for line in lines] == [per, *map(str, range(len(columns["loss"])))]
        for name, column in columns.items():
            read = [line[lines[0].index(name)] for line in lines[1:]]
            assert [float(x or "nan") for x in read] == pytest.approx(column, rel=0, abs=0, nan_ok=True)
            assert not any(math.isnan(number) and cell for number, cell in zip(column, read))
    assert "update_ratio of layers.1.bias" in lines[0]
    with pytest.raises(ValueError, match="per must be 'epoch' or 'step', got 'batch'"):
        history.to_csv(tmp_path / "x.csv", "batch")

    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"needs pandas.*pip install pandas, or use to_csv"):
        history.to_frame()


def test_a_history_as_a_frame(tmp_path: Path) -> None:
    frame_of = pandas([[0.0, 0.0]]).__class__
    model = nn.MLP(2, [1], seed=0)
    history = nn.fit(model, ROWS, TARGETS, nn.mse_loss, nn.SGD(model.parameters()), epochs=3, batch_size=2, progress=False)
    for per, n in (("epoch", 3), ("step", 6)):
        frame = history.to_frame(per)
        assert isinstance(frame, frame_of)
        assert (frame.index.name, len(frame)) == (per, n)
        assert frame["loss"].tolist() == (history.epochs if per == "epoch" else history.steps)["loss"]
        history.to_csv(tmp_path / "history.csv", per)
        read = import_module("pandas").read_csv(tmp_path / "history.csv", index_col=per)
        import_module("pandas").testing.assert_frame_equal(read, frame)
