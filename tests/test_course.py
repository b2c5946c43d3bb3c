"""`notebooks/course`: the exercises, done right, done wrong on purpose, and not done; guesses."""

import cmath
import functools
import linecache
import math
import re
import textwrap
from typing import Any

import nbformat
import numpy as np
import pytest
from matplotlib import pyplot as plt

import autograd
from autograd import Value, sigmoid
from autograd.render import trace_backward
from notebooks import course, run
from notebooks.course.checking import TABLES, has_gap
from notebooks.course.guesses import GUESSES, judgement
from notebooks.course.plots import draw_curves, landscape

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
    ("02b.1", "(1.0, 1.0)", "1.0", "the local derivatives of add should be a tuple"),
    ("02b.1", "(b.data, a.data)", "(b, a)", "the local derivatives of mul should be plain numbers"),
    ("02b.2", "order.append(node)", "order.append(node.data)", "the list contains 1.0; it should contain the nodes"),
    ("02b.2", "order.append(node)", "order.append(root)", "a should be in it once, and is in it 0 times"),
    ("02b.2", "order.append(node)", "order.insert(0, node)", "b comes before a, which it was computed from"),
    ("02b.2", "seen.add(node)", "pass", "should be in it once, and is in it"),
    ("02b.2", "return order", "pass", "should return a list"),
    ("02b.3", "+= local * node.grad", "= local * node.grad", "only one path counts"),
    ("02b.3", "+= local * node.grad", "+= local", "that is only the local derivative"),
    ("02b.3", "+= local * node.grad", "+= local + node.grad", "They multiply"),
    ("02b.3", "+= local * node.grad", "+= node.grad", "that is only the gradient of the node"),
    ("02b.3", "+= local * node.grad", "+= local * node.data", "that has the value of the node"),
    ("02b.3", "+= local * node.grad", "+= local * x.grad", "is it the node, not its input"),
    ("02b.3", "+= local * node.grad", "= node", "it should be a number: multiply numbers"),
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
    ("02b.4", "(y,), \"exp\"", "y, \"exp\"", "the local derivatives of exp should be a tuple"),
    ("02b.4", "n * a.data ** (n - 1)", "n * a.data**n / a.data", "with ZeroDivisionError"),
    ("02b.4", "(1.0, -1.0)", "(-1.0, 1.0)", "it is b that is subtracted"),
    ("02b.4", "1 - t * t", "1 - a.data * a.data", "the rule is 1 - t**2 with the result t"),
    ("02b.4", "1 - t * t", "t * (1 - t)", "the rule of the sigmoid"),
    ("02b.4", "1 - t * t", "1 - t", "the t is squared"),
    ("02b.4", "1 - t * t", "0.5", "measured: 0.915137"),
    ("02b.5", "total = self.b", "total = Value(0.0)", "the bias is missing"),
    ("02b.5", "return tanh(total)", "return total", "does not go through tanh"),
    ("02b.5", "w * x", "w + x", "they multiply"),
    ("02b.5", "w * x", "2 * w * x", "it should be tanh"),
    ("02b.5", "w * x", "x", "the weights are missing"),
    ("02b.5", "w * x", "w", "the inputs are missing"),
    ("02b.5", "w * x", "w * x + self.b", "the bias is added once for each input"),
    ("02b.5", "w * x", "w.data * x", "its graph does not contain the weights"),
    ("02b.5", "(*neuron.w, neuron.b)", "[0.5] * 3", "parameters() should list Values"),
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


class Number:
    def __init__(self, data: Any, inputs: Any = (), local_grads: Any = ()) -> None:
        self.data, self.inputs, self.local_grads = data, inputs, local_grads


def ordered(root: Any, direction: Any = iter) -> Any:
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack += [(node, True), *((x, False) for x in direction(node.inputs))]
    return order


def backwards(root: Any) -> Any:
    """Each node before its inputs, from the end: not always an order."""
    order: list[Any] = []
    stack = [root]
    while stack:
        node = stack.pop()
        if node not in order:
            order.append(node)
            stack += node.inputs
    return order[::-1]


def recursive(root: Any) -> Any:
    order: list[Any] = []

    def visit(node: Any) -> None:
        if node not in order:
            for x in reversed(node.inputs):
                visit(x)
            order.append(node)

    visit(root)
    return order


def logistic(local: Any) -> Any:
    return lambda a: Number(sigma(a.data), (a,), (local(sigma(a.data), a.data),))


def descend(gradient: Any, w: Any, rate: Any, steps: Any) -> Any:
    for _ in range(steps):
        w -= rate * gradient(w)
    return w


def one_step_early(gradient: Any, w: Any, rate: Any, steps: Any) -> Any:
    for _ in range(steps):
        return w - rate * gradient(w)
    return None


def loop(zero: bool = True, inside: bool = True, sign: int = 1, steps: int = 0) -> Any:
    def repaired(f: Any, parameters: Any, rate: Any, times: Any) -> None:
        for _ in range(times + steps):
            for p in parameters:
                p.grad = 0.0 if zero else p.grad
            f(*parameters).backward()
            for p in parameters:
                if inside:
                    p.data -= sign * rate * p.grad
                else:
                    p = p - rate * p.grad

    return repaired


def nesterov(gradients: Any, rate: Any, momentum: Any, ahead: int = 1, sign: int = 1) -> Any:
    w = v = 0.0
    path = []
    for g in gradients:
        v = momentum * v + g
        w -= sign * rate * (g + momentum * v if ahead else v)
        path.append(w)
    return path


def factor(t: Any, first: int = 1, start: int = 4, full: float = 1.0) -> Any:
    return full * ((t + first) / 5 if t < 5 else (1 + math.cos(math.pi * (t - start) / (40 - start))) / 2)


def stable(scores: Any, c: Any) -> Any:
    m = max(scores)
    return m + math.log(sum(math.exp(s - m) for s in scores)) - scores[c]


def softmaxed(scores: Any, c: Any) -> Any:
    return math.exp(scores[c]) / sum(map(math.exp, scores))


def clip(gradients: Any, limit: Any, norm: Any = math.hypot, most: float = 1.0, eps: float = 1e-6) -> Any:
    shrink = min(most, limit / (norm(*gradients) + eps)) if any(gradients) else 1.0
    return [g * shrink for g in gradients]


class Norm:
    """The class of exercise 10.7, with the mistakes as arguments."""

    tenth, unbiased, root, running, spoils = 0.1, True, 0.5, True, False
    divide = staticmethod(lambda n: n)

    def __init__(self) -> None:
        self.running_mean, self.running_var, self.eps = 0.0, 1.0, 1e-5

    def train(self, xs: Any) -> Any:
        n = len(xs)
        mean = sum(xs) / n
        squares = sum((x - mean) ** 2 for x in xs)
        self.running_mean += self.tenth * (mean - self.running_mean)
        self.running_var += self.tenth * (squares / (n - 1 if self.unbiased else n) - self.running_var)
        return [(x - mean) / (squares / self.divide(n) + self.eps) ** 0.5 for x in xs]

    def use(self, xs: Any) -> Any:
        if self.spoils:
            self.running_mean += 1
            return [(x - self.running_mean + 1) / (self.running_var + self.eps) ** self.root for x in xs]
        mean = self.running_mean if self.running else sum(xs) / len(xs)
        var = self.running_var if self.running else sum((x - mean) ** 2 for x in xs) / len(xs)
        return [(x - mean) / (var + self.eps) ** self.root for x in xs]


def norm(**mistake: Any) -> Any:
    return type("MyNorm", (Norm,), mistake)


def uniform(bound: Any) -> Any:
    return lambda fan_in, fan_out, rng: rng.uniform(-bound(fan_in, fan_out), bound(fan_in, fan_out))


def sigma(z: Any) -> Any:
    return 1 / (1 + math.exp(-z))


def lstm(
    x: Any, h: Any, c: Any, W: Any, U: Any, b: Any, gate: Any = sigma, new: Any = math.tanh, out: Any = math.tanh
) -> Any:
    i, f, g, o = (w * x + u * h + bias for w, u, bias in zip(W, U, b))
    c = gate(f) * c + gate(i) * new(g)
    return gate(o) * out(c), c


def swapped(x: Any, h: Any, c: Any, W: Any, U: Any, b: Any) -> Any:
    return lstm(x, h, c, *([k[1], k[0], *k[2:]] for k in (W, U, b)))


def read(xs: Any, w: Any, h: Any = 0.0) -> Any:
    states = []
    for x in xs:
        h = autograd.tanh(w * h + x)
        states.append(h)
    return states


def missing(xs: Any, w: Any, cut: Any, parts: str = "both") -> Any:
    w = Value(w)
    states = read(xs, w)
    through, before = autograd.grad(states[-1], states[cut - 1]), autograd.grad(read(xs[:cut], w)[-1], w)
    return {"both": through * before, "through": through, "before": before, "whole": autograd.grad(states[-1], w)}[parts]


def huber(e: Any) -> Any:
    return autograd.where(autograd.less(abs(e), 1.0), e * e / 2, abs(e) - 0.5)


def leaky(x: Any) -> Any:
    return autograd.where(autograd.less(0.0, x), x, 0.1 * x)


def clipped(x: Any) -> Any:
    return autograd.where(autograd.less(1.0, x), 1.0, autograd.where(autograd.less(x, -1.0), -1.0, x))


def draw(shares: Any, r: Any) -> Any:
    for k, share in enumerate(shares):
        r -= share
        if r < 0:
            return k
    return len(shares) - 1


def dead(outputs: Any, which: Any = all) -> Any:
    return [k for k, unit in enumerate(zip(*outputs)) if which(a == 0 for a in unit)]


def fold(s: Any, t: Any, W: Any, b: Any) -> Any:
    return W * s, b + W @ t


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
    ("01.3", S * C, S * C, S * C * (1 + 1e-9)),
    ("01.4", (-215.6, -88.0), 0.001),
    ("01.6", lambda h: cmath.sin(1 + 1j * h).imag / h),
    ("02.6", sum(DX), sum(DY)),
    ("02.5", 2 * D1, D1, D2 * A1, D2),
    ("02.3", 0.5),
    ("03.2", "b", score),
    ("03.6", relative_check),
    ("03.5", 1, True, False),
    ("04.2", 1, -2),
    ("04.3", 0.0203, 0.193),
    ("04.5", [2.8, 5.69, 10.02], [3.2607, 3.2607]),
    ("01.1", 8.12, 7.76, 0.000601),
    ("01.2", 12, 5, 0.8, 2.5),
    ("01.5", 5, 4.9497, 0),
    ("02.1", -3, 2),
    ("02.2", 6, 5, 21, 16),
    ("02.4", 1024, 20, 1024),
    ("02b.7", Number, ordered),
    ("02b.8", lambda x: 1 / math.cosh(x) ** 2),
    ("02b.9", Number, logistic(lambda s, x: s * (1 - s))),
    ("03.1", 0.201, 0.0010005, True),
    ("03.3", "C", 0.1111),
    ("03.4", 0.5, 0, 0.75),
    ("04.1", 0.25, 1, 1, 0.01),
    ("04.4", 3, 8, 3.5),
    ("04.6", lambda scores: [softmaxed([s - max(scores) for s in scores], k) for k in range(len(scores))]),
    ("05.1", 1.416667, 0.833333, 0.541667),
    ("05.2", 4.60517, 4),
    ("05.3", 0.786986, -0.893493, 0.106507),
    ("05.4", -0.847298, 0.610864),
    ("05.5", 0.325083, -2.197225),
    ("05.6", 54),
    ("05.7", stable),
    ("06.1", 1.4, -1.2),
    ("06.2", 160, 8),
    ("06.3", 0.142857, 0.285714, 0.0714286),
    ("06.4", descend),
    ("06.5", 0.5, 0.75, 0.25),
    ("06.6", 1),
    ("06.7", 0.0763932),
    ("06.8", loop()),
    ("07.1", -0.1, -0.29, -0.561),
    ("07.2", 0.01, -0.005, 0.1),
    ("07.3", 0.02, 0.0188679),
    ("07.4", 0.999, 0.99 + 1e-9, 0.999),
    ("07.5", nesterov),
    ("07b.5", factor),
    ("07b.6", 0.8, False),
    ("08.1", 0.000976563, 1024),
    ("08b.1", -2, -1),
    ("08b.3", 3.4761, 2.0923, 0.0291, 0.0591),
    ("08b.5", "vanishing", "exploding", "dead relu", "symmetric units"),
    ("08.5", 0.353553, 3.8147e-06),
    ("08.6", 538, 342),
    ("08b.6", dead),
    ("07.6", 3, 0.666667, -0.0463025),
    ("07b.1", 0.025, 0.059049, 0.0853553),
    ("07b.2", 1, 64),
    ("07b.3", -4, 8, 0.25),
    ("07b.4", 0.8, 1.2, 76),
    ("08.2", 709, "nan", "0", "nan"),
    ("08.3", -1.224745, 0, 1.224745),
    ("08.4", 1.711141, 0.689974, 1.178198),
    ("08.7", lambda numbers: next((k for k, x in enumerate(numbers) if not math.isfinite(x)), None)),
    ("08b.2", 1e-10, 0.00032, 0),
    ("08b.4", 0.06, 3, -3),
    ("12.1", 2368, 2410, 360),
    ("12.2", 3, -9),
    ("12.3", 0.85, 0.9, 0.818182),
    ("12.4", 2, 2, 6),
    ("12.6", leaky, clipped),
    ("09.1", 4, 0.125),
    ("09.2", 0.34641, 0.547723),
    ("09.3", 2.98023e-08, 20),
    ("09.4", 1, 0.25, 1.6, 0.4),
    ("09.5", 32, 2, 3),
    ("09.6", 1.41, 1.68),
    ("09.7", uniform(lambda fan_in, fan_out: math.sqrt(6 / fan_in))),
    ("10.1", -0.92582, -0.46291, 1.38873),
    ("10.2", 2.71, 22),
    ("10.3", 3, 4, 6, 7),
    ("10.4", 4.321942, 9.313226e-40, 0.214639),
    ("10.5", clip),
    ("10.6", fold),
    ("10.7", Norm),
    ("11.1", 0.0115292, 1.09951e-08),
    ("11.2", 1, 0.367695, 2.716924),
    ("11.3", 50, 150, 200),
    ("11.4", 0.993092, 4.96821),
    ("11.5", 10, 2, 30),
    ("11.6", lstm),
    ("11.7", missing),
    ("13.1", 14528),
    ("13.2", 0.866814, 0.117310, 0.0158762),
    ("13.3", 8.04430),
    ("12.5", huber),
    ("13.4", draw),
    ("13.5", 384, 192, 0),
    ("13.6", True, False),
]
WRONG_VALUES: list[tuple[tuple[Any, ...], str]] = [
    (("01.3", S, S * C, S * C), "by_hand = 2.53968 is not right: that is e^(sin x) itself"),
    (("01.3", math.exp(C), S * C, S * C), "that is e^(cos x)"),
    (("01.3", S * C, 0.0, S * C), "by_value = 0 is not right: did you call backward"),
    (("01.3", S * C, S * C * (1 + 1e-9), S * C), "by_value = 0.920274 is not right"),
    (("01.3", S * C, S * C, S * C + 4e-3), "a smaller step, or a step to both sides"),
    (("01.3", "0.92", S * C, 7.0), "by_hand = 0.92 is not right; it is 0.00027 off"),
    (("01.4", (-211.2, -88.0), 0.001), "the slope of (1 - x)^2 is missing"),
    (("01.4", (-206.8, -88.0), 0.001), "the slope of (1 - x)^2 is -2 (1 - x)"),
    (("01.4", (-215.6, 88.0), 0.001), "the slope along y = 88 is not right: the sign"),
    (("01.4", (-215.6, -88.0), 0.01), "with rate 0.01 a step leads from 24.2 up to 93.33"),
    (("01.4", (-215.6, -88.0), 0.0001), "ten times that rate does so, too"),
    (("01.4", (-215.6, -88.0), 0.0015), "is not one of the rates"),
    (("01.4", -215.6, 0.001), "should be two numbers, (slope along x, slope along y), and is -215.6"),
    (("01.4", (24.2, (-215.6, -88.0)), 0.001), "value_and_grad gives (value, slopes)"),
    (("01.4", (-215.6, -88.0), 0), "with rate 0 there is no step"),
    (("01.4", (-215.6, -88.0), -0.01), "with rate -0.01 a step leads from 24.2 up to"),
    (("01.1", 8.12, 7.76, 0.0006), "it is 1e-06 off: give it more digits"),
    (("01.1", None, 7.76, 0.000601), "the estimate at 2.01 should be a plain number, and is None"),
    (("01.1", [8.12], 7.76, 0.000601), "should be a plain number, and is [8.12]"),
    (("01.2", 12, 5), "it has 4 answers; you gave 2"),
    (("01.3", lambda x: S * C, S * C, S * C), "by_hand should be a plain number, and is a function; call it"),
    (("01.3", math.exp(math.sin(2)) * math.cos(2), S * C, S * C), "that is the slope at 2; x still has"),
    (("01.3", S * C, Value(1.2), S * C), "by_value is Value(data=1.2, grad=0.0); the slope is in the `grad` of the input"),
    (("01.3", S * C, 1, S * C), "that is the grad of the result itself"),
    (("01.6", lambda h: None), "is a `return` missing?"),
    (("01.6", lambda h: math.cos(1)), "it gives cos 1 even for h = 0.1"),
    (("02.6", DX[0] - TOP / BOTTOM**2 + DX[2], sum(DY)), "the slope of sigmoid(x) is missing"),
    (("02.6", DX[0] + 6 * TOP / BOTTOM**2 + DX[2], sum(DY)), "the s is its result"),
    (("02.6", DX[0] + DX[1] + DX[2] / 2, sum(DY)), "the slope of (x + y)^2 is 2 (x + y)"),
    (("02.6", sum(DX), DY[0] / 2 + DY[1]), "the slope of (x + y)^2 is 2 (x + y)"),
    (("02.6", sum(DX), DY[0] - 20 / BOTTOM), "the s is its result"),
    (("02.5", 2 * D1, D1, 2 * D2, D2), "the input of w2 is a1; x is that of w1"),
    (("02.5", 2 * D1, D1, D2 * A1, 2 * (A2 - 1) * (1 - A2) ** 2), "only the a is squared"),
    (
        ("02.5", 2 * D1, D1, D2 * A1, 2 * (0.5534993759689602 - 1) * (1 - 0.5534993759689602**2)),
        "those are the activations of the sigmoids",
    ),
    (("02.3", "a half"), "the point should be a number, and is 'a half'"),
    (("03.1", 0.201, 0.0010005, "yes"), "'yes' is neither True nor False"),
    (("03.2", "b", lambda a, b, c: None), "is a `return` missing?"),
    (("03.5", 1, "True", False), "whether g passes: 'True' is neither True nor False"),
    (("03.6", lambda f, x: 0.3), "it returns 0.3; return True or False"),
    (("03.6", lambda f, x: relative_check(f, x, 0.0)), "no measured slope is exact to the last digit"),
    (("01.6", lambda h: cmath.sin(1 + 1j * h).imag), "divide by h"),
    (("01.6", lambda h: cmath.sin(1 + 1j * h).real / h), "that is the real part"),
    (("01.6", lambda h: cmath.sin(1 + 1j * h) / h), "a complex number; take its imaginary part"),
    (("01.6", lambda h: cmath.sin(1 + h).imag / h), "in the imaginary direction"),
    (("01.6", lambda h: (math.sin(1 + h) - math.sin(1 - h)) / (2 * h)), "something is subtracted, and cancels"),
    (("01.6", lambda h: h), "for h = 0.0001 it gives 0.0001, and cos 1 is 0.540302"),
    (("02.6", DX[1] + DX[2], sum(DY)), "of yours only the last two count"),
    (("02.6", DX[0] + DX[2], sum(DY)), "sigmoid(x) is missing"),
    (("02.6", DX[0] - DX[1] - DX[2], sum(DY)), "the sign"),
    (("02.6", sum(DX), DY[0]), "y is used twice; sigmoid(y) is missing"),
    (("02.6", sum(DX), 1.0), "dy = 1 is not right; it is 0.59 off"),
    (("02.5", 2 * D1, D1, D2 * A1, -D2), "dL/db2 = 1.37795 is not right: the sign"),
    (("02.5", D1, D1, D2 * A1, D2), "dL/dw1 = -0.336242 is not right: that is dL/db1"),
    (("02.5", 2 * D1, D1, D2, D2), "that is dL/db2; the input of w2 is a1"),
    (("02.5", 2 * D1, D2 * (1 - A1**2), D2 * A1, D2), "the way back leads through w2"),
    (("02.5", 2 * D1, D1, D2 * A1, 2 * (A2 - 1) * A2 * (1 - A2)), "that has the slope of the sigmoid"),
    (("02.3", 0.0), "at 0 one path brings 1 - x = 1, the other -x = 0; their sum is 1, not 0"),
    (("02.3", 1), "their sum is -1, not 0"),
    (("03.2", "a", score), "the gradient of score_a agrees"),
    (("03.2", 2, score), "name one of the functions"),
    (("03.2", "b", lambda a, b, c: score(a, b, c, lambda v: math.sqrt(v.data))), "its gradient is still wrong"),
    (("03.2", "b", lambda a, b, c: a - (a + b + c) / 3), "the value has changed"),
    (("03.6", lambda f, x: True), "it passes x**3 with the derivative 2 x**2"),
    (
        ("03.6", loose_check),
        "it passes tanh(x) / 1000 with twice its derivative at 0.4: is the tolerance a share of the slope?",
    ),
    (("03.6", signed_check), "it fails -x**3, which is right and falls, at 1.7: is it sizes"),
    (("03.6", lambda f, x: relative_check(f, x, 0.1)), "it passes exp(x) with a derivative 1 % too large"),
    (("03.6", lambda f, x: print(end="")), "it returns None"),
    (("03.5", 0, True, False), "where its argument is 0"),
    (("03.5", 1, False, False), "g has slope -1 on the left and 1 on the right; their mean is 0"),
    (("04.2", 1, -1), "the four answers are 0, 1, 1, 1; they should be 0, 1, 1, 0. At (1, 1)"),
    (("04.2", 2, -4), "the four answers are 0, 2, 2, 0; they should be 0, 1, 1, 0. At (0, 1)"),
    (("04.3", 0.193, 0.0203), "the largest difference from the other"),
    (("04.3", 0.0203, 0.1064), "0.1064 is the mean difference"),
    (("04.3", 0.05, 0.193), "the largest difference (1.702) = 0.05 is not right"),
    (("04.5", [0.25, 0.25, 0.25], [3.2607, 3.2607]), "does not grow: did you train with the bias"),
    (("04.5", [10.02, 5.69, 2.8], [3.2607, 3.2607]), "after 100, 400 and 1600 steps"),
    (("04.5", [2.8, 5.69, 10.02], [10.02, 12.5]), "still grows: are the two people"),
    (("04.5", [2.8, 5.69, 10.02], [1.1, 3.2]), "is not where it settles"),
    (("03.5", 1, True, True), "the lopsided g has slope -2 on the left and 1 on the right; their mean is -0.5"),
    (("02b.7", Number, lambda root: ordered(root)[::-1]), "append a node after its inputs"),
    (("02b.7", Number, recursive), "a chain of 5,000 nodes is too deep for calls"),
    (("02b.7", Number, lambda root: root), "it should return a list of nodes"),
    (("02b.7", Number, backwards), "for b = a + a, c = b + a, d = c + c the order is [b, a, c, d]; b comes before a"),
    (("02b.9", Number, logistic(lambda s, x: Number(s))), "should be plain numbers, such as a.data"),
    (("02b.9", Number, lambda a: Number(sigma(a.data), (a,), 0.25)), "should be a tuple, even if there is only one"),
    (("02b.8", lambda x: 1 - math.tanh(x) ** 2), "loses its digits"),
    (("02b.8", lambda x: 1 / math.cosh(x)), "the cosh is squared"),
    (("02b.8", math.tanh), "that is tanh itself"),
    (("02b.9", Number, logistic(lambda s, x: s)), "that is s itself"),
    (("02b.9", Number, logistic(lambda s, x: 1 - s * s)), "that is the rule of tanh"),
    (("02b.9", Number, logistic(lambda s, x: x * (1 - x))), "s is the result, not the input"),
    (("02b.9", Number, logistic(lambda s, x: 0.5)), "the local derivative of sigmoid at 0.3 is 0.500000"),
    (("02b.9", Number, lambda a: Number(0.5, (a,), (0.25,))), "has data 0.5"),
    (("02b.9", Number, lambda a: Number(sigma(a.data), (), ())), "should be a single operation"),
    (("04.6", lambda scores: print(end="")), "returns None"),
    (("04.6", lambda scores: [softmaxed(scores, k) for k in range(len(scores))]), "stops with OverflowError"),
    (("04.6", lambda scores: [math.exp(s - max(scores)) for s in scores]), "they should add up to 1"),
    (
        ("04.6", lambda scores: [s / sum(scores) for s in scores]),
        "exp of each score, divided by the sum of them all",
    ),
    (
        ("04.6", lambda scores: [softmaxed([s / max(scores) for s in scores], k) for k in range(len(scores))]),
        "subtract the largest score",
    ),
    (("05.7", softmaxed), "that is the probability of class c"),
    (("05.7", lambda s, c: -stable(s, c)), "the sign: a surprise is positive"),
    (("05.7", lambda s, c: stable(s, c) + s[c]), "the score of class c is not subtracted"),
    (("05.7", lambda s, c: -math.log(softmaxed(s, c))), "stops with OverflowError"),
    (("05.7", lambda s, c: 0.0), "my_cross_entropy([0.5, -1, 2], 2) is 0; it should be 0.241"),
    (("06.4", lambda g, w, r, n: descend(g, w, -r, n)), "uphill"),
    (("06.4", lambda g, w, r, n: w - n * r * g(w)), "the gradient is the one of the start"),
    (("06.4", one_step_early), "is the return inside the loop?"),
    (("06.4", lambda g, w, r, n: descend(g, w, r, n - 1)), "one step too few"),
    (("06.4", lambda g, w, r, n: print(end="")), "returns None: is a `return` missing?"),
    (("06.8", loop(inside=False)), "the parameters have not moved"),
    (("06.8", loop(zero=False)), "the gradients of all steps add up"),
    (("06.8", loop(sign=-1)), "uphill"),
    (("06.8", loop(steps=1)), "after 3 steps the parameters are"),
    (("07.5", lambda g, r, m: nesterov(g, r, m, ahead=0)), "that is plain momentum"),
    (("07.5", lambda g, r, m: nesterov(g, r, m, sign=-1)), "uphill"),
    (("07.5", lambda g, r, m: [0.0]), "it should be ["),
    (("07b.5", lambda t: factor(t, first=0)), "begin with 1/5"),
    (("07b.5", lambda t: factor(t, start=0)), "the cosine begins at step 4"),
    (("07b.5", lambda t: factor(t, start=5)), "yours stays at 1 for a step"),
    (("07b.5", lambda t: factor(t, full=0.1)), "that is the rate; return the factor"),
    (("08b.6", lambda outputs: dead(outputs, any)), "0 for *some* example is not dead"),
    (("08b.6", lambda outputs: [not any(unit) for unit in zip(*outputs)]), "not True and False"),
    (("08b.6", lambda outputs: [k for k, row in enumerate(outputs) if not any(row)]), "go through the units"),
    (
        ("08b.6", lambda outputs: [k for k, unit in enumerate(zip(*outputs)) if max(unit) <= 0]),
        "a negative output is not 0",
    ),
    (("08b.6", lambda outputs: []), "it gives []; it should be [0]"),
    (("08b.6", lambda outputs: print(end="")), "returns None"),
    (("09.7", uniform(lambda n, m: math.sqrt(2 / n))), "is the bound the spread?"),
    (("09.7", uniform(lambda n, m: 2 / n)), "is the bound 2 / fan_in?"),
    (("09.7", uniform(lambda n, m: math.sqrt(6 / m))), "that is for the outputs"),
    (("09.7", uniform(lambda n, m: math.sqrt(6 / (n + m)))), "that is Xavier's"),
    (("09.7", lambda n, m, rng: rng.gauss(0, math.sqrt(2 / n))), "is it a normal distribution?"),
    (("09.7", lambda n, m, rng: 0.5), "no randomness"),
    (("09.7", lambda n, m, rng: abs(rng.gauss(0, 1))), "all weights are positive"),
    (("09.7", lambda n, m, rng: [rng.random()] * n), "it should return one number"),
    (("09.7", lambda n, m, rng: 3 * rng.gauss(0, 1)), "the variance is"),
    (("10.5", lambda g, c: [min(max(x, -c), c) for x in g]), "that is by value"),
    (("10.5", lambda g, c: clip(g, c, most=math.inf)), "gradients below the limit must stay"),
    (("10.5", lambda g, c: clip(g, c, eps=0)), "right, but for the 1e-6"),
    (("10.5", lambda g, c: clip(g, c, norm=lambda *g: sum(map(abs, g)))), "the root of the sum of the squares"),
    (("10.5", lambda g, c: clip(g, c, eps=0) if any(g) else 1 / 0), "it stops with ZeroDivisionError"),
    (("10.6", lambda s, t, W, b: (W * s, b)), "the shift goes through the weights"),
    (("10.6", lambda s, t, W, b: ((W.T * s).T, b + W @ t)), "you scaled its rows"),
    (("10.6", lambda s, t, W, b: (W, b + W @ t)), "the weights must take over the scale"),
    (("10.6", lambda s, t, W, b: (W * s, b + (W * s) @ t)), "with the old weights"),
    (("10.7", norm(divide=staticmethod(lambda n: n - 1))), "divide the sum of squares by n, not by n - 1"),
    (("10.7", norm(divide=staticmethod(lambda n: 1))), "train([1, 2, 6]) gives"),
    (("10.7", norm(unbiased=False)), "here the variance is divided by n - 1"),
    (("10.7", norm(tenth=1.0)), "that is the batch's own"),
    (("10.7", norm(tenth=0.9)), "a tenth of the gap, not nine tenths"),
    (("10.7", norm(tenth=0.2)), "+= 0.1 × (new - running)"),
    (("10.7", norm(running=False)), "that is normalised with its own mean"),
    (("10.7", norm(root=1.0)), "divide by the root of running_var + eps"),
    (("10.7", norm(root=2.0)), "use([3, 0]) gives"),
    (("10.7", norm(spoils=True)), "use has changed the running statistics"),
    (("11.6", lambda *p: lstm(*p)[::-1]), "return h first"),
    (("11.6", swapped), "you have them the other way round"),
    (("11.6", functools.partial(lstm, gate=float)), "the gates go through the sigmoid"),
    (("11.6", functools.partial(lstm, new=float)), "g goes through tanh"),
    (("11.6", functools.partial(lstm, out=float)), "c goes through tanh on its way to h"),
    (("11.7", lambda *p: missing(*p, "through")), "that is only d(last)/d(h)"),
    (("11.7", lambda *p: missing(*p, "before")), "that is only d(h)/dw"),
    (("11.7", lambda *p: missing(*p, "whole")), "that is the whole gradient"),
    (("11.7", lambda *p: missing(*p, "whole") - missing(*p)), "that is the truncated gradient"),
    (("11.7", lambda xs, w, cut: missing(xs, w, cut + 1)), "one element too late"),
    (("12.5", lambda e: e * e / 2 if abs(e) < 1 else abs(e) - 0.5), "it decides in Python"),
    (("12.5", lambda e: autograd.where(autograd.less(abs(e), 1.0), e * e / 2, abs(e))), "beyond 1 it is |e| - 1/2"),
    (("12.5", lambda e: autograd.where(autograd.less(e, 1.0), e * e / 2, abs(e) - 0.5)), "the condition is about |e|"),
    (
        ("08.7", lambda numbers: next((k for k, x in enumerate(numbers) if x == math.nan), None)),
        "NaN is not equal to itself",
    ),
    (("08.7", lambda numbers: next((k for k, x in enumerate(numbers) if x != x), None)), "infinite is not finite, either"),
    (("08.7", lambda numbers: next((k for k, x in enumerate(numbers) if x != x or x == math.inf), None)), "minus infinity"),
    (("08.7", lambda numbers: next((k for k, x in enumerate(numbers) if not math.isfinite(x) or x == 0), None)), "also 0"),
    (("12.6", lambda x: x if x > 0 else 0.1 * x, clipped), "leaky decides in Python"),
    (("12.6", lambda x: autograd.where(autograd.less(0.0, x), 0.1 * x, x), clipped), "the two branches are swapped"),
    (("12.6", lambda x: autograd.relu(x), clipped), "that is relu"),
    (("12.6", leaky, lambda x: autograd.where(autograd.less(1.0, x), 1.0, x)), "nothing stops it at -1"),
    (("12.6", leaky, lambda x: x), "clipped(-3) is -3; it should be -1"),
    (("12.5", lambda e: e * e), "huber(-3) is 9; it should be 2.5"),
    (("13.4", lambda shares, r: shares.index(max(shares))), "that is the most likely one, always"),
    (("13.4", lambda shares, r: int(3 * r)), "that draws all of them equally often"),
    (("13.4", lambda shares, r: shares[draw(shares, r)]), "the index, not the share"),
    (("13.4", lambda shares, r: next((k for k, s in enumerate(shares) if r < s), 2)), "the sum of the shares so far"),
    (("13.4", lambda shares, r: print(end="")), "returns None"),
    (("13.4", lambda shares, r: 0), "draw([0.2, 0.5, 0.3], 0.3) is 0; it should be 1"),
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
    (("10b.3", first_rise), "(2, 3), and should return (2, 5): 3.2 and 3.1 fall, but set no new record"),
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
    (("10b.7", 1.0, 0.86), "are their classes random"),
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
    (("11b.4", lambda p, u: u - p @ u), "multiply by p at the end"),
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
    (("11b.7", tied(2, 0)), "the two uses do not contribute the same"),
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


def test_other_forms_of_a_right_answer_are_right() -> None:
    forms: list[tuple[Any, ...]] = [
        ("01.1", np.float64(8.12), Value(7.76), "0.000601"),
        ("01.3", S * C, Value(S * C), np.float32(S * C)),
        ("01.4", np.array([-215.6, -88.0]), Value(0.001)),
        ("01.4", [-215.6, -88.0], 1e-3),
        ("01.6", lambda h: np.imag(np.sin(1 + 1j * h)) / h),
        ("02.3", Value(0.5)),
        ("02.3", "0.5"),
        ("03.1", 0.201, 0.0010005, np.bool_(True)),
        ("03.2", "score_b", score),
        ("03.2", "B", functools.partial(score, root=np.sqrt)),
        ("03.3", "c", 0.1111),
        ("03.5", np.float64(1), np.bool_(True), np.bool_(False)),
        ("02b.7", Number, lambda root: ordered(root, reversed)),
        ("02b.8", lambda x: autograd.tanh(Value(x)).local_grads[0]),
    ]
    for answers in forms:
        assert course.check(*answers), answers


def test_an_error_is_shown_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    cell = "def complex_step(h):\n    return math.sin(1 + 1j * h)\n"
    linecache.cache["<cell>"] = len(cell), None, cell.splitlines(keepends=True), "<cell>"
    for names, said in (
        ({"__name__": "__main__"}, ", in the line `return math.sin(1 + 1j * h)`"),
        ({"__name__": "elsewhere"}, ""),
    ):
        exec(compile(cell, "<cell>", "exec"), names | {"math": math}, names)
        assert not course.check("01.6", eval("complex_step", names | {"math": math}))
        error = "01.6, not yet: it stops with TypeError: must be real number, not complex"
        assert capsys.readouterr().out == f"{error}{said}\n"
    del linecache.cache["<cell>"]


@pytest.mark.parametrize(("answers", "said"), WRONG_VALUES)
def test_wrong_values_are_named(answers: tuple[Any, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert not course.check(*answers)
    out = capsys.readouterr().out
    assert out.startswith(f"{answers[0]}, not yet: ")
    assert said in out


def test_usual_mistakes_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Each mistake of the tables, in the place of one right answer."""
    right = {name: numbers for name, *numbers in RIGHT}
    for name, rows in TABLES.items():
        for k, (_, _, mistakes) in enumerate(rows):
            for wrong, hint in mistakes:
                assert not course.check(name, *right[name][:k], wrong, *right[name][k + 1 :])
                out = capsys.readouterr().out
                assert out.startswith(f"{name}, not yet: "), out
                assert hint in out, (name, wrong, out)


def test_every_exercise_is_in_its_notebook() -> None:
    """`run.problems` sees to it that each says that it is not done, and has a solution that is checked."""
    found = [
        name
        for path in run.notebooks()
        for cell in run.visible(nbformat.read(path, as_version=4))
        for name in run.CHECKED.findall(cell["source"])
    ]
    assert sorted([*found, "02b.6"]) == sorted(course.CHECKS)


def test_every_exercise_is_done_wrongly_at_least_twice() -> None:
    done = [row[0] for row in WRONG] + [answers[0] for answers, _ in WRONG_VALUES] + ["02b.6"] * 2
    done += [name for name, rows in TABLES.items() for _, _, mistakes in rows for _ in mistakes]
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
        (32, 131070.0, "you said 32, 4,096 times too small"),
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


def test_curves_are_drawn_each_in_its_own_way() -> None:
    ax = draw_curves({"a": [1.0, 2.0], "b": [3.0, 4.0]}, xlabel="step", yscale="log")
    first, second = ax.lines
    assert [line.get_label() for line in ax.lines] == ["a", "b"]
    assert (first.get_color(), first.get_linestyle()) != (second.get_color(), second.get_linestyle())
    assert first.get_xdata().tolist() == [0, 1]
    assert ax.get_legend() is not None
    assert (ax.get_xlabel(), ax.get_yscale()) == ("step", "log")
    assert draw_curves({"c": [5.0]}, [7], marks=True, ax=ax) is ax
    assert (ax.lines[2].get_marker(), ax.lines[2].get_xdata().tolist()) == ("o", [7])
    ax = plt.subplots()[1]
    landscape(lambda x, y: x * x + y, [0.0, 1.0, 2.0], [0.0, 1.0], ax, [0.5, 1.5])
    assert ax.get_xlim() == (0.0, 2.0)
    plt.close("all")
