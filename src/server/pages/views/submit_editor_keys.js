// Keys of the outline editor.

import { go } from "../app.js";
import { keys } from "../lib/keys.js";
import { PARTS } from "./submit_shapes.js";
import { e } from "./submit_editor_words.js";

/** Names the keys of an editor. */
export function editorKeys(editor) {
  const own = (key, label, act, more = {}) => ({ key, label: e(label), act, ...more });
  // Arrows are heard by the picture itself; here they are only listed.
  const listed = (label, shown) => ({ key: shown, label: e(label), shown, act: () => {} });
  keys([
    ...[1, 2, 3, 4, 5, 6, 7].map((n) => ({ key: String(n), label: n === 1 ? e("key_part") : null, shown: "1 … 7", act: () => editor.choose(PARTS[n - 1]) })),
    own("n", "key_next", () => editor.step(1)), own("p", "key_previous", () => editor.step(-1)),
    listed("key_move", "← → ↑ ↓"), listed("key_fine", "Shift + ←"),
    own("i", "insert", () => editor.insert()), own("d", "delete", () => editor.remove()),
    own("u", "undo", () => editor.undo()), own("U", "redo", () => editor.redo()),
    own("+", "zoom_in", () => editor.zoom(1.4)), own("-", "zoom_out", () => editor.zoom(1 / 1.4)), own("0", "whole", () => editor.zoom(0)),
    own("w", "key_why", () => editor.why.focus()), own("s", "save_version", () => editor.save()),
    own("Escape", "back", () => go("/submit"), { shown: "Esc" }),
  ]);
}
