"""`MLPClassifier` and `MLPRegressor`: scikit-learn's estimators of the same names, trained by nn (extra `sklearn`).

They work in pipelines, grid searches and cross-validation. `nn.MLPClassifier` imports this file on first use.
"""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state, validation
from sklearn.utils.multiclass import check_classification_targets

import autograd
from autograd import Value, data_of, grads_of, set_grads, tracing
from nn.history import History
from nn.layers import MLP
from nn.losses import binary_cross_entropy_with_logits, cross_entropy, mse_loss
from nn.optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from nn.training import fit as train

Self = TypeVar("Self")

if TYPE_CHECKING:  # scikit-learn has no type hints: these are the methods that its base classes add

    class BaseEstimator:
        """scikit-learn's base class of estimators."""

        def get_params(self, deep: bool = True) -> dict[str, Any]:
            """Return the parameters by name."""
            return {}

        def __sklearn_tags__(self) -> Any:
            """Return scikit-learn's description of the estimator."""

        def set_params(self: Self, **params: Any) -> Self:
            """Set parameters; return the estimator."""
            return self

    class ClassifierMixin:
        """scikit-learn's base class of estimators that have a score."""

        def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
            """Return the mean accuracy of a classifier, or R^2 of a regressor."""
            return 0.0

    class RegressorMixin(ClassifierMixin):
        """The same for regressors."""

else:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

Array = np.ndarray
ACTIVATIONS: dict[str, str | None] = {"identity": None, "logistic": "sigmoid"}  # scikit-learn's names for these
SOLVERS: tuple[str, ...] = ("adam", "sgd", "adamw", "rmsprop", "adagrad")
LARGEST_SEED = 2**31 - 1


class MLPEstimator(BaseEstimator, ABC):
    """The base class of the two estimators. The parameters have scikit-learn's names and defaults; some are missing.

    hidden_layer_sizes: the number of neurons in each hidden layer. activation: 'relu', 'tanh', 'logistic', 'identity', or
    any other name or function that `nn.MLP` takes.
    solver: 'adam', 'sgd', 'adamw', 'rmsprop' or 'adagrad', an optimiser of nn. alpha: the strength of the L2 penalty on the
    weights. batch_size: examples per step; 'auto' is min(200, n_samples). learning_rate_init: the learning rate.
    max_iter: the largest number of epochs. random_state: determines the initial weights, the order of the examples and
    those held out. tol, n_iter_no_change: training ends after n_iter_no_change epochs that did not lower the best loss by
    tol. verbose: True shows a progress bar.
    momentum, nesterovs_momentum: for 'sgd'. beta_1, beta_2, epsilon: for 'adam' and 'adamw'.
    early_stopping: True holds out validation_fraction of the examples, watches their loss instead of the training loss, and
    keeps the weights for which it was lowest.

    After `fit`: model_, an `nn.MLP`. history_, its `nn.History`. coefs_, intercepts_: its weights, transposed as in
    scikit-learn, (n_inputs, n_outputs) of each layer, and its biases. loss_curve_, loss_, n_iter_, n_outputs_,
    n_features_in_, and feature_names_in_ for a data frame.
    """

    def __init__(
        self, hidden_layer_sizes: Sequence[int] = (100,), activation: str | Callable[..., Any] = "relu", *,
        solver: str = "adam", alpha: float = 0.0001, batch_size: int | str = "auto", learning_rate_init: float = 0.001,
        max_iter: int = 200, random_state: Any = None, tol: float = 1e-4, verbose: bool = False, momentum: float = 0.9,
        nesterovs_momentum: bool = True, early_stopping: bool = False, validation_fraction: float = 0.1,
        beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8, n_iter_no_change: int = 10,
    ) -> None:  # fmt: skip
        self.hidden_layer_sizes: Sequence[int] = hidden_layer_sizes
        self.activation: str | Callable[..., Any] = activation
        self.solver: str = solver
        self.alpha: float = alpha
        self.batch_size: int | str = batch_size
        self.learning_rate_init: float = learning_rate_init
        self.max_iter: int = max_iter
        self.random_state: Any = random_state
        self.tol: float = tol
        self.verbose: bool = verbose
        self.momentum: float = momentum
        self.nesterovs_momentum: bool = nesterovs_momentum
        self.early_stopping: bool = early_stopping
        self.validation_fraction: float = validation_fraction
        self.beta_1: float = beta_1
        self.beta_2: float = beta_2
        self.epsilon: float = epsilon
        self.n_iter_no_change: int = n_iter_no_change

    @abstractmethod
    def fit(self, X: Any, y: Any) -> Any:
        """Train a new model on X, (n_samples, n_features), and y; return the estimator."""

    @property
    def coefs_(self) -> list[Array]:
        """The weights of each layer, (n_inputs, n_outputs)."""
        return [np.array([[w.data for w in row] for row in layer.weight]).T for layer in self.model_.layers]

    @property
    def intercepts_(self) -> list[Array]:
        """The biases of each layer, (n_outputs,)."""
        return [np.array(data_of(layer.bias or [])) for layer in self.model_.layers]

    def _train(self, X: Array, targets: Array, n_outputs: int, loss: Callable[..., Any], stratify: Any) -> None:
        self._check_settings()
        random_state = check_random_state(self.random_state)
        seed = int(random_state.randint(LARGEST_SEED))
        held_out = None
        if self.early_stopping:
            X, X_held_out, targets, y_held_out = train_test_split(
                X, targets, test_size=self.validation_fraction, random_state=seed, stratify=stratify
            )
            held_out = X_held_out, y_held_out
        size = min(200 if isinstance(self.batch_size, str) else self.batch_size, len(X))
        activation: Any = self.activation
        if isinstance(activation, str):
            activation = ACTIVATIONS.get(activation, activation)
        model = MLP(X.shape[1], [*np.atleast_1d(self.hidden_layer_sizes).tolist(), n_outputs], activation, seed=seed)
        weights = [w for layer in model.layers for row in layer.weight for w in row]
        self.model_: MLP = model
        self.history_: History = train(
            model, X, targets, loss, self._optimizer(model.parameters()), epochs=self.max_iter, batch_size=size,
            validation=held_out, progress=self.verbose, callbacks=[self._has_converged], seed=seed,
            clip=partial(_add_penalty, weights, self.alpha / size) if self.alpha else None,
        )  # fmt: skip
        if not self.history_.stopped:
            warnings.warn(
                f"training ended after max_iter={self.max_iter} epochs, before the loss settled: raise max_iter or "
                "learning_rate_init, or scale the inputs (StandardScaler)",
                ConvergenceWarning,
                stacklevel=3,
            )
        if self.early_stopping and self.history_.best_state:
            model.load_state_dict(self.history_.best_state)
        self._program = _outputs_of(model, X.shape[1])
        self.loss_curve_: list[float] = self.history_.loss
        self.loss_: float = self.loss_curve_[-1] if self.loss_curve_ else np.nan
        self.n_iter_: int = len(self.loss_curve_)
        self.n_outputs_: int = n_outputs

    def _check_settings(self) -> None:
        """Raise ValueError for a setting that nothing else checks."""
        sizes = np.atleast_1d(self.hidden_layer_sizes)
        if not (sizes.ndim == 1 and (sizes.dtype.kind in "iu" or not len(sizes)) and (sizes > 0).all()):
            raise ValueError(
                f"hidden_layer_sizes must be whole numbers above 0, such as (16, 16), got {self.hidden_layer_sizes!r}"
            )
        if self.solver not in SOLVERS:
            raise ValueError(f"solver must be one of {', '.join(SOLVERS)}, got {self.solver!r}")
        if not self.alpha >= 0:
            raise ValueError(f"alpha must not be negative, got {self.alpha!r}")
        if isinstance(self.batch_size, str) and self.batch_size != "auto":
            raise ValueError(f"batch_size must be 'auto' or a whole number, got {self.batch_size!r}")

    def _optimizer(self, parameters: list[Value]) -> Optimizer:
        rate, betas = self.learning_rate_init, (self.beta_1, self.beta_2)
        if self.solver == "sgd":
            return SGD(parameters, rate, self.momentum, nesterov=self.nesterovs_momentum and self.momentum > 0)
        if self.solver in ("adam", "adamw"):
            return (Adam if self.solver == "adam" else AdamW)(parameters, rate, betas, self.epsilon, 0.0)
        return RMSprop(parameters, rate) if self.solver == "rmsprop" else Adagrad(parameters, rate)

    def _has_converged(self, model: Any, history: History) -> bool:
        losses = history.epochs["validation_loss" if self.early_stopping else "loss"]
        latest, earlier = losses[-self.n_iter_no_change :], losses[: -self.n_iter_no_change]
        return bool(earlier) and min(latest) > min(earlier) - self.tol

    def _outputs(self, X: Any) -> Array:
        """Return the outputs of the model, (n_samples, n_outputs). Raises ValueError for other columns than in `fit`."""
        validation.check_is_fitted(self)
        outputs: Array = self._program(_validated(self, X, dtype=np.float64, reset=False))
        return outputs

    def __sklearn_is_fitted__(self) -> bool:
        """True after `fit`."""
        return hasattr(self, "model_")


class MLPClassifier(ClassifierMixin, MLPEstimator):
    """A multi-layer perceptron that classifies, with the interface of `sklearn.neural_network.MLPClassifier`.

    The loss is the cross-entropy, with one output for two classes, and one output per class for more. The parameters are
    described in `MLPEstimator`; after `fit`, classes_ holds the classes.

    >>> X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], ["no", "yes", "yes", "no"]
    >>> model = MLPClassifier((8,), "tanh", learning_rate_init=0.05, max_iter=500, random_state=0).fit(X, y)
    >>> model.predict(X).tolist()
    ['no', 'yes', 'yes', 'no']
    """

    def fit(self, X: Any, y: Any) -> MLPClassifier:
        """Train a new model; return the estimator.

        X: (n_samples, n_features). y: (n_samples,), a class for each; ValueError if there are fewer than two.
        """
        X, y = _validated(self, X, y, dtype=np.float64)
        y = validation.column_or_1d(y, warn=True)
        check_classification_targets(y)
        classes, indices = np.unique(y, return_inverse=True)
        self.classes_: Array = classes
        n = len(classes)
        if n < 2:
            raise ValueError(f"a classifier needs at least two classes, and y has one class: {self.classes_.tolist()}")
        if n == 2:
            self._train(X, indices, 1, binary_cross_entropy_with_logits, indices)
        else:
            self._train(X, indices, n, cross_entropy, indices)
        return self

    def predict(self, X: Any) -> Array:
        """Return the most probable class of each example, (n_samples,). X: (n_samples, n_features)."""
        outputs = self._outputs(X)
        chosen = outputs[:, 0] > 0 if outputs.shape[1] == 1 else outputs.argmax(axis=1)
        predicted: Array = self.classes_[np.asarray(chosen, dtype=int)]
        return predicted

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithms of `predict_proba`, without underflow."""
        outputs = self._outputs(X)
        if outputs.shape[1] == 1:
            outputs = np.hstack([np.zeros_like(outputs), outputs])  # sigmoid(x) is the softmax of 0 and x
        shifted = outputs - outputs.max(axis=1, keepdims=True)
        log_proba: Array = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return log_proba

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class, (n_samples, n_classes), in the order of classes_."""
        probabilities: Array = np.exp(self.predict_log_proba(X))
        return probabilities


class MLPRegressor(RegressorMixin, MLPEstimator):
    """A multi-layer perceptron that predicts numbers, with the interface of `sklearn.neural_network.MLPRegressor`.

    The loss is half the mean squared error. The parameters are described in `MLPEstimator`.

    >>> X = [[x / 10] for x in range(-10, 11)]
    >>> y = [x * x for (x,) in X]
    >>> model = MLPRegressor((16,), "tanh", learning_rate_init=0.02, max_iter=500, n_iter_no_change=50, random_state=0)
    >>> model.fit(X, y).score(X, y) > 0.95
    True
    """

    def fit(self, X: Any, y: Any) -> MLPRegressor:
        """Train a new model; return the estimator.

        X: (n_samples, n_features). y: (n_samples,) or (n_samples, n_outputs).
        """
        X, y = _validated(self, X, y, dtype=np.float64, y_numeric=True, multi_output=True)
        y = np.asarray(y, dtype=np.float64)
        self._one_output = y.ndim == 1
        self._train(X, y, 1 if self._one_output else y.shape[1], _half_of_mse_loss, None)
        return self

    def predict(self, X: Any) -> Array:
        """Return the predictions: (n_samples,), or (n_samples, n_outputs) if y had two dimensions in `fit`."""
        outputs = self._outputs(X)
        return outputs[:, 0] if self._one_output else outputs

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's description of the estimator: y may have several columns."""
        tags: Any = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _more_tags(self) -> dict[str, Any]:  # before scikit-learn 1.6
        return {"multioutput": True}


def _validated(estimator: Any, *arguments: Any, **settings: Any) -> Any:
    """Check X and y as scikit-learn does: numbers, sizes, names of columns. (A method before scikit-learn 1.6.)"""
    of_module = getattr(validation, "validate_data", None)
    return of_module(estimator, *arguments, **settings) if of_module else estimator._validate_data(*arguments, **settings)


def _half_of_mse_loss(outputs: Any, targets: Any) -> Any:
    return mse_loss(outputs, targets) / 2


def _add_penalty(weights: list[Value], factor: float, parameters: list[Value]) -> None:
    """Add the gradient of the L2 penalty, factor / 2 * sum(w^2), to the gradients of the weights."""
    set_grads(weights, np.asarray(grads_of(weights)) + factor * np.asarray(data_of(weights)))


def _outputs_of(model: MLP, n_inputs: int) -> Any:
    """Return a program of the model's outputs for batches, (n_samples, n_outputs)."""
    inputs = [Value(0.0) for _ in range(n_inputs)]
    with tracing(inputs, model.parameters()):
        outputs = model(inputs)
    return autograd.compile(outputs if isinstance(outputs, list) else [outputs], inputs, model.parameters())
