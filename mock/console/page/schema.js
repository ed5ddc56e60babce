// Reads the schemas of the contract, which are in a table by their place.

export const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

// Returns the element at a place of a value, undefined if there is none.
export const at = (value, place) => place?.reduce((inner, part) => (inner !== null && typeof inner === "object" ? inner[part] : undefined), value);

export function members(schemas, schema) {
  const found = Object.create(null);
  for (const option of schema?.options ?? []) {
    for (const [name, own] of Object.entries(members(schemas, schemas[option]))) found[name] = { ...own, required: false };
  }
  for (const [name, key] of Object.entries(schema?.members ?? {})) {
    found[name] = { key, required: schema.required.includes(name) };
  }
  return found;
}

export const element = (schemas, schema) => schema?.element ?? schema?.options?.map((each) => schemas[each]?.element).find(Boolean);

// Returns the schema at a place below the schema with a key.
export function below(schemas, key, place) {
  let schema = schemas[key];
  for (const part of place) schema = schemas[members(schemas, schema)[part]?.key];
  return schema;
}

// Returns the path of a place in a value, as the table of fields writes it: `items[2].name`.
export function pathOf(value, place) {
  let path = "";
  let inner = value;
  for (const part of place) {
    path += Array.isArray(inner) ? `[${part}]` : path ? `.${part}` : part;
    inner = inner?.[part];
  }
  return path;
}
