// The keys of the bench.

import { ARRANGEMENTS } from "./bench_state.js";
import { t } from "./bench_words.js";

const STEP = 24;

/** The list for `keys`; `act` holds the deeds. */
export function benchKeys(state, act) {
  const arrow = (key, dx, dy, label) => ({
    key,
    shown: "← ↑ ↓ →",
    label,
    act: (event) => (event.shiftKey ? act.shine(dx, dy) : act.pan(dx * STEP, dy * STEP)),
  });
  return [
    ...ARRANGEMENTS.map((one, i) => ({ key: String(i + 1), label: t(one), act: () => act.arrange(one) })),
    arrow("ArrowLeft", 1, 0, t("k_pan")),
    arrow("ArrowRight", -1, 0),
    arrow("ArrowUp", 0, 1),
    arrow("ArrowDown", 0, -1),
    { key: "+", shown: "+ −", label: t("k_zoom"), act: () => act.zoom(1.15) },
    { key: "=", act: () => act.zoom(1.15) },
    { key: "-", act: () => act.zoom(1 / 1.15) },
    { key: "[", shown: "[ ]  q e", label: t("k_turn"), act: () => act.turn(-2) },
    { key: "]", act: () => act.turn(2) },
    { key: "q", act: () => act.turn(-2) },
    { key: "e", act: () => act.turn(2) },
    { key: "{", act: () => act.turn(-0.2) },
    { key: "}", act: () => act.turn(0.2) },
    { key: ",", shown: ", .", label: t("k_divider"), act: () => act.divide(state.divider - 0.02) },
    { key: ".", act: () => act.divide(state.divider + 0.02) },
    { key: "<", shown: "< >", label: t("k_relief"), act: () => act.relief(state.relief / 1.2) },
    { key: ">", act: () => act.relief(state.relief * 1.2) },
    { key: "h", label: `${t("lit")} / ${t("tinted")}`, act: () => act.look(state.look === "lit" ? "tinted" : "lit") },
    { key: "y", label: t("k_layer"), act: act.nextLayer },
    { key: "f", label: `${t("flicker")}: ${t("flicker_run")}`, act: act.flicker },
    { key: "x", label: `${t("flicker")}: ${t("flicker_swap")}`, act: act.swapShown },
    { key: "g", label: t("cells"), act: act.cells },
    { key: "t", label: t("locked"), act: () => act.lock(!state.locked) },
    { key: "a", label: t("k_side"), act: () => act.side(1 - state.active) },
    { key: "p", label: t("profile"), act: () => act.tool("profile") },
    { key: "m", label: t("measure"), act: () => act.tool("measure") },
    { key: "c", label: t("k_mark"), act: act.markMiddle },
    { key: "Escape", shown: "Esc", label: t("k_off"), act: () => act.tool(null) },
    { key: "0", label: t("reset"), act: act.reset },
    { key: "j", label: t("after"), act: () => act.step(1) },
    { key: "k", label: t("before"), act: () => act.step(-1) },
    { key: "l", label: t("make_lead"), act: act.judge },
    { key: "s", label: t("save_view"), act: act.save },
    { key: "d", label: t("download_view"), act: act.keep },
    { key: "b", label: t("whole_list"), act: act.back },
  ];
}
