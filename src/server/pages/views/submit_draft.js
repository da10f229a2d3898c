// A drawing that is being corrected: undo, redo, and a copy that a reload or another page does not lose.

import { asCircle, asPolygon, copy, inserted, removed, same, withHole, withoutRing } from "./submit_shapes.js";

const MOST_STEPS = 200;

export class Draft {
  constructor(outline) {
    this.place = `brasslink.outline.${outline.acquisition}`;
    this.first = outline.drawing ?? {};
    this.number = outline.number;
    this.drawing = copy(this.first);
    this.reason = "";
    this.before = [];
    this.after = [];
    this.tools = { asCircle, asPolygon, inserted, removed, withHole, withoutRing };
    this.isTakenUp = this.takeUp();
  }

  /** Takes up what was left unsaved, if nobody has saved a version since. */
  takeUp() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.place));
      if (!kept || kept.number !== this.number) return false;
      this.drawing = kept.drawing;
      this.reason = kept.reason;
      return this.isChanged();
    } catch {
      return false;
    }
  }

  keep() {
    sessionStorage.setItem(this.place, JSON.stringify({ number: this.number, drawing: this.drawing, reason: this.reason }));
  }

  forget() {
    sessionStorage.removeItem(this.place);
  }

  setReason(text) {
    this.reason = text;
    this.keep();
  }

  isChanged() {
    return !same(this.drawing, this.first);
  }

  canUndo() {
    return this.before.length > 0;
  }

  canRedo() {
    return this.after.length > 0;
  }

  /** Goes on to a drawing. Steps of the same name after each other, as of a held arrow key, are undone together. */
  step(next, name = null) {
    if (same(next, this.drawing)) return;
    const goesOn = name !== null && this.before.at(-1)?.name === name;
    if (!goesOn) this.before.push({ drawing: this.drawing, name });
    if (this.before.length > MOST_STEPS) this.before.shift();
    this.after = [];
    this.drawing = next;
    this.keep();
  }

  undo() {
    const last = this.before.pop();
    if (!last) return;
    this.after.push({ drawing: this.drawing, name: last.name });
    this.drawing = last.drawing;
    this.keep();
  }

  redo() {
    const next = this.after.pop();
    if (!next) return;
    this.before.push({ drawing: this.drawing, name: null });
    this.drawing = next.drawing;
    this.keep();
  }
}
