// The live list: requests to the stub, the latest first. The connection is closed while the page is
// hidden, since browsers limit the connections to a server; it then resumes where it stopped.
import { bytes, time, tone } from "./response.js";
import { copyButton } from "./copying.js";
import { el } from "./dom.js";
import { curl } from "./snippets.js";

const MOST_ROWS = 200;
const EVENTS = new URL("events", import.meta.url);

export function liveList(contract) {
  const rows = el("ol", { class: "requests" });
  const empty = el("p", { class: "empty" }, "No requests yet. Requests to this stub appear here; rejected requests appear with the reason.");
  const state = el("p", { class: "state" });
  const pause = el("button", { type: "button", "aria-pressed": "false" }, "Pause");
  const clear = el("button", { type: "button" }, "Clear");
  const refused = el("input", { type: "checkbox" });
  const held = [];
  let source = null;
  let last = "";
  let digest = null;

  const tell = (text, kind = "") => {
    state.textContent = text;
    state.className = `state ${kind}`;
  };
  const paused = () => pause.getAttribute("aria-pressed") === "true";
  const add = (request) => {
    if (paused()) {
      held.push(request);
      if (held.length > MOST_ROWS) held.shift();
      tell(`Paused: ${held.length} new`, "paused");
      return;
    }
    rows.prepend(row(request));
    while (rows.children.length > MOST_ROWS) rows.lastElementChild.remove();
    empty.hidden = true;
  };

  pause.addEventListener("click", () => {
    pause.setAttribute("aria-pressed", String(!paused()));
    pause.textContent = paused() ? "Resume" : "Pause";
    if (paused()) tell("Paused", "paused");
    else {
      tell(live(), "on");
      for (const request of held.splice(0)) add(request);
    }
  });
  clear.addEventListener("click", () => {
    rows.replaceChildren();
    held.length = 0;
    empty.hidden = false;
    if (paused()) tell("Paused", "paused");
  });
  refused.addEventListener("change", () => rows.classList.toggle("refused", refused.checked));

  const live = () => (contract.stub.workers > 1 ? "Live, one worker only" : "Live");
  const open = () => {
    if (source) return;
    const url = new URL(EVENTS);
    if (last) url.searchParams.set("after", last);
    source = new EventSource(url);
    source.addEventListener("hello", (event) => {
      const hello = JSON.parse(event.data);
      if (digest && digest !== hello.contract) tell("The contract has changed. Reload the page.", "lost");
      else if (!paused()) tell(live(), "on");
      digest ??= hello.contract;
    });
    source.addEventListener("message", (event) => {
      last = event.lastEventId;
      add(JSON.parse(event.data));
    });
    source.addEventListener("error", () => {
      const over = source?.readyState === EventSource.CLOSED;
      tell(over ? "Not available" : "Disconnected; reconnecting", "lost");
      if (over) {
        source = null;
        fetch(EVENTS).then(async (response) => {
          if (!response.ok) tell(await response.text(), "lost");
          await response.body?.cancel().catch(() => {});
        }).catch(() => {});
        setTimeout(() => !document.hidden && open(), 5000);
      }
    });
  };
  const close = () => {
    source?.close();
    source = null;
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  tell("Connecting …");
  open();

  const note =
    contract.stub.workers > 1
      ? el("p", { class: "introduction" }, `This stub runs ${contract.stub.workers} processes. The list shows only the requests to the process that served this page.`)
      : null;
  return el(
    "div",
    { class: "panel" },
    el("div", { class: "controls" }, state, el("label", { class: "check" }, refused, " Rejected only"), pause, clear),
    note,
    empty,
    rows,
  );
}

function row(request) {
  const came = new Date(request.came);
  const clock = came.toLocaleTimeString([], { hour12: false });
  return el(
    "li",
    { class: request.status >= 400 || request.status === 0 ? "no" : "yes" },
    el("span", { class: `status ${tone(request.status)}` }, request.status || "cut"),
    el(
      "div",
      {},
      el("code", { class: "target" }, el("b", {}, request.method), " ", request.target),
      request.reason ? el("p", { class: "reason" }, request.reason) : null,
      el("p", { class: "measure" }, el("time", { datetime: came.toISOString() }, clock), ` · ${time(request.ms)}`, request.size ? ` · ${bytes(request.size)}` : ""),
    ),
    copyButton(() => asCurl(request), `request ${request.method} as cURL`, "cURL"),
  );
}

export function asCurl({ method, target, headers, length }) {
  const text = curl({ method, url: `${location.origin}${target}`, headers });
  return length ? `${text} \\\n  --data @body  # ${length} bytes; bodies are not stored` : text;
}
