// Renders the Markdown in the descriptions of a contract as elements. Text stays text: HTML in a
// description is shown as it is written, and only links with a harmless scheme can be clicked.
import { el } from "./dom.js";

const LIST = /^(\s*)(?:[-*+]|(\d{1,9})[.)])\s+/;
const FENCE = /^\s*(`{3,}|~{3,})/;
const RULE = /^\s*(?:[-*_]\s*){3,}$/;
const HEADING = /^\s*(#{1,6})\s+(.*?)\s*#*$/;
const TABLE = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;
const DEEPEST = 6;

export function prose(text) {
  return blocks(String(text).replaceAll("\t", "    ").split(/\r?\n/), 0);
}

function blocks(lines, depth) {
  const found = [];
  let paragraph = [];
  const flush = () => {
    if (paragraph.length) found.push(el("p", {}, inline(paragraph.join(" "))));
    paragraph = [];
  };
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    const fence = line.match(FENCE);
    if (!line.trim()) flush();
    else if (fence) {
      flush();
      const code = [];
      while ((at += 1) < lines.length && !lines[at].trim().startsWith(fence[1])) code.push(lines[at]);
      found.push(el("pre", { tabindex: "0" }, code.join("\n")));
    } else if (HEADING.test(line)) {
      flush();
      found.push(el("p", { class: "strong" }, inline(line.match(HEADING)[2])));
    } else if (RULE.test(line)) {
      flush();
      found.push(el("hr"));
    } else if (/^\s*>/.test(line) && depth < DEEPEST) {
      flush();
      const quoted = [];
      while (at < lines.length && /^\s*>/.test(lines[at])) quoted.push(lines[at++].replace(/^\s*> ?/, ""));
      at -= 1;
      found.push(el("blockquote", {}, blocks(quoted, depth + 1)));
    } else if (LIST.test(line) && depth < DEEPEST) {
      flush();
      const end = endOfList(lines, at);
      found.push(list(lines.slice(at, end), depth));
      at = end - 1;
    } else if (line.includes("|") && TABLE.test(lines[at + 1] ?? "")) {
      flush();
      const rows = [cells(line)];
      at += 1;
      while (lines[at + 1]?.includes("|")) rows.push(cells(lines[(at += 1)]));
      found.push(table(rows));
    } else paragraph.push(line.trim());
  }
  flush();
  return found;
}

// A list ends at a line that is not indented and follows an empty one, unless it is an item.
function endOfList(lines, start) {
  let at = start + 1;
  for (; at < lines.length; at += 1) {
    const isNew = !lines[at - 1].trim() && /^\S/.test(lines[at]) && !LIST.test(lines[at]);
    if (isNew || FENCE.test(lines[at]) && /^\S/.test(lines[at])) break;
  }
  return at;
}

function list(lines, depth) {
  const [, indent, number] = lines[0].match(LIST);
  const items = [];
  for (const line of lines) {
    const mark = line.match(LIST);
    if (mark && mark[1].length <= indent.length + 1) items.push([line.slice(mark[0].length)]);
    else items.at(-1).push(line.replace(/^ {1,4}/, ""));
  }
  const content = (item) => {
    const inner = blocks(item, depth + 1);
    return inner[0]?.tagName === "P" ? [...inner[0].childNodes, ...inner.slice(1)] : inner;
  };
  return el(number ? "ol" : "ul", number && number !== "1" ? { start: number } : {}, items.map((item) => el("li", {}, content(item))));
}

const cells = (line) => line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));

function table([head, ...rows]) {
  const row = (texts, name, properties) => el("tr", {}, texts.map((text) => el(name, properties, inline(text))));
  return el("table", { class: "prose" }, el("thead", {}, row(head, "th", { scope: "col" })), el("tbody", {}, rows.map((each) => row(each, "td", {}))));
}

const INLINE = /(`+)(.+?)\1(?!`)|\*\*(.+?)\*\*|__(.+?)__|\*([^\s*][^*]*)\*|(?<![\w])_([^\s_][^_]*)_(?![\w])|!?\[([^\]]*)\]\(\s*<?((?:[^\s()<>]|\([^\s()]*\))*)>?(?:\s+"[^"]*")?\s*\)|<(https?:\/\/[^\s<>]+)>|\\([!-/:-@[-`{-~])/;

// Without `links`, only the words of a link are shown: there is no link within a button.
export function inline(text, links = true) {
  const parts = [];
  let rest = String(text);
  for (let found = rest.match(INLINE); found; found = rest.match(INLINE)) {
    const [whole, , code, strong, bold, emphasis, italic, words, target, address, escaped] = found;
    parts.push(rest.slice(0, found.index));
    if (code !== undefined) parts.push(el("code", {}, code.trim() || code));
    else if (strong ?? bold) parts.push(el("strong", {}, inline(strong ?? bold, links)));
    else if (emphasis ?? italic) parts.push(el("em", {}, inline(emphasis ?? italic, links)));
    else if (words !== undefined) parts.push(links ? link(target, inline(words || target, false)) : inline(words, false));
    else if (address) parts.push(links ? link(address, [address]) : address);
    else parts.push(escaped);
    rest = rest.slice(found.index + whole.length);
  }
  parts.push(rest);
  return parts.flat(2).filter((part) => part !== "");
}

// The page does not tell other sites where a link was clicked.
function link(target, content) {
  if (!/^(?:https?:\/\/|mailto:)/i.test(target)) return el("span", {}, content);
  return el("a", { href: target, rel: "noopener noreferrer", target: "_blank" }, content);
}

// The first sentence of a text.
export const sentence = (text) => String(text).trim().split(/(?<=[.;:])\s/)[0];

// The first paragraph of a description. Lists of values are left out, since the values are shown.
export const brief = (text) => String(text).trim().split(/\n\s*\n/)[0].replaceAll("\n", " ").replace(/:$/, ".");
