"""`python -m nn iris`, `python -m nn breast_cancer`: train on real data, and evaluate on examples that were held out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from autograd import COMPILED
from nn import MLP, AdamW, History, cross_entropy, evaluate, fit

EPOCHS: dict[str, int] = {"iris": 60, "breast_cancer": 20}


def cross_validate(
    dataset: str, epochs: int, seed: int, folds: int = 5, progress: bool = True
) -> list[tuple[float, History]]:
    """Train an MLP once for each fold, on the other folds; return its accuracy on the fold and the history of its training.

    dataset: 'iris' or 'breast_cancer'. Every example is held out once. All are standardised with the mean and the standard
    deviation of the training examples.
    """
    from sklearn import datasets
    from sklearn.model_selection import StratifiedKFold

    X, y = getattr(datasets, f"load_{dataset}")(return_X_y=True)
    results = []
    for train, held_out in StratifiedKFold(folds, shuffle=True, random_state=seed).split(X, y):
        mean, spread = X[train].mean(axis=0), X[train].std(axis=0)
        standardised = (X - mean) / spread
        model = MLP(X.shape[1], [8, int(y.max()) + 1], activation="tanh", seed=seed)
        optimizer = AdamW(model.parameters(), lr=0.01, weight_decay=0.01)
        validation = standardised[held_out], y[held_out]
        history = fit(
            model, standardised[train], y[train], cross_entropy, optimizer,
            epochs=epochs, batch_size=8, validation=validation, seed=seed, progress=progress,
        )  # fmt: skip
        results.append((evaluate(model, *validation, cross_entropy)[1], history))
    return results


def main(arguments: list[str]) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m nn", description="Train an MLP on real data; 5-fold cross-validation.")
    parser.add_argument("dataset", choices=EPOCHS, help="one of scikit-learn's datasets (extra 'demo')")
    parser.add_argument("--epochs", type=int, help="number of passes through the training data")
    parser.add_argument(
        "--seed", type=int, default=0, help="determines the folds, the initial weights and the order of the examples"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="plot the loss of the last fold's training")
    options = parser.parse_args(arguments)
    try:
        import sklearn  # noqa: F401
    except ImportError:
        print(
            "the datasets come with scikit-learn, which is not installed: pip install scikit-learn, or stepgrad[demo]",
            file=sys.stderr,
        )
        return 1
    epochs = EPOCHS[options.dataset] if options.epochs is None else options.epochs
    print(f"stepgrad, build: {'compiled' if COMPILED else 'pure Python'}; {options.dataset}, {epochs} epochs")
    results = cross_validate(options.dataset, epochs, options.seed)
    accuracies = [accuracy for accuracy, _ in results]
    print("held-out accuracy: " + " ".join(f"{a:.1%}" for a in accuracies) + f", mean {np.mean(accuracies):.1%}")
    if options.plot:
        from matplotlib.figure import Figure

        from nn import plots

        figure = Figure(layout="constrained")
        plots.loss_curves(results[-1][1], figure.subplots())
        figure.savefig(options.plot)
        print(f"loss curves: {options.plot}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
