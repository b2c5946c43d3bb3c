"""Pictures that several notebooks draw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


def landscape(
    f: Callable[[float, float], float],
    xs: Sequence[float],
    ys: Sequence[float],
    ax: Any,
    levels: Any,
) -> None:
    """Draw contour lines of f, for the paths that are drawn on top of it."""
    grid = [[f(x, y) for x in xs] for y in ys]
    ax.contour(xs, ys, grid, levels=levels, colors="grey", linewidths=0.7)
    ax.set(xlabel="x", ylabel="y", xlim=(xs[0], xs[-1]), ylim=(ys[0], ys[-1]))
