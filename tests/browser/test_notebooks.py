"""Real JupyterLab and marimo: the player works in its cell, and where scripts are blocked a true picture is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from autograd import Value
from tests.browser.screen import Screen
from tests.browser.servers import run, serving
from tests.browser.truth import Truth
from tests.skips import need

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

MAKE = 'from autograd import Value\nx = Value(3.0, "x")\ny = x * x + x\ny.label = "y"'
SHOW = {
    "player": "from autograd.render import show_backward\nshow_backward(y)",
    "drawing": "from autograd.render import draw\ndraw(y)",
    "trace": "from autograd.render import trace_backward\ntrace_backward(y)",
}
MILLISECONDS = 20_000


def example() -> Value:
    x = Value(3.0, "x")
    y = x * x + x
    y.label = "y"
    return y


def notebook(path: Path, *sources: str) -> Path:
    cells: list[Any] = [
        {"cell_type": "code", "id": f"cell-{k}", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
        for k, source in enumerate(sources or [MAKE, *SHOW.values()])
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path.write_text(json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}))
    return path


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A JupyterLab in a folder with `live.ipynb`, not run yet, and `run.ipynb`, run elsewhere and so not trusted here."""
    need("browser", all(map(find_spec, ("jupyterlab", "nbconvert", "ipykernel"))))
    folder = tmp_path_factory.mktemp("jupyter")
    notebook(folder / "live.ipynb")
    run(folder, "nbconvert", "--execute", "--to", "notebook", "--output", "run.ipynb", "live.ipynb")
    settings = (
        "--ip=127.0.0.1",
        "--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        "--no-browser",
    )
    more = (
        "--allow-root",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    )
    with serving(folder, "jupyterlab", *settings, *more) as address:
        yield address, folder


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Page]:
    """Open a window that can reach only this machine."""
    context = chromium.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(MILLISECONDS)
    context.route(lambda url: not url.startswith("http://127.0.0.1:"), lambda route: route.abort())
    yield context.new_page()
    context.close()


def open_notebook(tab: Page, address: str, name: str) -> None:
    tab.goto(f"{address}/lab/tree/{name}?reset")
    tab.wait_for_function("window.jupyterapp?.shell.currentWidget?.context?.isReady")
    tab.locator(".jp-Notebook .jp-Cell").nth(3).wait_for()


def seen(tab: Page, picture: Any) -> None:
    """An image that is loaded and has a size on the screen."""
    picture.wait_for()
    picture.scroll_into_view_if_needed()
    tab.wait_for_function("(image) => image.complete && image.naturalWidth > 100", arg=picture.element_handle())
    assert picture.bounding_box()["width"] > 100


def walk(screen: Screen) -> None:
    truth = Truth(example())
    for k in (*range(len(truth.steps) + 1), 1, 0):
        read = screen.press("Home", *["ArrowRight"] * (len(truth.steps) + 1 + k))
        truth.check(k, read)
        truth.check_flat(k, read)
    assert screen.fit()["outside"] == []


def test_jupyterlab_live(jupyter: tuple[str, Path], tab: Page) -> None:
    address, _ = jupyter
    open_notebook(tab, address, "live.ipynb")
    tab.wait_for_function("window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'")
    tab.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    screen = Screen(tab)
    screen.player.wait_for()
    assert screen.read()["count"] == "backward 0 of 2"
    walk(screen)
    seen(tab, tab.locator(".jp-OutputArea-output > div > img").last)
    assert "upstream" in tab.locator(".jp-OutputArea-output pre").last.inner_text()
    cells = tab.locator(".jp-Notebook .jp-Cell")
    state = "() => { const notebook = window.jupyterapp.shell.currentWidget.content; return [notebook.activeCellIndex, notebook.mode]; }"
    screen.player.focus()
    before = tab.evaluate(state)
    for key in (
        "a",
        "b",
        "d",
        "d",
        "x",
        "m",
        "ArrowDown",
        "ArrowUp",
        "j",
        "k",
        "0",
        "0",
        "ArrowRight",
    ):  # shortcuts of notebooks
        tab.keyboard.press(key)
    assert cells.count() == 4
    assert tab.evaluate(state) == before
    assert screen.read()["count"] == "backward 1 of 2"
    tab.evaluate("document.body.dataset.jpThemeLight = 'false'")
    assert "dark" in screen.player.get_attribute("class").split()


def test_jupyterlab_untrusted(jupyter: tuple[str, Path], tab: Page) -> None:
    address, _ = jupyter
    open_notebook(tab, address, "run.ipynb")
    pictures = tab.locator(".jp-OutputArea-output img")
    pictures.nth(2).wait_for()
    assert pictures.count() == 3  # the player's start, its end, which is folded away, and the drawing
    seen(tab, pictures.nth(0))
    assert not pictures.nth(1).is_visible()
    tab.locator(".jp-OutputArea-output summary").first.click()
    for k in (1, 2):
        seen(tab, pictures.nth(k))
    assert tab.locator("section.player").count() == 0
    assert tab.locator(".jp-OutputArea-output script").count() == 0
    assert "upstream" in (tab.locator(".jp-OutputArea-output pre").first.text_content() or "")


def test_jupyterlab_widget(jupyter: tuple[str, Path], tab: Page) -> None:
    """Python and the page share the numbers: each change is told to the other side, and both compute the same."""
    need("widget", find_spec("anywidget"))
    address, folder = jupyter
    wide = "from IPython.display import display\nfrom autograd.render import interact\nlive = interact(y)\ndisplay(live, live.widget)"
    notebook(
        folder / "widget.ipynb",
        MAKE,
        wide,
        "print(x.data, round(x.grad, 9), round(y.data, 9))",
        "x.data = -1.5\nlive.refresh()",
    )
    open_notebook(tab, address, "widget.ipynb")
    tab.wait_for_function("window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'")
    run = "async (k) => { const { content } = window.jupyterapp.shell.currentWidget; content.activeCellIndex = k; await window.jupyterapp.commands.execute('notebook:run-cell'); }"
    tab.evaluate(run, 0)
    tab.evaluate(run, 1)
    screens = [Screen(tab), Screen(tab, 1)]  # the same player, shown twice
    for screen in screens:
        screen.player.wait_for()
        screen.press("End")
    fields = [screen.host.get_by_label("Number", exact=True) for screen in screens]
    fields[1].fill("0.25")
    assert fields[0].input_value() == "0.25"
    tab.evaluate(run, 2)
    tab.get_by_text("0.25 1.5 0.3125").wait_for()
    screens[0].box("x").press("Shift+ArrowUp")
    tab.evaluate(run, 2)
    tab.get_by_text("0.3 1.6 0.39").wait_for()
    tab.evaluate(run, 3)
    for screen, field in zip(screens, fields):
        tab.wait_for_function("(field) => field.value === '-1.5'", arg=field.element_handle())
        seen_ = {line["text"] for box in screen.read()["panes"][0]["boxes"] for line in box["lines"]}
        assert {"\u22121.5", "\u22122", "0.75"} <= {text.split()[-1] for text in seen_ if text}
    screens[0].button("Reset").click()
    tab.evaluate(run, 2)
    tab.get_by_text("3.0 7.0 12.0").wait_for()
    assert fields[1].input_value() == "3"


@pytest.mark.parametrize("scripts", [True, False])
def test_exported_by_nbconvert(scripts: bool, jupyter: tuple[str, Path], chromium: Browser) -> None:
    _, folder = jupyter
    page = folder / "run.html"
    if not page.exists():
        run(folder, "nbconvert", "--to", "html", "run.ipynb")
    context = chromium.new_context(java_script_enabled=scripts)
    context.route(lambda url: not url.startswith("file:"), lambda route: route.abort())
    tab = context.new_page()
    tab.goto(page.as_uri())
    if scripts:
        walk(Screen(tab))
        seen(tab, tab.locator(".jp-OutputArea-output > div > img").last)
    else:
        assert tab.locator(".jp-OutputArea-output img").count() == 3
        tab.locator(".jp-OutputArea-output summary").first.click()
        for picture in tab.locator(".jp-OutputArea-output img").all():
            assert picture.evaluate("(image) => [image.complete, image.naturalWidth > 100]") == [True, True]
            assert picture.is_visible()
    context.close()


def test_marimo(chromium: Browser, tab: Page, tmp_path: Path) -> None:
    need("browser", find_spec("marimo"))
    cells = "".join(
        f"@app.cell\ndef _(y):\n    {source}\n    return\n\n"
        for source in (s.replace("\n", "\n    ") for s in SHOW.values())
    )
    first = MAKE.replace("\n", "\n    ")
    app = f"import marimo\n\napp = marimo.App()\n\n@app.cell\ndef _():\n    {first}\n    return (y,)\n\n{cells}"
    (tmp_path / "app.py").write_text(app)
    start = (
        "marimo",
        "run",
        "app.py",
        "--headless",
        "--host",
        "127.0.0.1",
        "--port",
        "{port}",
        "--no-token",
        "--no-sandbox",
    )
    with serving(tmp_path, *start) as address:
        tab.goto(address)
        frame = tab.frame_locator("iframe")
        frame.locator("section.player").wait_for()
        inner = next(
            frame for frame in tab.frames if frame.parent_frame is not None and frame.locator("[data-stepgrad]").count()
        )
        walk(Screen(tab, within=inner))
        seen(tab, tab.locator("img[alt^='Computation graph of y']"))
        tab.get_by_text("had + upstream").first.wait_for()
        over = inner.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0
