// The scripts are concatenated into one page: player.js, then what it shows. So names may come from the other file.
const shared = { make: "readonly", factor: "readonly", scrollTo: "readonly", VIEWS: "readonly", MINUS: "readonly", TIMES: "readonly", PARTIAL: "readonly", NOT_YET: "readonly", PLAY_MS: "readonly" };
const browser = Object.fromEntries("document matchMedia MutationObserver ResizeObserver setInterval clearInterval addEventListener removeEventListener getComputedStyle".split(" ").map((name) => [name, "readonly"]));

export default [
  {
    files: ["**/*.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "script", globals: { ...browser, ...shared } },
    rules: {
      "no-undef": "error", "no-unused-vars": ["error", { vars: "local" }], "prefer-const": "error", "no-var": "error", "eqeqeq": "error",
      "no-shadow": "error", "no-eval": "error", "no-implied-eval": "error", "no-self-compare": "error", "no-unreachable": "error",
    },
  },
];
