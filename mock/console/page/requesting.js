// The request in the form: the page sends it, and the code snippets are built from it.

export const VARIABLE = "RUANGKERJA_TOKEN";
export const MASK = `$${VARIABLE}`;

// `values` maps "in name" to a text. Empty texts are not sent, except in the path. `more` is added to
// the query as it is.
export function requestOf(contract, operation, { values, headers, tokens, body, mediaType, prefer, more = "" }) {
  const missing = [];
  const path = operation.path.replace(/\{([^{}]+)\}/g, (_, name) => {
    const value = values.get(`path ${name}`) ?? "";
    if (!value) missing.push(name);
    return encodeURIComponent(value);
  });
  const query = [];
  const sent = new Map();
  const params = { path: {}, query: {}, header: {} };
  for (const parameter of operation.parameters) {
    const text = values.get(`${parameter.in} ${parameter.name}`) ?? "";
    if (!text || !(parameter.in in params)) continue;
    const { type } = contract.schemas[parameter.schema] ?? {};
    const texts = type === "array" && parameter.explode ? text.split(",") : [text];
    params[parameter.in][parameter.name] = type === "array" ? text.split(",") : typed(text, type);
    if (parameter.in === "query") for (const each of texts) query.push([parameter.name, each]);
    if (parameter.in === "header") sent.set(parameter.name, text);
  }
  for (const [name, text] of headers) if (text) sent.set(name, text);
  const credentials = [];
  for (const id of operation.security) {
    const scheme = contract.schemes[id];
    const token = tokens.get(id) ?? "";
    if (!token) continue;
    if (scheme.in === "query") query.push([scheme.name, token]);
    if (scheme.in === "header") {
      sent.set(scheme.name, credential(scheme.form, token));
      credentials.push({ name: scheme.name, form: scheme.form, token });
    }
  }
  if (prefer) sent.set("Prefer", prefer);
  if (body) sent.set("Content-Type", mediaType);
  const text = [...query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`), more].filter(Boolean).join("&");
  return {
    method: operation.method,
    template: operation.path,
    base: `${location.origin}${contract.base}`,
    url: `${location.origin}${contract.base}${path}${text ? `?${text}` : ""}`,
    headers: sent,
    params,
    credentials,
    body: body || null,
    missing,
  };
}

// Returns the typed value of a text, such as 1 for "1", if it serializes to the same text again.
function typed(text, type) {
  if (["integer", "number"].includes(type) && String(Number(text)) === text) return Number(text);
  if (type === "boolean" && ["true", "false"].includes(text)) return text === "true";
  return text;
}

export function credential(form, token) {
  if (form === "raw") return token;
  if (form !== "Basic") return `${form} ${token}`;
  const pair = token.includes(":") ? token : `${token}:`;
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(pair)))}`;
}

// Returns the operation of a request in the list and the values in its path, null if there is none.
export function operationAt(contract, method, target) {
  const [path] = target.split("?", 1);
  for (const operation of contract.operations) {
    const names = [];
    const pattern = operation.path.split(/(\{[^{}]+\})/).map((part) => (part.startsWith("{") ? (names.push(part.slice(1, -1)), "([^/]*)") : part.replace(/[.*+?^$()|[\]\\]/g, "\\$&"))).join("");
    const found = operation.method === method && path.match(new RegExp(`^${contract.base}${pattern}$`));
    if (found) return { operation, values: new Map(names.map((name, index) => [name, decoded(found[index + 1])])) };
  }
  return null;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// Sends a request. Returns the response with its duration, or the reason why there is none.
export async function send(request, signal) {
  const began = performance.now();
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: [...request.headers],
      body: request.body ?? undefined,
      signal,
      cache: "no-store",
      credentials: "omit",
      redirect: "manual",
      referrerPolicy: "no-referrer",
    });
    let text = "";
    let cut = null;
    try {
      text = await response.text();
    } catch (error) {
      if (error.name === "AbortError") throw error;
      cut = "The connection was closed in the middle of the response.";
    }
    const redirected = response.type === "opaqueredirect";
    return {
      status: response.status,
      phrase: response.statusText,
      headers: [...response.headers],
      text,
      failure: redirected ? "The response is a redirect, which browsers hide from pages. See the list of requests." : cut,
      took: performance.now() - began,
    };
  } catch (error) {
    if (error.name === "AbortError") return null;
    const failure =
      error instanceof TypeError && !/fetch|network/i.test(error.message)
        ? `The browser refuses to send this request: ${error.message}`
        : "The connection was closed without a response. Your page should handle this, too: show the error, and let the user retry.";
    return { status: 0, phrase: "", headers: [], text: "", failure, took: performance.now() - began };
  }
}
