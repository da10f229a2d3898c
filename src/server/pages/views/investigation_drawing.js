// Drawings of an investigation: asked for when they come near, enlarged on demand, and told in words.

import { h, put } from "../lib/dom.js";
import { words } from "../lib/words.js";
import { fetchDrawing, zoom } from "./leads_picture.js";
import { gaveUp } from "./leads_words.js";

const t = words({
  enlarge: ["Enlarge", "Ampliar"],
  no_drawing: ["The drawing did not come: {why}", "El dibujo no llegó: {why}"],
  again: ["Try again", "Reintentar"],
});

/** All drawings of one view. `headers()` are sent with each; `end()` gives up those on their way and forgets those that came. */
export class Drawings {
  constructor(path, headers) {
    Object.assign(this, { path, headers, ending: new AbortController(), kept: [], waiting: Promise.resolve() });
    this.near = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => this.come(entry.target)), { rootMargin: "400px" });
    this.acts = new WeakMap();
  }

  end() {
    this.ending.abort();
    this.near.disconnect();
    for (const at of this.kept) URL.revokeObjectURL(at);
    this.kept = [];
  }

  /** A figure of a drawing. */
  figure(name, title) {
    const figure = h("figure", { class: "drawing", "aria-busy": "true", data: { name } }, h("p", { class: "muted" }, t("loading")));
    this.acts.set(figure, () => this.fetch(figure, name, title));
    this.near.observe(figure);
    return figure;
  }

  come(figure) {
    this.near.unobserve(figure);
    // One after another: each is drawn from the whole story of the gallery.
    this.waiting = this.waiting.then(() => this.acts.get(figure)?.()).catch(() => {});
  }

  async fetch(figure, name, title) {
    try {
      const { text, at } = await fetchDrawing(`${this.path}/drawings/${encodeURIComponent(name)}.svg`, { headers: this.headers(), signal: this.ending.signal });
      this.kept.push(at);
      // Parsed apart from the page, and read for its text only.
      const svg = new DOMParser().parseFromString(text, "image/svg+xml");
      const alt = [title, svg.querySelector("desc")?.textContent].filter(Boolean).join(". ");
      const enlarge = () => zoom(title, at, alt);
      figure.enlarge = enlarge;
      put(figure, h("button", { class: "picture-button", "aria-label": `${t("enlarge")}: ${title}`, onclick: enlarge }, h("img", { class: "figure", src: at, alt })),
        h("figcaption", {}, h("button", { class: "plain small", onclick: enlarge }, t("enlarge"), " ", h("kbd", { "aria-hidden": "true" }, "z"))));
    } catch (error) {
      if (gaveUp(error)) return;
      put(figure, h("p", { class: "muted" }, t("no_drawing", { why: error.message }), " ", h("button", { onclick: () => this.fetch(figure, name, title) }, t("again"))));
    }
    figure.removeAttribute("aria-busy");
  }
}
