// The form of an operation, built from its parameters. It validates nothing, so that you see the
// stub's error responses.
import { capital, el } from "./dom.js";
import { control, field } from "./controls.js";
import { inline, sentence } from "./markdown.js";
import { MASK, requestOf } from "./requesting.js";

// The tokens that a request has in which a fault shows, made of the valid one.
const TOKENS = {
  none: () => "",
  empty: () => "",
  wrong: () => "unknown-token",
  beginning: (token) => token.slice(0, -1),
  suffix: (token) => `${token}x`,
  "other case": (token) => (token === token.toLowerCase() ? token.toUpperCase() : token.toLowerCase()),
  "behind Bearer": (token) => `Bearer ${token}`,
};

export class Form {
  // `tokens` are shared by the forms of all operations, by the id of their scheme.
  constructor(contract, operation, tokens, { onsend, onchange }) {
    this.contract = contract;
    this.operation = operation;
    this.tokens = tokens;
    this.inputs = new Map();
    this.headers = new Map();
    this.button = el("button", { type: "submit", class: "primary" }, "Send");
    this.element = el(
      "form",
      { class: "form", novalidate: true, autocomplete: "off", "aria-label": `Parameters of ${operation.id}` },
      el("div", { class: "grid compact" }, this.#parameters(), this.#credentials()),
      this.#hints(),
      this.#body(),
      this.#chosen(),
      el("div", { class: "actions" }, this.button, (this.preview = el("code", { class: "preview" }))),
      this.#more(),
    );
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      onsend();
    });
    this.onchange = () => {
      const { method, url } = this.request();
      this.preview.textContent = `${method} ${url.slice(location.origin.length)}`;
      this.#summarise();
      onchange();
    };
    this.element.addEventListener("input", () => {
      this.exact = null;
      this.onchange();
    });
  }

  set(place, name, value) {
    const input = this.inputs.get(`${place} ${name}`);
    if (!input) return;
    this.exact = null;
    input.value = value;
    if (place === "path" && this.scenario) this.#pick(value);
    this.onchange();
  }

  // Fills in a request of the list, or one in which a fault shows: `values` are in its path, `headers`
  // by names in lower case, and `token` says in a word which one it has. Until the form is changed, it
  // is sent exactly as it was.
  load({ values, target, method, headers, body = "", token }) {
    const query = target.slice(target.split("?", 1)[0].length + 1);
    const pairs = query.split("&").filter(Boolean);
    const name = (pair) => new URLSearchParams(pair).keys().next().value;
    const sent = new URLSearchParams(query);
    const known = new Set();
    for (const { name: own, in: place } of this.operation.parameters) {
      const input = this.inputs.get(`${place} ${own}`);
      if (!input) continue;
      if (place === "query") known.add(own);
      input.value = place === "path" ? values.get(own) : place === "query" ? sent.getAll(own).join(",") : (headers.get(own.toLowerCase()) ?? "");
    }
    for (const id of this.operation.security) {
      const { in: place, name: own, form, token: shown } = this.contract.schemes[id];
      const input = this.inputs.get(`token ${id}`);
      if (!input) continue;
      if (place === "query") known.add(own);
      const valid = shown ?? this.tokens.get(id);
      const text = place === "query" ? (sent.get(own) ?? "") : (headers.get(own.toLowerCase()) ?? "");
      // The list has no token, so the valid one is sent.
      input.value = token ? TOKENS[token]?.(valid) ?? valid : (form === "raw" ? text : text.replace(/^\w+ +/, "")).replace(MASK, valid);
      this.tokens.set(id, input.value);
    }
    for (const [own, input] of this.headers) input.value = headers.get(own.toLowerCase()) ?? "";
    this.extra.value = pairs.filter((pair) => !known.has(name(pair))).join("&");
    if (this.body) this.body.value = body;
    this.delay.value = "0";
    if (this.scenario) this.#pick(this.get("path", this.scenario.parameter));
    this.prefer(headers.get("prefer") ?? "");
    this.exact = target.includes(MASK) || target.includes("***") ? null : { method, url: `${location.origin}${target}` };
    this.onchange();
  }

  get(place, name) {
    return this.inputs.get(`${place} ${name}`)?.value ?? "";
  }

  get outcome() {
    return this.choice.value;
  }

  // Selects a preference such as `code=404`; adds an option for it if there is none.
  prefer(text) {
    if (text && ![...this.choice.options].some((option) => option.value === text)) {
      this.others.append(el("option", { value: text }, text));
      if (!this.others.isConnected) this.choice.append(this.others);
    }
    this.exact = null;
    this.choice.value = text;
    this.onchange();
  }

  request() {
    const values = new Map([...this.inputs].map(([name, input]) => [name, input.value]));
    const headers = [...this.headers].map(([name, input]) => [name, input.value]);
    const delay = this.delay.value.trim();
    const prefer = [this.choice.value, delay && delay !== "0" ? `delay=${delay}` : ""].filter(Boolean).join(", ");
    const body = this.body?.value.trim() ? this.body.value : "";
    const request = requestOf(this.contract, this.operation, {
      values,
      headers,
      tokens: this.tokens,
      body,
      mediaType: this.mediaType?.value,
      prefer,
      more: this.extra.value.trim().replace(/^[?&]+/, ""),
    });
    return { ...request, ...this.exact };
  }

  #parameters() {
    return this.operation.parameters.map((parameter) => {
      const { name } = parameter;
      if (parameter.in === "cookie") {
        const text = "A cookie, which the browser sends by itself. Use cURL to test it.";
        return el("div", { class: "field" }, el("p", { class: "label" }, el("code", {}, name)), el("p", { class: "hint" }, text));
      }
      const schema = this.contract.schemas[parameter.schema] ?? {};
      const given = parameter.required ? parameter.given : undefined;
      const input = control(schema, given, parameter.required);
      this.inputs.set(`${parameter.in} ${name}`, input);
      const hint = [`${capital(parameter.allowed)}. `, ...inline(sentence(parameter.description))];
      const picker = parameter.in === "path" ? this.#picker(name) : null;
      const shape = picker ? "broad" : parameter.in !== "path" && ["integer", "boolean"].includes(schema.type) ? "narrow" : "";
      return field(name, `${parameter.in}${parameter.required ? "" : ", optional"}`, input, hint, picker, shape);
    });
  }

  #picker(parameter) {
    const mine = this.contract.scenarios.filter(
      (each) => each.operation === this.operation.id && each.parameter === parameter,
    );
    if (!mine.length || this.scenario) return null;
    const select = el(
      "select",
      { class: "picker", "aria-label": `Scenario for ${parameter}` },
      el("option", { value: "" }, "No scenario"),
      mine.map(({ name }) => el("option", { value: name }, name)),
    );
    this.scenario = { select, mine, parameter };
    select.addEventListener("change", () => {
      if (select.value) this.set("path", parameter, select.value.replace(/\*$/, "1"));
    });
    this.inputs.get(`path ${parameter}`).addEventListener("input", (event) => this.#pick(event.target.value));
    queueMicrotask(() => this.#pick(this.get("path", parameter)));
    return select;
  }

  #pick(value) {
    const { select, mine } = this.scenario;
    const found = scenarioOf(mine, value);
    select.value = found?.name ?? "";
    this.told.replaceChildren(...inline(found?.description ?? "Not a scenario. Every other value has its own generated data."));
  }

  // One line for all parameters: it describes the scenario, or the field that has the focus.
  #hints() {
    this.told = el("p", { class: "hint told", "aria-live": "polite" }, this.inputs.size ? "Select a field to read what it means." : "");
    const line = el("p", { class: "hint", "aria-hidden": "true", hidden: true });
    const show = (event) => {
      const own = event.type === "focusin" && event.target.closest(".compact .field:not(.broad)")?.querySelector(".hint");
      if (own) line.replaceChildren(...[...own.childNodes].map((node) => node.cloneNode(true)));
      line.hidden = !own;
      this.told.hidden = Boolean(own);
    };
    queueMicrotask(() => {
      this.element.addEventListener("focusin", show);
      this.element.addEventListener("focusout", show);
    });
    return el("div", { class: "hints" }, this.told, line);
  }

  #credentials() {
    return this.operation.security.map((id) => {
      const scheme = this.contract.schemes[id];
      if (scheme.in === "cookie") return null;
      const input = el("input", { type: "text", spellcheck: "false", autocapitalize: "off" });
      input.value = this.tokens.get(id) ?? "";
      input.addEventListener("input", () => this.tokens.set(id, input.value));
      const hint = scheme.token
        ? `${capital(scheme.how)}. Clear the field to send no token.`
        : `Enter a token that this stub was started with: ${scheme.how}.`;
      this.inputs.set(`token ${id}`, input);
      return field(scheme.name, `${scheme.in}, token`, input, [hint]);
    });
  }

  #body() {
    const { body } = this.operation;
    if (!body) return null;
    const choices = body.media.map(({ type }) => el("option", { value: type }, type));
    this.mediaType = el("select", { "aria-label": "Media type of the body" }, choices);
    this.body = el("textarea", { rows: "8", spellcheck: "false" });
    const fill = () => {
      const { given } = body.media.find(({ type }) => type === this.mediaType.value);
      this.body.value = typeof given === "string" ? given : given === null ? "" : JSON.stringify(given, null, 2);
    };
    this.mediaType.addEventListener("change", fill);
    fill();
    return field("Body", body.required ? "" : "optional", this.body, [], choices.length > 1 ? this.mediaType : null, "broad");
  }

  #more() {
    const { operation } = this;
    this.choice = el("select", {}, el("option", { value: "" }, "Default"));
    const statuses = operation.responses.filter(({ status }) => /^\d+$/.test(status));
    const examples = [...new Set(operation.responses.flatMap(({ media }) => media.flatMap((each) => Object.keys(each.examples))))];
    this.choice.append(
      el("optgroup", { label: "Status" }, statuses.map(({ status, description }) =>
        el("option", { value: `code=${status}` }, `${status}: ${sentence(description)}`))),
    );
    const named = examples.filter((name) => name !== "example");
    if (named.length) {
      const options = named.map((name) => el("option", { value: `example=${name}` }, name));
      this.choice.append(el("optgroup", { label: "Example" }, options));
    }
    this.others = el("optgroup", { label: "Other" });
    this.delay = el("input", { type: "text", inputmode: "numeric", value: "0" });
    const headers = operation.headers.map(({ name, value, description }) => {
      const input = el("input", { type: "text", spellcheck: "false", value });
      this.headers.set(name, input);
      return field(name, "header", input, inline(sentence(description)));
    });
    this.extra = el("input", { type: "text", spellcheck: "false", autocapitalize: "off" });
    this.more = el(
      "details",
      { class: "more" },
      el("summary", {}, "Outcome, delay and more"),
      el(
        "div",
        { class: "grid compact" },
        field("Outcome", "header Prefer", this.choice, ["The response to return instead of the default one."]),
        field("Delay", "header Prefer", this.delay, ["The delay of the response in milliseconds, at most 60000."]),
        headers,
        field("More", "query", this.extra, ["Parameters that the contract does not have, such as ", el("code", {}, "name=value"), "."]),
      ),
    );
    return this.more;
  }

  // Shows the preference even if its part of the form is collapsed.
  #chosen() {
    const forget = () => {
      this.delay.value = "0";
      this.prefer("");
      this.button.focus();
    };
    this.preferred = el("code", {});
    this.chosen = el("p", { class: "chosen" }, this.preferred, el("button", { type: "button", onclick: forget }, "Reset to default"));
    return this.chosen;
  }

  #summarise() {
    const prefer = this.request().headers.get("Prefer");
    this.preferred.textContent = `Prefer: ${prefer ?? ""}`;
    this.chosen.hidden = !prefer;
  }
}

// Returns the scenario of a value in the path.
export const scenarioOf = (scenarios, value) =>
  scenarios.find(({ name }) => name === value) ?? scenarios.find(({ name }) => name.endsWith("*") && value.startsWith(name.slice(0, -1)));
