"""The exercises of notebook 10b."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from .checking import exercise, near, number


@exercise("10b.1")
def diagnoses(a: Any, b: Any, c: Any, d: Any) -> Iterator[str]:
    """Complain about which of four trainings underfit or overfit."""
    for name, given in zip("abcd", (a, b, c, d)):
        if given not in ("under", "over", "fine"):
            yield f'{name} is "under", "over" or "fine"; you said {given!r}'
    if a != "over":
        yield "in a, the training loss falls to 0.01, and the held-out loss ends higher than it began"
    if b == "over":
        yield "b has no gap between training and held-out loss, so nothing was learnt by heart"
    if b != "under":
        yield "in b, both losses are close to ln 2 = 0.69, which is guessing: it has not even learnt its own examples"
    if c != "fine":
        yield "in c, both losses are low, and close to each other"
    if d != "fine":
        yield (
            "in d, the training loss is the higher one, but it was measured with units missing; "
            "in use, with all its units, the network does as well as c"
        )


@exercise("10b.2")
def batch_size(size: Any) -> Iterator[str]:
    """Complain about the size of a batch with an eighth of the error of 4 points."""
    yield from number(
        "the size", size, 256,
        [(32, "8 times the points make the error only sqrt(8) times smaller"),
         (4 * math.sqrt(8), "the error falls with the root of the size, so the size grows with the square of the factor"),
         (64, "that is the factor; it multiplies the 4 points that you have"), (0.5, "a smaller batch is noisier")],
    )  # fmt: skip


@exercise("10b.3")
def stopping(early_stop: Any) -> Iterator[str]:
    """Complain about a rule of early stopping."""
    for losses, patience, right, trap in (
        ([5.0, 4.0, 3.0, 3.5, 3.2, 3.1, 1.0], 3, (2, 5), "3.2 and 3.1 fall, but set no new record"),
        ([3.0, 2.0, 2.5, 1.0, 1.5, 1.6], 2, (3, 5), "one rise is no reason to stop with a patience of 2"),
        ([3.0, 2.0, 1.0], 2, (2, 2), "it still improves when the epochs are over"),
        ([1.0, 2.0, 0.5], 1, (0, 1), "with a patience of 1, the first epoch without a new best is the last"),
    ):  # fmt: skip
        found = early_stop(losses, patience)
        if not isinstance(found, tuple) or len(found) != 2:
            yield f"it returns {found!r}; return two numbers, the best epoch and the last one"
        say = f"for {losses} and patience {patience} it returns {tuple(found)}"
        if tuple(found) == right[::-1] != right:
            yield f"{say}: the right numbers in the wrong order"
        if tuple(found) == (losses[right[0]], right[1]) != right:
            yield f"{say}: give the number of the best epoch, not its loss"
        if tuple(found) == (right[0] + 1, right[1] + 1):
            yield f"{say}: count from 0"
        if tuple(found) != right:
            yield f"{say}, and should return {right}: {trap}"


@exercise("10b.4")
def decoupled(step: Any) -> Iterator[str]:
    """Complain about a step with weight decay."""
    for w, g, rate, decay in ((2.0, 0.5, 0.1, 0.3), (-1.5, 0.2, 0.01, 4.0)):
        found = float(step(w, g, rate, decay))
        say = f"w = {w}, gradient {g}, rate {rate}, decay {decay} give {found:.6g}"
        for wrong, hint in (
            (w - rate * g, "that is the step without decay"),
            (w * (1 - decay) - rate * g, "the rate also multiplies the decay"),
            (w * (1 + rate * decay) - rate * g, "that makes the weight grow: the sign of the decay"),
            (w * (1 - rate * decay) + rate * g, "that goes up the gradient: the sign"),
            (w - rate * g - rate * decay * math.copysign(1, w),
             "that shrinks every weight by the same amount; decay is in proportion to w"),
            (w - rate * g - rate * decay, "that subtracts the same from every weight; decay is in proportion to w"),
            (w * (1 - 2 * rate * decay) - rate * g, "the 2 of the square cancels the 1/2 of the penalty"),
            ((w - rate * g) * (1 - rate * decay), "that also shrinks the step; shrink the old weight, then step"),
        ):  # fmt: skip
            if near(found, wrong):
                yield f"{say}: {hint}"
        if not near(found, w * (1 - rate * decay) - rate * g):
            yield f"{say}; it should be {w * (1 - rate * decay) - rate * g:.6g}"


@exercise("10b.5")
def dropping(dropout: Any) -> Iterator[str]:
    """Complain about dropout of a list."""
    xs, p, uniforms = [1.0, -2.0, 3.0, 4.0], 0.2, [0.9, 0.1, 0.2, 0.5]
    found = [float(v) for v in dropout(xs, p, uniforms)]
    kept = [u >= p for u in uniforms]
    right = [x / (1 - p) * k for x, k in zip(xs, kept)]
    say = f"{xs} with p = {p} and {uniforms} become {[round(v, 6) for v in found]}"
    if len(found) != len(xs):
        yield f"{say}: a number that is dropped becomes 0, and stays in the list"
    for wrong, hint in (
        ([x * k for x, k in zip(xs, kept)], "the mean has shrunk; divide what is left by 1 - p"),
        ([x / p * k for x, k in zip(xs, kept)], "that divides by p; a share of 1 - p is left, so divide by 1 - p"),
        ([x * (1 - p) * k for x, k in zip(xs, kept)], "that makes what is left smaller; it has to make up for the rest"),
        ([x / (1 - p) * (not k) for x, k in zip(xs, kept)], "that keeps the numbers that are to be dropped"),
        ([x / (1 - p) * (u > p) for x, u in zip(xs, uniforms)], "0.2 is not below 0.2"),
        ([x / (1 - p) for x in xs], "nothing is dropped"),
    ):  # fmt: skip
        if all(map(near, found, wrong)):
            yield f"{say}: {hint}"
    if not all(map(near, found, right)):
        yield f"{say}; they should become {right}"


@exercise("10b.6")
def cross_validation(folds: Any) -> Iterator[str]:
    """Complain about folds that do not hold out each point once."""
    for n, k in ((12, 3), (10, 4), (5, 5)):
        found = [(sorted(training), sorted(held_out)) for training, held_out in folds(n, k)]
        say = f"folds({n}, {k})"
        if len(found) != k:
            yield f"{say} has {len(found)} pairs, not {k}"
        for training, held_out in found:
            if both := {*training} & {*held_out}:
                yield f"{say} trains on point {min(both)}, and holds it out, in the same pair"
            if missing := {*range(n)} - {*training} - {*held_out}:
                yield f"{say} has a pair without point {min(missing)}"
            if len(held_out) > len(training) and k > 2:
                yield f"{say} holds out more points than it trains on: the order is (training, held out)"
        times = [sum(held_out.count(i) for _, held_out in found) for i in range(n)]
        if {*times} != {1}:
            i = next(i for i in range(n) if times[i] != 1)
            yield f"{say} holds out point {i} {times[i]} times; each point should be held out once"
        sizes = [len(held_out) for _, held_out in found]
        if max(sizes) - min(sizes) > 1:
            yield f"{say} holds out {sizes} points; the parts should differ by one point at most"


@exercise("10b.7")
def coin_tosses(share_training: Any, share_other: Any) -> Iterator[str]:
    """Complain about the accuracy on 60 random classes, and on others."""
    training, other = float(share_training), float(share_other)
    for name, share in (("share_training", training), ("share_other", other)):
        if not 0 <= share <= 1:
            yield f"{name} = {share:g} is not a share, 0 to 1; nn.evaluate returns the loss first, then the share"
    if other > 0.65:
        yield f"{other:.0%} of the others is too good for coin tosses: are their classes random, too?"
    if abs(other - 0.5) > 0.08:
        yield f"{other:.0%} of 500 coin tosses is hardly chance; it should be near one half"
    if training < 0.65:
        yield f"{training:.0%} is guessing: does the program get the same classes in each step?"
    if training < 0.9:
        yield f"{training:.0%} of the 60; it can do better: train for longer, 500 steps with rate 0.01"
