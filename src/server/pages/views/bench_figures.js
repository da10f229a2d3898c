// The figures of a comparison.

import { h, put } from "../lib/dom.js";
import { number, ratio } from "../lib/words.js";
import { nowPose } from "./bench_state.js";
import { t } from "./bench_words.js";

const degrees = (rad) => (rad * 180) / Math.PI;

/** Puts the figures of a comparison into a box; null where it could not be computed. */
export function figures(box, found, fault) {
  if (!found) {
    put(box, h("h2", {}, t("figures")), h("p", { class: fault ? "fault" : "muted" }, fault ?? t("comparing")));
    return;
  }
  const row = (name, value, note) => h("tr", {}, h("th", { scope: "row" }, name), h("td", { class: "n" }, value, note && h("span", { class: "muted" }, ` ${note}`)));
  const counts = (found.cell_list ?? []).reduce((all, cell) => ({ ...all, [cell.state]: (all[cell.state] ?? 0) + 1 }), {});
  put(
    box,
    h("h2", {}, t("figures")),
    h("table", { class: "figures" }, h("tbody", {}, [
      row(t("score"), number(found.score)),
      row(h("abbr", { title: t("ratio_long") }, t("ratio")), found.log10_lr === null ? "–" : ratio(found.log10_lr, found.log10_lr_interval, found.log10_lr_at_bound)),
      row(t("congruent_cells"), t("of_count", { n: found.congruent_cells, all: found.cells })),
      row(t("rotation"), `${number(found.rotation_deg, 1)}°`),
      row(t("shift"), `${number(found.shift_um[0], 0)}, ${number(found.shift_um[1], 0)} µm`),
    ])),
    found.log10_lr === null && h("p", { class: "small muted" }, t("no_ratio")),
    h("ul", { class: "cell-key small" }, Object.entries(counts).map(([state, n]) => h("li", { class: state }, `${t(state)}: ${n}`))),
    h("p", { class: "small" }, h("strong", {}, `${t("population")}: `), found.population),
    h("p", { class: "small muted" }, `${t("version")} ${found.version} · ${t("parameters")} `, h("code", { title: found.parameters }, String(found.parameters).slice(0, 16))),
    found.features && h(
      "details",
      { class: "small" },
      h("summary", {}, t("features")),
      h("table", {}, h("tbody", {}, Object.entries(found.features).filter(([, value]) => typeof value === "number").map(([name, value]) => row(h("code", {}, name), number(value, 3))))),
    ),
    h("p", { class: "small muted" }, t("lead_note")),
  );
}

/** How the marks lie now, in words. */
export function lie(state, found) {
  if (!state.cameras) return "";
  if (!found) return t("unaligned");
  const now = nowPose(state);
  const turn = degrees(now.theta_rad - state.pose.theta_rad);
  const [x, y] = [now.dx_um - state.pose.dx_um, now.dy_um - state.pose.dy_um];
  if (Math.abs(turn) < 0.05 && Math.hypot(x, y) < 0.5) return t("aligned");
  return t("moved_apart", { turn: number(turn, 1), x: number(x, 0), y: number(y, 0) });
}
