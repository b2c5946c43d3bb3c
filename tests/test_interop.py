"""`to_torch` and `from_torch`: outputs and gradients of every layer type are PyTorch's, to 1e-12. Needs torch."""

import random
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value
from nn.activations import ELEMENTWISE, JOINT
from nn.module import flatten
from tests.skips import need

need("torch", find_spec("torch"))
torch = import_module("torch")


def rows(n: int, size: int) -> list[list[float]]:
    rng = random.Random(0)
    return [[rng.gauss(0, 2) for _ in range(size)] for _ in range(n)]


def stack(rng: random.Random) -> nn.Module:
    return nn.Sequential(
        nn.Layer(3, 4, None, seed=rng), nn.BatchNorm(4, eps=1e-4, momentum=0.3), nn.Activation("selu"),
        nn.Residual(nn.Layer(4, 4, "silu", seed=rng), nn.LayerNorm(4, eps=1e-6)), nn.MLP(4, [3, 1], "tanh", seed=rng),
    )  # fmt: skip


MODELS: dict[str, nn.Module] = {
    **{f"Layer, {name}": nn.Layer(3, 2, name, seed=0) for name in [*ELEMENTWISE, *JOINT, None]},
    **{f"Activation, {name}": nn.Activation(name) for name in [*ELEMENTWISE, *JOINT, None]},
    "MLP": nn.MLP(3, [4, 2], "tanh", output="log_softmax", seed=0),
    "Layer without bias": nn.Layer(3, 2, "tanh", seed=0, bias=False),
    "Dropout": nn.Sequential(nn.Layer(3, 2, seed=0), nn.Dropout(0.0)),
    "Residual": nn.Residual(nn.Layer(3, 3, "gelu", seed=0)),
    "BatchNorm": nn.BatchNorm(3),
    "LayerNorm": nn.LayerNorm(3),
    "a stack": stack(random.Random(0)),
    "RNNCell": nn.RNNCell(3, 2, seed=0), "LSTMCell": nn.LSTMCell(3, 2, seed=0), "GRUCell": nn.GRUCell(3, 2, seed=0),
    "RNN": nn.RNN(3, 2, seed=0), "LSTM": nn.LSTM(3, 2, seed=0), "GRU": nn.GRU(3, 2, seed=0),
    "RNN with relu": nn.RNN(3, 2, "relu", seed=0), "RNNCell with relu": nn.RNNCell(3, 2, "relu", seed=0),
}  # fmt: skip


def outputs(result: Any) -> Any:
    return result[0] if isinstance(result, tuple) else result


def run(model: nn.Module, batch: list[list[float]]) -> tuple[list[float], list[float], dict[str, list[float]]]:
    """Return outputs, input gradients and parameter gradients of sum(outputs * 1, 2, 3, ...)."""
    model.zero_grad()
    x = [[Value(number) for number in row] for row in batch]
    out = [outputs(model(row)) for row in x] if "Cell" in type(model).__name__ else outputs(model(x))
    flat = flatten(out, [])
    sum(v * (i + 1.0) for i, v in enumerate(flat)).backward()
    tensors = {name: [p.grad for p in flatten(tensor, [])] for name, tensor in model.tensors()}
    return [v.data for v in flat], [v.grad for v in flatten(x, [])], tensors


def run_torch(module: Any, batch: list[list[float]]) -> tuple[list[float], list[float], dict[str, list[float]]]:
    module.zero_grad()
    x = torch.tensor(batch, dtype=torch.float64, requires_grad=True)
    out = outputs(module(x)).ravel()
    (out * torch.arange(1.0, len(out) + 1, dtype=torch.float64)).sum().backward()
    gradients = {name: p.grad.ravel().tolist() for name, p in module.named_parameters()}
    return out.tolist(), x.grad.ravel().tolist(), gradients


def compare(model: nn.Module, module: Any) -> None:
    batch = rows(5, 3)
    ours, theirs = run(model, batch), run_torch(module, batch)
    for own, other in zip(ours[:2], theirs[:2]):
        assert own == pytest.approx(other, rel=1e-12, abs=1e-13)
    assert ours[2].keys() == theirs[2].keys()
    for name in ours[2]:
        assert ours[2][name] == pytest.approx(theirs[2][name], rel=1e-12, abs=1e-12), name


@pytest.mark.parametrize("name", MODELS)
def test_there_and_back(name: str, tmp_path: Path) -> None:
    model = MODELS[name]
    module = nn.to_torch(model)
    compare(model, module)
    own = nn.from_torch(module)
    assert repr(own) == repr(model)
    compare(own, module)
    model.load_state_dict(own.state_dict())  # running statistics too: it has seen the batch once less
    for mode in (model, module, own):
        mode.eval()
    compare(model, module)
    compare(own, module)
    assert not nn.from_torch(module).training
    model.train()


@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if model.parameters()])
def test_weights_load_in_pytorch_by_name(name: str, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    module = nn.to_torch(MODELS[name])
    path = tmp_path / "state.safetensors"
    nn.save(MODELS[name], path)
    with torch.no_grad():
        for p in module.parameters():
            p.fill_(0)
    missing, unexpected = module.load_state_dict(load_file(path))
    assert (missing, unexpected) == ([], [])
    compare(MODELS[name], module)


def test_weights_saved_by_pytorch_load_here(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    module = nn.to_torch(stack(random.Random(1))).float()
    path = tmp_path / "state.safetensors"
    save_file(module.state_dict(), path)
    model = nn.load(stack(random.Random(2)), path)
    assert [p.data for p in model.parameters()] == [x for p in module.parameters() for x in p.ravel().tolist()]


STOCK = [
    torch.nn.ReLU(), torch.nn.LeakyReLU(), torch.nn.ELU(), torch.nn.SELU(), torch.nn.GELU(), torch.nn.SiLU(), torch.nn.Softplus(),
    torch.nn.Sigmoid(), torch.nn.LogSigmoid(), torch.nn.Tanh(), torch.nn.Softmax(dim=-1), torch.nn.LogSoftmax(dim=1),
]  # fmt: skip


@pytest.mark.parametrize("activation", STOCK, ids=str)
def test_pytorchs_own_modules(activation: Any) -> None:
    module = torch.nn.Sequential(torch.nn.Linear(3, 4), activation, torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2)).double()
    compare(nn.from_torch(module), module)


REFUSED = [
    torch.nn.Conv1d(1, 1, 1), torch.nn.LSTM(1, 1, num_layers=2), torch.nn.GRU(1, 1, bidirectional=True),
    torch.nn.ELU(alpha=0.5), torch.nn.GELU(approximate="tanh"), torch.nn.BatchNorm1d(2, affine=False), torch.nn.LayerNorm((2, 2)),
    torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Dropout1d()), torch.nn.RNNCell(1, 1, bias=False), torch.nn.BatchNorm1d(2, momentum=None),
]  # fmt: skip


@pytest.mark.parametrize("module", REFUSED, ids=str)
def test_what_has_no_equal_is_refused(module: Any) -> None:
    with pytest.raises(ValueError, match="from_torch has no module equal to"):
        nn.from_torch(module)


def test_modules_and_functions_of_ones_own_are_refused() -> None:
    class Own(nn.Module):
        pass

    with pytest.raises(ValueError, match="combinations of them, not Own"):
        nn.to_torch(nn.Sequential(Own()))
    with pytest.raises(ValueError, match="PyTorch has no activation for 'cube'"):
        nn.to_torch(nn.Layer(1, 1, cube))


def cube(z: Any) -> Any:
    return z**3


def test_a_layer_shows_its_activation() -> None:
    assert str(nn.to_torch(nn.Layer(2, 3, "tanh"))) == "Layer(in_features=2, out_features=3, bias=True, activation='tanh')"


def test_state_types() -> None:
    state = nn.to_torch(nn.BatchNorm(2)).state_dict()
    assert state["num_batches_tracked"].dtype == torch.int64
    assert {tensor.dtype for name, tensor in state.items() if "num" not in name} == {torch.float64}
    assert np.array_equal(state["running_var"].numpy(), [1.0, 1.0])


def test_lists_of_modules() -> None:
    layers = nn.ModuleList([nn.Layer(3, 2, "relu", seed=0), nn.Activation("tanh")])
    module = nn.to_torch(layers)
    assert isinstance(module, torch.nn.ModuleList)
    assert repr(nn.from_torch(module)) == repr(layers)
    assert nn.from_torch(module).state_dict().keys() == layers.state_dict().keys()
