// Pictures that are asked for when they come near, and a large view of any picture that wheel, mouse and keys move.

import { send } from "../lib/api.js";
import { h } from "../lib/dom.js";
import { words } from "../lib/words.js";

const t = words({
  larger: ["Larger", "Más grande"],
  smaller: ["Smaller", "Más pequeño"],
  whole: ["Whole picture", "Imagen completa"],
  moving: ["Wheel or + and − zoom, drag or arrows move, 0 shows the whole, Esc closes", "Rueda o + y − acercan, arrastrar o flechas mueven, 0 muestra todo, Esc cierra"],
  zoom: ["{percent} %", "{percent} %"],
});

/** Milliseconds after which a picture that did not come is asked for once more: the service lets only so many through at a time. */
const AGAIN = 1_500;

const near = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    near.unobserve(entry.target);
    entry.target.src = entry.target.dataset.from;
  }
}, { rootMargin: "200px" });

/** A picture that is loaded when it comes near the part that is seen. */
export function lazyPicture(from, attributes) {
  const picture = h("img", { decoding: "async", ...attributes, data: { from } });
  let tried = false;
  picture.addEventListener("error", () => {
    if (tried) picture.classList.add("missing");
    else setTimeout(() => { if (picture.isConnected) picture.src = from; }, AGAIN);
    tried = true;
  });
  near.observe(picture);
  return picture;
}

/** A drawing in the reader's language, which an `img` of its own could not ask for: its address as a blob, and its text. */
export async function fetchDrawing(path, { headers, signal } = {}) {
  const text = await (await send("GET", path, undefined, { headers, signal })).text();
  return { text, at: URL.createObjectURL(new Blob([text], { type: "image/svg+xml" })) };
}

/** Shows a picture large. */
export function zoom(title, from, alternative) {
  const picture = h("img", { src: from, alt: alternative ?? title, draggable: "false" });
  const stage = h("div", { class: "zoom-stage", tabindex: "0", role: "group", "aria-label": t("moving"), autofocus: true }, picture);
  const told = h("output", { class: "muted small" });
  const box = h("dialog", { class: "lead-zoom", "aria-label": title });
  const view = new Zoomed(stage, picture, told);
  const button = (label, text, act) => h("button", { "aria-label": label, title: label, onclick: act }, text);
  box.append(
    h("div", { class: "row spread wrap" }, h("h2", {}, title),
      h("div", { class: "row" }, told, button(t("smaller"), "−", () => view.by(1 / 1.3)), button(t("larger"), "+", () => view.by(1.3)), button(t("whole"), "0", () => view.whole()),
        h("button", { class: "main", onclick: () => box.close() }, t("close")))),
    stage,
    h("p", { class: "muted small" }, t("moving")),
  );
  box.addEventListener("keydown", (event) => view.key(event));
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
  stage.focus();
  if (picture.complete) view.whole();
  else picture.addEventListener("load", () => view.whole());
}

class Zoomed {
  constructor(stage, picture, told) {
    Object.assign(this, { stage, picture, told, scale: 1, x: 0, y: 0, fit: 1 });
    stage.addEventListener("wheel", (event) => {
      event.preventDefault();
      const box = stage.getBoundingClientRect();
      this.by(Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
    }, { passive: false });
    stage.addEventListener("pointerdown", (event) => stage.setPointerCapture(event.pointerId));
    stage.addEventListener("pointermove", (event) => {
      if (event.buttons & 1) this.move(event.movementX, event.movementY);
    });
    stage.addEventListener("dblclick", (event) => {
      const box = stage.getBoundingClientRect();
      this.by(2, event.clientX - box.left, event.clientY - box.top);
    });
  }

  /** Fits the whole picture into the stage. */
  whole() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    const [w, own] = [this.picture.naturalWidth || width, this.picture.naturalHeight || height];
    this.fit = Math.min(width / w, height / own);
    this.scale = this.fit;
    this.x = (width - w * this.scale) / 2;
    this.y = (height - own * this.scale) / 2;
    this.draw();
  }

  /** Zooms about a point of the stage; about its middle without one. */
  by(factor, x = this.stage.clientWidth / 2, y = this.stage.clientHeight / 2) {
    const next = Math.min(this.fit * 12, Math.max(this.fit * 0.8, this.scale * factor));
    const change = next / this.scale;
    this.x = x - (x - this.x) * change;
    this.y = y - (y - this.y) * change;
    this.scale = next;
    this.draw();
  }

  move(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.draw();
  }

  key(event) {
    const step = 60;
    const acts = {
      "+": () => this.by(1.3), "=": () => this.by(1.3), "-": () => this.by(1 / 1.3), 0: () => this.whole(),
      ArrowLeft: () => this.move(step, 0), ArrowRight: () => this.move(-step, 0), ArrowUp: () => this.move(0, step), ArrowDown: () => this.move(0, -step),
    };
    if (!acts[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    acts[event.key]();
  }

  draw() {
    this.picture.style.setProperty("transform", `translate(${this.x}px, ${this.y}px) scale(${this.scale})`);
    this.told.textContent = t("zoom", { percent: Math.round((this.scale / this.fit) * 100) });
  }
}
