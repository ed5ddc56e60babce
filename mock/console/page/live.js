// The live list: requests to the stub, the latest first. The connection is closed while the page is
// hidden, since browsers limit the connections to a server; it then resumes where it stopped.
import { el, unique } from "./dom.js";
import { kindsOf, requestRow, wordsOf } from "./request_row.js";

const MOST_ROWS = 200;
const EVENTS = new URL("events", import.meta.url);
const KINDS = [["", "All responses"], ["good", "Successful"], ["rejected", "Rejected"], ["disturbed", "Faults, delays and drops"], ["ignored", "Unknown parameters"]];

// `again` sends a request of the list again.
export function liveList(contract, again) {
  const rows = el("ol", { class: "requests", "aria-label": "Requests, the latest first" });
  const empty = el("p", { class: "empty" }, "No requests yet. Requests to this stub appear here; rejected requests appear with the reason.");
  const state = el("p", { class: "state" });
  const pause = el("button", { type: "button", "aria-pressed": "false" }, "Pause");
  const clear = el("button", { type: "button" }, "Clear");
  const id = unique("search");
  const search = el("input", { type: "search", id, placeholder: "Search requests", autocomplete: "off", spellcheck: "false" });
  const kind = el("select", { id: `${id}-kind` }, KINDS.map(([value, text]) => el("option", { value }, text)));
  const count = el("p", { class: "count", role: "status" });
  const held = [];
  const entries = new Map();
  let source = null;
  let last = "";
  let digest = null;

  const tell = (text, word = "") => {
    state.textContent = text;
    state.className = `state ${word}`;
  };
  const paused = () => pause.getAttribute("aria-pressed") === "true";

  const wanted = () => search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = ({ words, kinds }, parts) => (!kind.value || kinds.has(kind.value)) && parts.every((part) => words.includes(part));
  const summarise = () => {
    const filtered = Boolean(kind.value || search.value.trim());
    const shown = [...rows.children].filter((item) => !item.hidden).length;
    count.textContent = filtered ? `${shown} of ${rows.children.length}` : "";
  };
  const filter = () => {
    const parts = wanted();
    for (const [item, entry] of entries) item.hidden = !matches(entry, parts);
    summarise();
  };
  const add = (request) => {
    if (paused()) {
      held.push(request);
      if (held.length > MOST_ROWS) held.shift();
      tell(`Paused: ${held.length} new`, "paused");
      return;
    }
    const item = requestRow(contract, request, again);
    const entry = { words: wordsOf(request), kinds: kindsOf(request) };
    entries.set(item, entry);
    item.hidden = !matches(entry, wanted());
    rows.prepend(item);
    while (rows.children.length > MOST_ROWS) {
      entries.delete(rows.lastElementChild);
      rows.lastElementChild.remove();
    }
    empty.hidden = true;
    summarise();
  };

  search.addEventListener("input", filter);
  kind.addEventListener("change", filter);
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
    entries.clear();
    held.length = 0;
    empty.hidden = false;
    summarise();
    if (paused()) tell("Paused", "paused");
  });

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
      add({ ...JSON.parse(event.data), id: last });
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
    el("div", { class: "controls" }, state, count, pause, clear),
    el("div", { class: "search" }, el("label", { for: id, class: "unseen" }, "Search requests"), search, el("label", { for: kind.id, class: "unseen" }, "Show"), kind),
    note,
    empty,
    rows,
  );
}
