// Correlation lists: the specimens of the gallery, and the candidates of one.

import { sheet } from "../lib/sheet.js";
import { browse } from "./lists_browse.js";
import { list } from "./lists_one.js";

export async function show(main, rest, session) {
  await sheet("/assets/views/lists.css");
  return rest[0] ? list(main, rest[0], session) : browse(main, session);
}
