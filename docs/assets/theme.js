// Players follow `data-theme`; here it follows the switch of this site.
const follow = () => { document.body.dataset.theme = document.body.dataset.mdColorScheme === "slate" ? "dark" : "light"; };
new MutationObserver(follow).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
follow();
