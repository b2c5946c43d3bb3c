"""The exercises of notebooks 08 to 10."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

from .checking import answers, exercise, function, same, shown

# 08 Vanishing, exploding, saturated, dead

answers(
    "08.1",
    ("the largest gradient with sigmoids", 0.5**10, [
        (0.25**10, "that is without the weights"),
        (2.0**10, "that is without the slopes"),
        (0.5, "that is one neuron; there are ten"),
        (0.25**10 * 2, "each of the ten neurons has a weight of 2"),
        (10 * 0.5, "factors in a row multiply"),
    ]),
    ("the largest gradient with tanh", 1024.0, [
        (1.0, "that is without the weights"),
        (0.5**10, "the slope of tanh is at most 1, not 1/4"),
        (20.0, "factors in a row multiply"),
    ]),
)  # fmt: skip
answers(
    "08.2",
    ("the largest number", 709.0, [
        (710.0, "that one overflows"),
        (308.0, "that is the power of ten; e^x = 10^308 has a larger x"),
        (1023.0, "that is the power of two"),
        (708.0, "there is a larger one"),
    ]),
    ("inf - inf", "nan", [
        ("0", "two infinities need not be equally large, so the difference is unknown"), ("inf", "the difference is unknown"),
    ]),
    ("1 / inf", "0", [("nan", "this one is known: it is smaller than any number"), ("inf", "the other way round")]),
    ("0 · inf", "nan", [
        ("0", "0 times a *number* is 0, but inf stands for a number that got too large"), ("inf", "it could be anything"),
    ]),
)  # fmt: skip
answers(
    "08.3",
    *(
        (f"the {name} flat", right, [
            *([(30 * right / 1.5**0.5, "that is the difference from the mean; divide it by the spread"),
               (right / 1.5**0.5, "that divides by 2 in the variance, n - 1; here by all three"),
               (-right, "the sign: x minus the mean"),
               (right / 600**0.5, "that divides by the variance; take its root")] if right else
              [(60.0, "subtract the mean"), (1.0, "it is exactly the mean")]),
        ])
        for name, right in (("small", -(1.5**0.5)), ("medium", 0.0), ("large", 1.5**0.5))
    ),
)  # fmt: skip


def _slope(z: float) -> float:
    s = 1 / (1 + math.exp(-z))
    return s * (1 - s)


_S = 1 / (1 + math.exp(-0.8))
answers(
    "08.4",
    ("the factor", 8 * _slope(0.8), [
        (_slope(0.8), "that is the slope of the sigmoid; the weight is a factor, too"),
        (2.0, "that is in the middle, at 0.5"),
        (8 * _slope(0.6), "the sigmoid stands at 0.8, not at 0.6"),
        (8.0, "that is the weight; the slope of the sigmoid is a factor, too"),
    ]),
    ("the output", _S, [
        (0.8, "that is the sum; its sigmoid is the output"), (_slope(0.8), "that is the slope"), (0.6, "that is the input"),
        (1 / (1 + math.exp(-0.6)), "the sigmoid stands at 0.8, not at 0.6"),
    ]),
    ("the next factor", 8 * _slope(8 * _S - 4), [
        (8 * _slope(0.8), "that is the factor of the first; the next one reads the output, and is further out"),
        (8 * _slope(_S), "the next one multiplies its input by 8 and subtracts 4, too"),
        (_slope(8 * _S - 4), "that is the slope of the sigmoid; the weight is a factor, too"),
    ]),
)  # fmt: skip
answers(
    "08.5",
    ("the spread", 8**-0.5, [
        (1 / 8, "that is the variance; the spread is its root"),
        (8**0.5, "the other way round: std × √8 = 1"),
        (0.5, "that is He's, the root of 2/8, for relu; a linear layer loses nothing"),
        (1.0, "then each layer multiplies by √8"),
    ]),
    ("the share left after 18 layers", 0.5**18, [
        (0.5, "that is one layer"),
        (0.5**9, "the spread is half, not the variance: a factor of 1/2 for each layer"),
        (1 / 36, "factors in a row multiply"),
    ]),
)  # fmt: skip
answers(
    "08.6",
    ("the layers to 0", 538.0, [
        (537.0, "after 537 there is still 5e-324, the smallest float of all"),
        (512.0, "that is where the *normal* floats end; smaller ones follow, with fewer digits"),
        (511.0, "that is where the *normal* floats end; smaller ones follow, with fewer digits"),
        (539.0, "one too many: count the multiplications"),
    ]),
    ("the layers to infinity", 342.0, [
        (341.0, "8^341 = 2^1023 is still a float"),
        (343.0, "one too many: count the multiplications"),
        (1024.0, "that counts powers of 2; each layer multiplies by three of them"),
    ]),
    rtol=1e-9,
)  # fmt: skip


@exercise("08.7")
def first_bad(given: Any) -> Iterator[str]:
    """Complain about the index of the first number that is not finite."""
    inf, nan = math.inf, math.nan
    for numbers, right, hint in (
        (
            [1.0, nan, inf],
            1,
            "NaN is not equal to itself, so `== nan` never holds; math.isfinite knows both",
        ),
        ([1.0, inf, nan], 1, "infinite is not finite, either; math.isfinite knows both"),
        ([1.0, -inf], 1, "minus infinity is not finite, either"),
        ([nan, 2.0, nan], 0, "the first one"),
        ([0.0, 1.0], None, "all of them are fine, also 0"),
    ):
        found = given(list(numbers))
        if found != right or found is False:
            yield f"for {numbers} it gives {found}; it should be {right}: {hint}"


# 08b Saturated, dead, important

answers(
    "08b.1",
    ("the largest sum", -2.0, [
        (0.0, "the second input has a negative weight; the sum is largest where that input is 0"),
        (-4.0, "that is with both inputs at 1; leave the second one at 0"),
        (-3.0, "that is with both inputs at 0; the first one helps"),
        (1.0, "the bias is missing"),
    ]),
    ("the bias", -1.0, [
        (2.0, "that is how much is missing; add it to the bias of -3"),
        (1.0, "the sign: the weights add at most 1"),
        (0.0, "the weights can add 1, so a lower bias is enough"),
        (-3.0, "that is the bias now, and with it the unit is dead"),
    ]),
)  # fmt: skip
answers(
    "08b.2",
    ("the gradient with 0.01", 1e-10, [
        (0.05, "factors in a row multiply"), (0.01, "that is one unit"), (1e-8, "there are five of them"),
    ]),
    ("the gradient with 0.2", 0.2**5, [
        (1.0, "factors in a row multiply"), (0.2, "that is one unit"), (0.2**4, "there are five of them"),
    ]),
    ("the gradient with relu", 0.0, [
        (1.0, "left of 0, relu is flat"), (0.01, "that is a leaky relu; relu is flat"),
    ]),
)  # fmt: skip
answers(
    "08b.3",
    ("the sum of a sigmoid unit", math.log(0.97 / 0.03), [
        (0.97, "that is the output; which sum gives it?"),
        (math.atanh(0.97), "that is for tanh"),
        (1 / (1 + math.exp(-0.97)), "that is the sigmoid of 0.97; the other way round"),
        (-math.log(0.97 / 0.03), "the sign: the output is above 1/2"),
    ]),
    ("the sum of a tanh unit", math.atanh(0.97), [
        (0.97, "that is the output; which sum gives it?"),
        (math.log(0.97 / 0.03), "that is for the sigmoid"),
        (math.tanh(0.97), "that is tanh of 0.97; the other way round"),
    ]),
    ("the slope of the sigmoid", 0.0291, [
        (0.0591, "that is the slope of tanh"),
        (0.97, "that is the output; the slope is s (1 - s)"),
        (0.25, "that is the slope at 0"),
    ]),
    ("the slope of tanh", 0.0591, [
        (0.0291, "that is t (1 - t), the slope of the sigmoid"),
        (0.03, "that is 1 - t; the slope is 1 - t^2"),
        (1.0, "that is the slope at 0"),
    ]),
)  # fmt: skip
answers(
    "08b.4",
    ("the gradient", 0.06, [
        (3.0, "that is upstream; the local derivative is the weight, 0.02"),
        (150.0, "the local derivative is the weight, not the output"),
        (0.02, "that is local; times upstream"),
    ]),
    ("the product", 3.0, [
        (1.0, "that is weight × output; the gradient from upstream is 3"),
        (150.0, "the gradient of the output is 0.06"),
        (0.06, "that is the gradient; times the output, 50"),
    ]),
    ("the change", -3.0, [
        (3.0, "the sign: the output goes down by 50"),
        (-0.06, "slope × step, and the step is -50"),
        (0.0, "slope × step, and the step is -50"),
    ]),
)  # fmt: skip
_SEEN = {
    "vanishing": "its first layer would have a gradient that is much smaller than that of the last",
    "exploding": "its outputs and its loss would be huge, and grow from layer to layer",
    "dead relu": "it would have a relu layer with a large share of dead units",
    "symmetric units": "the units of a layer would all be alike, with no gradient, although nothing is saturated or dead",
}
_WRONG = list(_SEEN.items())
answers(
    "08b.5",
    *(
        (f"patient {name}", right, [(wrong, hint) for wrong, hint in _WRONG if wrong != right])
        for name, right in zip("PQRS", _SEEN)
    ),
)  # fmt: skip


@exercise("08b.6")
def dead_units(given: Any) -> Iterator[str]:
    """Complain about the list of the units that are 0 for every example."""
    cases = [
        ([[0.0, 1.0, 0.0], [0.0, 0.0, 2.0]], [0]),
        ([[0.0, 0.0], [0.0, 0.0], [0.0, 3.0]], [0]),
        ([[0.0, -1.0], [0.0, -2.0]], [0]),
    ]
    for outputs, right in cases:
        found = given(outputs)
        if found is None:
            yield "it returns None: is a `return` missing?"
        found = [*found]
        say = f"for the outputs {shown(outputs)} it gives {found}; it should be {right}"
        if found and all(isinstance(x, bool) for x in found):
            yield f"{say}: the indices, not True and False"
        if found == [k for k, unit in enumerate(zip(*outputs)) if 0 in unit] != right:
            yield f"{say}: a unit that is 0 for *some* example is not dead"
        if found == [k for k, row in enumerate(outputs) if not any(row)] != right:
            yield f"{say}: those are examples; go through the units"
        if found == [k for k, unit in enumerate(zip(*outputs)) if sum(unit) <= 0] != right:
            yield f"{say}: a negative output is not 0"
        if found != right:
            yield say


# 09 Initialisation

answers(
    "09.1",
    ("the spread of the sum", 4.0, [
        (32.0, "spreads do not add up; variances do: the root of 64 × 0.25"),
        (16.0, "that is the variance; the spread is its root"),
        (0.5, "that is the spread of one weight"),
        (8.0, "that is for weights with a spread of 1"),
    ]),
    ("the spread of the weights", 0.125, [
        (1 / 64, "that is the variance; the spread is its root"),
        (8.0, "the other way round: 64 s^2 = 1"),
        (2.0, "it must shrink: the sum has a spread of 4 now"),
        ((2 / 64) ** 0.5, "that is He's, for relu; here nothing is lost"),
    ]),
)  # fmt: skip
answers(
    "09.2",
    ("Xavier's bound", 0.12**0.5, [
        (0.2, "that is the spread; the bound is √3 times as large"),
        (0.04, "that is the variance, and a^2 / 3 is to be equal to it"),
        (0.12, "that is a^2"),
        (0.3**0.5, "that is He's"),
    ]),
    ("He's bound", 0.3**0.5, [
        (0.1**0.5, "that is the spread; the bound is √3 times as large"),
        (0.1, "that is the variance, and a^2 / 3 is to be equal to it"),
        (0.3, "that is a^2"),
        (0.2**0.5, "He takes the 20 inputs, not the 30 outputs"),
    ]),
)  # fmt: skip
answers(
    "09.3",
    ("the share after 50 layers", 0.5**25, [
        (0.5**50, "that is the share of the mean square; the size is its root"),
        (0.5**0.5, "that is one layer"),
        (1.0, "that would be He's; relu loses half of the mean square, and Xavier does not make up for it"),
    ]),
    ("the number of layers", 20.0, [
        (10.0, "that is for a factor of 1/2; the size has the factor √(1/2)"),
        (19.0, "there it is still above a thousandth"),
        (19.93, "round up: there are no parts of a layer"),
        (21.0, "one less is enough"),
    ]),
)  # fmt: skip
_INVERSE = "the other way round: a gradient is a sum over the 25 outputs"
answers(
    "09.4",
    ("forward, 1 / fan_in", 1.0, [
        (0.25, "that is the way back"), (0.01, "that is the variance of a weight; there are 100 inputs"),
    ]),
    ("backward, 1 / fan_in", 0.25, [
        (4.0, _INVERSE), (1.0, "back, the sum is over 25 outputs, not over 100 inputs"),
        (0.5, "that is the factor of the spread; the question is about the variance"),
    ]),
    ("forward, Xavier", 1.6, [
        (0.4, "that is the way back"), (1.0, "Xavier is a compromise: not 1 in either direction"),
        (2 / 125, "that is the variance of a weight; there are 100 inputs"),
    ]),
    ("backward, Xavier", 0.4, [
        (2.5, _INVERSE), (1.6, "that is forward"), (1.0, "Xavier is a compromise: not 1 in either direction"),
    ]),
)  # fmt: skip
answers(
    "09.5",
    ("the number of parameters", 32.0, [
        (25.0, "those are the weights; each unit has a bias, too"),
        (30.0, "3 × 5 + 5 biases, and then 5 × 2 weights and 2 biases"),
        (10.0, "those are the inputs and units; each connection has a weight"),
    ]),
    ("the number that move", 2.0, [
        (7.0, "the way back to the hidden biases leads through weights that are 0"),
        (0.0, "the output biases need neither an input nor a way back through a weight"),
        (1.0, "there are two outputs, each with its bias"),
        (12.0, "the output weights have inputs of 0: tanh 0"),
    ]),
    ("the number of different gradients", 3.0, [
        (15.0, "the five units are copies: they compute the same, and get the same gradients"),
        (1.0, "the units are copies, but the three inputs of a unit are different"),
        (5.0, "the units are the same, the inputs are different; it is the other way round"),
    ]),
    rtol=1e-9,
)  # fmt: skip
answers(
    "09.6",
    ("the gain of relu", 2**0.5, [
        (2.0, "take the root"),
        (0.5, "that is the mean square; the gain is one over its root"),
        (0.5**0.5, "that is the size; the gain is one over it"),
    ]),
    ("the gain of silu", 1.6765, [
        (2.8107, "take the root"),
        (0.3558, "that is the mean square; the gain is one over its root"),
        (0.5965, "that is the size; the gain is one over it"),
        (2**0.5, "that is relu's"),
        (4.84, "that is one over the mean; the mean of the squares decides"),
    ]),
    rtol=1e-2,
)  # fmt: skip


@exercise("09.7")
def he_uniform(given: Any) -> Iterator[str]:
    """Complain about an initialiser: its variance, its bound, its shape."""
    for fan_in, fan_out in ((6, 40), (24, 3)):
        rng = random.Random(0)
        drawn = [given(fan_in, fan_out, rng) for _ in range(4000)]
        if not isinstance(drawn[0], float | int):
            yield f"it returns {shown(drawn[0])}; it should return one number"
        if len(set(drawn)) == 1:
            yield f"all weights are {drawn[0]:.4g}: no randomness, so the units of a layer would be copies"
        variance, largest = sum(w * w for w in drawn) / len(drawn), max(map(abs, drawn))
        right, bound = 2 / fan_in, math.sqrt(6 / fan_in)
        say = f"for {fan_in} inputs and {fan_out} outputs the variance is {variance:.3g}; it should be {right:.3g}"
        for wrong, hint in (
            (right / 3, "is the bound the spread? It is √3 times as large"),
            (
                right**2 / 3,
                "is the bound 2 / fan_in? Its square, divided by 3, should be that",
            ),
            (2 / fan_out, "that is for the outputs; take fan_in"),
            (2 / (fan_in + fan_out), "that is Xavier's"),
            (1 / fan_in, "that is half of it; relu needs twice 1 / fan_in"),
        ):
            if math.isclose(variance, wrong, rel_tol=0.1):
                yield f"{say}: {hint}"
        if min(drawn) >= 0:
            yield "all weights are positive; draw from -a to a"
        if not math.isclose(variance, right, rel_tol=0.1):
            yield say
        if largest > 1.001 * bound:
            yield f"the variance is right, but one of the weights is {largest:.3g}, beyond {bound:.3g}: is it a normal distribution?"


# 10 Batch norm, clipping, residuals

answers(
    "10.1",
    *(
        (f"example {k}", d / (14 / 3) ** 0.5, [
            (d / 7**0.5, "that divides by n - 1 = 2; to normalise, divide by the 3 examples"),
            (d / (14 / 3), "that divides by the variance; take its root"),
            (float(d), "that is the difference from the mean; divide it by the spread"),
            ((d + 3) / (14 / 3) ** 0.5, "subtract the mean, 3, first"),
            (-d / (14 / 3) ** 0.5, "the sign: x minus the mean"),
        ])
        for k, d in ((1, -2), (2, -1), (3, 3))
    ),
)  # fmt: skip
answers(
    "10.2",
    ("the mean after three batches", 2.71, [
        (3.0, "the gap shrinks: the second batch closes a tenth of 9"),
        (7.29, "that is the gap that is left"),
        (1.9, "that is after two"),
        (9.99, "then the old value would weigh a tenth, and the new one nine tenths"),
    ]),
    ("the number of batches", 22.0, [
        (21.0, "there it is 8.906"),
        (9.0, "the gap shrinks by a tenth of *itself*"),
        (23.0, "one less is enough"),
        (21.85, "round up: there are no parts of a batch"),
    ]),
)  # fmt: skip
answers(
    "10.3",
    ("by norm, the first", 3.0, [
        (5.0, "that is by value; by norm, both are multiplied by 5 / 10"), (6.0, "the norm is 10, above the limit"),
        (1.2, "the limit divided by the norm is 1/2"), (30 / 14, "the norm is the root of 6² + 8², not 6 + 8"),
    ]),
    ("by norm, the second", 4.0, [
        (5.0, "that is by value; by norm, both are multiplied by 5 / 10"), (8.0, "the norm is 10, above the limit"),
        (40 / 14, "the norm is the root of 6² + 8², not 6 + 8"),
    ]),
    ("by value, the first", 6.0, [
        (7.0, "it is below the limit, and stays"), (4.2, "that is by norm; by value, each is cut on its own"),
        (5.25, "by value, there is no common factor: each is cut on its own"),
    ]),
    ("by value, the second", 7.0, [
        (8.0, "it is above the limit of 7"), (5.6, "that is by norm; by value, each is cut on its own"),
    ]),
)  # fmt: skip
answers(
    "10.4",
    ("with the shortcuts", 1.05**30, [
        (1.5 + 1, "the factors multiply: 1.05 thirty times"),
        (31.0, "the factors multiply: 1.05 thirty times"),
        (0.05**30, "that is without them"),
        (1.05, "that is one block"),
        (1 + 0.05**30, "each block has its own shortcut"),
    ]),
    ("without", 0.05**30, [
        (1.05**30, "that is with them"),
        (1.5, "the factors multiply"),
        (0.05, "that is one block"),
    ]),
    ("with the negative slope", 0.95**30, [
        (-(1.05**30), "the factor of a block is 1 - 0.05"),
        (0.05**30, "that is without the shortcuts"),
        (-0.5, "the factors multiply: 0.95 thirty times"),
        (1.05**30, "that is with the positive slope"),
    ]),
)  # fmt: skip


def _clip(
    gradients: list[float], limit: float, eps: float = 1e-6, most: float = 1
) -> list[float]:
    factor = min(most, limit / (math.hypot(*gradients) + eps))
    return [g * factor for g in gradients]


@exercise("10.5")
def clip_by_norm(given: Any) -> Iterator[str]:
    """Complain about clipping by norm."""
    points = [
        ([3.0, 4.0], 1.0),
        ([0.3, -0.4], 1.0),
        ([1.0, -2.0, 2.0], 1.5),
        ([0.0, 0.0], 1.0),
    ]
    yield from function("clip_by_norm", given, _clip, points, [
        (lambda g, c: [min(max(x, -c), c) for x in g], "that is by value, each on its own; the direction has changed"),
        (lambda g, c: _clip(g, c, most=math.inf), "gradients below the limit must stay as they are"),
        (lambda g, c: _clip(g, c, 0.0) if any(g) else g, "right, but for the 1e-6 that the library adds to the norm"),
        (lambda g, c: [x * min(1, c / (sum(map(abs, g)) + 1e-6)) for x in g], "the norm is the root of the sum of the squares"),
        (lambda g, c: [x * min(1, c / (sum(x * x for x in g) + 1e-6)) for x in g], "take the root of the sum of the squares"),
    ], 1e-12)  # fmt: skip


def _fold(s: Any, t: Any, w: Any, b: Any) -> tuple[Any, Any]:
    weights = [[wij * sj for wij, sj in zip(row, s)] for row in w]
    return weights, [bi + sum(wij * tj for wij, tj in zip(row, t)) for row, bi in zip(w, b)]


@exercise("10.6")
def fold_before(given: Any) -> Iterator[str]:
    """Complain about a normalisation folded into the layer after it."""

    import numpy as np  # without it, all other exercises still work

    def scaled(s: Any, t: Any, w: Any, b: Any) -> Any:
        return _fold(s, [sj * tj for sj, tj in zip(s, t)], w, b)

    s, t, b = (np.array(x) for x in ([2.0, 0.5], [1.0, -3.0], [0.25, -1.0]))
    w = np.array([[1.0, -2.0], [4.0, 3.0]])
    yield from function("fold", given, _fold, [(s, t, w, b)], [
        (lambda s, t, w, b: (_fold(s, t, w, b)[0], b), "the shift goes through the weights into the bias: W t"),
        (lambda s, t, w, b: ((w.T * s).T, _fold(s, t, w, b)[1]), "s belongs to the inputs, the columns of W; you scaled its rows"),
        (lambda s, t, w, b: (w, _fold(s, t, w, b)[1]), "the weights must take over the scale"),
        (lambda s, t, w, b: (_fold(s, t, w, b)[0], b + t), "the shift is one of the inputs: it must go through the weights, W t"),
        (scaled, "t comes after the scale: W t, with the old weights, not with the new ones"),
        (lambda s, t, w, b: (_fold(s, t, w, b)[0], w @ t), "the old bias is missing"),
    ])  # fmt: skip


@exercise("10.7")
def running_statistics(given: Any) -> Iterator[str]:
    """Complain about batch normalisation with running statistics."""
    layer = given()
    mean, var, biased = 0.0, 1.0, 1.0
    for xs in ([1.0, 2.0, 6.0], [4.0, -1.0, 0.0, 1.0]):
        m = sum(xs) / len(xs)
        v = sum((x - m) ** 2 for x in xs) / len(xs)
        found, right = layer.train(xs), [(x - m) / (v + 1e-5) ** 0.5 for x in xs]
        n = len(xs)
        unbiased = [(x - m) / (v * n / (n - 1) + 1e-5) ** 0.5 for x in xs]
        mean, var = mean + 0.1 * (m - mean), var + 0.1 * (v * n / (n - 1) - var)
        biased += 0.1 * (v - biased)
        say = f"train({shown(xs)}) gives {shown(found)}; it should be {shown(right)}"
        if same(found, unbiased):
            yield f"{say}: to normalise, divide the sum of squares by n, not by n - 1"
        if not same(found, right):
            yield say
        for what, value, truth in (
            ("running_mean", layer.running_mean, mean),
            ("running_var", layer.running_var, var),
        ):
            say = (
                f"{what} is {value:.6g} after train({shown(xs)}); it should be {truth:.6g}"
            )
            if same(value, m) or same(value, v * n / (n - 1)):
                yield f"{say}: that is the batch's own; move a tenth of the way"
            if what == "running_var" and same(value, biased):
                yield f"{say}: here the variance is divided by n - 1"
            if same(value, 0.9 * m) or same(value, 1 + 0.9 * (v * n / (n - 1) - 1)):
                yield f"{say}: a tenth of the gap, not nine tenths"
            if not same(value, truth):
                yield f"{say}; += 0.1 × (new - running)"
    xs = [3.0, 0.0]
    found, right = layer.use(xs), [(x - mean) / (var + 1e-5) ** 0.5 for x in xs]
    say = f"use({shown(xs)}) gives {shown(found)}; it should be {shown(right)}"
    if same(found, [1.0, -1.0], 1e-4):
        yield f"{say}: that is normalised with its own mean; in use, take the running ones"
    if same(found, [x - mean for x in xs]) or same(
        found, [(x - mean) / (var + 1e-5) for x in xs]
    ):
        yield f"{say}: divide by the root of running_var + eps"
    if not same(found, right):
        yield say
    if not same([layer.running_mean, layer.running_var], [mean, var]):
        yield "use has changed the running statistics; only train does"
