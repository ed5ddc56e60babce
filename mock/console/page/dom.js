// The only place that creates elements. Text is inserted as text: no string is ever parsed as HTML.

export function el(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") element.className = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

let made = 0;

// An id that no other element has.
export const unique = (word) => `${word}-${(made += 1)}`;

export function say(text) {
  document.getElementById("said").textContent = text;
}

// Renders the Markdown in the descriptions of a contract: paragraphs, lists, code and bold.
export function prose(text) {
  const blocks = [];
  for (const block of String(text).trim().split(/\n\s*\n/)) {
    const lines = block.split("\n").map((line) => line.trim());
    if (lines.every((line) => /^[-*] |^\S/.test(line)) && /^[-*] /.test(lines[0])) {
      const items = [];
      for (const line of lines) {
        if (/^[-*] /.test(line)) items.push(line.slice(2));
        else items[items.length - 1] += ` ${line}`;
      }
      blocks.push(el("ul", {}, items.map((item) => el("li", {}, inline(item)))));
    } else if (lines.join("")) {
      blocks.push(el("p", {}, inline(lines.join(" "))));
    }
  }
  return blocks;
}

export function inline(text) {
  return String(text)
    .split(/(`[^`]+`|\*\*[^*]+\*\*)/)
    .filter(Boolean)
    .map((part) => {
      if (/^`.+`$/.test(part)) return el("code", {}, part.slice(1, -1));
      if (/^\*\*.+\*\*$/.test(part)) return el("strong", {}, part.slice(2, -2));
      return part;
    });
}

// The first sentence of a text.
export const sentence = (text) => String(text).trim().split(/(?<=[.;:])\s/)[0];
