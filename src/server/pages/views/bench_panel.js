// The controls of the bench.

import { h, put } from "../lib/dom.js";
import { number } from "../lib/words.js";
import { card, choice, lamp, slider, tick } from "./bench_controls.js";
import { ARRANGEMENTS, LAYERS, stretch } from "./bench_state.js";
import { t } from "./bench_words.js";

const degrees = (rad) => (rad * 180) / Math.PI;
const radians = (deg) => (deg * Math.PI) / 180;

/** The light on a side. */
export const lights = (state, side) => state.lights[state.sameLight ? 0 : side];

/** Whether the computer asks for less motion. */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** The row above the stage: arrangement, picture, layer and what belongs to them. `act` holds the deeds of the bench. */
export function toolbar(state, act) {
  const arrangement = choice(t("arrangement"), ARRANGEMENTS.map((one, i) => [one, t(one), `${i + 1}`]), () => state.arrangement, act.arrange);
  const look = choice(t("picture"), [["lit", t("lit"), "h"], ["tinted", t("tinted"), "h"]], () => state.look, act.look);
  const layer = choice(t("layer"), LAYERS.map((one) => [one, t(one), t(`${one}_tip`)]), () => state.layer, act.layer);
  const divider = slider(t("divider"), { min: 2, max: 98, step: 1, value: () => Math.round(state.divider * 100), text: (v) => `${v} %`, set: (v) => act.divide(v / 100) });
  const rate = slider(t("rate"), { min: 0.5, max: calm() ? 1 : 6, step: 0.5, value: () => state.rate, text: (v) => number(v, 1), set: act.rate });
  const run = h("button", { type: "button", title: "f", onclick: act.flicker }, t("flicker_run"));
  const swap = h("button", { type: "button", title: "x", onclick: act.swapShown }, t("flicker_swap"));
  const special = h("div", { class: "special row wrap" });
  const show = () => {
    for (const one of [arrangement, look, layer, divider, rate]) one.show();
    run.setAttribute("aria-pressed", String(state.flickers));
    for (const button of look.box.children) button.disabled = state.arrangement === "difference";
    const wanted = state.arrangement === "split" ? [divider.box] : state.arrangement === "flicker" ? [run, swap, rate.box, calm() && h("span", { class: "small muted" }, t("reduced"))] : [];
    // Replacing a slider that is held would take it out of the hand.
    if (special.dataset.of !== state.arrangement) put(special, wanted);
    special.dataset.of = state.arrangement;
  };
  show();
  return { box: h("div", { class: "toolbar" }, arrangement.box, look.box, layer.box, special), show };
}

/** The card of light and relief. */
export function lightCard(state, act) {
  let of = 0;
  const light = () => lights(state, of);
  const set = (change) => {
    Object.assign(light(), change);
    act.lit();
    show();
  };
  const dome = lamp(t("lamp"), light, set, act.rest);
  const azimuth = slider(t("azimuth"), { min: -180, max: 180, step: 1, value: () => Math.round(degrees(light().azimuth_rad)), text: (v) => `${v}°`, set: (v) => set({ azimuth_rad: radians(v) }) });
  const elevation = slider(t("elevation"), { min: 5, max: 90, step: 1, value: () => Math.round(degrees(light().elevation_rad)), text: (v) => `${v}°`, set: (v) => set({ elevation_rad: radians(v) }) });
  // The slider runs over powers, so that the middle is the usual relief.
  const relief = slider(t("relief"), { min: -2, max: 3, step: 0.1, value: () => Math.log2(state.relief), text: () => `×${number(stretch(state), 1)}`, set: (v) => act.relief(2 ** v) });
  const whose = choice(t("light_of"), [[0, t("reference")], [1, t("comparison")]], () => of, (side) => {
    of = Number(side);
    show();
  });
  const same = tick(t("same_light"), () => state.sameLight, (on) => {
    state.sameLight = on;
    if (on) of = 0;
    else Object.assign(state.lights[1], state.lights[0]);
    act.lit();
    show();
  });
  const show = () => {
    for (const one of [dome, azimuth, elevation, relief, whose, same]) one.show();
    whose.box.hidden = state.sameLight;
  };
  show();
  const box = card(t("light"), h("div", { class: "lamp-row" }, dome.box, h("div", { class: "grow" }, azimuth.box, elevation.box, relief.box)), same.box, whose.box);
  return { box, show };
}

/** The card of position and tools. */
export function positionCard(state, act) {
  const locked = tick(t("locked"), () => state.locked, act.lock);
  const active = choice(t("moves"), [[0, t("reference")], [1, t("comparison")]], () => state.active, (side) => act.side(Number(side)));
  const button = (text, label, key, does) => h("button", { type: "button", "aria-label": label, title: `${label} (${key})`, onclick: does }, text);
  const says = h("p", { class: "small muted", id: "bench-says", "aria-live": "polite" });
  const show = () => {
    locked.show();
    active.show();
    active.box.hidden = state.locked;
  };
  show();
  const box = card(
    t("position"),
    h("div", { class: "row wrap buttons" }, button("+", t("larger"), "+", () => act.zoom(1.25)), button("−", t("smaller"), "-", () => act.zoom(0.8)), button("⟲", t("left"), "[", () => act.turn(-2)), button("⟳", t("right"), "]", () => act.turn(2)), button(t("reset_short"), t("reset"), "0", act.reset)),
    locked.box,
    active.box,
    says,
  );
  return { box, show, says };
}

/** The row of tools below the stage. */
export function tools(state, act) {
  const pressed = (text, key, on, does) => {
    const one = h("button", { type: "button", title: key, onclick: does }, text);
    one.show = () => one.setAttribute("aria-pressed", String(on()));
    return one;
  };
  const all = [
    pressed(t("cells"), "g", () => state.cells, act.cells),
    pressed(t("profile"), "p", () => state.tool === "profile", () => act.tool("profile")),
    pressed(t("measure"), "m", () => state.tool === "measure", () => act.tool("measure")),
  ];
  const show = () => all.forEach((one) => one.show());
  show();
  const box = h(
    "div",
    { class: "row wrap tools", role: "group", "aria-label": t("tools") },
    all,
    h("button", { type: "button", onclick: () => act.through(0) }, t("across")),
    h("button", { type: "button", onclick: () => act.through(Math.PI / 2) }, t("upright")),
    h("button", { type: "button", class: "plain", onclick: act.clear }, t("clear")),
  );
  return { box, show };
}
