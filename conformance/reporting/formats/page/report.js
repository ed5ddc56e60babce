// Filters, links and copies: whoever reads without scripts sees everything.
(() => {
  "use strict";
  const form = document.querySelector(".filters");
  const rows = [...document.querySelectorAll(".matrix tbody tr")];
  const boxes = [...form.querySelectorAll("input")];
  const chosen = (name) =>
    new Set(boxes.filter((box) => box.name === name && box.checked).map((box) => box.value));

  function show() {
    const verdicts = chosen("verdict");
    const levels = chosen("level");
    let visible = 0;
    for (const row of rows) {
      row.hidden = !(verdicts.has(row.dataset.verdict) && levels.has(row.dataset.level));
      visible += row.hidden ? 0 : 1;
    }
    for (const part of document.querySelectorAll(".part")) {
      part.hidden = !part.querySelector("tbody tr:not([hidden])");
    }
    form.querySelector(".shown").textContent =
      visible === rows.length ? "" : `${visible} of ${rows.length} requirements shown`;
  }

  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    const around = target.closest("details");
    if (around) around.open = true;
    if (target.hidden) {
      for (const box of boxes) box.checked = true;
      show();
    }
    if (around || target.matches("tr")) target.scrollIntoView();
  }

  for (const place of document.querySelectorAll(".copy")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      const text = place.querySelector("pre").textContent;
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(place.querySelector("pre"));
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    place.append(button);
  }

  form.hidden = false;
  form.addEventListener("change", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", reveal);
  addEventListener("beforeprint", () => {
    for (const command of document.querySelectorAll(".command")) command.open = true;
  });
  show();
  reveal();
})();
