// The fields of a response, each with its value, its meaning in the contract, and what the contract
// finds wrong with it.
import { capital, el } from "./dom.js";
import { mark } from "./findings.js";
import { brief, inline } from "./markdown.js";
import { element, isObject, members } from "./schema.js";

const MOST_ROWS = 400;

// Returns the rows of a value. The fields of an object are in the order of the contract; fields that
// hold objects come after the others, and unknown fields come last. `chosen` maps the path of an
// array to the index of the element to show.
export function rowsOf(schemas, key, value, chosen = () => 0) {
  const rows = [];
  if (isObject(value)) inside(schemas[key], value, "");
  else walk({ key, required: true }, value, "", "");
  return rows;

  function walk(at, value, path, name) {
    const schema = schemas[at.key];
    const group = isObject(value);
    push({ path, name, value, schema, group, required: at.required });
    if (group) inside(schema, value, path);
    else if (Array.isArray(value)) elements(schema, value, path, name);
  }

  function elements(schema, value, path, name) {
    const at = Math.min(chosen(path), value.length - 1);
    const key = schema && element(schemas, schema);
    if (value.length) walk({ key, required: true }, value[at], `${path}[${at}]`, `${name}[${at}]`);
    else if (key) absent({ key, required: true }, `${path}[]`, `${name}[]`, 0);
  }

  function inside(schema, value, path) {
    const known = members(schemas, schema);
    const below = (own) => (path ? `${path}.${own}` : own);
    const holds = (own) => typeof value[own] === "object" && value[own] !== null;
    const names = Object.keys(known);
    for (const own of [...names.filter((each) => !holds(each)), ...names.filter(holds)]) {
      if (own in value) walk(known[own], value[own], below(own), own);
      else if (known[own].required) {
        push({ path: below(own), name: own, schema: schemas[known[own].key], required: true, missing: true });
      } else absent(known[own], below(own), own, 8);
    }
    for (const own of Object.keys(value)) {
      if (!(own in known)) walk({ key: schema?.values, required: true }, value[own], below(own), own);
    }
  }

  // Absent fields have rows, too: an empty list shows the fields of an element.
  function absent(at, path, name, depth) {
    const schema = schemas[at.key];
    const known = members(schemas, schema);
    const group = Object.keys(known).length > 0 && depth < 4;
    push({ path, name, schema, group, required: at.required, absent: true });
    if (!group) return;
    const holds = (own) => Object.keys(members(schemas, schemas[known[own].key])).length > 0;
    const names = Object.keys(known);
    for (const own of [...names.filter((each) => !holds(each)), ...names.filter(holds)]) {
      absent(known[own], `${path}.${own}`, own, depth + 1);
    }
  }

  function push(row) {
    if (rows.length < MOST_ROWS) rows.push(row);
  }
}

const kind = (value) => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);

// `found` has the findings of each path.
export function fieldsTable(rows, found) {
  return el(
    "table",
    { class: "fields" },
    el("caption", { class: "unseen" }, "The fields of the response and what they mean"),
    el("thead", {}, el("tr", {}, ["Field", "Value", "Meaning"].map((text) => el("th", { scope: "col" }, text)))),
    el("tbody", {}, rows.map((row) => rowOf(row, found.get(row.path) ?? []))),
    rows.length >= MOST_ROWS ? el("tfoot", {}, el("tr", {}, el("td", { colspan: "3" }, `Only the first ${MOST_ROWS} fields are shown.`))) : null,
  );
}

function rowOf(row, findings) {
  const { path, name, value, schema, required, group, absent, missing } = row;
  const before = path.slice(0, path.length - name.length);
  const wrong = findings.map((finding) => el("p", { class: "wrong" }, capital(finding.message), ". ", mark(finding)));
  const kinds = [group ? "group" : "", absent ? "absent" : "", findings.length ? "trouble" : ""].filter(Boolean).join(" ");
  const own = { class: kinds || null, "data-path": path };
  if (group) {
    const text = [el("code", {}, before, el("b", {}, name)), el("span", {}, inline(brief(schema?.description ?? "")))];
    return el("tr", own, el("th", { scope: "colgroup", colspan: "3" }, el("div", {}, text), wrong));
  }
  return el(
    "tr",
    own,
    el("th", { scope: "row" }, el("code", {}, el("span", { class: "before" }, before), path ? el("b", {}, name) : "the body")),
    el("td", { class: "value" }, missing ? el("span", { class: "chip bad" }, "missing") : absent ? el("span", { class: "quiet" }, "–") : valueOf(value)),
    el("td", { class: "meaning" }, wrong, meaningOf(schema, value, required)),
  );
}

function valueOf(value) {
  if (Array.isArray(value)) return el("span", { class: "quiet" }, value.length === 1 ? "1 element" : `${value.length || "no"} elements`);
  if (isObject(value)) return el("span", { class: "quiet" }, "an object");
  const text = JSON.stringify(value);
  return el("code", { class: value === null ? "null" : kind(value) }, text.length > 240 ? `${text.slice(0, 240)}…` : text);
}

function meaningOf(schema, value, required) {
  if (!schema) return el("p", { class: "quiet" }, "Not in the contract.");
  const words = [schema.type ?? "any", schema.format, schema.nullable ? "may be null" : null, required === false ? "may be missing" : null];
  const parts = [];
  if (schema.description) parts.push(el("p", {}, inline(brief(schema.description))));
  if (schema.enum && schema.enum.length > 1) {
    const choices = schema.enum.map((each) => {
      const here = each === value;
      return el("code", { class: here ? "choice here" : "choice" }, String(each) === "" ? '""' : String(each), here ? el("span", { class: "unseen" }, " (this one)") : null);
    });
    parts.push(el("p", { class: "choices" }, choices));
  }
  parts.push(el("p", { class: "kind" }, words.filter(Boolean).join(" · ")));
  return parts;
}
