// The theme puts a <nav> on every block of code, for its button; so many landmarks would lead nobody anywhere.
const group = () => document.querySelectorAll("nav.md-code__nav").forEach((nav) => nav.setAttribute("role", "group"));
new MutationObserver(group).observe(document.body, { childList: true, subtree: true });
group();
