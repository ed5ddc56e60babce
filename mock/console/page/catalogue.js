// The scenarios and the faults: searchable lists in which each entry is a button that sends it. The one
// that the form has is marked.
import { el, unique } from "./dom.js";
import { inline } from "./markdown.js";

// `entries` are {own, name, text, note, about, group, act, more}; `more` is {text, act}. Returns the element, and a function that
// marks the entry of a scenario or a fault.
function searchable(what, entries, empty) {
  const id = unique("search");
  const input = el("input", { type: "search", id, placeholder: `Search ${what}`, autocomplete: "off", spellcheck: "false" });
  const count = el("p", { class: "count", role: "status" });
  const list = el("div", { class: "entries" });
  const groups = new Map();
  const items = entries.map((entry) => {
    const button = el(
      "button",
      { type: "button", class: "entry", onclick: entry.act },
      el("span", { class: "name" }, el("code", {}, entry.name), entry.note ? el("span", { class: "mark", title: entry.about }, entry.note) : null),
      el("span", { class: "text" }, inline(entry.text, false)),
    );
    const more = entry.more ? el("button", { type: "button", class: "shows", "aria-label": `Send ${entry.name} where it shows: ${entry.more.text}`, onclick: entry.more.act }, "Where it shows: ", el("code", {}, entry.more.text)) : null;
    const item = el("li", {}, button, more);
    if (!groups.has(entry.group)) {
      const body = el("ul", {});
      const section = el("section", {}, entry.group ? el("h3", {}, entry.group) : null, body);
      groups.set(entry.group, { body, section });
      list.append(section);
    }
    groups.get(entry.group).body.append(item);
    return { own: entry.own, button, item, words: `${entry.name} ${entry.text} ${entry.note ?? ""} ${entry.about ?? ""}`.toLowerCase() };
  });
  const search = () => {
    const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { item, words } of items) {
      item.hidden = !wanted.every((word) => words.includes(word));
      shown += item.hidden ? 0 : 1;
    }
    for (const { body, section } of groups.values()) section.hidden = ![...body.children].some((item) => !item.hidden);
    count.textContent = !items.length ? empty : wanted.length ? `${shown} of ${items.length}` : `${items.length} ${what}`;
  };
  input.addEventListener("input", search);
  search();
  const choose = (own) => {
    for (const each of items) {
      if (own && each.own === own) each.button.setAttribute("aria-current", "true");
      else each.button.removeAttribute("aria-current");
    }
  };
  const element = el("div", { class: "panel" }, el("div", { class: "search" }, el("label", { for: id, class: "unseen" }, `Search ${what}`), input, count), list);
  return { element, choose };
}

export function scenarioList(contract, tryScenario) {
  const several = contract.operations.length > 1;
  return searchable(
    "scenarios",
    contract.scenarios.map((scenario) => ({
      own: scenario,
      name: scenario.name,
      text: scenario.description,
      group: several ? scenario.operation : "",
      act: () => tryScenario(scenario),
    })),
    "There are no scenarios for this contract.",
  );
}

// The request of an example, as short as possible.
export function exampleText({ path, target, notes }) {
  const query = target.split("?").slice(1).join("?");
  return [`${Object.values(path).join("/")}${query ? `?${query}` : ""}`, ...notes].join(", ");
}

export function faultList(contract, tryFault, showFault) {
  const introduction = el("p", { class: "introduction" }, "Named violations of the contract, to test how your code handles them. Click one to send the request in the form with ", el("code", {}, "Prefer: fault=NAME"), ", or send a request in which it shows.");
  const list = searchable(
    "faults",
    contract.faults.map((fault) => ({
      own: fault,
      name: fault.name,
      text: fault.title + (fault.slow ? " This response is slow." : ""),
      note: fault.requirement,
      about: fault.about,
      group: fault.section,
      act: () => tryFault(fault),
      more: fault.example ? { text: exampleText(fault.example), act: () => showFault(fault) } : null,
    })),
    "There are no faults for this contract: each fault breaks a requirement, and this contract names none.",
  );
  if (contract.faults.length) list.element.prepend(introduction);
  return list;
}
