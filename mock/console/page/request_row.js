// A request of the live list: one line, which opens to its headers and its body.
import { copyButton } from "./copying.js";
import { capital, el } from "./dom.js";
import { ask, ignoredText } from "./findings.js";
import { operationAt } from "./requesting.js";
import { bytes, time, tone } from "./response.js";
import { curl } from "./snippets.js";

export function requestRow(contract, request, again) {
  const came = new Date(request.came);
  const clock = came.toLocaleTimeString([], { hour12: false });
  const details = el(
    "details",
    {},
    el(
      "summary",
      {},
      el("span", { class: `status ${tone(request.status)}` }, request.status || "none"),
      el(
        "span",
        { class: "what" },
        el("code", { class: "target" }, el("b", {}, request.method), " ", request.target),
        request.reason ? el("span", { class: "reason" }, request.reason) : null,
        request.events.length ? el("span", { class: "reason" }, sentence(request.events)) : null,
        request.ignored.length ? el("span", { class: "reason" }, ignoredText(request.ignored)) : null,
        el("span", { class: "measure" }, el("time", { datetime: came.toISOString() }, clock), ` · ${time(request.ms)}`, request.size ? ` · ${bytes(request.size)}` : ""),
      ),
    ),
  );
  const open = () => {
    if (details.children.length === 1) details.append(content(contract, request, again));
  };
  details.addEventListener("toggle", open);
  return el("li", { class: request.status >= 400 || request.status === 0 ? "no" : "yes" }, details);
}

function content(contract, request, again) {
  const name = `${request.method} request`;
  const headers = [...request.headers, ...request.others];
  const known = operationAt(contract, request.method, request.target);
  return el(
    "div",
    { class: "content" },
    el(
      "p",
      { class: "controls" },
      known ? el("button", { type: "button", onclick: () => again(request) }, "Send again") : null,
      copyButton(() => asCurl(request), name, "Copy as cURL"),
      known ? copyButton(() => ask("as-scenario", { request: request.id }), name, "Copy as scenario") : null,
    ),
    el("dl", { class: "headers" }, headers.map(([own, value]) => el("div", {}, el("dt", {}, el("code", {}, own)), el("dd", {}, el("code", {}, value))))),
    request.body ? el("pre", { tabindex: "0", "aria-label": "Body of the request" }, request.body) : el("p", { class: "quiet" }, request.length ? `A body of ${bytes(request.length)}, which was not read.` : "The request has no body."),
  );
}

function asCurl({ method, target, headers, body, length }) {
  const whole = body && new Blob([body]).size === length;
  const text = curl({ method, url: `${location.origin}${target}`, headers, body: whole ? body : null });
  return length && !whole ? `${text} \\\n  --data @body  # ${length} bytes, of which the list keeps the beginning` : text;
}

const sentence = (events) => capital(events.join("; "));

// What a search looks through.
export const wordsOf = ({ method, target, status, reason, events, headers, others, body, ignored }) =>
  `${method} ${target} ${status} ${reason} ${events.join(" ")} ${ignoredText(ignored)} ${[...headers, ...others].flat().join(" ")} ${body}`.toLowerCase();

// The filters that show a request.
export function kindsOf({ status, events, ignored }) {
  const rejected = status >= 400 || status === 0;
  return new Set([rejected ? "rejected" : "good", ...(events.length ? ["disturbed"] : []), ...(ignored.length ? ["ignored"] : [])]);
}
