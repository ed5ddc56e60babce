// The rows of a page as a table: one column for each field in the contract's schema of a row.
import { el } from "./dom.js";
import { placeOf } from "./findings.js";
import { at, below, element, isObject, members } from "./schema.js";

const MOST_ROWS = 500;
const MOST_COLUMNS = 60;

// `pick` is called with the index of a row, to show its fields.
export function itemsTable({ contract, operation, schema, items, findings, pick }) {
  const { schemas } = contract;
  const key = element(schemas, below(schemas, schema, operation.list.items));
  const columns = [...columnsOf(schemas, key), ...unknown(schemas, key, items)].slice(0, MOST_COLUMNS);
  const { row: noun, rows: nouns } = operation.list.nouns;
  const shown = items.slice(0, MOST_ROWS);
  const found = new Map();
  for (const finding of findings) if (finding.row !== null) found.set(finding.row, [...(found.get(finding.row) ?? []), finding]);
  const head = columns.map(({ path, schema: own }) =>
    el("th", { scope: "col", title: own?.description?.trim() || null }, path.length > 1 ? el("small", {}, `${path.slice(0, -1).join(".")}.`) : null, path.at(-1) ?? "value", own ? null : el("small", { class: "wrong" }, " not in the contract")),
  );
  return el(
    "div",
    { class: "scrolled", tabindex: "0", role: "region", "aria-label": `Table of ${nouns}` },
    el(
      "table",
      { class: "items" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, el("span", { class: "unseen" }, "Row")), head)),
      el("tbody", {}, shown.map((item, index) => rowOf(item, index, columns, found.get(index) ?? [], noun, pick))),
      items.length > MOST_ROWS ? el("tfoot", {}, el("tr", {}, el("td", { colspan: columns.length + 1 }, `Only the first ${MOST_ROWS} ${nouns} are shown.`))) : null,
    ),
  );
}

function rowOf(item, index, columns, findings, noun, pick) {
  const number = el("button", { type: "button", class: "row", "aria-label": `Fields of ${noun} ${index + 1}`, onclick: () => pick(index) }, String(index + 1));
  const whole = findings.filter(({ field }) => !field);
  return el(
    "tr",
    { class: findings.length ? "trouble" : null },
    el("th", { scope: "row", class: whole.length ? "wrong" : null, title: whole.map(told).join("\n") || null }, number),
    columns.map(({ path }) => {
      const name = path.join(".");
      const own = findings.filter(({ field }) => field && (field === name || field.startsWith(`${name}.`) || name.startsWith(`${field}.`)));
      const text = own.map(told).join("\n");
      return el("td", { class: own.length ? "wrong" : null, title: text || null }, cell(at(item, path)), own.length ? el("span", { class: "unseen" }, ` ${text}`) : null);
    }),
  );
}

const told = (finding) => `${placeOf(finding)}: ${finding.message} ${finding.requirement ?? ""}`.trim();

function cell(value) {
  if (value === undefined) return el("span", { class: "quiet" }, "missing");
  if (Array.isArray(value)) return el("span", { class: "quiet" }, `${value.length} elements`);
  if (isObject(value)) return el("span", { class: "quiet" }, "an object");
  if (value === null) return el("span", { class: "null" }, "null");
  if (value === "") return el("span", { class: "quiet" }, '""');
  const text = String(value);
  return el("span", { class: typeof value }, text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

function columnsOf(schemas, key, path = [], around = []) {
  const schema = schemas[key];
  const inner = Object.entries(members(schemas, schema));
  if (!inner.length || around.includes(key) || path.length > 3) return [{ path, schema }];
  return inner.flatMap(([name, own]) => columnsOf(schemas, own.key, [...path, name], [...around, key]));
}

// The members of rows that the contract does not know, as columns.
function unknown(schemas, key, items) {
  const known = members(schemas, schemas[key]);
  const names = new Set(items.flatMap((item) => (isObject(item) && Object.keys(known).length ? Object.keys(item) : [])));
  return [...names].filter((name) => !(name in known)).map((name) => ({ path: [name] }));
}
