"""Axes as SVG: a frame with ticks, numbers and labels."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

from autograd.render.content.text import number

LEFT, RIGHT, TOP, BOTTOM = 64.0, 12.0, 10.0, 40.0  # px, around the frame; LEFT holds six digits and a label
WANTED = 4  # intervals between the ticks of an axis
STEPS = (1.0, 2.0, 5.0, 10.0)  # ticks are multiples of these, times a power of ten


@dataclass(frozen=True)
class Axis:
    """An axis from `low` to `high`. log: its scale is logarithmic; both are then above 0."""

    low: float
    high: float
    label: str
    log: bool = False

    def place(self, x: float) -> float:
        """Map a number to its place along the axis, 0 at `low` and 1 at `high`."""
        low, high, x = (log10(n) if self.log else n for n in (self.low, self.high, x))
        return (x - low) / (high - low) if high > low else 0.0

    def ticks(self) -> list[float]:
        """Choose round numbers along the axis: powers of ten, or their multiples by 2 and 5, on a logarithmic one."""
        if self.log:
            powers = range(ceil(log10(self.low)), floor(log10(self.high)) + 1)
            if len(powers) > WANTED - 1:
                return [10.0**k for k in powers[:: ceil(len(powers) / (WANTED + 2))]]
            found = [step * 10.0**k for k in range(powers.start - 1, powers.stop) for step in STEPS[:3]]
            found = [x for x in found if self.low <= x <= self.high]
            if len(found) > 1:
                return found
        span = self.high - self.low
        if not span > 0:
            return [self.low]
        power = 10.0 ** floor(log10(span / WANTED))
        step = next(step * power for step in STEPS if step * power >= span / WANTED * (1 - 1e-9))
        first, last = ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9)
        return [k * step for k in range(first, last + 1)]


def framed(x: Axis, y: Axis, size: tuple[float, float], inside: str, title: str) -> str:
    """Draw axes as SVG around the SVG elements `inside`, whose origin is the top left corner of the frame.

    size: width and height of the frame in px. title: of the picture, for screen readers.
    """
    w, h = size
    whole = f"{w + LEFT + RIGHT:.0f}", f"{h + TOP + BOTTOM:.0f}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole[0]} {whole[1]}" width="{whole[0]}" '
        f'height="{whole[1]}" role="img" aria-label="{escape(title)}"><g transform="translate({LEFT:g} {TOP:g})">{inside}'
        f'<rect class="frame" width="{w:g}" height="{h:g}"/>'
    ]
    for tick in x.ticks():
        at = w * x.place(tick)
        parts.append(f'<path class="tick" d="M{at:.1f} {h:g}v4"/><text x="{at:.1f}" y="{h + 16:g}">{number(tick)}</text>')
    for tick in y.ticks():
        at = h - h * y.place(tick)
        parts.append(f'<path class="tick" d="M0 {at:.1f}h-4"/>')
        parts.append(f'<text class="left" x="-7" y="{at + 4:.1f}">{number(tick)}</text>')
    parts.append(f'<text class="name" x="{w / 2:g}" y="{h + 33:g}">{escape(x.label)}</text>')
    parts.append(
        f'<text class="name" transform="translate({12 - LEFT:g} {h / 2:g}) rotate(-90)">{escape(y.label)}</text></g></svg>'
    )
    return "".join(parts)
