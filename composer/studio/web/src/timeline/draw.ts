/** What the timeline's canvases show: ruler, chords, energy, links of returns, waveforms and notes. */
import { Peaks, resolution } from "../net/peaks";
import type { Notes, Rendering, Section, Song } from "../net/messages";
import { spansIn } from "../sound/sources";
import { clock, type TimeMap } from "../state/timemap";
import { colour, identity } from "../ui/colours";
import { scale } from "./viewport";

type G = CanvasRenderingContext2D;
const FONT = "Inter Variable, sans-serif";

export interface View { song: Song; map: TimeMap }
const x = (view: View, seconds: number): number => view.map.toUnits(seconds) * scale.peek();

/** The smallest of some steps that keeps marks this far apart. */
function stepFor(pixels: number, least: number): number {
  const steps = [1, 2, 4, 8, 16, 32, 64, 128];
  return steps.find((step) => step * pixels >= least) ?? 256;
}

export function drawRuler(g: G, view: View, from: number, to: number, height: number): void {
  if (view.map.unit === "bars") drawBars(g, view, from, to, height);
  else drawSeconds(g, from, to, height);
}

function mark(g: G, at: number, height: number, length: number): void {
  g.fillRect(Math.round(at), height - length, 1, length);
}

function drawBars(g: G, view: View, from: number, to: number, height: number): void {
  g.font = `500 11px ${FONT}`;
  const barPx = scale.peek();
  const step = stepFor(barPx, 44);
  for (const bar of view.song.bars) {
    const at = x(view, bar.start_s);
    if (at > to || at + barPx * step < from) continue;
    const isNamed = bar.index % step === 0;
    if (!isNamed && barPx < 6) continue;
    g.fillStyle = colour(isNamed ? "line-strong" : "line");
    mark(g, at, height, isNamed ? 9 : 5);
    g.fillStyle = colour("ink-soft");
    if (isNamed) g.fillText(String(bar.index + 1), at + 4, height - 9);
    if (barPx / bar.beats_s.length > 14) drawBeats(g, view, bar.beats_s, barPx, bar.index, height);
  }
}

function drawBeats(g: G, view: View, beats: number[], barPx: number, bar: number, height: number): void {
  beats.slice(1).forEach((beat, i) => {
    g.fillStyle = colour("line");
    mark(g, x(view, beat), height, 4);
    g.fillStyle = colour("ink-faint");
    if (barPx / beats.length > 60) g.fillText(`${bar + 1}.${i + 2}`, x(view, beat) + 3, height - 9);
  });
}

function drawSeconds(g: G, from: number, to: number, height: number): void {
  g.font = `500 11px ${FONT}`;
  const steps = [0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120];
  const step = steps.find((one) => one * scale.peek() >= 52) ?? 300;
  for (let i = Math.max(0, Math.floor(from / scale.peek() / step) - 1); i * step * scale.peek() <= to; i++) {
    const at = i * step * scale.peek();
    g.fillStyle = colour("line-strong");
    mark(g, at, height, 9);
    g.fillStyle = colour("ink-soft");
    g.fillText(clock(i * step, step < 1), at + 4, height - 9);
  }
}

/** Thin lines at the bars, through a lane. */
export function drawGrid(g: G, view: View, from: number, to: number, height: number): void {
  const barPx = view.map.unit === "bars" ? scale.peek() : scale.peek() * 2;
  const step = stepFor(barPx, 24);
  for (const bar of view.song.bars) {
    if (bar.index % step) continue;
    const at = x(view, bar.start_s);
    if (at < from - 1 || at > to) continue;
    g.fillStyle = colour("grid");
    g.fillRect(Math.round(at), 0, 1, height);
  }
}

export function drawChords(g: G, view: View, from: number, to: number, height: number): void {
  g.textBaseline = "middle";
  let free = -Infinity;
  for (const chord of view.song.chords) {
    const at = x(view, chord.start_s), end = x(view, chord.end_s);
    if (end < from - 200) continue;
    if (at > to) break;
    g.font = `550 12px ${FONT}`;
    const text = chord.symbol.replace(/b/g, "♭").replace(/#/g, "♯");
    if (at < free) continue;
    const room = end - at - 6;
    const length = g.measureText(text).width;
    const begins = view.song.sections[chord.section]?.first_bar === chord.bar && chord.beat === 1;
    g.fillStyle = colour("line");
    if (begins || room > 6) g.fillRect(Math.round(at), 4, 1, height - 8);
    if (length > room + 3 && !begins) continue;
    g.fillStyle = colour("ink");
    g.fillText(text, at + 5, height / 2 + 0.5);
    free = at + length + 4;
  }
}

/** How tall a block is for its energy. */
export const blockHeight = (energy: number, height: number): number => 30 + energy * (height - 32);

/** Energy bar by bar, as a line over the blocks. */
export function drawEnergy(g: G, view: View, from: number, to: number, height: number): void {
  g.strokeStyle = colour("ink");
  g.globalAlpha = 0.4;
  g.lineWidth = 1.25;
  g.beginPath();
  for (const bar of view.song.bars) {
    const left = x(view, bar.start_s), right = x(view, bar.end_s);
    if (right < from - 40 || left > to + 40) continue;
    const top = height - 1 - blockHeight(view.song.energy[bar.index] ?? 0, height);
    g.lineTo(left, top);
    g.lineTo(right, top);
  }
  g.stroke();
  g.globalAlpha = 1;
}

/** Arcs from each visit of a section to its next one. */
export function drawLinks(g: G, view: View, selected: number, from: number, to: number, height: number): void {
  const last = new Map<string, Section>();
  const chosen = view.song.sections[selected]?.section;
  for (const section of view.song.sections) {
    const before = last.get(section.section);
    last.set(section.section, section);
    if (!before) continue;
    const left = (x(view, before.start_s) + x(view, before.end_s)) / 2;
    const right = (x(view, section.start_s) + x(view, section.end_s)) / 2;
    if (right < from || left > to) continue;
    g.strokeStyle = colour(identity(section.colour));
    g.globalAlpha = section.section === chosen ? 1 : 0.38;
    g.lineWidth = section.section === chosen ? 1.75 : 1.25;
    g.beginPath();
    g.moveTo(left, height);
    const bend = Math.min(24, (right - left) / 2);
    const top = 3 + (section.colour % 4) * 3;
    g.bezierCurveTo(left, top, left, top, left + bend, top);
    g.lineTo(right - bend, top);
    g.bezierCurveTo(right, top, right, top, right, height);
    g.stroke();
  }
  g.globalAlpha = 1;
}

export interface Wave { rendering: Rendering; isCurrent: boolean }

/** A lane: waveforms where there is sound (and waves are wanted), notes elsewhere. */
export function drawLane(
  g: G, view: View, stem: string, notes: Notes | null, wave: Wave | null, from: number, to: number, height: number,
  again: () => void,
): void {
  drawGrid(g, view, from, to, height);
  const file = wave?.rendering.files.find((one) => one.name === stem);
  const spans = wave && file ? spansIn(wave.rendering, view.song, wave.isCurrent) : [];
  for (const section of view.song.sections) {
    const left = Math.max(from, x(view, section.start_s)), right = Math.min(to, x(view, section.end_s));
    if (right <= left) continue;
    g.fillStyle = colour(identity(section.colour));
    const span = spans.find((one) => one.from <= section.start_sample && section.end_sample <= one.to);
    if (span && file) drawWave(g, view, file.name, file.etag, span.shift, again, left, right, height);
    else if (notes) drawNotes(g, view, notes, section, left, right, height);
  }
}

function drawWave(
  g: G, view: View, name: string, etag: string, shift: number, onLoad: () => void, left: number, right: number,
  height: number,
): void {
  const rate = view.song.sample_rate;
  const sample = (pixel: number) => view.map.toSeconds(pixel / scale.peek()) * rate + shift;
  const perPixel = (sample(right) - sample(left)) / (right - left);
  const peaks = new Peaks(`/api/peaks/${encodeURIComponent(name)}`, etag, resolution(perPixel), onLoad);
  const middle = height / 2, half = (height - 10) / 254;
  for (let pixel = Math.floor(left); pixel < right; pixel++) {
    const begin = Math.floor(sample(pixel) / peaks.per);
    const range = peaks.range(begin, Math.max(begin + 1, Math.floor(sample(pixel + 1) / peaks.per)));
    if (!range) continue;
    const low = loud(range[0]) * half, high = loud(range[1]) * half;
    g.fillRect(pixel, middle - high, 1, Math.max(1, high - low));
  }
}

/** Quiet samples are drawn somewhat higher than they are, so that they can be seen; the last step of eight
 * bits is silence. */
const loud = (value: number): number => Math.sign(value) * 127 * (Math.max(0, Math.abs(value) - 1) / 126) ** 0.6;

/** The range of pitches a lane shows. */
export function pitchRange(notes: Notes): [number, number] {
  let low = 127, high = 0;
  for (const note of notes.notes) {
    if (note[2] < low) low = note[2];
    if (note[2] > high) high = note[2];
  }
  return high - low < 12 ? [low - 6, Math.max(high + 6, low + 6)] : [low, high];
}

/** The notes of a section between two pixels, as they are high. */
export function drawNotes(
  g: G, view: View, notes: Notes, section: Section, left: number, right: number, height: number,
): void {
  const [low, high] = pitchRange(notes);
  const row = (height - 10) / (high - low + 1);
  const thick = Math.max(2, Math.min(5, row));
  for (const [start, length, pitch, velocity, index] of notes.notes) {
    if (index !== section.index) continue;
    const at = x(view, start), end = x(view, start + length);
    if (end < left || at > right) continue;
    g.globalAlpha = 0.45 + (0.55 * velocity) / 127;
    g.fillRect(at, 5 + (high - pitch) * row + (row - thick) / 2, Math.max(1.5, end - at - 0.5), thick);
  }
  g.globalAlpha = 1;
}
