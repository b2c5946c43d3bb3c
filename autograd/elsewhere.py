"""The replacements for names that people know from PyTorch, NumPy, JAX or HIPS autograd and that this package lacks."""

ARRAY = "a list or a NumPy array of Values takes its place: np.array([[Value(1.0), Value(2.0)]])"
ADVICE = {
    **dict.fromkeys(("Tensor", "tensor", "as_tensor", "Variable"), f"autograd.Value(2.0) is one number, and {ARRAY}"),
    **dict.fromkeys(("zeros", "ones", "rand", "randn", "zeros_like", "ones_like", "eye", "arange", "linspace"), ARRAY),
    **dict.fromkeys(("from_numpy", "stack", "cat", "array"), ARRAY),
    **dict.fromkeys(
        ("matmul", "mm", "einsum", "vdot"), "autograd.dot(ws, xs) of two sequences; `@` and NumPy's functions of arrays"
    ),
    **dict.fromkeys(("float64", "float32", "double", "dtype"), "every Value is a Python float, in 64 bits"),
    **dict.fromkeys(("jit", "trace", "script"), "autograd.compile(result, inputs, parameters)"),
    **dict.fromkeys(("vmap", "pmap"), "autograd.compile makes a program that runs on many rows at once"),
    **dict.fromkeys(("enable_grad", "set_grad_enabled", "inference_mode"), "`with autograd.no_grad():` records nothing"),
    **dict.fromkeys(("jacfwd", "jacrev"), "autograd.jacobian(f, inputs)"),
    **dict.fromkeys(
        ("jvp", "vjp", "make_jvp", "make_vjp"), "autograd.grad(output, inputs), or autograd.jacobian(f, inputs)"
    ),
    **dict.fromkeys(("elementwise_grad", "derivative"), "autograd.grad(f)"),
    **dict.fromkeys(("manual_seed", "seed"), "random.seed(0), or the argument seed= of the modules of nn"),
    **dict.fromkeys(("round", "rint", "trunc"), "round(x.data); its derivative is 0. autograd.floor(x) is an operation"),
    **dict.fromkeys(("std", "var", "argmax"), "NumPy's, of an array of Values: np.std(xs), np.var(xs), np.argmax(xs)"),
    **dict.fromkeys(
        ("isnan", "isinf", "isfinite", "deg2rad", "rad2deg"), "NumPy's work on Values: np.isnan(x), np.deg2rad(x)"
    ),
    **dict.fromkeys(("save", "load"), "nn.save(model, path) and nn.load(model, path)"),
    **dict.fromkeys(("device", "set_default_dtype"), "everything is on the CPU, in 64 bits"),
    **dict.fromkeys(("clamp", "clip_"), "autograd.clip(x, min, max)"),
    **dict.fromkeys(("swish", "SiLU"), "autograd.silu(x)"),
    **dict.fromkeys(
        ("Function", "primitive", "defvjp", "custom_jvp", "custom_vjp"), "autograd.define makes a new operation"
    ),
    **{name: f"from autograd.render import {name}" for name in ("draw", "draw_dot", "show_backward", "trace_backward")},
    "absolute": "autograd.abs(x)",
    "backward": "it is a method: loss.backward()",
    "ceil": "-autograd.floor(-x)",
    "hardtanh": "autograd.clip(x, -1, 1)",
    "hessian_vector_product": "autograd.hvp(f, inputs, v)",
    "fmod": "autograd.remainder(x, y), or x % y",
    "ln": "autograd.log(x)",
    "log_sigmoid": "autograd.logsigmoid(x)",
    "max": "autograd.amax(xs), or autograd.maximum(x, y)",
    "min": "autograd.amin(xs), or autograd.minimum(x, y)",
    "mod": "autograd.remainder(x, y), or x % y",
    "nn": "it is a package of its own: import nn",
    "norm": "autograd.sqrt(autograd.sum(x * x for x in xs)), or autograd.hypot(x, y)",
    "numpy": "NumPy's own functions work on Values: import numpy as np",
    "optim": "the optimisers are in nn: nn.SGD, nn.Adam, ...",
    "power": "autograd.pow(x, y), or x ** y",
    "relu6": "autograd.clip(x, 0, 6)",
    "square": "x * x, or x.square()",
    "tensordot": "NumPy's tensordot, of arrays of Values",
    **{f"arc{name}": f"autograd.a{name}(x)" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "arctan2": "autograd.atan2(y, x)",
}
