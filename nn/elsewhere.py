"""The replacements for names that people know from PyTorch and that this package lacks."""

ADVICE = {
    **dict.fromkeys(("BatchNorm1d", "BatchNorm2d"), "nn.BatchNorm(n)"),
    **dict.fromkeys(
        ("Conv1d", "Conv2d", "Conv3d", "MaxPool2d", "AvgPool2d", "ConvTranspose2d"),
        "there are no convolutions; a module of your own can slide one nn.Neuron over the patches of an image",
    ),
    **dict.fromkeys(("Flatten", "Unflatten"), "reshape the examples before training: X.reshape(len(X), -1)"),
    **dict.fromkeys(("ReLU6", "Hardtanh"), "nn.Activation(lambda x: x.clip(0, 6))"),
    **dict.fromkeys(("Dropout1d", "Dropout2d", "AlphaDropout"), "nn.Dropout(p)"),
    **dict.fromkeys(("Embedding", "EmbeddingBag"), "nn.Parameter of a list of lists, indexed: self.weight[token]"),
    **dict.fromkeys(("ModuleDict", "ParameterList", "ParameterDict"), "put a dict or list in an attribute of the module"),
    **dict.fromkeys(("Transformer", "MultiheadAttention"), "the last notebook writes attention in a few lines"),
    **dict.fromkeys(
        ("DataLoader", "TensorDataset"), "nn.fit(model, X, y, loss, optimizer, batch_size=32) makes the batches"
    ),
    **dict.fromkeys(("optimizers", "Optim"), "the optimisers are nn.SGD, nn.Adam, ..."),
    **dict.fromkeys(("DataParallel", "parallel"), "nn.fit(..., engine=nn.Distributed(client))"),
    **dict.fromkeys(("kl_div", "KLDivLoss"), "nn.cross_entropy with probabilities as targets; it differs by a constant"),
    **dict.fromkeys(("Dense", "FullyConnected"), "nn.Linear(n_inputs, n_outputs), or nn.Layer with an activation"),
    **dict.fromkeys(("Model", "Net"), "a class of your own, derived from nn.Module; or nn.MLP, nn.Sequential"),
    **dict.fromkeys(("train", "Trainer", "loop"), "nn.fit(model, X, y, loss, optimizer)"),
    **dict.fromkeys(("EarlyStopping", "early_stopping"), "a callback of nn.fit that returns True ends the training"),
    **dict.fromkeys(
        ("accuracy", "accuracy_score", "score"), "nn.evaluate(model, X, y, loss) returns the loss and the accuracy"
    ),
    **dict.fromkeys(("loss", "criterion"), "the losses are nn.mse_loss, nn.cross_entropy, ..."),
    **dict.fromkeys(("mse", "MSE", "mean_squared_error"), "nn.mse_loss, or nn.MSELoss"),
    **dict.fromkeys(("mae", "MAE", "MAELoss"), "nn.l1_loss, or nn.L1Loss"),
    **dict.fromkeys(("bce", "bce_loss", "BCE"), "nn.binary_cross_entropy, or nn.binary_cross_entropy_with_logits"),
    **dict.fromkeys(
        ("relu", "tanh", "sigmoid", "softmax"), "autograd has it, and so has nn.functional; nn.ReLU() is a module"
    ),
    **dict.fromkeys(("GroupNorm", "InstanceNorm1d", "RMSNorm"), "nn.LayerNorm(n), or nn.BatchNorm(n)"),
    **dict.fromkeys(("PReLU", "RReLU"), "nn.LeakyReLU(negative_slope)"),
    **dict.fromkeys(("RAdam", "NAdam", "Adamax"), "nn.Adam, or nn.AdamW"),
    "LBFGS": "scipy.optimize.minimize(autograd.value_and_grad(f), start, jac=True)",
    "Value": "it is autograd.Value",
    "no_grad": "it is autograd.no_grad",
    "Optimizer": "it is nn.optim.Optimizer",
    "Softsign": "nn.Activation(lambda x: x / (1 + abs(x)))",
    "clip_grad_norm_": "nn.clip_grad_norm, or nn.utils.clip_grad_norm_",
    "clip_grad_value_": "nn.clip_grad_value, or nn.utils.clip_grad_value_",
    "lr_scheduler": "the schedules are nn.StepLR, nn.CosineAnnealingLR, ...",
    "nll": "nn.nll_loss",
    "one_hot": "nn.cross_entropy takes the index of a class as its target",
    "softmax_cross_entropy": "nn.cross_entropy",
}
_HERE = "it is on the CPU and in float64"
_ASSIGN = "assign it to an attribute: self.name = nn.Linear(2, 3), or Values"
OF_MODULES = {  # names of the methods that modules lack
    **dict.fromkeys(("cpu", "cuda", "double", "float", "half"), _HERE),
    **dict.fromkeys(("register_parameter", "add_module", "register_module"), _ASSIGN),
    **dict.fromkeys(
        ("register_forward_hook", "register_full_backward_hook", "register_backward_hook"),
        "nn.diagnose(model, X, y, loss) shows what each layer computes, autograd.render.trace_backward(loss) each gradient",
    ),
    **dict.fromkeys(("add", "append"), "nn.Sequential takes all modules at once; nn.ModuleList has append"),
    "compile": "nn.compile(model, loss)",
    "fit": "nn.fit(model, X, y, loss, optimizer)",
    "predict": "nn.predict(model, X)",
    "evaluate": "nn.evaluate(model, X, y, loss)",
    "save": "nn.save(model, path)",
    "summary": "print(model)",
}
_OF_PYTORCH = "leave it out: it chooses how PyTorch runs a step, not its result"
OF_OPTIMISERS = {  # arguments that optimisers and schedules lack
    **dict.fromkeys(("foreach", "fused", "capturable"), _OF_PYTORCH),
    "amsgrad": "AMSGrad is not supported; a subclass of nn.Adam may override `update`",
    "centered": "leave it out: the mean square is not centred",
    "dampening": "leave it out: there is none, as by default in PyTorch",
    "decoupled_weight_decay": "nn.AdamW",
    "differentiable": "leave it out: a step is not recorded",
    "initial_accumulator_value": "the sum starts at 0; afterwards, set optimizer.sum_of_squares",
    "last_epoch": "leave it out; load_state_dict restores the state of a schedule",
    "learning_rate": "its name is lr",
    "maximize": "minimise -loss",
    "momentum": "only nn.SGD and nn.RMSprop have it; in nn.Adam it is betas[0]",
    "nesterov": "only nn.SGD has it",
    "params": "its name is parameters, and it comes first: nn.SGD(model.parameters(), lr=0.1)",
    "verbose": "leave it out; print(optimizer.lr) shows the rate",
}
