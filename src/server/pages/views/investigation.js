// Investigation: where a lead leads, or the choice of a lead.

import { sheet } from "../lib/sheet.js";
import { showChoice } from "./investigation_choose.js";
import { showInvestigation } from "./investigation_one.js";

/** /investigation is the choice, /investigation/<lead id> the investigation of a lead. */
export async function show(main, rest, _session) {
  await Promise.all([sheet("/assets/views/leads.css"), sheet("/assets/views/investigation.css")]);
  return rest[0] ? showInvestigation(main, rest[0]) : showChoice(main);
}
