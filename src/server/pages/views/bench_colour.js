// Scales of colours, the same as in reports: heights from dark violet to yellow (lightness rises evenly, so it survives grey print),
// differences from blue over white to brown.

/** Anchors of heights. */
export const SEQUENTIAL = [
  [0x44, 0x01, 0x54], [0x47, 0x2d, 0x7b], [0x3b, 0x52, 0x8b], [0x2c, 0x72, 0x8e], [0x21, 0x91, 0x8c],
  [0x28, 0xae, 0x80], [0x5e, 0xc9, 0x62], [0xad, 0xdc, 0x30], [0xfd, 0xe7, 0x25],
];
/** Anchors of differences; zero belongs in the middle. */
export const DIVERGING = [
  [0x0b, 0x3d, 0x78], [0x2b, 0x7b, 0xb9], [0x9c, 0xc9, 0xe4], [0xf7, 0xf7, 0xf7], [0xf3, 0xbf, 0x8a], [0xc6, 0x6a, 0x1c], [0x7a, 0x2f, 0x04],
];
/** Where there is no mark. */
export const GROUND = [0x24, 0x27, 0x2b];

/** The colour at a share (0 to 1) of a scale. */
export function colourAt(anchors, share) {
  const last = anchors.length - 1;
  const place = Math.min(1, Math.max(0, share)) * last;
  const lower = Math.min(Math.floor(place), last - 1);
  return anchors[lower].map((from, channel) => from + (anchors[lower + 1][channel] - from) * (place - lower));
}

/** A scale as 256 RGBA pixels, for textures. */
export function strip(anchors) {
  const bytes = new Uint8Array(256 * 4);
  for (let i = 0; i < 256; i += 1) bytes.set([...colourAt(anchors, i / 255).map(Math.round), 255], i * 4);
  return bytes;
}
