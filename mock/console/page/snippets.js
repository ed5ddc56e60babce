// The request in the form as code: cURL, fetch, axios, and a client with types from the contract.
import { credential, VARIABLE } from "./requesting.js";

// Quotes a text for a shell. The variable for the token is left unquoted so that it expands.
export function quoted(text) {
  const plain = (part) => (part ? `'${part.replaceAll("'", `'\\''`)}'` : "");
  return text.split(`$${VARIABLE}`).map(plain).join(`"$${VARIABLE}"`) || "''";
}

export function curl({ method, url, headers, body }) {
  const lines = [`curl ${method === "GET" ? "" : `-X ${method} `}${quoted(url)}`];
  for (const [name, value] of headers) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body) lines.push(`--data ${quoted(body)}`);
  return lines.join(" \\\n  ");
}

const json = (value, indent = "  ") => {
  const text = JSON.stringify(value, null, 2).replaceAll("\n", `\n${indent}`);
  return text.replace(/^(\s*)"([A-Za-z_$][\w$]*)":/gm, "$1$2:");
};

function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function fetching({ method, url, headers, body }) {
  const options = {};
  if (method !== "GET") options.method = method;
  if (headers.size) options.headers = Object.fromEntries(headers);
  if (body) options.body = body;
  const rest = Object.keys(options).length ? `, ${json(options, "")}` : "";
  return `const response = await fetch(${JSON.stringify(url)}${rest});
const body = await response.json();
if (!response.ok) throw new Error(body.message ?? response.statusText);
console.log(body);`;
}

function axios({ method, url, headers, params, body }) {
  const [bare] = url.split("?");
  const config = { method: method.toLowerCase(), url: bare };
  const query = Object.fromEntries(new URL(url).searchParams);
  if (Object.keys(query).length) config.params = { ...query, ...params.query };
  if (headers.size) config.headers = Object.fromEntries(headers);
  if (body) config.data = parsed(body) ?? body;
  return `import axios from "axios";

const { data } = await axios.request(${json(config, "")});
console.log(data);`;
}

function typed({ method, base, template, headers, params, credentials, body }) {
  const shared = {};
  for (const each of credentials) shared[each.name] = credential(each.form, each.token);
  const own = Object.fromEntries(
    [...headers].filter(([name]) => !(name in shared) && !(name in params.header) && !/^content-type$/i.test(name)),
  );
  const given = {};
  for (const [place, values] of Object.entries(params)) {
    const entries = Object.entries(values).filter(([, value]) => value !== "");
    if (entries.length) given[place] = Object.fromEntries(entries);
  }
  const options = {};
  if (Object.keys(given).length) options.params = given;
  if (Object.keys(own).length) options.headers = own;
  if (body) options.body = parsed(body) ?? body;
  const client = { baseUrl: base, ...(Object.keys(shared).length ? { headers: shared } : {}) };
  const rest = Object.keys(options).length ? `, ${json(options, "")}` : "";
  return `// npm install openapi-fetch
// npm install --save-dev openapi-typescript typescript
// npx openapi-typescript ${base}/openapi.yaml -o api.d.ts
import createClient from "openapi-fetch";
import type { paths } from "./api";

const api = createClient<paths>(${json(client, "")});
const { data, error } = await api.${method}(${JSON.stringify(template)}${rest});
if (error) throw new Error(JSON.stringify(error));
console.log(data);`;
}

export const LANGUAGES = [
  { id: "curl", label: "cURL", write: curl },
  { id: "fetch", label: "fetch", write: fetching },
  { id: "axios", label: "axios", write: axios },
  { id: "typed", label: "Typed client", write: typed },
];
