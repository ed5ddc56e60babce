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
  let left = times;
  return http[operation.method.toLowerCase()](pattern, async ({ request }) => {
    if (left <= 0) return undefined;
    left -= 1;
    const url = new URL(request.url);
    const names = (pattern.exec(url.pathname) ?? []).slice(1).map(decodeURIComponent);
    const response = responseTo(operation, request, url.searchParams, names, fixed);
    if (response.delay) await delay(response.delay);
    if (response.dropped) return HttpResponse.error();
    const body = "json" in response ? JSON.stringify(response.json) : response.text;
    return new HttpResponse(body || null, { status: response.status, headers: response.headers });
  });
}

function chosen(operation, as) {
  const name = String(as);
  const known = [...Object.keys(operation.statuses), ...operation.scenarios.map((each) => each.name)];
  const outcome = operation.statuses[name]
    ? { response: operation.statuses[name] }
    : operation.scenarios.find((each) => each.name === name);
  if (outcome === undefined) {
    throw new Error(`${operation.id} has no ${name}; there are ${known.join(", ")}`);
  }
  return outcome;
}

function responseTo(operation, request, sent, names, fixed) {
  if (fixed?.response.status >= 400) return fixed.response;
  if (!isLetIn(operation.security, request, sent)) return operation.security.missing;
  const query = {};
  for (const parameter of operation.query) {
    const values = sent.getAll(parameter.name);
    if (!values.length && parameter.required) return parameter.missing;
    if (values.length && parameter.invalid && !isValid(parameter, values, operation.paging)) {
      return withValue(parameter.invalid, values.join(" and "));
    }
    query[parameter.name] = values.length ? values : parameter.default;
  }
  const outcome = fixed ?? scenario(operation, names) ?? operation.otherwise;
  return outcome.items ? page(operation, outcome, query) : outcome.response;
}

function isLetIn(security, request, sent) {
  const has = {
    header: (name) => request.headers.get(name),
    query: (name) => sent.get(name),
    cookie: (name) => request.headers.get("cookie")?.includes(`${name}=`),
  };
  return !security || security.alternatives.some((all) => all.every((each) => has[each.in](each.name)));
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

/** Returns the scenario that a path selects; a `*` at the end of its name stands for anything. */
function scenario(operation, names) {
  for (const each of operation.scenarios) {
    const value = names[each.position];
    if (each.name === value) return each;
    const start = each.name.slice(0, -1);
    if (each.name.endsWith("*") && value.startsWith(start)) {
      return { ...each, response: withValue(each.response, value.slice(start.length)) };
    }
  }
  return undefined;
}

/** Returns one page of the items that the filters of a query select. */
function page(operation, { response, items }, query) {
  const { paging } = operation;
  const selected = items.filter((item) =>
    operation.query.every(({ name, filters }) => {
      if (!filters || query[name] === undefined) return true;
      return [query[name]].flat().map(String).includes(String(at(item, filters)));
    }),
  );
  const bound = operation.query.find(({ name }) => name === paging.size).maximum ?? Infinity;
  const number = Number(query[paging.page]);
  const size = Math.min(Number(query[paging.size]), bound);
  const pages = Math.ceil(selected.length / size);
  if (paging.refusesPastEnd && number > Math.max(pages, 1)) return operation.statuses[404];
  const json = structuredClone(response.json);
  put(json, paging.currentPage, number);
  put(json, paging.totalItems, selected.length);
  put(json, paging.totalPages, pages);
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
