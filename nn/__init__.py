"""Neural networks on `autograd`: modules, losses, optimisers and training, each a few lines. The names are PyTorch's."""

import sys
from typing import TYPE_CHECKING

import autograd as _autograd

if not hasattr(_autograd, "Value"):
    raise ImportError(
        f"the package `autograd` in {list(_autograd.__path__)} is not stepgrad's, or not all of it. HIPS autograd (on "
        "PyPI: autograd) has the same import name: installing or uninstalling it has replaced or removed files of "
        "stepgrad, or it comes first on the path. Keep each in an environment of its own. To use stepgrad here: "
        "pip uninstall -y autograd stepgrad, then install stepgrad again"
    )

from nn import functional as functional
from nn import init as init
from nn import plots as plots
from nn import utils as utils
from nn.activations import (
    ELU,
    GELU,
    SELU,
    Activation,
    Dropout,
    Identity,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from nn.checkpoints import Checkpoint
from nn.compiled import compile
from nn.containers import ModuleList, Residual, Sequential
from nn.contents import Parameter
from nn.criteria import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HuberLoss,
    L1Loss,
    MSELoss,
    NLLLoss,
    SmoothL1Loss,
)
from nn.diagnostics import diagnose
from nn.engines import Compiled, Distributed
from nn.files import load, save
from nn.history import History
from nn.importance import gradient_by_lag, importance
from nn.interop import from_torch, to_torch
from nn.layers import MLP, Layer, Linear, Neuron
from nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge_loss,
    huber_loss,
    l1_loss,
    mse_loss,
    nll_loss,
    smooth_l1_loss,
)
from nn.metrics import evaluate, predict
from nn.module import Module
from nn.normalisation import BatchNorm, LayerNorm
from nn.optim import SGD, Adagrad, Adam, AdamW, RMSprop, clip_grad_norm, clip_grad_value
from nn.recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell
from nn.report import Finding, Report
from nn.schedules import (
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    StepLR,
)
from nn.training import fit

__all__ = [  # noqa: RUF022, by topic
    # Modules
    "Module",
    "Neuron",
    "Layer",
    "Linear",
    "MLP",
    "Sequential",
    "ModuleList",
    "Residual",
    "Parameter",
    "Activation",
    "ReLU",
    "LeakyReLU",
    "ELU",
    "SELU",
    "GELU",
    "SiLU",
    "Softplus",
    "Sigmoid",
    "LogSigmoid",
    "Tanh",
    "Softmax",
    "LogSoftmax",
    "Identity",
    "Dropout",
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
    "smooth_l1_loss",
    "hinge_loss",
    "cross_entropy",
    "nll_loss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "MSELoss",
    "L1Loss",
    "HuberLoss",
    "SmoothL1Loss",
    "CrossEntropyLoss",
    "NLLLoss",
    "BCELoss",
    "BCEWithLogitsLoss",
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
    "LambdaLR",
    "OneCycleLR",
    "ReduceLROnPlateau",
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

if TYPE_CHECKING:
    from nn.estimators import MLPClassifier as MLPClassifier
    from nn.estimators import MLPRegressor as MLPRegressor
else:  # so that type checkers report unknown names themselves

    def __getattr__(name):
        """Import scikit-learn's estimators on first use. AttributeError for other names, which says what to use instead."""
        if name in ("MLPClassifier", "MLPRegressor"):
            try:
                from nn import estimators
            except ImportError as error:
                raise ImportError(f"nn.{name} needs scikit-learn: pip install 'stepgrad[sklearn]' ({error})") from error
            return getattr(estimators, name)
        from nn.elsewhere import ADVICE  # imported only here, so that importing the package takes no longer

        advice = f": {ADVICE[name]}" if name in ADVICE else ""
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{advice}", name=name, obj=sys.modules[__name__])
