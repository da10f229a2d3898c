// Elements without a framework. Text is always set as text: nothing a record says is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Makes an element: h("button", { class: "main", onclick: act, disabled: true }, "Send").
 * Attributes that are false, null or undefined are left out; "on..." are listeners; "data", "style" take objects.
 */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name === "style") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
    else if (name === "value" && "value" in element) element.value = value;
    else if (name === "checked") element.checked = Boolean(value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Replaces what an element holds. */
export function put(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/** Tells something at the edge of the page; faults stay until they are closed. */
export function notice(text, kind = "good") {
  const close = h("button", { class: "plain", "aria-label": "×", onclick: () => box.remove() }, "×");
  const box = h("div", { class: `notice ${kind}`, role: kind === "bad" ? "alert" : "status" }, h("span", {}, text), close);
  document.getElementById("notices").append(box);
  if (kind !== "bad") setTimeout(() => box.remove(), 6000);
}

/**
 * Asks in a dialog; `build(close)` gives what it holds. Resolves to what `close` is told, or null when it is closed otherwise.
 */
export function dialog(title, build) {
  return new Promise((resolve) => {
    let told = null;
    const box = h("dialog", { "aria-label": title });
    const close = (value) => {
      told = value;
      box.close();
    };
    box.append(h("h2", {}, title), ...[build(close)].flat());
    box.addEventListener("close", () => {
      box.remove();
      resolve(told);
    });
    document.body.append(box);
    box.showModal();
  });
}
