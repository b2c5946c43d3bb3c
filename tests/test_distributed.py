"""Training on Dask's worker processes, one of which is killed on the way: the weights are those of a single machine."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import distributed
import numpy as np
import pytest
from sklearn.datasets import make_moons

import nn

pytestmark = pytest.mark.filterwarnings("ignore")  # those of Dask and of the processes it loses

X, Y = make_moons(100, noise=0.1, random_state=0)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def train(loss: Any, outputs: int, **options: Any) -> tuple[nn.Module, nn.History]:
    model = nn.MLP(2, [8, outputs], "tanh", seed=0)
    optimizer = nn.Adam(model.parameters(), 0.01)
    return model, nn.fit(model, X, Y, loss, optimizer, epochs=20, batch_size=50, seed=0, progress=False, **options)


def test_equal_to_one_machine_with_a_worker_killed_in_the_middle(client: Any) -> None:
    killed = []

    def kill(model: nn.Module, history: nn.History) -> None:
        if len(history.loss) == 10:
            address, pid = next(iter(client.run(os.getpid).items()))
            os.kill(pid, signal.SIGKILL)
            killed.append(address)

    alone, history = train(nn.binary_cross_entropy_with_logits, 1)
    together, other = train(nn.binary_cross_entropy_with_logits, 1, engine=nn.Distributed(client), callbacks=[kill])
    assert killed
    assert other.engine == "program"
    for name, array in alone.state_dict().items():
        np.testing.assert_allclose(together.state_dict()[name], array, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(other.loss, history.loss, rtol=1e-12)
    assert other.epochs["accuracy"] == history.epochs["accuracy"]


def test_several_outputs_and_a_shard_without_rows() -> None:
    model = nn.MLP(2, [3], seed=0)
    with distributed.Client(processes=False, n_workers=2, threads_per_worker=1, dashboard_address=None) as client:
        options: dict[str, Any] = {"batch_size": 1, "progress": False, "engine": nn.Distributed(client)}
        history = nn.fit(model, X[:3], Y[:3], nn.cross_entropy, nn.SGD(model.parameters(), 0.1), **options)
    assert len(history.steps["loss"]) == 3


def test_models_that_need_a_whole_batch_are_refused(client: Any) -> None:
    model = nn.Sequential(nn.BatchNorm(2), nn.Layer(2, 1, None))
    with pytest.raises(ValueError, match="spreads a batch over workers"):
        nn.fit(model, X, Y, nn.mse_loss, nn.SGD(model.parameters(), 0.1), progress=False, engine=nn.Distributed(client))
