// Draws marks on the graphics processor (WebGL 2), which may be one that software stands in for.

import { DIVERGING, GROUND, SEQUENTIAL, strip } from "./bench_colour.js";
import { DIFFERENCE, EVERYWHERE, LIT, PREPARE, TINTED } from "./bench_shaders.js";
import { screenToTexture } from "./bench_view.js";

/** What draws into a canvas, or null where the browser has no WebGL 2 with float pictures. `lost` is told when the processor goes away. */
export function graphics(canvas, lost) {
  const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false, stencil: false, powerPreference: "high-performance" });
  if (!gl || !gl.getExtension("EXT_color_buffer_float")) return null;
  try {
    return new Graphics(gl, canvas, lost);
  } catch (error) {
    console.warn(error);
    return null;
  }
}

/** The name of what draws, and whether it is software. */
function renderer(gl) {
  const known = gl.getExtension("WEBGL_debug_renderer_info");
  const name = String(gl.getParameter(known ? known.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  return { name, software: /swiftshader|llvmpipe|softpipe|software|basic render/i.test(name) };
}

class Graphics {
  constructor(gl, canvas, lost) {
    this.gl = gl;
    this.canvas = canvas;
    this.most = Math.min(gl.getParameter(gl.MAX_TEXTURE_SIZE), 4096);
    Object.assign(this, renderer(gl));
    this.onLost = (event) => {
      event.preventDefault();
      lost();
    };
    canvas.addEventListener("webglcontextlost", this.onLost);
    this.marks = [null, null];
    this.programs = Object.fromEntries(
      Object.entries({ prepare: PREPARE, lit: LIT, tinted: TINTED, difference: DIFFERENCE }).map(([name, source]) => [name, program(gl, source)]),
    );
    this.scales = { heights: scaleTexture(gl, SEQUENTIAL), difference: scaleTexture(gl, DIVERGING) };
    gl.bindVertexArray(gl.createVertexArray());
  }

  /** Takes a map for one side. */
  load(side, map) {
    this.gl.deleteTexture(this.marks[side]?.texture ?? null);
    this.marks[side] = map ? { map, texture: this.prepared(map) } : null;
  }

  /** Slopes and heights of a map as a picture with smaller ones for views from afar. */
  prepared(map) {
    const { gl } = this;
    const steps = texture(gl, gl.NEAREST, gl.NEAREST);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 2);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R16I, map.columns, map.rows, 0, gl.RED_INTEGER, gl.SHORT, map.steps);
    const made = texture(gl, gl.LINEAR, gl.LINEAR_MIPMAP_LINEAR);
    gl.texStorage2D(gl.TEXTURE_2D, 1 + Math.floor(Math.log2(Math.max(map.columns, map.rows))), gl.RGBA16F, map.columns, map.rows);
    const target = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, target);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, made, 0);
    const set = use(gl, this.programs.prepare);
    bound(gl, 0, steps, set.steps);
    gl.uniform1f(set.scale, map.scale_um);
    gl.uniform1f(set.pitch, map.pitch_um);
    gl.uniform1f(set.middle, map.middle_um);
    gl.disable(gl.SCISSOR_TEST);
    gl.viewport(0, 0, map.columns, map.rows);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.deleteFramebuffer(target);
    gl.deleteTexture(steps);
    gl.bindTexture(gl.TEXTURE_2D, made);
    gl.generateMipmap(gl.TEXTURE_2D);
    return made;
  }

  /**
   * Draws a scene { width, height (CSS pixels), panes: [{ side, rect, clip, camera, look }], ... } with so many pixels for each CSS pixel. `quick` reads
   * fewer points of the marks.
   */
  draw(scene, detail, quick) {
    const { gl, canvas } = this;
    const [width, height] = [Math.max(1, Math.round(scene.width * detail)), Math.max(1, Math.round(scene.height * detail))];
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    gl.viewport(0, 0, width, height);
    gl.disable(gl.SCISSOR_TEST);
    gl.clearColor(...GROUND.map((c) => c / 255), 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.SCISSOR_TEST);
    for (const pane of scene.panes) {
      const mark = this.marks[pane.side];
      if (!mark) continue;
      const [left, right] = [Math.round(pane.clip.x * detail), Math.round((pane.clip.x + pane.clip.width) * detail)];
      gl.scissor(left, 0, Math.max(0, right - left), height);
      this.pane(scene, pane, mark, [width / scene.width, height], quick);
    }
  }

  pane(scene, pane, mark, canvas, quick) {
    const { gl } = this;
    const set = use(gl, this.programs[pane.look]);
    this.sampled(mark.texture, quick);
    bound(gl, 0, mark.texture, set.mark);
    gl.uniformMatrix3fv(set.place, false, screenToTexture(pane.camera, pane.rect, pane.pose, mark.map));
    gl.uniform2f(set.canvas, ...canvas);
    gl.uniform3f(set.ground, ...GROUND.map((c) => c / 255));
    if (pane.look === "lit") {
      const [c, s] = [Math.cos(pane.turn_rad) * pane.relief, Math.sin(pane.turn_rad) * pane.relief];
      gl.uniform4f(set.turn, c, s, -s, c);
      gl.uniform3f(set.light, ...pane.light.towards);
      gl.uniform3f(set.halfway, ...pane.light.halfway);
    } else {
      const [low, high] = pane.range;
      bound(gl, 1, pane.look === "tinted" ? this.scales.heights : this.scales.difference, set.scaleOfColours);
      gl.uniform2f(set.range, low, 1 / (high - low));
    }
    if (pane.look === "difference") {
      const other = this.marks[pane.other.side];
      if (!other) return;
      gl.activeTexture(gl.TEXTURE0);
      this.sampled(other.texture, quick);
      bound(gl, 2, other.texture, set.other);
      gl.uniformMatrix3fv(set.otherPlace, false, screenToTexture(pane.other.camera, pane.rect, pane.other.pose, other.map));
    }
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  /** How a mark is read between its points. */
  sampled(made, quick) {
    const { gl } = this;
    gl.bindTexture(gl.TEXTURE_2D, made);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, quick ? gl.LINEAR_MIPMAP_NEAREST : gl.LINEAR_MIPMAP_LINEAR);
  }

  end() {
    this.canvas.removeEventListener("webglcontextlost", this.onLost);
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

function texture(gl, magnified, reduced) {
  const made = gl.createTexture();
  gl.activeTexture(gl.TEXTURE0);
  gl.bindTexture(gl.TEXTURE_2D, made);
  const set = { MAG_FILTER: magnified, MIN_FILTER: reduced, WRAP_S: gl.CLAMP_TO_EDGE, WRAP_T: gl.CLAMP_TO_EDGE };
  for (const [name, value] of Object.entries(set)) gl.texParameteri(gl.TEXTURE_2D, gl[`TEXTURE_${name}`], value);
  return made;
}

function scaleTexture(gl, anchors) {
  const made = texture(gl, gl.LINEAR, gl.LINEAR);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, strip(anchors));
  return made;
}

function bound(gl, unit, made, place) {
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D, made);
  gl.uniform1i(place, unit);
}

function use(gl, one) {
  gl.useProgram(one.program);
  return one.set;
}

/** A program with the places of what it is told. */
function program(gl, source) {
  const made = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, EVERYWHERE], [gl.FRAGMENT_SHADER, source]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(made) || "shader");
  const set = {};
  for (let i = 0; i < gl.getProgramParameter(made, gl.ACTIVE_UNIFORMS); i += 1) {
    const { name } = gl.getActiveUniform(made, i);
    set[name] = gl.getUniformLocation(made, name);
  }
  return { program: made, set };
}
