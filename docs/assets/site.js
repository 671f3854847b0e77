// The theme puts a <nav> on every block of code, for its button; each needs a name of its own.
const label = () => document.querySelectorAll("nav.md-code__nav").forEach((nav, place) => {
  const text = `Code ${place + 1}`;
  if (nav.getAttribute("aria-label") !== text) nav.setAttribute("aria-label", text);
});
new MutationObserver(label).observe(document.body, { childList: true, subtree: true });
label();

// On a phone the menu opens by a label, which the keyboard passes over; a button stands in its place.
const drawer = document.getElementById("__drawer");
const opener = document.querySelector("label.md-header__button[for=__drawer]");
if (drawer && opener) {
  const button = document.createElement("button");
  button.className = opener.className;
  button.innerHTML = opener.innerHTML;
  button.setAttribute("for", "__drawer"); // by which the theme hides it on a desk
  button.setAttribute("aria-label", "Menu");
  const tell = () => button.setAttribute("aria-expanded", String(drawer.checked));
  button.addEventListener("click", () => drawer.click());
  drawer.addEventListener("change", tell);
  document.addEventListener("keydown", event => {
    if (event.key === "Escape" && drawer.checked) {
      drawer.click();
      button.focus();
    }
  });
  tell();
  opener.replaceWith(button);
}
