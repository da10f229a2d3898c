// Choosing two specimens for the bench.

import { go } from "../app.js";
import { address, get } from "../lib/api.js";
import { h, put } from "../lib/dom.js";
import { t } from "./bench_words.js";

/** Shows the form; what is known of the pair is filled in. */
export function choose(main, { reference, comparison }) {
  const said = h("p", { class: "fault", role: "alert" });
  const first = field("reference", t("reference"), reference);
  const second = field("comparison", t("comparison"), comparison);
  const open = (event) => {
    event.preventDefault();
    const [one, other] = [first.input.value.trim(), second.input.value.trim()];
    if (!one || !other || one === other) {
      said.textContent = t("same_two");
      return;
    }
    go(address("/bench", { reference: one, comparison: other }));
  };
  put(
    main,
    h("form", { class: "card narrow choose", onsubmit: open }, h("h1", {}, t("choose")), h("p", { class: "muted" }, t("choose_note")), first.box, second.box, said, h("button", { class: "main", type: "submit" }, t("compare"))),
  );
  (first.input.value ? second : first).input.focus();
}

/** A field that offers specimens as one writes. */
function field(name, label, value) {
  const list = h("datalist", { id: `${name}-list` });
  const input = h("input", { id: name, name, list: `${name}-list`, required: true, autocomplete: "off", value: value ?? "" });
  let asked = null;
  let wait = 0;
  const offer = async () => {
    asked?.abort();
    asked = new AbortController();
    const rows = await get(address("/api/v1/specimens", { contains: input.value.trim(), limit: 12 }), { signal: asked.signal }).catch(() => []);
    put(list, rows.map((row) => h("option", { value: row.id }, [row.exhibit, row.calibre].filter(Boolean).join(" · "))));
  };
  input.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(offer, 200);
  });
  input.addEventListener("focus", offer, { once: true });
  return { box: [h("label", { for: name }, label), input, list], input };
}
