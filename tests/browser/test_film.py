"""The training movie in the same player: it shows every frame as recorded."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import nn
from autograd.render import TrainingMovie
from autograd.render.content.text import number
from tests.browser.screen import Screen


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_frame(scheme: str, open_screen: Callable[..., Screen]) -> None:
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]
    movie, weights = TrainingMovie(), []

    def record(model: nn.Module, history: nn.History) -> None:
        weights.append([w.data for layer in model.layers for neuron in layer.neurons for w in neuron.w])

    history = nn.fit(
        model,
        X,
        y,
        nn.mse_loss,
        nn.SGD(model.parameters(), lr=0.3),
        epochs=5,
        seed=0,
        progress=False,
        callbacks=[record, movie],
    )
    screen = open_screen(movie, color_scheme=scheme)
    for k in range(5):
        read = screen.press(*["ArrowRight"] * (k > 0))
        assert (read["count"], read["heading"]) == (
            f"epoch {k + 1}",
            f"After epoch {k + 1} the loss is {number(history.loss[k])}",
        )
        lines = screen.player.locator("line title").all_text_contents()
        assert lines == [f"weight {number(w)}" for w in weights[k]]
        dashed = [
            line.evaluate("(line) => line.classList.contains('minus')") for line in screen.player.locator("line").all()
        ]
        assert dashed == [w < 0 for w in weights[k]]
    assert screen.fit()["smallest"] >= 7.999
    assert screen.press("Home")["count"] == "epoch 1"
    screen.player.locator("svg").first.click()
    screen.press("Escape", "Enter", "ArrowRight")
