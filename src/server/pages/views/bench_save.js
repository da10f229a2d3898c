// Saved views: the picture with scale bar and caption, kept with the lead or on this computer.

import { get, part, post } from "../lib/api.js";
import { h, notice, put } from "../lib/dom.js";
import { moment, number } from "../lib/words.js";
import { lights } from "./bench_panel.js";
import { card } from "./bench_controls.js";
import { nowPose, stretch } from "./bench_state.js";
import { t } from "./bench_words.js";
import { makeLead, mayJudge, openLead } from "./lists_lead.js";

const degrees = (rad) => (rad * 180) / Math.PI;

/** What a view shows, in words: lines under the picture. */
function captionOf(state, found) {
  const pose = nowPose(state);
  const light = (side) => t("light_said", {
    azimuth: number(degrees(lights(state, side).azimuth_rad), 0),
    elevation: number(degrees(lights(state, side).elevation_rad), 0),
    relief: number(stretch(state), 1),
  });
  const flat = state.look === "tinted" || state.arrangement === "difference";
  return [
    `${t("reference_short")}: ${state.pair.reference} · ${t("comparison_short")}: ${state.pair.comparison}`,
    [
      t("view_caption", { arrangement: t(state.arrangement), picture: t(flat ? "tinted" : "lit"), layer: t(state.layer) }),
      !flat && light(0),
      !flat && !state.sameLight && `${t("comparison_short")}: ${light(1)}`,
    ].filter(Boolean).join("; "),
    t("turned_said", { turn: number(degrees(pose.theta_rad), 1), x: number(pose.dx_um, 0), y: number(pose.dy_um, 0) }),
    [found && `brasslink ${found.version} · ${String(found.parameters).slice(0, 16)}`, moment(new Date().toISOString()), t("not_proof")].filter(Boolean).join(" · "),
  ];
}

/** The view with its caption below, as a canvas. */
function composed(stage, found, own) {
  const { canvas, detail } = stage.snapshot();
  const lines = [own, ...captionOf(stage.state, found)].filter(Boolean);
  const [size, gap] = [12 * detail, 18 * detail];
  const made = h("canvas", { width: canvas.width, height: canvas.height + Math.round(gap * lines.length + 10 * detail) });
  const pen = made.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, made.width, made.height);
  pen.drawImage(canvas, 0, 0);
  lines.forEach((line, index) => {
    pen.fillStyle = "#1c2127";
    pen.font = `${index === 0 ? "bold " : ""}${size}px system-ui, 'Liberation Sans', sans-serif`;
    pen.fillText(line, 8 * detail, canvas.height + gap * (index + 1) - 2 * detail, made.width - 16 * detail);
  });
  return made;
}

/** The card of the lead and its saved views. `pair` holds { lead }. */
export function saving(stage, pair, found, session) {
  const caption = h("input", { id: "view-caption", maxlength: 200, autocomplete: "off" });
  const kept = h("ul", { class: "plain-list small" });
  const top = h("div", {});
  const save = h("button", { class: "main", type: "button", onclick: () => store() }, t("save_view"));
  const box = card(
    t("saved_views"),
    top,
    h("label", { for: "view-caption" }, t("caption")),
    caption,
    h("div", { class: "row wrap buttons" }, save, h("button", { type: "button", onclick: () => keep() }, t("download_view"))),
    kept,
  );
  const show = () => {
    const { lead } = pair;
    put(
      top,
      lead
        ? h("p", { class: "small" }, `${t("this_lead")} `, h("a", { href: `/leads/${part(lead.id)}` }, lead.id), " ", h("span", { class: "badge" }, t(lead.state)))
        : [h("p", { class: "small muted" }, t("needs_lead")), mayJudge(session) && h("button", { type: "button", onclick: () => judge() }, t("make_lead"))],
    );
    save.disabled = !lead || !mayJudge(session);
    if (lead) list();
  };
  const list = async () => {
    const views = await get(`/api/v1/leads/${part(pair.lead.id)}/views`).catch(() => []);
    put(kept, views.map((view) => h("li", {}, h("a", { href: `/api/v1/leads/${part(pair.lead.id)}/views/${part(view.digest)}.png`, target: "_blank" }, view.caption || view.digest.slice(0, 12)), h("span", { class: "muted" }, ` · ${view.by}, ${moment(view.at)}`))));
  };
  const store = async () => {
    save.disabled = true;
    try {
      const picture = composed(stage, found(), caption.value.trim()).toDataURL("image/png");
      const said = [caption.value.trim(), ...captionOf(stage.state, found()).slice(1, 3)].filter(Boolean).join(" · ");
      await post(`/api/v1/leads/${part(pair.lead.id)}/views`, { picture, caption: said });
      notice(t("saved"));
      await list();
    } catch (error) {
      notice(error.message, "bad");
    } finally {
      save.disabled = false;
    }
  };
  const keep = () => composed(stage, found(), caption.value.trim()).toBlob((blob) => {
    const at = URL.createObjectURL(blob);
    const link = h("a", { href: at, download: `${stage.state.pair.reference}_${stage.state.pair.comparison}.png` });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(at), 10_000);
  }, "image/png");
  const judge = async () => {
    if (!mayJudge(session)) return;
    if (pair.lead) return openLead(pair.lead.id);
    const lead = await makeLead(stage.state.pair.reference, stage.state.pair.comparison);
    if (lead) pair.lead = lead;
    show();
  };
  show();
  return { box, show, judge, keep, store: () => pair.lead && store() };
}
