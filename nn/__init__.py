"""Neural networks on `autograd`: modules, losses, optimisers and training, each a few lines. The names are PyTorch's."""

from nn import init as init
from nn import plots as plots
from nn.activations import Activation
from nn.checkpoints import Checkpoint
from nn.compiled import compile
from nn.containers import Residual, Sequential
from nn.diagnostics import diagnose
from nn.engines import Compiled, Distributed
from nn.files import load, save
from nn.history import History
from nn.importance import gradient_by_lag, importance
from nn.interop import from_torch, to_torch
from nn.layers import MLP, Layer, Neuron
from nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge_loss,
    huber_loss,
    l1_loss,
    mse_loss,
)
from nn.metrics import evaluate, predict
from nn.module import Module
from nn.normalisation import BatchNorm, LayerNorm
from nn.optim import SGD, Adagrad, Adam, AdamW, RMSprop, clip_grad_norm, clip_grad_value
from nn.recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell
from nn.report import Finding, Report
from nn.schedules import CosineAnnealingLR, ExponentialLR, LinearLR, MultiStepLR, StepLR
from nn.training import fit

__all__ = [  # noqa: RUF022, by topic
    # Modules
    "Module",
    "Neuron",
    "Layer",
    "MLP",
    "Sequential",
    "Residual",
    "Activation",
    "BatchNorm",
    "LayerNorm",
    "RNN",
    "LSTM",
    "GRU",
    "RNNCell",
    "LSTMCell",
    "GRUCell",
    # Losses
    "mse_loss",
    "l1_loss",
    "huber_loss",
    "hinge_loss",
    "cross_entropy",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    # Optimisers, schedules, clipping
    "SGD",
    "RMSprop",
    "Adagrad",
    "Adam",
    "AdamW",
    "StepLR",
    "MultiStepLR",
    "ExponentialLR",
    "CosineAnnealingLR",
    "LinearLR",
    "clip_grad_norm",
    "clip_grad_value",
    # Training
    "fit",
    "History",
    "Checkpoint",
    "Compiled",
    "Distributed",
    "compile",
    "predict",
    "evaluate",
    # Diagnostics
    "diagnose",
    "Report",
    "Finding",
    "importance",
    "gradient_by_lag",
    # Files and PyTorch
    "save",
    "load",
    "to_torch",
    "from_torch",
]
