// Buttons that copy a text, or what a function returns or promises. They also work over plain HTTP,
// where browsers block the clipboard API.
import { el, say } from "./dom.js";

export function copyButton(text, what, label = "Copy") {
  const button = el("button", { type: "button", class: "copy", "aria-label": label === "Copy" ? `Copy ${what}` : `${label}: ${what}` }, label);
  let waiting;
  button.addEventListener("click", async () => {
    let done = false;
    let why = `The browser did not allow copying ${what}`;
    try {
      done = await copy(await (typeof text === "function" ? text() : text));
    } catch (error) {
      why = `Not copied: ${error.message}`;
    }
    button.textContent = done ? "Copied" : "Not copied";
    button.title = done ? "" : why;
    say(done ? `Copied ${what}` : why);
    clearTimeout(waiting);
    waiting = setTimeout(() => (button.textContent = label), 1600);
  });
  return button;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = el("textarea", { class: "unseen", readonly: true, "aria-hidden": "true" });
    area.value = text;
    const focused = document.activeElement;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    focused?.focus();
    return done;
  }
}
