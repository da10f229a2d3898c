// Numbers of the service since it was started.

import { h } from "../lib/dom.js";
import { number } from "../lib/words.js";
import { lively } from "./operations_data.js";
import { o } from "./operations_words.js";

export const show = (place, context) => lively(place, context, (all) => draw(all, context.who));

function draw({ service, gallery }, who) {
  const most = Math.max(1, ...service.requests);
  const whole = (value) => number(value, 0);
  const fact = (label, value) => h("tr", {}, h("th", { scope: "row" }, label), h("td", {}, value));
  return [
    h("dl", { class: "tiles" },
      h("div", {}, h("dt", {}, o("submitted")), h("dd", {}, whole(service.submitted))),
      h("div", {}, h("dt", {}, o("jobs_ended")), h("dd", {}, whole(service.jobs))),
      h("div", {}, h("dt", {}, o("refused")), h("dd", {}, whole(service.refused_sign_ins))),
      h("div", {}, h("dt", {}, o("faults")), h("dd", {}, whole(service.requests[4] ?? 0)))),
    h("div", { class: "halves" },
      h("section", { class: "card" }, h("h3", {}, o("requests")),
        h("table", { class: "bars" }, h("tbody", {}, service.requests.map((count, index) => h("tr", {},
          h("th", { scope: "row" }, `${index + 1}xx`, h("span", { class: "small muted" }, ` ${o(`status_${index + 1}`)}`)),
          h("td", { class: "n" }, whole(count)),
          h("td", { class: "bar-cell", "aria-hidden": "true" }, h("span", { class: "bar", style: { width: `${(count / most) * 100}%` } }))))))),
      h("section", { class: "card" }, h("h3", {}, o("programme")),
        h("table", { class: "facts" }, h("tbody", {}, fact(o("version"), gallery.version), fact(o("parameters"), h("code", {}, gallery.parameters)), fact(o("generation"), whole(gallery.generation)))),
        (who.administrator || who.role === "auditor") && h("p", {}, h("a", { href: "/metrics", target: "_blank", rel: "noopener" }, o("metrics"))))),
    h("p", { class: "small muted" }, o("since_start")),
  ];
}
