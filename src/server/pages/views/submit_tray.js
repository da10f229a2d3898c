// The tray: files on their way and what became of them. It outlives the view, so that files go on being sent while another page is shown, and what is
// settled outlives a reload. Nothing counts as done before the service's answer is here.

import { dropUpload, Interrupted, printOf, submitFile } from "./submit_send.js";

const AT_ONCE = 3;
const UNDER_WAY = ["sending", "examining"];
/** States of a file that a reload cuts short: its bytes are gone from the page. */
const CUT_SHORT = ["staged", "waiting", "sending", "examining"];

/** A key of this page's own for a request. */
const freshKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");

/** Whether a specimen lies in the gallery after this outcome. */
export const isStored = (item) => item.state === "done" && ["accepted", "unsuitable", "already_there"].includes(item.outcome.status);

/** The verdict on an item in one of the words that the page has for it. */
export function verdictOf(outcome) {
  if (outcome.status === "already_there") return "duplicate";
  if (outcome.status === "rejected") return outcome.gate?.reasons.some((one) => one.code.startsWith("duplicate.")) ? "duplicate" : "rejected";
  if (outcome.status === "accepted") return outcome.gate?.verdict === "reservations" ? "reservations" : "accepted";
  return outcome.status === "unsuitable" ? "unsuitable" : "failed";
}

/** Whether a mark can be searched for. */
export const isComparable = (item) => item.state === "done" && ["accepted", "reservations"].includes(verdictOf(item.outcome));

/** The fields of the form, of which incident and firearm exclude each other. */
export function fieldsOf({ exhibit, kind, incident, incident_date, firearm, calibre, instrument }) {
  const origin = kind === "test_fire" ? { firearm } : { incident, incident_date };
  return { exhibit, ...origin, calibre, instrument };
}

/** The tray of one person. Events: "list" when items came or went, "item" and "progress" with the item as detail. */
export class Tray extends EventTarget {
  constructor(owner) {
    super();
    this.owner = owner;
    this.place = `brasslink.tray.${owner}`;
    this.csrf = null;
    this.fields = { kind: "evidence" };
    this.items = [];
    this.jobs = {};
    this.restore();
    this.onOnline = () => this.goOn();
    window.addEventListener("online", this.onOnline);
  }

  restore() {
    let kept = {};
    try {
      kept = JSON.parse(sessionStorage.getItem(this.place) ?? "{}");
    } catch {
      // What cannot be read is begun anew.
    }
    Object.assign(this.fields, kept.fields);
    this.jobs = kept.jobs ?? {};
    this.items = (kept.items ?? []).map((item) => (CUT_SHORT.includes(item.state) ? { ...item, state: "lost", share: 0 } : item));
  }

  keep() {
    const items = this.items.map(({ file: _file, stop: _stop, share: _share, ...rest }) => rest);
    try {
      sessionStorage.setItem(this.place, JSON.stringify({ fields: this.fields, items, jobs: this.jobs }));
    } catch {
      // A full store costs the tray after a reload, never a file that is being sent.
    }
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** Sets an item's state and tells it. */
  change(item, values) {
    Object.assign(item, values);
    this.keep();
    this.tell("item", item);
  }

  setFields(values) {
    Object.assign(this.fields, values);
    this.keep();
  }

  /** Takes files; gives how many were there already. A file that a reload cut short goes on from where it was. */
  add(files) {
    let known = 0;
    for (const file of files) {
      const print = printOf(file);
      const lost = this.items.find((item) => item.print === print && item.state === "lost");
      if (lost) {
        Object.assign(lost, { file, state: lost.sent ? "waiting" : "staged" });
      } else if (this.items.some((item) => item.print === print && item.state === "staged")) {
        known += 1;
      } else {
        this.items.push({ id: freshKey(), print, name: file.name, size: file.size, file, state: "staged", share: 0 });
      }
    }
    this.keep();
    this.tell("list");
    this.pump();
    return known;
  }

  staged() {
    return this.items.filter((item) => item.state === "staged");
  }

  /** Sends what is staged with the fields as they are now. */
  send() {
    const sent = fieldsOf(this.fields);
    for (const item of this.staged()) Object.assign(item, { sent: { ...sent }, key: freshKey(), state: "waiting" });
    this.keep();
    this.tell("list");
    this.pump();
  }

  /** Tries again: with the same key where no answer came, as a new request where one did. */
  again(item) {
    const settled = item.state === "done" || item.answered;
    if (!item.file) return this.change(item, { state: "lost", outcome: null, key: settled ? freshKey() : item.key });
    this.change(item, { state: "waiting", why: null, outcome: null, answered: false, key: settled ? freshKey() : item.key });
    this.pump();
  }

  /** Puts a file back so that it goes with other data than before. */
  restage(item) {
    this.change(item, { state: item.file ? "staged" : "lost", sent: null, why: null, outcome: null });
    this.tell("list");
  }

  /** Goes on with what the connection or a sign-in cut off. */
  goOn() {
    for (const item of this.items) if (item.state === "failed" && item.cut && item.file) this.again(item);
  }

  remove(item) {
    item.stop?.abort(new DOMException("", "AbortError"));
    if (item.file && item.state !== "done") dropUpload(item.file, this.owner);
    this.items = this.items.filter((one) => one !== item);
    this.keep();
    this.tell("list");
    this.pump();
  }

  /** Takes over what a corrected outline made of a mark. */
  corrected(specimen, { quality, suitable }) {
    for (const item of this.items) {
      if (!isStored(item) || item.outcome.specimen !== specimen || item.outcome.status === "already_there") continue;
      this.change(item, { outcome: { ...item.outcome, quality, status: suitable ? "accepted" : "unsuitable" } });
    }
  }

  /** Takes what is settled off the tray; the gallery keeps it. */
  clearDone() {
    this.items = this.items.filter((item) => item.state !== "done");
    this.keep();
    this.tell("list");
  }

  isBusy() {
    return this.items.some((item) => item.state === "waiting" || UNDER_WAY.includes(item.state));
  }

  pump() {
    while (this.items.filter((item) => UNDER_WAY.includes(item.state)).length < AT_ONCE) {
      const next = this.items.find((item) => item.state === "waiting");
      if (!next) return;
      this.sendOne(next);
    }
  }

  async sendOne(item) {
    const stop = new AbortController();
    this.change(item, { state: "sending", share: 0, stop });
    const told = (share) => {
      item.share = share;
      if (share >= 1 && item.state === "sending") this.change(item, { state: "examining" });
      else this.tell("progress", item);
    };
    try {
      const how = { key: item.key, csrf: this.csrf, owner: this.owner, told, signal: stop.signal };
      const outcome = await submitFile(item.file, item.sent, how);
      this.change(item, { state: "done", outcome, stop: null });
    } catch (error) {
      if (stop.signal.aborted) return;
      const cut = error instanceof Interrupted || error.kind === "sign-in-required";
      this.change(item, { state: "failed", why: cut ? null : error.message, cut, answered: !cut, stop: null });
    }
    this.pump();
  }

  /** Ends everything: another person has signed in. */
  end() {
    window.removeEventListener("online", this.onOnline);
    for (const item of this.items) item.stop?.abort(new DOMException("", "AbortError"));
    for (const item of this.items) if (item.state === "waiting") item.state = "lost";
  }
}

let current = null;

/** The tray of who has signed in. */
export function trayOf(session) {
  if (current?.owner !== session.account.name) {
    current?.end();
    current = new Tray(session.account.name);
  }
  current.csrf = session.csrf;
  current.goOn();
  return current;
}
