"""The looks of weights, biases and gradients in a training movie, in its page and as pictures."""

from __future__ import annotations

from math import isfinite, isnan, log10

RADIUS = 11.0  # px, of a unit
BESIDE = 16.0  # px, between the squares of weights and the units on both sides
WIDEST = 6.0  # px, width of the line of the largest weight
DECADES = 4.0  # a gradient 10^4 times smaller than the largest of the movie is white


def width(weight: float, largest: float) -> float:
    """Map a weight to the width of its line in px."""
    return round(min(1.0, abs(weight) / largest) * WIDEST, 2) if isfinite(weight) else WIDEST


def outline(bias: float, largest: float) -> float:
    """Map a bias to the width of the outline of its unit in px; nan if the unit has none."""
    return 1.0 if isnan(bias) else 1.0 + width(bias, largest) / 2


def shade(gradient: float, top: float) -> float:
    """Map a gradient to 0 (none) to 1 (the largest of the movie), on a logarithmic scale."""
    if not isfinite(gradient):
        return 1.0
    return round(max(0.0, 1 + log10(gradient / top) / DECADES), 3) if gradient > 0 else 0.0
