"""Clipping under the names of `torch.nn.utils`."""

from nn.optim import clip_grad_norm as clip_grad_norm_
from nn.optim import clip_grad_value as clip_grad_value_

__all__ = ["clip_grad_norm_", "clip_grad_value_"]
