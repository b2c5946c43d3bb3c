"""Conversion to PyTorch and back: the same network with the same parameter names and the same numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nn.activations import ELEMENTWISE, JOINT, Activation, Dropout, name_of
from nn.containers import ModuleList, Residual, Sequential
from nn.layers import MLP, Layer
from nn.module import Module
from nn.normalisation import BatchNorm, LayerNorm
from nn.recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell

if TYPE_CHECKING:
    import torch


def to_torch(model: Module) -> torch.nn.Module:
    """Return an equal `torch.nn.Module` in float64, for every module of `nn` and any combination of them (extra `torch`).

    The names in its state_dict are those of the model, so that it can load files written by `nn.save`. Layers with one
    output return (n_examples, 1), as `torch.nn.Linear` does. Raises ValueError for activations and modules of your own.
    """
    import torch

    twin: torch.nn.Module = _to_torch(model).double()
    twin.load_state_dict({name: torch.from_numpy(array) for name, array in model.state_dict().items()})
    return twin.train(model.training)


def from_torch(module: torch.nn.Module) -> Module:
    """Return an equal module of `nn`.

    module: the result of `to_torch`, or one of PyTorch's own: Linear, Sequential, BatchNorm1d, LayerNorm, RNN, LSTM, GRU
    (with one layer and one direction), their cells, and activations. Raises ValueError for anything else.
    """
    own = _from_torch(module)
    own.load_state_dict({name: tensor.detach().cpu().double().numpy() for name, tensor in module.state_dict().items()})
    return own.train(module.training)


def _to_torch(model: Module) -> Any:
    import torch

    from nn import _torch_modules as torch_modules

    children = [child for _, child in model.named_children()]
    if isinstance(model, (RNN, LSTM, GRU, RNNCell, LSTMCell, GRUCell)):
        cell: Any = getattr(model, "cell", model)
        options = {"nonlinearity": cell.nonlinearity} if isinstance(cell, RNNCell) else {}
        return getattr(torch.nn, type(model).__name__)(cell.input_size, cell.hidden_size, **options)
    if isinstance(model, BatchNorm):
        return torch.nn.BatchNorm1d(len(model.weight), model.eps, model.momentum)
    if isinstance(model, LayerNorm):
        return torch.nn.LayerNorm(len(model.weight), model.eps)
    if isinstance(model, Layer):
        return torch_modules.Layer(model.nin, len(model.neurons), _activation_name(model), model.bias is not None)
    if isinstance(model, Dropout):
        return torch.nn.Dropout(model.p)
    if isinstance(model, ModuleList):
        return torch.nn.ModuleList(map(_to_torch, children))
    if isinstance(model, Activation):
        return torch_modules.Activation(_activation_name(model))
    if type(model) in (MLP, Sequential, Residual):
        return getattr(torch_modules, type(model).__name__)(*map(_to_torch, children))
    raise ValueError(f"to_torch converts the modules of nn and combinations of them, not {type(model).__name__}")


def _activation_name(model: Layer | Activation) -> str | None:
    """Return the name of an activation. Raises ValueError if PyTorch has none of that name."""
    name = name_of(model.activation)
    if name is not None and name not in (*ELEMENTWISE, *JOINT):
        raise ValueError(f"PyTorch has no activation for {name!r} of {model.describe()}")
    return name


def _from_torch(module: Any) -> Module:
    import torch

    from nn import _torch_modules as torch_modules

    kind, children = type(module).__name__, list(module.children())
    if isinstance(module, torch.nn.Linear):
        bias = module.bias is not None
        return Layer(module.in_features, module.out_features, getattr(module, "activation", None), "zeros", bias=bias)
    if isinstance(module, torch_modules.MLP):
        model = MLP(1, [1])
        model.layers = [_from_torch(child) for child in module.layers]  # type: ignore[misc]
        return model
    if isinstance(module, torch_modules.Residual):
        return Residual(*map(_from_torch, children))
    if isinstance(module, torch.nn.Dropout):
        return Dropout(module.p)
    if isinstance(module, torch.nn.ModuleList):
        return ModuleList(map(_from_torch, children))
    if isinstance(module, torch.nn.Sequential):
        return Sequential(*map(_from_torch, children))
    if isinstance(module, torch_modules.Activation):
        return Activation(module.activation)
    if isinstance(module, torch.nn.BatchNorm1d) and module.affine and module.running_mean is not None and module.momentum:
        return BatchNorm(module.num_features, module.eps, module.momentum)
    if isinstance(module, torch.nn.LayerNorm) and len(module.normalized_shape) == 1 and module.bias is not None:
        return LayerNorm(module.normalized_shape[0], module.eps)
    if isinstance(module, (torch.nn.RNNCell, torch.nn.LSTMCell, torch.nn.GRUCell)) and module.bias:
        options = {"nonlinearity": module.nonlinearity} if isinstance(module, torch.nn.RNNCell) else {}
        return {"RNNCell": RNNCell, "LSTMCell": LSTMCell, "GRUCell": GRUCell}[kind](
            module.input_size, module.hidden_size, **options
        )
    plain = {"num_layers": 1, "bidirectional": False, "bias": True, "proj_size": 0}
    if isinstance(module, torch.nn.RNNBase) and all(getattr(module, name) == value for name, value in plain.items()):
        options = {"nonlinearity": module.nonlinearity} if isinstance(module, torch.nn.RNN) else {}
        return {"RNN": RNN, "LSTM": LSTM, "GRU": GRU}[kind](module.input_size, module.hidden_size, **options)
    if kind in torch_modules.STOCK and str(module) in torch_modules.STOCK[kind][1:]:
        return Activation(torch_modules.STOCK[kind][0])
    raise ValueError(f"from_torch has no module equal to {module}")
