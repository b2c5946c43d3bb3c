"""The exercises of notebooks 11 to 13."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import autograd
from autograd import TraceError, Value

from .checking import answers, exercise, function, near, shown

# 11 Memory over time

answers(
    "11.1",
    ("the gradient with slopes of 1", 0.8**20, [
        (0.8 * 20, "factors in a row multiply"),
        (0.8, "that is one element"),
        (0.8**19, "20 elements back, 20 factors"),
        (0.8**21, "20 elements back, 20 factors"),
    ]),
    ("the gradient with slopes of 0.5", 0.4**20, [
        (0.5**20, "the weight is missing"),
        (0.4, "that is one element"),
        (0.5 * 0.8**20, "each of the 20 elements has a slope of 0.5"),
        (0.8**20, "the slopes are missing"),
    ]),
)  # fmt: skip
answers(
    "11.2",
    ("w", 1.0, [
        (0.9, "then nothing is left after 1000 elements"),
        (1.1, "then it explodes"),
        (0.0, "then nothing arrives at all"),
    ]),
    ("the gradient with a w that is too small", 0.999**1000, [
        (0.0, "1 - 1000 × 0.001 is 0, but the factors multiply"),
        (0.999, "that is one element"),
        (1.001**1000, "that is the other one"),
    ]),
    ("the gradient with a w that is too large", 1.001**1000, [
        (2.0, "1 + 1000 × 0.001 is 2, but the factors multiply"),
        (1.001, "that is one element"),
        (0.999**1000, "that is the other one"),
    ]),
)  # fmt: skip
_BIASES = "each unit has two biases, one for the inputs and one for the states"
answers(
    "11.3",
    ("the RNN", 50.0, [
        (45.0, _BIASES), (40.0, "the biases are missing: two for each unit"), (15.0, "the units also read the five states"),
    ]),
    ("the GRU", 150.0, [
        (135.0, _BIASES), (120.0, "the biases are missing: two for each unit"), (50.0, "it has three layers: r, z and n"),
        (200.0, "that is the LSTM"),
    ]),
    ("the LSTM", 200.0, [
        (180.0, _BIASES), (160.0, "the biases are missing: two for each unit"), (50.0, "it has four layers: i, f, g and o"),
        (150.0, "that is the GRU"),
    ]),
    rtol=1e-9,
)  # fmt: skip
_GATE = 0.5 ** (1 / 100)
answers(
    "11.4",
    ("f", _GATE, [
        (0.5, "then half is left after one element"),
        (1 - 0.5 / 100, "the losses multiply: f^100 = 0.5"),
        (0.5**100, "the other way round: the hundredth root"),
    ]),
    ("the bias", math.log(_GATE / (1 - _GATE)), [
        (math.log(_GATE), "that is ln f; the inverse of the sigmoid is ln(f / (1 - f))"),
        (-math.log(_GATE / (1 - _GATE)), "the sign: f is above 1/2"),
        (1 / (1 + math.exp(-_GATE)), "that is the sigmoid of f; the other way round"),
        (3.0, "that is f = 0.953, which keeps less than a hundredth"),
    ]),
    rtol=1e-4,
)  # fmt: skip
answers(
    "11.5",
    ("chunks of 10", 10.0, [
        (20.0, "those are the ones before the cut"), (30.0, "the last chunk begins after element 20"),
        (11.0, "the state that is carried over is a number"),
    ]),
    ("chunks of 7", 2.0, [
        (7.0, "the last chunk is not full: 30 = 4 × 7 + 2"), (28.0, "those are the ones before the last cut"),
        (9.0, "only the last chunk, not the one before it"),
    ]),
    ("chunks of 40", 30.0, [
        (40.0, "there are only 30 elements"), (10.0, "there is no cut within 30 elements"),
        (0.0, "there is no cut within 30 elements"),
    ]),
    rtol=1e-9,
)  # fmt: skip


def _sigma(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def _lstm(x: float, h: float, c: float, w: Any, u: Any, b: Any, mistake: str = "") -> Any:
    i, f, g, o = (wk * x + uk * h + bk for wk, uk, bk in zip(w, u, b))
    if mistake == "order":
        i, f = f, i
    gates = [_sigma(i), _sigma(f), _sigma(o)]
    if mistake == "raw":
        gates = [i, f, o]
    new = _sigma(g) if mistake == "sigmoid" else g if mistake == "linear" else math.tanh(g)
    c = gates[1] * c + gates[0] * new
    return gates[2] * (c if mistake == "open" else math.tanh(c)), c


@exercise("11.6")
def lstm_step(given: Any) -> Iterator[str]:
    """Complain about a step of an LSTM with one unit."""
    w, u, b = [0.5, -1.0, 2.0, 0.3], [1.0, 0.4, -0.6, -0.2], [0.1, 1.0, 0.0, -0.5]
    points = [(0.7, 0.2, -0.4, w, u, b), (-1.5, -0.6, 0.9, w, u, b)]

    def wrong(mistake: str) -> Any:
        return partial(_lstm, mistake=mistake)

    yield from function("lstm_step", given, _lstm, points, [
        (lambda *p: _lstm(*p)[::-1], "right, but return h first, then c"),
        (wrong("order"), "f keeps the old c, and i lets the new content in: you have them the other way round"),
        (wrong("raw"), "the gates go through the sigmoid"),
        (wrong("linear"), "g goes through tanh"),
        (wrong("sigmoid"), "g goes through tanh, not through the sigmoid"),
        (wrong("open"), "c goes through tanh on its way to h"),
    ])  # fmt: skip


def _read(xs: list[float], w: float, h: float = 0.0) -> tuple[float, float, float]:
    """The last state, and its slopes with respect to w and to the first state."""
    by_w, by_h = 0.0, 1.0
    for x in xs:
        new = math.tanh(w * h + x)
        slope = 1 - new * new
        by_w, by_h, h = slope * (h + w * by_w), slope * w * by_h, new
    return h, by_w, by_h


def _missing(xs: list[float], w: float, cut: int) -> float:
    state, by_w, _ = _read(xs[:cut], w)
    return _read(xs[cut:], w, state)[2] * by_w


@exercise("11.7")
def missing_part(given: Any) -> Iterator[str]:
    """Complain about the part of a gradient that truncation leaves out."""
    points = [([0.5, -0.2, 0.3, 0.4], 0.9, 2), ([0.1, 0.2, -0.3, 0.4, 0.5], -0.7, 3)]

    def truncated(xs: list[float], w: float, cut: int) -> float:
        return _read(xs[cut:], w, _read(xs[:cut], w)[0])[1]

    def through(xs: list[float], w: float, cut: int) -> float:
        return _read(xs[cut:], w, _read(xs[:cut], w)[0])[2]

    yield from function("missing", given, _missing, points, [
        (truncated, "that is the truncated gradient; the rest of the whole one is missing from it"),
        (lambda xs, w, cut: _read(xs, w)[1], "that is the whole gradient; subtract the truncated one from it"),
        (lambda xs, w, cut: -_missing(xs, w, cut), "the sign: whole minus truncated"),
        (through, "that is only d(last)/d(h); multiply it by d(h)/dw"),
        (lambda xs, w, cut: _read(xs[:cut], w)[1], "that is only d(h)/dw; multiply it by d(last)/d(h)"),
        (lambda xs, w, cut: _missing(xs, w, cut + 1), "one element too late: the state after `cut` elements is states[cut - 1]"),
        (lambda xs, w, cut: through(xs, w, cut) * _read(xs, w)[1], "d(h)/dw goes as far as the cut, not as far as the last state"),
    ])  # fmt: skip


# 12 From scalars to speed

answers(
    "12.1",
    ("the multiplications", 2368.0, [
        (2410.0, "those are the parameters; a bias is added, not multiplied"),
        (2048.0, "that is the first layer"),
        (106.0, "each input is multiplied by a weight of each unit"),
        (4736.0, "that is with the additions"),
    ]),
    ("the parameters", 2410.0, [
        (2368.0, "those are the weights; each unit and each score has a bias, too"),
        (2400.0, "the scores have biases, too"),
        (2474.0, "the inputs have no biases"),
    ]),
    ("the steps", 360.0, [
        (330.0, "that leaves out the last, smaller batch of each epoch"),
        (337.0, "each epoch ends with its own smaller batch"),
        (336.8, "each epoch ends with its own smaller batch"),
        (12.0, "that is one epoch"),
    ]),
    rtol=1e-5,
)  # fmt: skip
answers(
    "12.2",
    ("the value at -1", 3.0, [
        (1.0, "that is x²; at -2 Python took the other branch"), (-3.0, "-3 × -1 is positive"),
        (6.0, "that is at -2; the program keeps no number of its example"),
    ]),
    ("the value at 3", -9.0, [
        (9.0, "that is what `bend` says; the program knows one branch only, -3 x"),
        (6.0, "that is at -2; the program keeps no number of its example"),
    ]),
)  # fmt: skip
answers(
    "12.3",
    ("the accuracy", 0.85, [
        (0.9, "that is the recall; the healthy count, too: 9 + 8 of 20"), (17.0, "that is the number; give the share"),
        (0.15, "that is the share of the wrong ones"),
    ]),
    ("the recall", 0.9, [
        (9 / 11, "that is the precision: along the row of the sick, 9 of 10"), (0.45, "of the 10 sick, not of all 20"),
        (0.85, "that is the accuracy"),
    ]),
    ("the precision", 9 / 11, [
        (0.9, "that is the recall: it calls 9 + 2 sick"), (0.8, "that is the share of the healthy that it gets right"),
        (2 / 11, "that is the share of the wrong ones"),
    ]),
)  # fmt: skip
answers(
    "12.4",
    ("the gradient of the difference", 2.0, [
        (1.0, "that is the difference; the slope of the square is 2 × that"), (0.0, "2 × 3 - 5 is 1, not 0"),
    ]),
    ("the gradient of the product", 2.0, [
        (-2.0, "the product is the first operand of the subtraction: the sign stays"), (1.0, "upstream is 2"),
        (12.0, "subtraction passes the gradient on, as it is"),
    ]),
    ("the gradient of w", 6.0, [
        (4.0, "that is the gradient of x; w gets x = 3 as its local derivative"), (3.0, "that is local; times upstream"),
        (2.0, "that is upstream; times local"), (-6.0, "the sign: upstream is +2"),
    ]),
)  # fmt: skip


@exercise("12.5")
def huber(given: Any) -> Iterator[str]:
    """Complain about a Huber loss that cannot be compiled, or is wrong."""
    e = Value(0.3)
    try:
        with autograd.tracing([e]):
            program = autograd.compile(given(e), inputs=[e])
    except TraceError:
        yield "it decides in Python, and the program would keep that branch for all errors: choose with where and less"
    points = [-3.0, -0.5, 0.5, 3.0, 1.0]
    found = [float(v) for v in program([[x] for x in points])]
    mistakes = [
        (lambda x: x * x / 2 if abs(x) < 1 else abs(x), "beyond 1 it is |e| - 1/2, so that the two parts meet"),
        (lambda x: x * x if abs(x) < 1 else abs(x) - 0.5, "up to 1 it is half of the square"),
        (lambda x: x * x / 2 if x < 1 else abs(x) - 0.5, "the condition is about |e|: look at -3"),
        (lambda x: x * x / 2 if abs(x) < 1 else x - 0.5, "beyond 1 it is |e| - 1/2, also on the left"),
        (lambda x: abs(x) - 0.5 if abs(x) < 1 else x * x / 2, "where takes the first one if the condition holds: they are swapped"),
    ]  # fmt: skip
    for x, value in zip(points, found):
        right = x * x / 2 if abs(x) < 1 else abs(x) - 0.5
        if not near(value, right):
            hints = [
                f": {h}"
                for f, h in mistakes
                if all(near(v, f(p)) for v, p in zip(found, points))
            ]
            yield (
                f"huber({x:g}) is {value:.6g}; it should be {right:g}" + (hints or [""])[0]
            )


@exercise("12.6")
def leaky_and_clipped(leaky: Any, clipped: Any) -> Iterator[str]:
    """Complain about two functions that choose within the graph."""
    for name, given, right, mistakes in (
        ("leaky", leaky, lambda x: x if x > 0 else 0.1 * x, [
            (lambda x: 0.1 * x if x > 0 else x, "the two branches are swapped"),
            (lambda x: max(x, 0.0), "that is relu; below 0 it is 0.1 x"),
            (lambda x: x if x > 0 else -0.1 * x, "the sign below 0"),
        ]),
        ("clipped", clipped, lambda x: min(max(x, -1.0), 1.0), [
            (lambda x: min(x, 1.0), "nothing stops it at -1"),
            (lambda x: max(x, -1.0), "nothing stops it at 1"),
            (lambda x: min(max(x, 0.0), 1.0), "the lower end is -1"),
            (lambda x: x if -1 < x < 1 else 0.0, "beyond 1 it is 1, not 0"),
        ]),
    ):  # fmt: skip
        x = Value(0.5)
        try:
            with autograd.tracing([x]):
                program = autograd.compile(given(x), inputs=[x])
        except TraceError:
            yield f"{name} decides in Python, and the program would keep that branch for all numbers: choose with where and less"
        yield from function(
            name,
            lambda x, program=program: float(program([[x]])[0]),
            right,
            [(-3.0,), (-0.5,), (0.5,), (3.0,)],
            mistakes,
        )


# 13 A tiny GPT

answers(
    "13.1",
    ("the number of parameters", 14528.0, [
        (8384.0, "that is twice as many as for 16; the maps have the width squared"),
        (16768.0, "that is four times as many as for 16; the tables grow with the width, not with its square"),
        (12288.0, "those are the maps; the two tables and the scores are missing"),
        (2240.0, "those are the tables and the scores; the maps are missing"),
        (13664.0, "the scores have 27 rows, too"),
        (4192.0, "that is the one with a width of 16"),
    ]),
    rtol=1e-9,
)  # fmt: skip


def _softmax(*scores: float) -> list[float]:
    powers = [math.exp(s) for s in scores]
    return [p / sum(powers) for p in powers]


answers(
    "13.2",
    *(
        (f"the probability of letter {k}", right, [
            (warm, "that is multiplied by the temperature; divide by it"),
            (plain, "that is at the temperature 1"),
            (2 * plain, "the scores are divided, not the probabilities"),
            (half, "the scores are divided, not the probabilities"),
        ])
        for k, right, warm, plain, half in zip(
            (1, 2, 3), _softmax(4, 2, 0), _softmax(1, 0.5, 0), _softmax(2, 1, 0), (p / 2 for p in _softmax(2, 1, 0))
        )
    ),
)  # fmt: skip
answers(
    "13.3",
    ("the result", 10 * _softmax(0, 2**0.5)[1], [
        (10 * _softmax(0, 2)[1], "the fits are divided by the root of the size, √2"),
        (10 * _softmax(0, 1)[1], "divided by the size; take its root"),
        (10.0, "that is the value of the best key; the other one gets a share, too"),
        (5.0, "that is the mean; the second key fits better"),
        (10 * _softmax(0, 2**0.5)[0], "that is the share of the other one"),
        (_softmax(0, 2**0.5)[1], "that is the share; multiply it by the value"),
    ]),
)  # fmt: skip


@exercise("13.4")
def draw(given: Any) -> Iterator[str]:
    """Complain about drawing an index with given shares."""
    shares = [0.2, 0.5, 0.3]
    cases = [(0.1, 0), (0.3, 1), (0.65, 1), (0.8, 2), (0.0, 0), (0.2, 1), (0.999999, 2)]
    found = [given(list(shares), r) for r, _ in cases]
    if None in found:
        yield f"draw({shown(shares)}, {cases[found.index(None)][0]:g}) returns None: is a `return` missing?"
    for (r, right), k in zip(cases, found):
        say = f"draw({shown(shares)}, {r:g}) is {k}; it should be {right}"
        if set(found) == {1}:
            yield f"{say}: that is the most likely one, always; r decides"
        if found == [min(int(3 * r), 2) for r, _ in cases]:
            yield f"{say}: that draws all of them equally often"
        if k in shares and k != right:
            yield f"{say}: the index, not the share"
        if found == [next((i for i, s in enumerate(shares) if r < s), 2) for r, _ in cases]:
            yield f"{say}: compare r with the sum of the shares so far, not with a single share"
        if k != right:
            yield say


answers(
    "13.5",
    ("in letters", 384.0, [
        (400.0, "the dot at the beginning is read, too"),
        (24.0, "each letter has 16 numbers"),
        (48.0, "those are the ones that get a gradient"),
        (368.0, "a is read twice, but it is one letter"),
    ]),
    ("in positions", 192.0, [
        (208.0, "four letters are read: `.`, a, v, a"),
        (176.0, "the dot at the end is never read, it is a target"),
        (12.0, "each position has 16 numbers"),
        (64.0, "those are the ones that get a gradient"),
    ]),
    ("in scores", 0.0, [
        (384.0, "each letter has a probability above 0, so p - y is not 0"),
        (400.0, "each letter has a probability above 0, so p - y is not 0"),
    ]),
    rtol=1e-9,
)  # fmt: skip
answers(
    "13.6",
    ("the loss rises", True, [
        (False, "the model was trained with positions; measure held_out_loss(step) without them"),
    ]),
    ("the scores are still different", False, [
        (True, "attention adds up values with their shares: look at how much the scores differ"),
    ]),
)  # fmt: skip
