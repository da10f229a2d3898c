// Files from a drop, which may hold folders.

const SUFFIXES = [".x3p", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp"];

/** What the file dialog offers. */
export const OFFERED = SUFFIXES.join(",");
const isClutter = (name) => name.startsWith(".") || /^(thumbs\.db|desktop\.ini)$/i.test(name);

/** All files of a drop; folders are opened, and what systems leave in them is passed over. */
export async function dropped(transfer) {
  // Entries must be asked for before anything is awaited: afterwards the drop is empty.
  const entries = [...transfer.items].filter((item) => item.kind === "file").map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const files = (await Promise.all(entries.filter(Boolean).map(filesOf))).flat();
  return files.filter((file) => !isClutter(file.name)).sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
}

async function filesOf(entry) {
  if (entry instanceof File) return [entry];
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const inside = [];
  // A reader gives its entries by the hundred until none is left.
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    inside.push(...some);
  }
  return (await Promise.all(inside.map(filesOf))).flat();
}

/** Makes the whole page take drops, and shows that it does. Gives a function that ends it. */
export function takeDrops(zone, taken) {
  const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const over = (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    zone.classList.add("over");
  };
  const leave = (event) => {
    if (!event.relatedTarget) zone.classList.remove("over");
  };
  const drop = async (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    zone.classList.remove("over");
    taken(await dropped(event.dataTransfer));
  };
  const all = [["dragover", over], ["dragleave", leave], ["drop", drop]];
  for (const [name, act] of all) document.addEventListener(name, act);
  return () => all.forEach(([name, act]) => document.removeEventListener(name, act));
}
