"""Gradient checking: the engine's derivatives against measured slopes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd.derivatives import _outputs, _rows
from autograd.engine import Value


class GradcheckError(RuntimeError):
    """Raised if a derivative differs from the measured slope."""


def gradcheck(
    f: Callable[..., Any],
    inputs: Sequence[float | Value],
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """True if the gradient of f(*inputs) equals its central difference (`torch.autograd.gradcheck`).

    f takes one Value per input and returns a Value or a sequence of them. Each derivative must satisfy
    |analytic - numerical| <= atol + rtol * |numerical|, where numerical = (f(x + eps) - f(x - eps)) / (2 * eps). At a kink
    the two may differ although neither is wrong: check away from kinks. Raises GradcheckError, which shows both numbers,
    or returns False if `raise_exception` is False.

    >>> from autograd import gradcheck
    >>> gradcheck(lambda x, y: x * y.exp(), [2.0, 0.5])
    True
    """
    points = [float(x) for x in inputs]
    if not points:
        raise ValueError("gradcheck needs at least one input, got none")

    def evaluate(i: int, step: float) -> list[float]:
        outputs, _ = _outputs(f, [Value(x + step if j == i else x) for j, x in enumerate(points)])
        return [y.data for y in outputs]

    rows, _ = _rows(f, [Value(x) for x in points])
    for i, x in enumerate(points):
        for j, (above, below) in enumerate(zip(evaluate(i, eps), evaluate(i, -eps))):
            analytic, numerical = float(rows[j][i]), (above - below) / (2 * eps)
            if abs(analytic - numerical) <= atol + rtol * abs(numerical):
                continue
            if not raise_exception:
                return False
            raise GradcheckError(
                f"the derivative of output {j} with respect to input {i} (at {x!r}) is {analytic!r} by backpropagation, "
                f"but {numerical!r} by central difference with eps {eps}; they differ by {abs(analytic - numerical):.3g}, "
                f"more than atol {atol} + rtol {rtol} * |{numerical:.3g}|"
            )
    return True
