// Submission: the exhibit's data, the tray, and what became of each file.

import { go } from "../app.js";
import { part } from "../lib/api.js";
import { h, notice, put } from "../lib/dom.js";
import { keys } from "../lib/keys.js";
import { sheet } from "../lib/sheet.js";
import { language } from "../lib/words.js";
import { correlation, correlations } from "./submit_correlate.js";
import { detail } from "./submit_detail.js";
import { exhibitForm, missing } from "./submit_form.js";
import { OFFERED, takeDrops } from "./submit_pick.js";
import { mayRetry, row, wordOf } from "./submit_row.js";
import { isComparable, isStored, trayOf } from "./submit_tray.js";
import { t } from "./submit_words.js";

const MAY = ["technician", "examiner"];
let chosen = null;

export async function show(main, rest, session) {
  await sheet("/assets/views/submit.css");
  if (rest[0] === "outline" && rest[1]) return (await import("./submit_editor.js")).show(main, rest[1], session);
  if (!MAY.includes(session.account.role)) {
    put(main, h("h1", {}, t("submit")), h("div", { class: "card empty" }, h("p", {}, t("not_allowed")), h("a", { class: "button", href: "/lists" }, t("lists"))));
    return null;
  }
  const page = new Page(main, session);
  return () => page.end();
}

/** Files of the tray in groups of one exhibit each; what is not sent yet comes first. */
function groups(tray) {
  const all = new Map();
  for (const item of tray.items) {
    const key = item.sent ? JSON.stringify(item.sent) : "";
    all.set(key, [...(all.get(key) ?? []), item]);
  }
  // The newest exhibit stands on top.
  const sent = [...all].filter(([key]) => key !== "").reverse();
  return all.has("") ? [["", all.get("")], ...sent] : sent;
}

class Page {
  constructor(main, session) {
    this.tray = trayOf(session);
    this.ends = [];
    this.rows = new Map();
    this.places = new Map();
    this.endDetail = () => {};
    this.watchSight();
    this.build(main);
    this.watch = correlations(this.tray, (group) => this.showJob(group));
    this.ends.push(this.watch.end);
    const hear = (name, act) => {
      const listener = (event) => act(event.detail);
      this.tray.addEventListener(name, listener);
      this.ends.push(() => this.tray.removeEventListener(name, listener));
    };
    hear("list", () => this.showList());
    hear("item", (item) => this.itemChanged(item));
    hear("progress", (item) => this.rows.get(item)?.progress());
    const leave = (event) => this.tray.isBusy() && event.preventDefault();
    window.addEventListener("beforeunload", leave);
    this.ends.push(() => window.removeEventListener("beforeunload", leave));
    this.ends.push(takeDrops(main, (files) => this.take(files)));
    if (!this.tray.items.includes(chosen)) chosen = null;
    this.showList();
    this.showDetail();
    this.takeKeys();
  }

  end() {
    this.endDetail();
    for (const one of this.rows.values()) one.end();
    this.sight.disconnect();
    for (const one of this.ends) one();
  }

  /** Lines ask for their picture only when they come into view. */
  watchSight() {
    const acts = new WeakMap();
    this.sight = new IntersectionObserver((entries) => {
      for (const entry of entries) if (entry.isIntersecting) acts.get(entry.target)?.();
    }, { rootMargin: "200px" });
    this.observe = (element, act) => {
      acts.set(element, act);
      // Watching anew tells again whether it is in view.
      this.sight.unobserve(element);
      this.sight.observe(element);
    };
  }

  build(main) {
    this.input = h("input", { type: "file", multiple: true, accept: OFFERED, class: "heard", tabindex: -1, "aria-hidden": "true", onchange: () => {
      this.take([...this.input.files]);
      this.input.value = "";
    } });
    const choose = () => this.input.click();
    this.sendButton = h("button", { class: "main send", onclick: () => this.send() });
    this.lack = h("p", { class: "small muted", role: "status" });
    this.list = h("div", { class: "groups" });
    this.count = h("span", { class: "muted small" });
    this.pane = h("section", { class: "card detail", "aria-label": t("figures") });
    this.heard = h("div", { class: "heard", role: "status", "aria-live": "polite" });
    this.clear = h("button", { class: "quiet", onclick: () => this.tray.clearDone() }, t("clear"));
    this.form = h("div", { class: "form-place" });
    this.buildForm();
    put(
      main,
      h("div", { class: "submit-head" }, h("h1", {}, t("submit")), h("p", { class: "muted" }, t("lead"))),
      h(
        "div",
        { class: "desk" },
        h("section", { class: "card enter", "aria-label": t("data") },
          h("div", { class: "row spread" }, h("h2", {}, t("data")), h("button", { class: "quiet", onclick: () => this.nextExhibit() }, t("next_exhibit"))),
          this.form,
          h("div", { class: "drop" }, h("strong", {}, t("drop_title")), h("p", { class: "small muted" }, t("drop_kinds")), h("button", { onclick: choose }, t("choose")), this.input),
          this.sendButton, this.lack),
        h("section", { class: "card tray", "aria-labelledby": "tray-title" },
          h("div", { class: "row spread" }, h("h2", { id: "tray-title" }, t("tray")), this.count, this.clear), this.list),
        this.pane,
      ),
      this.heard,
    );
  }

  buildForm() {
    put(this.form, exhibitForm(this.tray, () => this.showSend()));
  }

  /** Empties what belongs to one exhibit; calibre and instrument stay for the next. */
  nextExhibit() {
    this.tray.setFields({ exhibit: "", incident: "", incident_date: "", firearm: "" });
    this.buildForm();
    this.showSend();
    document.getElementById("f-exhibit").focus();
  }

  take(files) {
    if (files.length === 0) return;
    const known = this.tray.add(files);
    if (known > 0) notice(t("known", { n: known }));
    const lack = missing(this.tray.fields);
    if (lack && this.tray.staged().length > 0) document.querySelector(".exhibit-form input:invalid, #f-exhibit")?.focus();
  }

  send() {
    if (this.sendButton.disabled) return;
    const [first] = this.tray.staged();
    this.tray.send();
    this.choose(first);
  }

  showSend() {
    const { length: n } = this.tray.staged();
    const lack = missing(this.tray.fields);
    const exhibit = this.tray.fields.exhibit;
    this.sendButton.disabled = n === 0 || lack !== "";
    put(this.sendButton, n === 0 ? t("send_none") : n === 1 ? t("send_one") : t("send_many", { n }), n > 0 && !lack && h("span", { class: "block small" }, t("as_exhibit", { exhibit })));
    this.lack.textContent = n > 0 ? lack : "";
  }

  showList() {
    const { items } = this.tray;
    const old = this.rows;
    this.rows = new Map();
    this.places = new Map();
    const seen = { choose: (item) => this.choose(item), observe: this.observe, pick: () => this.input.click() };
    for (const item of items) {
      // Lines that stay are kept with their pictures.
      this.rows.set(item, old.get(item) ?? row(this.tray, item, { chosen: () => chosen, language: language(), seen }));
      old.get(item)?.refresh();
      old.delete(item);
    }
    for (const one of old.values()) one.end();
    put(this.list, items.length === 0 && h("p", { class: "empty" }, t("drop_more")), groups(this.tray).map(([key, some]) => this.group(key, some)));
    this.showCount();
    this.showSend();
    if (chosen && !items.includes(chosen)) this.choose(null);
  }

  group(key, items) {
    const sent = items[0].sent;
    const place = h("div", { class: "row wrap job" });
    this.places.set(key, { place, items });
    if (sent) correlation(place, key, items, this.watch ?? { of: (group) => this.tray.jobs[group] });
    const origin = sent && [sent.incident && `${t("incident")} ${sent.incident}`, sent.incident_date, sent.firearm && `${t("firearm")} ${sent.firearm}`, sent.calibre];
    return h("section", { class: "group" },
      h("header", { class: "row wrap spread" },
        h("h3", {}, sent ? `${t("exhibit")} ${sent.exhibit}` : t("not_sent"), sent && h("span", { class: "small muted block" }, origin.filter(Boolean).join(" · "))), place),
      h("ul", { class: "files" }, items.map((item) => this.rows.get(item).element)));
  }

  showJob(group) {
    const found = this.places.get(group);
    if (found) correlation(found.place, group, found.items, this.watch);
  }

  showCount() {
    const { items } = this.tray;
    const done = items.filter((item) => item.state === "done").length;
    this.count.textContent = items.length > 0 ? t("tray_note", { done, all: items.length }) : "";
    this.clear.hidden = done === 0;
  }

  itemChanged(item) {
    this.rows.get(item)?.refresh();
    this.showCount();
    this.showSend();
    if (item.state === "done" || item.state === "failed") this.heard.textContent = `${item.name}: ${t(wordOf(item))}`;
    if (item.sent) this.showJob(JSON.stringify(item.sent));
    if (item === chosen) this.showDetail();
  }

  choose(item) {
    const before = chosen;
    chosen = item;
    this.rows.get(before)?.refresh();
    this.rows.get(item)?.refresh();
    this.showDetail();
  }

  showDetail() {
    this.endDetail();
    this.endDetail = detail(this.pane, chosen, { again: (item) => this.tray.again(item) });
  }

  /** The files in the order in which they stand on the page. */
  step(by) {
    const all = groups(this.tray).flatMap(([, items]) => items);
    if (all.length === 0) return;
    const at = all.indexOf(chosen);
    this.choose(all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))]);
    const { element } = this.rows.get(chosen);
    element.scrollIntoView({ block: "nearest" });
    element.querySelector(".open").focus();
  }

  takeKeys() {
    const own = () => chosen?.sent && JSON.stringify(chosen.sent);
    keys([
      { key: "o", label: t("key_choose"), act: () => this.input.click() },
      { key: "s", label: t("key_send"), act: () => this.send() },
      { key: "j", label: t("key_next"), act: () => this.step(1) },
      { key: "k", label: t("key_previous"), act: () => this.step(-1) },
      { key: "e", label: t("key_correct"), act: () => chosen && isStored(chosen) && go(`/submit/outline/${part(chosen.outcome.specimen)}`) },
      { key: "c", label: t("key_correlate"), act: () => own() && this.watch.start(own(), this.places.get(own()).items) },
      { key: "r", label: t("key_retry"), act: () => chosen && mayRetry(chosen) && this.tray.again(chosen) },
      { key: "l", label: t("key_list"), act: () => chosen && isComparable(chosen) && go(`/lists/${part(chosen.outcome.specimen)}`) },
    ]);
  }
}
