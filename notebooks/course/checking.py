"""`check`. A check is a generator of complaints, of which the first one is shown.

It looks at what an answer does, never at how it is written, and recognises the usual mistakes.
"""

from __future__ import annotations

import linecache
import math
import traceback
from collections.abc import Callable, Iterator, Sequence
from types import CodeType
from typing import Any

from .guesses import brief

CHECKS: dict[str, Callable[..., Iterator[str]]] = {}
FAR = 1e-6  # a relative difference that no rounding explains


def check(exercise: str, *answers: Any) -> bool:
    """Print what is wrong with the answers to an exercise, or that they are right; return True if they are."""
    if exercise not in CHECKS:
        raise ValueError(f"no exercise {exercise!r}; there are {', '.join(sorted(CHECKS))}")
    if has_gap(answers):
        print(f"{exercise} is not done yet: there is a gap to fill in, `...`")
        return False
    try:
        complaint = next(CHECKS[exercise](*answers), "")
    except Exception as error:  # of any kind: it is the learner's code that runs
        complaint = f"it stops with {type(error).__name__}: {error}{where(error)}"
    print(f"{exercise}, not yet: {complaint}" if complaint else f"{exercise}: right")
    return not complaint


def where(error: BaseException) -> str:
    """The line of the notebook in which an error arose, if there is one."""
    for frame, line in reversed([*traceback.walk_tb(error.__traceback__)]):
        if frame.f_globals.get("__name__") == "__main__":
            code = linecache.getline(frame.f_code.co_filename, line, frame.f_globals)
            return f", in the line `{code.strip()}`" if code else ""
    return ""


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
    try:
        given, far = float(given), max(rtol, FAR)
    except (TypeError, ValueError):
        what = "a function; call it" if callable(given) else repr(given)
        yield f"{name} should be a plain number, and is {what}"
        return
    if not math.isclose(given, right, rel_tol=rtol, abs_tol=0 if right else FAR):
        hints = [
            f": {hint}"
            for wrong, hint in mistakes
            if math.isclose(given, wrong, rel_tol=far, abs_tol=0 if wrong else FAR)
        ]
        yield (
            f"{name} = {given:.6g} is not right"
            + (
                hints or [f"; it is {brief(abs(given - right))} off{rounded(given, right)}"]
            )[0]
        )


def rounded(given: float, right: float) -> str:
    """A hint if a number is the right one, with too few digits."""
    close = math.isclose(given, right, rel_tol=0.01)
    fewer = (float(f"{right:.{digits}g}") for digits in range(1, 8))
    return ": give it more digits" if close and given in fewer else ""


def choice(
    name: str, given: Any, right: Any, mistakes: Sequence[tuple[Any, str]] = ()
) -> Iterator[str]:
    """Complain about a word, in capitals or not, or a truth value that is not the right one."""
    if isinstance(right, bool) and given not in (True, False):
        yield f"{name}: {given!r} is neither True nor False"
    if isinstance(given, str) and isinstance(right, str):
        given = right if given.strip().lower() == right.lower() else given
    if given != right:
        hints = [f": {hint}" for wrong, hint in mistakes if given == wrong]
        yield f"{name}: {given!r} is not right" + (hints or [""])[0]


Row = tuple[str, Any, Sequence[tuple[Any, str]]]
TABLES: dict[str, tuple[Row, ...]] = {}


def answers(name: str, *rows: Row, rtol: float = 1e-3) -> None:
    """Register a check of answers that are numbers, words or truth values.

    rows: (what the answer says, the right one, [(a usual mistake, a hint)]) for each. A number may be rounded to four digits.
    """

    def complaints(*given: Any) -> Iterator[str]:
        if len(given) != len(rows):
            yield f"it has {len(rows)} answers; you gave {len(given)}"
        for answer, (what, right, mistakes) in zip(given, rows, strict=True):
            if isinstance(right, str | bool):
                yield from choice(what, answer, right, mistakes)
            else:
                yield from number(what, answer, right, mistakes, rtol)

    TABLES[name] = rows
    exercise(name)(complaints)


def flat(numbers: Any) -> list[float]:
    """The numbers of an array, a nested list or a single number, in order."""
    if hasattr(numbers, "tolist"):
        numbers = numbers.tolist()
    if isinstance(numbers, list | tuple):
        return [x for part in numbers for x in flat(part)]
    return [float(numbers)]


def same(a: Any, b: Any, rtol: float = FAR) -> bool:
    """True if two results have the same numbers, but for rounding."""
    xs, ys = flat(a), flat(b)
    return len(xs) == len(ys) and all(
        math.isclose(x, y, rel_tol=rtol, abs_tol=rtol * 1e-3) for x, y in zip(xs, ys)
    )


def function(
    name: str,
    given: Callable[..., Any],
    right: Callable[..., Any],
    points: Sequence[tuple[Any, ...]],
    mistakes: Sequence[tuple[Callable[..., Any], str]] = (),
    rtol: float = FAR,
) -> Iterator[str]:
    """Complain about the first point where a function differs from the right one.

    A mistake is a function with a hint, which is shown if the function gives the same as the mistake at all the points.
    """
    results = [given(*point) for point in points]
    for point, result in zip(points, results):
        if result is None:
            yield f"{name}{shown(point)} returns None: is a `return` missing?"
        truth = right(*point)
        if not same(result, truth, rtol):
            hints = [
                f": {hint}"
                for wrong, hint in mistakes
                if all(same(r, wrong(*p), rtol) for p, r in zip(points, results))
            ]
            say = f"{name}{shown(point)} is {shown(result)}; it should be {shown(truth)}"
            yield say + (hints or [""])[0]


def shown(thing: Any) -> str:
    """A number, a collection of numbers or the arguments of a function, in six digits."""
    if callable(thing):
        return "f"
    if hasattr(thing, "tolist"):
        thing = thing.tolist()
    if isinstance(thing, tuple | list):
        inside = ", ".join(map(shown, thing))
        return f"({inside})" if isinstance(thing, tuple) else f"[{inside}]"
    return f"{thing:.6g}" if isinstance(thing, float | int) else str(thing)
