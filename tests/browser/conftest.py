"""A real Chromium for the pages that stepgrad makes, and checks that apply to every page.

Without playwright and a Chromium these tests are skipped; .ci/run has both, and fails if one is.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.register_assert_rewrite("tests.browser.truth")
from tests.browser.screen import Screen  # noqa: E402
from tests.skips import need  # noqa: E402

try:
    from playwright.sync_api import Browser, sync_playwright
except ModuleNotFoundError:  # `need` says so
    sync_playwright = None  # type: ignore[assignment]

QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    need("browser", sync_playwright)
    path = next(filter(None, map(shutil.which, NAMES)), None)
    need("chromium", path)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_screen(chromium: Browser, tmp_path: Path) -> Iterator[Callable[..., Screen]]:
    """open_screen(page, **options of the window): what stepgrad made, or HTML text, from a file. Afterwards: nothing was
    requested except that file, no dialog came up, and nothing was complained about."""
    complaints: list[str] = []
    dialogs: list[str] = []
    contexts: list[Any] = []

    def dismiss(dialog: Any) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    def open_screen(page: Any, **options: Any) -> Screen:
        path = tmp_path / f"page{len(contexts)}.html"
        path.write_text(page if isinstance(page, str) else page.to_html(), encoding="utf-8")
        contexts.append(chromium.new_context(**{"viewport": {"width": 940, "height": 900}, **options}))
        tab = contexts[-1].new_page()
        tab.on("request", lambda request: complaints.extend({f"requested {request.url}"} - {f"requested {path.as_uri()}"}))
        tab.on("dialog", dismiss)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("console", lambda message: complaints.append(f"console: {message.text}"))
        tab.goto(path.as_uri())
        return Screen(tab)

    yield open_screen
    for context in contexts:
        context.close()
    assert not complaints
    assert not dialogs
