// The list of operations, with a search if there are many.
import { el, unique } from "./dom.js";

const MANY = 12;

export function operationList(operations) {
  const links = operations.map(({ id, method, path, summary }) =>
    el(
      "a",
      { href: `#operation=${encodeURIComponent(id)}`, "data-operation": id },
      el("span", { class: `method ${method.toLowerCase()}` }, method),
      el("span", { class: "what" }, summary || path),
    ),
  );
  const items = links.map((link) => el("li", {}, link));
  const list = el("ul", {}, items);
  return el("nav", { class: "operations", "aria-label": "Operations" }, operations.length > MANY ? search(operations, items) : null, list);
}

function search(operations, items) {
  const id = unique("search");
  const input = el("input", { type: "search", id, placeholder: "Search operations", autocomplete: "off", spellcheck: "false" });
  const count = el("p", { class: "count", role: "status" }, `${items.length} operations`);
  const words = operations.map((each) => `${each.method} ${each.path} ${each.id} ${each.summary ?? ""}`.toLowerCase());
  input.addEventListener("input", () => {
    const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    items.forEach((item, at) => (item.hidden = !wanted.every((word) => words[at].includes(word))));
    count.textContent = `${items.filter((item) => !item.hidden).length} of ${items.length} operations`;
  });
  return el("div", { class: "search" }, el("label", { for: id, class: "unseen" }, "Search operations"), input, count);
}

// Marks the operation that the form has, and shows it in the list.
export function mark(list, operation) {
  for (const link of list?.querySelectorAll("a") ?? []) {
    if (link.dataset.operation === operation.id) {
      link.setAttribute("aria-current", "page");
      const { parentNode: item } = link;
      const box = item.parentNode;
      if (item.offsetTop < box.scrollTop || item.offsetTop + item.offsetHeight > box.scrollTop + box.clientHeight) box.scrollTop = item.offsetTop;
    } else link.removeAttribute("aria-current");
  }
}
