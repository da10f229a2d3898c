// Programs for the graphics processor.

/** One triangle over everything. */
export const EVERYWHERE = `#version 300 es
void main() {
  vec2 at = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
  gl_Position = vec4(at * 2.0 - 1.0, 0.0, 1.0);
}`;

/**
 * Heights to slopes, once for each map: central differences, one-sided next to missing points. What comes out is multiplied by whether the point has a
 * value (the last channel), so that reading between points stays right at the edge of gaps.
 */
export const PREPARE = `#version 300 es
precision highp float;
precision highp isampler2D;
uniform isampler2D steps;
uniform float scale, pitch, middle;
out vec4 made;
const int MISSING = -32768;
float along(int before, int here, int after) {
  if (before != MISSING && after != MISSING) return float(after - before) * 0.5;
  if (after != MISSING) return float(after - here);
  if (before != MISSING) return float(here - before);
  return 0.0;
}
int stepAt(ivec2 at, ivec2 size) {
  if (any(lessThan(at, ivec2(0))) || any(greaterThanEqual(at, size))) return MISSING;
  return texelFetch(steps, at, 0).r;
}
void main() {
  ivec2 at = ivec2(gl_FragCoord.xy);
  ivec2 size = textureSize(steps, 0);
  int here = stepAt(at, size);
  if (here == MISSING) { made = vec4(0.0); return; }
  float p = along(stepAt(at - ivec2(1, 0), size), here, stepAt(at + ivec2(1, 0), size));
  float q = along(stepAt(at - ivec2(0, 1), size), here, stepAt(at + ivec2(0, 1), size));
  made = vec4(vec2(p, q) * scale / pitch, float(here) * scale - middle, 1.0);
}`;

const HEAD = `#version 300 es
precision highp float;
uniform mat3 place;
uniform vec2 canvas;      // width of one CSS pixel in pixels of the picture, and the picture's height
uniform vec3 ground;
out vec4 colour;
vec2 within(mat3 to) {
  vec2 css = vec2(gl_FragCoord.x, canvas.y - gl_FragCoord.y) / canvas.x;
  return (to * vec3(css, 1.0)).xy;
}
bool outside(vec2 uv) { return uv.x < 0.0 || uv.y < 0.0 || uv.x > 1.0 || uv.y > 1.0; }
`;

/** One mark under the light: Lambert's cosine on the slopes and a little gloss, as reports draw it. */
export const LIT = `${HEAD}
uniform sampler2D mark;
uniform vec4 turn;        // slopes of the mark to slopes of the screen, times the relief
uniform vec3 light;       // towards the light
uniform vec3 halfway;     // between light and eye
void main() {
  vec2 uv = within(place);
  vec4 here = outside(uv) ? vec4(0.0) : texture(mark, uv);
  if (here.a < 0.25) { colour = vec4(ground, 1.0); return; }
  vec2 slope = mat2(turn.xy, turn.zw) * (here.xy / here.a);
  vec3 normal = vec3(-slope, 1.0) * inversesqrt(1.0 + dot(slope, slope));
  float cosine = max(dot(normal, light), 0.0);
  float gloss = max(dot(normal, halfway), 0.0);
  gloss *= gloss; gloss *= gloss; gloss *= gloss; gloss *= gloss;
  // Close to the power of 0.85 of reports, and far cheaper where software computes it.
  float bright = 0.56 * cosine / max(light.z, 0.05);
  float value = mix(bright, sqrt(bright), 0.24) + 0.10 * gloss * gloss;
  colour = vec4(mix(ground, vec3(value), min(here.a * 2.0, 1.0)), 1.0);
}`;

/** One mark's heights in colours. Photographs have brightness in place of heights. */
export const TINTED = `${HEAD}
uniform sampler2D mark, scaleOfColours;
uniform vec2 range;       // lowest height, and one over what lies between lowest and highest
void main() {
  vec2 uv = within(place);
  vec4 here = outside(uv) ? vec4(0.0) : texture(mark, uv);
  if (here.a < 0.25) { colour = vec4(ground, 1.0); return; }
  float share = clamp((here.z / here.a - range.x) * range.y, 0.0, 1.0);
  colour = vec4(texture(scaleOfColours, vec2(share * 0.996 + 0.002, 0.5)).rgb, 1.0);
}`;

/** Reference minus comparison where both have a value; grey where only one has. */
export const DIFFERENCE = `${HEAD}
uniform sampler2D mark, other, scaleOfColours;
uniform mat3 otherPlace;
uniform vec2 range;
void main() {
  vec2 uv = within(place);
  vec2 uw = within(otherPlace);
  vec4 a = outside(uv) ? vec4(0.0) : texture(mark, uv);
  vec4 b = outside(uw) ? vec4(0.0) : texture(other, uw);
  if (a.a < 0.25 || b.a < 0.25) { colour = vec4(a.a + b.a < 0.25 ? ground : ground + 0.16, 1.0); return; }
  float share = clamp((a.z / a.a - b.z / b.a - range.x) * range.y, 0.0, 1.0);
  colour = vec4(texture(scaleOfColours, vec2(share * 0.996 + 0.002, 0.5)).rgb, 1.0);
}`;
