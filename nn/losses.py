"""Losses: how wrong a prediction is, as one Value. PyTorch's names, order of arguments, defaults and numbers.

`input` is what the model gave, `target` what was right: single numbers, or sequences of them of one shape, nested or not;
(n, 1) and (n,) match. reduction: 'mean' (of all elements), 'sum', or 'none' for a list of the single losses.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from autograd import (
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

TINY = math.exp(-100)  # so that no logarithm is below -100, PyTorch's limit


def mse_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """Squared error: (input - target)^2.

    >>> mse_loss([0.5, -1.0, 2.0], [0.0, 0.0, 1.0])
    0.75
    """
    return _reduce([(p - y) ** 2 for p, y in _pairs("mse_loss", input, target)], reduction)


def l1_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """Absolute error: |input - target|."""
    return _reduce([abs(p - y) for p, y in _pairs("l1_loss", input, target)], reduction)


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    """Half the squared error up to an error of delta, beyond it a line of slope delta (Huber 1964)."""

    def huber(error: Any) -> Any:
        near = clip(error, None, delta)
        return near * (error - near / 2)

    return _reduce([huber(abs(p - y)) for p, y in _pairs("huber_loss", input, target)], reduction)


def binary_cross_entropy(input: Any, target: Any, reduction: str = "mean") -> Any:
    """-(target log(input) + (1 - target) log(1 - input)) of probabilities; each logarithm is at least -100.

    At 0 and 1 the clamp cuts the gradient of the wrong side off; train with `binary_cross_entropy_with_logits`.
    """

    def surprise(p: Any, y: Any) -> Any:
        if is_tracing():
            p = p + _nan_unless(p, clip(p, 0.0, 1.0))
        elif p < 0 or p > 1:
            number = float(p.item() if isinstance(p, Value) else p)
            raise ValueError(f"binary_cross_entropy takes probabilities between 0 and 1, got {number!r}: "
                             "apply sigmoid first, or use binary_cross_entropy_with_logits")  # fmt: skip
        return -(y * log(maximum(p, TINY)) + (1 - y) * log(maximum(1 - p, TINY)))

    return _reduce([surprise(p, y) for p, y in _pairs("binary_cross_entropy", input, target)], reduction)


def binary_cross_entropy_with_logits(input: Any, target: Any, reduction: str = "mean") -> Any:
    """Binary cross-entropy of sigmoid(input), without overflow: (1 - target) softplus(input) - target logsigmoid(input)."""
    pairs = _pairs("binary_cross_entropy_with_logits", input, target)
    return _reduce([_surprise_of_two(p, y) for p, y in pairs], reduction)


def cross_entropy(input: Any, target: Any, reduction: str = "mean") -> Any:
    """-log(softmax(input)[target]) of unnormalised scores, without overflow: logsumexp(input - input[target]).

    input: rows (n, classes), or one row. target: the index of the right class for each row, or a row of probabilities.
    """
    rows, targets = _listed(input), _listed(target)
    if isinstance(rows, list) and rows and not _is_row(rows[0]):
        rows, targets = [rows], [targets]
    if not (
        isinstance(rows, list)
        and isinstance(targets, list)
        and len(rows) == len(targets)
        and all(_is_row(row) and (not _is_row(right) or len(row) == len(right)) for row, right in zip(rows, targets))
    ):
        raise ValueError(f"{_mismatch('cross_entropy', input, target)}: for each row of scores a target is the index of "
                         "a class, or a row of as many probabilities")  # fmt: skip
    return _reduce([_surprise(row, right) for row, right in zip(rows, targets)], reduction)


def hinge_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """relu(1 - target * input) for targets -1 and 1: 0 once the score is on the right side by 1 (not in PyTorch)."""
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
    if str(getattr(loss, "__module__", "")).partition(".")[0] == "torch":
        raise TypeError(
            f"{loss!r} is a loss of PyTorch and requires tensors: use one of nn, such as nn.mse_loss or nn.cross_entropy"
        )
    return loss


def _surprise_of_two(score: Any, right: Any) -> Any:
    if not isinstance(right, Value) and right in (0, 1):
        return softplus((1 - 2 * right) * score)  # the same operations for both classes
    return (1 - right) * softplus(score) - right * logsigmoid(score)


def _surprise(row: Any, right: Any) -> Any:
    """Differences of scores come first, because a sum of all is rounded at the size of the largest score."""
    if _is_row(right):
        return -dot(log_softmax(row), right)
    if is_tracing() and isinstance(right, Value):  # an input of the program: no Python number, and nan if it is no class
        score: Any = math.nan
        for k, x in enumerate(row):
            score = where(right - k, score, x)
        finite = less(abs(score), math.inf)
        shift, rest = where(finite, score, 0.0), where(finite, 0.0, score)
        return logsumexp(where(right - k, x - shift, rest) for k, x in enumerate(row)) - rest
    index = float(right)
    if not 0 <= index < len(row) or index != int(index):
        raise ValueError(f"cross_entropy: a target is an index from 0 to {len(row) - 1}, got {right!r}")
    score = row[int(index)]
    if not is_tracing() and not math.isfinite(score.data if isinstance(score, Value) else score):
        return logsumexp(row) - score  # an infinity has no difference from itself
    return logsumexp(0.0 if k == index else x - score for k, x in enumerate(row))


def _nan_unless(x: Any, y: Any) -> Any:
    """0 if x equals y, else nan: in a program, which cannot raise an error for one row."""
    return where(x - y, math.nan, 0.0)


def _listed(x: Any) -> Any:
    """x as a list if it is a sequence of any kind, else as it is."""
    if isinstance(x, (Value, float, list)):
        return x
    if hasattr(x, "to_numpy"):
        x = x.to_numpy()
    if hasattr(x, "tolist"):
        return x.tolist()
    return list(x) if isinstance(x, Sequence) and not isinstance(x, str) else x


def _is_row(x: Any) -> bool:
    return hasattr(x, "__len__")


def _pairs(name: str, input: Any, target: Any) -> list[tuple[Any, Any]]:
    """Each number of input with its target. ValueError if they are not of one shape, (n, 1) and (n,) being the same."""
    pairs: list[tuple[Any, Any]] = []
    if not _match(input, target, pairs):
        raise ValueError(_mismatch(name, input, target))
    return pairs


def _match(input: Any, target: Any, pairs: list[tuple[Any, Any]]) -> bool:
    x, y = _listed(input), _listed(target)
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
    """The lengths of lists within lists; where they differ, the shapes of the single ones."""
    x = _listed(x)
    if not isinstance(x, list):
        return ()
    inner = [_shape(element) for element in x]
    return (len(x), *inner[0]) if len({*inner}) == 1 else (len(x), *inner)


def _reduce(losses: list[Any], reduction: str) -> Any:
    if reduction == "none":
        return losses
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction is 'mean', 'sum' or 'none', got {reduction!r}")
    if not losses and reduction == "mean":
        raise ValueError("the mean of no losses: there are no rows")
    result = total(losses)
    return result / len(losses) if reduction == "mean" else result
