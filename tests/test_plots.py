"""`nn.plots`: each plot shows the given numbers in the given Axes."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

import nn
from nn import plots
from tests.test_diagnostics import deep_sigmoid, moons, relu_on_moons

plt.switch_backend("agg")
MODEL, X, Y, LOSS, OPTIMIZER = relu_on_moons(0)
HISTORY = nn.fit(MODEL, X, Y, LOSS, OPTIMIZER, epochs=3, batch_size=20, validation=moons(1), seed=0, progress=False)
REPORT = nn.diagnose(MODEL, X, Y, LOSS)
LAGS = {"RNN": [2.0, 1.0, 0.5], "LSTM": [1.0, 0.9, 0.8]}

PLOTS: dict[str, Callable[[Axes | None], Axes]] = {
    "loss_curves": lambda ax: plots.loss_curves(HISTORY, ax),
    "decision_boundary": lambda ax: plots.decision_boundary(MODEL, X, Y, ax, resolution=10),
    "activation_histograms": lambda ax: plots.activation_histograms(REPORT, ax),
    "gradient_histograms": lambda ax: plots.gradient_histograms(REPORT, ax),
    "gradient_norms": lambda ax: plots.gradient_norms({"healthy": REPORT, "deep": nn.diagnose(*deep_sigmoid(0))}, ax),
    "activation_spreads": lambda ax: plots.activation_spreads(REPORT, ax),
    "update_ratios": lambda ax: plots.update_ratios(HISTORY, ax),
    "dead_units": lambda ax: plots.dead_units(REPORT, ax),
    "gradient_against_lag": lambda ax: plots.gradient_against_lag(LAGS, ax),
}


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.mark.parametrize("name", PLOTS)
def test_each_draws_into_the_axes_given_or_new_ones_and_says_what_it_shows(name: str) -> None:
    figure, ax = plt.subplots()
    assert PLOTS[name](ax) is ax
    new = PLOTS[name](None)
    assert new is not ax
    assert new.get_title()
    figure.canvas.draw()
    new.figure.canvas.draw()
    for handles, labels in (ax.get_legend_handles_labels(), new.get_legend_handles_labels()):
        assert len(handles) == len(set(labels))


def line(ax: Axes, label: str) -> list[float]:
    (found,) = (found for found in ax.lines if found.get_label() == label)
    return list(np.asarray(found.get_ydata(), dtype=float))


def test_loss_curves_show_the_history() -> None:
    ax = plots.loss_curves(HISTORY)
    assert line(ax, "each step") == HISTORY.steps["loss"]
    assert line(ax, "training") == HISTORY.loss
    assert line(ax, "validation") == HISTORY.epochs["validation_loss"]
    colours = {str(found.get_label()): found.get_color() for found in ax.lines}
    assert colours["each step"] == colours["training"] != colours["validation"]
    plain = nn.fit(MODEL, X, Y, LOSS, OPTIMIZER, epochs=0, progress=False)
    assert [found.get_label() for found in plots.loss_curves(plain).lines] == ["each step", "training"]


def test_gradient_norms_show_the_report() -> None:
    ax = plots.gradient_norms(REPORT)
    assert list(ax.lines[0].get_ydata()) == [layer.gradient_norm for layer in REPORT.layers]
    assert ax.get_yscale() == "log"
    assert ax.get_legend() is None


def test_activation_spreads_show_the_report() -> None:
    ax = plots.activation_spreads({"here": REPORT, "there": REPORT})
    for name in ("here", "there"):
        assert line(ax, name) == [np.std(layer.activations) for layer in REPORT.layers]
    assert ax.get_yscale() == "log"


def test_update_ratios_show_weights_but_not_biases() -> None:
    ax = plots.update_ratios(HISTORY)
    assert line(ax, "layers.0.weight") == HISTORY.update_ratios["layers.0.weight"]
    assert "layers.0.bias" not in [found.get_label() for found in ax.lines]


def test_dead_units_show_how_often_each_unit_is_on() -> None:
    ax = plots.dead_units(REPORT)
    shown = np.asarray(ax.images[0].get_array())
    assert shown[0].tolist() == np.mean(REPORT.layers[0].activations > 0, axis=0).tolist()
    crosses = [tuple(xy) for collection in ax.collections for xy in np.asarray(collection.get_offsets())]
    dead = [(j, i) for i, layer in enumerate(REPORT.layers[:2]) for j in np.flatnonzero(layer.dead_units)]
    assert sorted(crosses) == sorted(dead)


def test_lags_are_scaled_to_the_last() -> None:
    ax = plots.gradient_against_lag(LAGS)
    assert line(ax, "RNN") == [1.0, 0.5, 0.25]


@pytest.mark.parametrize(
    ("draw", "numbers", "scale"),
    [
        (plots.activation_histograms, lambda layer: layer.activations, "linear"),
        (plots.gradient_histograms, lambda layer: np.abs(layer.gradients), "log"),
    ],
)
def test_each_layer_has_a_row_that_shows_how_its_numbers_are_distributed(draw: Any, numbers: Any, scale: str) -> None:
    ax = draw(REPORT, bins=20)
    assert ax.get_xscale() == scale
    rows = list(zip(ax.patches, REPORT.layers[:2], (1, 0)))
    assert len(ax.patches) == 2, "the last layer's scores are no activations"
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert (names, list(ax.get_yticks())) == (["layers.0 relu", "layers.1 relu"], [1, 0])
    zeros = []
    for shape, layer, base in rows:
        values = numbers(layer).ravel()
        heights, edges, baseline = shape.get_data()
        kept = np.log(values[values > 0]) if scale == "log" else values[values != 0]
        places = np.log(edges) if scale == "log" else edges
        assert baseline == base
        assert heights.max() == pytest.approx(base + 0.85)
        shares = (heights - base) / (heights - base).sum()
        middle = (places[:-1] + places[1:]) / 2
        assert shares @ middle == pytest.approx(kept.mean(), abs=(places[1] - places[0]) / 2)
        assert np.ptp(places[1:] - places[:-1]) < 1e-9
        zeros += [f"{100 * np.mean(values == 0):.0f} % are 0"] if 0 in values else []
    assert [text.get_text() for text in ax.texts] == zeros


def test_a_row_without_numbers_says_so_and_titles_differ() -> None:
    model = nn.MLP(2, [3, 3, 1], init="zeros")
    report = nn.diagnose(model, X, Y, LOSS)
    for draw in (plots.activation_histograms, plots.gradient_histograms):
        assert [text.get_text() for text in draw(report).texts] == ["100 % are 0"] * 2
    titles = [draw(None).get_title() for draw in PLOTS.values()]
    assert len(set(titles)) == len(titles)


def test_the_boundary_is_where_the_model_says() -> None:
    """A model that says 'class 1' right of x = 0.5: the line is drawn there."""
    model = nn.Layer(2, 1, None)
    model.load_state_dict({"weight": [[1.0, 0.0]], "bias": [-0.5]})
    ax = plots.decision_boundary(model, [[0.0, 0.0], [1.0, 1.0]], [0, 1], resolution=21)
    contour = ax.collections[1]
    points = np.concatenate([path.vertices for path in contour.get_paths()])
    assert points[:, 0] == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize(("weight", "full"), [(4.0, 2.6), (0.001, 1.0)])
def test_a_network_that_cannot_decide_is_pale(weight: float, full: float) -> None:
    """The deepest shade is the largest score, 4 * (1.15 - 0.5), but 1 if all are nearly 0."""
    model = nn.Layer(2, 1, None)
    model.load_state_dict({"weight": [[weight, 0.0]], "bias": [-weight / 2]})
    ax = plots.decision_boundary(model, [[0.0, 0.0], [1.0, 1.0]], [0, 1], resolution=5)
    assert ax.collections[0].get_clim() == pytest.approx((-full, full))


def test_several_classes() -> None:
    model = nn.Layer(2, 3, None, seed=0)
    ax = plots.decision_boundary(model, [[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]], [0, 1, 2], resolution=5)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["class 0", "class 1", "class 2"]


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (
            lambda: plots.decision_boundary(nn.MLP(3, [1]), [[1.0, 2.0, 3.0]], [1]),
            "examples with 2 inputs each, got an array of shape .1, 3.",
        ),
        (lambda: plots.dead_units(nn.diagnose(*deep_sigmoid(0))), "only relu units can be dead"),
    ],
)
def test_mistakes_are_named(draw: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw()


def test_infinite_scores_can_be_drawn() -> None:
    model = nn.Layer(2, 1, None)
    model.load_state_dict({"weight": [[math.inf, 0.0]], "bias": [0.0]})
    plots.decision_boundary(model, [[-1.0, 0.0], [1.0, 1.0]], [0, 1], resolution=4)


def test_the_plane_reaches_beyond_the_examples_by_15_percent_on_each_side() -> None:
    model = nn.Layer(2, 1, None, seed=0)
    ax = plots.decision_boundary(model, [[-1.0, 10.0], [1.0, 11.0], [0.0, 10.5]], [0, 1, 1], resolution=5)
    corners = np.concatenate([path.vertices for path in ax.collections[0].get_paths() if len(path.vertices)])
    assert [*corners.min(axis=0), *corners.max(axis=0)] == pytest.approx([-1.3, 9.85, 1.3, 11.15])
