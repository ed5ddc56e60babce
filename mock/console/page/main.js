// The page: facts about the contract, a form to call its operations, and the lists beside it.
import { Caller } from "./caller.js";
import { faultList, scenarioList } from "./catalogue.js";
import { copyButton } from "./copying.js";
import { el } from "./dom.js";
import { liveList } from "./live.js";
import { prose } from "./markdown.js";
import { tabs } from "./tabs.js";

const byId = (id) => document.getElementById(id);

async function main() {
  const response = await fetch(new URL("console.json", import.meta.url), { cache: "no-store" });
  if (!response.ok) throw new Error(`the stub returned ${response.status}`);
  const contract = await response.json();
  introduce(contract);
  const caller = new Caller(contract, byId("call"));
  const scenarios = scenarioList(contract, (each) => caller.tryScenario(each));
  const faults = faultList(contract, (each) => caller.tryFault(each), (each) => caller.showFault(each));
  caller.onchange = () => {
    scenarios.choose(caller.scenario);
    faults.choose(caller.fault);
  };
  const beside = tabs("Requests, scenarios and faults", [
    { id: "requests", label: "Requests", panel: liveList(contract, (each) => caller.again(each)) },
    { id: "scenarios", label: counted("Scenarios", contract.scenarios), panel: scenarios.element },
    { id: "faults", label: counted("Faults", contract.faults), panel: faults.element },
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
  const several = Object.keys(contract.schemes).length > 1;
  for (const [id, scheme] of Object.entries(contract.schemes)) {
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
    el("div", { class: "optional" }, el("dt", {}, "Data"), el("dd", {}, `seed ${contract.stub.seed}`, el("small", {}, "the same data in every run"))),
  );
}

main().catch((error) => {
  const trouble = byId("trouble");
  trouble.textContent = `The page cannot be shown: ${error.message}. Is the stub still running?`;
  trouble.hidden = false;
});
