"""Pictures that several notebooks draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib import pyplot as plt

from nn.plots import COLOURS

STYLES = ("-", "--", "-.", ":", (0, (5, 1)))
MARKS = "os^Dv"


def draw_curves(
    curves: Mapping[str, Any],
    xs: Any = None,
    marks: bool = False,
    ax: Any = None,
    **settings: Any,
) -> Any:
    """Draw rows of numbers by name, each in its own colour and style.

    xs: what belongs to each number, 0, 1, 2, ... if None. marks: solid lines with a mark at each number. settings: labels,
    scales and limits of the axes, as for `ax.set`. Returns the axes.
    """
    ax = ax or plt.subplots()[1]
    for (name, ys), colour, style, mark in zip(
        curves.items(), cycle(COLOURS), cycle(STYLES), cycle(MARKS)
    ):
        how = {"marker": mark, "markersize": 5} if marks else {"linestyle": style}
        ax.plot(range(len(ys)) if xs is None else xs, ys, color=colour, label=name, **how)
    ax.set(**settings)
    ax.legend()
    return ax


def landscape(
    f: Callable[[Any, Any], Any],
    xs: Sequence[float],
    ys: Sequence[float],
    ax: Any,
    levels: Any,
) -> None:
    """Draw contour lines of f, for the paths that are drawn on top of it. f: plain arithmetic, called with arrays."""
    ax.contour(
        xs, ys, f(*np.meshgrid(xs, ys)), levels=levels, colors="grey", linewidths=0.7
    )
    ax.set(xlabel="x", ylabel="y", xlim=(xs[0], xs[-1]), ylim=(ys[0], ys[-1]))
