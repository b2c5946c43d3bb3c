"""The picture by keyboard: one stop of Tab, arrow keys from box to box, Enter and Escape."""

from __future__ import annotations

import builtins
from collections.abc import Callable

import pytest

from autograd import Value
from autograd.demo import worked_example
from autograd.render import show_backward
from nn import MLP
from tests.browser.screen import Screen

OpenScreen = Callable[..., Screen]
FOCUSED = "(host) => host.shadowRoot.activeElement?.closest('[data-box]')?.querySelector('.title').textContent ?? null"


def network() -> Value:
    mlp = MLP(2, [3, 2, 1], "tanh", seed=0)
    loss: Value = builtins.sum((mlp([x, 1.0 - x]) - x) ** 2 for x in (0.5, -1.0, 2.0))
    loss.label = "loss"
    return loss


def stops(screen: Screen) -> int:
    """Press Tab until the player is left; count the stops in the picture."""
    screen.player.focus()
    found = 0
    for _ in range(100):
        screen.tab.keyboard.press("Tab")
        found += screen.host.evaluate(FOCUSED) is not None
        if not screen.host.evaluate("(host) => host.shadowRoot.activeElement !== null"):
            return found
    raise AssertionError("Tab does not leave the player")


def keys(screen: Screen, *names: str) -> str | None:
    for name in names:
        screen.tab.keyboard.press(name)
    found: str | None = screen.host.evaluate(FOCUSED)
    return found


def test_the_picture_is_one_stop(open_screen: OpenScreen) -> None:
    for root in (worked_example()[0], network()):
        screen = open_screen(show_backward(root))
        for way in ("Home", "ArrowRight", "End"):
            screen.press(way)
            assert stops(screen) == 1, way


def test_tab_enters_at_the_box_of_the_step_and_arrows_move(open_screen: OpenScreen) -> None:
    a, b = Value(2.0, "a"), Value(3.0, "b")
    c = a * b
    c.label = "c"
    d = c.tanh()
    d.label = "d"
    screen = open_screen(show_backward(d, engine="stepgrad"), viewport={"width": 1000, "height": 700})
    screen.press("Home", "ArrowRight")
    screen.button("Menu").focus()
    assert keys(screen, "Tab") == "c [*]".replace("*", "×")
    before = screen.read()["count"]
    leaf = keys(screen, "ArrowLeft")
    assert leaf in ("a", "b")
    other = keys(screen, "ArrowDown" if leaf == "a" else "ArrowUp")
    assert {leaf, other} == {"a", "b"}
    assert keys(screen, "ArrowRight", "ArrowRight") == "d [tanh]" == keys(screen, "ArrowRight"), "at the end it stays"
    assert screen.read()["count"] == before, "and nothing steps"
    assert keys(screen, ".") == "d [tanh]" and screen.read()["count"] == "forward 2 of 2"
    assert keys(screen, ",", ",") == "d [tanh]" and screen.read()["count"] == "forward 0 of 2"
    assert keys(screen, "Enter") == "d [tanh]" and screen.read()["detail"][0] == "d [tanh]"
    assert keys(screen, "Escape") == "d [tanh]" and screen.read()["detail"] == []
    assert keys(screen, "Escape") is None
    screen.tab.keyboard.press("ArrowRight")
    assert screen.read()["count"] == "forward 1 of 2", "on the player, arrows step"
    screen.box("a").click()
    screen.tab.keyboard.press("ArrowRight")
    assert screen.read()["count"] == "forward 2 of 2", "and after a click, too"
    screen.button("Menu").click()
    for words in (
        "left and right, or comma and full stop, step",
        "arrows move from box to box, Enter opens, Escape goes up",
    ):
        assert words in screen.player.locator("#keys").inner_text()
    assert (
        words in screen.tab.locator("body").aria_snapshot() or screen.player.locator("[aria-describedby=keys]").count() == 1
    )


def test_escape_closes_the_frame_around_a_box(open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(network()))
    title = "layers.0.neurons.1"
    screen.press("Home")
    screen.box(title).focus()
    assert keys(screen, "Enter") == title
    screen.box("w2").focus()
    assert keys(screen, "Escape") == title
    assert screen.box(title).get_attribute("aria-expanded") == "false"
    assert keys(screen, "Enter") == title
    screen.box("w2").focus()
    assert keys(screen, "End") is not None, "of a frame that the step has closed, the focus stays in the picture"


@pytest.mark.parametrize("engine", ["auto", "stepgrad"])
def test_arrows_lead_to_every_box(engine: str, open_screen: OpenScreen) -> None:
    """From any box, with the keys alone: also through open frames, and on a phone."""
    reach = """(host) => {
      const boxes = [...host.shadowRoot.querySelectorAll(".pane [data-box]")], missed = new Set();
      const next = new Map(boxes.map((box) => [box, ["Left", "Right", "Up", "Down"].map((way) => {
        box.focus();
        box.dispatchEvent(new KeyboardEvent("keydown", { key: `Arrow${way}`, bubbles: true, composed: true }));
        return host.shadowRoot.activeElement;
      })]));
      for (const from of boxes) {
        const seen = new Set([from]);
        for (const at of seen) for (const to of next.get(at)) seen.add(to);
        for (const box of boxes) if (!seen.has(box)) missed.add(`${from.textContent} to ${box.textContent}`);
      }
      return [boxes.length, [...missed]];
    }"""
    for root, view in ((worked_example()[0], "flat"), (network(), "auto"), (network(), "flat")):
        for options in ({}, {"viewport": {"width": 400, "height": 850}, "has_touch": True, "is_mobile": True}):
            screen = open_screen(show_backward(root, engine=engine, view=view), **options)
            screen.press("Home", *["ArrowRight"] * 3)
            number, missed = screen.host.evaluate(reach)
            assert number > 5 and missed == []
