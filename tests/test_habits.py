"""Names that people know from micrograd, PyTorch, JAX and NumPy work, or the error says what to type instead.

The numbers in tests/reference/habits.json were measured with PyTorch 2.13 in float64.
"""

import copy
import json
import math
import pickle
import random
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

import autograd
import autograd.render
import nn
import nn.functional as F
from autograd import Value, grad, value_and_grad
from nn.contents import flatten
from nn.elsewhere import ADVICE as NN_ADVICE
from nn.elsewhere import OF_MODULES, OF_OPTIMISERS

minimize = import_module("scipy.optimize").minimize
MEASURED = json.loads((Path(__file__).parent / "reference" / "habits.json").read_text())


def measured(start: str) -> Any:
    """The section of the measurements whose name begins like this."""
    return next(section for name, section in MEASURED.items() if name.startswith(start))


def close(x: Any) -> Any:
    return pytest.approx(x, rel=1e-12, abs=1e-15, nan_ok=True)


# What people type, with x = Value(2.0, label="x"), y = Value(3.0), p = Value(1.0) (a parameter), xs = an array of Values
# 1, 2, 3, and model = nn.Sequential(nn.Linear(2, 3, seed=0), nn.ReLU(), nn.Linear(3, 1, seed=0)); and what must come out.
# `~` begins what an error must say.
TABLE: list[tuple[str, Any]] = [
    # micrograd
    (
        "Value(4.0, (x, y), '+')",
        "~label must be a str, got tuple: .*operations record themselves, so there are no children",
    ),
    ("z = x * y; len(set(z._prev))", 2),
    ("z = x * y; z._op", "*"),
    ("z = x.tanh(); z._op", "tanh"),
    ("x._prev, x._op", ((), "")),
    ("z = x + y; z._backward = lambda: None", "~no attribute '_backward': .* autograd.define"),
    ("p.m = 0.0", "~no attribute 'm': .* in a dict such as"),
    ("p.velocity", "~no attribute 'velocity': .* in a dict"),
    ("x.name", "~no attribute 'name': its name is x.label"),
    # PyTorch: tensors and gradients
    ("x.item()", 2.0),
    ("x.clone()", 2.0),
    ("z = x.clone(); z.backward(); x.grad", 1.0),
    ("x.clamp(max=1.5)", 1.5),
    ("x.clamp(3, 4)", 3.0),
    ("z = x * y; z.backward(torch_like); x.grad", "~backward.gradient. takes plain numbers"),
    ("z = x * y; z.backward(10.0); x.grad", 30.0),
    ("z = x * y; z.backward(gradient=2); y.grad", 4.0),
    ("z = x * y; z.backward(retain_graph=True); z.backward(); x.grad", 6.0),
    ("x.grad = 3.0; x.grad = None; x.grad", 0.0),
    ("x.is_leaf, (x * y).is_leaf", (True, False)),
    ("x.requires_grad", "~no attribute 'requires_grad': everything is recorded"),
    ("x.requires_grad_(False)", "~no attribute 'requires_grad_': .* module.requires_grad_"),
    ("x.grad_fn", "~no attribute 'grad_fn': .* x.op, on x.operands"),
    ("x.numpy()", "~no attribute 'numpy': .*x.item"),
    ("x.pow(3)", 8.0),
    ("x.square()", 4.0),
    ("x.reciprocal()", 0.5),
    ("x.rsqrt()", 0.707107),
    ("x.logaddexp(y)", 3.313262),
    ("autograd.Tensor([1.0])", "~no attribute 'Tensor': autograd.Value"),
    ("autograd.tensor(2.0)", "~no attribute 'tensor': autograd.Value"),
    ("autograd.relu6(x)", "~no attribute 'relu6': autograd.clip"),
    ("autograd.manual_seed(0)", "~no attribute 'manual_seed': random.seed"),
    ("autograd.mean(xs)", 2.0),
    ("autograd.prod([x, y, 0.0])", 0.0),
    ("autograd.mean([])", "~mean needs at least one operand, got none"),
    ("autograd.max(x, y)", "~no attribute 'max': autograd.amax"),
    # Arithmetic and NumPy
    ("x % 1.5", 0.5),
    ("-x % y", 1.0),
    ("7 // x", 3.0),
    ("7.5 % x", 1.5),
    ("y // x", 1.0),
    ("np.log10(x)", 0.30103),
    ("np.log2(x)", 1.0),
    ("np.exp2(xs)", [2.0, 4.0, 8.0]),
    ("np.cbrt(x)", 1.259921),
    ("np.arcsinh(x)", 1.443635),
    ("np.arccosh(xs)", [0.0, 1.316958, 1.762747]),
    ("np.arctanh(x / 4)", 0.549306),
    ("np.logaddexp(x, 3.0)", 3.313262),
    ("np.mod(xs, 2)", [1.0, 0.0, 1.0]),
    ("np.deg2rad(x), np.radians(x), np.rad2deg(x), np.degrees(x)", (0.034907, 0.034907, 114.591559, 114.591559)),
    ("np.fabs(-x)", 2.0),
    ("np.arcsin(x / 4), np.arccos(x / 4), np.arctan(x), np.arctan2(x, y)", (0.523599, 1.047198, 1.107149, 0.588003)),
    # JAX, HIPS autograd, SciPy
    ("grad(lambda v: v**3)(2.0)", 12.0),
    ("grad(grad(lambda v: v**3))(2.0)", 12.0),
    ("grad(lambda v, w: v * w)(2.0, 3.0)", (3.0, 2.0)),
    ("grad(autograd.tanh, 3.0)", r"~write grad\(f\)\(x\) in place of grad\(f, x\)"),
    ("grad(x * y)", r"~such as grad\(loss, \[w, b\]\)"),
    ("value_and_grad(lambda v: (v * v).sum())(np.array([1.0, 2.0]))", (5.0, [2.0, 4.0])),
    ("value_and_grad(lambda v: [v, v])(1.0)", "~a function that returns one number, got .* use jacobian"),
    ("autograd.jit(x)", "~no attribute 'jit': autograd.compile"),
    ("autograd.elementwise_grad", "~no attribute 'elementwise_grad': autograd.grad"),
    ("from autograd import numpy as anp", "~cannot import name 'numpy'"),
    ("autograd.numpy", "~NumPy's own functions work on Values: import numpy"),
    # torch.nn
    ("model", "Sequential: 13 parameters"),
    (
        "len(model), model[0], model[-1]",
        (3, "Linear(in_features=2, out_features=3, bias=True)", "Linear(in_features=3, out_features=1, bias=True)"),
    ),
    ("model[1:]", ["ReLU(): 0 parameters", "Linear(in_features=3, out_features=1, bias=True)"]),
    ("[type(m).__name__ for m in model.children()]", ["Linear", "ReLU", "Linear"]),
    ("len(model[0].weight), len(model[0].bias)", (3, 3)),
    ("nn.Linear(4, 2, bias=False).bias is None", True),
    ("nn.Conv2d(1, 1, 3)", "~no attribute 'Conv2d': there are no convolutions"),
    ("nn.BatchNorm1d(4)", r"~no attribute 'BatchNorm1d': nn.BatchNorm\(n\)"),
    ("nn.Embedding(10, 4)", "~no attribute 'Embedding': nn.Parameter"),
    ("nn.MSELoss()([1.0, 2.0], [1.0, 4.0])", 2.0),
    ("F.relu([-x, y])", [0.0, 3.0]),
    ("F.softmax([[x, x]], dim=1)", [[0.5, 0.5]]),
    ("F.softmax([x, x], dim=0)", "~dim must be -1 or 1, got 0"),
    ("nn.utils.clip_grad_norm_(model.parameters(), 1.0)", 0.0),
    ("nn.Parameter([[1.0, 2.0]])", [[1.0, 2.0]]),
    ("nn.Parameter(3)", 3.0),
    ("opt = nn.SGD([p], lr=0.1); opt.zero_grad(set_to_none=True); opt.param_groups[0]['lr'] = 0.5; opt.lr", 0.5),
    ("nn.SGD([p], lr=0.1).param_groups[0]['params'][0] is p", True),
    ("opt = nn.SGD([p], lr=0.1); opt.param_groups[0]['rate'] = 0.5", "~'rate' is not a setting of SGD"),
    ("nn.SGD([{'params': [p], 'lr': 0.1}])", "~give each group of parameters an optimiser of its own"),
    ("opt = nn.SGD([p], lr=0.5); opt.step(lambda: (p * p).backward()); p", 0.0),
    ("opt = nn.SGD([p], lr=0.1); nn.StepLR(opt, 1).get_last_lr()", [0.1]),
    ("nn.lr_scheduler.StepLR", "~no attribute 'lr_scheduler': the schedules are nn.StepLR"),
    ("model.zero_grad(set_to_none=False)", None),
    ("model.requires_grad_(False).parameters()", []),
    ("len(model.requires_grad_(False).requires_grad_(True).parameters())", 13),
    ("model.to('cpu') is model", True),
    ("model.to('cuda')", "~on the CPU and in float64, and cannot move to cuda"),
    ("nn.Sequential(nn.Linear(1, 1), autograd.tanh)", r"~takes modules, .* nn.Activation\(function\) makes a module"),
    ("nn.Sequential([nn.Linear(1, 1)])", "~Sequential takes modules, got list"),
    ("model.load_state_dict({}, strict=False)", None),
    ("model.load_state_dict({})", "~this state does not fit Sequential"),
    ("model.cuda()", "~'Sequential' object has no attribute 'cuda': it is on the CPU"),
    ("model.double()", "~no attribute 'double': it is on the CPU and in float64"),
    ("model.register_parameter('w', p)", "~no attribute 'register_parameter': assign it to an attribute"),
    ("model.add_module('a', nn.ReLU())", "~no attribute 'add_module': assign it to an attribute"),
    ("model.register_forward_hook(print)", "~no attribute 'register_forward_hook': nn.diagnose"),
    ("model.fit(xs, xs)", r"~no attribute 'fit': nn.fit\(model, X, y, loss, optimizer\)"),
    ("model.predict(xs)", r"~no attribute 'predict': nn.predict\(model, X\)"),
    ("model.summary()", r"~no attribute 'summary': print\(model\)"),
    ("model.foo", "~'Sequential' object has no attribute 'foo'$"),
    ("model.load_state_dict({}, strict=False)", None),
    ("nn.Sequential([nn.ReLU(), nn.Tanh()])", r"~got list: .*; write Sequential\(\*modules\)"),
    ("nn.Sequential({'a': nn.ReLU()})", r"~got dict: .*; write Sequential\(\*modules.values\(\)\)"),
    ("nn.SGD(model, lr=0.1)", r"~a list of Values, such as model.parameters\(\), got Sequential"),
    ("nn.SGD(p, lr=0.1)", r"~a list of Values, such as model.parameters\(\), got Value"),
    ("nn.SGD([p * p], lr=0.1)", r"~such as model.parameters\(\), got the result of 'mul'"),
    ("nn.SGD([p], lr=0.1).add_param_group({'params': [y]})", "~an optimiser of its own"),
    ("nn.Adam([p], amsgrad=True)", "~Adam has no argument 'amsgrad': AMSGrad is not supported"),
    ("nn.Adam([p], fused=True)", "~Adam has no argument 'fused': leave it out"),
    ("nn.Adam([p], decoupled_weight_decay=True)", "~no argument 'decoupled_weight_decay': nn.AdamW"),
    ("nn.Adam([p], momentum=0.9)", r"~no argument 'momentum': .* in nn.Adam it is betas\[0\]"),
    ("nn.SGD(params=[p], lr=0.1)", "~SGD has no argument 'params': its name is parameters"),
    ("nn.SGD([p], learning_rate=0.1)", "~no argument 'learning_rate': its name is lr"),
    ("nn.SGD([p], maximize=True)", "~no argument 'maximize': minimise -loss"),
    ("nn.SGD([p], momentum=0.9, nesterov=True).nesterov", True),
    ("nn.SGD([p], speed=0.9)", "~unexpected keyword argument 'speed'"),
    (
        "type('Mine', (nn.SGD,), {'__init__': lambda self, ps, **rest: nn.SGD.__init__(self, ps, **rest)})([p], momentum=0.5).momentum",
        0.5,
    ),
    ("nn.RMSprop([p], centered=True)", "~RMSprop has no argument 'centered': leave it out"),
    ("nn.StepLR(nn.SGD([p]), 1, last_epoch=-1)", "~StepLR has no argument 'last_epoch': leave it out"),
    ("nn.StepLR(0.1, 1)", "~needs an optimiser, whose lr it sets, got float"),
    ("s = nn.StepLR(nn.SGD([p], lr=0.1), 1); s.step(); s.last_epoch", 1),
    ("nn.fit(model, [[1, 2]], [1], nn.mse_loss, 'adam')", r"~such as nn.Adam\(model.parameters\(\), lr=0.01\), got 'adam'"),
    ("nn.fit(model, [[1, 2]], [1], nn.mse_loss, nn.SGD)", "~optimizer must be one such as nn.Adam"),
    ("nn.fit(model, [[1, 2]], [1], 'mse', nn.SGD([p]))", "~must be a function .* such as nn.mse_loss, got 'mse'"),
    ("nn.fit(model, [[1, 2]], [1], nn.MSELoss, nn.SGD([p]))", r"~got a class: write MSELoss\(\)"),
    ("nn.MLP(2, 4, 1)", "~nouts is a list of the layers' sizes, such as"),
    ("nn.MLP(2, [3, 1], activation='ReLU')", "~no activation is named 'ReLU': use one of relu"),
    ("nn.MLP(2, [3, 1], activation=nn.ReLU())", "MLP: 13 parameters"),
    ("nn.mse_loss([[1, 2, 3]], [[1], [2], [3]])", r"~input of shape \(1, 3\) does not match target of shape \(3, 1\)"),
    ("nn.CrossEntropyLoss(label_smoothing=0.1)([[x, x]], [0])", 0.693147),
    ("nn.EarlyStopping(patience=3)", "~no attribute 'EarlyStopping': a callback of nn.fit that returns True"),
    ("nn.Dense(3)", "~no attribute 'Dense': nn.Linear"),
    ("nn.relu(x)", "~no attribute 'relu': autograd has it"),
    ("nn.Value(1.0)", "~no attribute 'Value': it is autograd.Value"),
    ("nn.DataLoader", "~no attribute 'DataLoader': nn.fit"),
    ("nn.ModuleDict({})", "~no attribute 'ModuleDict': put a dict or list in an attribute"),
    ("nn.Optimizer", "~no attribute 'Optimizer': it is nn.optim.Optimizer"),
    ("nn.kl_div", "~no attribute 'kl_div': nn.cross_entropy with probabilities"),
    # More of one Value, and of NumPy's and PyTorch's functions
    ("x.softplus()", r"~no attribute 'softplus': autograd.softplus\(x\)"),
    ("x.gelu()", r"~no attribute 'gelu': autograd.gelu\(x\)"),
    ("x.mean()", r"~no attribute 'mean': autograd.mean\(xs\)"),
    ("x.shape", "~no attribute 'shape': it is one number"),
    ("x.draw()", "~no attribute 'draw': from autograd.render import draw"),
    ("x.register_hook(print)", "~no attribute 'register_hook': `autograd.render.trace_backward"),
    ("x.zero_grad()", "~no attribute 'zero_grad': set x.grad = 0.0"),
    ("Value('2')", "~takes plain numbers .* got str: '2'"),
    ("Value([1.0, 2.0])", "~takes plain numbers .* got list"),
    ("autograd.round(x)", r"~no attribute 'round': round\(x.data\)"),
    ("autograd.ceil(x)", "~no attribute 'ceil': -autograd.floor"),
    ("autograd.fmod(x, y)", r"~no attribute 'fmod': autograd.remainder"),
    ("autograd.std(xs), np.std(xs)", "~no attribute 'std': NumPy's, of an array of Values"),
    ("np.std(xs), np.var(xs), int(np.argmax(xs))", (0.816497, 0.666667, 2)),
    ("bool(np.isnan(x)), np.deg2rad(x)", (False, 0.034907)),
    ("autograd.stack([x, y])", "~no attribute 'stack': a list or a NumPy array of Values"),
    ("autograd.norm(xs)", r"~no attribute 'norm': autograd.sqrt\(autograd.sum"),
    ("autograd.backward(x)", r"~no attribute 'backward': it is a method"),
    ("autograd.jvp", "~no attribute 'jvp': autograd.grad"),
    ("autograd.enable_grad()", "~no attribute 'enable_grad': `with autograd.no_grad"),
    ("autograd.Function", "~no attribute 'Function': autograd.define"),
    ("autograd.save(model)", r"~no attribute 'save': nn.save\(model, path\)"),
]


def shown(result: Any) -> Any:
    """A result as it is written in the table."""
    if isinstance(result, Value):
        return round(result.data, 6)
    if isinstance(result, (list, tuple)):
        return type(result)(shown(x) for x in result)
    if isinstance(result, np.ndarray):
        return shown(result.tolist())
    if isinstance(result, nn.Module):
        return repr(result).splitlines()[0]
    return round(result, 6) if type(result) is float else result


def typed(text: str) -> Any:
    """The result of what somebody types; of an error, `~` and its message."""
    names: dict[str, Any] = {"x": Value(2.0, label="x"), "y": Value(3.0), "p": Value(1.0), "torch_like": Value(1.0)}
    names |= {"autograd": autograd, "nn": nn, "np": np, "F": F, "Value": Value, "grad": grad}
    names |= {"value_and_grad": value_and_grad, "xs": np.array([Value(1.0), Value(2.0), Value(3.0)])}
    names["model"] = nn.Sequential(nn.Linear(2, 3, seed=0), nn.ReLU(), nn.Linear(3, 1, seed=0))
    before, _, last = text.rpartition("; ")
    try:
        exec(before, names)
        try:
            code = compile(last, "<typed>", "eval")
        except SyntaxError:  # a statement
            return exec(last, names)
        return shown(eval(code, names))
    except Exception as error:
        return f"~{error.args[0] if isinstance(error, KeyError) else error}"


@pytest.mark.parametrize(("text", "expected"), TABLE, ids=[text for text, _ in TABLE])
def test_what_people_type(text: str, expected: Any) -> None:
    result = typed(text)
    if isinstance(expected, str) and expected.startswith("~"):
        assert isinstance(result, str) and re.search(expected[1:], result), result
        assert result.startswith("~")
    else:
        assert result == expected


# Names


def test_names_from_elsewhere_do_not_disturb() -> None:
    """hasattr, star imports, pickles, docstrings, dir and the time of the import are as before."""
    for module in (autograd, nn):
        assert not hasattr(module, "Tensor") and not hasattr(module, "foo")
        with pytest.raises(AttributeError) as caught:
            getattr(module, "foo")  # noqa: B009  as people do
        assert (caught.value.name, caught.value.obj) == ("foo", module)
    x = Value(2.0)
    for name in ("m", "requires_grad", "grad_fn"):
        assert not hasattr(x, name) and name not in dir(x)
        with pytest.raises(AttributeError, match=name):
            setattr(x, name, 1.0)
    assert {"log2", "clamp", "_prev", "data", "backward"} <= set(dir(x))
    assert str(Value.__doc__).startswith("A number in a computation graph")
    assert pickle.loads(pickle.dumps(x * x)).data == copy.deepcopy(x * x).data == 4.0
    script = "import sys, autograd, nn; from nn import *; from autograd import *; print([m for m in sys.modules if 'elsewhere' in m])"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("package", ["autograd", "nn"])
def test_the_advice_names_what_exists(package: str) -> None:
    """Every `autograd.f` and `nn.f` in an advice exists, and no name with advice does."""
    from autograd.elsewhere import ADVICE

    for name, advice in (ADVICE if package == "autograd" else NN_ADVICE).items():
        assert name not in vars(sys.modules[package]) or name in ("max", "min"), name
        for owner, attribute in re.findall(r"\b(autograd|nn)\.(\w+)", advice):
            assert hasattr(sys.modules[owner], attribute), (name, advice)
    for name in OF_MODULES:
        assert not hasattr(nn.Sequential(), name), name
    for name, advice in [*OF_MODULES.items(), *OF_OPTIMISERS.items()]:
        for owner, attribute in re.findall(r"\b(autograd|nn)\.(\w+)", advice):
            assert hasattr(sys.modules[owner], attribute), (name, advice)


# Code of other people, in our words, with only the imports changed


def test_the_graph_of_micrograds_notebook() -> None:
    """The walk over `_prev` and the labels of `_op` with which micrograd's trace_graph.ipynb draws a graph."""

    def trace(root: Any) -> tuple[set[Any], set[tuple[Any, Any]]]:
        nodes, edges = set(), set()

        def build(v: Any) -> None:
            if v not in nodes:
                nodes.add(v)
                for child in v._prev:
                    edges.add((child, v))
                    build(child)

        build(root)
        return nodes, edges

    x, w, b = Value(2.0, label="x"), Value(-3.0, label="w"), Value(1.0, label="b")
    out = (x * w + b).relu() - x / w + 2**x
    out.backward()
    nodes, edges = trace(out)
    lines = [f"data {v.data:.4f} | grad {v.grad:.4f} {v._op}" for v in nodes]
    assert (len(nodes), len(edges)) == (10, 12)
    assert sorted(v._op for v in nodes if v._op) == ["*", "**", "+", "+", "-", "/", "relu"]
    assert "data 0.0000 | grad 1.0000 relu" in lines


def test_a_training_loop_as_in_eurekalabs_micrograd() -> None:
    """An MLP with cross-entropy and AdamW by hand; what the optimiser remembers of p is in a dict, not on p."""

    class Neuron:
        def __init__(self, nin: int, rng: random.Random) -> None:
            self.w = [Value(rng.uniform(-1, 1) * nin**-0.5) for _ in range(nin)]
            self.b = Value(0)

        def __call__(self, x: Any) -> Any:
            return sum((wi * xi for wi, xi in zip(self.w, x)), self.b)

    def cross_entropy(logits: Any, target: int) -> Any:
        top = max(logit.data for logit in logits)
        exps = [(logit - top).exp() for logit in logits]
        return -((exps[target] / sum(exps)).log())

    rng = random.Random(42)
    hidden, last = [Neuron(2, rng) for _ in range(8)], [Neuron(8, rng) for _ in range(3)]
    data = [([rng.gauss(0, 0.3) + k, rng.gauss(0, 0.3) - k], k) for k in (0, 1, 2) for _ in range(4)]
    parameters = [p for neuron in hidden + last for p in [*neuron.w, neuron.b]]
    m, v = dict.fromkeys(parameters, 0.0), dict.fromkeys(parameters, 0.0)
    losses = []
    for step in range(1, 31):
        loss: Any = Value(0)
        for x, target in data:
            h = [neuron(x).tanh() for neuron in hidden]
            loss = loss + cross_entropy([neuron(h) for neuron in last], target) / len(data)
        loss.backward()
        for p in parameters:
            m[p] = 0.9 * m[p] + 0.1 * p.grad
            v[p] = 0.95 * v[p] + 0.05 * p.grad**2
            p.data -= 0.1 * (m[p] / (1 - 0.9**step) / ((v[p] / (1 - 0.95**step)) ** 0.5 + 1e-8) + 1e-4 * p.data)
            p.grad = None
        losses.append(loss.item())
    assert losses[0] > 0.9 and losses[-1] < 0.1


def test_a_training_loop_as_in_pytorch() -> None:
    """A model, a criterion, an optimiser and a schedule, with PyTorch's names throughout."""

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc1 = nn.Linear(2, 8, seed=0)
            self.blocks = nn.ModuleList([nn.Linear(8, 8, seed=1)])
            self.blocks.append(nn.Linear(8, 1, seed=2))
            self.register_buffer("shift", np.array([0.5, 0.5]))
            self.register_buffer("note", 1.0, persistent=False)

        def forward(self, x: Any, scale: float = 1.0) -> Any:
            x = F.relu(self.fc1([v - s for v, s in zip(x, self.shift)]))  # type: ignore[attr-defined]
            for block in self.blocks:
                x = block(F.tanh(x))
            return x * scale

    net = Net()
    assert list(net.state_dict()) == [
        "fc1.weight", "fc1.bias", "blocks.0.weight", "blocks.0.bias", "blocks.1.weight", "blocks.1.bias", "shift",
    ]  # fmt: skip
    X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]
    criterion, optimizer = nn.BCEWithLogitsLoss(), nn.Adam(net.parameters(), lr=0.05)
    scheduler = nn.LambdaLR(optimizer, lambda t: 0.99**t)
    for _ in range(80):
        optimizer.zero_grad(set_to_none=True)
        loss = criterion([net(x) for x in X], y)
        loss.backward()
        nn.utils.clip_grad_value_(net.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
    assert loss.item() < 0.05
    assert scheduler.get_last_lr() == [optimizer.param_groups[0]["lr"]] == [close(0.05 * 0.99**80)]
    assert net(X[0], scale=2.0).data == 2 * net(X[0]).data


# Operations


@pytest.mark.parametrize("case", measured("operations"), ids=lambda case: f"{case[0]}{case[1]}")
def test_edge_as_measured(case: Any) -> None:
    name, operands, value, grads = case
    xs = [Value(float(x)) for x in operands]
    y = getattr(autograd, name)(*xs)
    y.backward()
    assert [y.data, *(x.grad for x in xs)] == close([float(value), *map(float, grads)])


@pytest.mark.parametrize(
    ("f", "x", "exact"),
    [
        (autograd.log2, 2.0**-1074, -1074.0),
        (autograd.log10, 1e15, 15.0),
        (autograd.exp2, 1000.0, 2.0**1000),
        (autograd.exp2, 1100.0, math.inf),
        (autograd.cbrt, 64.0, 4.0),
        (autograd.cbrt, -1e-300, -1e-100),
        (autograd.cbrt, 3e-320, float(mpmath.cbrt(mpmath.mpf(3e-320)))),
        (autograd.cbrt, 1.7e308, float(mpmath.cbrt(mpmath.mpf(1.7e308)))),
        (autograd.cbrt, math.inf, math.inf),
        (autograd.cbrt, -0.0, -0.0),
        (autograd.sinc, 0.0, 1.0),
        (autograd.sinc, 3.0, -0.0),
        (autograd.sinc, 1e15 + 0.5, 1 / (math.pi * (1e15 + 0.5))),
        (lambda x: autograd.remainder(x, 0.1), 0.3, 0.3 % 0.1),
        (lambda x: autograd.floor_divide(x, 0.1), 0.3, 0.3 // 0.1),
        (lambda x: autograd.floor_divide(x, 3.0), 2.0**53 - 1, (2**53 - 1) // 3),
    ],
)
def test_digits_of_the_new_operations(f: Callable[[float], float], x: float, exact: float) -> None:
    assert f(x) == pytest.approx(exact, rel=2.3e-16, abs=1e-32)
    assert math.copysign(1, f(x)) == math.copysign(1, exact)


def test_remainders_are_pythons() -> None:
    rng = random.Random(0)
    for _ in range(2000):
        x, y = (rng.choice((-1, 1)) * rng.choice((1.0, 7.0, 10.0 ** rng.randint(-8, 8), rng.random())) for _ in range(2))
        assert (autograd.remainder(x, y), autograd.floor_divide(x, y)) == (x % y, x // y), (x, y)
        assert ((Value(x) % y).data, (x // Value(y)).data) == (x % y, x // y)


def test_products_and_means_have_the_right_derivatives() -> None:
    for xs in ([2.0, 3.0, 4.0], [0.0, 3.0, 4.0], [0.0, 0.0, 4.0]):
        values = [Value(x) for x in xs]
        autograd.prod(values).backward()
        assert [v.grad for v in values] == [math.prod(xs[:i] + xs[i + 1 :]) for i in range(3)]
    assert autograd.hessian(lambda *xs: autograd.prod(xs), [0.0, 3.0, 4.0]).tolist() == [[0, 4, 3], [4, 0, 0], [3, 0, 0]]
    values = [Value(1.0), Value(2.0)]
    autograd.mean(values).backward()
    assert [v.grad for v in values] == [0.5, 0.5]


# Functions of functions


def rosenbrock(x: Any) -> Any:
    return autograd.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def test_scipy_takes_value_and_grad() -> None:
    start = np.array([1.3, 0.7, 0.8, 1.9, 1.2])
    for found in (
        minimize(value_and_grad(rosenbrock), start, jac=True),
        minimize(lambda x: value_and_grad(rosenbrock)(x)[0], start, jac=grad(rosenbrock)),
    ):
        assert found.success and found.x == pytest.approx(np.ones(5), abs=1e-5)
    assert grad(rosenbrock)(start).tolist() == close([515.4, -285.4, -341.6, 2085.4, -482.0])


def test_derivatives_have_the_shape_of_the_arguments() -> None:
    def f(weights: Any, bias: Any, *, scale: float = 1.0) -> Any:
        return ((weights @ np.array([1.0, 2.0])) * scale).sum() + bias[0] * bias[1]

    value, (weights, bias) = value_and_grad(f)(np.ones((3, 2)), (2.0, 5.0), scale=2.0)
    assert (value, weights.tolist(), bias) == (28.0, [[2.0, 4.0]] * 3, (5.0, 2.0))
    assert grad(lambda x: x[0][0] * x[0][1])([[3.0, 4.0]]) == [[4.0, 3.0]]
    assert value_and_grad(lambda x: x * 2.0)(np.float64(3.0)) == (6.0, (2.0,))
    assert grad(lambda x: 5.0)(np.zeros(2)).tolist() == [0.0, 0.0]


def test_derivatives_of_derivatives_as_functions() -> None:
    sin = grad(grad(grad(grad(autograd.sin))))
    assert sin(0.7) == pytest.approx(math.sin(0.7), rel=1e-15)
    x = Value(3.0)
    slope = grad(lambda y: y * x * x)(x)  # the derivative with respect to y alone, and a function of x
    assert (slope.data, grad(slope, x)) == (9.0, 6.0)
    value, slopes = value_and_grad(lambda v: v[0] * v[0] * v[1])(np.array([x, 2.0], dtype=object))
    assert (value.data, [s.data for s in slopes]) == (18.0, [12.0, 9.0])
    assert grad(slopes[0], x) == 4.0


# Losses, schedules and modules


@pytest.mark.parametrize("case", measured("losses"), ids=lambda case: f"{case[0]}({case[1]}), {case[3]}")
def test_loss_as_measured(case: Any) -> None:
    name, settings, input, target, value, grads = case
    outputs = [[Value(x) for x in row] for row in MEASURED["data"][input]]
    for loss in (getattr(nn, name)(**settings), pickle.loads(pickle.dumps(getattr(nn, name)(**settings)))):
        result = loss(outputs, MEASURED["data"][target])
        if isinstance(result, list):
            assert [x.data for x in result] == close(value)
            result = sum(x * (i + 1.0) for i, x in enumerate(result))
        else:
            assert result.data == close(value)
        for p in flatten(outputs, []):
            p.grad = 0.0
        result.backward()
        assert [p.grad for p in flatten(outputs, [])] == close(grads)


def test_wrong_settings_of_losses() -> None:
    scores, logits = [[0.0, 1.0], [1.0, 0.0]], [[0.0, 1.0]]
    for wrong, message in (
        (lambda: nn.cross_entropy(scores, [0, 1], weight=[1.0]), "weight must be one number for each of 2 classes, got 1"),
        (lambda: nn.cross_entropy(scores, [0, 1], label_smoothing=2), "label_smoothing must be from 0 to 1, got 2"),
        (lambda: nn.nll_loss(scores, [0, 2]), "nll_loss: a target must be an index from 0 to 1, got 2"),
        (lambda: nn.nll_loss(scores, [0]), "nll_loss: input of shape"),
        (lambda: nn.smooth_l1_loss([1.0], [2.0], beta=-1), "beta must not be negative, got -1"),
        (
            lambda: F.binary_cross_entropy([[0.5, 0.5]], [[1, 0]], weight=[[1.0], [2.0]]),
            r"of shape \(1, 2\), got shape \(2, 1\)",
        ),
        (lambda: nn.binary_cross_entropy_with_logits(logits, logits, pos_weight=[1.0] * 3), "pos_weight must be a number"),
    ):
        with pytest.raises(ValueError, match=message):
            wrong()
    assert nn.nll_loss([-0.5, -1.0], 1) == 1.0


def test_programs_and_settings_of_losses() -> None:
    """A mean over the examples compiles; a mean weighted by the targets does not, and is computed without a program."""
    X, y = [[0.3, -1.0], [1.0, 0.5], [-0.7, 0.2]], [1, 0, 1]
    for loss, engine in (
        (nn.CrossEntropyLoss(label_smoothing=0.1), "program"),
        (nn.CrossEntropyLoss(weight=[1.0, 3.0]), "eager: TraceError: the mean of cross_entropy with class weights"),
        (nn.NLLLoss(weight=[1.0, 3.0]), "eager: TraceError: the mean of nll_loss with class weights"),
        (nn.NLLLoss(), "program"),
    ):
        runs = []
        for chosen in ("auto", "eager"):
            model = nn.Sequential(nn.Linear(2, 2, seed=0), nn.LogSoftmax(dim=1))
            history = nn.fit(
                model, X, y, loss, nn.SGD(model.parameters(), 0.1), epochs=3, engine=chosen, progress=False, seed=0
            )  # type: ignore[arg-type]
            runs.append((history.engine, history.loss, history.epochs["accuracy"]))
        assert runs[0][0].startswith(engine)
        assert runs[0][1] == close(runs[1][1]) and runs[0][2] == close(runs[1][2])
        assert not math.isnan(runs[0][2][-1]) or loss.func is nn.nll_loss
    step = nn.compile(nn.Linear(2, 2, seed=0), nn.BCEWithLogitsLoss(pos_weight=[2.0, 0.5]))
    layer = nn.Linear(2, 2, seed=0)
    targets = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    assert step(X, targets) == close(nn.BCEWithLogitsLoss(pos_weight=[2.0, 0.5])(layer(X), targets).data)


@pytest.mark.parametrize("case", measured("one_cycle"), ids=lambda case: f"{case[0]}, {case[1]}")
def test_one_cycle_as_measured(case: Any) -> None:
    kind, settings, expected = case
    optimizer = getattr(nn, kind)([Value(1.0)], lr=0.1)
    schedule = nn.OneCycleLR(optimizer, **settings)
    found = []
    for i in range(len(expected)):
        momentum = optimizer.betas[0] if hasattr(optimizer, "betas") else getattr(optimizer, "momentum", None)
        found.append([optimizer.lr, momentum])
        if i < len(expected) - 1:
            schedule.step()
    for own, other in zip(found, expected):
        assert own == [close(x) if x is not None else None for x in other]
    with pytest.raises(ValueError, match=rf"OneCycleLR has {len(expected) - 1} steps, .* raise total_steps"):
        schedule.step()


@pytest.mark.parametrize("case", measured("plateau: "), ids=lambda case: str(case[0]))
def test_plateau_as_measured(case: Any) -> None:
    settings, expected = case
    optimizer, other = (nn.SGD([Value(1.0)], lr=0.1) for _ in range(2))
    schedule: Any = nn.ReduceLROnPlateau(optimizer, **settings)
    rates = []
    for i, number in enumerate(MEASURED["plateau numbers"]):
        if i == 6:  # saved and restored on the way
            again = nn.ReduceLROnPlateau(other, **settings)
            again.load_state_dict(json.loads(json.dumps(schedule.state_dict())))
            optimizer, schedule = other, again
        schedule.step(Value(float(number)) if i == 2 else float(number))
        rates.append(optimizer.lr)
    assert rates == close(expected)


def test_wrong_schedules() -> None:
    optimizer = nn.SGD([Value(1.0)], lr=0.1)
    for kind, wrong, message in (
        (ValueError, lambda: nn.OneCycleLR(optimizer, 1.0), "needs total_steps, or epochs and steps_per_epoch"),
        (ValueError, lambda: nn.OneCycleLR(optimizer, 1.0, 5, anneal_strategy="exp"), "'cos' or 'linear', got 'exp'"),
        (
            ValueError,
            lambda: nn.OneCycleLR(nn.Adagrad([Value(1.0)]), 1.0, 5),
            "Adagrad has no momentum: .*cycle_momentum=False",
        ),
        (ValueError, lambda: nn.ReduceLROnPlateau(optimizer, "least"), "mode must be 'min' or 'max'.* got 'least'"),
        (ValueError, lambda: nn.ReduceLROnPlateau(optimizer, factor=1.5), "factor must be below 1"),
        (TypeError, lambda: nn.ReduceLROnPlateau(optimizer).step(), r"such as step\(validation_loss\)"),
    ):
        with pytest.raises(kind, match=message):
            wrong()


def test_fit_tells_the_plateau_schedule_the_loss() -> None:
    for validation in (None, ([[1.0]], [5.0])):
        model = nn.Linear(1, 1, seed=0)
        optimizer = nn.SGD(model.parameters(), lr=1e-9)
        schedule = nn.ReduceLROnPlateau(optimizer, patience=0, factor=0.5, eps=0.0)
        nn.fit(model, [[1.0]], [2.0], nn.mse_loss, optimizer, epochs=3, scheduler=schedule, validation=validation, progress=False)  # fmt: skip
        assert optimizer.lr == 0.25e-9


def test_frozen_modules_do_not_change() -> None:
    model = nn.Sequential(nn.Linear(2, 3, seed=0), nn.Tanh(), nn.Linear(3, 1, seed=1))
    before = model.state_dict()
    early = nn.SGD(model.parameters(), lr=0.1)
    model[0].requires_grad_(False)
    assert len(model.parameters()) == 4 and len(list(model.named_parameters())) == 4
    assert list(model.state_dict()) == list(before)
    X, y = [[1.0, 2.0], [0.5, -1.0]], [1.0, -1.0]
    with pytest.raises(ValueError, match=r"the optimiser has parameters that requires_grad_.False. froze"):
        nn.fit(model, X, y, nn.mse_loss, early, progress=False)
    for engine in ("program", "eager"):
        nn.fit(model, X, y, nn.mse_loss, nn.SGD(model.parameters(), 0.1), engine=engine, progress=False)
    after = model.state_dict()
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert changed == {"2.weight", "2.bias"}
    assert len(model.requires_grad_().parameters()) == 13
    step = nn.compile(model, nn.mse_loss)
    first = step(X, y)
    model[0].requires_grad_(False)
    model[0].load_state_dict({"weight": np.zeros((3, 2)), "bias": np.zeros(3)})
    assert step(X, y) == close(nn.evaluate(model, X, y, nn.mse_loss)[0]) != first


def test_states_that_fit_in_part() -> None:
    model = nn.Sequential(nn.Linear(1, 1, seed=0), nn.BatchNorm(1))
    before = model.state_dict()
    model.load_state_dict({"0.bias": [7.0], "2.weight": [1.0], "1.running_mean": [3.0]}, strict=False)
    after = model.state_dict()
    assert after["0.bias"] == [7.0] and after["1.running_mean"] == [3.0]
    assert all(after[name] == before[name] for name in before.keys() - {"0.bias", "1.running_mean"})
    with pytest.raises(ValueError, match="shape of 0.bias"):
        model.load_state_dict({"0.bias": [[7.0]]}, strict=False)


ACTIVATIONS = {
    "ReLU": nn.ReLU(inplace=True), "SELU": nn.SELU(), "SiLU": nn.SiLU(), "LeakyReLU": nn.LeakyReLU(), "ELU": nn.ELU(), "GELU": nn.GELU(),
    "Softplus": nn.Softplus(), "Sigmoid": nn.Sigmoid(), "LogSigmoid": nn.LogSigmoid(), "Tanh": nn.Tanh(), "Softmax": nn.Softmax(dim=-1),
    "LogSoftmax": nn.LogSoftmax(dim=1), "Identity": nn.Identity(),
}  # fmt: skip
NAMED = {"LeakyReLU": "leaky_relu", "LogSoftmax": "log_softmax"}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_of_pytorch(name: str) -> None:
    """Each is nn.Activation of that name and the function of nn.functional, and shows itself as PyTorch does."""
    module, operation = ACTIVATIONS[name], NAMED.get(name, name.lower())
    batch = [[Value(-1.0), Value(0.5)], [Value(2.0), Value(0.0)]]
    expected = nn.Activation(None if name == "Identity" else operation)(batch)
    assert shown(module(batch)) == shown(expected)
    if name != "Identity":
        assert shown(getattr(F, operation)(batch)) == shown(expected)
    assert repr(module) == f"{name}(): 0 parameters"


def test_settings_of_activations() -> None:
    assert repr(nn.LeakyReLU(0.2)) == "LeakyReLU(negative_slope=0.2): 0 parameters"
    assert repr(nn.ELU(alpha=2)) == "ELU(alpha=2): 0 parameters"
    x = [Value(-1.0), Value(1.0)]
    assert shown(nn.LeakyReLU(0.2)(x)) == shown(F.leaky_relu(x, 0.2)) == [-0.2, 1.0]
    assert shown(nn.ELU(2.0)(x)) == shown(F.elu(x, 2.0)) == [round(2 * math.expm1(-1), 6), 1.0]
    with pytest.raises(ValueError, match="Softmax works on the numbers of each example: dim must be -1 or 1, got 0"):
        nn.Softmax(dim=0)
    assert shown(F.linear([[1.0, 2.0]], [[Value(3.0), 4.0]])) == [[11.0]]


def test_dropout() -> None:
    dropout = nn.Dropout(0.25, seed=0)
    outputs = dropout([[Value(3.0)] * 1000] * 4)
    numbers = [v.data for v in flatten(outputs, [])]
    assert set(numbers) == {0.0, 4.0} and 0.2 < numbers.count(0.0) / 4000 < 0.3
    assert dropout.eval()([1.0, 2.0]) == nn.Dropout(0.0)([1.0, 2.0]) == F.dropout([1.0, 2.0], training=False) == [1.0, 2.0]
    assert nn.Dropout(1.0)([5.0]) == F.dropout([5.0], p=1.0) == [0.0]
    assert repr(nn.Dropout()) == "Dropout(p=0.5): 0 parameters"
    with pytest.raises(ValueError, match="p is a probability, from 0 to 1, got 1.5"):
        nn.Dropout(1.5)
    model = nn.Sequential(nn.Linear(1, 2, seed=0), nn.Dropout(0.001), nn.Linear(2, 1, seed=0))
    optimizer = nn.SGD(model.parameters(), 0.01)
    history = nn.fit(model, [[1.0], [2.0]], [1.0, 2.0], nn.mse_loss, optimizer, progress=False)
    assert history.engine.startswith("eager: TraceError: dropout draws new random numbers")


def test_lists_of_modules() -> None:
    layers = nn.ModuleList([nn.Linear(1, 1)]).extend([nn.Tanh(), nn.Linear(1, 1)])
    assert (len(layers), [type(m).__name__ for m in layers], len(layers.parameters())) == (
        3,
        ["Linear", "Tanh", "Linear"],
        4,
    )
    with pytest.raises(TypeError, match="a ModuleList computes nothing"):
        layers([1.0])
    with pytest.raises(TypeError, match="ModuleList takes modules, got "):
        layers.append(autograd.tanh)  # type: ignore[arg-type]


def test_linear_is_drawn_as_in_pytorch() -> None:
    layer = nn.Linear(4, 500, seed=0)
    numbers = [p.data for p in layer.parameters()]
    assert max(numbers) < 0.5 and min(numbers) > -0.5
    assert np.std(numbers) == pytest.approx(0.5 / math.sqrt(3), rel=0.05)
    assert np.std([p.data for p in layer.bias or ()]) == pytest.approx(0.5 / math.sqrt(3), rel=0.1)
    assert nn.Layer(2, 1, None, bias=False, init="uniform").bias is None
    assert repr(nn.Layer(2, 1, bias=False)) == "Layer(2, 1, activation='relu', bias=False)"


def test_settings_reach_forward() -> None:
    class Scaled(nn.Module):
        def forward(self, x: Any, scale: float = 1.0) -> Any:
            return x * scale

    class Shifted(nn.module.ExampleModule):
        def forward(self, x: Any, by: float = 0.0) -> Any:
            return [v + by for v in x]

    assert Scaled()(3.0, scale=2.0) == 6.0
    assert Shifted()([[1.0], [2.0]], by=1.0) == [[2.0], [3.0]]
