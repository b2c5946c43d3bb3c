"""Plots of a training run and of its problems, with matplotlib (extra `plots`).

Each function draws into the matplotlib Axes `ax`, or a new one, and returns it. The colours are Okabe and Ito's, which can
be told apart with any kind of colour vision; important differences never rest on colour alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

from nn.arrays import np
from nn.data import as_list, check_columns
from nn.history import History
from nn.module import Module
from nn.outputs import Outputs
from nn.report import LayerReport, Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS: tuple[str, ...] = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS: tuple[str, ...] = ("o", "s", "^", "D", "v", "P", "X")
HEALTHY = 1e-3  # update:data, Karpathy's rule of thumb


def loss_curves(history: History, ax: Axes | None = None) -> Axes:
    """Plot the loss of every step (faint) and every epoch, the validation loss, and a line at the best epoch."""
    ax = _axes(ax, "epochs trained", "loss", "Loss")
    steps, epochs = np.array(history.steps["loss"]), history.epochs
    n = len(epochs["loss"])
    ends = np.arange(1, n + 1)
    per_epoch = len(steps) / n if n else 1
    ax.plot((np.arange(len(steps)) + 1) / per_epoch, steps, color=COLOURS[0], alpha=0.25, label="each step")
    ax.plot(ends, epochs["loss"], color=COLOURS[0], label="training")
    if not np.all(np.isnan(epochs["validation_loss"])):
        ax.plot(ends, epochs["validation_loss"], color=COLOURS[1], linestyle="--", label="validation")
    if history.best_epoch is not None:
        ax.axvline(history.best_epoch + 1, color="grey", linewidth=1, linestyle=":", label="lowest validation")
    ax.legend()
    return ax


def decision_boundary(model: Module, X: Any, y: Any, ax: Axes | None = None, resolution: int = 80) -> Axes:
    """Plot the classes that a model with two inputs predicts over the plane, and the examples with their true classes.

    X: (n_examples, 2). y: (n_examples,) classes. resolution: the number of points evaluated along each axis.
    With one output, a positive output means the second class. The shade shows its size, darkest at the largest absolute
    value or at 1 if all are smaller, so that an undecided network looks pale. With several outputs, the largest is the
    class. Raises ValueError if there are not two inputs.
    """
    points, labels = np.array(as_list("X", X), dtype=float), np.array(as_list("y", y)).ravel()
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"a decision boundary needs examples with 2 inputs each, got an array of shape {points.shape}")
    ax = _axes(ax, "input 0", "input 1", "Decision boundary")
    low, high = points.min(axis=0), points.max(axis=0)
    low, high = low - 0.15 * (high - low), high + 0.15 * (high - low)
    xs, ys = np.linspace(low[0], high[0], resolution), np.linspace(low[1], high[1], resolution)
    check_columns(model, X)
    scores = Outputs(model, by_program=True)([[a, b] for b in ys.tolist() for a in xs.tolist()])
    classes = np.unique(labels)
    if scores.ndim == 1:
        grid = scores.reshape(resolution, resolution)
        limit = np.abs(grid[np.isfinite(grid)]).max(initial=1.0)
        ax.contourf(xs, ys, np.clip(grid, -limit, limit), levels=np.linspace(-limit, limit, 21), cmap="PuOr", alpha=0.7)
        ax.contour(xs, ys, grid, levels=[0.0], colors="black")
        colours: Sequence[str] = ("#b35806", "#542788")
    else:
        grid = np.argmax(scores, axis=1).reshape(resolution, resolution)
        levels = np.arange(scores.shape[1] + 1) - 0.5
        ax.contourf(xs, ys, grid, levels=levels, colors=COLOURS[: scores.shape[1]], alpha=0.3)
        colours = COLOURS
    for label, colour, marker in zip(classes, cycle(colours), cycle(MARKERS)):
        mine = points[labels == label]
        style: dict[str, Any] = {"c": colour, "marker": marker, "edgecolors": "white", "linewidths": 0.7}
        ax.scatter(mine[:, 0], mine[:, 1], label=f"class {label:g}", **style)
    ax.legend()
    return ax


def activation_histograms(report: Report, ax: Axes | None = None, bins: int = 60) -> Axes:
    """Plot the distribution of each layer's outputs in a row of its own: peaks at the ends mean saturation.

    Outputs of exactly 0, such as those of dead units, are not drawn; their share is written at the end of the row. Each
    row has a scale of its own, so that a peak hides nothing but its own row.
    """
    ax = _axes(ax, "output", "", "Distribution of the outputs, layer by layer")
    return _ridges(ax, report.layers, [layer.activations.ravel() for layer in report.layers], bins, is_log=False)


def gradient_histograms(report: Report, ax: Axes | None = None, bins: int = 60) -> Axes:
    """Plot the distribution of the sizes of the gradients with respect to each layer's outputs, on a logarithmic axis.

    Rows that move to the left from the last layer to the first show vanishing gradients, to the right exploding ones.
    Rows are as in `activation_histograms`.
    """
    ax = _axes(ax, "size of dloss/doutput", "", "Sizes of the gradients, layer by layer")
    return _ridges(ax, report.layers, [np.abs(layer.gradients.ravel()) for layer in report.layers], bins, is_log=True)


def gradient_norms(reports: Report | Mapping[str, Report], ax: Axes | None = None) -> Axes:
    """Plot the gradient norm of each layer's parameters on a logarithmic axis.

    reports: one report, or several by name, to compare them.
    """
    return _by_layer(_axes(ax, "", "gradient norm", "Gradient norm by layer"), reports, lambda layer: layer.gradient_norm)


def activation_spreads(reports: Report | Mapping[str, Report], ax: Axes | None = None) -> Axes:
    """Plot the standard deviation of each layer's outputs on a logarithmic axis; good initial weights give a level line.

    reports: one report, or several by name, to compare them.
    """
    return _by_layer(
        _axes(ax, "", "spread of the outputs", "Spread of the outputs by layer"), reports, lambda layer: layer.spread
    )


def update_ratios(history: History, ax: Axes | None = None) -> Axes:
    """Plot the norm of the update divided by the norm of the weights, for each weight tensor at each step.

    About 1e-3 is healthy; a line marks it.
    """
    ax = _axes(ax, "step", "update / data", "Update ratio of each tensor")
    named = {name: ratios for name, ratios in history.update_ratios.items() if "bias" not in name}
    for (name, ratios), colour, style in zip(named.items(), cycle(COLOURS), cycle(("-", "--", ":", "-."))):
        ax.plot(ratios, color=colour, linestyle=style, linewidth=1, label=name)
    ax.axhline(HEALTHY, color="grey", linewidth=1)
    ax.annotate(" 1e-3", (0, HEALTHY), xycoords=("axes fraction", "data"), va="bottom", color="grey")
    ax.set_yscale("log")
    ax.legend(fontsize="small")
    return ax


def dead_units(report: Report, ax: Axes | None = None) -> Axes:
    """Plot for each relu unit the fraction of examples for which it is above 0; a cross marks dead units.

    Raises ValueError if no layer has the activation relu.
    """
    layers = [layer for layer in report.layers if layer.activation == "relu"]
    if not layers:
        raise ValueError("no layer of this report has the activation relu, and only relu units can be dead")
    ax = _axes(ax, "unit", "", "Dead units")
    alive = np.full((len(layers), max(layer.activations.shape[1] for layer in layers)), np.nan)
    for i, layer in enumerate(layers):
        alive[i, : layer.activations.shape[1]] = np.mean(layer.activations > 0, axis=0)
        dead = np.flatnonzero(layer.dead_units)
        ax.scatter(dead, np.full(len(dead), i), marker="x", c="#D55E00", s=60, linewidths=2)
    image = ax.imshow(alive, aspect="auto", cmap="cividis", vmin=0, vmax=1)
    ax.figure.colorbar(image, ax=ax, label="examples for which it is above 0")
    ax.set_yticks(range(len(layers)), [layer.name for layer in layers])
    return ax


def gradient_against_lag(gradients: Mapping[str, Sequence[float]], ax: Axes | None = None) -> Axes:
    """Plot how far back in time gradients reach.

    gradients: for each name an array from `nn.gradient_by_lag`. Each is divided by its first entry, that of the last
    element.
    """
    ax = _axes(ax, "elements back from the last", "gradient norm, last = 1", "Gradient against lag")
    for (name, norms), colour, marker in zip(gradients.items(), cycle(COLOURS), cycle(MARKERS)):
        scaled = np.array(norms) / norms[0]
        ax.plot(scaled, color=colour, marker=marker, markevery=max(1, len(scaled) // 10), label=name)
    ax.set_yscale("log")
    ax.legend()
    return ax


def _by_layer(ax: Axes, reports: Report | Mapping[str, Report], number: Callable[[LayerReport], float]) -> Axes:
    named = {"": reports} if isinstance(reports, Report) else reports
    for (name, report), colour, marker in zip(named.items(), cycle(COLOURS), cycle(MARKERS)):
        layers = [layer for layer in report.layers if layer.weight.size]
        ax.plot(
            [layer.name for layer in layers], list(map(number, layers)), color=colour, marker=marker, label=name or None
        )
    ax.set_yscale("log")
    ax.tick_params(axis="x", rotation=45)
    if len(named) > 1:
        ax.legend()
    return ax


def _ridges(ax: Axes, layers: list[LayerReport], numbers: list[np.ndarray], bins: int, is_log: bool) -> Axes:
    """Plot a histogram of the numbers of each layer but the last (whose outputs are scores) above the next layer's."""
    layers, numbers = layers[:-1] or layers, numbers[: max(1, len(layers) - 1)]
    known = [values[np.isfinite(values) & (values != 0)] for values in numbers]
    every = np.log10(np.concatenate(known)) if is_log else np.concatenate(known)
    edges = np.histogram_bin_edges(every, bins)
    edges = 10.0**edges if is_log else edges
    for row, (values, found) in enumerate(zip(numbers, known)):
        base = len(layers) - 1 - row
        counts = np.histogram(np.clip(found, edges[0], edges[-1]), edges)[0]
        ax.stairs(
            base + 0.85 * counts / max(1, counts.max()), edges, baseline=base, fill=True, color=COLOURS[0], alpha=0.75
        )
        ax.axhline(base, color="grey", linewidth=0.6)
        zeros = float(np.mean(values == 0))
        if zeros > 0:
            place: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "ha": "right", "fontsize": "small"}
            ax.annotate(f"{100 * zeros:.0f} % are 0", (0.99, base + 0.35), **place)
    ax.set_yticks(range(len(layers))[::-1], [f"{layer.name} {layer.activation or ''}" for layer in layers])
    ax.set_xscale("log" if is_log else "linear")
    return ax


def _axes(ax: Axes | None, xlabel: str, ylabel: str, title: str) -> Axes:
    if ax is None:
        from matplotlib import pyplot as plt

        _, ax = plt.subplots(layout="constrained")
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    return ax
