"""Notebook 02b, in which the reader builds the engine: its exercises, and its graphs as graphs of the library."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator
from numbers import Real
from typing import Any

from autograd import Value
from autograd.engine import restore

from .checking import FAR, exercise, function, near

# In these checks, `number` is the reader's class, called as number(data, inputs, local_grads).


def _no_numbers(name: str, local_grads: Any) -> Iterator[str]:
    """Complain about local derivatives that are no tuple of plain numbers."""
    if not isinstance(local_grads, tuple | list):
        yield f"the local derivatives of {name} should be a tuple, even if there is only one: (3.0,) with a comma"
    if not all(isinstance(local, Real) for local in local_grads):
        yield f"the local derivatives of {name} should be plain numbers, such as a.data, and no Values"


@exercise("02b.1")
def add_and_mul(number: Any, add: Any, mul: Any) -> Iterator[str]:
    """Complain about a recorded sum or product."""
    a, b = number(2.0), number(-3.0)
    for name, node, data, local_grads in (
        ("add", add(a, b), -1.0, (1.0, 1.0)),
        ("mul", mul(a, b), -6.0, (-3.0, 2.0)),
    ):
        if not isinstance(node, number):
            yield f"{name} returns {node!r}; it should return a new {number.__name__}"
        if node.data != data:
            yield f"{name} of 2 and -3 has data {node.data}; it should be {data:g}"
        if [*node.inputs] != [a, b]:
            yield f"{name} should remember the two Values that it was given as its inputs, in order: (a, b)"
        yield from _no_numbers(name, node.local_grads)
        if tuple(node.local_grads) == local_grads[::-1] != local_grads:
            yield f"the local derivatives of {name} are the right numbers in the wrong order: which one belongs to a?"
        if tuple(node.local_grads) != local_grads:
            yield (
                f"the local derivatives of {name} at 2 and -3 are {tuple(node.local_grads)}. Let a grow by 1: "
                f"by how much does the result grow?"
            )


@exercise("02b.2")
def order_of_nodes(number: Any, topological_order: Any) -> Iterator[str]:
    """Complain about a topological order."""
    yield from _no_order(number, topological_order)
    p, q = number(1.0), number(2.0)
    if topological_order(number(3.0, (p, q), (1.0, 1.0)))[0] is not q:
        yield (
            "this order is valid, and would work. But to agree with the library to the last bit, sums must be added up in "
            "the same order: visit the last input first, reversed(node.inputs)"
        )


def _no_order(number: Any, topological_order: Any) -> Iterator[str]:
    """Complain about a list of nodes in which some are missing, or come before their inputs."""
    a = number(1.0)
    b = number(2.0, (a, a), (1.0, 1.0))
    for formula, inputs in (("a + b", (a, b)), ("b + a", (b, a))):
        c = number(3.0, inputs, (1.0, 1.0))
        d = number(6.0, (c, c), (1.0, 1.0))
        names = {a: "a", b: "b", c: "c", d: "d"}
        order = topological_order(d)
        if not isinstance(order, list):
            yield f"it returns {order!r}; it should return a list of nodes"
        for node in order:
            if not isinstance(node, number):
                yield f"the list contains {node!r}; it should contain the nodes themselves"
        shown = ", ".join(names[node] for node in order)
        say = f"for b = a + a, c = {formula}, d = c + c the order is [{shown}]"
        for node, name in names.items():
            if order.count(node) != 1:
                yield f"{say}; {name} should be in it once, and is in it {order.count(node)} times"
            for x in node.inputs:
                if order.index(x) > order.index(node):
                    yield f"{say}; {name} comes before {names[x]}, which it was computed from: append a node after its inputs"


@exercise("02b.3")
def backward_pass(number: Any, backward: Any) -> Iterator[str]:
    """Complain about the chain rule."""
    x = number(2.0)
    u = number(6.0, (x,), (3.0,))
    y = number(30.0, (u,), (5.0,))
    backward(y)
    if not isinstance(x.grad, Real):
        yield "the gradient of x becomes a Value or a tuple; it should be a number: multiply numbers"
    say = f"for u = 3x and y = 5u, the gradient of x is {x.grad}, not 15"
    if x.grad == 1:
        yield f"{say}: that is only the gradient of the node. Multiply it by the local derivative"
    if x.grad == 18:
        yield f"{say}: that has the value of the node, `data`, in place of its gradient"
    if x.grad == 3:
        yield f"{say}: that is only the local derivative. Multiply it by the gradient of the node, which came from upstream"
    if x.grad == 9:
        yield f"{say}: local derivative and gradient of the node are added here. They multiply"
    if x.grad == 0:
        yield f"{say}: nothing arrives. Does the pass begin at the result, at the end of the order, with gradient 1? And is it the node, not its input, whose gradient is passed on?"
    if x.grad != 15:
        yield say
    x = number(2.0)
    square, triple = number(4.0, (x, x), (2.0, 2.0)), number(6.0, (x,), (3.0,))
    y = number(10.0, (square, triple), (1.0, 1.0))
    backward(y)
    say = f"for y = x*x + 3x at 2, the gradient of x is {x.grad}, not 7"
    if x.grad in (2, 3):
        yield f"{say}: only one path counts. x is used three times, and what its paths bring adds up: use +="
    if x.grad != 7:
        yield say
    backward(y)
    if x.grad != 14:
        yield f"after a second backward the gradient of x is {x.grad}: a leaf adds up (14), a node in between starts from 0"


def _slopes(f: Callable[..., float], at: tuple[float, ...]) -> list[float]:
    """The slope of f with respect to each argument, measured."""
    h = 1e-6
    moved = [
        [(*at[:k], at[k] + s * h, *at[k + 1 :]) for s in (1, -1)] for k in range(len(at))
    ]
    return [(f(*up) - f(*down)) / (2 * h) for up, down in moved]


# name: (the function, points, {a usual mistake, as the local derivatives it gives: what to say of it})
OPERATIONS: dict[str, tuple[Callable[..., float], list[tuple[float, ...]], list[tuple[Callable[..., Any], str]]]] = {
    "sub": (lambda a, b: a - b, [(2.0, -3.0)], [
        (lambda a, b: (1.0, 1.0), "if b grows, a - b falls"),
        (lambda a, b: (-1.0, 1.0), "it is b that is subtracted"),
    ]),
    "div": (lambda a, b: a / b, [(2.0, -3.0), (0.7, 1.3)], [
        (lambda a, b: (1 / b, a / b**2), "if b grows, a / b falls (for positive numbers): the sign"),
        (lambda a, b: (1 / b, a), "a / b is not a product; its derivative with respect to b is -a / b**2, which is -q / b"),
    ]),
    "power": (lambda a, n: a**n, [(1.7, 3), (-0.6, 2), (0.0, 2)], [
        (lambda a, n: (n * a,), "that is n * a; the derivative of a**n is n * a**(n - 1)"),
        (lambda a, n: (n * a**n,), "that is n * a**n; the exponent goes down by 1"),
        (lambda a, n: (a ** (n - 1),), "that is a**(n - 1); the n comes to the front as a factor"),
    ]),
    "exp": (math.exp, [(0.3,), (-1.1,)], [
        (lambda a: (1.0,), "that is 1; exp is its own derivative"),
        (lambda a: (a * math.exp(a - 1),), "that is the rule of powers; but here it is the exponent that moves"),
        (lambda a: (a,), "that is a itself; exp is its own derivative, so use the result"),
    ]),
    "tanh": (math.tanh, [(0.3,), (-1.1,)], [
        (lambda a: (1 - a * a,), "that is 1 - a**2; the rule is 1 - t**2 with the result t"),
        (lambda a: (math.tanh(a) * (1 - math.tanh(a)),), "that is t * (1 - t), the rule of the sigmoid"),
        (lambda a: (1 - math.tanh(a),), "that is 1 - t; the t is squared"),
    ]),
}  # fmt: skip


@exercise("02b.4")
def more_operations(number: Any, *functions: Any) -> Iterator[str]:
    """Complain about the first operation whose local derivatives differ from measured slopes."""
    for operation, (name, (f, points, mistakes)) in zip(
        functions, OPERATIONS.items(), strict=True
    ):
        for point in points:
            arguments = [
                number(x) if not (name == "power" and k) else x for k, x in enumerate(point)
            ]
            node = operation(*arguments)
            given = [x for x in arguments if isinstance(x, number)]
            if not near(node.data, f(*point)):
                yield f"{name}{point} has data {node.data}; it should be {f(*point):.6g}"
            if [*node.inputs] != given:
                yield f"{name} should remember its Values as inputs, in order; yours has {len(node.inputs)} inputs"
            yield from _no_numbers(name, node.local_grads)
            slopes = _slopes(f, point)[: len(given)]
            local_grads = [*node.local_grads]
            if len(local_grads) == len(slopes) and all(map(near, local_grads, slopes)):
                continue
            hints = [hint for wrong, hint in mistakes if _same(local_grads, wrong(*point))]
            measured = ", ".join(f"{slope:.6f}" for slope in slopes)
            yours = ", ".join(f"{local:.6f}" for local in local_grads)
            yield (
                f"the local derivatives of {name}{point} are {yours}; measured: {measured}"
                + "".join(f" ({hint})" for hint in hints[:1])
            )


def _same(numbers: list[float], others: Iterable[float]) -> bool:
    others = list(others)
    return len(numbers) == len(others) and all(map(near, numbers, others))


@exercise("02b.5")
def neuron_and_network(number: Any, neuron_class: Any, network_class: Any) -> Iterator[str]:
    """Complain about a neuron, or a network of them."""
    neuron = neuron_class(2, random.Random(0))
    if len(neuron.w) != 2:
        yield f"a neuron of 2 inputs has {len(neuron.w)} weights; it should have one for each input"
    neuron.w[0].data, neuron.w[1].data, neuron.b.data = 0.5, -1.5, 0.25
    out = neuron([2.0, 0.4])
    total = 0.5 * 2.0 - 1.5 * 0.4 + 0.25
    say = f"a neuron with weights 0.5, -1.5 and bias 0.25 gives {out.data:.6g} for the inputs 2 and 0.4"
    for wrong, hint in (
        (math.tanh(total - 0.25), "the bias is missing"),
        (total, "the sum does not go through tanh"),
        (total - 0.25, "the bias is missing, and tanh"),
        (
            math.tanh(total + 2 * 0.25),
            "the bias is added once for each input; `total` starts from it already",
        ),
        (math.tanh(2.0 + 0.4 + 0.25), "the weights are missing"),
        (
            math.tanh(0.5 + 2.0 - 1.5 + 0.4 + 0.25),
            "weight and input are added; they multiply",
        ),
        (math.tanh(0.5 - 1.5 + 0.25), "the inputs are missing"),
    ):
        if near(out.data, wrong):
            yield f"{say}: {hint}"
    if not near(out.data, math.tanh(total)):
        yield f"{say}; it should be tanh(0.5 * 2 - 1.5 * 0.4 + 0.25) = {math.tanh(total):.6g}"
    if not _reaches(out, neuron.w[0]):
        yield f"{say}, which is right, but its graph does not contain the weights: multiply the Values, not their data"
    network = network_class([2, 4, 1], random.Random(0))
    if not all(isinstance(p, number) for p in network.parameters()):
        yield "parameters() should list Values, each weight and each bias: training reads their grad and sets their data"
    count = len(network.parameters())
    if count == 12:
        yield "a 2-4-1 network has 12 weights and 5 biases; parameters() lacks the biases"
    if count != 17:
        yield f"a 2-4-1 network has 4 * (2 + 1) + (4 + 1) = 17 parameters; yours has {count}"
    answer = network([number(0.3), number(-0.8)])
    if not isinstance(answer, number):
        yield f"the network returns {answer!r}; with one output neuron, return its Value, not a list"
    first, last = network.layers
    inner = [neuron([number(0.3), number(-0.8)]) for neuron in first]
    if not near(answer.data, last[0](inner).data):
        yield "the output is not that of the last layer, applied to the outputs of the layer before it"


def _reaches(root: Any, leaf: Any) -> bool:
    """True if a graph contains a leaf."""
    return root is leaf or any(_reaches(x, leaf) for x in root.inputs)


@exercise("02b.6")
def same_bits(mine: list[list[float]], theirs: list[list[float]]) -> Iterator[str]:
    """Complain about the first graph of two engines with numbers that differ."""
    wrong = [k for k, (a, b) in enumerate(zip(mine, theirs, strict=True)) if a != b]
    if wrong:
        a, b = next((a, b) for a, b in zip(mine[wrong[0]], theirs[wrong[0]]) if a != b)
        far = abs(a - b) > FAR * abs(b)
        why = (
            "a rule is wrong"
            if far
            else "only the rounding differs. Your formulas are right; to agree to the last bit, write -q / b and 1 - t * t"
        )
        yield f"{len(wrong)} of {len(mine)} graphs differ; in graph {wrong[0]} you have {a!r}, the library {b!r}: {why}"


@exercise("02b.7")
def order_by_a_loop(number: Any, topological_order: Any) -> Iterator[str]:
    """Complain about a topological order, or one that a long chain breaks."""
    yield from _no_order(number, topological_order)
    chain = [
        number(0.0)
    ]  # all of it, so that its nodes are freed one by one, from the last: calls would be too deep
    for _ in range(5000):
        chain.append(number(0.0, (chain[-1],), (1.0,)))
    try:
        topological_order(chain[-1])
    except RecursionError:
        yield "right, but a chain of 5,000 nodes is too deep for calls: use a loop, and a list as the stack"


@exercise("02b.8")
def careful_slope(slope: Any) -> Iterator[str]:
    """Complain about the slope of tanh, near 0 and far out."""
    points = [(0.0,), (0.5,), (-2.0,)]
    yield from function("slope", slope, lambda x: 1 / math.cosh(x) ** 2, points, [
        (math.tanh, "that is tanh itself"),
        (lambda x: 1 / math.cosh(x), "the cosh is squared"),
        (lambda x: math.tanh(x) * (1 - math.tanh(x)), "that is t * (1 - t), the rule of the sigmoid"),
    ])  # fmt: skip
    for x in (5.0, -10.0, 20.0, 300.0):
        right = 1 / math.cosh(x) ** 2
        if not math.isclose(slope(x), right, rel_tol=1e-12):
            yield (
                f"right near 0, but slope({x:g}) is {slope(x)!r}; it should be {right!r}: "
                "the difference of two numbers close to 1 loses its digits"
            )


@exercise("02b.9")
def sigmoid_operation(number: Any, sigmoid: Any) -> Iterator[str]:
    """Complain about the sigmoid as an operation of the reader's engine."""
    for x in (0.3, -1.1):
        a = number(x)
        node = sigmoid(a)
        s = 1 / (1 + math.exp(-x))
        if not near(node.data, s):
            yield f"sigmoid of {x} has data {node.data:.6g}; it should be {s:.6g}"
        if [*node.inputs] != [a]:
            yield "sigmoid should be a single operation, with one input, a"
        yield from _no_numbers("sigmoid", node.local_grads)
        say = f"the local derivative of sigmoid at {x} is {node.local_grads[0]:.6f}, and should be {s * (1 - s):.6f}"
        for wrong, hint in (
            (s, "that is s itself; s (1 - s)"),
            (1 - s * s, "that is the rule of tanh"),
            (1 - s, "the factor s is missing"),
            (-s * (1 - s), "the sign: two minus signs cancel"),
            (x * (1 - x), "s is the result, not the input"),
        ):
            if near(node.local_grads[0], wrong):
                yield f"{say}: {hint}"
        if not near(node.local_grads[0], s * (1 - s)):
            yield say


def as_library(root: Any) -> Value:
    """The graph of a home-made engine as one of the library, with the same numbers, for `draw` and `show_backward`.

    root: any object with data, inputs, local_grads, label and op: the name of an operation of the table, and the plain
    numbers among its operands, which come last: "mul", "pow 2"; "" for a leaf.
    """
    made: dict[Any, Value] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        waiting = [x for x in node.inputs if x not in made]
        if waiting:
            stack += waiting
            continue
        stack.pop()
        name, *numbers = node.op.split() or [""]
        operands = (*(made[x] for x in node.inputs), *map(float, numbers))
        made.setdefault(
            node,
            restore(
                name,
                operands,
                tuple(node.local_grads),
                float(node.data),
                0.0,
                node.label,
                None,
            ),
        )
    return made[root]
