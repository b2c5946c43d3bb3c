"""Pictures within pictures, a batch drawn once, phones, wide screens, and sharing."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable
from typing import Any

import pytest

from autograd import Value, tanh
from autograd.demo import worked_example
from autograd.render import show_backward
from autograd.render.content.text import number
from nn import MLP
from tests.browser.screen import Screen
from tests.browser.truth import Truth
from tests.eight import EIGHT

OpenScreen = Callable[..., Screen]
X = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
Y = [1.0, -1.0, -1.0, 1.0]
PHONE = {"viewport": {"width": 400, "height": 850}, "has_touch": True, "is_mobile": True}

# Boxes that overlap or stick out of their frame; arrows that miss their boxes or pass behind others.
PLACES = """(host) => {
  const problems = [], of = (element) => element.querySelector("rect").getBoundingClientRect();
  const inside = (a, b) => a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
  for (const group of host.shadowRoot.querySelectorAll(".boxes")) {
    const boxes = [...group.children].filter((box) => box.dataset.box !== undefined);
    const frame = group.parentElement.previousElementSibling;
    for (const [i, box] of boxes.entries()) {
      if (frame !== null && frame.dataset.box !== undefined && !inside(of(box), of(frame))) problems.push(`${box.textContent} sticks out of ${frame.textContent}`);
      for (const other of boxes.slice(i + 1)) {
        const [a, b] = [of(box), of(other)];
        if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1) problems.push(`${box.textContent} lies on ${other.textContent}`);
      }
    }
    for (const arrow of group.previousElementSibling.children) { // from the border of one box to that of another
      const line = arrow.querySelector("path"), matrix = line.getScreenCTM(), ends = [line.getPointAtLength(0), line.getPointAtLength(line.getTotalLength())];
      for (const [name, end] of [["tail", ends[0]], ["head", ends[1]]]) {
        const at = end.matrixTransform(matrix), rect = of(boxes.find((box) => box.dataset.box === arrow.dataset[name]));
        const off = Math.max(rect.left - at.x, at.x - rect.right, rect.top - at.y, at.y - rect.bottom);
        if (Math.abs(off) > 3) problems.push(`an arrow is ${off.toFixed(1)} px from its ${name} ${arrow.dataset[name]}`);
      }
      const others = boxes.filter((box) => box.dataset.box !== arrow.dataset.tail && box.dataset.box !== arrow.dataset.head).map((box) => [box, of(box)]);
      for (let k = 0; k <= 200; k++) {
        const { x, y } = line.getPointAtLength((line.getTotalLength() * k) / 200).matrixTransform(matrix);
        const hidden = others.find(([, rect]) => x > rect.left + 2 && x < rect.right - 2 && y > rect.top + 2 && y < rect.bottom - 2);
        if (hidden) { problems.push(`an arrow to ${arrow.dataset.head} passes behind ${hidden[0].textContent}`); break; }
      }
    }
  }
  return problems;
}"""


def model() -> MLP:
    return MLP(3, [4, 4, 1], "tanh", seed=0)


def squares(mlp: MLP, rows: list[list[float]] = X, targets: list[float] = Y) -> Value:
    loss: Value = builtins.sum((mlp(x) - y) ** 2 for x, y in zip(rows, targets))
    loss.label = "loss"
    return loss


def opened(read: dict[str, Any]) -> list[str]:
    return [box["lines"][0]["text"] for pane in read["panes"] for box in pane["boxes"] if "open" in box["lit"]]


@pytest.mark.parametrize("engine", ["auto", "stepgrad"])
def test_a_box_opens_in_place_and_closes_again(engine: str, open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(squares(model()), engine=engine))
    assert opened(screen.read()) == []
    neuron = screen.box("layers.0.neurons.2")
    assert neuron.get_attribute("aria-expanded") == "false"
    neuron.click()
    read = screen.read()
    assert opened(read) == ["layers.0.neurons.2"] and read["detail"] == []
    assert {"w1", "w2", "w3", "b"} <= {box["lines"][0]["text"] for box in read["panes"][1]["boxes"]}
    assert screen.host.evaluate(PLACES) == []
    assert neuron.get_attribute("aria-expanded") == "true"
    screen.box("layers.1.neurons.0").focus()
    screen.tab.keyboard.press("Enter")
    assert opened(screen.read()) == ["layers.0.neurons.2", "layers.1.neurons.0"]
    assert screen.host.evaluate(PLACES) == []
    screen.tab.keyboard.press("Enter")
    neuron.focus()
    screen.tab.keyboard.press("Enter")
    assert opened(screen.read()) == []
    assert screen.host.evaluate(PLACES) == []


@pytest.mark.parametrize("at", [0.75, 1.0], ids=["middle", "last"])
def test_arrows_of_a_stretched_picture_stay_between_the_boxes(at: float, open_screen: OpenScreen) -> None:
    """Two layers of 16 neurons, of which the current one is open: everything else makes room for it."""
    screen = open_screen(show_backward(EIGHT["MLP, 100 rows"]()))
    move = "(s, at) => { s.value = Math.round(s.max * at); s.dispatchEvent(new Event('input')); }"
    screen.host.get_by_role("slider", name="Step").evaluate(move, at)
    assert len(opened(screen.read())) == 1
    assert screen.host.evaluate(PLACES) == []


def test_stepping_opens_what_it_needs_and_the_trail_closes_it(open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(squares(model())))
    last = len(Truth(squares(model())).steps)
    for k in range(1, 30):
        read = screen.press("ArrowRight")
        assert len(opened(read)) <= 1 and (k < 4 or opened(read)), k
        assert screen.host.evaluate(PLACES) == [], k
    assert last > 100, "of one row, there are only"
    assert read["count"] == "backward 29 of 29"
    trail = screen.player.locator(".trail button")
    assert re.fullmatch(r"loss › MLP.layers.0.neurons.\d", read["trail"][0])
    trail.first.click()
    read = screen.read()
    assert opened(read) == [] and [box["lines"][0]["text"] for box in read["panes"][0]["boxes"] if "active" in box["lit"]]
    assert opened(screen.press("ArrowLeft")), "the next step opens its frame again"


def gradients(mlp: MLP, rows: list[list[float]], targets: list[float]) -> list[float]:
    mlp.zero_grad()
    squares(mlp, rows, targets).backward()
    return [p.grad for p in mlp.parameters()]


def check_row(screen: Screen, player: Any, mlp: MLP, k: int, rows: list[list[float]], targets: list[float]) -> None:
    """Every gradient of a parameter, of this row and of all, is the engine's."""
    index = player.graph.index
    own, total = gradients(mlp, rows[k : k + 1], targets[k : k + 1]), gradients(mlp, rows, targets)
    for layer in (0, 1, 2):
        for title in screen.host.evaluate(
            "(host) => [...host.shadowRoot.querySelectorAll('.pane [data-box] .title')].map((t) => t.textContent)"
        ):
            if title.startswith(f"layers.{layer}.") and screen.box(title).get_attribute("aria-expanded") == "false":
                screen.box(title).click()
    read = screen.press("End")
    numbers = {
        (line["node"], line["role"]): line["text"]
        for pane in read["panes"] for box in pane["boxes"] for line in box["lines"]
    }  # fmt: skip
    for p, a, b in zip(mlp.parameters(), own, total):
        assert numbers[index[p], "grad"] == f"grad {number(a)}"
        assert numbers[index[p], "total"] == f"all rows {number(b)}"
        assert numbers[index[p], "data"] == f"data {number(p.data)}"


def test_a_batch_is_drawn_once_with_a_row_picker(open_screen: OpenScreen) -> None:
    mlp = MLP(3, [2, 1], "tanh", seed=0)
    player = show_backward(squares(mlp), max_nodes=12)
    screen = open_screen(player)
    assert "× 4 rows; this is row" in screen.player.locator(".rows").inner_text()
    row = screen.host.get_by_role("spinbutton", name="Row")
    field = screen.host.get_by_label("Number", exact=True)
    for k in (0, 3, 1):
        row.fill(str(k + 1))
        check_row(screen, player, mlp, k, X, Y)
        assert screen.player.locator(".measured").inner_text().startswith(f"loss = {number(squares(mlp).data, 6)}")
    for wrong in ("0", "5", "1.5", ""):
        row.fill(wrong)
    check_row(screen, player, mlp, 1, X, Y)
    w = mlp.layers[0].neurons[0].w[1]  # a parameter: in all rows
    screen.host.get_by_label("Leaf").select_option(str(player.graph.index[w]))
    field.fill("0.75")
    w.data = 0.75
    check_row(screen, player, mlp, 1, X, Y)
    slope = float(
        re.search("∂w2 = (.*)$|w2 = (.*)$", screen.player.locator(".measured").inner_text())[0]
        .split("= ")[1]
        .replace("−", "-")
    )
    assert slope == pytest.approx(gradients(mlp, X, Y)[1], rel=1e-5), "of the whole loss"
    row.fill("3")
    check_row(screen, player, mlp, 2, X, Y)
    screen.host.get_by_label("Leaf").select_option("x2")  # a number of this row
    field.fill("-0.5")
    rows = [list(x) for x in X]
    rows[2][1] = -0.5
    check_row(screen, player, mlp, 2, rows, Y)
    row.fill("1")
    check_row(screen, player, mlp, 0, rows, Y)
    screen.button("Step downhill").click()
    for p, grad in zip(mlp.parameters(), gradients(mlp, rows, Y)):
        p.data -= 0.1 * grad
    check_row(screen, player, mlp, 0, rows, Y)
    screen.button("Reset").click()
    assert (
        screen.player.locator(".measured")
        .inner_text()
        .startswith(f"loss = {number(squares(MLP(3, [2, 1], 'tanh', seed=0)).data, 6)}")
    )


# Phones, wide screens


def test_a_phone(open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(squares(model())), **PHONE)
    bar = screen.player.locator(".bar").bounding_box()
    assert bar["height"] <= 56, "one row"
    for button in screen.player.locator("button:visible, select:visible, .whatif input:visible").all():
        at = button.bounding_box()
        if "trail" not in (button.evaluate("(b) => b.parentElement.className")):
            assert at["height"] >= 43.9 or button.get_attribute("type") == "checkbox", button.inner_text()
    assert not screen.button("Zoom in").is_visible()
    screen.button("Menu").click()
    for name in ("First step", "Last step", "Zoom out", "Fit", "Zoom in", "Tint", "Copy this frame as SVG"):
        at = screen.button(name).bounding_box()
        assert at["x"] >= 0 and at["x"] + at["width"] <= 400 and at["height"] >= 43.9
    screen.button("Last step").click()
    screen.tab.keyboard.press("Escape")
    assert not screen.button("Tint").is_visible()
    over = screen.tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0
    assert screen.fit()["smallest"] >= 10.999


def test_the_direction_is_that_of_which_more_can_be_seen(open_screen: OpenScreen) -> None:
    x, w, b = Value(2.0, label="x"), Value(-0.5, label="w"), Value(1.5, label="b")
    player = show_backward((tanh(w * x + b) - 1) ** 2)
    shape = "(svg) => svg.viewBox.baseVal.width > svg.viewBox.baseVal.height"
    for options, is_wide in ((PHONE, False), ({"viewport": {"width": 1500, "height": 700}}, True)):
        screen = open_screen(player, **options)
        svg = screen.player.locator(".pane > svg")
        assert svg.evaluate(shape) is is_wide
        assert screen.player.locator(".pane").evaluate("(pane) => pane.scrollWidth - pane.clientWidth") <= 1, (
            "across, it fits"
        )
        assert screen.host.evaluate(PLACES) == [] and screen.fit()["outside"] == []
    screen.tab.set_viewport_size({"width": 420, "height": 850})
    screen.tab.wait_for_function(
        "(svg) => svg.viewBox.baseVal.width < svg.viewBox.baseVal.height", arg=svg.element_handle()
    )


@pytest.mark.parametrize("wide", [400, 900, 1600])
def test_the_words_do_not_jump(wide: int, open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(squares(model())), viewport={"width": wide, "height": 900})
    where = """(host) => [".told", ".whatif", ".notes"].map((name) => {
        const at = host.shadowRoot.querySelector(name).getBoundingClientRect();
        return [at.left, at.top + scrollY, at.width];
    })"""
    found = set()
    for key in ["Home"] + ["ArrowRight"] * 58:
        screen.press(key)
        found.add(str(screen.host.evaluate(where)[: 2 if wide > 400 else 1]))
    assert len(found) == 1


def test_on_a_wide_screen_the_words_stand_beside_the_picture(open_screen: OpenScreen) -> None:
    for wide, beside in ((1600, True), (900, False)):
        screen = open_screen(show_backward(worked_example()[0]), viewport={"width": wide, "height": 900})
        pane, words = (screen.player.locator(name).bounding_box() for name in (".pane", ".told"))
        assert (words["x"] >= pane["x"] + pane["width"] and words["y"] < pane["y"] + pane["height"]) is beside
        assert screen.player.bounding_box()["width"] > 0.95 * wide


def test_two_fingers_zoom(open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(worked_example()[0]), **PHONE)
    width = "() => document.querySelector('[data-stepgrad]').shadowRoot.querySelector('.pane > svg').getBoundingClientRect().width"
    before = screen.tab.evaluate(width)
    box = screen.player.locator(".pane").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = screen.tab.context.new_cdp_session(screen.tab)

    def fingers(kind: str, *apart: float) -> None:
        points = [{"x": x + side * d, "y": y, "id": i} for d in apart for i, side in enumerate((-1, 1))]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", 40)
    for apart in (45, 50, 60):
        fingers("touchMove", apart)
    fingers("touchEnd")
    assert screen.tab.evaluate(width) == pytest.approx(before * 60 / 45, rel=0.02)
    assert screen.read()["detail"] == []


def test_fit_shows_the_whole_picture_and_then_legible_text_again(open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(squares(model()), view="flat"), viewport={"width": 700, "height": 500})
    cut = "(pane) => Math.max(pane.scrollWidth - pane.clientWidth, pane.scrollHeight - pane.clientHeight)"
    pane = screen.player.locator(".pane")
    assert pane.evaluate(cut) > 100
    screen.button("Fit").click()
    assert pane.evaluate(cut) <= 1
    screen.button("Zoom in").click()
    assert pane.evaluate(cut) > 0
    screen.button("Fit").click()
    assert screen.fit()["smallest"] >= 7.999


def test_paper(open_screen: OpenScreen) -> None:
    """The picture fits the page, and no frame is cut."""
    screen = open_screen(show_backward(squares(model())), viewport={"width": 1300, "height": 900})
    screen.press(*["ArrowRight"] * 6)
    screen.tab.emulate_media(media="print")
    screen.tab.set_viewport_size({"width": 718, "height": 1000})  # A4 with margins
    svg = screen.player.locator(".pane > svg").bounding_box()
    assert svg["x"] >= 0 and svg["x"] + svg["width"] <= 718 and svg["height"] <= 1000
    words = screen.player.locator(".told").bounding_box()
    assert words["y"] - svg["y"] - svg["height"] < 40 and words["y"] + words["height"] < 1000, "on the same page"


# Sharing


def test_links_to_a_step(open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(worked_example()[0]))
    address = screen.tab.url
    for link, count in (
        ("#step=7", "backward 7 of 8"),
        ("#forward=3", "forward 3 of 8"),
        ("#step=99", "forward 3 of 8"),
        ("#step=0", "backward 0 of 8"),
    ):
        screen.tab.evaluate("(link) => { location.hash = link; }", link)
        screen.tab.wait_for_function(
            "(count) => document.querySelector('[data-stepgrad]').shadowRoot.querySelector('.count').textContent === count",
            arg=count,
        )
    screen.tab.goto("about:blank")
    screen.tab.goto(f"{address}#step=5")
    assert screen.read()["count"] == "backward 5 of 8"
    screen.tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    screen.press("ArrowRight")
    screen.button("Menu").click()
    screen.button("Copy a link to this step").click()
    screen.tab.wait_for_function("() => location.hash === '#step=6'")
    screen.host.get_by_text("link copied").wait_for()
    assert screen.tab.evaluate("navigator.clipboard.readText()") == f"{address}#step=6"


def test_this_frame_is_copied(open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(squares(model())))
    screen.tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    screen.press(*["ArrowRight"] * 6)
    screen.button("Menu").click()
    screen.button("Copy this frame as SVG").click()
    screen.host.get_by_text("SVG copied").wait_for()
    svg = screen.tab.evaluate("navigator.clipboard.readText()")
    assert svg.startswith("<svg") and "all rows" in svg and "var(--ink)" not in svg
    shown = open_screen(f"<!DOCTYPE html><meta charset='utf-8'><body>{svg}").tab
    assert shown.locator("svg .active").count() == 2, "the frame and the box in it"
    assert shown.locator(".active rect").first.evaluate("(rect) => getComputedStyle(rect).stroke") == "rgb(194, 65, 12)"
    screen.button("Copy this frame as PNG").click()
    screen.host.get_by_text("PNG copied").wait_for()
    size = screen.tab.evaluate("""async () => {
        const [item] = await navigator.clipboard.read(), bitmap = await createImageBitmap(await item.getType("image/png"));
        return [bitmap.width, bitmap.height];
    }""")
    box = screen.player.locator(".pane > svg").evaluate("(svg) => [svg.viewBox.baseVal.width, svg.viewBox.baseVal.height]")
    assert size == pytest.approx([3 * x for x in box], abs=3)


def test_where_nothing_can_be_copied_it_is_saved(open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(worked_example()[0]))
    screen.tab.evaluate(
        "Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject(), write: () => Promise.reject() } })"
    )
    screen.button("Menu").click()
    for kind in ("SVG", "PNG"):
        with screen.tab.expect_download() as download:
            screen.button(f"Copy this frame as {kind}").click()
        assert download.value.suggested_filename == f"step9.{kind.lower()}"


def test_speed_and_loop(open_screen: OpenScreen) -> None:
    tab = (screen := open_screen(show_backward(worked_example()[0], start=6))).tab
    tab.clock.install()
    tab.reload()
    screen.button("Menu").click()
    screen.host.get_by_label("Speed").select_option("0.5")
    screen.host.get_by_label("Loop").check()
    screen.button("Play").click()
    for count in ("backward 7 of 8", "backward 8 of 8", "forward 0 of 8", "forward 1 of 8"):
        tab.clock.run_for(2200)
        assert screen.read()["count"] == count
