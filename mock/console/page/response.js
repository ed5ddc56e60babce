// The response panel: status, what the contract finds, rows, fields with their meaning, and paging.
import { exampleText } from "./catalogue.js";
import { copyButton } from "./copying.js";
import { capital, el } from "./dom.js";
import { fieldsTable, rowsOf } from "./fields.js";
import { ask, exchangeOf, findingsList, ignoredText } from "./findings.js";
import { itemsTable } from "./items.js";
import { inline } from "./markdown.js";
import { at, pathOf } from "./schema.js";
import { tabs } from "./tabs.js";

const MOST_SHOWN = 200_000;

export const tone = (status) => (status === 0 ? "bad" : status < 300 ? "good" : status < 400 ? "calm" : status < 500 ? "warn" : "bad");

// `judged` is what the stub finds in the response, `go` turns the page, and `selected` is the part
// that was shown before; `onshow` is told which part is shown.
export function responsePanel({ contract, operation, request, response, judged, go, selected, onshow, fault, showFault }) {
  const described = describedBy(operation, response.status);
  const media = described?.media.find(({ type }) => /json/.test(type));
  const read = parse(response.text);
  const pages = [];
  const fields = read.ok && (media?.schema || typeof read.value === "object") ? fieldsPanel(contract, operation, media, read.value, judged.findings) : null;
  const items = fields && operation.list && media?.schema ? at(read.value, operation.list.items) : undefined;
  const pick = (row, path) => {
    parts.show("fields");
    fields.go(row, path);
  };
  if (Array.isArray(items)) {
    const { rows } = operation.list.nouns;
    const table = items.length ? itemsTable({ contract, operation, schema: media.schema, items, findings: judged.findings, pick }) : el("p", { class: "empty" }, `This page has no ${rows}.`);
    pages.push({ id: "items", label: capital(rows), panel: el("div", { class: "panel" }, table) });
  }
  if (fields) pages.push({ id: "fields", label: "Fields", panel: fields.panel });
  pages.push({ id: "body", label: "Body", panel: bodyPanel(request, response, read) });
  pages.push({ id: "headers", label: `Headers`, panel: headersPanel(response, described) });
  const parts = tabs("Parts of the response", pages, { selected, onshow });
  const found = findingsList(judged, (finding) => fields && pick(finding.row, pathOf(read.value, finding.place)));
  const ignored = ignoredText(judged.ignored);
  return el(
    "section",
    { class: "response", "aria-label": "Response", tabindex: "-1" },
    el(
      "div",
      { class: "outcome" },
      el("span", { class: `status ${tone(response.status)}` }, response.status ? `${response.status} ${response.phrase}` : "No response"),
      el("span", { class: "measure" }, `${time(response.took)} · ${bytes(new Blob([response.text]).size)}`),
      judged.judged && !found ? el("span", { class: "chip good" }, "Matches schemas and laws") : null,
      paging(operation, read.ok ? read.value : null, go),
    ),
    ignored ? el("p", { class: "lesson" }, `${ignored}.`) : null,
    lesson(contract, response, described, read, header(response, "content-type")),
    touchedNothing(response) ? harmless(fault, showFault) : null,
    judged.reason ? el("p", { class: "lesson" }, `The stub did not judge the response: ${judged.reason}`) : null,
    found,
    response.status ? parts.element : null,
  );
}

function describedBy(operation, status) {
  const named = (key) => operation.responses.find((each) => each.status.toUpperCase() === key);
  return named(String(status)) ?? named(`${Math.floor(status / 100)}XX`) ?? named("DEFAULT");
}

const header = (response, name) => response.headers.find(([own]) => own === name)?.[1] ?? "";

function parse(text) {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, error: error.message };
  }
}

function lesson(contract, response, described, read, type) {
  const parts = [];
  let bad = response.status === 0 || response.status >= 500;
  if (response.failure) {
    parts.push(el("p", {}, response.failure));
    bad = true;
  }
  if (response.status >= 400) {
    if (described) parts.push(el("p", { class: "strong" }, inline(described.description.trim())));
    else parts.push(el("p", { class: "strong" }, `The contract does not define status ${response.status} for this operation.`));
    const error = contract.error;
    const detail = read.ok && error ? at(read.value, error.detail) ?? at(read.value, error.message) : undefined;
    if (typeof detail === "string") parts.push(el("p", {}, detail.replace(/^rpc error: code = \w+ desc = /, "")));
    const wait = header(response, "retry-after");
    if (wait) parts.push(el("p", {}, "Wait before you retry: ", el("code", {}, `Retry-After: ${wait}`)));
  }
  if (response.status && response.text && !read.ok) {
    const what = /json/.test(type) ? "The Content-Type is JSON, but the body is not valid JSON" : `The body is not JSON; its Content-Type is ${type || "missing"}`;
    parts.push(el("p", {}, `${what}: ${read.error}`));
    bad = true;
  }
  return parts.length ? el("div", { class: bad ? "lesson bad" : "lesson" }, parts) : null;
}

export const touchedNothing = (response) => /\bfault=[^,]*;\s*touched=0\b/.test(header(response, "preference-applied"));

function harmless(fault, showFault) {
  const more = fault?.example ? el("button", { type: "button", onclick: () => showFault(fault) }, `Send ${exampleText(fault.example)}`) : null;
  return el("p", { class: "lesson" }, "The fault changed nothing in this response. ", more);
}

function paging(operation, body, go) {
  const { paging: places } = operation;
  const pages = at(body, places?.pages);
  const current = at(body, places?.current);
  if (!Number.isInteger(pages) || !Number.isInteger(current)) return null;
  const total = at(body, places.total);
  const turn = (label, text, to) => {
    const away = to < 1 || to > Math.max(pages, 1);
    return el("button", { type: "button", "aria-label": label, disabled: away, onclick: () => go(places.page, to) }, text);
  };
  return el(
    "nav",
    { class: "paging", "aria-label": "Pages" },
    turn("First page", "«", current === 1 ? 0 : 1),
    turn("Previous page", "‹", Math.min(current - 1, Math.max(pages, 1))),
    el("span", {}, "Page ", el("b", {}, String(current)), ` of ${pages}`, el("small", {}, `${total} in total`)),
    turn("Next page", "›", current + 1),
    turn("Last page", "»", current === pages ? 0 : pages),
  );
}

function fieldsPanel(contract, operation, media, value, findings) {
  const panel = el("div", { class: "panel" });
  const places = operation.list;
  const items = places ? at(value, places.items) : undefined;
  const path = places?.items.join(".");
  const found = new Map();
  for (const finding of findings) {
    const own = pathOf(value, finding.place);
    found.set(own, [...(found.get(own) ?? []), finding]);
  }
  let index = 0;
  const draw = () => {
    const rows = rowsOf(contract.schemas, media?.schema, value, (own) => (own === path ? index : 0));
    const steps = Array.isArray(items) && items.length > 1 ? stepper() : null;
    const table = el("div", { class: "scrolled", tabindex: "0", role: "region", "aria-label": "Table of fields" }, fieldsTable(rows, found));
    panel.replaceChildren(...[steps, table].filter(Boolean));
  };
  const stepper = () => {
    const step = (label, text, to) =>
      el("button", {
        type: "button",
        "aria-label": label,
        "data-step": text,
        disabled: to < 0 || to >= items.length,
        onclick: () => {
          index = to;
          draw();
          const again = panel.querySelector(`[data-step="${text}"]`);
          (again.disabled ? panel.querySelector("[data-step]:not(:disabled)") : again)?.focus();
        },
      }, text);
    return el("p", { class: "stepper" }, step("Previous item", "‹", index - 1), el("span", { "aria-live": "polite" }, `${capital(places.nouns.row)} ${index + 1} of ${items.length}`), step("Next item", "›", index + 1));
  };
  // Shows a row, and the field at a path, if there is one.
  const go = (row, own) => {
    if (row !== null) index = row;
    draw();
    const start = own ?? (row === null ? "" : `${path}[${row}]`);
    const target = [...panel.querySelectorAll("tr[data-path]")].find(({ dataset }) => dataset.path.startsWith(start));
    panel.scrollIntoView({ block: "nearest" });
    target?.scrollIntoView({ block: "nearest" });
    target?.closest(".scrolled").focus({ preventScroll: true });
  };
  draw();
  return { panel, go };
}

function bodyPanel(request, response, read) {
  const whole = read.ok ? JSON.stringify(read.value, null, 2) : response.text;
  const shown = whole.length > MOST_SHOWN ? `${whole.slice(0, MOST_SHOWN)}\n… ${whole.length - MOST_SHOWN} more characters` : whole;
  return el(
    "div",
    { class: "panel" },
    el(
      "p",
      { class: "controls" },
      whole ? copyButton(whole, "the body") : null,
      response.failure ? null : copyButton(() => ask("as-scenario", exchangeOf(request, response)), "this response", "Copy as scenario"),
    ),
    whole ? el("pre", { tabindex: "0", "aria-label": "Body" }, shown) : el("p", { class: "quiet" }, response.failure ? "Browsers keep nothing of this body." : "The body is empty."),
  );
}

function headersPanel(response, described) {
  const told = new Map(Object.entries(described?.headers ?? {}).map(([name, text]) => [name.toLowerCase(), text]));
  return el(
    "div",
    { class: "panel" },
    el(
      "dl",
      { class: "headers" },
      response.headers.map(([name, value]) =>
        el("div", {}, el("dt", {}, el("code", {}, name)), el("dd", {}, el("code", {}, value), told.get(name) ? el("p", { class: "hint" }, inline(told.get(name))) : null)),
      ),
    ),
  );
}

export const time = (ms) => (ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`);

export const bytes = (number) => (number < 1000 ? `${number} B` : number < 1_000_000 ? `${(number / 1000).toFixed(1)} kB` : `${(number / 1_000_000).toFixed(1)} MB`);
