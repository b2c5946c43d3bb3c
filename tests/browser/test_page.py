"""Requirements on every page: text in its box and large enough, no network requests, inert labels, themes, names for
screen readers, paper."""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest

import nn
from autograd import Value, dot, sum
from autograd.demo import worked_example
from autograd.render import TrainingMovie, draw, show_backward
from nn import MLP
from tests.browser.screen import FIT, Screen
from tests.skips import need

OpenScreen = Callable[..., Screen]
HOSTILE = [
    "<b>", "\\N", '"', "'", "&lt;", "a\\", "</script><script>alert(1)</script>", "∂/∂x", "{a|b}", "x" * 200, "]]>", "<!--",
    "<img src=x onerror=alert(1)>", "</svg><script>alert(1)</script>", "javascript:alert(1)", "${alert(1)}", "\u2028", "%s",
    '" onload="alert(1)', "日本語のラベル", "😀👩‍👩‍👧‍👦🇩🇪❤️", "नमस्ते", "مرحبا", "e\u0301\u0302", "∑∏⟶ℝ",
]  # fmt: skip


def hostile(label: str) -> Value:
    x, w = Value(2.0, label), Value(-1.5, "w")
    y = x * w + x
    y.label = label
    return y


def extreme() -> Value:
    xs = [
        Value(data, f"x{k}")
        for k, data in enumerate((-1.2345e-105, 1.2345e300, math.inf, -math.inf, math.nan, -0.0, 123456.0))
    ]
    return sum([*(x * -1.2345e-5 for x in xs), xs[0] * -2.345e-200, dot(xs, xs) ** 2.0])


def model(rows: int) -> Value:
    mlp = MLP(2, [4, 4, 1], seed=1)
    return sum([(mlp([Value(0.3 * k, "a"), Value(-0.7, "b")]) - 1.0) ** 2 for k in range(rows)])


def every(label: str) -> Value:
    """All hostile labels in one graph."""
    y = sum([hostile(text) for text in HOSTILE])
    y.label = label
    return y


GRAPHS: dict[str, Callable[[], Value]] = {
    "worked example": lambda: worked_example()[0],
    "extreme numbers": extreme,
    "labels": lambda: every("</script><script>alert(1)</script>"),
    "model": lambda: model(1),
    "rows through a model": lambda: model(5),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("engine", ["auto", "stepgrad"])
@pytest.mark.parametrize("name", GRAPHS)
def test_texts_lie_in_their_boxes_and_can_be_read(name: str, engine: str, scheme: str, open_screen: OpenScreen) -> None:
    screen = open_screen(
        show_backward(GRAPHS[name](), engine=engine), color_scheme=scheme, viewport={"width": 926, "height": 900}
    )
    last = int(screen.host.get_by_role("slider", name="Step").get_attribute("max"))
    for k in sorted({0, 1, last // 3, last // 2, last}):
        screen.host.get_by_role("slider", name="Step").fill(str(k))
        fit = screen.fit()
        assert fit["outside"] == []
        assert fit["smallest"] >= 7.999
        assert fit["texts"] > 5


@pytest.mark.parametrize("name", GRAPHS)
def test_texts_of_drawings_lie_in_their_boxes(name: str, open_screen: OpenScreen) -> None:
    root = GRAPHS[name]()
    root.backward()
    tab = open_screen(f"<!DOCTYPE html><meta charset='utf-8'>{draw(root).svg}").tab
    assert tab.locator("body").evaluate(FIT)["outside"] == []


@pytest.mark.parametrize("label", HOSTILE, ids=range(len(HOSTILE)))
def test_labels_are_text_and_nothing_else(label: str, open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(hostile(label)))
    screen.box(f"{label} #2 [+]").click()
    read = screen.press("ArrowRight", "ArrowRight")
    assert read["heading"] == "v1 [×] passes its gradient 1 on"
    leaf, root = (f"({label} #{k})" if set(label) & set("*/+-^<>=(), \u2028") else f"{label} #{k}" for k in (1, 2))
    assert read["lines"][0].startswith(f"∂{root}/∂{leaf} = 1 + 1 × (−1.5) = −0.5 d(")
    assert read["lines"][0].endswith(" = w = −1.5; complete, 2 of 2 paths")
    assert read["detail"][0] == f"{label} #2 [+]"
    titles = [line["text"] for box in read["panes"][0]["boxes"] for line in box["lines"] if line["role"] == "title"]
    assert sorted(titles) == sorted([f"{label} #1", f"{label} #2 [+]", "w", "v1 [×]"])
    made = screen.host.evaluate("(host) => [...host.shadowRoot.querySelectorAll('*')].map((element) => element.localName)")
    assert not {"script", "img", "b", "a", "iframe"} & set(made) - {"b"}
    assert made.count("b") == screen.player.locator(".lines b, .measured b, .detail b").count()
    assert screen.tab.locator("script").count() == 1


def test_drawings_and_pages_without_scripts_are_inert_too(open_screen: OpenScreen) -> None:
    root = every("<b>")
    player = show_backward(root)
    drawing = draw(root, depth=99)
    for page in (draw(root).svg, drawing.svg, drawing._repr_html_(), player):
        html = page if isinstance(page, str) else page.to_html()
        tab = open_screen(f"<!DOCTYPE html><meta charset='utf-8'>{html}", java_script_enabled=not isinstance(page, str)).tab
        assert tab.locator("script").count() == (not isinstance(page, str))
    svg = open_screen(f"<!DOCTYPE html><meta charset='utf-8'>{drawing.svg}").tab
    titles = svg.locator("text.title").all_text_contents()
    assert {f"{label} #1" for label in HOSTILE} <= set(titles)
    static = open_screen(player, java_script_enabled=False).tab
    assert not static.locator("details img").is_visible()
    picture = static.locator("[data-stepgrad] > img")
    assert (
        picture.evaluate("(image) => [image.complete, image.naturalWidth > 100, image.naturalHeight > 100]") == [True] * 3
    )
    static.get_by_text("The steps as a table").click()
    assert "∑∏⟶ℝ" in static.locator("pre").inner_text()


def test_the_policy_forbids_every_request(open_screen: OpenScreen) -> None:
    """If something ever made a request, the browser would block it."""
    screen = open_screen(show_backward(worked_example()[0]))
    policy = screen.tab.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")
    assert policy.startswith("default-src 'none';")
    for way in ("fetch('https://example.org')", "new WebSocket('wss://example.org')", "import('https://example.org/x.js')"):
        with pytest.raises(Exception, match="Failed|violates|Content Security Policy|dynamically imported"):
            screen.tab.evaluate(
                f"async () => {{ const it = await {way}; if (it.readyState === 3 || it.readyState === 0) throw Error('Failed'); }}"
            )
    open_screen.__closure__[[*open_screen.__code__.co_freevars].index("complaints")].cell_contents.clear()


DARK = "(section) => section.classList.contains('dark') && getComputedStyle(section).backgroundColor"
THEMES = [  # the system's scheme, what the page says of itself, whether the player is dark
    ("light", "", False), ("dark", "", True), ("light", "data-jp-theme-light='false'", True), ("dark", "data-jp-theme-light='true'", False),
    ("light", "data-vscode-theme-kind='vscode-dark'", True), ("dark", "data-vscode-theme-kind='vscode-light'", False),
    ("light", "data-vscode-theme-kind='vscode-high-contrast'", True), ("dark", "data-vscode-theme-kind='vscode-high-contrast-light'", False),
    ("light", "data-theme='dark'", True), ("light", "class='dark-theme'", False),
]  # fmt: skip


@pytest.mark.parametrize(("scheme", "body", "dark"), THEMES)
def test_themes(scheme: str, body: str, dark: bool, open_screen: OpenScreen) -> None:
    html = show_backward(worked_example()[0]).to_html().replace("<body>", f"<body {body}>")
    screen = open_screen(html, color_scheme=scheme)
    assert screen.player.evaluate(DARK) == ("rgb(15, 23, 42)" if dark else False)


def test_themes_change_while_it_is_open(open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(worked_example()[0]), color_scheme="light")
    screen.tab.emulate_media(color_scheme="dark")
    assert screen.player.evaluate(DARK)
    screen.tab.evaluate("document.body.dataset.jpThemeLight = 'true'")
    assert not screen.player.evaluate(DARK)


def test_the_look_is_chosen_in_python_and_in_the_menu(open_screen: OpenScreen) -> None:
    loss = worked_example()[0]
    plain = open_screen(show_backward(loss), color_scheme="light").fit()["smallest"]
    player = show_backward(loss, theme="dark", font="22px Fira Code", speed=4, loop=True)
    screen = open_screen(player, color_scheme="light")
    assert screen.player.evaluate(DARK)
    assert screen.fit()["smallest"] == pytest.approx(2 * plain, rel=0.01)
    title = screen.player.locator("text.title").first
    assert title.evaluate("(text) => getComputedStyle(text).fontFamily").startswith('"Fira Code", ui-monospace')
    screen.button("Menu").click()
    assert [screen.host.get_by_label(name).input_value() for name in ("Speed", "Theme")] == ["4", "dark"]
    assert screen.host.get_by_label("Loop").is_checked()
    screen.host.get_by_label("Theme").select_option("light")
    assert not screen.player.evaluate(DARK)
    screen.host.get_by_label("Theme").select_option("auto")
    screen.tab.emulate_media(color_scheme="dark")
    assert screen.player.evaluate(DARK)


# WCAG: contrast of every text with what is behind it, 4.5 at least.
CONTRAST = """(host) => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const mix = (over, under, alpha) => over.slice(0, 3).map((v, i) => v * alpha + under[i] * (1 - alpha));
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const element of host.shadowRoot.querySelectorAll("text, button, p, span, b, i, h3, h4, output, nav")) {
    if (!element.checkVisibility() || element.textContent.trim() === "") continue;
    const style = getComputedStyle(element), inSvg = element.localName === "text";
    const rect = inSvg && element.closest("[data-box]")?.querySelector("rect");
    const back = rect ? parse(getComputedStyle(rect).fill) : behind(element);
    let alpha = 1;
    for (let at = element; at; at = at.parentElement) alpha *= Number(getComputedStyle(at).opacity);
    const front = mix(parse(inSvg ? style.fill : style.color), back, alpha);
    const [a, b] = [light(front), light(back)].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) low.push(`${element.localName}.${element.getAttribute("class")} ${element.textContent.slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return low;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(scheme: str, open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(model(3)), color_scheme=scheme, reduced_motion="reduce")
    for keys in (["Home"], ["ArrowRight"] * 6, ["End"]):
        screen.press(*keys)
        screen.player.locator("[data-box]:visible").last.click()
        assert screen.host.evaluate(CONTRAST) == []


@pytest.mark.parametrize(("scheme", "options"), [("light", {}), ("dark", {"viewport": {"width": 400, "height": 850}})])
def test_axe_finds_nothing(scheme: str, options: dict[str, Any], open_screen: OpenScreen) -> None:
    """Deque's checks of accessibility, of the page at a step, of an open box and of the menu."""
    need("browser", find_spec("axe_playwright_python"))
    from axe_playwright_python.sync_playwright import Axe

    movie = TrainingMovie([[0.0, 1.0], [1.0, 0.0]], [0.0, 1.0])
    nn.fit(
        mlp := MLP(2, [3, 1], seed=0), [[0.0, 1.0], [1.0, 0.0]], [0.0, 1.0], nn.mse_loss, nn.SGD(mlp.parameters(), 0.1),
        epochs=2, progress=False, callbacks=[movie],
    )  # fmt: skip
    for page in (show_backward(worked_example()[0]), show_backward(model(5)), movie):
        screen = open_screen(page, color_scheme=scheme, reduced_motion="reduce", **options)
        screen.press("End", "ArrowLeft")
        if page is not movie:
            screen.player.locator("[data-box]:visible").last.click()
        screen.button("Menu").click()
        found = Axe().run(screen.tab).response["violations"]
        assert found == [], [(each["id"], each["nodes"][0]["html"]) for each in found]


def test_reduced_motion(open_screen: OpenScreen) -> None:
    for motion, duration in (("reduce", "0s"), ("no-preference", "0.15s")):
        screen = open_screen(show_backward(worked_example()[0]), reduced_motion=motion)
        assert (
            screen.player.locator("rect")
            .first.evaluate("(rect) => getComputedStyle(rect).transitionDuration")
            .split(",")[0]
            == duration
        )


def test_names_for_screen_readers(open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(worked_example()[0]))
    screen.press("ArrowRight")
    said = screen.tab.locator("body").aria_snapshot()
    for part in (
        'region "Backward pass of loss"', 'toolbar "Steps"', 'button "First step"', 'button "Step back"', 'button "Play"',
        'button "Next step"', 'button "Last step"', 'slider "Step"', 'button "Zoom in"', 'button "Zoom out"', "- status:",
        'heading "loss [**] passes its gradient 1 on"', 'button "loss [**] error^2 data 0.1994 grad 1"',
        'group "Computation graph of loss [**]: 14 boxes, 13 arrows.',
    ):  # fmt: skip
        assert part in said, said
    slider = screen.host.get_by_role("slider", name="Step")
    assert slider.get_attribute("aria-valuetext") == "backward 1 of 8: loss [**] passes its gradient 1 on"
    assert screen.player.locator(".told").get_attribute("aria-live") == "polite"
    tree = open_screen(show_backward(worked_example()[0]), java_script_enabled=False).tab.locator("body").aria_snapshot()
    assert 'img "Computation graph of loss [**]: 14 boxes, 13 arrows.' in tree


def test_on_paper_there_are_no_buttons_and_everything_is_seen(open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(model(4)))
    screen.press("ArrowRight", "ArrowRight")
    screen.tab.emulate_media(media="print")
    assert not screen.player.get_by_role("toolbar").is_visible()
    cut = screen.host.evaluate("""(host) => [...host.shadowRoot.querySelectorAll(".pane, .lines")].filter((pane) => pane.checkVisibility())
        .map((pane) => [pane.scrollWidth - pane.clientWidth, pane.scrollHeight - pane.clientHeight])""")
    assert cut
    assert all(across <= 1 and down <= 1 for across, down in cut)


@pytest.mark.parametrize("wide", [320, 400, 900, 1600])
def test_nothing_sticks_out_of_the_page(wide: int, open_screen: OpenScreen) -> None:
    screen = open_screen(show_backward(hostile("x" * 200)), viewport={"width": wide, "height": 800})
    screen.press("ArrowRight")
    screen.box("w").click()
    over: Any = screen.tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0
