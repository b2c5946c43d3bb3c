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
    "Optimizer": "it is nn.optim.Optimizer",
    "Softsign": "nn.Activation(lambda x: x / (1 + abs(x)))",
    "clip_grad_norm_": "nn.clip_grad_norm, or nn.utils.clip_grad_norm_",
    "clip_grad_value_": "nn.clip_grad_value, or nn.utils.clip_grad_value_",
    "lr_scheduler": "the schedules are nn.StepLR, nn.CosineAnnealingLR, ...",
    "nll": "nn.nll_loss",
    "one_hot": "nn.cross_entropy takes the index of a class as its target",
    "softmax_cross_entropy": "nn.cross_entropy",
}
