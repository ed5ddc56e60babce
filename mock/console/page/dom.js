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

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
