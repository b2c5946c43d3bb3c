"""Output shared by the commands in this folder: numbers, goals, progress."""

from __future__ import annotations

import sys
import time
from typing import NamedTuple


class Goal(NamedTuple):
    """A goal for a quantity, the measured value, and whether the goal holds."""

    goal: str
    measured: str
    holds: bool

    def verdict(self) -> str:
        """Format the measured value, and whether the goal holds."""
        return f"{self.measured}: {'holds' if self.holds else '**misses**'}"


def number(x: float | str) -> str:
    """Format a number with three digits."""
    if isinstance(x, str):
        return x
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.3g}"


def line(*cells: str) -> str:
    """Format a row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def head(*titles: str) -> str:
    """Format the first two rows of a Markdown table."""
    return f"{line(*titles)}\n|{'---|' * len(titles)}"


def progress(text: str) -> None:
    """Print progress, separately from the table."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)
