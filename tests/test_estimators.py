"""`nn.MLPClassifier` and `nn.MLPRegressor`: scikit-learn's own checks, its tools, and the numbers of nn."""

import pickle
import sys
import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris, make_moons
from sklearn.exceptions import ConvergenceWarning, NotFittedError, SkipTestWarning
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import nn
from tests.test_frames import pandas

X, Y = make_moons(60, noise=0.1, random_state=0)
QUICK: dict[str, Any] = {"hidden_layer_sizes": (8,), "learning_rate_init": 0.05, "max_iter": 60, "random_state": 0}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("kind", [nn.MLPClassifier, nn.MLPRegressor])
def test_scikit_learn_finds_nothing(kind: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings(
            "error", category=SkipTestWarning, message="(?!.*(SCIPY_ARRAY_API|pandas is not installed))"
        )
        check_estimator(kind((5,), learning_rate_init=0.05, max_iter=40))


@pytest.mark.parametrize(("own", "other"), [(nn.MLPClassifier, MLPClassifier), (nn.MLPRegressor, MLPRegressor)])
def test_parameters_and_defaults_are_those_of_scikit_learn(own: Any, other: Any) -> None:
    theirs = other().get_params()
    assert own().get_params().items() <= {**theirs, "hidden_layer_sizes": (100,)}.items()
    left_out = {"learning_rate", "power_t", "shuffle", "warm_start", "max_fun", "loss"}
    assert set(theirs) - set(own().get_params()) <= left_out


@pytest.mark.parametrize("classes", [2, 3])
def test_a_classifier_agrees_with_scikit_learn_on_the_same_weights(classes: int) -> None:
    data, y = load_iris(return_X_y=True)
    data, y = data[y > 2 - classes], np.array(["setosa", "versicolor", "virginica"])[y[y > 2 - classes]]
    own = nn.MLPClassifier((5,), "logistic", learning_rate_init=0.05, random_state=0).fit(data, y)
    other = MLPClassifier((5,), "logistic", max_iter=1, random_state=0).fit(data, y)
    other.coefs_, other.intercepts_ = own.coefs_, own.intercepts_
    assert own.predict(data).tolist() == other.predict(data).tolist()
    assert len(set(own.predict(data))) == classes
    assert own.predict_proba(data) == pytest.approx(other.predict_proba(data), abs=1e-14)
    assert own.predict_log_proba(data) == pytest.approx(other.predict_log_proba(data), abs=1e-13)
    assert own.classes_.tolist() == other.classes_.tolist()
    far = own.predict_log_proba(data * 1e6)
    assert np.isfinite(far).all()


def test_a_step_is_that_of_scikit_learn() -> None:
    """One step of gradient descent with the penalty, from the same weights, on the whole batch."""
    y = np.sin(X[:, 0])
    settings: dict[str, Any] = {"alpha": 0.5, "solver": "sgd", "momentum": 0.0, "batch_size": len(X), "max_iter": 1}
    settings |= {"hidden_layer_sizes": (4,), "activation": "tanh", "learning_rate_init": 0.1, "random_state": 0}
    start = nn.MLPRegressor(**{**settings, "max_iter": 0}).fit(X, y)
    own = nn.MLPRegressor(**settings).fit(X, y)
    other = MLPRegressor(**{**settings, "learning_rate_init": 0.0 + 1e-300, "warm_start": True}).fit(X, y)
    other.coefs_, other.intercepts_ = [w.copy() for w in start.coefs_], [b.copy() for b in start.intercepts_]
    other.set_params(learning_rate_init=0.1)
    other._optimizer.learning_rate = 0.1
    other._optimizer.params = other.coefs_ + other.intercepts_
    other._optimizer.velocities = [np.zeros_like(p) for p in other._optimizer.params]
    other.partial_fit(X, y)
    for a, b in zip(own.coefs_ + own.intercepts_, other.coefs_ + other.intercepts_):
        assert a == pytest.approx(b, rel=1e-12, abs=1e-14)
    assert own.history_.engine == "program"


def test_automatic_batches_have_200_examples() -> None:
    data, settings = np.resize(X, (201, X.shape[1])), {**QUICK, "max_iter": 1}
    auto, as_told = (nn.MLPRegressor(**settings, batch_size=size).fit(data, data[:, 0]) for size in ("auto", 200))
    assert all((a == b).all() for a, b in zip(auto.coefs_, as_told.coefs_))


@pytest.mark.parametrize("solver", ["adam", "sgd", "adamw", "rmsprop", "adagrad"])
def test_every_solver_learns(solver: str) -> None:
    model = nn.MLPClassifier(**{**QUICK, "solver": solver, "batch_size": 10, "alpha": 0.0}).fit(X, Y)
    assert model.score(X, Y) > 0.8
    assert model.loss_ == model.loss_curve_[-1] < model.loss_curve_[0]
    assert model.n_iter_ == len(model.loss_curve_) == len(model.history_.loss)


def test_it_takes_part_in_pipelines_and_searches() -> None:
    pipeline = make_pipeline(StandardScaler(), nn.MLPClassifier(**QUICK))
    search = GridSearchCV(pipeline, {"mlpclassifier__activation": ["tanh", "identity"]}, cv=2).fit(X, Y)
    assert search.best_params_ == {"mlpclassifier__activation": "tanh"}
    model = search.best_estimator_[-1]
    again = pickle.loads(pickle.dumps(model))
    assert (again.predict_proba(X) == model.predict_proba(X)).all()
    with pytest.raises(NotFittedError):
        clone(model).predict(X)


def test_several_outputs_and_other_activations() -> None:
    y = np.stack([X[:, 0], X[:, 0] * X[:, 1]], axis=1)
    model = nn.MLPRegressor(**{**QUICK, "hidden_layer_sizes": 8, "activation": "gelu", "max_iter": 200}).fit(X, y)
    assert model.predict(X).shape == (60, 2)
    assert model.score(X, y) > 0.9
    assert (model.n_outputs_, [w.shape for w in model.coefs_], len(model.intercepts_)) == (2, [(2, 8), (8, 2)], 2)
    assert model._more_tags() == {"multioutput": True}
    linear = nn.MLPRegressor((), activation=None, learning_rate_init=0.02, alpha=0.0, n_iter_no_change=1000, max_iter=1000)
    assert linear.fit(X, X[:, 0]).coefs_[0].ravel() == pytest.approx([1, 0], abs=0.01)


def test_training_ends_when_the_loss_has_settled() -> None:
    flipped = np.where(np.arange(len(Y)) % 7 == 0, 1 - Y, Y)  # not to be learnt from others
    long = {**QUICK, "max_iter": 3000, "tol": 1e-3, "n_iter_no_change": 5}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        settled = nn.MLPClassifier(**long).fit(X, Y)
        early = nn.MLPClassifier(**{**long, "early_stopping": True, "validation_fraction": 0.25}).fit(X, flipped)
    losses = settled.loss_curve_
    assert 5 < settled.n_iter_ < 3000
    assert min(losses[-5:]) > min(losses[:-5]) - 1e-3
    best_epoch = early.history_.best_epoch
    assert best_epoch is not None
    assert best_epoch < early.n_iter_ - 1
    assert {k: v.tolist() for k, v in early.model_.state_dict().items()} == {
        k: v.tolist() for k, v in early.history_.best_state.items()
    }
    with pytest.warns(ConvergenceWarning, match=r"max_iter=2 epochs.*StandardScaler"):
        nn.MLPClassifier(**{**QUICK, "max_iter": 2}).fit(X, Y)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"solver": "lbfgs"}, "solver must be one of adam, sgd, adamw, rmsprop, adagrad, got 'lbfgs'"),
        ({"hidden_layer_sizes": (8, 0)}, r"hidden_layer_sizes must be whole numbers above 0.*\(8, 0\)"),
        ({"hidden_layer_sizes": (8.5,)}, "hidden_layer_sizes must be whole numbers"),
        ({"alpha": -1.0}, "alpha must not be negative, got -1.0"),
        ({"batch_size": "all"}, "batch_size must be 'auto' or a whole number, got 'all'"),
        ({"activation": "step"}, "no activation is named 'step'"),
    ],
)
def test_mistakes_are_named(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        nn.MLPClassifier(**{**QUICK, **settings}).fit(X, Y)


def test_one_class_is_too_few() -> None:
    with pytest.raises(ValueError, match=r"at least two classes, and y has one class: \[1\]"):
        nn.MLPClassifier(**QUICK).fit(X, np.ones(len(X), dtype=int))


def test_columns_are_compared_by_name() -> None:
    frame = pandas(X.tolist())
    model = nn.MLPRegressor(**QUICK).fit(frame, Y)
    assert (model.predict(frame) == nn.MLPRegressor(**QUICK).fit(X, Y).predict(X)).all()
    with pytest.raises(ValueError, match="must be in the same order"):
        model.predict(frame[["width", "height"]])


def test_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "nn.estimators")
    monkeypatch.delattr(nn, "estimators")
    monkeypatch.setitem(sys.modules, "sklearn.base", None)
    with pytest.raises(ImportError, match=r"nn.MLPRegressor needs scikit-learn: pip install 'stepgrad\[sklearn\]'"):
        nn.MLPRegressor  # noqa: B018
    assert not hasattr(nn, "MLPOther")
