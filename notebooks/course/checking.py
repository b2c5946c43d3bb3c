"""`check`. A check is a generator of complaints, of which the first one is shown.

It looks at what an answer does, never at how it is written, and recognises the usual mistakes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from types import CodeType
from typing import Any

CHECKS: dict[str, Callable[..., Iterator[str]]] = {}
FAR = 1e-6  # a relative difference that no rounding explains


def check(exercise: str, *answers: Any) -> bool:
    """Print what is wrong with the answers to an exercise, or that they are right; return True if they are."""
    if exercise not in CHECKS:
        raise ValueError(f"no exercise {exercise!r}; there are {', '.join(CHECKS)}")
    if has_gap(answers):
        print(f"{exercise} is not done yet: there is a gap to fill in, `...`")
        return False
    try:
        complaint = next(CHECKS[exercise](*answers), "")
    except Exception as error:  # of any kind: it is the learner's code that runs
        complaint = f"it stops with {type(error).__name__}: {error}"
    print(f"{exercise}, not yet: {complaint}" if complaint else f"{exercise}: right")
    return not complaint


def has_gap(answer: Any) -> bool:
    """True if an answer is `...`, or a function, class or collection with a `...` in it."""
    if isinstance(answer, tuple | list | CodeType):
        return any(
            map(has_gap, answer.co_consts if isinstance(answer, CodeType) else answer)
        )
    if isinstance(answer, type):
        return any(has_gap(part) for part in vars(answer).values())
    return answer is ... or has_gap(getattr(answer, "__code__", ()))


def exercise(
    name: str,
) -> Callable[[Callable[..., Iterator[str]]], Callable[..., Iterator[str]]]:
    """Register a check under the name of its exercise."""

    def register(complaints: Callable[..., Iterator[str]]) -> Callable[..., Iterator[str]]:
        CHECKS[name] = complaints
        return complaints

    return register


def near(x: Any, y: float) -> bool:
    return math.isclose(x, y, rel_tol=FAR, abs_tol=FAR)


def number(
    name: str,
    given: Any,
    right: float,
    mistakes: Sequence[tuple[float, str]] = (),
    rtol: float = FAR,
) -> Iterator[str]:
    """Complain about a number that is not the right one, and say which of the usual mistakes would give it."""
    given = float(given)
    if not math.isclose(given, right, rel_tol=rtol, abs_tol=rtol):
        hints = [f": {hint}" for wrong, hint in mistakes if near(given, wrong)]
        yield (
            f"{name} = {given:.6g} is not right"
            + (hints or [f"; it is {abs(given - right):.2g} off"])[0]
        )
