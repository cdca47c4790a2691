/** What the lanes of the whole song show: what happens, the melody, the lyrics and the loudness. */
import type { HappeningEvent, LoudnessAnswer, Notes, Rendering, Section } from "../net/messages";
import { spansIn } from "../sound/sources";
import { colour, identity } from "../ui/colours";
import { drawGrid, drawNotes, type View } from "./draw";
import { scale } from "./viewport";

type G = CanvasRenderingContext2D;
const FONT = "Inter Variable, sans-serif";
const x = (view: View, seconds: number): number => view.map.toUnits(seconds) * scale.peek();

/** Seconds of the song at which an event of a section happens. */
export function secondsOf(view: View, section: Section, event: HappeningEvent): number {
  const bar = view.song.bars[section.first_bar + Math.min(event.bar, section.bars) - 1]!;
  const beats = [...bar.beats_s, bar.end_s], whole = Math.min(Math.floor(event.beat), bar.beats_s.length) - 1;
  return beats[whole]! + (event.beat - 1 - whole) * (beats[whole + 1]! - beats[whole]!);
}

/** A mark where each thing happens, and its name where there is room. */
export function drawEvents(g: G, view: View, from: number, to: number, height: number): void {
  g.textBaseline = "middle";
  g.font = `500 11px ${FONT}`;
  for (const section of view.song.sections) {
    const places = section.events.map((event) => ({ event, at: x(view, secondsOf(view, section, event)) }));
    places.sort((one, other) => one.at - other.at);
    const end = x(view, section.end_s);
    if (end < from || x(view, section.start_s) > to) continue;
    let free = -Infinity;
    places.forEach(({ event, at }, index) => {
      g.fillStyle = colour(identity(section.colour));
      g.beginPath();
      g.moveTo(at, height / 2 - 4);
      g.lineTo(at + 5, height / 2);
      g.lineTo(at, height / 2 + 4);
      g.fill();
      const text = `${event.what.replace(/_/g, " ")}${event.stem === "all" ? "" : ` ${event.stem}`}`;
      const room = (places.slice(index + 1).find((one) => one.at > at + 1)?.at ?? end) - at - 12;
      if (at < free || g.measureText(text).width > room) return;
      g.fillStyle = colour("ink-soft");
      g.fillText(text, at + 8, height / 2 + 0.5);
      free = at + g.measureText(text).width + 12;
    });
  }
}

/** The tune: the notes of whoever has it. */
export function drawMelody(g: G, view: View, parts: readonly Notes[], from: number, to: number, height: number): void {
  drawGrid(g, view, from, to, height);
  for (const notes of parts)
    for (const section of view.song.sections) {
      const left = Math.max(from, x(view, section.start_s)), right = Math.min(to, x(view, section.end_s));
      if (right <= left) continue;
      g.fillStyle = colour(identity(section.colour));
      drawNotes(g, view, notes, section, left, right, height);
    }
}

/** Syllables under their notes where there is room for them, else the lines of each visit. */
export function drawLyrics(g: G, view: View, sung: Notes | null, from: number, to: number, height: number): void {
  g.textBaseline = "middle";
  g.font = `450 12px ${FONT}`;
  for (const section of view.song.sections) {
    const left = x(view, section.start_s), right = x(view, section.end_s);
    if (right < from || left > to) continue;
    g.fillStyle = colour("line");
    g.fillRect(Math.round(left), 3, 1, height - 6);
    g.fillStyle = colour("ink");
    if (!sung || !drawSyllables(g, view, sung, section, height)) drawLine(g, section.lyrics, left, right, height);
  }
}

/** How many syllables may stand a little late so that they do not run into each other. */
const MOST_CROWDED = 0.2;
const GAP_PX = 5;

function drawSyllables(g: G, view: View, sung: Notes, section: Section, height: number): boolean {
  const own = sung.notes.flatMap((note, index) =>
    note[4] === section.index && sung.syllables[index] ? [{ at: x(view, note[0]), text: sung.syllables[index]! }] : []);
  if (!own.length) return false;
  let free = -Infinity, crowded = 0;
  const placed = own.map(({ at, text }) => {
    const from = Math.max(at + 1, free);
    if (from > at + 1) crowded++;
    free = from + g.measureText(text).width + GAP_PX;
    return { from, text };
  });
  if (crowded > MOST_CROWDED * own.length) return false;
  for (const { from, text } of placed) g.fillText(text, from, height / 2 + 0.5);
  return true;
}

function drawLine(g: G, lyrics: string, left: number, right: number, height: number): void {
  const text = lyrics.trim().replace(/\s*\n\s*/g, " / ");
  if (!text) return;
  g.save();
  g.beginPath();
  g.rect(left, 0, right - left - 4, height);
  g.clip();
  g.fillText(text, left + 6, height / 2 + 0.5);
  g.restore();
}

const LOUDEST_LUFS = -4;
const QUIETEST_LUFS = -36;

/** The short-term loudness of the rendered master, and a line where the whole song is. */
export function drawLoudness(
  g: G, view: View, levels: LoudnessAnswer, rendering: Rendering, isCurrent: boolean, from: number, to: number, height: number,
): void {
  drawGrid(g, view, from, to, height);
  const yOf = (lufs: number) => 3 + (height - 4) * (1 - (Math.max(QUIETEST_LUFS, lufs) - QUIETEST_LUFS) / (LOUDEST_LUFS - QUIETEST_LUFS));
  const spans = spansIn(rendering, view.song, isCurrent), rate = view.song.sample_rate;
  for (const section of view.song.sections) {
    const span = spans.find((one) => one.from <= section.start_sample && section.end_sample <= one.to);
    const left = Math.max(from, x(view, section.start_s)), right = Math.min(to, x(view, section.end_s));
    if (!span || right <= left) continue;
    g.fillStyle = colour(identity(section.colour));
    g.globalAlpha = 0.6;
    g.beginPath();
    g.moveTo(left, height);
    for (let pixel = left; pixel <= right; pixel += 2) {
      const file_s = view.map.toSeconds(pixel / scale.peek()) + span.shift / rate;
      g.lineTo(pixel, yOf(levels.lufs[Math.floor(file_s / levels.step_s)] ?? QUIETEST_LUFS));
    }
    const end_s = view.map.toSeconds(right / scale.peek()) + span.shift / rate;
    g.lineTo(right, yOf(levels.lufs[Math.floor(end_s / levels.step_s)] ?? levels.lufs.at(-1) ?? QUIETEST_LUFS));
    g.lineTo(right, height);
    g.fill();
  }
  g.globalAlpha = 0.5;
  g.fillStyle = colour("ink");
  if (rendering.loudness_lufs !== null)
    for (let at = from - (from % 8); at < to; at += 8) g.fillRect(at, Math.round(yOf(rendering.loudness_lufs)), 4, 1);
  g.globalAlpha = 1;
}
