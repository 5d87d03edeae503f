"use strict";
/* Comfort only: without it the page shows and says the same. */
(function () {
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const one = (id) => document.getElementById(id);

  /* What a link leads to may be folded away, or hidden by the filter. */
  function reveal() {
    let node = null;
    try {
      node = one(decodeURIComponent(location.hash.slice(1)));
    } catch {
      return;
    }
    if (!node) return;
    for (let up = node; up; up = up.parentElement) {
      if (up.hidden && up !== one("tools")) up.hidden = false;
      if (up.tagName === "DETAILS") up.open = true;
    }
    node.scrollIntoView({ block: "nearest" });
  }
  addEventListener("hashchange", reveal);

  /* The filter. The words of an element are looked up once. */
  const items = all("[data-severity]").filter((node) => node.matches("main .finding, main .asides [data-id], main .tunnel, .tunnels tr, nav li"));
  const lines = all(".asides li:not([data-id])");
  const words = new Map();
  const textOf = (node) => {
    const whole = node.matches(".asides span") ? node.closest("li").querySelector(".summary").textContent : "";
    if (!words.has(node)) words.set(node, [node.textContent, whole, node.dataset.id || ""].join(" ").toLowerCase());
    return words.get(node);
  };
  function filter() {
    const wanted = one("words").value.toLowerCase().split(/\s+/).filter(Boolean);
    const levels = new Set(all("input.level").filter((box) => box.checked).map((box) => box.value));
    let left = 0;
    let findings = 0;
    for (const node of items) {
      const finding = node.dataset.id !== undefined;
      const shown = (!finding || levels.has(node.dataset.severity)) && wanted.every((word) => textOf(node).includes(word));
      node.hidden = !shown;
      findings += finding;
      left += finding && shown;
    }
    for (const line of lines) line.hidden = !line.querySelector("[data-id]:not([hidden])");
    one("left").textContent = left === findings ? "" : left + " of " + findings + " findings";
  }
  one("words").addEventListener("input", filter);
  for (const box of all("input.level")) box.addEventListener("change", filter);

  const set = (open) => () => all("main details").forEach((node) => (node.open = open));
  one("unfold").addEventListener("click", set(true));
  one("fold").addEventListener("click", set(false));
  one("tools").hidden = false;

  /* Paper cannot be unfolded; what the ladder folds would only fill it. */
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all(".consequences:not([open])");
    closed.forEach((node) => (node.open = true));
  });
  addEventListener("afterprint", () => closed.forEach((node) => (node.open = false)));

  for (const place of all(".copy")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", () => {
      getSelection().selectAllChildren(place.querySelector("code"));
      if (document.execCommand("copy")) button.textContent = "Copied";
    });
    place.append(button);
  }
  reveal();
})();
