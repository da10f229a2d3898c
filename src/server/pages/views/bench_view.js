// Where what lies on the screen: two cameras over two marks. Pure arithmetic, no page.
//
// The world is the reference mark's frame. The comparison enters it by the pose (turned about its origin, then shifted). A camera looks at a place of
// the world at some scale, turned by an angle; both cameras are the same until somebody moves the marks apart.

/** Applies a pose { theta_rad, dx_um, dy_um } to a place. */
export function placed(pose, x, y) {
  const [c, s] = [Math.cos(pose.theta_rad), Math.sin(pose.theta_rad)];
  return [c * x - s * y + pose.dx_um, s * x + c * y + pose.dy_um];
}

/** Undoes a pose. */
export function unplaced(pose, x, y) {
  const [c, s] = [Math.cos(pose.theta_rad), Math.sin(pose.theta_rad)];
  const [u, v] = [x - pose.dx_um, y - pose.dy_um];
  return [c * u + s * v, -s * u + c * v];
}

/** The pose that moves nothing. */
export const STILL = Object.freeze({ theta_rad: 0, dx_um: 0, dy_um: 0 });

/** Where a place of the world lies within a pane { x, y, width, height } (CSS pixels). */
export function toScreen(camera, pane, x, y) {
  const [c, s] = [Math.cos(camera.turn_rad), Math.sin(camera.turn_rad)];
  const [u, v] = [(x - camera.x_um) * camera.px_per_um, (y - camera.y_um) * camera.px_per_um];
  return [pane.x + pane.width / 2 + c * u - s * v, pane.y + pane.height / 2 + s * u + c * v];
}

/** Which place of the world lies at a point of the screen. */
export function toWorld(camera, pane, x, y) {
  const [c, s] = [Math.cos(camera.turn_rad), Math.sin(camera.turn_rad)];
  const [u, v] = [(x - pane.x - pane.width / 2) / camera.px_per_um, (y - pane.y - pane.height / 2) / camera.px_per_um];
  return [camera.x_um + c * u + s * v, camera.y_um - s * u + c * v];
}

/** A camera that shows a map { x_um, y_um, width_um, height_um } whole within a pane. */
export function fitted(whole, pane) {
  const px_per_um = 0.94 * Math.min(pane.width / whole.width_um, pane.height / whole.height_um);
  return { x_um: whole.x_um, y_um: whole.y_um, px_per_um, turn_rad: 0 };
}

/** Shifts a camera so that the picture moves by so many pixels. */
export function panned(camera, dx, dy) {
  const [c, s] = [Math.cos(camera.turn_rad), Math.sin(camera.turn_rad)];
  const [u, v] = [dx / camera.px_per_um, dy / camera.px_per_um];
  return { ...camera, x_um: camera.x_um - (c * u + s * v), y_um: camera.y_um - (-s * u + c * v) };
}

/** Scales about a point of the screen, which stays where it is. */
export function zoomed(camera, pane, factor, x, y) {
  const [wx, wy] = toWorld(camera, pane, x, y);
  const px_per_um = Math.min(40, Math.max(0.01, camera.px_per_um * factor));
  return held({ ...camera, px_per_um }, pane, wx, wy, x, y);
}

/** Turns about a point of the screen, which stays where it is; positive angles are clockwise for a person. */
export function turned(camera, pane, angle, x, y) {
  const [wx, wy] = toWorld(camera, pane, x, y);
  return held({ ...camera, turn_rad: wrapped(camera.turn_rad + angle) }, pane, wx, wy, x, y);
}

/** Wraps an angle to -pi to pi. */
export function wrapped(angle) {
  return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
}

function held(camera, pane, wx, wy, x, y) {
  const [sx, sy] = toScreen(camera, pane, wx, wy);
  return panned(camera, x - sx, y - sy);
}

/**
 * From pixels of the screen to texture coordinates of a map, as the columns of a 3 x 3 matrix (for uniformMatrix3fv).
 * `pose` takes the map's frame to the world.
 */
export function screenToTexture(camera, pane, pose, map) {
  const at = (x, y) => {
    const [wx, wy] = toWorld(camera, pane, x, y);
    const [mx, my] = unplaced(pose, wx, wy);
    return [((mx - map.x0_um) / map.pitch_um + 0.5) / map.columns, ((my - map.y0_um) / map.pitch_um + 0.5) / map.rows];
  };
  const [origin, right, down] = [at(0, 0), at(1000, 0), at(0, 1000)];
  const along = (to, axis) => (to[axis] - origin[axis]) / 1000;
  return [along(right, 0), along(right, 1), 0, along(down, 0), along(down, 1), 0, origin[0], origin[1], 1];
}

/** The pose of the comparison that a person sees: what both cameras and the start pose come to, comparison to reference. */
export function seenPose(pose, cameras) {
  // comparison -> world -> screen by its camera -> world by the reference's camera; panes of one size cancel.
  const pane = { x: 0, y: 0, width: 0, height: 0 };
  const through = (x, y) => toWorld(cameras[0], pane, ...toScreen(cameras[1], pane, ...placed(pose, x, y)));
  const [dx_um, dy_um] = through(0, 0);
  return { theta_rad: wrapped(pose.theta_rad + cameras[1].turn_rad - cameras[0].turn_rad), dx_um, dy_um, through };
}
