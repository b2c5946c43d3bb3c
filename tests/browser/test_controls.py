"""Use of a player by mouse and keyboard, and windows of long passes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from autograd import Value, dot, sum, tanh
from autograd.demo import worked_example
from autograd.graph import topological_order
from autograd.render import show_backward, trace_backward
from autograd.render.content.text import equation, number
from tests.browser.screen import Screen
from tests.browser.truth import Truth

OpenScreen = Callable[..., Screen]


def example() -> Value:
    return worked_example()[0]


def step(read: dict[str, Any]) -> int:
    return int(re.fullmatch(r"backward (\d+) of \d+", read["count"])[1])


def test_the_bar(open_screen: OpenScreen) -> None:
    screen, truth = open_screen(show_backward(example())), Truth(example())
    last, start = len(truth.steps), -len(truth.steps) - 1  # backward steps, and before them the forward pass

    def check(k: int) -> None:
        (truth.check if k >= 0 else truth.check_forward)(k if k >= 0 else k - start, screen.read())

    for name, k in (
        ("Next step", 1), ("Next step", 2), ("Step back", 1), ("First step", start), ("Step back", start),
        ("Last step", last), ("Next step", last),
    ):  # fmt: skip
        screen.button(name).click()
        check(k)
    slider = screen.host.get_by_role("slider", name="Step")
    for k in (3, 0, -4, last, 5):
        slider.fill(str(k - start))
        check(k)
    slider.focus()
    for key, k in (("ArrowLeft", 4), ("ArrowRight", 5), ("ArrowUp", 6), ("ArrowDown", 5), ("Home", start), ("End", last)):
        screen.tab.keyboard.press(key)
        check(k)


def test_keys_work_before_anything_has_the_focus(open_screen: OpenScreen) -> None:
    """On a page of its own; in the box for a number, the same keys change the number."""
    screen = open_screen(show_backward(example()))
    first = step(screen.read())
    screen.tab.keyboard.press("ArrowRight")
    assert step(screen.read()) == first + 1
    screen.host.get_by_role("spinbutton", name="Number").focus()
    screen.tab.keyboard.press("ArrowRight")
    assert step(screen.read()) == first + 1


def test_play_and_pause(open_screen: OpenScreen) -> None:
    tab = (screen := open_screen(show_backward(example()))).tab
    tab.clock.install()
    tab.reload()
    screen.button("Play").click()
    assert screen.read()["play"] == "⏸ Pause"
    for k in (1, 2, 3):
        tab.clock.run_for(1100)
        assert step(screen.read()) == k
    screen.button("Pause").click()
    tab.clock.run_for(5000)
    assert step(screen.read()) == 3
    assert screen.read()["play"] == "▶ Play"
    screen.press(" ")  # on the player itself: goes on
    tab.clock.run_for(60_000)
    read = screen.read()
    assert (step(read), read["play"]) == (8, "▶ Play")  # it stops at the end
    screen.button("Play").click()
    assert screen.read()["count"] == "forward 0 of 8"  # and starts again
    screen.press(" ")
    assert screen.read()["play"] == "▶ Play"


def test_a_box_tells_where_its_gradient_comes_from(open_screen: OpenScreen) -> None:
    x = Value(3.0, "x")
    y = x * x + x
    y.label = "y"
    screen = open_screen(show_backward(y))
    expected = ["x", "x = 3", "∂y/∂x = · 0 of 3 paths", "1 × 1 = 1 from y [+], step 1 (to come)"]
    expected += ["1 × 3 = 3 from v1 [×], step 2 (to come)"] * 2
    screen.box("x").click()
    read = screen.read()
    assert read["detail"] == expected
    assert [box["id"] for box in read["panes"][0]["boxes"] if "picked" in box["lit"]] == ["n0"]
    assert screen.press("ArrowRight")["detail"] == [
        "x", "x = 3", "∂y/∂x = 1 1 of 3 paths", "1 × 1 = 1 from y [+], step 1", *expected[-2:],
    ]  # fmt: skip
    assert screen.press("End")["detail"][2:] == [
        "∂y/∂x = 7 3 of 3 paths", "1 × 1 = 1 from y [+], step 1", *["1 × 3 = 3 from v1 [×], step 2"] * 2,
    ]  # fmt: skip
    assert screen.press("Escape")["detail"] == []
    screen.box("v1 [×]").focus()
    for key, told in (("Enter", "v1 = x × x = 3 × 3 = 9"), ("Escape", ""), (" ", "v1 = x × x = 3 × 3 = 9")):
        screen.tab.keyboard.press(key)
        assert screen.read()["detail"][1:2] == [told] * bool(told)
    screen.box("y [+]").click()
    assert screen.read()["detail"] == ["y [+]", "y = v1 + x = 9 + 3 = 12", "∂y/∂y = 1 where the pass starts"]
    screen.player.locator(".told").click()  # anywhere else leaves it
    assert screen.read()["detail"]


def test_a_dot_opens_into_a_table(open_screen: OpenScreen) -> None:
    """A row for each pair, with product and gradients: at every step, for changed numbers, by keyboard, on a phone."""

    def neuron(w0: float) -> Value:
        ws = [Value(w0 if k == 0 else 0.1 * k, f"layers.0.w{k}") for k in range(3)]
        xs = [Value(1.5, "x"), 2.0, Value(-0.5, "a.b")]
        product = dot(ws, xs)
        y = product.tanh() + ws[2] * 3.0
        product.label, y.label = "p", "y"
        return y

    player = show_backward(neuron(0.25), max_nodes=100)
    look = "(table) => [...table.querySelectorAll('tr')].map((row) => [...row.children].map((cell) => cell.textContent))"
    heads = ["a", "b", "a × b", "∂y/∂a", "∂y/∂b"]
    for options in ({}, {"viewport": {"width": 400, "height": 850}, "has_touch": True, "is_mobile": True}):
        screen = open_screen(player, **options)
        screen.press("Home")
        screen.box("p [dot]").focus()
        screen.tab.keyboard.press("Enter")
        table = screen.host.get_by_role("table", name="Operands of p [dot]")
        dots = ["·"] * 3
        assert table.evaluate(look) == [
            heads, ["w0 = 0.25", "x = 1.5", *dots], ["w1 = 0.1", "2", "·", "·", ""], ["w2 = 0.2", "a.b = −0.5", *dots],
        ]  # fmt: skip
        screen.press("ArrowRight", "ArrowRight")
        assert [row[2] for row in table.evaluate(look)] == ["a × b", "0.375", "0.2", "−0.1"]
        screen.press("End", "ArrowLeft")
        partial = table.locator(".partial")
        assert partial.count() == 1 and partial.get_attribute("title").startswith("∂y/∂layers.0.w2 = −0.4")
        assert partial.get_attribute("title").endswith(", 1 of 2 paths")
        screen.host.get_by_label("Leaf").select_option("layers.0.w0")
        for w0 in (0.25, -1.0):
            screen.host.get_by_label("Number", exact=True).fill(str(w0))
            screen.press("End")
            (y := neuron(w0)).backward()
            ends = {node.label: number(node.grad) for node in topological_order(y)}
            expected = [[f"w{k} = {number(w)}", x, number(w * b)] for k, w, x, b in (
                (0, w0, "x = 1.5", 1.5), (1, 0.1, "2", 2.0), (2, 0.2, "a.b = −0.5", -0.5))]  # fmt: skip
            grads = [[ends[f"layers.0.w{k}"], ends.get(x, "")] for k, x in enumerate(("x", "none", "a.b"))]
            assert table.evaluate(look)[1:] == [a + b for a, b in zip(expected, grads)]
        at, panel = table.bounding_box(), screen.player.locator(".detail").bounding_box()
        assert panel["x"] <= at["x"] and at["x"] + at["width"] <= panel["x"] + panel["width"]
        screen.player.locator(".detail").focus()  # it scrolls, with the keys
        screen.press("Escape")
        assert not table.is_visible()


def test_many_operands_in_one_box_open_into_the_table_of_their_operation(open_screen: OpenScreen) -> None:
    xs = [Value(0.5 * k, f"x{k}") for k in range(150)]
    screen = open_screen(show_backward(sum(xs) * 2.0, max_nodes=40, view="overview"))
    screen.press("End")
    screen.box("150 operands").click()
    rows = screen.host.get_by_role("table", name="Operands of v1 [Σ]").locator("tr").all_text_contents()
    assert (rows[0], rows[100], len(rows)) == ("xlocal derivative∂v2/∂x", "x99 = 49.512", 101)
    assert "and 50 more" in screen.read()["detail"]


def width(screen: Screen) -> float:
    return screen.player.locator("svg:visible").first.bounding_box()["width"]


def test_arrows_are_tinted_by_what_has_passed(open_screen: OpenScreen) -> None:
    """By sign and size: of 3 * a - b, what passes to a is twice that of b; and not where it is switched off."""
    a, b = Value(1.0, "a"), Value(2.0, "b")
    screen = open_screen(show_backward((a * 3.0 - b) * 2.0))
    look = """(host) => Object.fromEntries([...host.shadowRoot.querySelectorAll(".arrow")].map((arrow) => {
        const line = getComputedStyle(arrow.querySelector("path"));
        return [`${arrow.dataset.tail} ${arrow.dataset.head}`, [line.stroke, parseFloat(line.strokeWidth)]];
    }))"""
    plain = screen.host.evaluate(look)
    assert len(set(map(tuple, plain.values()))) == 1
    screen.press("End")
    blue, pink, grey = "rgb(37, 99, 235)", "rgb(190, 24, 93)", plain["n0 n1"]
    tinted = screen.host.evaluate(look)
    assert (tinted["n3 n4"], tinted["n1 n3"], tinted["n2 n3"]) == (
        [blue, pytest.approx(1.2 + 2.2 * (1 / 3) ** 0.5, abs=0.06)],
        [blue, pytest.approx(1.2 + 2.2 * (1 / 3) ** 0.5, abs=0.06)],
        [pink, pytest.approx(1.2 + 2.2 * (1 / 3) ** 0.5, abs=0.06)],
    )
    screen.button("Menu").click()
    screen.button("Tint").click()
    assert screen.host.evaluate(look)["n2 n3"] == grey
    screen.button("Tint").click()
    assert screen.host.evaluate(look) == tinted


def test_zoom_fit_and_pan(open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(example()))
    fit = width(screen)
    steps: list[tuple[Callable[[], Any], float]] = [
        (lambda: screen.button("Zoom in").click(), 1.25), (lambda: screen.press("+"), 1.25**2),
        (lambda: screen.button("Zoom out").click(), 1.25), (lambda: screen.button("Fit").click(), 1.0),
        (lambda: screen.press("-"), 0.8), (lambda: screen.press("0"), 1.0),
    ]  # fmt: skip
    for act, factor in steps:
        act()
        assert width(screen) == pytest.approx(fit * factor, rel=1e-3)
    pane = screen.player.locator(".pane:visible")
    pane.hover()
    scrolled = "(pane) => [pane.scrollLeft, pane.scrollTop]"
    screen.tab.mouse.wheel(0, 60)  # scrolls, and does not zoom
    screen.tab.wait_for_function("(pane) => pane.scrollTop > 0", arg=pane.element_handle())
    assert width(screen) == pytest.approx(fit)
    screen.tab.keyboard.down("Control")
    screen.tab.mouse.wheel(0, -100)
    screen.tab.mouse.wheel(0, -100)
    screen.tab.keyboard.up("Control")
    screen.tab.wait_for_function(
        "([svg, w]) => svg.getBoundingClientRect().width > w", arg=[pane.locator("svg").element_handle(), fit * 1.2]
    )
    assert width(screen) == pytest.approx(fit * 1.21, rel=1e-3)
    for _ in range(4):
        screen.press("+")
    left, top = pane.evaluate(scrolled)
    box = pane.bounding_box()
    x, y = box["x"] + 300, box["y"] + 200
    screen.tab.mouse.move(x, y)
    screen.tab.mouse.down()
    screen.tab.mouse.move(x + 50, y + 30, steps=3)
    screen.tab.mouse.move(x + 120, y + 70, steps=3)
    screen.tab.mouse.up()
    assert pane.evaluate(scrolled) == [left - 120, top - 70]  # from the far end, where the result is
    assert screen.read()["detail"] == []  # a box that was dragged is not a box that was clicked
    screen.tab.mouse.move(x, y)
    assert pane.evaluate(scrolled) == [left - 120, top - 70]  # from the far end, where the result is


def test_the_current_boxes_are_always_in_sight(open_screen: OpenScreen) -> None:
    screen, last = open_screen(show_backward(example()), viewport={"width": 420, "height": 700}), 8
    for _ in range(last):
        screen.press("ArrowRight")
        inside = screen.host.evaluate("""(host) => [...host.shadowRoot.querySelectorAll(".active, .gets")].map((box) => {
            const at = box.getBoundingClientRect(), pane = box.closest(".pane").getBoundingClientRect();
            return at.left >= pane.left - 1 && at.right <= pane.right + 1 && at.top >= pane.top - 1 && at.bottom <= pane.bottom + 1;
        })""")
        assert len(inside) >= 2
        assert all(inside)


def test_without_room_for_all_the_one_that_passes_on_is_in_sight(open_screen: OpenScreen) -> None:
    """A weight that is used three times, one above the other, in a low window: its box and the last use are far apart."""
    w, h = Value(0.9, "w"), Value(0.5, "h")
    for _ in range(3):
        h = tanh(w * h)
    screen = open_screen(show_backward(h), viewport={"width": 420, "height": 580})
    pane = screen.player.locator(".pane:visible").bounding_box()
    for key in ("Home", *["ArrowRight"] * 6):
        screen.press(key)
        box = screen.player.locator(".next" if key == "Home" else ".active").and_(
            screen.player.locator("[data-box]:visible")
        )
        at = box.bounding_box()
        assert at["y"] >= pane["y"] - 1 and at["y"] + at["height"] <= pane["y"] + pane["height"] + 1, key


def chain(length: int) -> Value:
    y = Value(1.0, "x")
    for _ in range(length):
        y = y * 1.001
    return y


def test_a_window_of_a_long_pass(open_screen: OpenScreen) -> None:
    trace = trace_backward(chain(2500))
    screen = open_screen(show_backward(trace, start=1200))
    read = screen.read()
    assert (read["count"], read["heading"], read["lines"]) == ("backward 1200 of 2500", "Before step 1201", [])
    assert "steps 1,201 to 2,200 of 2,500 are shown; show_backward(..., start=2200) shows later ones" in read["notes"]
    assert screen.press("ArrowLeft")["count"] == "backward 1200 of 2500"
    for k in (1201, 1202):
        read = screen.press("ArrowRight")
        number_of = 2501 - k  # the name of the node that passes its gradient on: v2500 is the first
        (c,) = trace[k - 1].contributions
        assert read["count"] == f"backward {k} of 2500"
        assert read["heading"] == f"v{number_of} [×] passes its gradient {number(trace[k - 1].upstream)} on"
        product = equation(None, trace[k - 1].upstream, c.local, c.after)
        assert read["lines"] == [
            f"∂v2500/∂v{number_of - 1} = {product} d(v{number_of - 1} × 1.001)/dv{number_of - 1} = 1.001"
        ]
    read = screen.press("End")
    assert (read["count"], read["next"]) == ("backward 2200 of 2500", "This recording ends here; 300 more steps follow.")
    screen = open_screen(show_backward(trace, max_nodes=18))
    boxes = [
        line["text"] for box in screen.read()["panes"][0]["boxes"] for line in box["lines"] if line["role"] == "progress"
    ]
    assert len(boxes) == 18 and {boxes[0], boxes[-1]} == {"in other steps", "0 of 137 steps"}
    screen = open_screen(show_backward(trace, start=2500))
    assert screen.read()["count"] == "backward 2500 of 2500"
    assert screen.press("Home")["count"] == "backward 1500 of 2500"


def test_a_player_opened_at_a_step(open_screen: OpenScreen) -> None:
    truth = Truth(example())
    truth.check(5, open_screen(show_backward(example(), start=5)).read())


def test_several_players_on_one_page(open_screen: OpenScreen) -> None:
    one, other = show_backward(example()), show_backward(Value(2.0, "p") * Value(5.0, "q"))
    bodies = [page._repr_html_() for page in (one, other, one)]
    html = "".join(f"<h1 id='h{i}'>heading</h1><p class='count'>mine</p>{body}" for i, body in enumerate(bodies))
    screen = open_screen(f"<!DOCTYPE html><meta charset='utf-8'><style>text, rect {{ fill: red }}</style>{html}")
    players = [screen.another(i) for i in range(3)]
    assert [len(player.read()["panes"]) for player in players] == [1, 1, 1]
    players[0].press("End")
    players[1].press("ArrowRight")
    assert [player.read()["count"] for player in players] == ["backward 8 of 8", "backward 1 of 1", "backward 0 of 8"]
    Truth(example()).check(8, players[0].read())
    truth = Truth(Value(2.0, "p") * Value(5.0, "q"))
    truth.check(1, players[1].read())
    truth.check_flat(1, players[1].read())
    assert screen.tab.locator("p.count").all_text_contents() == ["mine"] * 3


def test_the_start_is_in_sight(open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(example()), viewport={"width": 420, "height": 500})
    for _ in range(2):
        assert screen.player.locator(".next[data-box]").evaluate(
            "(box) => box.getBoundingClientRect().bottom <= box.closest('.pane').getBoundingClientRect().bottom"
        )
        screen.press("End", "Home")
