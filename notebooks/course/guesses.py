"""`predict` and `compare`: a guess, and the answer next to it."""

from __future__ import annotations

import math
from typing import Any

GUESSES: dict[str, float] = {}


def predict(question: str, guess: Any) -> None:
    """Keep a guess, a number, until `compare` shows it; `...` is none."""
    GUESSES.pop(question, None)
    if guess is not ...:
        try:
            GUESSES[question] = float(guess)
        except (TypeError, ValueError):
            raise TypeError(
                f"a guess is a number, or `...` for none, got {guess!r}"
            ) from None


def compare(question: str, answer: float) -> None:
    """Print the answer to a question next to the guess."""
    print(f"{question}: {answer:.6g}; {judgement(GUESSES.get(question), answer)}")


def judgement(guess: float | None, answer: float) -> str:
    """Say how a guess relates to the answer: right, close, too large, too small, or of the other sign."""
    if guess is None:
        return "you made no guess"
    if math.isclose(guess, answer, rel_tol=1e-9, abs_tol=1e-12):
        return f"you said {guess:.6g}, exactly right"
    if guess * answer < 0:
        return f"you said {guess:.6g}, which has the other sign"
    if math.isclose(guess, answer, rel_tol=0.1):
        return f"you said {guess:.6g}, close"
    size, other = abs(guess), abs(answer)
    if min(size, other) > 0 and max(size, other) >= 2 * min(size, other):
        times = max(size, other) / min(size, other)
        return f"you said {guess:.6g}, {brief(times)} times too {'large' if size > other else 'small'}"
    return f"you said {guess:.6g}, {abs(guess - answer):.3g} too {'large' if guess > answer else 'small'}"


def brief(x: float) -> str:
    """A positive number in two digits, or all of those before the point: 0.0025, 4,096."""
    return f"{x:.2g}" if not 100 <= x < 1e7 else f"{x:,.0f}"
