// The theme puts a <nav> on every block of code, for its button; each needs a name of its own.
const label = () => document.querySelectorAll("nav.md-code__nav").forEach((nav, place) => {
  const text = `Code ${place + 1}`;
  if (nav.getAttribute("aria-label") !== text) nav.setAttribute("aria-label", text);
});
new MutationObserver(label).observe(document.body, { childList: true, subtree: true });
label();
