// Leads and hits: the board of all leads, or one lead.

import { sheet } from "../lib/sheet.js";
import { showBoard } from "./leads_board.js";
import { showLead } from "./leads_one.js";

/** /leads is the board, /leads/<id> one lead. */
export async function show(main, rest, session) {
  await sheet("/assets/views/leads.css");
  return rest[0] ? showLead(main, rest[0], session) : showBoard(main);
}
