// The fields of a form: a label, a control, and what it is for.
import { el, unique } from "./dom.js";

export function field(name, where, input, hint, beside = null, shape = "") {
  const id = (input.id = unique("field"));
  const told = el("p", { class: "hint", id: `${id}-hint` }, hint);
  if (hint.length) input.setAttribute("aria-describedby", told.id);
  return el(
    "div",
    { class: `field ${shape}`.trim() },
    el("label", { for: id, class: "label" }, el("code", {}, name), where ? el("small", {}, where) : null),
    beside ? el("div", { class: "pair" }, input, beside) : input,
    hint.length ? told : null,
  );
}

export function control(schema, given, required) {
  const choices = schema.enum ?? (schema.type === "boolean" ? [true, false] : null);
  if (choices) {
    const options = choices.filter((each) => each !== null).map((each) => el("option", { value: String(each) }, String(each)));
    const select = el("select", {}, required ? null : el("option", { value: "" }, "not sent"), options);
    select.value = given === undefined ? select.options[0].value : String(given);
    return select;
  }
  const numeric = ["integer", "number"].includes(schema.type);
  const input = el("input", { type: "text", inputmode: numeric ? "decimal" : null, spellcheck: "false", autocapitalize: "off" });
  input.value = given === undefined || given === null ? "" : Array.isArray(given) ? given.join(",") : String(given);
  return input;
}
