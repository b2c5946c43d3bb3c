"""`notebooks/course`: the exercises, done right, done wrong on purpose, and not done; guesses."""

import cmath
import math
import re
import textwrap
from typing import Any

import nbformat
import numpy as np
import pytest

import autograd
from autograd import Value, sigmoid
from autograd.render import trace_backward
from notebooks import course, run
from notebooks.course.checking import has_gap
from notebooks.course.guesses import GUESSES, judgement

# 02b: the variable that says whether an answer was right, and the answers
STEPS = {
    "02b.1": ("recorded", "Value, add, mul"),
    "02b.2": ("ordered", "Value, topological_order"),
    "02b.3": ("chained", "Value, backward"),
    "02b.4": ("operations", "Value, sub, div, power, exp, tanh"),
    "02b.5": ("networked", "Value, Neuron, Network"),
}
WRONG = [
    ("02b.1", "(1.0, 1.0)", "(a.data, b.data)", "the local derivatives of add at 2 and -3 are (2.0, -3.0)"),
    ("02b.1", "(b.data, a.data)", "(a.data, b.data)", "the right numbers in the wrong order"),
    ("02b.1", "a.data * b.data", "a.data + b.data", "mul of 2 and -3 has data -1.0; it should be -6"),
    ("02b.1", "(a, b), (1.0", "(a.data, b.data), (1.0", "should remember the two Values"),
    ("02b.1", 'return Value(a.data + b.data, (a, b), (1.0, 1.0), "add")', "return a.data + b.data", "should return a new Value"),
    ("02b.2", "reversed(node.inputs)", "node.inputs", "visit the last input first"),
    ("02b.2", "order.append(node)", "order.append(root)", "a should be in it once, and is in it 0 times"),
    ("02b.2", "order.append(node)", "order.insert(0, node)", "b comes before a, which it was computed from"),
    ("02b.2", "seen.add(node)", "pass", "should be in it once, and is in it"),
    ("02b.2", "return order", "pass", "should return a list"),
    ("02b.3", "+= local * node.grad", "= local * node.grad", "only one path counts"),
    ("02b.3", "+= local * node.grad", "+= local", "that is only the local derivative"),
    ("02b.3", "+= local * node.grad", "+= local + node.grad", "They multiply"),
    ("02b.3", "in reversed(order)", "in order", "nothing arrives"),
    ("02b.3", "root.grad += 1.0", "pass", "nothing arrives"),
    ("02b.3", "if node.inputs:", "if not node.inputs:", "after a second backward|the gradient of x is"),
    ("02b.4", "(1.0, -1.0)", "(1.0, 1.0)", "if b grows, a - b falls"),
    ("02b.4", "-q / b.data)", "q / b.data)", "falls (for positive numbers): the sign"),
    ("02b.4", "(1 / b.data, -q / b.data)", "(1 / b.data, a.data)", "a / b is not a product"),
    ("02b.4", "n * a.data ** (n - 1)", "n * a.data**n", "the exponent goes down by 1"),
    ("02b.4", "n * a.data ** (n - 1)", "n * a.data", "that is n * a;"),
    ("02b.4", "n * a.data ** (n - 1)", "a.data ** (n - 1)", "the n comes to the front"),
    ("02b.4", "(y,), \"exp\"", "(1.0,), \"exp\"", "exp is its own derivative"),
    ("02b.4", "(y,), \"exp\"", "(a.data,), \"exp\"", "that is a itself"),
    ("02b.4", "(y,), \"exp\"", "(a.data * math.exp(a.data - 1),), \"exp\"", "it is the exponent that moves"),
    ("02b.4", "(y,), \"exp\"", "y, \"exp\"", "with TypeError"),
    ("02b.4", "1 - t * t", "1 - a.data * a.data", "the rule is 1 - t**2 with the result t"),
    ("02b.4", "1 - t * t", "t * (1 - t)", "the rule of the sigmoid"),
    ("02b.4", "1 - t * t", "1 - t", "the t is squared"),
    ("02b.4", "1 - t * t", "0.5", "measured: 0.915137"),
    ("02b.5", "total = self.b", "total = Value(0.0)", "the bias is missing"),
    ("02b.5", "return tanh(total)", "return total", "does not go through tanh"),
    ("02b.5", "w * x", "w + x", "it should be tanh"),
    ("02b.5", "for p in (*neuron.w, neuron.b)", "for p in neuron.w", "lacks the biases"),
    ("02b.5", "[neuron(xs) for neuron in layer]", "[neuron(xs) for neuron in layer[:1]] * len(layer)", "is not that of the last layer"),
    ("02b.5", "return xs[0]", "return xs", "not a list"),
]  # fmt: skip


def loose_check(f: Any, x: Any) -> bool:
    v = Value(x)
    f(v).backward()
    return abs(v.grad - float(f(x + 1e-6) - f(x - 1e-6)) / 2e-6) < 1e-2


def signed_check(f: Any, x: Any) -> bool:
    v = Value(x)
    f(v).backward()
    measured = float(f(x + 1e-6) - f(x - 1e-6)) / 2e-6
    return abs(v.grad - measured) < 1e-6 * measured


def relative_check(f: Any, x: Any, rtol: float = 1e-6) -> bool:
    v = Value(x)
    f(v).backward()
    measured = float(f(x + 1e-6) - f(x - 1e-6)) / 2e-6
    return abs(v.grad - measured) < rtol * abs(measured)


def score(a: Any, b: Any, c: Any, root: Any = autograd.sqrt) -> Any:
    mean = (a + b + c) / 3
    return (a - mean) / root(((a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2) / 3)


S, C = math.exp(math.sin(1.2)), math.cos(1.2)
SX, SY = sigmoid(3.0), sigmoid(-4.0)
TOP, BOTTOM = 3 + SY, SX + 1
DX = 1 / BOTTOM, -TOP / BOTTOM**2 * SX * (1 - SX), 2 * TOP / BOTTOM**2  # as it is, in sigmoid(x), in x + y
DY = DX[2], SY * (1 - SY) / BOTTOM  # in x + y, in sigmoid(y)
A1 = math.tanh(1.2)
A2 = math.tanh(0.8 * A1 - 0.4)
D2 = 2 * (A2 - 1) * (1 - A2**2)
D1 = D2 * 0.8 * (1 - A1**2)
RIGHT = [
    ("01.1", S * C, S * C, S * C * (1 + 1e-9)),
    ("01.2", (-215.6, -88.0), 0.001),
    ("01.3", lambda h: cmath.sin(1 + 1j * h).imag / h),
    ("02.1", sum(DX), sum(DY)),
    ("02.2", 2 * D1, D1, D2 * A1, D2),
    ("02.3", 0.5),
    ("03.1", "b", score),
    ("03.2", relative_check),
    ("03.3", 1, True, False),
    ("04.1", 1, -2),
    ("04.2", 0.0203, 0.193),
    ("04.3", [2.8, 5.69, 10.02], [3.2607, 3.2607]),
]
WRONG_VALUES: list[tuple[tuple[Any, ...], str]] = [
    (("01.1", S, S * C, S * C), "by_hand = 2.53968 is not right: that is e^(sin x) itself"),
    (("01.1", math.exp(C), S * C, S * C), "that is e^(cos x)"),
    (("01.1", S * C, 0.0, S * C), "by_value = 0 is not right: did you call backward"),
    (("01.1", S * C, S * C * (1 + 1e-9), S * C), "by_value = 0.920274 is not right"),
    (("01.1", S * C, S * C, S * C + 4e-3), "a smaller step, or a step to both sides"),
    (("01.1", "0.92", S * C, 7.0), "by_hand = 0.92 is not right; it is 0.00027 off"),
    (("01.2", (-211.2, -88.0), 0.001), "the slope of (1 - x)^2 is missing"),
    (("01.2", (-206.8, -88.0), 0.001), "the slope of (1 - x)^2 is -2 (1 - x)"),
    (("01.2", (-215.6, 88.0), 0.001), "the slope along y = 88 is not right: the sign"),
    (("01.2", (-215.6, -88.0), 0.01), "with rate 0.01 a step leads from 24.2 up to 93.33"),
    (("01.2", (-215.6, -88.0), 0.0001), "ten times that rate does so, too"),
    (("01.2", (-215.6, -88.0), 0.0015), "is not one of the rates"),
    (("01.2", -215.6, 0.001), "it stops with TypeError"),
    (("01.3", lambda h: cmath.sin(1 + 1j * h).imag), "divide by h"),
    (("01.3", lambda h: cmath.sin(1 + 1j * h).real / h), "that is the real part"),
    (("01.3", lambda h: cmath.sin(1 + 1j * h) / h), "a complex number; take its imaginary part"),
    (("01.3", lambda h: cmath.sin(1 + h).imag / h), "in the imaginary direction"),
    (("01.3", lambda h: (math.sin(1 + h) - math.sin(1 - h)) / (2 * h)), "something is subtracted, and cancels"),
    (("01.3", lambda h: h), "for h = 0.0001 it gives 0.0001, and cos 1 is 0.540302"),
    (("02.1", DX[1] + DX[2], sum(DY)), "of yours only the last two count"),
    (("02.1", DX[0] + DX[2], sum(DY)), "sigmoid(x) is missing"),
    (("02.1", DX[0] - DX[1] - DX[2], sum(DY)), "the sign"),
    (("02.1", sum(DX), DY[0]), "y is used twice; sigmoid(y) is missing"),
    (("02.1", sum(DX), 1.0), "dy = 1 is not right; it is 0.59 off"),
    (("02.2", 2 * D1, D1, D2 * A1, -D2), "dL/db2 = 1.37795 is not right: the sign"),
    (("02.2", D1, D1, D2 * A1, D2), "dL/dw1 = -0.336242 is not right: that is dL/db1"),
    (("02.2", 2 * D1, D1, D2, D2), "that is dL/db2; the input of w2 is a1"),
    (("02.2", 2 * D1, D2 * (1 - A1**2), D2 * A1, D2), "the way back leads through w2"),
    (("02.2", 2 * D1, D1, D2 * A1, 2 * (A2 - 1) * A2 * (1 - A2)), "that has the slope of the sigmoid"),
    (("02.3", 0.0), "at 0 one path brings 1 - x = 1, the other -x = 0; their sum is 1, not 0"),
    (("02.3", 1), "their sum is -1, not 0"),
    (("03.1", "a", score), "the gradient of score_a agrees"),
    (("03.1", 2, score), "name one of the functions"),
    (("03.1", "b", lambda a, b, c: score(a, b, c, lambda v: math.sqrt(v.data))), "its gradient is still wrong"),
    (("03.1", "b", lambda a, b, c: a - (a + b + c) / 3), "the value has changed"),
    (("03.2", lambda f, x: True), "it passes x**3 with the derivative 2 x**2"),
    (("03.2", loose_check), "it passes tanh(x) / 1000 with twice its derivative at 0.4: is the tolerance relative"),
    (("03.2", signed_check), "it fails -x**3, which is right and falls, at 1.7: is it a size"),
    (("03.2", lambda f, x: relative_check(f, x, 0.1)), "it passes exp(x) with a derivative 1 % too large"),
    (("03.2", lambda f, x: print(end="")), "it returns None"),
    (("03.3", 0, True, False), "where its argument is 0"),
    (("03.3", 1, False, False), "g has slope -1 on the left and 1 on the right; their mean is 0"),
    (("04.1", 1, -1), "the four answers are 0, 1, 1, 1; they should be 0, 1, 1, 0. At (1, 1)"),
    (("04.1", 2, -4), "the four answers are 0, 2, 2, 0; they should be 0, 1, 1, 0. At (0, 1)"),
    (("04.2", 0.193, 0.0203), "the largest difference from the other"),
    (("04.2", 0.0203, 0.1064), "0.1064 is the mean difference"),
    (("04.2", 0.05, 0.193), "the largest difference (1.702) = 0.05 is not right"),
    (("04.3", [0.25, 0.25, 0.25], [3.2607, 3.2607]), "does not grow: did you train with the bias"),
    (("04.3", [10.02, 5.69, 2.8], [3.2607, 3.2607]), "after 100, 400 and 1600 steps"),
    (("04.3", [2.8, 5.69, 10.02], [10.02, 12.5]), "still grows: are the two people"),
    (("04.3", [2.8, 5.69, 10.02], [1.1, 3.2]), "is not where it settles"),
    (("03.3", 1, True, True), "the lopsided g has slope -2 on the left and 1 on the right; their mean is -0.5"),
]


# 10b


def first_rise(losses: Any, patience: Any) -> Any:
    stop = next(k for k in range(1, len(losses)) if losses[k] > losses[k - 1])
    return stop - 1, stop


def falls_count(losses: Any, patience: Any) -> Any:
    best = waited = 0
    for epoch, loss in enumerate(losses[1:], start=1):
        best = epoch if loss < losses[best] else best
        waited = 0 if loss < losses[epoch - 1] else waited + 1
        if waited == patience:
            break
    return best, epoch


def stops(losses: Any, patience: Any) -> tuple[int, int]:
    best = 0
    for epoch, loss in enumerate(losses):
        best = epoch if loss < losses[best] else best
        if epoch - best >= patience:
            break
    return best, epoch


def parts(n: int, k: int) -> Any:
    return [([j for j in range(n) if j % k != i], list(range(n)[i::k])) for i in range(k)]


def by_dropout(scale: Any, dropped: Any = lambda u, p: u < p) -> Any:
    return lambda xs, p, us: [0.0 if dropped(u, p) else scale(x, p) for x, u in zip(xs, us)]


RIGHT += [
    ("10b.1", "over", "under", "fine", "fine"),
    ("10b.2", 256),
    ("10b.3", stops),
    ("10b.4", lambda w, g, rate, decay: w * (1 - rate * decay) - rate * g),
    ("10b.5", by_dropout(lambda x, p: x / (1 - p))),
    ("10b.6", parts),
    ("10b.7", 1.0, 0.53),
]
WRONG_VALUES += [
    (("10b.1", "overfits", "under", "fine", "fine"), 'a is "under", "over" or "fine"; you said \'overfits\''),
    (("10b.1", "fine", "under", "fine", "fine"), "in a, the training loss falls to 0.01"),
    (("10b.1", "over", "over", "fine", "fine"), "b has no gap"),
    (("10b.1", "over", "fine", "fine", "fine"), "which is guessing"),
    (("10b.1", "over", "under", "over", "fine"), "in c, both losses are low"),
    (("10b.1", "over", "under", "fine", "under"), "measured with units missing"),
    (("10b.2", 32), "only sqrt(8) times smaller"),
    (("10b.2", 11.3137085), "the size grows with the square"),
    (("10b.2", 64), "it multiplies the 4 points"),
    (("10b.2", 0.5), "a smaller batch is noisier"),
    (("10b.3", first_rise), "(2, 3), and should return (2, 5): 3.2 and 3.1 fall, but are no new best"),
    (("10b.3", falls_count), "3.2 and 3.1 fall"),
    (("10b.3", lambda losses, patience: stops(losses, patience)[0]), "return two numbers"),
    (("10b.3", lambda losses, patience: stops(losses, patience)[::-1]), "in the wrong order"),
    (("10b.3", lambda losses, patience: tuple(k + 1 for k in stops(losses, patience))), "count from 0"),
    (("10b.3", lambda losses, patience: (min(losses[:6]), 5)), "give the number of the best epoch"),
    (("10b.3", lambda losses, patience: (stops(losses, patience)[0], len(losses) - 1)), "and should return (2, 5)"),
    (("10b.4", lambda w, g, rate, decay: w - rate * g), "the step without decay"),
    (("10b.4", lambda w, g, rate, decay: w * (1 - decay) - rate * g), "the rate also multiplies the decay"),
    (("10b.4", lambda w, g, rate, decay: w * (1 + rate * decay) - rate * g), "the sign of the decay"),
    (("10b.4", lambda w, g, rate, decay: w * (1 - rate * decay) + rate * g), "that goes up the gradient"),
    (("10b.4", lambda w, g, rate, decay: w - rate * (g + decay * math.copysign(1, w))), "in proportion to w"),
    (("10b.4", lambda w, g, rate, decay: w - rate * (g + 2 * decay * w)), "the 2 of the square cancels"),
    (("10b.4", lambda w, g, rate, decay: (w - rate * g) * (1 - rate * decay)), "also shrinks the step"),
    (("10b.4", lambda w, g, rate, decay: w), "it should be 1.89"),
    (("10b.5", by_dropout(lambda x, p: x)), "divide what is left by 1 - p"),
    (("10b.5", by_dropout(lambda x, p: x / p)), "that divides by p"),
    (("10b.5", by_dropout(lambda x, p: x * (1 - p))), "that makes what is left smaller"),
    (("10b.5", by_dropout(lambda x, p: x / (1 - p), lambda u, p: u >= p)), "that keeps the numbers that are to be dropped"),
    (("10b.5", by_dropout(lambda x, p: x / (1 - p), lambda u, p: u <= p)), "0.2 is not below 0.2"),
    (("10b.5", by_dropout(lambda x, p: x / (1 - p), lambda u, p: False)), "nothing is dropped"),
    (("10b.5", by_dropout(lambda x, p: x / 2)), "they should become [1.25, -0.0, 3.75, 5.0]"),
    (("10b.5", lambda xs, p, us: [x / (1 - p) for x, u in zip(xs, us) if u >= p]), "stays in the list"),
    (("10b.6", lambda n, k: parts(n, k)[1:]), "folds(12, 3) has 2 pairs, not 3"),
    (("10b.6", lambda n, k: [(list(range(n)), held) for _, held in parts(n, k)]), "trains on point 0, and holds it out"),
    (("10b.6", lambda n, k: [(few[1:], held) for few, held in parts(n, k)]), "has a pair without point"),
    (("10b.6", lambda n, k: [pair[::-1] for pair in parts(n, k)]), "the order is (training, held out)"),
    (("10b.6", lambda n, k: [parts(n, k)[0]] * k), "holds out point 0 3 times"),
    (("10b.6", lambda n, k: [(few, held) for few, held in parts(n, 2) for _ in range(k)]), "has 6 pairs, not 3"),
    (("10b.7", 0.4, 0.5), "does the program get the same classes"),
    (("10b.7", 0.8, 0.5), "train for longer"),
    (("10b.7", 1.0, 0.86), "have they random classes"),
    (("10b.7", 1.0, 0.6), "is hardly chance"),
    (("10b.7", 2.3, 0.5), "nn.evaluate returns the loss first"),
]


# 11b


def by_layer(dW: Any = lambda D, X, W: D.T @ X, db: Any = lambda D: D.sum(axis=0), dX: Any = lambda D, W: D @ W) -> Any:
    return lambda D, X, W: (dW(D, X, W), db(D), dX(D, W))


def tied(late: float = 1.0, early: float = 1.0) -> Any:
    def gradient(W: Any, x: Any) -> Any:
        h = W @ x
        e = W.T @ h - x
        return late * np.outer(h, e) + early * np.outer(W @ e, x)

    return gradient


def by_norm(mean: bool = True, spread: bool = True, divide: bool = True, inside: bool = True) -> Any:
    def gradient(x: Any, u: Any, gamma: Any) -> Any:
        s = np.sqrt(x.var() + 1e-5)
        normal, g = (x - x.mean()) / s, gamma * u if inside else u
        out = g - mean * g.mean() - spread * normal * (g * normal).mean()
        return out / (s if divide else 1) * (1 if inside else gamma)

    return gradient


RIGHT += [
    ("11b.1", (3, 5), (3,), (10, 5)),
    ("11b.2", [[5, 4], [10, 8]], [7, 0]),
    ("11b.3", by_layer()),
    ("11b.4", lambda p, u: p * (u - p @ u)),
    ("11b.5", lambda delta, W, h: (W.T @ delta) * (1 - h**2)),
    ("11b.6", 79_400, 80_400, 79_510),
    ("11b.7", tied()),
    ("11b.8", by_norm()),
]
WRONG_VALUES += [
    (("11b.1", (5, 3), (3,), (10, 5)), "the shape of W transposed"),
    (("11b.1", (10, 3, 5), (3,), (10, 5)), "one gradient for each example"),
    (("11b.1", (3, 5), (10, 3), (10, 5)), "one bias serves all examples"),
    (("11b.1", (3, 5), 5, (10, 5)), "a bias belongs to a unit"),
    (("11b.1", (3, 5), (3,), (10, 3)), "the shape of the outputs"),
    (("11b.1", (3, 5), (3,), (5,)), "each of the ten has its own"),
    (("11b.1", (3, 5), (3,), (5, 10)), "dX = (5, 10) is not the shape of X"),
    (("11b.2", [[5, 10], [4, 8]], [7, 0]), "that is the transpose"),
    (("11b.2", [[5, 8], [15, -4]], [7, 0]), "the terms of the forward pass"),
    (("11b.2", [[1, 2], [6, -2]], [7, 0]), "does not contain the weight"),
    (("11b.2", [[5, 4], [10, 8]], [5, 1]), "that runs along the rows of W"),
    (("11b.2", [[5, 4], [10, 8]], [17, 6]), "it is the deltas that go back"),
    (("11b.2", [[5, 4], [10, 8]], [4, 1]), "the deltas are missing"),
    (("11b.2", [[5, 4], [10, 8]], [7, 1]), "dx = [7.0, 1.0] is not right; it is up to 1 off"),
    (("11b.3", by_layer(dW=lambda D, X, W: X.T @ D)), "it has a row for each input"),
    (("11b.3", by_layer(dW=lambda D, X, W: D.T @ X / len(X))), "the mean over the examples is already in Delta"),
    (("11b.3", by_layer(dW=lambda D, X, W: D @ X)), "the sum is to run over the examples"),
    (("11b.3", by_layer(db=lambda D: D)), "one bias serves all examples"),
    (("11b.3", by_layer(db=lambda D: D.mean(axis=0))), "add up, without a mean"),
    (("11b.3", by_layer(db=lambda D: D.sum(axis=1))), "that adds up the units"),
    (("11b.3", by_layer(db=lambda D: D.sum())), "that is a single number"),
    (("11b.3", by_layer(dX=lambda D, W: D @ W.T)), "go back through the columns of W"),
    (("11b.3", lambda D, X, W: D.sum()), "it stops with TypeError"),
    (("11b.4", lambda p, u: p * (1 - p) * u), "the diagonal of the Jacobian alone"),
    (("11b.4", lambda p, u: p * u), "first subtract its mean"),
    (("11b.4", lambda p, u: u - p @ u), "multiply by p in the end"),
    (("11b.4", lambda p, u: p * (u - u.mean())), "the mean of u is to be weighted"),
    (("11b.4", lambda p, u: p - u), "holds for the cross-entropy"),
    (("11b.4", lambda p, u: p * (u + p @ u)), "the sign of the second term"),
    (("11b.4", lambda p, u: (p * (u - p @ u)).sum()), "the gradient has the shape (); it should have (3,)"),
    (("11b.5", lambda delta, W, h: W.T @ delta), "the slope of the tanh is missing"),
    (("11b.5", lambda delta, W, h: W.T @ delta * (1 - h)), "the slope of tanh is 1 - h^2"),
    (("11b.5", lambda delta, W, h: W.T @ delta * h * (1 - h)), "the slope of the sigmoid"),
    (("11b.5", lambda delta, W, h: W.T @ delta * (1 - np.tanh(h) ** 2)), "you apply it once more"),
    (("11b.5", lambda delta, W, h: W.T @ delta * h), "that is h, not the slope at h"),
    (("11b.5", lambda delta, W, h: W @ delta * (1 - h**2)), "that is W, not its transpose"),
    (("11b.6", 79_510, 80_400, 79_510), "the biases, which are added"),
    (("11b.6", 784_000, 80_400, 79_510), "the layers follow each other"),
    (("11b.6", 79_400, 158_800, 79_510), "which nobody needs"),
    (("11b.6", 79_400, 79_400, 79_510), "the deltas of the hidden layer take W.T @ delta"),
    (("11b.6", 79_400, 1_000, 79_510), "the gradients of the weights are products, too"),
    (("11b.6", 79_400, 80_400, 79_400), "the biases are parameters, too"),
    (("11b.6", 79_400, 80_400, 784), "it is the parameters that move"),
    (("11b.6", 79_400, 80_400, 1), "that is reverse mode"),
    (("11b.7", tied(early=0)), "the second use of W alone"),
    (("11b.7", tied(late=0)), "the first use of W alone"),
    (("11b.7", tied(2, 0)), "the two uses do not bring the same"),
    (("11b.7", tied(-1, -1)), "the sign: the gradient of y is e"),
    (("11b.7", tied(2, 2)), "*half* the squared length"),
    (("11b.7", lambda W, x: np.outer(W @ x, W.T @ (W @ x) - x) + np.outer(W @ x, x)), "the delta of h is W @ e"),
    (("11b.8", by_norm(mean=False, spread=False)), "the direct path alone"),
    (("11b.8", by_norm(spread=False)), "the path through the spread is missing"),
    (("11b.8", by_norm(mean=False)), "the path through the mean is missing"),
    (("11b.8", by_norm(divide=False)), "divide by the spread"),
    (("11b.8", by_norm(inside=False)), "it belongs inside the means"),
    (("11b.8", lambda x, u, gamma: by_norm()(x, u, 1.0)), "gamma is missing"),
]


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(run.FOLDER)


def engine(step: str, old: str = "", new: str = "") -> dict[str, Any]:
    """Return what notebook 02b defines down to the solution of a step, in which `old` is replaced by `new`."""
    (path,) = (path for path in run.notebooks() if run.number(path) == "02b")
    cells = run.code_cells(nbformat.read(path, as_version=4))
    until = next(k for k, cell in enumerate(cells) if cell["source"].startswith(f"# Solution\nif not {STEPS[step][0]}:"))
    names: dict[str, Any] = {}
    for cell in cells[:until]:
        exec(cell["source"], names)
    solution, _, _ = cells[until]["source"].partition("    assert check")
    assert old in solution
    exec(solution.replace(old, new, 1) if old else solution, names)
    return names


def answer(step: str, names: dict[str, Any]) -> bool:
    return bool(eval(f"check({step!r}, {STEPS[step][1]})", names))


@pytest.mark.parametrize("step", STEPS)
def test_a_right_answer_is_right(step: str, capsys: pytest.CaptureFixture[str]) -> None:
    names = engine(step)
    capsys.readouterr()
    assert answer(step, names)
    assert capsys.readouterr().out == f"{step}: right\n"


@pytest.mark.parametrize(("step", "old", "new", "said"), WRONG)
def test_a_wrong_answer_is_named(step: str, old: str, new: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    names = engine(step, old, new)
    capsys.readouterr()
    assert not answer(step, names)
    out = capsys.readouterr().out
    assert out.startswith(f"{step}, not yet: ")
    assert any(part in out for part in said.split("|")), out


@pytest.mark.parametrize("answers", RIGHT, ids=lambda answers: answers[0])
def test_right_values_are_right(answers: tuple[Any, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert course.check(*answers)
    assert capsys.readouterr().out == f"{answers[0]}: right\n"


@pytest.mark.parametrize(("answers", "said"), WRONG_VALUES)
def test_wrong_values_are_named(answers: tuple[Any, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert not course.check(*answers)
    out = capsys.readouterr().out
    assert out.startswith(f"{answers[0]}, not yet: ")
    assert said in out


def test_every_starter_has_a_gap_and_says_so() -> None:
    """The committed notebooks give nothing away: what they show below a starter is that it is not done."""
    found = []
    for path in run.notebooks():
        for cell in run.code_cells(nbformat.read(path, as_version=4)):
            for name in re.findall(r'^(?:\w+ = )?check\("(\w+\.\d+)"', cell["source"], re.MULTILINE):
                assert run.outputs(cell) == [("stdout", f"{name} is not done yet: there is a gap to fill in, `...`\n")]
                found.append(name)
    assert sorted([*found, "02b.6"]) == sorted(course.CHECKS)


def test_every_exercise_is_done_wrongly_at_least_twice() -> None:
    done = [row[0] for row in WRONG] + [answers[0] for answers, _ in WRONG_VALUES] + ["02b.6"] * 2
    assert all(done.count(name) >= 2 for name in course.CHECKS)
    assert {*STEPS, *(answers[0] for answers in RIGHT), "02b.6"} == set(course.CHECKS)


@pytest.mark.parametrize(
    ("answers", "gap"),
    [
        ((1.0, 2.0), False), ((1.0, ...), True), (((1.0, ...), 2.0), True), (([...],), True),
        ((lambda h: ...,), True), ((lambda h: h,), False), ((lambda h: (lambda k: ...),), True),
        ((type("Half", (), {"done": lambda self: 1, "open": lambda self: ...}),), True), ((math.sin,), False),
    ],
)  # fmt: skip
def test_gaps_are_found(answers: tuple[Any, ...], gap: bool) -> None:
    assert has_gap(answers) is gap


@pytest.mark.parametrize(
    ("guess", "answer", "said"),
    [
        (None, 7.0, "you made no guess"),
        (7, 7.0, "you said 7, exactly right"),
        (0.0, 1e-16, "you said 0, exactly right"),
        (6.6, 7.0, "you said 6.6, close"),
        (6, 7.0, "you said 6, 1 too small"),
        (9, 7.0, "you said 9, 2 too large"),
        (-7, 7.0, "you said -7, which has the other sign"),
        (70, 7.0, "you said 70, 10 times too large"),
        (-0.5, -5.0, "you said -0.5, 10 times too small"),
        (0, 7.0, "you said 0, 7 too small"),
        (3, 0.0, "you said 3, 3 too large"),
    ],
)
def test_a_guess_is_compared(guess: Any, answer: float, said: str) -> None:
    assert judgement(guess, answer) == said


def test_a_guess_is_kept_until_another_one(capsys: pytest.CaptureFixture[str]) -> None:
    course.predict("the slope", 6)
    course.compare("the slope", 7.0)
    course.predict("the slope", ...)
    course.compare("the slope", 7.0)
    assert capsys.readouterr().out == "the slope: 7; you said 6, 1 too small\nthe slope: 7; you made no guess\n"
    assert "the slope" not in GUESSES
    with pytest.raises(TypeError, match=r"a guess is a number, or `\.\.\.` for none, got 'six'"):
        course.predict("the slope", "six")


def test_every_guess_of_the_notebooks_is_compared_later() -> None:
    for path in run.notebooks():
        sources = [cell["source"] for cell in run.code_cells(nbformat.read(path, as_version=4))]
        asked = {
            name: k
            for k, source in enumerate(sources)
            for name in re.findall(r'^predict\("([^"]+)", \.\.\.\)', source, re.MULTILINE)
        }
        told = {name: k for k, source in enumerate(sources) for name in re.findall(r'compare\("([^"]+)"', source)}
        assert asked.keys() == told.keys()
        assert all(asked[name] < told[name] for name in asked)


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        ([[1.0, 2.0], [3.0, 4.0]], "02b.6: right"),
        (
            [[1.0, 2.0], [3.0, 4.000000000000001]],
            "1 of 2 graphs differ; .* in graph 1 you have 4.0.*only the rounding differs",
        ),
        ([[1.0, 2.5], [3.0, 4.0]], "in graph 0 you have 2.0, the library 2.5: a rule is wrong"),
    ],
)
def test_engines_are_compared_to_the_last_bit(theirs: Any, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert course.check("02b.6", [[1.0, 2.0], [3.0, 4.0]], theirs) is said.endswith("right")
    out = capsys.readouterr().out
    assert all(re.search(part, out) for part in said.split(".*"))


def test_an_exercise_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match=r"no exercise '99\.1'; there are .*01\.1, .*02b\.1, 02b\.2"):
        course.check("99.1", 1)


def test_a_home_made_graph_becomes_one_of_the_library() -> None:
    names = engine("02b.4")
    x = names["Value"](0.7)
    x.label = "x"
    y = names["add"](names["mul"](names["power"](x, 3), 2.0), names["tanh"](x))
    names["backward"](y)
    trace = trace_backward(course.as_library(y))
    leaf = next(v for v in trace.paths if v.label == "x")
    assert leaf.grad == x.grad
    assert trace.root.data == y.data
    assert {step.op for step in trace} == {"add", "mul", "pow", "tanh"}
    assert course.as_library(x).data == 0.7


def test_a_reader_who_fills_the_gaps_keeps_their_own_engine() -> None:
    """Filled in above the checks, the answers make every solution of 02b stand back, and the notebook runs to its end."""
    (path,) = (path for path in run.notebooks() if run.number(path) == "02b")
    sources = [cell["source"] for cell in run.code_cells(nbformat.read(path, as_version=4))]
    until = next(k for k, source in enumerate(sources) if "show_backward(shown)" in source)
    names: dict[str, Any] = {}
    answers = {
        variable: textwrap.dedent(source.partition(":\n")[2].partition("    assert check")[0])
        for variable, _ in STEPS.values()
        for source in sources
        if source.startswith(f"# Solution\nif not {variable}:")
    }
    for source in sources[: until + 2]:
        variable = source.partition(" = check(")[0]
        exec(answers.get(variable, "") + source.replace("    assert check", "    raise AssertionError; check"), names)
    assert all(names[variable] is True for variable in answers)
    assert len(answers) == 5
