// The page: facts about the contract, a form to call its operations, and the lists beside it.
import { responsePanel } from "./response.js";
import { faultList, scenarioList } from "./catalogue.js";
import { copyButton } from "./copying.js";
import { el, prose, say } from "./dom.js";
import { Form } from "./form.js";
import { liveList } from "./live.js";
import { send } from "./requesting.js";
import { LANGUAGES } from "./snippets.js";
import { tabs } from "./tabs.js";

const byId = (id) => document.getElementById(id);

async function main() {
  const response = await fetch(new URL("console.json", import.meta.url), { cache: "no-store" });
  if (!response.ok) throw new Error(`the stub returned ${response.status}`);
  const contract = await response.json();
  const tokens = new Map(Object.entries(contract.schemes).map(([id, { token }]) => [id, token ?? ""]));
  introduce(contract);
  const caller = new Caller(contract, tokens, byId("call"));
  const beside = tabs("Requests, scenarios and faults", [
    { id: "requests", label: "Requests", panel: liveList(contract) },
    { id: "scenarios", label: counted("Scenarios", contract.scenarios), panel: scenarioList(contract, (each) => caller.tryScenario(each)) },
    { id: "faults", label: counted("Faults", contract.faults), panel: faultList(contract, (each) => caller.tryFault(each)) },
  ]);
  byId("beside").append(beside.element);
  caller.restore();
  addEventListener("hashchange", () => caller.restore());
}

const counted = (word, entries) => el("span", {}, word, " ", el("small", {}, String(entries.length)));

function introduce(contract) {
  const base = `${location.origin}${contract.base}`;
  document.title = `${contract.title} · stub`;
  byId("title").textContent = location.host;
  byId("served").textContent = contract.title;
  for (const [id, path] of [["json", "/openapi.json"], ["yaml", "/openapi.yaml"]]) {
    byId(id).href = `${contract.base}${path}`;
  }
  if (contract.description) {
    byId("about").append(el("details", {}, el("summary", {}, "Before your first request"), prose(contract.description)));
  }
  const facts = [["Base URL", base, "the base URL"]];
  for (const [id, scheme] of Object.entries(contract.schemes)) {
    const several = Object.keys(contract.schemes).length > 1;
    facts.push([several ? `Token, ${id}` : "Token", scheme.token, "the token", scheme.where]);
  }
  byId("facts").append(
    ...facts.map(([name, value, what, note]) =>
      el(
        "div",
        {},
        el("dt", {}, name, note ? el("small", {}, note) : null),
        el("dd", {}, value ? [el("code", {}, value), copyButton(value, what)] : el("span", { class: "quiet" }, "a token that the stub was started with")),
      ),
    ),
    ...contract.stub.policies.map((policy) =>
      el("div", {}, el("dt", {}, "Policy"), el("dd", {}, policy.name, el("small", {}, policy.title))),
    ),
    el("div", {}, el("dt", {}, "Data"), el("dd", {}, `seed ${contract.stub.seed}`, el("small", {}, "the same data in every run"))),
  );
}

class Caller {
  constructor(contract, tokens, place) {
    this.contract = contract;
    this.tokens = tokens;
    this.place = place;
    this.forms = new Map();
    this.nav = this.#navigation();
    this.stage = el("div", { class: "stage" });
    place.append(...[this.nav, this.stage].filter(Boolean));
  }

  // Restores the operation, its parameters and the preference from the address of the page.
  restore() {
    const said = new URLSearchParams(location.hash.slice(1));
    const id = said.get("operation");
    const operation = this.contract.operations.find((each) => each.id === id) ?? this.contract.operations[0];
    if (!operation) {
      this.stage.replaceChildren(el("p", { class: "empty" }, "This contract has no operation."));
      return;
    }
    this.show(operation);
    for (const { name, in: location_ } of operation.parameters) {
      const value = said.get(name);
      if (value !== null) this.form.set(location_, name, value);
    }
    if (said.has("prefer")) this.form.prefer(said.get("prefer"));
  }

  show(operation) {
    if (this.operation === operation) return;
    this.sending?.abort();
    this.operation = operation;
    if (!this.forms.has(operation.id)) {
      const form = new Form(this.contract, operation, this.tokens, { onsend: () => this.send(), onchange: () => this.#write() });
      this.forms.set(operation.id, form);
    }
    this.form = this.forms.get(operation.id);
    this.response = el("div", { class: "responses" });
    this.stage.replaceChildren(this.#heading(operation), this.form.element, this.response, this.#code());
    for (const link of this.nav?.querySelectorAll("a") ?? []) {
      if (link.dataset.operation === operation.id) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    this.form.onchange();
  }

  tryScenario({ operation, parameter, name }) {
    this.show(this.contract.operations.find((each) => each.id === operation));
    this.form.set("path", parameter, name.replace(/\*$/, "1"));
    this.form.prefer("");
    this.send({ away: true });
  }

  tryFault({ name }) {
    this.form.prefer(`fault=${name}`);
    this.send({ away: true });
  }

  async send({ away = false } = {}) {
    this.sending?.abort();
    const sending = (this.sending = new AbortController());
    const { form, operation, contract } = this;
    const request = form.request();
    if (request.missing.length) {
      this.response.replaceChildren(el("p", { class: "lesson" }, `Enter ${request.missing.join(" and ")}: the path needs a value.`));
      return;
    }
    this.#remember();
    form.button.textContent = "Sending …";
    this.response.setAttribute("aria-busy", "true");
    const response = await send(request, sending.signal);
    if (sending !== this.sending || !response) return;
    form.button.textContent = "Send";
    this.response.removeAttribute("aria-busy");
    const panel = responsePanel(contract, operation, response, (parameter, page) => {
      form.set("query", parameter, String(page));
      this.send();
    });
    const turned = document.activeElement?.closest?.(".paging") ? document.activeElement.getAttribute("aria-label") : null;
    this.response.replaceChildren(panel);
    say(response.status ? `Response ${response.status} ${response.phrase}` : "No response");
    if (turned) {
      const again = [...panel.querySelectorAll(".paging button")];
      (again.find((each) => each.getAttribute("aria-label") === turned && !each.disabled) ?? again.find((each) => !each.disabled))?.focus();
    }
    if (away) {
      panel.focus({ preventScroll: true });
      const { top } = panel.getBoundingClientRect();
      if (top < 0 || top > innerHeight - 200) panel.scrollIntoView({ block: "start" });
    }
  }

  #remember() {
    const said = new URLSearchParams();
    if (this.contract.operations.length > 1) said.set("operation", this.operation.id);
    for (const { name, in: place } of this.operation.parameters) {
      const value = this.form.get(place, name);
      if (value) said.set(name, value);
    }
    if (this.form.outcome) said.set("prefer", this.form.outcome);
    history.replaceState(null, "", `#${said}`);
  }

  #navigation() {
    if (this.contract.operations.length < 2) return null;
    const links = this.contract.operations.map((operation) =>
      el(
        "li",
        {},
        el(
          "a",
          { href: `#operation=${encodeURIComponent(operation.id)}`, "data-operation": operation.id },
          el("span", { class: `method ${operation.method.toLowerCase()}` }, operation.method),
          el("span", { class: "what" }, operation.summary || operation.path),
        ),
      ),
    );
    return el("nav", { class: "operations", "aria-label": "Operations" }, el("ul", {}, links));
  }

  #heading(operation) {
    const parts = operation.path.split(/(\{[^{}]+\})/).map((part) => (part.startsWith("{") ? el("em", {}, part) : part));
    return el(
      "div",
      { class: "operation" },
      el("h2", {}, operation.summary || operation.id),
      el("p", { class: "route" }, el("span", { class: `method ${operation.method.toLowerCase()}` }, operation.method), el("code", {}, this.contract.base, parts)),
      el("div", { class: "told" }, prose(operation.description)),
    );
  }

  #code() {
    this.snippets = LANGUAGES.map(({ id, label, write }) => {
      const text = el("pre", { tabindex: "0", "aria-label": `${label} for this request` });
      return { id, label, write, text };
    });
    const pages = this.snippets.map(({ id, label, text }) => ({
      id,
      label,
      panel: el("div", { class: "panel code" }, copyButton(() => text.textContent, `the ${label} code`), text),
    }));
    return el("section", { class: "snippets", "aria-labelledby": "in-code" }, el("h3", { id: "in-code" }, "Request as code"), tabs("Language", pages).element);
  }

  #write() {
    const request = this.form.request();
    for (const { write, text } of this.snippets ?? []) text.textContent = write(request, this.contract);
  }
}

main().catch((error) => {
  const trouble = byId("trouble");
  trouble.textContent = `The page cannot be shown: ${error.message}. Is the stub still running?`;
  trouble.hidden = false;
});
