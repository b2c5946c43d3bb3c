"""The losses as objects with settings, under PyTorch's names: `loss = nn.MSELoss()`, then `loss(outputs, targets)`."""

from __future__ import annotations

from functools import partial
from typing import Any

from nn import losses


class Criterion(partial[Any]):
    """A loss function with its settings. `func` is the function."""


class MSELoss(Criterion):
    """`mse_loss` with its settings (`torch.nn.MSELoss`)."""

    def __new__(cls, reduction: str = "mean") -> MSELoss:
        """Take the keyword arguments of `mse_loss`."""
        return super().__new__(cls, losses.mse_loss, reduction=reduction)


class L1Loss(Criterion):
    """`l1_loss` with its settings (`torch.nn.L1Loss`)."""

    def __new__(cls, reduction: str = "mean") -> L1Loss:
        """Take the keyword arguments of `l1_loss`."""
        return super().__new__(cls, losses.l1_loss, reduction=reduction)


class HuberLoss(Criterion):
    """`huber_loss` with its settings (`torch.nn.HuberLoss`)."""

    def __new__(cls, reduction: str = "mean", delta: float = 1.0) -> HuberLoss:
        """Take the keyword arguments of `huber_loss`."""
        return super().__new__(cls, losses.huber_loss, reduction=reduction, delta=delta)


class SmoothL1Loss(Criterion):
    """`smooth_l1_loss` with its settings (`torch.nn.SmoothL1Loss`)."""

    def __new__(cls, reduction: str = "mean", beta: float = 1.0) -> SmoothL1Loss:
        """Take the keyword arguments of `smooth_l1_loss`."""
        return super().__new__(cls, losses.smooth_l1_loss, reduction=reduction, beta=beta)


class BCELoss(Criterion):
    """`binary_cross_entropy` with its settings (`torch.nn.BCELoss`)."""

    def __new__(cls, weight: Any = None, reduction: str = "mean") -> BCELoss:
        """Take the keyword arguments of `binary_cross_entropy`."""
        return super().__new__(cls, losses.binary_cross_entropy, weight=weight, reduction=reduction)


class BCEWithLogitsLoss(Criterion):
    """`binary_cross_entropy_with_logits` with its settings (`torch.nn.BCEWithLogitsLoss`)."""

    def __new__(cls, weight: Any = None, reduction: str = "mean", pos_weight: Any = None) -> BCEWithLogitsLoss:
        """Take the keyword arguments of `binary_cross_entropy_with_logits`."""
        return super().__new__(
            cls, losses.binary_cross_entropy_with_logits, weight=weight, reduction=reduction, pos_weight=pos_weight
        )


class CrossEntropyLoss(Criterion):
    """`cross_entropy` with its settings (`torch.nn.CrossEntropyLoss`)."""

    def __new__(cls, weight: Any = None, reduction: str = "mean", label_smoothing: float = 0.0) -> CrossEntropyLoss:
        """Take the keyword arguments of `cross_entropy`."""
        return super().__new__(
            cls, losses.cross_entropy, weight=weight, reduction=reduction, label_smoothing=label_smoothing
        )


class NLLLoss(Criterion):
    """`nll_loss` with its settings (`torch.nn.NLLLoss`)."""

    def __new__(cls, weight: Any = None, reduction: str = "mean") -> NLLLoss:
        """Take the keyword arguments of `nll_loss`."""
        return super().__new__(cls, losses.nll_loss, weight=weight, reduction=reduction)
