// The language of the pages. Every view brings its own words in both languages; what several need stands here.

const KEPT = "brasslink.language";
let chosen = localStorage.getItem(KEPT) ?? (navigator.language?.toLowerCase().startsWith("es") ? "es" : "en");

export const language = () => chosen;

/** Keeps a language on this computer. */
export function setLanguage(to) {
  chosen = to === "es" ? "es" : "en";
  localStorage.setItem(KEPT, chosen);
  document.documentElement.lang = chosen;
}

/** Whether somebody chose a language here; otherwise the account's is taken at sign-in. */
export const isChosen = () => localStorage.getItem(KEPT) !== null;

/**
 * A view's words: const t = words({ title: ["Leads", "Pistas"], n: ["{n} cases", "{n} casquillos"] }); t("n", { n: 3 }).
 * English and Spanish stand side by side so that neither is forgotten.
 */
export function words(table) {
  return (key, values = {}) => {
    const pair = table[key] ?? COMMON[key];
    if (!pair) return key;
    const text = pair[chosen === "es" ? 1 : 0];
    return text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all));
  };
}

const COMMON = {
  // Places of the service
  submit: ["Submit", "Enviar"],
  lists: ["Correlation lists", "Listas de correlación"],
  bench: ["Comparison bench", "Banco de comparación"],
  leads: ["Leads and hits", "Pistas y coincidencias"],
  investigation: ["Investigation", "Investigación"],
  operations: ["Operations", "Operaciones"],
  account: ["Account", "Cuenta"],
  sign_in: ["Sign in", "Iniciar sesión"],
  sign_out: ["Sign out", "Cerrar sesión"],
  // Words of the field
  incident: ["incident", "incidente"],
  exhibit: ["exhibit", "indicio"],
  specimen: ["specimen", "espécimen"],
  evidence: ["evidence", "evidencia"],
  test_fire: ["test fire", "disparo de prueba"],
  calibre: ["calibre", "calibre"],
  firearm: ["firearm", "arma"],
  breech_face: ["breech face", "cara de recámara"],
  firing_pin: ["firing pin", "percutor"],
  aperture_shear: ["aperture shear", "cizallamiento"],
  ejector: ["ejector", "eyector"],
  score: ["score", "puntaje"],
  // States of a lead
  candidate: ["candidate", "candidato"],
  lead: ["lead", "pista"],
  under_examination: ["under examination", "en examen"],
  under_review: ["under review", "en revisión"],
  hit: ["hit", "coincidencia confirmada"],
  inconclusive: ["inconclusive", "no concluyente"],
  excluded: ["excluded", "excluido"],
  withdrawn: ["withdrawn", "retirado"],
  // Roles
  technician: ["technician", "técnico"],
  examiner: ["examiner", "perito"],
  analyst: ["analyst", "analista"],
  auditor: ["auditor", "auditor"],
  administrator: ["administrator", "administrador"],
  // Deeds
  save: ["Save", "Guardar"],
  cancel: ["Cancel", "Cancelar"],
  close: ["Close", "Cerrar"],
  reason: ["Reason", "Motivo"],
  search: ["Search", "Buscar"],
  more: ["More", "Más"],
  none: ["none", "ninguno"],
  loading: ["Loading …", "Cargando …"],
  nothing: ["Nothing here yet.", "Aún no hay nada."],
  of_count: ["{n} of {all}", "{n} de {all}"],
  keys: ["Keys", "Teclas"],
  lead_note: [
    "Leads for people to judge, never identifications.",
    "Pistas para que las personas juzguen; nunca identificaciones.",
  ],
};

/** A number with so many digits behind the point, or a dash. */
export function number(value, digits = 2) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  return Number(value).toLocaleString(chosen, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A moment in the time of this computer. */
export function moment(text) {
  return text ? new Date(text).toLocaleString(chosen, { dateStyle: "medium", timeStyle: "short" }) : "–";
}

/** A day; partial dates (YYYY, YYYY-MM) stay as they are. */
export function day(text) {
  if (!text) return "–";
  const whole = /^(\d{4})-(\d{2})-(\d{2})/.exec(text);
  if (!whole) return text;
  return new Date(Number(whole[1]), Number(whole[2]) - 1, Number(whole[3])).toLocaleDateString(chosen, { dateStyle: "medium" });
}

/** log10 of a likelihood ratio with its interval, or a dash. At the bound of its reference data it is at least, or at most, the number. */
export function ratio(value, interval, atBound = false) {
  if (value === null || value === undefined) return "–";
  const around = interval ? ` [${number(interval[0], 1)}, ${number(interval[1], 1)}]` : "";
  return `${atBound ? (value < 0 ? "≤ " : "≥ ") : ""}${number(value, 1)}${around}`;
}
