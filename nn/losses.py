"""Losses: each measures the error of predictions as one Value. PyTorch's names, order of arguments, defaults and numbers.

input: the model's outputs. target: the correct answers. Both are single numbers, or sequences of one shape, nested or not;
the shapes (n, 1) and (n,) match. Other shapes raise a ValueError that names both.
reduction: 'mean' (of all elements), 'sum', or 'none' for a list of the elements' losses.
The result is a Value if input or target contains Values, else a float.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from autograd import (
    TraceError,
    Value,
    clip,
    dot,
    is_tracing,
    less,
    log,
    log_softmax,
    logsigmoid,
    logsumexp,
    maximum,
    relu,
    softplus,
    where,
)
from autograd import sum as total

TINY = math.exp(-100)  # keeps every logarithm at or above -100, PyTorch's limit


def mse_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """Mean squared error: (input - target)^2.

    >>> mse_loss([0.5, -1.0, 2.0], [0.0, 0.0, 1.0])
    0.75
    """
    return _reduce([(p - y) ** 2 for p, y in _pairs("mse_loss", input, target)], reduction)


def l1_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """Mean absolute error: |input - target|.

    >>> l1_loss([0.5, -1.0, 2.0], [0.0, 0.0, 1.0], reduction="sum")
    2.5
    """
    return _reduce([abs(p - y) for p, y in _pairs("l1_loss", input, target)], reduction)


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    """Huber loss: half the squared error up to an error of delta, and a line of slope delta beyond (Huber 1964).

    >>> huber_loss([0.5, 3.0], [0.0, 0.0], reduction="none")
    [0.125, 2.5]
    """

    def huber(error: Any) -> Any:
        near = clip(error, None, delta)
        return near * (error - near / 2)

    return _reduce([huber(abs(p - y)) for p, y in _pairs("huber_loss", input, target)], reduction)


def smooth_l1_loss(input: Any, target: Any, reduction: str = "mean", beta: float = 1.0) -> Any:
    """`huber_loss` divided by its delta, here beta: beyond beta a line of slope 1; `l1_loss` if beta is 0.

    >>> smooth_l1_loss([0.5, 3.0], [0.0, 0.0], reduction="none")
    [0.125, 2.5]
    """
    if not beta >= 0:
        raise ValueError(f"smooth_l1_loss: beta must not be negative, got {beta!r}")
    if beta == 0:
        return l1_loss(input, target, reduction)
    return _reduce([x / beta for x in huber_loss(input, target, "none", beta)], reduction)


def binary_cross_entropy(input: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Any:
    """Binary cross-entropy: -(target log(input) + (1 - target) log(1 - input)); each logarithm is at least -100.

    input: probabilities; ValueError outside of 0 to 1. At 0 and 1 the limit makes the gradient of a wrong prediction 0, so
    train with `binary_cross_entropy_with_logits`.
    weight: the factor of each loss: one number for all, one for each output, or numbers in the shape of input.

    >>> binary_cross_entropy([0.5], [1.0])
    0.6931471805599453
    """

    def loss(p: Any, y: Any) -> Any:
        if is_tracing():
            p = p + _nan_unless(p, clip(p, 0.0, 1.0))
        elif p < 0 or p > 1:
            number = float(p.item() if isinstance(p, Value) else p)
            raise ValueError(f"binary_cross_entropy takes probabilities between 0 and 1, got {number!r}: "
                             "apply sigmoid first, or use binary_cross_entropy_with_logits")  # fmt: skip
        return -(y * log(maximum(p, TINY)) + (1 - y) * log(maximum(1 - p, TINY)))

    pairs = _pairs("binary_cross_entropy", input, target)
    return _reduce(_weighted("weight", [loss(p, y) for p, y in pairs], weight, input), reduction)


def binary_cross_entropy_with_logits(
    input: Any, target: Any, reduction: str = "mean", weight: Any = None, pos_weight: Any = None
) -> Any:
    """Binary cross-entropy of sigmoid(input), without overflow: (1 - target) softplus(input) - target logsigmoid(input).

    weight: as in `binary_cross_entropy`. pos_weight: a factor of the second term, in the same shapes; above 1, positive
    examples count more.

    >>> binary_cross_entropy_with_logits([0.0, 1000.0], [1.0, 1.0], reduction="none")
    [0.6931471805599453, 0.0]
    """
    pairs = _pairs("binary_cross_entropy_with_logits", input, target)
    if pos_weight is None:
        terms = [_binary_with_logits(p, y) for p, y in pairs]
    else:
        positive = _weighted("pos_weight", [-y * logsigmoid(p) for p, y in pairs], pos_weight, input)
        terms = [(1 - y) * softplus(p) + loss for (p, y), loss in zip(pairs, positive)]
    return _reduce(_weighted("weight", terms, weight, input), reduction)


def cross_entropy(
    input: Any, target: Any, reduction: str = "mean", weight: Any = None, label_smoothing: float = 0.0
) -> Any:
    """Cross-entropy: -log(softmax(input)[target]), computed without overflow as logsumexp(input - input[target]).

    input: unnormalised scores (logits), (n_examples, n_classes), or (n_classes,) for one example. target: for each example
    the index of the correct class, or a probability for each class. ValueError if an index belongs to no class.
    weight: a factor for each class. The mean of examples with indices is then weighted, too: divided by the sum of their
    factors. label_smoothing: this share of the target is spread evenly over the classes.

    >>> cross_entropy([[0.0, 0.0], [1000.0, 0.0]], [1, 0], reduction="none")
    [0.6931471805599453, 0.0]
    """
    examples, targets = _as_list(input), _as_list(target)
    if isinstance(examples, list) and examples and not _is_sequence(examples[0]):
        examples, targets = [examples], [targets]
    if not (
        isinstance(examples, list)
        and isinstance(targets, list)
        and len(examples) == len(targets)
        and all(_is_sequence(x) and (not _is_sequence(y) or len(x) == len(y)) for x, y in zip(examples, targets))
    ):
        raise ValueError(f"{_mismatch('cross_entropy', input, target)}: the target of each example must be the index of "
                         "a class, or one probability for each class")  # fmt: skip
    if weight is None and label_smoothing == 0:
        return _reduce([_cross_entropy_of(x, y) for x, y in zip(examples, targets)], reduction)
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"cross_entropy: label_smoothing must be from 0 to 1, got {label_smoothing!r}")
    losses, shares = zip(*[_smoothed(x, y, _as_list(weight), label_smoothing) for x, y in zip(examples, targets)])
    if weight is None or reduction != "mean" or _is_sequence(targets[0]):
        return _reduce(list(losses), reduction)
    return total(losses) / _share_of_batch("cross_entropy", shares)


def nll_loss(input: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Any:
    """Negative log-likelihood: -input[target], for outputs of `log_softmax`.

    input, target (indices only), weight: as in `cross_entropy`.

    >>> nll_loss([[-0.5, -1.0], [-3.0, -0.25]], [1, 1])
    0.625
    """
    examples, targets = _as_list(input), _as_list(target)
    if isinstance(examples, list) and examples and not _is_sequence(examples[0]):
        examples, targets = [examples], [targets]
    if not (isinstance(targets, list) and isinstance(examples, list) and len(examples) == len(targets)):
        raise ValueError(f"{_mismatch('nll_loss', input, target)}: the target of each example is the index of a class")
    factors = [1.0] * len(examples[0]) if weight is None and examples else _as_list(weight)
    losses = [-_chosen([x * w for x, w in zip(scores, factors)], y, "nll_loss") for scores, y in zip(examples, targets)]
    if weight is None or reduction != "mean":
        return _reduce(losses, reduction)
    return total(losses) / _share_of_batch("nll_loss", [_chosen(factors, y, "nll_loss") for y in targets])


def hinge_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """Hinge loss: relu(1 - target * input) for targets -1 and 1; it is 0 for a score beyond 1 on the correct side.

    (PyTorch does not have it.)

    >>> hinge_loss([2.0, 0.5], [1, -1], reduction="none")
    [0.0, 1.5]
    """
    return _reduce([relu(1 - y * p) for p, y in _pairs("hinge_loss", input, target)], reduction)


def scalar_loss(loss: Callable[..., Any], outputs: list[Any], targets: list[Any]) -> Value:
    """Return loss(outputs, targets). Raises TypeError if it is not a Value, from which `backward` could start."""
    result = check_loss(loss)(outputs, targets)
    if not isinstance(result, Value):
        raise TypeError(
            f"the loss must be a Value computed from the model's outputs, got {type(result).__name__}: {result!r}"
        )
    return result


def check_loss(loss: Callable[..., Any]) -> Callable[..., Any]:
    """Return the loss. Raises TypeError if it is not a function, or is one of PyTorch's, which require tensors."""
    if not callable(loss):
        raise TypeError(f"the loss must be a function of outputs and targets, such as nn.mse_loss, got {loss!r}")
    if isinstance(loss, type):
        raise TypeError(
            f"the loss must be a function, such as nn.mse_loss or nn.MSELoss(), got a class: write {loss.__name__}()"
        )
    if str(getattr(loss, "__module__", "")).partition(".")[0] == "torch":
        raise TypeError(
            f"{loss!r} is a loss of PyTorch and requires tensors: use one of nn, such as nn.mse_loss or nn.cross_entropy"
        )
    return loss


def _binary_with_logits(score: Any, target: Any) -> Any:
    if not isinstance(target, Value) and target in (0, 1):
        return softplus((1 - 2 * target) * score)  # the same operations for both classes
    return (1 - target) * softplus(score) - target * logsigmoid(score)


def _cross_entropy_of(scores: Any, target: Any) -> Any:
    """Return the cross-entropy of one example.

    Scores are subtracted from each other first: logsumexp(scores) - score would lose the digits below the largest score.
    """
    if _is_sequence(target):
        return -dot(log_softmax(scores), target)
    if is_tracing() and isinstance(target, Value):  # an input of the program, which has no number yet
        score: Any = math.nan  # remains if the target is not a class
        for k, x in enumerate(scores):
            score = where(target - k, score, x)
        finite = less(abs(score), math.inf)
        shift, rest = where(finite, score, 0.0), where(finite, 0.0, score)
        return logsumexp(where(target - k, x - shift, rest) for k, x in enumerate(scores)) - rest
    score, index = _chosen(scores, target, "cross_entropy"), float(target)
    if not is_tracing() and not math.isfinite(score.data if isinstance(score, Value) else score):
        return logsumexp(scores) - score  # inf - inf would be nan
    return logsumexp(0.0 if k == index else x - score for k, x in enumerate(scores))


def _smoothed(scores: Any, target: Any, weight: Any, smoothing: float) -> tuple[Any, Any]:
    """Return the weighted and smoothed cross-entropy of one example and, if its target is an index, its class's weight."""
    n = len(scores)
    weights = [1.0] * n if weight is None else weight
    if len(weights) != n:
        raise ValueError(f"cross_entropy: weight must be one number for each of {n} classes, got {len(weights)}")
    losses = [-p for p in log_softmax(scores)]
    if _is_sequence(target):
        probabilities = [(1 - smoothing) * y + smoothing / n for y in target]
        return total(w * p * x for w, p, x in zip(weights, probabilities, losses)), 1.0
    share = _chosen(weights, target, "cross_entropy")
    correct = share * _chosen(losses, target, "cross_entropy")
    return (1 - smoothing) * correct + smoothing / n * total(w * x for w, x in zip(weights, losses)), share


def _chosen(xs: Sequence[Any], target: Any, name: str) -> Any:
    """Return xs[target]. ValueError if the target is not an index (while tracing, nan instead)."""
    if is_tracing() and isinstance(target, Value):
        chosen: Any = math.nan
        for k, x in enumerate(xs):
            chosen = where(target - k, chosen, x)
        return chosen
    index = float(target)
    if not 0 <= index < len(xs) or index != int(index):
        raise ValueError(f"{name}: a target must be an index from 0 to {len(xs) - 1}, got {target!r}")
    return xs[int(index)]


def _share_of_batch(name: str, shares: Sequence[Any]) -> Any:
    """Return the sum of the weights of a batch. TraceError while tracing, where a batch has one example."""
    if is_tracing():
        raise TraceError(f"the mean of {name} with class weights depends on all targets of a batch, and a program computes "
                         "the examples one by one: use reduction='sum', or engine='eager'")  # fmt: skip
    return total(shares)


def _weighted(name: str, losses: list[Any], weight: Any, input: Any) -> list[Any]:
    """Return each loss times its weight: one for all, one for each output, or one for each element."""
    if weight is None:
        return losses
    weights, shape = _flat(weight), _shape(input)
    if _shape(weight) not in ((), (1,), shape[-1:], shape):
        raise ValueError(f"{name} must be a number, one for each output, or of shape {shape}, got shape {_shape(weight)}")
    return [x * weights[i % len(weights)] for i, x in enumerate(losses)]


def _flat(x: Any) -> list[Any]:
    x = _as_list(x)
    return [element for inner in x for element in _flat(inner)] if isinstance(x, list) else [x]


def _nan_unless(x: Any, y: Any) -> Any:
    """Return 0 if x equals y, else nan. For programs, which cannot raise an error for a single example."""
    return where(x - y, math.nan, 0.0)


def _as_list(x: Any) -> Any:
    """Return x as a list if it is a sequence, an array or a data frame; otherwise unchanged."""
    if isinstance(x, (Value, float, list)):
        return x
    if hasattr(x, "to_numpy"):
        x = x.to_numpy()
    if hasattr(x, "tolist"):
        return x.tolist()
    return list(x) if isinstance(x, Sequence) and not isinstance(x, str) else x


def _is_sequence(x: Any) -> bool:
    return hasattr(x, "__len__")


def _pairs(name: str, input: Any, target: Any) -> list[tuple[Any, Any]]:
    """Return each number of the input with its target. Raises ValueError if their shapes do not match."""
    pairs: list[tuple[Any, Any]] = []
    if not _match(input, target, pairs):
        raise ValueError(_mismatch(name, input, target))
    return pairs


def _match(input: Any, target: Any, pairs: list[tuple[Any, Any]]) -> bool:
    """Append the pairs of numbers to `pairs`. True if the shapes match, where (n, 1) matches (n,)."""
    x, y = _as_list(input), _as_list(target)
    if isinstance(x, list) and isinstance(y, list):
        return len(x) == len(y) and all(_match(p, q, pairs) for p, q in zip(x, y))
    if isinstance(x, list):
        return len(x) == 1 and _match(x[0], y, pairs)
    if isinstance(y, list):
        return len(y) == 1 and _match(x, y[0], pairs)
    pairs.append((x, y))
    return True


def _mismatch(name: str, input: Any, target: Any) -> str:
    return f"{name}: input of shape {_shape(input)} does not match target of shape {_shape(target)}"


def _shape(x: Any) -> tuple[Any, ...]:
    """Return the shape of nested lists; where the inner shapes differ, a tuple with all of them."""
    x = _as_list(x)
    if not isinstance(x, list):
        return ()
    inner = [_shape(element) for element in x]
    return (len(x), *inner[0]) if len({*inner}) == 1 else (len(x), *inner)


def _reduce(losses: list[Any], reduction: str) -> Any:
    if reduction == "none":
        return losses
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}")
    if not losses and reduction == "mean":
        raise ValueError("the mean of no losses is undefined: pass at least one example")
    result = total(losses)
    return result / len(losses) if reduction == "mean" else result
