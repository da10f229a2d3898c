// Shapes of outlines: what can be taken hold of, and what they become when it is moved. Nothing here is drawn; every function gives new shapes.

/** The parts of a case's head that can be outlined, in the order in which they are listed. */
export const PARTS = ["breech_face", "firing_pin", "aperture_shear", "primer", "drag", "ejector", "headstamp"];

const LEAST_RING = 3;
const RING_POINTS = 48;
const shift = (p, dx, dy) => ({ x_um: p.x_um + dx, y_um: p.y_um + dy });
const gap = (a, b) => Math.hypot(a.x_um - b.x_um, a.y_um - b.y_um);
const nameOf = (p) => `${p.x_um} ${p.y_um}`;
const along = (p, angle, length) => shift(p, Math.cos(angle) * length, Math.sin(angle) * length);

/** A drawing of its own, so that what is changed here leaves the other as it was. */
export const copy = (drawing) => structuredClone(drawing);

/** Rings of polygons with their place: ring -1 is the outer edge. */
export function rings(shape) {
  return (shape?.polygons ?? []).flatMap((area, a) => [
    { area: a, ring: -1, points: area.outer },
    ...(area.holes ?? []).map((points, ring) => ({ area: a, ring, points })),
  ]);
}

/** What can be taken hold of: { kind, at, ... }. */
export function handles(shape) {
  if (shape?.circle) {
    const { centre, radius_um: radius } = shape.circle;
    return [{ kind: "centre", at: centre }, ...[0, 1, 2, 3].map((n) => ({ kind: "radius", turn: n, at: along(centre, (n * Math.PI) / 2, radius) }))];
  }
  if (shape?.ellipse) {
    const { centre, half_long_um: long, half_short_um: short, turn_rad: turn } = shape.ellipse;
    return [
      { kind: "centre", at: centre },
      { kind: "long", at: along(centre, turn, long) },
      { kind: "short", at: along(centre, turn + Math.PI / 2, short) },
    ];
  }
  return rings(shape).flatMap(({ area, ring, points }) => points.map((at, index) => ({ kind: "point", area, ring, index, of: points.length, at })));
}

/** The ring that a handle belongs to. */
export function ringOf(shape, { area, ring }) {
  const found = shape.polygons[area];
  return ring < 0 ? found.outer : found.holes[ring];
}

/**
 * The drawing after a handle of a part came to `to`. Neighbours within `reach` um follow, the less the farther they are, and a border that two parts share
 * moves in both.
 */
export function moved(drawing, part, handle, to, reach) {
  const next = copy(drawing);
  const shape = next[part];
  const round = shape.circle ?? shape.ellipse;
  if (round) {
    const away = gap(round.centre, to);
    if (handle.kind === "centre") round.centre = to;
    else if (handle.kind === "radius") round.radius_um = Math.max(away, 1);
    else if (handle.kind === "short") round.half_short_um = Math.min(Math.max(away, 1), round.half_long_um);
    else {
      round.half_long_um = Math.max(away, round.half_short_um);
      round.turn_rad = Math.atan2(to.y_um - round.centre.y_um, to.x_um - round.centre.x_um);
    }
    return next;
  }
  const from = handle.at;
  const [dx, dy] = [to.x_um - from.x_um, to.y_um - from.y_um];
  const became = new Map();
  ringOf(shape, handle).forEach((point, index) => {
    const far = index === handle.index ? 0 : gap(point, from);
    const share = far === 0 ? 1 : far < reach ? (1 + Math.cos((Math.PI * far) / reach)) / 2 : 0;
    if (share > 0) became.set(nameOf(point), shift(point, dx * share, dy * share));
  });
  eachRing(next, (points) => points.map((point) => became.get(nameOf(point)) ?? point));
  return next;
}

function eachRing(drawing, change) {
  for (const shape of Object.values(drawing)) {
    for (const area of shape.polygons ?? []) {
      area.outer = change(area.outer);
      if (area.holes) area.holes = area.holes.map(change);
    }
  }
}

/** The drawing with a point more between a handle and the one after it, on every ring that shares this edge. */
export function inserted(drawing, part, handle, at) {
  const next = copy(drawing);
  const own = ringOf(next[part], handle);
  const [a, b] = [nameOf(own[handle.index]), nameOf(own[(handle.index + 1) % own.length])];
  const place = at ?? middle(own[handle.index], own[(handle.index + 1) % own.length]);
  eachRing(next, (points) =>
    points.flatMap((point, index) => {
      const [here, there] = [nameOf(point), nameOf(points[(index + 1) % points.length])];
      return (here === a && there === b) || (here === b && there === a) ? [point, { ...place }] : [point];
    }),
  );
  return next;
}

const middle = (a, b) => ({ x_um: (a.x_um + b.x_um) / 2, y_um: (a.y_um + b.y_um) / 2 });

/** The drawing without a point, or null where a ring would have too few left. */
export function removed(drawing, part, handle) {
  if (handle.kind !== "point" || handle.of <= LEAST_RING) return null;
  const next = copy(drawing);
  const gone = nameOf(handle.at);
  eachRing(next, (points) => (points.length > LEAST_RING ? points.filter((point) => nameOf(point) !== gone) : points));
  return next;
}

/** The edge of a part nearest to a place: { handle, at, far }. */
export function nearestEdge(shape, to) {
  let best = null;
  for (const { area, ring, points } of rings(shape)) {
    points.forEach((a, index) => {
      const at = footOf(a, points[(index + 1) % points.length], to);
      const far = gap(at, to);
      if (!best || far < best.far) best = { handle: { kind: "point", area, ring, index, of: points.length, at: a }, at, far };
    });
  }
  return best;
}

function footOf(a, b, p) {
  const [x, y] = [b.x_um - a.x_um, b.y_um - a.y_um];
  const long = x * x + y * y;
  const share = long === 0 ? 0 : Math.min(1, Math.max(0, ((p.x_um - a.x_um) * x + (p.y_um - a.y_um) * y) / long));
  return shift(a, x * share, y * share);
}

/** A round shape, or a ring, as points. */
export function asPolygon(shape) {
  if (shape.polygons) return shape;
  const { centre } = shape.circle ?? shape.ellipse;
  const { half_long_um: long, half_short_um: short, turn_rad: turn } = shape.ellipse ?? { half_long_um: shape.circle.radius_um, half_short_um: shape.circle.radius_um, turn_rad: 0 };
  const outer = Array.from({ length: RING_POINTS }, (_, n) => {
    const angle = (2 * Math.PI * n) / RING_POINTS;
    return along(along(centre, turn, long * Math.cos(angle)), turn + Math.PI / 2, short * Math.sin(angle));
  });
  return { polygons: [{ outer, holes: [] }] };
}

/** The circle of the same middle and area as a polygon of one ring, or null. */
export function asCircle(shape) {
  if (!shape.polygons || rings(shape).length !== 1) return null;
  const points = shape.polygons[0].outer;
  let [area, x, y] = [0, 0, 0];
  points.forEach((a, index) => {
    const b = points[(index + 1) % points.length];
    const cross = a.x_um * b.y_um - b.x_um * a.y_um;
    area += cross / 2;
    x += ((a.x_um + b.x_um) * cross) / 6;
    y += ((a.y_um + b.y_um) * cross) / 6;
  });
  if (Math.abs(area) < 1) return null;
  return { circle: { centre: { x_um: x / area, y_um: y / area }, radius_um: Math.sqrt(Math.abs(area) / Math.PI) } };
}

/** A part that nobody drew yet: a circle about the middle, for the person to put right. */
export function begun(part, frame) {
  const share = { breech_face: 0.45, primer: 0.48, firing_pin: 0.15, aperture_shear: 0.2 }[part] ?? 0.1;
  return { circle: { centre: { x_um: 0, y_um: 0 }, radius_um: Math.min(frame.width_um, frame.height_um) * share } };
}

/** A shape with one hole more, about its middle; round shapes become polygons. */
export function withHole(shape) {
  const next = copy(asPolygon(shape));
  const area = next.polygons[0];
  const box = boxOf({ polygons: [area] });
  const centre = { x_um: (box.left + box.right) / 2, y_um: (box.top + box.bottom) / 2 };
  const radius_um = Math.min(box.right - box.left, box.bottom - box.top) / 5;
  area.holes = [...(area.holes ?? []), asPolygon({ circle: { centre, radius_um } }).polygons[0].outer];
  return next;
}

/** A shape without the hole, or the area, that a handle belongs to; null where nothing would be left. */
export function withoutRing(shape, handle) {
  const next = copy(shape);
  if (handle.ring >= 0) next.polygons[handle.area].holes.splice(handle.ring, 1);
  else next.polygons.splice(handle.area, 1);
  return next.polygons.length > 0 ? next : null;
}

/** What a shape covers at most. */
export function boxOf(shape) {
  if (shape.polygons) {
    const points = rings(shape).flatMap((one) => one.points);
    const [x, y] = [points.map((p) => p.x_um), points.map((p) => p.y_um)];
    return { left: Math.min(...x), right: Math.max(...x), top: Math.min(...y), bottom: Math.max(...y) };
  }
  const { centre, radius_um, half_long_um } = shape.circle ?? shape.ellipse;
  const reach = radius_um ?? half_long_um;
  return { left: centre.x_um - reach, right: centre.x_um + reach, top: centre.y_um - reach, bottom: centre.y_um + reach };
}

/** Whether two drawings are the same. */
export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** The shape as the path of an SVG in um. */
export function path(shape) {
  if (shape.polygons) {
    return rings(shape).map(({ points }) => `M${points.map((p) => `${p.x_um.toFixed(1)} ${p.y_um.toFixed(1)}`).join("L")}Z`).join("");
  }
  const { centre } = shape.circle ?? shape.ellipse;
  const { half_long_um: a, half_short_um: b, turn_rad: turn } = shape.ellipse ?? { half_long_um: shape.circle.radius_um, half_short_um: shape.circle.radius_um, turn_rad: 0 };
  const [from, to] = [along(centre, turn, a), along(centre, turn, -a)];
  const degrees = (turn * 180) / Math.PI;
  const arc = (end) => `A${a} ${b} ${degrees} 1 1 ${end.x_um} ${end.y_um}`;
  return `M${from.x_um} ${from.y_um}${arc(to)}${arc(from)}Z`;
}
