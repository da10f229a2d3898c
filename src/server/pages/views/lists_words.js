// Words of the lists.

import { number, words } from "../lib/words.js";

export const t = words({
  what: [
    "A correlation compares one specimen with the gallery and ranks what resembles it. What it lists are candidates, not leads: a person judges each, and only examiners confirm a hit on the physical specimens.",
    "Una correlación compara un casquillo con el acervo y ordena lo que se le parece. Lo que enlista son candidatos, no pistas: una persona juzga cada uno y solo los peritos confirman una coincidencia en los casquillos físicos.",
  ],
  find: ["Find a specimen", "Buscar un casquillo"],
  find_hint: ["specimen, exhibit or incident", "espécimen, indicio o incidente"],
  page: ["Page {n}", "Página {n}"],
  next_page: ["Next page", "Página siguiente"],
  page_before: ["Previous page", "Página anterior"],
  none_found: ["No specimen contains “{text}”.", "Ningún espécimen contiene «{text}»."],
  none_yet: ["The gallery is empty. Submit a scan first.", "El acervo está vacío. Envíe primero un escaneo."],
  date: ["date", "fecha"],
  place: ["place", "lugar"],
  marks: ["marks", "marcas"],
  kind: ["kind", "tipo"],
  list: ["list", "lista"],
  photograph: ["photograph", "fotografía"],
  filtered_by: ["Filter", "Filtro"],
  comparisons: ["{n} of {all} comparisons", "{n} de {all} comparaciones"],
  correlated: ["correlated", "correlacionado"],
  waits: ["waits", "en espera"],
  unsuitable: ["no suitable mark", "sin marca apta"],
  open: ["Open list", "Abrir lista"],
  correlate: ["Correlate", "Correlacionar"],
  correlate_all: ["Correlate all that wait", "Correlacionar todo lo que espera"],
  correlate_all_ask: ["Every specimen of the gallery that was not searched yet is compared. On a large gallery that takes hours; it can be stopped at any time.", "Se compara cada casquillo del acervo que aún no se ha buscado. En un acervo grande tarda horas; puede detenerse en cualquier momento."],
  start: ["Start", "Iniciar"],
  specimens: ["Specimens", "Casquillos"],
  // Jobs
  job: ["Correlation {id}: {what}", "Correlación {id}: {what}"],
  whole_gallery: ["whole gallery", "todo el acervo"],
  queued: ["queued", "en cola"],
  running: ["running", "en curso"],
  done: ["done", "terminada"],
  failed: ["failed", "falló"],
  stopped: ["stopped", "detenida"],
  stop: ["Stop", "Detener"],
  job_done: ["Correlation of {what} done.", "Correlación de {what} terminada."],
  job_failed: ["Correlation of {what} failed: {why}", "La correlación de {what} falló: {why}"],
  // One list
  all_lists: ["All specimens", "Todos los casquillos"],
  not_yet: ["This specimen was not correlated yet.", "Este casquillo aún no se ha correlacionado."],
  query: ["Query", "Consulta"],
  as_chosen: ["Chosen candidate, turned into the query's frame", "Candidato elegido, girado al marco de la consulta"],
  candidates: ["Candidates", "Candidatos"],
  shown_of: ["{n} of {all} candidates shown", "{n} de {all} candidatos a la vista"],
  unknowns: ["{n} stay in although what is filtered by is not known of them", "{n} permanecen aunque se desconoce el dato por el que se filtra"],
  searched: ["Searched {at}", "Buscado {at}"],
  exhaustive: ["compared with everything", "comparado con todo"],
  again: ["Search again", "Buscar de nuevo"],
  empty_list: ["Nothing of the gallery resembles this specimen.", "Nada del acervo se parece a este casquillo."],
  none_pass: ["No candidate of this list passes the filter. Search anew with it to look through the whole gallery.", "Ningún candidato de esta lista pasa el filtro. Busque de nuevo con él para recorrer todo el acervo."],
  rank: ["Rank {n}", "Lugar {n}"],
  fused: ["all marks", "todas las marcas"],
  ratio: ["log10 LR", "log10 RV"],
  ratio_long: ["log10 of the likelihood ratio, with 95 % interval", "log10 de la razón de verosimilitud, con intervalo de 95 %"],
  as_picked: ["as picked from this gallery", "como elegido de este acervo"],
  no_ratio: ["no ratio: no reference population supports one", "sin razón: ninguna población de referencia la sustenta"],
  axis: ["● log10 LR with its interval  ◇ as picked from this gallery; right of 0 speaks for one source", "● log10 RV con su intervalo  ◇ como elegido de este acervo; a la derecha de 0 favorece un origen común"],
  cells: ["congruent cells", "celdas congruentes"],
  below: ["chance that a mate lies below this rank", "probabilidad de que una pareja quede debajo de este lugar"],
  below_short: ["mate below", "pareja debajo"],
  below_none: ["no estimate", "sin estimación"],
  stop_here: ["Stopping line: if a mate is in the gallery, the chance that it lies further down is {p} or less.", "Línea de corte: si hay una pareja en el acervo, la probabilidad de que esté más abajo es de {p} o menos."],
  stop_never: ["The chance that a mate lies below the last rank is {p}: the list ends before your stopping line.", "La probabilidad de que una pareja esté debajo del último lugar es de {p}: la lista termina antes de su línea de corte."],
  stop_at: ["Stopping line at", "Línea de corte en"],
  order: ["Order", "Orden"],
  by_face: ["Breech face", "Cara de recámara"],
  by_all: ["All marks", "Todas las marcas"],
  viewed_at: ["looked at {at}", "visto {at}"],
  viewed_said: ["Rank {n} recorded as looked at.", "Lugar {n} registrado como visto."],
  compare: ["Compare", "Comparar"],
  make_lead: ["Make lead", "Crear pista"],
  nothing_here: ["Nothing here", "Nada aquí"],
  nothing_tip: ["Mark as looked at and go on", "Marcar como visto y seguir"],
  mark_viewed: ["Looked at", "Visto"],
  unknown: ["unknown", "desconocido"],
  unknown_date: ["date unknown", "fecha desconocida"],
  // Filter
  filter: ["Filter", "Filtro"],
  any: ["any", "cualquiera"],
  country: ["country", "país"],
  state: ["state", "estado"],
  from: ["from", "desde"],
  to: ["to", "hasta"],
  clear: ["Clear filter", "Quitar filtro"],
  filter_note: ["Acts on the list shown; what is not known stays in.", "Actúa sobre la lista a la vista; lo desconocido permanece."],
  anew: ["Search anew with this filter", "Buscar de nuevo con este filtro"],
  everything: ["compare with everything (slower)", "comparar con todo (más lento)"],
  // Receipt
  receipt: ["Receipt of the search", "Recibo de la búsqueda"],
  r_gallery: ["in the gallery", "en el acervo"],
  r_own: ["own marks left out", "marcas propias omitidas"],
  r_known: ["known associates left out", "asociados conocidos omitidos"],
  r_eligible: ["eligible", "elegibles"],
  r_visited: ["searched", "buscadas"],
  r_screened: ["screened out", "descartadas"],
  r_coded: ["by codes", "por códigos"],
  r_quick: ["quickly compared", "comparadas rápido"],
  r_compared: ["compared in full", "comparadas por completo"],
  r_signature_only: ["by signature only", "solo por firma"],
  population: ["population", "población"],
  version: ["version", "versión"],
  parameters: ["parameters", "parámetros"],
  generation: ["state of the gallery", "estado del acervo"],
  // Keys
  k_next: ["next", "siguiente"],
  k_before: ["previous", "anterior"],
  k_bench: ["open the bench for the pair", "abrir el banco para el par"],
  k_nothing: ["nothing here: mark as looked at, go on", "nada aquí: marcar como visto y seguir"],
  k_viewed: ["mark as looked at", "marcar como visto"],
  k_search: ["find", "buscar"],
  k_back: ["all specimens", "todos los casquillos"],
});

/** The short facts of a specimen: kind, calibre, date, place; what is not known is said. */
export function facts(row) {
  const place = [row?.municipality ?? row?.place, row?.state, row?.country].filter(Boolean).join(", ");
  return { place: place || null, calibre: row?.calibre ?? null, date: row?.date ?? null, kind: row?.kind ?? null, imaging: row?.modality === "reflectance" ? t("photograph") : null };
}

/** A share as percent; small ones are not told as nothing. */
export function percent(share) {
  if (share === null || share === undefined) return "–";
  if (share > 0 && share < 0.001) return `< ${number(0.1, 1)} %`;
  const digits = share < 0.0995 && !Number.isInteger(Math.round(share * 1e6) / 1e4) ? 1 : 0;
  return `${number(share * 100, digits)} %`;
}
