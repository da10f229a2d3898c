// Reports and exports of an investigation.

import { download } from "../lib/api.js";
import { h, notice } from "../lib/dom.js";
import { language, words } from "../lib/words.js";

const t = words({
  report: ["Report", "Informe"],
  report_open: ["Open the report", "Abrir el informe"],
  report_file: ["Store the report", "Guardar el informe"],
  pdf: ["Report as PDF", "Informe en PDF"],
  new_tab: ["opens in a new tab", "se abre en otra pestaña"],
  exports: ["For other programs", "Para otros programas"],
  graphml: ["Link chart, GraphML", "Diagrama de vínculos, GraphML"],
  "nodes.csv": ["Nodes, CSV", "Nodos, CSV"],
  "edges.csv": ["Links, CSV", "Vínculos, CSV"],
  geojson: ["Places, GeoJSON", "Lugares, GeoJSON"],
  json: ["Everything, JSON", "Todo, JSON"],
  svg: ["Link chart, SVG", "Diagrama de vínculos, SVG"],
  names_note: ["Files stored now hold names of persons; each is logged with purpose and case number.", "Los archivos guardados ahora contienen nombres de personas; cada uno se registra con propósito y número de caso."],
  masked_note: ["Names of persons are hidden in reports and files.", "Los nombres de personas van ocultos en informes y archivos."],
  stored: ["{name} stored.", "{name} guardado."],
});

const EXPORTS = ["graphml", "nodes.csv", "edges.csv", "geojson", "json", "svg"];

/** The deeds that store files. `stated` is the purpose for which names are shown, or null. */
export class Files {
  constructor(id, path, headers, stated) {
    Object.assign(this, { id, path, headers, stated });
  }

  address() {
    return `${this.path}/report.html?language=${language()}`;
  }

  /** Without names the report is a page of its own; with names it is stored, because an address carries no purpose. */
  report() {
    return this.stated ? this.store("report.html", "report.html") : void window.open(this.address(), "_blank", "noopener");
  }

  pdf() {
    return this.store("report.pdf", "report.pdf");
  }

  async store(file, ending) {
    const name = `${this.id}${this.stated ? "-names" : ""}-${ending}`;
    try {
      await download(`${this.path}/${file}`, name, { headers: this.headers() });
      notice(t("stored", { name }));
    } catch (error) {
      notice(error.message, "bad");
    }
  }

  /** The section's content. */
  list() {
    const key = (text) => h("kbd", { "aria-hidden": "true" }, text);
    const report = this.stated
      ? h("button", { onclick: () => this.report() }, t("report_file"), " ", key("g"))
      : h("a", { class: "button", href: this.address(), target: "_blank", rel: "noopener" }, t("report_open"), h("span", { class: "muted small" }, ` (${t("new_tab")}) `), key("g"));
    return [
      h("p", { class: this.stated ? "banner" : "muted" }, t(this.stated ? "names_note" : "masked_note")),
      h("h3", {}, t("report")), h("div", { class: "row wrap" }, report, h("button", { onclick: () => this.pdf() }, t("pdf"), " ", key("p"))),
      h("h3", {}, t("exports")), h("div", { class: "row wrap" }, EXPORTS.map((one) => h("button", { onclick: () => this.store(`export/${one}`, one.includes(".") ? one : `links.${one}`) }, t(one)))),
    ];
  }
}
