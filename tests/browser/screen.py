"""The screen: a player in a tab, as a person sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Locator, Page

# Of one player: every visible text, and what is lit up.
READ = """(host) => {
  const root = host.shadowRoot, text = (selector) => root.querySelector(selector).textContent;
  const classes = (element, ...names) => names.filter((name) => element.classList.contains(name));
  const shown = (selector) => [...root.querySelectorAll(selector)].filter((element) => element.checkVisibility());
  return {
    count: text(".count"), heading: text(".told h2"), lines: shown(".lines p:not(.key)").map((p) => p.textContent),
    next: text(".told .next"), notes: shown(".note").map((p) => p.textContent), trail: shown(".trail").map((p) => p.textContent),
    slider: Number(root.querySelector(".bar input").value), told: root.querySelector(".bar input").getAttribute("aria-valuetext"),
    play: text(".play"), detail: shown(".detail > *").map((p) => p.textContent),
    panes: shown(".boxes").map((boxes) => ({ // the whole first, then each open frame
      boxes: [...boxes.children].filter((box) => box.dataset.box !== undefined).map((box) => ({
        id: box.dataset.box, kind: box.getAttribute("class").split(" ")[0], lit: classes(box, "active", "gets", "gives", "next", "picked", "open"),
        lines: [...box.querySelectorAll("text")].map((line) => ({
          role: line.getAttribute("class").split(" ")[0], node: line.dataset.of === undefined ? null : Number(line.dataset.of),
          text: line.textContent, partial: line.classList.contains("partial"), got: line.classList.contains("got") })) })),
      arrows: [...boxes.previousElementSibling.children].map((arrow) => ({
        tail: arrow.dataset.tail, head: arrow.dataset.head, flows: arrow.classList.contains("flow"),
        label: [...arrow.querySelectorAll("text")].map((line) => line.textContent).join("") })) })) };
}"""

# Every text that can be seen and does not lie within its box, and the size in px of the smallest text.
FIT = """(host) => {
  const root = host.shadowRoot || host, outside = [];
  let smallest = Infinity, texts = 0;
  for (const line of root.querySelectorAll("svg text")) {
    if (!line.checkVisibility() || line.textContent === "") continue;
    texts += 1;
    const { a, b } = line.getScreenCTM(); // b: of a line that is turned
    smallest = Math.min(smallest, parseFloat(getComputedStyle(line).fontSize) * Math.hypot(a, b));
    const rect = line.closest("[data-box]")?.querySelector("rect")?.getBoundingClientRect(), at = line.getBoundingClientRect();
    if (rect && (at.left < rect.left || at.right > rect.right || at.top < rect.top - 0.5 || at.bottom > rect.bottom + 0.5))
      outside.push(`${line.textContent}: ${at.width.toFixed(1)} in ${rect.width.toFixed(1)} px`);
  }
  return { outside, smallest, texts };
}"""


class Screen:
    """A tab with one or more players; the one of that number is meant."""

    def __init__(self, tab: Page, number: int = 0, within: Frame | None = None) -> None:
        self.tab = tab
        self.within: Page | Frame = within or tab
        self.host: Locator = self.within.locator("[data-stepgrad]").nth(number)
        self.player = self.host.locator("section.player")

    def another(self, number: int) -> Screen:
        return Screen(self.tab, number)

    def read(self) -> dict[str, Any]:
        return self.host.evaluate(READ)

    def fit(self) -> dict[str, Any]:
        return self.host.evaluate(FIT)

    def press(self, *keys: str) -> dict[str, Any]:
        """Press keys on the player, and return what can then be read."""
        self.player.focus()
        for key in keys:
            self.tab.keyboard.press(key)
        return self.read()

    def button(self, name: str) -> Locator:
        return self.host.get_by_role("button", name=name, exact=True)

    def box(self, title: str) -> Locator:
        """Find the visible box with this title."""
        return self.host.locator("[data-box]:visible").filter(
            has=self.within.locator("text.title").get_by_text(title, exact=True)
        )
