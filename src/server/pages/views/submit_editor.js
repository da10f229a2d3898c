// Correcting outlines: by dragging, and by keys alone.

import { part as named, putTo } from "../lib/api.js";
import { h, notice, put, s } from "../lib/dom.js";
import { number } from "../lib/words.js";
import { Draft } from "./submit_draft.js";
import { line, numbered, outlineOf, tag, viewBox } from "./submit_picture.js";
import { begun, handles, moved, nearestEdge, PARTS, path, same } from "./submit_shapes.js";
import { partsPanel } from "./submit_editor_parts.js";
import { editorKeys } from "./submit_editor_keys.js";
import { e } from "./submit_editor_words.js";
import { trayOf } from "./submit_tray.js";
import { partName } from "./submit_words.js";
import { versions } from "./submit_versions.js";

const STEP_UM = 10;
const FINE_UM = 1;
const GRAB_PX = 16;
const TAG_PX = 17;
const REACHES = [0, 100, 200, 400, 800];
const REACH = "brasslink.reach";
const MAY = ["technician", "examiner", "analyst"];
const say = (place, text) => (place.textContent = text);

/** Shows the editor of a specimen's newest acquisition. */
export async function show(main, specimen, session) {
  const stop = new AbortController();
  put(main, h("p", { class: "empty" }, e("loading")));
  let outline;
  try {
    outline = await outlineOf(specimen, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) put(main, h("p", { class: "empty" }, error.message));
    return () => stop.abort();
  }
  const editor = new Editor(main, specimen, outline, session);
  return () => editor.end();
}

class Editor {
  constructor(main, specimen, outline, session) {
    const may = MAY.includes(session.account.role);
    Object.assign(this, { specimen, outline, may, frame: outline.frame, shown: null, tray: trayOf(session) });
    this.draft = new Draft(outline);
    this.part = numbered(this.draft.drawing)[0]?.name ?? PARTS[0];
    this.index = 0;
    this.view = { x: -this.frame.width_um / 2, y: -this.frame.height_um / 2, w: this.frame.width_um, h: this.frame.height_um };
    this.reach = Number(localStorage.getItem(REACH) ?? 200);
    this.build(main);
    const fit = new ResizeObserver(() => this.draw());
    fit.observe(this.canvas);
    const leave = (event) => this.draft.isChanged() && event.preventDefault();
    window.addEventListener("beforeunload", leave);
    this.end = () => {
      fit.disconnect();
      window.removeEventListener("beforeunload", leave);
    };
    editorKeys(this);
    this.refresh();
    if (this.draft.isTakenUp) notice(e("taken_up"));
  }

  build(main) {
    this.lines = s("g");
    this.knobs = s("g", { class: "knobs" });
    this.tags = s("g");
    const { width_um: w, height_um: d } = this.frame;
    const image = s("image", { href: `/api/v1/specimens/${named(this.specimen)}/surface.png?pixels=1400`, x: -w / 2, y: -d / 2, width: w, height: d, preserveAspectRatio: "none" });
    this.canvas = s("svg", { class: "canvas", viewBox: viewBox(this.frame), role: "application", "aria-label": e("canvas", { specimen: this.specimen }) }, s("rect", { class: "ground", x: -w / 2, y: -d / 2, width: w, height: d }), image, this.lines, this.knobs, this.tags);
    this.canvas.addEventListener("pointerdown", (event) => this.grab(event));
    this.canvas.addEventListener("dblclick", (event) => this.insertAt(this.place(event)));
    this.canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.heard = h("p", { class: "small where", role: "status", "aria-live": "polite" });
    this.parts = h("fieldset", { class: "parts" });
    this.tools = h("div", { class: "row wrap" });
    this.past = h("section", { class: "card" });
    this.why = h("textarea", { id: "why", rows: 2, required: true, maxlength: 1000, value: this.draft.reason, oninput: () => {
      this.draft.setReason(this.why.value);
      this.showSave();
    } });
    this.saved = h("p", { class: "small", role: "status" });
    this.saveButton = h("button", { class: "main", onclick: () => this.save() }, e("save_version"));
    this.lack = h("span", { class: "small muted" });
    put(
      main,
      h("div", { class: "row wrap spread editor-head" }, h("div", {}, h("h1", { tabindex: -1 }, e(this.may ? "title" : "outlines")), h("p", { class: "muted name" }, this.specimen, this.outline.finding && ` · ${this.outline.finding}`)), h("a", { class: "button", href: "/submit" }, e("back"))),
      h("div", { class: "editor" },
        h("div", { class: "stage" }, h("div", { class: "row wrap toolbar", role: "toolbar", "aria-label": e("tools") }, this.tools), this.canvas, this.heard),
        h("div", { class: "side" },
          h("section", { class: "card" }, this.parts),
          this.may && h("section", { class: "card" }, h("label", { for: "why" }, e("why")), this.why, h("p", { class: "small muted" }, e("kept")), h("div", { class: "row wrap" }, this.saveButton, this.lack), this.saved),
          this.past)),
    );
    main.querySelector("h1").focus();
  }

  get shape() {
    return this.draft.drawing[this.part];
  }

  /** Shows everything anew after something other than a place has changed. */
  refresh() {
    this.showParts();
    this.showTools();
    this.showSave();
    this.draw();
    versions(this.past, this.outline, { may: this.may, shown: this.shown, look: (version) => this.look(version), back: (version) => this.goBack(version) });
  }

  showParts() {
    const remove = (name) => this.change(e("part_gone", { part: partName(name) }), ({ [name]: _gone, ...rest }) => rest);
    const add = (name) => {
      this.part = name;
      this.index = 0;
      this.change(e("part_added", { part: partName(name) }), (all) => ({ ...all, [name]: begun(name, this.frame) }));
    };
    partsPanel(this.parts, this.draft.drawing, this.part, { may: this.may, choose: (name) => this.choose(name), add, remove });
  }

  showTools() {
    const held = [...this.tools.querySelectorAll("button")].indexOf(document.activeElement);
    const button = (label, act, disabled = false) => h("button", { class: "quiet", disabled, onclick: act }, e(label));
    const reach = h("select", { id: "reach", onchange: () => {
      this.reach = Number(reach.value);
      localStorage.setItem(REACH, reach.value);
    } }, REACHES.map((um) => h("option", { value: um, selected: um === this.reach }, um === 0 ? e("reach_none") : `${um} µm`)));
    const change = (label, act, possible) => button(label, () => this.change(e(label), (all) => ({ ...all, [this.part]: act(all[this.part]) })), !possible);
    const { shape, draft } = this;
    put(this.tools,
      this.may && [
        button("undo", () => this.undo(), !draft.canUndo()), button("redo", () => this.redo(), !draft.canRedo()),
        h("span", { class: "row" }, h("label", { for: "reach", class: "small" }, e("reach")), reach),
        button("insert", () => this.insert(), !shape?.polygons), button("delete", () => this.remove(), !shape?.polygons),
        change("to_circle", draft.tools.asCircle, shape && draft.tools.asCircle(shape)), change("to_polygon", draft.tools.asPolygon, shape && !shape.polygons), change("hole", draft.tools.withHole, shape),
        button("remove_ring", () => this.removeRing(), !shape?.polygons),
      ],
      button("zoom_in", () => this.zoom(1.4)), button("zoom_out", () => this.zoom(1 / 1.4)), button("whole", () => this.zoom(0)));
    if (held >= 0) this.tools.querySelectorAll("button")[held]?.focus();
  }

  showSave() {
    const lack = !this.draft.isChanged() ? e("unchanged") : !this.isAutomatic() && !this.draft.drawing.breech_face ? e("needs_face") : !this.draft.reason.trim() ? e("needs_why") : "";
    this.saveButton.disabled = lack !== "";
    this.lack.textContent = lack;
  }

  /** Whether the drawing is what the program found, or nothing where the scan was cropped already: that takes corrections back. */
  isAutomatic() {
    const found = this.outline.versions.findLast((one) => !one.by);
    return Boolean(found) && same(this.draft.drawing, found.drawing ?? {});
  }

  /** um of the acquisition that a pixel of the screen covers. */
  scale() {
    const { width, height } = this.canvas.getBoundingClientRect();
    return Math.max(this.view.w / (width || 1), this.view.h / (height || 1));
  }

  /** Draws lines and handles where they are now. */
  draw() {
    const { view, frame } = this;
    this.canvas.setAttribute("viewBox", `${view.x} ${view.y} ${view.w} ${view.h}`);
    const all = numbered(this.draft.drawing);
    const own = all.filter((one) => one.name === this.part);
    put(this.lines,
      this.shown && numbered(this.shown.drawing).map(({ shape }) => s("path", { class: "old", d: path(shape) })),
      [...all.filter((one) => one.name !== this.part), ...own].map(({ name, shape }) => s("g", { class: name === this.part ? "own" : "other" }, line(name, shape))));
    // The part in hand shows its handles instead of its number.
    put(this.tags, all.filter((one) => one.name !== this.part).map((one) => tag(one, frame, TAG_PX * this.scale())));
    this.placeKnobs();
  }

  placeKnobs() {
    const points = this.may && this.shape ? handles(this.shape) : [];
    this.index = Math.min(this.index, Math.max(0, points.length - 1));
    const held = this.knobs.contains(document.activeElement);
    while (this.knobs.childElementCount > points.length) this.knobs.lastChild.remove();
    while (this.knobs.childElementCount < points.length) this.knobs.append(s("circle", { role: "button", "aria-roledescription": e("handle") }));
    const unit = this.scale();
    points.forEach((one, index) => {
      const knob = this.knobs.children[index];
      const current = index === this.index;
      // Close handles are drawn small so that the outline between them stays to be seen.
      const next = one.kind === "point" ? Math.hypot(one.at.x_um - points[(index + 1) % points.length].at.x_um, one.at.y_um - points[(index + 1) % points.length].at.y_um) : Infinity;
      const radius = current || one.kind !== "point" ? 6.5 * unit : Math.max(1.5 * unit, Math.min(3.4 * unit, next * 0.28));
      const values = { cx: one.at.x_um, cy: one.at.y_um, r: radius, class: `knob ${one.kind}${current ? " current" : ""}`, tabindex: current ? 0 : -1, "aria-label": this.describe(one) };
      for (const [name, value] of Object.entries(values)) knob.setAttribute(name, value);
    });
    if (held) this.knobs.children[this.index]?.focus();
  }

  describe(one) {
    const where = `x ${number(one.at.x_um, 0)}, y ${number(one.at.y_um, 0)} µm`;
    const name = one.kind === "point" ? e(one.ring < 0 ? "point" : "hole_point", { n: one.index + 1, all: one.of }) : e(one.kind);
    return `${partName(this.part)}, ${name}: ${where}`;
  }

  choose(name) {
    if (!this.draft.drawing[name]) return;
    this.part = name;
    this.index = 0;
    this.refresh();
    say(this.heard, e("chosen", { part: partName(name), n: handles(this.shape).length }));
  }

  /** Changes the drawing by a step that can be undone. */
  change(told, act) {
    this.draft.step(act(this.draft.drawing));
    this.changed(told);
  }

  undo() {
    this.draft.undo();
    this.changed(e("undone"));
  }

  redo() {
    this.draft.redo();
    this.changed(e("redone"));
  }

  changed(told) {
    if (!this.shape) this.part = numbered(this.draft.drawing)[0]?.name ?? PARTS[0];
    this.refresh();
    say(this.heard, told);
  }

  current() {
    return this.shape && handles(this.shape)[this.index];
  }

  place(event) {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.canvas.getScreenCTM().inverse());
    return { x_um: point.x, y_um: point.y };
  }

  /** Takes the nearest handle, or else the picture itself. */
  grab(event) {
    if (event.button !== 0) return;
    const from = this.place(event);
    const far = (one) => Math.hypot(one.at.x_um - from.x_um, one.at.y_um - from.y_um);
    const points = this.may && this.shape ? handles(this.shape) : [];
    const nearest = points.reduce((best, one, index) => (far(one) < (best ? far(best.one) : Infinity) ? { one, index } : best), null);
    event.preventDefault();
    if (nearest && far(nearest.one) <= GRAB_PX * this.scale()) {
      this.index = nearest.index;
      this.placeKnobs();
      this.knobs.children[this.index].focus({ preventScroll: true });
      this.drag(event, nearest.one, from);
    } else this.pan(event);
  }

  drag(event, handle, from) {
    const base = this.draft.drawing;
    const off = { x: handle.at.x_um - from.x_um, y: handle.at.y_um - from.y_um };
    this.follow(event, (next) => {
      const at = this.place(next);
      this.draft.drawing = moved(base, this.part, handle, { x_um: at.x_um + off.x, y_um: at.y_um + off.y }, this.reach);
      this.draw();
    }, () => {
      const after = this.draft.drawing;
      this.draft.drawing = base;
      if (same(base, after)) return;
      this.change(this.describe(handles(after[this.part])[this.index]), () => after);
    });
  }

  pan(event) {
    const from = { x: event.clientX, y: event.clientY, view: { ...this.view } };
    const unit = this.scale();
    this.follow(event, (next) => {
      Object.assign(this.view, { x: from.view.x - (next.clientX - from.x) * unit, y: from.view.y - (next.clientY - from.y) * unit });
      this.draw();
    });
  }

  follow(event, move, done = () => {}) {
    this.canvas.setPointerCapture(event.pointerId);
    const over = () => {
      this.canvas.removeEventListener("pointermove", move);
      done();
    };
    this.canvas.addEventListener("pointermove", move);
    this.canvas.addEventListener("lostpointercapture", over, { once: true });
  }

  wheel(event) {
    event.preventDefault();
    this.zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, this.place(event));
  }

  /** Zooms about a place, or about the current handle; 0 shows the whole picture. */
  zoom(factor, about) {
    const { width_um: w, height_um: d } = this.frame;
    if (factor === 0) this.view = { x: -w / 2, y: -d / 2, w, h: d };
    else {
      const at = about ?? this.current()?.at ?? { x_um: this.view.x + this.view.w / 2, y_um: this.view.y + this.view.h / 2 };
      const by = Math.min(1 / factor, (w * 1.2) / this.view.w);
      if (this.view.w * by < w / 40) return;
      this.view = { x: at.x_um - (at.x_um - this.view.x) * by, y: at.y_um - (at.y_um - this.view.y) * by, w: this.view.w * by, h: this.view.h * by };
    }
    this.draw();
  }

  insertAt(place) {
    const edge = this.may && this.shape?.polygons ? nearestEdge(this.shape, place) : null;
    if (edge && edge.far <= GRAB_PX * this.scale()) this.insert(edge);
  }

  insert(edge) {
    const handle = edge?.handle ?? this.current();
    if (handle?.kind !== "point") return;
    this.index = handles(this.shape).findIndex((one) => one.area === handle.area && one.ring === handle.ring && one.index === handle.index) + 1;
    this.change(e("inserted"), (all) => this.draft.tools.inserted(all, this.part, handle, edge?.at));
  }

  remove() {
    const after = this.current() && this.draft.tools.removed(this.draft.drawing, this.part, this.current());
    if (after) this.change(e("deleted"), () => after);
    else say(this.heard, e("too_few"));
  }

  removeRing() {
    const handle = this.current();
    const shape = handle && this.draft.tools.withoutRing(this.shape, handle);
    this.change(e("ring_gone"), ({ [this.part]: _gone, ...rest }) => (shape ? { ...rest, [this.part]: shape } : rest));
  }

  /** Moves the current handle, or goes to another. */
  key(event) {
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const handle = this.current();
    if (!handle || event.ctrlKey || event.metaKey || event.altKey) return;
    const by = arrows[event.key];
    if (by) {
      const step = event.shiftKey ? FINE_UM : STEP_UM;
      const to = { x_um: handle.at.x_um + by[0] * step, y_um: handle.at.y_um + by[1] * step };
      this.draft.step(moved(this.draft.drawing, this.part, handle, to, this.reach), `move ${this.part} ${this.index}`);
      this.showTools();
      this.showSave();
      this.draw();
      say(this.heard, this.describe(this.current()));
    } else if (event.key === "Delete" || event.key === "Backspace") this.remove();
    else if (event.key === "Insert") this.insert();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  step(by) {
    const { length } = this.shape ? handles(this.shape) : [];
    if (!length) return;
    this.index = (this.index + by + length) % length;
    this.placeKnobs();
    this.knobs.children[this.index].focus({ preventScroll: true });
    say(this.heard, this.describe(this.current()));
  }

  look(version) {
    this.shown = this.shown?.number === version.number ? null : version;
    this.refresh();
  }

  /** Takes an earlier version as the drawing: it is saved as a new version, and none is ever lost. */
  goBack(version) {
    this.shown = null;
    if (!this.draft.reason.trim()) {
      this.why.value = e("back_reason", { n: version.number });
      this.draft.setReason(this.why.value);
    }
    this.change(e("went_back", { n: version.number }), () => structuredClone(version.drawing));
    this.saveButton.focus();
  }

  async save() {
    if (this.saveButton.disabled) return;
    this.saveButton.disabled = true;
    this.saved.textContent = e("saving");
    try {
      const given = { drawing: this.isAutomatic() ? {} : this.draft.drawing, reason: this.draft.reason.trim() };
      const made = await putTo(`/api/v1/specimens/${named(this.specimen)}/outline`, given);
      this.tray.corrected(this.specimen, made);
      this.draft.forget();
      this.outline = await outlineOf(this.specimen);
      this.draft = new Draft(this.outline);
      this.why.value = "";
      this.shown = null;
      this.refresh();
      this.heard.textContent = "";
      this.saved.textContent = e("saved", { n: made.number, suitability: made.suitability });
    } catch (error) {
      this.saved.textContent = error.message;
      this.showSave();
    }
  }
}
