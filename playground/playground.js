// The page: an editor, Python in a worker (worker.js), and the output of a program. Plain JavaScript, no libraries.
// Nothing from a link or from a program becomes markup of this page: text is textContent, pictures are images, HTML goes into
// a sandboxed frame (frame.html).
const [examples, run, stop, link, notice, lines, tint, code, status, shown] = // the elements of index.html
  ["examples", "run", "stop", "link", "notice", "lines", "tint", "code", "status", "shown"].map((id) => document.getElementById(id));
const TALLEST = 3000; // px of a frame

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function say(text, wrong = false) {
  status.textContent = text;
  status.classList.toggle("wrong", wrong);
}

// ---- The editor: a textarea with numbered lines, and the same text behind it in colours.

const KEYWORDS = "and as assert async await break class continue def del elif else except False finally for from global if import in is lambda None nonlocal not or pass raise return True try while with yield";
const TOKEN = new RegExp([
  /(?<comment>#.*)/, /(?<string>(?:\b[bfrBFR]{1,2})?(?:"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))/,
  new RegExp(`(?<keyword>\\b(?:${KEYWORDS.replaceAll(" ", "|")})\\b)`), /(?<number>\b\d[\d_.]*(?:[eE][+-]?\d+)?)/,
].map((part) => part.source).join("|"), "g");

function colour() {
  const parts = [];
  let at = 0;
  for (const { 0: token, index, groups } of code.value.matchAll(TOKEN)) {
    const kind = Object.keys(groups).find((name) => groups[name] !== undefined);
    parts.push(code.value.slice(at, index), make("span", { class: kind }, token));
    at = index + token.length;
  }
  tint.replaceChildren(...parts, code.value.slice(at));
}

function follow() {
  lines.scrollTop = code.scrollTop;
  tint.style.transform = `translate(${-code.scrollLeft}px, ${-code.scrollTop}px)`;
}

let wrongLine = null;

function numberLines() {
  const count = code.value.split("\n").length;
  while (lines.childElementCount > count) lines.lastElementChild.remove();
  while (lines.childElementCount < count) lines.append(make("div", {}, String(lines.childElementCount + 1)));
  for (const [i, line] of [...lines.children].entries()) line.classList.toggle("wrong", i + 1 === wrongLine);
  colour();
  follow();
}

function mark(line) {
  wrongLine = line;
  numberLines();
  if (line === null) return;
  const height = parseFloat(getComputedStyle(code).lineHeight), at = (line - 1) * height;
  if (at < code.scrollTop || at > code.scrollTop + code.clientHeight - 2 * height) code.scrollTop = at - code.clientHeight / 2;
}

const MOST_LINES = 40; // that can be undone; browsers take seconds to insert hundreds in this way

// Put text where the selection is, so that undo takes it back.
function insert(text) {
  if (text.split("\n").length > MOST_LINES || !document.execCommand("insertText", false, text)) {
    code.setRangeText(text, code.selectionStart, code.selectionEnd, "end");
    code.dispatchEvent(new Event("input"));
  }
}

function fill(text) {
  code.value = text;
  code.scrollTop = code.scrollLeft = 0;
  code.setSelectionRange(0, 0);
  mark(null);
}

// Indent the lines of the selection, or take up to four spaces from the start of each.
function shift(outwards) {
  const from = code.value.lastIndexOf("\n", code.selectionStart - 1) + 1;
  const last = code.value.slice(code.selectionStart, code.selectionEnd).endsWith("\n") ? code.selectionEnd - 1 : code.selectionEnd;
  const until = (code.value + "\n").indexOf("\n", last), old = code.value.slice(from, until);
  const text = outwards ? old.replace(/^ {1,4}/gm, "") : old.replace(/^(?=.)/gm, "    ");
  if (text === old) return;
  code.setSelectionRange(from, until);
  insert(text);
  code.setSelectionRange(from, from + text.length);
}

let leaving = false; // Tab leaves the editor after Escape

code.addEventListener("keydown", (event) => {
  if (event.key === "Tab" && !leaving && !event.ctrlKey && !event.altKey && !event.metaKey) {
    event.preventDefault();
    const several = code.value.slice(code.selectionStart, code.selectionEnd).includes("\n");
    if (event.shiftKey || several) shift(event.shiftKey);
    else insert(" ".repeat(4 - (code.selectionStart - code.value.lastIndexOf("\n", code.selectionStart - 1) - 1) % 4));
  } else if (event.key === "Enter" && !event.ctrlKey && !event.shiftKey && !event.metaKey && !event.isComposing) {
    event.preventDefault();
    const line = code.value.slice(code.value.lastIndexOf("\n", code.selectionStart - 1) + 1, code.selectionStart);
    insert(`\n${line.match(/^ */)[0]}${/:\s*(#.*)?$/.test(line) ? "    " : ""}`);
    code.blur();
    code.focus(); // scrolls to the cursor
  }
  if (event.key !== "Shift") leaving = event.key === "Escape";
});
code.addEventListener("blur", () => { leaving = false; });
code.addEventListener("input", () => {
  mark(null);
  sessionStorage.setItem("code", code.value); // for when the page is reloaded
});
code.addEventListener("scroll", follow);
code.classList.add("tinted");

// ---- The output of a program.

const places = new Map(); // the number of a picture: its element
const frames = new Map(); // the window of a frame: the frame

function append(element) {
  shown.append(element);
  return element;
}

function print(stream, text) {
  const last = shown.lastElementChild;
  if (last && last.matches(`pre.${stream}`)) last.append(text);
  else append(make("pre", { class: stream }, text));
}

function frameFor(html, about) {
  const frame = make("iframe", { sandbox: "allow-scripts", src: "frame.html", title: about });
  frame.addEventListener("load", () => {
    frames.set(frame.contentWindow, frame);
    frame.contentWindow.postMessage({ html }, "*"); // its origin is opaque, and it is the only reader
  });
  return frame;
}

function show({ id, svg, html, text, about }) {
  const old = places.get(id);
  const image = svg && old && old.querySelector("img");
  if (image) { // the same image, so that nothing flickers
    image.src = pictureOf(svg);
    image.alt = about;
    return;
  }
  const element = svg ? picture(svg, about) : html ? frameFor(html, about) : make("pre", { class: "value" }, text);
  if (old) old.replaceWith(element);
  else append(element);
  places.set(id, element);
}

// A picture that is too wide becomes smaller, but not so small that nobody can read it.
function picture(svg, about) {
  const image = make("img", { src: pictureOf(svg), alt: about });
  image.addEventListener("load", () => { image.style.minWidth = `${0.8 * image.naturalWidth}px`; });
  return make("div", { class: "picture" }, image);
}

function pictureOf(svg) {
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
}

function offer({ name, bytes }) {
  const address = URL.createObjectURL(new Blob([bytes]));
  append(make("p", {}, "Saved: ", make("a", { href: address, download: name }, name), ` (${bytes.length.toLocaleString("en")} bytes)`));
}

function clear() {
  for (const offered of shown.querySelectorAll("a[download]")) URL.revokeObjectURL(offered.href);
  shown.replaceChildren();
  places.clear();
  frames.clear();
}

addEventListener("message", (event) => {
  const frame = frames.get(event.source), height = Number(event.data && event.data.height);
  if (frame && height > 0) frame.style.height = `${Math.min(TALLEST, height)}px`;
});

// ---- Python.

let worker = null, ready = false, running = false, waiting = false, since = 0, clock = null;

// A worker from a blob has the policy of this page: a program in it can request nothing from anywhere else.
function start() {
  const address = URL.createObjectURL(new Blob([`import ${JSON.stringify(new URL("worker.js", location.href).href)};`], { type: "text/javascript" }));
  const mine = new Worker(address, { type: "module" });
  worker = mine;
  ready = false;
  since = performance.now();
  mine.addEventListener("message", ({ data }) => { if (mine === worker) receive(data); });
  mine.addEventListener("error", (event) => { if (mine === worker) fail(event.message); });
}

function receive(message) {
  if (message.kind === "ready") {
    ready = true;
    document.body.dataset.ready = ((performance.now() - since) / 1000).toFixed(1);
    if (waiting) execute();
    else if (!shown.childElementCount) say(`Ready: Python ${message.python}, started in ${document.body.dataset.ready} s.`);
    else say(`${status.textContent.replace(/ Python is starting.*/, "")} Python is ready.`);
  } else if (message.kind === "failed") fail(message.error);
  else if (message.kind === "text") for (const [stream, text] of message.parts) print(stream, text);
  else if (message.kind === "show") show(message);
  else if (message.kind === "file") offer(message);
  else if (message.kind === "done") finish(message);
}

function execute() {
  waiting = false;
  since = performance.now();
  worker.postMessage({ code: code.value });
  say("Running … ");
  const seconds = make("span", { "aria-hidden": "true" }); // hidden, so that a screen reader does not announce each second
  status.append(seconds);
  clock = setInterval(() => { seconds.textContent = `${Math.round((performance.now() - since) / 1000)} s`; }, 1000);
}

function end() {
  clearInterval(clock);
  running = waiting = false;
  const focused = document.activeElement === stop;
  run.disabled = false;
  stop.disabled = true;
  if (focused) run.focus();
}

function finish({ seconds, error, line }) {
  end();
  const time = seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(1);
  if (error) say(line ? `Line ${line}: ${error}` : error, true);
  else say(shown.childElementCount ? `Done in ${time} s.` : `Done in ${time} s, without output.`);
  mark(line ?? null);
}

function fail(reason) {
  const before = ready;
  worker.terminate();
  end();
  if (before) { // such as a recursion that was too deep for the browser
    start();
    print("err", `Python has crashed: ${reason}${/call stack/.test(reason) ? " (an endless recursion?)" : ""}\n`);
    say("Python has crashed. Python is starting again …", true);
  } else {
    say(`Python could not be started: ${reason}. Reload the page to try again.`, true);
    run.disabled = true;
  }
}

function begin() {
  if (running) return;
  clear();
  mark(null);
  running = true;
  const focused = document.activeElement === run;
  run.disabled = true;
  stop.disabled = false;
  if (focused) stop.focus(); // so that the keyboard can end what it began
  status.scrollIntoView({ block: "nearest" }); // on a phone it is below the editor
  if (ready) execute();
  else {
    waiting = true;
    say("Python is starting; your program runs as soon as it is ready …");
  }
}

function interrupt() {
  if (!running) return;
  const wasWaiting = waiting;
  end();
  if (wasWaiting) {
    say("Not run. Python is starting …");
    return;
  }
  worker.terminate();
  start();
  print("err", "Stopped.\n");
  say("Stopped. Python is starting again …");
}

run.addEventListener("click", begin);
stop.addEventListener("click", interrupt);
addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey || (event.shiftKey && event.target === code))) {
    event.preventDefault();
    begin();
  }
});

// ---- Examples, and links that carry a program.

function encoded(text) {
  const bytes = new TextEncoder().encode(text);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function decoded(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

function tell(text) {
  notice.textContent = text;
  notice.hidden = !text;
}

// Fill the editor from the address. It never runs: whoever opens a link decides that.
function fromAddress() {
  const given = location.hash.startsWith("#code=");
  tell("");
  if (!given) return false;
  try {
    fill(decoded(location.hash.slice("#code=".length)));
    tell("This program came with the link. Read it before you run it.");
  } catch {
    tell("The program in this link cannot be read: the link is damaged or cut off.");
    return false;
  }
  return true;
}

link.addEventListener("click", async () => {
  history.replaceState(null, "", `#code=${encoded(code.value)}`);
  try {
    await navigator.clipboard.writeText(location.href);
    say("The link is copied.");
  } catch {
    say("The link is in the address bar: copy it from there.");
  }
});
start();
const programs = await (await fetch("examples.json")).json();
const groups = new Map();
for (const { group, title } of programs) {
  if (!groups.has(group)) groups.set(group, make("optgroup", { label: group }));
  groups.get(group).append(make("option", { value: title }, title));
}
examples.append(make("option", { value: "", hidden: "" }, "your own"), ...groups.values());

let own = null; // the program as it was last changed, which the list offers, too

function keep() {
  own = code.value;
  examples.options[0].hidden = false;
  examples.value = "";
}

code.addEventListener("input", keep);
examples.addEventListener("change", () => {
  fill(examples.value ? programs.find(({ title }) => title === examples.value).code : own);
  sessionStorage.setItem("code", code.value);
  tell("");
  history.replaceState(null, "", location.pathname);
});
addEventListener("hashchange", () => { if (fromAddress()) keep(); });

if (fromAddress()) keep();
else {
  const kept = sessionStorage.getItem("code") ?? programs[0].code, known = programs.find((program) => program.code === kept);
  fill(kept);
  if (known) examples.value = known.title;
  else keep();
}
