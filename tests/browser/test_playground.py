"""The playground in a browser: Python starts, programs run, are stopped and shown, and nothing leaves the page."""

from __future__ import annotations

import http.server
import json
import re
import threading
import time
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from autograd.__main__ import BUILT, REPOSITORY
from playground import build
from tests.browser.screen import Screen
from tests.browser.servers import serving
from tests.browser.test_live import check, drag, example
from tests.skips import need
from tests.test_readme import BLOCKS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SECONDS = 90  # until Python is ready, at most: it takes 4 on a quiet machine
WAIT = 1000.0 * SECONDS
HOSTILE = (
    '</textarea><img src=x onerror="alert(1)"><script>alert(2)</script>\nprint("é 😀 &lt;")\nraise SystemExit("\u202e")\n'
)
RECORD = """() => { // every picture and every status that there was, however short
  window.seen = { pictures: [], says: [] };
  const add = () => {
    for (const image of document.querySelectorAll("#shown img")) if (!window.seen.pictures.includes(image.alt)) window.seen.pictures.push(image.alt);
    const say = document.getElementById("status").textContent;
    if (window.seen.says.at(-1) !== say) window.seen.says.push(say);
  };
  new MutationObserver(add).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
}"""


@dataclass
class Playground:
    """The page. errors: complaints of the browser. refusals: those about what the policy of the page forbids. dialogs: what
    opened. requests: the addresses of all requests."""

    tab: Page
    address: str
    errors: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    ready: float = 0.0

    def wait(self) -> None:
        self.tab.wait_for_selector("#run:enabled", timeout=WAIT)

    def run(self, code: str, keys: str = "Control+Enter") -> str:
        """Run a program and return the status at its end."""
        self.tab.fill("#code", code)
        self.tab.press("#code", keys)
        self.wait()
        return self.tab.inner_text("#status")

    def text(self, kind: str) -> str:
        """Return all text of a kind: out, err or value."""
        return "".join(self.tab.locator(f"#shown pre.{kind}").all_text_contents())


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    need("playground", (BUILT / "index.html").exists())
    with serving(tmp_path_factory.mktemp("server"), "autograd", "playground", "--port", "{port}") as there:
        yield there


@pytest.fixture(scope="module")
def page(chromium: Browser, address: str) -> Iterator[Playground]:
    """The page, opened with a link that carries a program, as soon as Python is ready."""
    context = chromium.new_context(viewport={"width": 1200, "height": 900})
    page = Playground(context.new_page(), address)
    tab = page.tab
    context.on("request", lambda request: page.requests.append(request.url))
    context.on(
        "console",
        lambda message: (page.refusals if "Security Policy" in message.text else page.errors).append(message.text),
    )
    tab.on("pageerror", lambda error: page.errors.append(str(error)))
    tab.on("dialog", lambda dialog: page.dialogs.append(dialog.message) or dialog.dismiss())  # type: ignore[func-returns-value]
    start = time.monotonic()
    tab.goto(f"{address}/#code={urlsafe_b64encode(HOSTILE.encode()).decode().rstrip('=')}")
    tab.wait_for_selector("body[data-ready]", timeout=WAIT)
    page.ready = time.monotonic() - start
    tab.evaluate(RECORD)
    yield page
    context.close()


def test_a_link_fills_the_editor_and_runs_nothing(page: Playground, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\nplayground: ready after {page.ready:.1f} s", end=" ")
    assert page.tab.input_value("#code") == HOSTILE
    assert page.tab.inner_text("#notice") == "This program came with the link. Read it before you run it."
    assert page.tab.locator("#shown").inner_html() == ""
    assert page.tab.inner_text("#status").startswith("Ready: Python 3.")
    assert page.dialogs == page.errors == page.refusals == []
    page.tab.press("#code", "Control+Enter")  # as Python, it is an error in line 1, and still text
    page.wait()
    assert page.tab.inner_text("#status").startswith("Line 1: SyntaxError")
    assert '<img src=x onerror="alert(1)">' in page.text("err")
    assert page.tab.locator("#shown img, #shown script").count() == 0
    assert page.dialogs == [] and page.errors == []


def test_what_was_built_is_of_these_sources() -> None:
    need("playground", (BUILT / "index.html").exists())
    for name in build.PAGE:
        assert (BUILT / name).read_bytes() == (Path(build.__file__).parent / name).read_bytes(), (
            "python playground/build.py"
        )
    programs, solutions = build.lessons()
    assert json.loads((BUILT / "examples.json").read_text()) == [*build.examples(), *programs]
    with zipfile.ZipFile(BUILT / "course.zip") as course:
        assert course.read("solutions.py").decode() == solutions
    with zipfile.ZipFile(BUILT / "stepgrad.whl") as wheel:
        for name in wheel.namelist():
            if name.startswith(("autograd/", "nn/")):
                assert wheel.read(name) == (REPOSITORY / name).read_bytes(), "python playground/build.py"


def test_the_example_of_the_readme_is_stepped_and_dragged(page: Playground) -> None:
    assert page.run(BLOCKS["README-0"], "Shift+Enter").startswith("Done in")
    saved = page.tab.locator("a[download]").all_text_contents()
    assert "loss [**]" in page.text("out") and saved == sorted(re.findall(r'save\("([^"]+)"\)', BLOCKS["README-0"]))
    with page.tab.expect_download() as download:
        page.tab.click("a[download='loss.svg']")
    assert download.value.path().read_text().startswith("<svg")

    page.tab.select_option("#examples", "A backward pass, step by step")
    page.tab.click("#run")
    page.wait()
    element = page.tab.wait_for_selector("#shown iframe")
    frame = element.content_frame()
    assert frame is not None and element.get_attribute("sandbox") == "allow-scripts"
    screen = Screen(page.tab, within=frame)
    screen.player.wait_for()
    page.tab.wait_for_selector("#shown iframe[style]")  # as tall as the player
    assert element.bounding_box()["height"] > 400
    element.scroll_into_view_if_needed()
    check(screen, example())
    screen.press("Home")
    drag(screen, 60)
    check(screen, example(-0.44))
    screen.button("Reset").click()
    check(screen, example())


def test_a_network_learns_the_moons_while_one_watches(page: Playground) -> None:
    page.tab.evaluate("window.seen.pictures.length = window.seen.says.length = 0")
    page.tab.select_option("#examples", "Two moons: watch a network learn")
    page.tab.press("#examples", "Control+Enter")
    page.wait()
    assert page.text("out").endswith("accuracy 100%\n"), page.text("err")
    seen = page.tab.evaluate("window.seen")
    assert len([about for about in seen["pictures"] if about.startswith("loss of")]) > 5
    assert len([about for about in seen["pictures"] if about.startswith("Decision boundary.")]) > 5
    assert page.tab.locator("#shown img").count() == 2
    for picture in page.tab.locator("#shown img").all():
        assert picture.evaluate("image => image.complete && image.naturalWidth > 0")


def test_all_other_examples_run(page: Playground) -> None:
    for program in [*build.examples(), *build.lessons()[0]]:
        if "moons" not in program["title"]:
            page.tab.select_option("#examples", program["title"])
            page.tab.click("#run")
            page.wait()
            assert page.tab.inner_text("#status").startswith("Done in"), program["title"]


def test_an_error_names_its_line_and_the_next_run_is_clean(page: Playground) -> None:
    assert page.run("import nn\n\ndef f(x):\n    return nn.MLP(2, [1])(x)\n\nf([1.0])").startswith("Line 4: ValueError: ")
    assert re.findall(r'File "your code", line (\d)', page.text("err")) == ["6", "4"]
    assert "expects 2 inputs, got 1" in page.text("err") and "return nn.MLP(2, [1])(x)" in page.text("err")
    assert page.tab.locator("#lines .wrong").all_text_contents() == ["4"]
    assert page.tab.locator("#status.wrong").count() == 1
    assert page.run("import numpy").startswith("Line 1: ModuleNotFoundError")
    assert "numpy is not part of the playground" in page.text("err")
    assert page.run("for i in range(3): print(i)\n7").startswith("Done in")
    assert (page.text("out"), page.text("value"), page.text("err")) == ("0\n1\n2\n", "7", "")
    assert page.tab.locator("#lines .wrong, #status.wrong").count() == 0


def test_the_keys_of_the_editor_and_a_link_to_it(page: Playground) -> None:
    tab, value = page.tab, lambda: page.tab.input_value("#code")
    tab.fill("#code", "")
    tab.focus("#code")
    tab.keyboard.type("if x:  # a test\nfor y in z:\n1")
    assert value() == "if x:  # a test\n    for y in z:\n        1"
    tab.keyboard.press("Shift+Tab")
    assert value().endswith("\n    1")
    tab.keyboard.press("ControlOrMeta+A")
    tab.keyboard.press("Tab")
    assert value() == "    if x:  # a test\n        for y in z:\n        1"
    tab.keyboard.press("ControlOrMeta+Z")
    assert value().startswith("if x")
    assert tab.locator("#lines div").all_text_contents() == ["1", "2", "3"]
    tab.keyboard.press("End")
    tab.keyboard.type(" + x.y['a']")
    assert tab.locator("#tint").text_content() == value(), "the coloured text is the text"
    kinds = tab.locator("#tint span").evaluate_all("spans => spans.map((span) => [span.className, span.textContent])")
    assert kinds == [
        ["keyword", "if"],
        ["comment", "# a test"],
        ["keyword", "for"],
        ["keyword", "in"],
        ["number", "1"],
        ["string", "'a'"],
    ]
    before = value()
    tab.keyboard.press("Escape")
    tab.keyboard.press("Tab")
    assert value() == before and tab.evaluate("document.activeElement.id") != "code"
    tab.fill("#code", HOSTILE)
    tab.click("#link")
    tab.wait_for_selector("#status:text('link is')")
    assert re.fullmatch(r"#code=[\w-]+", tab.evaluate("location.hash"))
    assert tab.inner_text("#status") in ("The link is copied.", "The link is in the address bar: copy it from there.")
    tab.fill("#code", "other")
    tab.evaluate("location.hash = location.hash.slice(0, -1) + '!'")
    tab.wait_for_selector("#notice:visible")
    assert "cannot be read" in tab.inner_text("#notice") and value() == "other"
    tab.select_option("#examples", "Check a gradient by measuring")
    assert tab.evaluate("location.hash") == "" and tab.locator("#notice:visible").count() == 0
    tab.select_option("#examples", "your own")
    assert value() == "other", "nothing is lost by looking at an example"
    tab.select_option("#examples", "02b Build the engine")
    tab.focus("#code")
    tab.keyboard.press("ControlOrMeta+A")
    tab.keyboard.press("Tab")
    assert value().startswith("    # This is a notebook") and tab.input_value("#examples") == ""


def test_it_fits_a_phone_and_has_names_for_everything(page: Playground) -> None:
    tab = page.tab
    tab.select_option("#examples", "A backward pass, step by step")
    tab.click("#run")
    page.wait()
    for width in (400, 1200):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    colours = []
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        colours.append(
            tab.evaluate("[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]")
        )
    tab.emulate_media(color_scheme="light")
    assert colours[0] != colours[1]
    for role, name in (("combobox", "Example"), ("button", "▶ Run"), ("button", "■ Stop"), ("button", "Copy link"),
                       ("textbox", "Python program"), ("region", "Program"), ("region", "Output"), ("heading", "stepgrad playground")):  # fmt: skip
        assert tab.get_by_role(role, name=name, exact=True).count() == 1, name  # type: ignore[arg-type]
    assert tab.locator("#shown iframe").get_attribute("title") == "Backward pass of loss"


def test_an_endless_loop_is_stopped_and_python_starts_again(page: Playground) -> None:
    tab = page.tab
    tab.fill("#code", "while True:\n    print('again and again ' * 5)")
    tab.press("#code", "Control+Enter")
    tab.wait_for_selector("#shown pre.out")
    assert tab.locator("#run:disabled").count() == 1
    tab.wait_for_timeout(500)
    tab.click("#stop", timeout=5000)  # the page answers
    assert tab.inner_text("#status").startswith("Stopped.")
    assert tab.evaluate("document.activeElement.id") == "run"
    tab.fill("#code", "print('alive')")
    tab.press("#code", "Control+Enter")  # runs as soon as Python is ready
    assert "as soon as it is ready" in tab.inner_text("#status")
    page.wait()
    assert page.text("out") == "alive\n" and page.tab.inner_text("#status").startswith("Done in")


def test_nothing_leaves_the_page_whatever_a_program_tries(page: Playground) -> None:
    assert page.errors == page.refusals == page.dialogs == [], "from all tests above"
    visits: list[str] = []

    class Elsewhere(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            visits.append(self.path)
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()

        do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        there = f"http://127.0.0.1:{server.server_port}"
        page.run(f"""
import js
try:
    asked = js.XMLHttpRequest.new()
    asked.open("GET", "{there}/worker", False)
    asked.send()
except Exception as error:
    print("refused:", error)
js.WebSocket.new("{there}/socket".replace("http", "ws"))

class Markup:
    def _repr_html_(self):
        return '''<img src="{there}/image" onerror="document.title = 1"><iframe src="{there}/frame"></iframe><style>@import "{there}/style";</style>
<script>fetch("{there}/script").catch(() => 0); parent.document.title = "reached"</script>
<script>const form = document.createElement("form"); form.action = "{there}/form"; document.body.append(form); form.submit();</script>
<script>location = "{there}/navigate";</script>'''

class Picture:
    def _repr_svg_(self):
        return '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="{there}/svg" width="9" height="9"/><script>fetch("{there}/svgscript")</script></svg>'

display(Picture())
Markup()""")
        page.tab.wait_for_timeout(1500)
        server.shutdown()
    assert "refused:" in page.text("out"), page.text("err")
    assert visits == []
    assert page.tab.title() == "stepgrad playground" and page.dialogs == []
    page.run("1")
    assert len(page.refusals) >= 6
    elsewhere = [
        url for url in page.requests if not url.startswith((f"{page.address}/", f"blob:{page.address}/", "data:", there))
    ]
    assert elsewhere == [] and len(page.requests) > 10


def test_deep_graphs(page: Playground) -> None:
    """Chains of 20,000 operations are recorded, differentiated and freed, in whichever way they are chained."""
    code = """
import autograd
from autograd import Value, dot, maximum

x = Value(1.0)
for link in (
    lambda node: node + x, lambda node: x + node, lambda node: maximum(node, node), lambda node: dot([node, x], [1.0, 0.5]),
    lambda node: autograd.sum([node, node, -1.0]) - node,
):
    node = x
    for _ in range(20_000):
        node = link(node)
    node.backward()
    node = None
    print("freed")
"""
    assert page.run(code).startswith("Done in")
    assert page.text("out") == "freed\n" * 5


def test_after_a_crash_python_starts_again_and_the_program_outlives_a_reload(page: Playground) -> None:
    status = page.run("class A:\n    def __repr__(self):\n        return repr(self)\n\nprint(A())")
    assert status.startswith("Python has crashed.")
    assert "call stack size exceeded (an endless recursion?)" in page.text("err")
    assert page.run("print('back')").startswith("Done in")
    assert page.text("out") == "back\n"
    page.tab.reload()
    page.tab.wait_for_selector("#examples option:nth-child(2)", state="attached")
    assert page.tab.input_value("#code") == "print('back')"
    page.tab.select_option("#examples", "02b Build the engine")
    assert page.tab.locator("#tint").text_content() == page.tab.input_value("#code")
    assert page.dialogs == []
