// Calls the operations: the form of each, its latest response, and the request as code.
import { copyButton } from "./copying.js";
import { el, say } from "./dom.js";
import { judge } from "./findings.js";
import { Form, scenarioOf } from "./form.js";
import { prose } from "./markdown.js";
import { mark, operationList } from "./operations.js";
import { operationAt, send } from "./requesting.js";
import { responsePanel, touchedNothing } from "./response.js";
import { LANGUAGES } from "./snippets.js";
import { tabs } from "./tabs.js";

export class Caller {
  // `onchange` is called when the form changes.
  onchange = () => {};

  constructor(contract, place) {
    this.contract = contract;
    this.tokens = new Map(Object.entries(contract.schemes).map(([id, { token }]) => [id, token ?? ""]));
    this.forms = new Map();
    this.nav = contract.operations.length > 1 ? operationList(contract.operations) : null;
    this.stage = el("div", { class: "stage" });
    place.append(...[this.nav, this.stage].filter(Boolean));
  }

  // The scenario that the form selects, if any.
  get scenario() {
    const { contract, operation, form } = this;
    const mine = contract.scenarios.filter((each) => each.operation === operation?.id);
    for (const { name, in: place } of operation?.parameters ?? []) {
      const found = place === "path" && scenarioOf(mine.filter(({ parameter }) => parameter === name), form.get(place, name));
      if (found) return found;
    }
    return undefined;
  }

  // The fault that the form prefers, if any.
  get fault() {
    const name = this.form?.outcome.match(/(?:^|,)\s*fault=([^,;\s]+)/)?.[1];
    return this.contract.faults.find((each) => each.name === name);
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
      const form = new Form(this.contract, operation, this.tokens, { onsend: () => this.send(), onchange: () => this.#changed() });
      this.forms.set(operation.id, form);
    }
    this.form = this.forms.get(operation.id);
    this.response = el("div", { class: "responses" });
    this.stage.replaceChildren(this.#heading(operation), this.form.element, this.response, this.#code());
    mark(this.nav, operation);
    this.form.onchange();
  }

  tryScenario({ operation, parameter, name }) {
    this.show(this.contract.operations.find((each) => each.id === operation));
    this.form.set("path", parameter, name.replace(/\*$/, "1"));
    this.form.prefer("");
    return this.send();
  }

  tryFault({ name }) {
    this.form.prefer(`fault=${name}`);
    return this.send();
  }

  // Sends a request in which a fault shows, after or beside the requests that it needs.
  async showFault({ name, example }) {
    const { first, meanwhile, times } = example;
    const prefer = `fault=${name}`;
    for (const before of first ? [first] : []) await send(this.#load(before, prefer));
    const beside = meanwhile ? this.#load(meanwhile, prefer) : null;
    const request = this.#load(example, prefer);
    if (beside) send(beside);
    for (let number = 1; number < times; number += 1) {
      const response = await send(request);
      if (!response.status || !touchedNothing(response)) return this.#shown(request, response);
    }
    return this.send();
  }

  #load({ operation, method, target, path, token, headers }, prefer) {
    this.show(this.contract.operations.find((each) => each.id === operation));
    const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    this.form.load({ values: new Map(Object.entries(path)), target, method, headers: new Map([...named, ["prefer", prefer]]), token });
    return this.form.request();
  }

  // Sends a request of the list again, with the token in the form if it had one.
  again({ method, target, headers, body }) {
    const { operation, values } = operationAt(this.contract, method, target);
    this.show(operation);
    this.form.load({ values, target, method, headers: new Map(headers), body });
    return this.send();
  }

  async send() {
    this.sending?.abort();
    const sending = (this.sending = new AbortController());
    const { form } = this;
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
    await this.#shown(request, response);
  }

  async #shown(request, response) {
    const { contract, form, operation, sending } = this;
    const judged = await judge(request, response);
    if (sending !== this.sending) return;
    form.button.textContent = "Send";
    this.response.removeAttribute("aria-busy");
    const panel = responsePanel({
      contract,
      operation,
      request,
      response,
      judged,
      selected: this.part,
      fault: this.fault,
      showFault: (fault) => this.showFault(fault),
      onshow: (part) => (this.part = part),
      go: (parameter, page) => {
        form.set("query", parameter, String(page));
        this.send();
      },
    });
    const turned = document.activeElement?.closest?.(".paging") ? document.activeElement.getAttribute("aria-label") : null;
    this.response.replaceChildren(panel);
    say([response.status ? `Response ${response.status} ${response.phrase}` : "No response", judged.findings.length ? `${judged.findings.length} findings` : ""].filter(Boolean).join(", "));
    if (turned) {
      const again = [...panel.querySelectorAll(".paging button")];
      (again.find((each) => each.getAttribute("aria-label") === turned && !each.disabled) ?? again.find((each) => !each.disabled))?.focus();
    }
    // The keyboard of a phone would cover the response.
    if (matchMedia("(pointer: coarse)").matches && document.activeElement?.matches("input")) document.activeElement.blur();
    const { top } = panel.getBoundingClientRect();
    if (top < 0 || top > innerHeight - 160) {
      if (!form.element.contains(document.activeElement)) panel.focus({ preventScroll: true });
      panel.scrollIntoView({ block: "start" });
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

  #heading(operation) {
    const parts = operation.path.split(/(\{[^{}]+\})/).map((part) => (part.startsWith("{") ? el("em", {}, part) : part));
    return el(
      "div",
      { class: "operation" },
      el("h2", {}, operation.summary || operation.id),
      el("p", { class: "route" }, el("span", { class: `method ${operation.method.toLowerCase()}` }, operation.method), el("code", {}, this.contract.base, parts)),
      operation.description ? el("details", { class: "about" }, el("summary", {}, "About this operation"), prose(operation.description)) : null,
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

  #changed() {
    const request = this.form.request();
    for (const { write, text } of this.snippets ?? []) text.textContent = write(request, this.contract);
    this.onchange();
  }
}
