"""The small map of a picture of which less than half can be seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autograd.demo import worked_example
from autograd.render import show_backward
from tests.browser.screen import Screen
from tests.browser.test_focus import network

# Of the map: whether it is seen, the share of the picture in its frame and in the pane, and the boxes of the step under it.
READ = """(host) => {
  const root = host.shadowRoot, map = root.querySelector(".map"), pane = root.querySelector(".pane"), at = map.getBoundingClientRect();
  const [x, y, w, h] = ["x", "y", "width", "height"].map((name) => Number(map.querySelector(".seen").getAttribute(name)));
  const under = [...root.querySelectorAll(".active, .gets")].map((box) => box.querySelector("rect").getBoundingClientRect())
    .filter((box) => box.left < at.right && box.right > at.left && box.top < at.bottom && box.bottom > at.top);
  const inside = pane.getBoundingClientRect();
  return {
    shown: map.checkVisibility(), seen: [x / at.width, y / at.height, w / at.width, h / at.height], under: under.length,
    pane: [pane.scrollLeft / pane.scrollWidth, pane.scrollTop / pane.scrollHeight, pane.clientWidth / pane.scrollWidth, pane.clientHeight / pane.scrollHeight],
    inside: at.left >= inside.left && at.right <= inside.right && at.top >= inside.top && at.bottom <= inside.bottom,
    now: map.querySelector(".now").getAttribute("d")?.split("M").length - 1, all: map.querySelector(".all").getAttribute("d")?.split("M").length - 1 };
}"""


def read(screen: Screen) -> dict[str, Any]:
    found: dict[str, Any] = screen.host.evaluate(READ)
    return found


def test_the_map(open_screen: Callable[..., Screen]) -> None:
    screen = open_screen(show_backward(worked_example()[0]), viewport={"width": 1000, "height": 700})
    assert not read(screen)["shown"], "all of the picture can be seen"
    for _ in range(6):
        screen.press("+")
    for key in ("Home", *["ArrowRight"] * 16):
        screen.press(key)
        found = read(screen)
        assert found["shown"] and found["inside"] and found["under"] == 0, key
        assert found["seen"] == pytest.approx(found["pane"], abs=0.02)
        assert (found["now"], found["all"]) == (screen.player.locator(".active, .gets, .gives").count() or 1, 14)
    box = screen.player.locator(".map").bounding_box()
    left, top = box["x"], box["y"]
    screen.tab.mouse.click(left + 2, top + 2)
    assert read(screen)["pane"][:2] == [0, 0]
    screen.tab.mouse.move(left + 20, top + 20)
    screen.tab.mouse.down()
    screen.tab.mouse.move(left + box["width"] * 0.6, top + box["height"] * 0.55, steps=4)
    screen.tab.mouse.up()
    x, y, w, h = read(screen)["pane"]
    assert (x + w / 2, y + h / 2) == (pytest.approx(0.6, abs=0.03), pytest.approx(0.55, abs=0.03))
    screen.tab.wait_for_function(  # the event of scrolling comes with the next frame
        "([map, x]) => Math.abs(Number(map.querySelector('.seen').getAttribute('x')) / map.getBoundingClientRect().width - x) < 0.02",
        arg=[screen.player.locator(".map").element_handle(), x],
    )
    assert screen.read()["detail"] == [], "nothing was picked"
    assert screen.player.locator(".map").get_attribute("aria-hidden") == "true"
    screen.tab.emulate_media(media="print")
    assert not read(screen)["shown"]


def test_frames_are_on_the_map_and_a_phone_has_a_small_one(open_screen: Callable[..., Screen]) -> None:
    screen = open_screen(show_backward(network(), view="flat"), viewport={"width": 900, "height": 520})
    found = read(screen)
    assert found["shown"] and found["all"] == screen.player.locator(".pane [data-box]").count()
    screen.button("Fit").click()
    assert not read(screen)["shown"]
    phone = open_screen(
        show_backward(network(), view="flat"), viewport={"width": 400, "height": 850}, has_touch=True, is_mobile=True
    )
    assert read(phone)["shown"]
    wide = phone.player.locator(".map").evaluate("(map) => map.getBoundingClientRect().width")
    assert 30 <= wide <= 100
