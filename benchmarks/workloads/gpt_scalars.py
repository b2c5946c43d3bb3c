"""The GPT on scalars, written once for every engine: rmsnorm, attention, rmsnorm, two linear maps with relu between."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from gpt_training import BETA1, BETA2, EPS, HEAD, RATE, SHAPES, SMALL, TOKENS, WIDTH, training
from measure import Case, Step
from moons_step import tensors


class Scalars:
    """The GPT on scalars. `dot` and `softmax` come from the engine; relu, ** and arithmetic are methods of its scalars."""

    def __init__(self, theta: Any, scalar: Any, dot: Any, softmax: Any) -> None:
        self.parameters = [scalar(number) for number in theta.tolist()]
        self.dot, self.softmax = dot, softmax
        tables = (table.tolist() for table in tensors(np.array(self.parameters, dtype=object), SHAPES))
        self.wte, self.wpe, self.lm_head, self.wq, self.wk, self.wv, self.wo, self.fc1, self.fc2 = tables

    def linear(self, weight: Any, x: Any) -> list[Any]:
        return [self.dot(row, x) for row in weight]

    def rmsnorm(self, x: Any) -> list[Any]:
        scale = (self.dot(x, x) / len(x) + SMALL) ** -0.5
        return [xi * scale for xi in x]

    def attention(self, q: Any, keys: Any, values: Any) -> list[Any]:
        """Mix the values so far, in each head, by how well q matches the keys."""
        mixed = []
        for head in (slice(i, i + HEAD) for i in range(0, WIDTH, HEAD)):
            weights = self.softmax([self.dot(q[head], k[head]) / HEAD**0.5 for k in keys])
            mixed += [self.dot(weights, column) for column in zip(*(v[head] for v in values))]
        return mixed

    def logits(self, embedded: list[Any]) -> list[Any]:
        """Compute the scores of every next token, position by position. embedded: the row of wte for each token."""
        keys: list[Any] = []
        values: list[Any] = []
        result = []
        for token, position in zip(embedded, self.wpe):
            x = self.rmsnorm([a + b for a, b in zip(token, position)])
            h = self.rmsnorm(x)
            keys.append(self.linear(self.wk, h))
            values.append(self.linear(self.wv, h))
            mixed = self.attention(self.linear(self.wq, h), keys, values)
            x = [a + b for a, b in zip(x, self.linear(self.wo, mixed))]
            hidden = [a.relu() for a in self.linear(self.fc1, self.rmsnorm(x))]
            x = [a + b for a, b in zip(x, self.linear(self.fc2, hidden))]
            result.append(self.linear(self.lm_head, x))
        return result


def python_values(case: Case) -> Step:
    from python_values import Node

    def dot(ws: Any, xs: Any) -> Any:
        return sum(w * x for w, x in zip(ws, xs))

    def softmax(xs: Any) -> Any:
        top = max(x.data for x in xs)
        powers = [(x - top).exp() for x in xs]
        total = sum(powers)
        return [power / total for power in powers]

    def start() -> Any:
        model = Scalars(case["theta"], Node, dot, softmax)
        m, v = ([0.0] * len(model.parameters) for _ in range(2))

        def step(tokens: Any, t: int, rate: float) -> float:
            rows = model.logits([model.wte[token] for token in tokens[:-1]])
            loss = sum(-softmax(row)[token].log() for row, token in zip(rows, tokens[1:])) / len(rows)
            loss.backward()
            for i, p in enumerate(model.parameters):
                m[i] = BETA1 * m[i] + (1 - BETA1) * p.grad
                v[i] = BETA2 * v[i] + (1 - BETA2) * p.grad**2
                p.data -= rate * (m[i] / (1 - BETA1**t)) / ((v[i] / (1 - BETA2**t)) ** 0.5 + EPS)
                p.grad = 0.0
            return float(loss.data)

        return step

    return training(case, start)


def stepgrad_training(case: Case, forward_backward: Callable[[Any, Any], Any], notes: dict[str, Any]) -> Step:
    """Make a training. forward_backward: returns the mean loss of tokens and adds its gradient to the parameters."""
    import autograd
    import nn

    model = Scalars(case["theta"], autograd.Value, autograd.dot, autograd.softmax)

    def start() -> Any:
        for p, data in zip(model.parameters, case["theta"].tolist()):
            p.data = data
        optimizer = nn.Adam(model.parameters, lr=RATE, betas=(BETA1, BETA2), eps=EPS)

        def step(tokens: Any, t: int, rate: float) -> Any:
            optimizer.lr = rate
            optimizer.zero_grad()
            loss = forward_backward(model, tokens)
            optimizer.step()
            return loss

        return step

    return training(case, start, compiles=True, notes=notes)


def stepgrad_eager(case: Case) -> Step:
    import nn

    def forward_backward(model: Any, tokens: Any) -> float:
        rows = model.logits([model.wte[token] for token in tokens[:-1].tolist()])
        loss = nn.cross_entropy(rows, tokens[1:].tolist())
        loss.backward()
        return float(loss.data)

    return stepgrad_training(case, forward_backward, {})


def stepgrad_program(case: Case) -> Step:
    """Make a Program for each length. Its inputs are one-hot tokens: (n + 1) x 27 numbers, 1 or 0."""
    programs: dict[int, Any] = {}
    notes = {"programs": 0, "tracing and compiling, s": 0.0}

    def forward_backward(model: Any, tokens: Any) -> Any:
        if len(tokens) not in programs:
            start = time.perf_counter()
            programs[len(tokens)] = gpt_program(model, len(tokens))
            notes["tracing and compiling, s"] += time.perf_counter() - start
            notes["programs"] += 1
        return programs[len(tokens)].backward(np.eye(TOKENS)[tokens].reshape(1, -1))

    return stepgrad_training(case, forward_backward, notes)


def gpt_program(model: Scalars, length: int) -> Any:
    """Compile the loss of a name of n tokens, marks included. Later positions have gradient 0 (`strict`)."""
    import autograd
    import nn

    which = [[autograd.Value(float(i == 0)) for i in range(TOKENS)] for _ in range(length)]
    columns = list(zip(*model.wte))
    rows = model.logits([[autograd.dot(one, column) for column in columns] for one in which[:-1]])
    loss = nn.cross_entropy(rows, which[1:])
    return autograd.compile(loss, inputs=[x for one in which for x in one], parameters=model.parameters, strict=False)
