"""The exercises of notebooks 05 to 07b."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from autograd import Value

from .checking import answers, exercise, function, same, shown

# 05 Losses

_P = [math.exp(s) / (math.exp(2) + 2) for s in (2, 0, 0)]
_ENTROPY = -(0.3 * math.log(0.3) + 0.7 * math.log(0.7))
_CONSTANT = -(0.1 * math.log(0.1) + 0.9 * math.log(0.9))

answers(
    "05.1",
    ("the squared loss", 4.25 / 3, [
        (4.25, "that is the sum; divide by the three examples"),
        (4.25 / 6, "the squared loss has no factor of 1/2 here"),
        (2.5 / 3, "that is the absolute loss"),
    ]),
    ("the absolute loss", 2.5 / 3, [
        (2.5, "that is the sum; divide by the three examples"),
        (1.5 / 3, "the errors are 2, 0 and 0.5; take each without its sign, then add"),
        (4.25 / 3, "that is the squared loss"),
    ]),
    ("the Huber loss", 1.625 / 3, [
        (1.625, "that is the sum; divide by the three examples"),
        (1.75 / 3, "up to 1 it is half of the square: 0.125 for the error 0.5"),
        (2.125 / 3, "beyond 1 it is a straight line: 1.5 for the error 2"),
    ]),
)  # fmt: skip
answers(
    "05.2",
    ("the loss with 100 classes", math.log(100), [
        (-math.log(100), "the sign: a surprise is positive"),
        (2.0, "that is the logarithm to the base 10; the loss uses the natural one"),
        (0.01, "that is the probability of each class; the loss is minus its logarithm"),
        (math.log(2), "that is for two classes"),
    ]),
    ("the number of classes", 4.0, [
        (1.386, "that is the loss itself; which K has ln K = 1.386?"),
        (10**1.386, "e to a power undoes the natural logarithm"),
        (2.0, "ln 2 is 0.693, half of it"),
    ]),
)  # fmt: skip
_DOWN = "that is y - p, the way downhill; the gradient is p - y"
answers(
    "05.3",
    ("the gradient of score 1", _P[0], [
        (_P[0] - 1, "the right class is the second one, not the one with the largest score"),
        (-_P[0], _DOWN),
    ]),
    ("the gradient of score 2", _P[1] - 1, [
        (_P[1], "that is the probability; subtract the target, which is 1 for the right class"),
        (1 - _P[1], _DOWN),
    ]),
    ("the gradient of score 3", _P[2], [
        (_P[2] - 1, "the right class is the second one, not the third"),
        (-_P[2], _DOWN),
    ]),
)  # fmt: skip
answers(
    "05.4",
    ("the logit", math.log(3 / 7), [
        (0.3, "that is the probability; which logit has the sigmoid 0.3?"),
        (-math.log(3 / 7), "the sign: p is below 1/2, so the logit is negative"),
        (math.log(0.3), "that is ln 0.3; the logit of p is ln(p / (1 - p))"),
        (0.0, "at 0, p is 0.5, and the gradient is 0.5 - 0.3"),
    ]),
    ("the loss", _ENTROPY, [
        (0.0, "for a soft target, the loss is not 0 even at its minimum"),
        (-0.3 * math.log(0.3), "that is one of two terms; the other is for 1 - p"),
        (-math.log(0.3), "that is the loss for the target 1; weigh both terms, with 0.3 and 0.7"),
        (-_ENTROPY, "the sign"),
        (math.log(2), "that is the loss at logit 0, which is not the smallest"),
    ]),
)  # fmt: skip
answers(
    "05.5",
    ("the smallest loss", _CONSTANT, [
        (math.log(2), "that is the loss of p = 0.5; the network may choose its p"),
        (-math.log(0.9), "that is the loss for a healthy person; one of ten is sick"),
        (-math.log(0.1), "that is the loss for the sick person; nine of ten are healthy"),
        (10 * _CONSTANT, "that is the sum over the ten people"),
    ]),
    ("the bias", -math.log(9), [
        (math.log(9), "the sign: this one says sick nine times out of ten"),
        (0.1, "that is p; the bias is its logit, ln(p / (1 - p))"),
        (math.log(0.1), "that is ln p; the logit is ln(p / (1 - p))"),
    ]),
)  # fmt: skip
answers(
    "05.6",
    ("the number of steps", 54.0, [
        (63.0, "that is the cross-entropy, at its rate of 0.15"),
        (55.0, "counted from 1? The answer at index 0 is the one before any step"),
        (53.0, "there it is still above 0.1"),
        (300.0, "it does get there; did you set the rate to 15?"),
    ]),
    rtol=1e-9,
)  # fmt: skip


@exercise("05.7")
def stable_cross_entropy(given: Any) -> Iterator[str]:
    """Complain about a cross-entropy of plain scores."""

    def right(scores: list[float], c: int) -> float:
        m = max(scores)
        return m + math.log(sum(math.exp(s - m) for s in scores)) - scores[c]

    def share(scores: list[float], c: int) -> float:
        return math.exp(-right(scores, c))

    small = [([0.5, -1.0, 2.0], 2), ([0.5, -1.0, 2.0], 1), ([0.0, 0.0], 0)]
    yield from function("my_cross_entropy", given, right, small, [
        (share, "that is the probability of class c; take minus its logarithm"),
        (lambda s, c: -right(s, c), "the sign: a surprise is positive"),
        (lambda s, c: right(s, c) + s[c], "the score of class c is not subtracted"),
        (lambda s, c: -math.log(1 - share(s, c)) if share(s, c) < 1 else 0, "that is the surprise if c is wrong"),
    ])  # fmt: skip
    large = [([1000.0, 0.0, -1000.0], c) for c in range(3)]
    for point in large:
        try:
            given(*point)
        except (OverflowError, ValueError, ZeroDivisionError) as error:
            yield (
                f"right for small scores, but my_cross_entropy{shown(point)} stops with {type(error).__name__}: {error}; "
                "subtract the largest score before you take exp, and never take the logarithm of a rounded probability"
            )
    yield from function("my_cross_entropy", given, right, large)


# 06 Updating weights

answers(
    "06.1",
    ("w", 1.4, [
        (2.6, "uphill; the step goes against the gradient"),
        (1.7, "the 2 of the square is missing"),
        (1.8, "the gradient of w has x as a factor"),
        (6.0, "that is the gradient; the step is rate times that"),
        (-4.0, "the rate is missing"),
    ]),
    ("b", -1.2, [
        (-0.8, "uphill; the step goes against the gradient"),
        (-1.1, "the 2 of the square is missing"),
        (-1.6, "the gradient of b does not have x as a factor"),
        (-0.84, "it was computed with the new w: first all gradients, then all updates"),
    ]),
)  # fmt: skip
answers(
    "06.2",
    ("the number of steps", 160.0, [
        (155.0, "that leaves out the last, smaller batch of each epoch"),
        (156.25, "a batch that is not full is a step, too"),
        (157.0, "each epoch ends with its own smaller batch"),
        (32.0, "that is one epoch"),
        (5.0, "that is the number of epochs"),
        (5000.0, "that would be batches of 1"),
    ]),
    ("the last batch", 8.0, [
        (32.0, "1,000 is not a multiple of 32"),
        (24.0, "that is what is missing from a full batch"),
    ]),
    rtol=1e-9,
)  # fmt: skip
answers(
    "06.3",
    ("the rate that arrives in one step", 1 / 7, [
        (2 / 7, "that is the limit, where w only changes its sign; the curvature of 3.5 w^2 is 7, not 3.5"),
        (1 / 14, "that one halves w"),
    ]),
    ("the limit", 2 / 7, [
        (1 / 7, "that one arrives at once; the limit is twice as large"),
        (2 / 3.5, "the curvature is the second derivative of 3.5 w^2, which is 7"),
    ]),
    ("the rate that halves", 1 / 14, [
        (3 / 14, "that one halves w and changes its sign"),
        (1 / 7, "that one arrives at once"),
        (1 / 2, "the step multiplies w by 1 - 7 rate; that should be 1/2"),
    ]),
)  # fmt: skip


def _descend(
    gradient: Callable[[float], float], w: float, rate: float, steps: int
) -> float:
    for _ in range(steps):
        w = w - rate * gradient(w)
    return w


@exercise("06.4")
def update_loop(given: Any) -> Iterator[str]:
    """Complain about gradient descent on one weight."""
    points = [(lambda w: 4 * w, 1.0, 0.1, 3), (lambda w: 2 * (w - 3), 0.0, 0.2, 5)]
    yield from function("descend", given, _descend, points, [
        (lambda g, w, r, n: _descend(g, w, -r, n), "uphill; the step goes against the gradient"),
        (lambda g, w, r, n: w - r * n * g(w), "the gradient is the one of the start; compute it anew at each step"),
        (lambda g, w, r, n: _descend(g, w, r, 1), "that is after one step; is the return inside the loop?"),
        (lambda g, w, r, n: _descend(g, w, r, n - 1), "one step too few"),
        (lambda g, w, r, n: _descend(g, w, r, n + 1), "one step too many"),
        (lambda g, w, r, n: w, "w has not moved"),
        (lambda g, w, r, n: _descend(g, w, 1, n), "the rate is missing"),
    ])  # fmt: skip


answers(
    "06.5",
    ("the factor of each half", 0.5, [
        (1.0, "then the sum is twice the gradient of the whole batch"),
        (2.0, "the other way round: the sum of two means is too large already"),
        (0.25, "each half is a mean over 2 already; 2/4 is missing, not 1/4"),
    ]),
    ("the factor of the three", 0.75, [
        (0.5, "then three examples weigh as much as the single one"),
        (1 / 3, "their loss is a mean, so the 3 is in it already"),
        (0.25, "these are three of the four examples"),
    ]),
    ("the factor of the one", 0.25, [
        (0.5, "then the single one weighs as much as the three others"),
        (0.75, "this is one of the four examples"),
        (1.0, "then this one example counts in full"),
    ]),
)  # fmt: skip
answers(
    "06.6",
    ("the decay", 1.0, [
        (0.125, "that is the same decay; but rate/8 divides its pull, too, and loss/8 does not"),
        (0.125 / 8, "the other way round: rate/8 makes the pull smaller, so the decay must be larger"),
        (8.0, "that is the factor"),
    ]),
)  # fmt: skip
_STEEP, _FLAT = 15 + math.sqrt(125), 15 - math.sqrt(125)
answers(
    "06.7",
    ("the limit", 2 / _STEEP, [
        (1 / _STEEP, "that is 1 / curvature; the limit is twice as large"),
        (2 / _FLAT, "that is the smallest eigenvalue; the steepest direction decides"),
        (4 / _STEEP, "is the 2 of the squares missing in the Hessian?"),
        (2 / 20, "that is the largest number on the diagonal; an eigenvalue may be larger"),
        (_STEEP, "that is the eigenvalue; the limit is 2 divided by it"),
    ]),
)  # fmt: skip


def _run(rate: float, zero: bool = True, sign: int = -1) -> list[float]:
    """Two weights after three steps on (a - 1)^2 + 3 (a + b)^2."""
    w, summed = [0.5, 0.25], [0.0, 0.0]
    for _ in range(3):
        a, b = w
        gradient = [2 * (a - 1) + 6 * (a + b), 6 * (a + b)]
        summed = gradient if zero else [s + g for s, g in zip(summed, gradient)]
        w = [v + sign * rate * s for v, s in zip(w, summed)]
    return w


@exercise("06.8")
def both_bugs(given: Any) -> Iterator[str]:
    """Complain about a training loop that forgets zero_grad, or rebinds its parameters."""
    parameters = [Value(0.5), Value(0.25)]
    given(lambda a, b: (a - 1) ** 2 + 3 * (a + b) ** 2, parameters, 0.05, 3)
    found = [p.data for p in parameters]
    say = f"after 3 steps the parameters are {shown(found)}; they should be {shown(_run(0.05))}"
    if found == [0.5, 0.25]:
        yield "the parameters have not moved: `p = ...` makes a new Value; change the number inside, p.data"
    if same(found, _run(0.05, zero=False)):
        yield f"{say}: the gradients of all steps add up; set each p.grad to 0 before backward"
    if same(found, _run(0.05, sign=1)):
        yield f"{say}: the step goes uphill"
    if not same(found, _run(0.05)):
        yield say


# 07 Optimisers and schedules

_PLAIN = "that is plain gradient descent; the velocity keeps 0.9 of what it was"
_DAMPED = "that has v = 0.9 v + 0.1 g, as in Adam; momentum here adds the whole gradient"
answers(
    "07.1",
    *(
        (f"the weight after step {k}", right, [
            (-right, "the sign: the weight goes against the velocity"),
            (-10 * right, "the rate of 0.1 is missing, and the sign"),
            (10 * right, "the rate of 0.1 is missing"),
            *([(-0.1 * k, _PLAIN)] if k > 1 else []),
            (damped, _DAMPED),
        ])
        for k, right, damped in ((1, -0.1, -0.01), (2, -0.29, -0.029), (3, -0.561, -0.0561))
    ),
)  # fmt: skip
answers(
    "07.2",
    ("Adam's first step", 0.01, [
        (-0.01, "the sign: the gradient is negative, so the weight grows"),
        (4.0, "that is rate × gradient; Adam divides the gradient by its own size"),
        (0.01 * 10**0.5, "that is without the corrections of the two means"),
        (0.1, "that is RMSprop's"),
    ]),
    ("Adam's first step with the tiny gradient", -0.005, [
        (-0.01, "eps is as large as the gradient, and is added to it below the fraction line"),
        (0.005, "the sign: the gradient is positive"),
        (0.01, "the sign; and eps is as large as the gradient"),
        (-1e-10, "that is rate × gradient"),
    ]),
    ("RMSprop's first step", 0.1, [
        (0.01, "that is Adam's; RMSprop does not correct its mean for having started at 0"),
        (1.0, "take the root of the mean square: the root of 0.01 is 0.1"),
        (-0.1, "the sign: the gradient is negative, so the weight grows"),
    ]),
)  # fmt: skip
answers(
    "07.3",
    ("the limit", 0.02, [
        (2 / 6, "that is the limit of the flat direction; the steep one decides"),
        (2 / 50, "the curvature is the second derivative of 50 y^2, which is 100"),
        (0.01, "that is 1 / curvature; the limit is twice as large"),
    ]),
    ("the best rate", 2 / 106, [
        (0.01, "that arrives at once along y, and multiplies x by 0.94 at each step; a longer one is better for x"),
        (0.02, "that is the limit; along y it never arrives"),
        (2 / 53, "the curvatures are 6 and 100, the second derivatives"),
        (1 / 106, "1 - 6 r and 1 - 100 r should be opposite: so 2 = 106 r"),
    ]),
)  # fmt: skip
answers(
    "07.4",
    ("SGD", 0.999, [
        (0.9, "the pull is multiplied by the rate, too"),
        (0.99, "the pull is decay × weight = 0.1, and the step is rate × that"),
        (1.001, "the sign: a decay makes the weight smaller"),
    ]),
    ("Adam", 0.99, [
        (0.999, "Adam takes the decay for a gradient, and divides it by its own size"),
        (1.0, "the decay counts as a gradient"),
        (0.9, "its first step is as long as the rate"),
    ]),
    ("AdamW", 0.999, [
        (0.99, "AdamW subtracts the decay directly; it does not divide it by its size"),
        (0.9, "the pull is multiplied by the rate, too"),
        (1.0, "the gradient is 0, but the decay does not need one"),
    ]),
    rtol=1e-6,
)  # fmt: skip


def _momentum(
    gradients: list[float], rate: float, momentum: float, ahead: str = "nesterov"
) -> list[float]:
    w = v = 0.0
    path = []
    for g in gradients:
        before, v = v, momentum * v + g
        step = {"nesterov": g + momentum * v, "plain": v, "stale": g + momentum * before}
        step["twice"] = v + momentum * v
        w -= rate * step[ahead]
        path.append(w)
    return path


@exercise("07.5")
def nesterov(given: Any) -> Iterator[str]:
    """Complain about Nesterov's momentum."""
    points = [([1.0, -2.0, 0.5, 3.0], 0.1, 0.9), ([4.0, 4.0], 0.01, 0.5)]
    yield from function("nesterov", given, _momentum, points, [
        (lambda g, r, m: _momentum(g, r, m, "plain"), "that is plain momentum, which moves along v"),
        (lambda g, r, m: _momentum(g, r, m, "stale"), "with the old v, that is just plain momentum: add g to v first"),
        (lambda g, r, m: _momentum(g, r, m, "twice"), "that moves along v + momentum × v; the first term is g"),
        (lambda g, r, m: _momentum(g, -r, m), "uphill; the step goes against it"),
        (lambda g, r, m: _momentum(g, 1, m), "the rate is missing"),
    ], 1e-9)  # fmt: skip


answers(
    "07.6",
    ("from 10 on the square", 3.0, [
        (-4.0, "that is w - f'; divide by the curvature, 2"),
        (-7.0, "that is the step; add it to 10"),
        (6.5, "the step is f' / f'' = 14 / 2"),
    ]),
    ("from 1 on the fourth power", 2 / 3, [
        (0.0, "that is what it would be on a parabola; here the curvature is 12 w^2"),
        (1 / 3, "that is the step; it is subtracted from 1"),
        (-3.0, "that is w - f'; divide by the curvature, 12"),
        (4 / 3, "the sign of the step"),
    ]),
    ("from 0.5 on the cosine", 0.5 - math.tan(0.5), [
        (0.5 + math.tan(0.5), "downhill, yes; but the curvature is negative here, and turns Newton's step around"),
        (math.tan(0.5), "that is the step; it is subtracted from 0.5"),
        (math.pi, "that is the minimum; look at the signs of slope and curvature"),
        (0.5 + math.sin(0.5), "that is w - f'; divide by the curvature, too"),
    ]),
)  # fmt: skip


# 07b Local minima, noise and schedules

answers(
    "07b.1",
    ("StepLR at epoch 25", 0.025, [
        (0.05, "that is after one halving, at epoch 10; the second one is at 20"),
        (0.0125, "the third halving is at epoch 30"),
        (0.25, "that is the factor; the rate is 0.1 × that"),
    ]),
    ("ExponentialLR at epoch 5", 0.1 * 0.9**5, [
        (0.9**5, "that is the factor; the rate is 0.1 × that"),
        (0.1 * 0.9**4, "at epoch 0 the factor is 1, so at 5 it is 0.9^5"),
        (0.05, "the factors multiply"),
        (0.09, "that is at epoch 1"),
    ]),
    ("CosineAnnealingLR at epoch 10", 0.05 * (1 + 0.5**0.5), [
        (0.075, "that is a straight line; the cosine is still higher there"),
        (0.1 * 0.5**0.5, "a cosine goes down to -1: (1 + cos) / 2"),
        (0.05, "that is half way, at epoch 20"),
        (0.5 * (1 + 0.5**0.5), "that is the factor; the rate is 0.1 × that"),
    ]),
)  # fmt: skip
answers(
    "07b.2",
    ("the spread with 16", 1.0, [
        (0.25, "divide by the root of 16"),
        (4.0, "that is a single example"),
        (16.0, "the mean has a smaller spread"),
    ]),
    ("the size of the batch", 64.0, [
        (8.0, "the root of n must be 8"),
        (32.0, "twice as many give 1 / √2, not half; it takes four times 16"),
        (128.0, "four times 16 are enough"),
    ]),
)  # fmt: skip
answers(
    "07b.3",
    ("the curvature on the hill", -4.0, [
        (0.0, "the slope is 0 there; the curvature is not"),
        (4.0, "the sign: on a hill the slope falls"),
        (-1.0, "12 x^2 - 4 at 0"),
    ]),
    ("the curvature in the valleys", 8.0, [
        (0.0, "the slope is 0 there; the curvature is not"),
        (12.0, "12 x^2 - 4"),
        (-4.0, "that is on the hill"),
    ]),
    ("the limit", 0.25, [
        (0.125, "that is 1 / curvature; the limit is twice as large"),
        (0.5, "that is 2 / 4; on the hill nothing settles. Take the curvature of the valleys"),
        (-0.5, "nothing settles on the hill; take the curvature of the valleys"),
    ]),
)  # fmt: skip
answers(
    "07b.4",
    ("the factor of x", 0.8, [
        (1.2, "along x it is a valley"), (0.2, "that is the step; 1 - 0.2 is left"), (0.9, "the slope of x^2 is 2 x"),
    ]),
    ("the factor of y", 1.2, [
        (0.8, "along y it is a hill: the step leads away from 0"), (-1.2, "it does not change sides"),
        (1.1, "the slope of y^2 is 2 y"),
    ]),
    ("the number of steps", 76.0, [
        (75.0, "there it is 0.87"), (75.78, "round up: there are no parts of a step"), (77.0, "one less is enough"),
        (62.0, "is that 1 / 0.8 in place of 1.2?"),
    ]),
)  # fmt: skip


def _warm_up(t: float, warm: float = 1, begin: float = 4, end: float = 40) -> float:
    if t < 5:
        return (t + warm) / 5
    return (1 + math.cos(math.pi * (t - begin) / (end - begin))) / 2


@exercise("07b.5")
def warm_up_then_cosine(given: Any) -> Iterator[str]:
    """Complain about a warm-up over five steps and half a cosine down to 0 at step 40."""
    points = [(t,) for t in range(41)]
    yield from function("factor", given, _warm_up, points, [
        (lambda t: _warm_up(t, warm=0), "the first step would have a rate of 0; begin with 1/5"),
        (lambda t: _warm_up(t, begin=0), "the cosine begins at step 4, where the warm-up ends, and not at 0"),
        (lambda t: _warm_up(t, begin=5), "the cosine begins at step 4, where the factor is 1; yours stays at 1 for a step"),
        (lambda t: _warm_up(t, end=44), "the cosine has 36 steps, from 4 to 40, and not 40"),
        (lambda t: 0.1 * _warm_up(t), "that is the rate; return the factor"),
        (lambda t: _warm_up(t) if t < 5 else 2 * _warm_up(t) - 1, "a cosine goes from 1 to -1: (1 + cos) / 2"),
        (lambda t: _warm_up(t) if t < 5 else 2 * _warm_up(t), "divide 1 + cos by 2"),
    ], 1e-9)  # fmt: skip


answers(
    "07b.6",
    ("the smallest momentum", 0.8, [
        (0.75, "there it stays in the deep valley; is that the start on the other side, 1.9?"),
        (0.85, "there is a smaller one"),
        (0.9, "there are smaller ones"),
        (0.05, "there it stays in the deep valley; did you look for 'shallow'?"),
    ]),
    ("every larger one does", False, [
        (True, "with 0.95 it crosses the hill, too, and then comes back: look where it ends"),
    ]),
)  # fmt: skip
