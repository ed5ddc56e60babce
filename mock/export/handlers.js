/**
 * Returns a request handler for an operation.
 *
 * `as` is a status that the contract declares, or the name of a scenario, for every request; without
 * it, the path selects a scenario, as at the stub. After `times` requests the handler leaves the
 * request to the next one.
 *
 * @param {any} operation
 * @param {number | string} [as]
 * @param {{ times?: number }} [options]
 */
function handler(operation, as, { times = Infinity } = {}) {
  const pattern = new RegExp(operation.pattern);
  const fixed = as === undefined ? undefined : chosen(operation, as);
  const sequences = new Map();
  let left = times;
  const ofMethod = http[operation.method.toLowerCase()] ?? http.all;
  return ofMethod(pattern, async ({ request }) => {
    if (left <= 0) return undefined;
    left -= 1;
    const response = responseTo(operation, request, pattern, fixed, sequences);
    if (response.delay) await delay(response.delay);
    if (response.dropped) return HttpResponse.error();
    const body = "json" in response ? JSON.stringify(response.json) : response.text;
    return new HttpResponse(body || null, { status: response.status, headers: response.headers });
  });
}

function chosen(operation, as) {
  const name = String(as);
  const status = operation.statuses[name];
  const outcome = status ? { response: status } : operation.scenarios.find((each) => meets(each, name));
  if (outcome === undefined) {
    const known = [...Object.keys(operation.statuses), ...operation.scenarios.map((each) => each.name)];
    throw new Error(`${operation.id} has no ${name}; there are ${known.join(", ")}`);
  }
  return outcome;
}

/** Returns whether a value has a scenario; a `*` at the end of its name stands for anything. */
function meets({ name }, value) {
  return name.endsWith("*") ? value.startsWith(name.slice(0, -1)) : value === name;
}

function responseTo(operation, request, pattern, fixed, sequences) {
  const { pathname, searchParams: sent } = new URL(request.url);
  if (fixed?.response.status >= 400 && !fixed.times && !fixed.until) return fixed.response;
  const credentials = credentialsOf(operation, request, sent);
  if (credentials === undefined) return operation.security.missing;
  const query = {};
  for (const parameter of operation.query) {
    const values = sent.getAll(parameter.name);
    if (!values.length && parameter.required) return parameter.missing;
    if (values.length && parameter.invalid && !isValid(parameter, values, operation.paging)) {
      return withValue(parameter.invalid, values.join(" and "));
    }
    query[parameter.name] = values.length ? values : parameter.default;
  }
  const names = (pattern.exec(pathname) ?? []).slice(1).map(decodeURIComponent);
  const found = fixed ?? operation.scenarios.find((each) => meets(each, names[each.position]));
  const outcome = current(operation, found, names.join("/"), credentials, sequences);
  if (outcome.items) return page(operation, outcome, query);
  const isPrefix = found?.name?.endsWith("*") && !fixed;
  const rest = isPrefix ? names[found.position].slice(found.name.length - 1) : "";
  return withValue(outcome.response, rest);
}

/** Returns a scenario, or the outcome without one if the scenario is over. */
function current(operation, scenario, key, credentials, sequences) {
  const { otherwise } = operation;
  if (!scenario?.times && !scenario?.until) return scenario ?? otherwise;
  const first = sequences.get(key) ?? { count: 0, credentials };
  sequences.set(key, { ...first, count: first.count + 1 });
  const holds = scenario.times ? first.count < scenario.times : credentials === first.credentials;
  if (!holds) return otherwise;
  const isDelay = scenario.response.status === undefined;
  return isDelay
    ? { ...otherwise, response: { ...otherwise.response, ...scenario.response } }
    : scenario;
}

/** Returns the credentials of a request, or undefined if they are missing. */
function credentialsOf({ security }, request, sent) {
  const has = {
    header: (name) => request.headers.get(name),
    query: (name) => sent.get(name),
    cookie: (name) =>
      request.headers
        .get("cookie")
        ?.split(/; */)
        .find((pair) => pair.startsWith(`${name}=`)),
  };
  for (const all of security?.alternatives ?? [[]]) {
    const values = all.map((each) => has[each.in](each.name));
    if (values.every((value) => value !== null && value !== undefined)) return values.join();
  }
  return undefined;
}

function isValid({ name, type, minimum = -Infinity, maximum = Infinity, ...more }, values, paging) {
  const [value] = values;
  const isNumber = type === "integer" || type === "number";
  const most = paging?.clamps && name === paging.size ? Infinity : maximum;
  return (
    type === "array" ||
    (values.length === 1 &&
      (!more.enum || more.enum.map(String).includes(value)) &&
      (type !== "boolean" || value === "true" || value === "false") &&
      (type !== "integer" || /^(0|-?[1-9][0-9]*)$/.test(value)) &&
      (!isNumber || (Number(value) >= minimum && Number(value) <= most)))
  );
}

function withValue(response, value) {
  const text = JSON.stringify(JSON.stringify(value)).slice(3, -3);
  const body = JSON.stringify(response.json ?? null).replaceAll("{value}", () => text);
  return "json" in response ? { ...response, json: JSON.parse(body) } : response;
}

const comparisons = {
  equals: (own, value) => String(own) === String(value),
  atLeast: (own, value) => own >= value,
  atMost: (own, value) => own <= value,
  above: (own, value) => own > value,
  below: (own, value) => own < value,
  contains: (own, value) => own.toLowerCase().includes(value.toLowerCase()),
  startsWith: (own, value) => own.toLowerCase().startsWith(value.toLowerCase()),
};

/** Whether a filter or a search lets an item through. */
function isSelected(item, { name, members, comparison, kind, byDay }, query) {
  if (query[name] === undefined) return true;
  const read = (value) =>
    kind === "number" ? Number(value) : byDay ? value.slice(0, 10) : kind === "date-time" ? Date.parse(value) : value;
  const owns = members.flatMap((place) => at(item, place) ?? []);
  const values = [query[name]].flat();
  return owns.some((own) => values.some((value) => comparisons[comparison](read(own), read(value))));
}

/** Returns the items in the order that a query asks for; those without a value come last. */
function sorted(items, { parameter, members, order, downwards }, query) {
  const [name, way] = [query[parameter], query[order]].map((value) => [value].flat()[0]);
  const bare = name?.replace(/^[+-]/, "");
  const member = members[name] ?? members[bare];
  if (!member) return items;
  const down =
    member.descending !== (!(name in members) && name.startsWith("-")) !==
    downwards.includes(way);
  const read = (item) => at(item, member.place) ?? null;
  const known = items.filter((item) => read(item) !== null);
  const compare = (one, other) => (one < other ? -1 : one > other ? 1 : 0) * (down ? -1 : 1);
  known.sort((one, other) => compare(read(one), read(other)));
  return [...known, ...items.filter((item) => read(item) === null)];
}

/** Returns one page of the items that a query selects, in the order that it asks for. */
function page(operation, { response, items }, query) {
  const { paging } = operation;
  const found = items.filter((item) =>
    operation.selectors.every((each) => isSelected(item, each, query)),
  );
  const selected = operation.sorting ? sorted(found, operation.sorting, query) : found;
  const bound = operation.query.find(({ name }) => name === paging.size).maximum ?? Infinity;
  const number = Number(query[paging.page]);
  const size = Math.min(Number(query[paging.size]), bound);
  const pages = Math.ceil(selected.length / size);
  if (paging.refusesPastEnd && number > Math.max(pages, 1)) return operation.statuses[404];
  const json = structuredClone(response.json);
  if (paging.currentPage) put(json, paging.currentPage, number);
  put(json, paging.totalItems, selected.length);
  if (paging.totalPages) put(json, paging.totalPages, pages);
  put(json, paging.items, selected.slice((number - 1) * size, number * size));
  return { ...response, json };
}

function at(value, place) {
  return place.reduce((found, part) => found?.[part], value);
}

function put(value, place, part) {
  at(value, place.slice(0, -1))[place.at(-1)] = part;
}

/** The function that makes handlers for an operation, by its id. */
export const operations = Object.fromEntries(
  recorded.operations.map((each) => [each.id, (as, options) => handler(each, as, options)]),
);

/** A handler for each operation: what to pass to `setupServer` or `setupWorker`. */
export const handlers = recorded.operations.map((each) => handler(each));
