// What the contract's schemas and laws find in a response. The stub judges it; the page repeats no
// rule of the contract.
import { el } from "./dom.js";

// Asks the stub about an exchange. Returns the text of its response, or raises why there is none.
export async function ask(name, sent) {
  const response = await fetch(new URL(name, import.meta.url), { method: "POST", body: JSON.stringify(sent) });
  if (response.ok) return response.text();
  throw new Error(response.status === 413 ? "it is too large" : reasonOf(await response.text()));
}

function reasonOf(text) {
  try {
    const { detail, message } = JSON.parse(text);
    return detail ?? message ?? text;
  } catch {
    return text;
  }
}

export const exchangeOf = (request, response) => ({
  method: request.method,
  target: request.url.slice(location.origin.length),
  status: response.status,
  headers: response.headers,
  body: response.text,
});

// Returns {judged, findings, more, ignored}, or {reason} if the stub cannot judge the response.
export async function judge(request, response) {
  if (!response.status) return { judged: false, findings: [], more: 0, ignored: [] };
  try {
    return JSON.parse(await ask("findings", exchangeOf(request, response)));
  } catch (error) {
    return { judged: false, findings: [], more: 0, ignored: [], reason: error.message };
  }
}

export const placeOf = ({ row, field }) => [row === null ? "" : `row ${row + 1}`, field].filter(Boolean).join(", ") || "the body";

// `pick` shows the field of a finding.
export function findingsList({ findings, more }, pick) {
  if (!findings.length) return null;
  const count = findings.length + more;
  return el(
    "div",
    { class: "lesson bad findings" },
    el("p", { class: "strong" }, `The response violates the contract in ${count} ${count === 1 ? "place" : "places"}:`),
    el(
      "ol",
      { tabindex: "0", "aria-label": "Findings" },
      findings.map((finding) =>
        el("li", {}, el("button", { type: "button", class: "entry", onclick: () => pick(finding) }, el("code", {}, placeOf(finding)), " ", el("span", { class: "message" }, finding.message), mark(finding))),
      ),
      more ? el("li", { class: "quiet" }, `and ${more} more`) : null,
    ),
  );
}

export function mark({ requirement, about }) {
  return requirement ? el("span", { class: "mark", title: about }, requirement) : null;
}

// Says which query parameters the contract does not know, if any.
export const ignoredText = (names) => (names.length ? `${names.join(" and ")} ${names.length === 1 ? "is" : "are"} not in the contract: ignored` : "");
