// The scripts are concatenated into one page: player.js, then what it shows. So names may come from another file.
const names = "make shape put scrollTo VIEWS MINUS TIMES PARTIAL NOT_YET PLAY_MS FONT_PX SMALL_FONT_PX WIDEST_SCALE moved Scene NestedScene Focus Minimap BackwardView BatchNumbers rowPicker operandTable number factor full atom enough sum amax erf erfc OPERATIONS Numbers WhatIf Player connect";
const shared = Object.fromEntries(names.split(" ").map((name) => [name, "writable"]));
const browser = Object.fromEntries("document matchMedia MutationObserver ResizeObserver setInterval clearInterval addEventListener removeEventListener getComputedStyle location history navigator XMLSerializer Blob ClipboardItem URL Image".split(" ").map((name) => [name, "readonly"]));

const more = "window location history navigator performance fetch addEventListener postMessage clearInterval setInterval getComputedStyle Worker Blob URL TextEncoder TextDecoder btoa atob Event sessionStorage";
const page = Object.fromEntries(`document ${more}`.split(" ").map((name) => [name, "readonly"]));
const rules = {
  "no-undef": "error", "no-unused-vars": ["error", { vars: "local" }], "prefer-const": "error", "no-var": "error", "eqeqeq": "error",
  "no-shadow": "error", "no-eval": "error", "no-implied-eval": "error", "no-self-compare": "error", "no-unreachable": "error",
};

export default [
  {
    files: ["autograd/**/*.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "script", globals: { ...browser, ...shared } },
    rules,
  },
  {
    files: ["playground/*.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "module", globals: { ...page, onmessage: "writable" } },
    rules: { ...rules, "no-unused-vars": "error" },
  },
];
