// Tabs that follow the ARIA authoring practices: arrow keys move between tabs, and only the selected
// tab is in the tab order.
import { el, unique } from "./dom.js";

// `pages` are {id, label, panel}; `selected` is shown first, and `onshow` is told what a person
// selects. Returns the element and a function that shows a page by its id.
export function tabs(name, pages, { selected, onshow } = {}) {
  const list = el("div", { role: "tablist", "aria-label": name, class: "tabs" });
  const panels = el("div", { class: "panels" });
  const entries = pages.map(({ id, label, panel }) => {
    const own = unique("tab");
    const tab = el(
      "button",
      { type: "button", role: "tab", id: own, "aria-controls": `${own}-panel`, "data-tab": id },
      label,
    );
    panel.id = `${own}-panel`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", own);
    panel.tabIndex = 0;
    tab.addEventListener("click", () => choose(id));
    list.append(tab);
    panels.append(panel);
    return { id, tab, panel };
  });
  list.addEventListener("keydown", (event) => {
    const at = entries.findIndex(({ tab }) => tab === document.activeElement);
    const last = entries.length - 1;
    const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at ? at - 1 : last, Home: 0, End: last }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    choose(entries[to].id);
    entries[to].tab.focus();
  });

  function show(id) {
    for (const entry of entries) {
      const chosen = entry.id === id;
      entry.tab.setAttribute("aria-selected", String(chosen));
      entry.tab.tabIndex = chosen ? 0 : -1;
      entry.panel.hidden = !chosen;
    }
  }

  function choose(id) {
    show(id);
    onshow?.(id);
  }

  show(pages.find(({ id }) => id === selected)?.id ?? pages[0].id);
  const element = el("div", { class: "tabbed" }, el("div", { class: "tabbar" }, list), panels);
  return { element, show };
}
