"""What the commands of this folder print alike: numbers, goals, progress."""

from __future__ import annotations

import sys
import time
from typing import NamedTuple


class Goal(NamedTuple):
    """What a quantity is held to, what was measured, and whether that holds."""

    goal: str
    measured: str
    holds: bool

    def verdict(self) -> str:
        """Measured, and whether it holds."""
        return f"{self.measured}: {'holds' if self.holds else '**misses**'}"


def number(x: float | str) -> str:
    """Three digits of it."""
    if isinstance(x, str):
        return x
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.3g}"


def line(*cells: str) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def head(*titles: str) -> str:
    """The first two rows of a Markdown table."""
    return f"{line(*titles)}\n|{'---|' * len(titles)}"


def tell(text: str) -> None:
    """Progress, apart from the table."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)
