/** What is heard: the master, the stems, the render before, or the score where nothing is rendered. */
import type { AudioFile } from "../net/audio";
import type { RenderedFile, Rendering, Section, Song, State } from "../net/messages";
import { notesOf } from "../state/store";
import { readySections } from "./ready";
import { Strip } from "./mixer";
import type { Voice } from "./scheduler";
import { FileVoice, ScoreVoice, type Span } from "./voices";

export type Listening = "master" | "stems" | "score";
export type Side = "now" | "before";

export function audioFile(file: RenderedFile, side: Side = "now"): AudioFile {
  const query = side === "before" ? "?of=before" : "";
  return {
    url: `/api/audio/${encodeURIComponent(file.name)}${query}`, key: file.etag,
    channels: file.channels, samples: file.samples,
  };
}

/** A section with another take, the whole band around it. */
export interface Audition { section: number; file: AudioFile }

/** Where the song's visits lie in a rendering: all of it as one, or visit by visit where the song changed. */
export function spansIn(rendering: Rendering, song: Song, isCurrent: boolean): Span[] {
  const longest = Math.max(0, ...rendering.files.map((file) => file.samples));
  if (isCurrent) return [{ from: 0, to: Math.max(longest, song.length_samples), shift: 0 }];
  return song.sections.filter((section) => section.is_rendered).flatMap((section) => {
    const there = rendering.sections.find((one) => one.section === section.section && one.visit === section.visit);
    if (!there) return [];
    return [{ from: section.start_sample, to: section.end_sample, shift: there.start_sample - section.start_sample }];
  });
}

/** The parts of the song that no rendering has. */
export function unrendered(
  song: Song, spans: readonly Span[], isHeard: (section: Section) => boolean = () => false,
): Span[] {
  const isCovered = (section: Section) =>
    spans.some((span) => span.from <= section.start_sample && section.end_sample <= span.to);
  return song.sections.filter((section) => !isCovered(section) && !isHeard(section))
    .map((section) => ({ from: section.start_sample, to: section.end_sample, shift: 0 }));
}

/** Gains that make the two renders equally loud: the earlier one is brought to the one that is there. */
export function evenGains(state: State): Record<Side, number> {
  const now = state.render.now?.loudness_lufs, before = state.render.before?.loudness_lufs;
  if (now == null || before == null) return { now: 1, before: 1 };
  return { now: 1, before: 10 ** ((now - before) / 20) };
}

export interface Desk { voices: Voice[]; strips: Map<string, Strip>; sides: Map<Side, GainNode> }

/** Build the voices of what is heard, and their ways to the output. */
export function buildDesk(
  context: BaseAudioContext, output: AudioNode, state: State, listening: Listening, side: Side,
  audition: Audition | null = null,
): Desk {
  const song = state.song!;
  const desk: Desk = { voices: [], strips: new Map(), sides: new Map() };
  if (audition) {
    desk.voices.push(take(context, output, song, audition));
    return desk;
  }
  const now = listening === "score" ? null : state.render.now;
  const spans = now ? spansIn(now, song, state.render.is_current) : [];
  if (now && listening === "master") addMasters(desk, context, output, state, spans, side);
  if (listening === "master") addReady(desk, context, output, song, spans);
  const isHeard = (section: Section) => listening === "master" && readySections.value.has(section.index);
  for (const stem of song.stems) {
    const strip = new Strip(context, output, stem.name, 1);
    desk.strips.set(stem.name, strip);
    const file = now?.files.find((one) => one.name === stem.name);
    if (listening === "stems" && file) desk.voices.push(new FileVoice(context, strip.input, audioFile(file), spans));
    const missing = unrendered(song, file && listening !== "score" ? spans : [], isHeard);
    // A recording is not its notes: it is heard when it is rendered.
    const notes = missing.length && stem.has_notes && stem.role !== "audio" ? notesOf(stem.name) : null;
    if (notes) desk.voices.push(new ScoreVoice(context, strip.input, notes, missing));
  }
  return desk;
}

function addMasters(
  desk: Desk, context: BaseAudioContext, output: AudioNode, state: State, spans: Span[], side: Side,
): void {
  const gains = evenGains(state);
  for (const one of ["now", "before"] as const) {
    const rendering = state.render[one];
    const file = rendering?.files.find((found) => found.name === "master");
    if (!rendering || !file) continue;
    const isAlone = !state.render.before;
    const gain = new GainNode(context, { gain: one === side ? (isAlone ? 1 : gains[one]) : 0 });
    gain.connect(output);
    desk.sides.set(one, gain);
    const all = [{ from: 0, to: file.samples, shift: 0 }];
    desk.voices.push(new FileVoice(context, gain, audioFile(file, one), one === "now" ? spans : all));
  }
}

/** Sections that are ready, where the render has them not. */
function addReady(desk: Desk, context: BaseAudioContext, output: AudioNode, song: Song, spans: Span[]): void {
  const missing = unrendered(song, spans);
  for (const [index, file] of readySections.value) {
    const section = song.sections[index];
    const span = section && missing.find((one) => one.from === section.start_sample);
    if (span) desk.voices.push(new FileVoice(context, output, file, [{ ...span, shift: -span.from }]));
  }
}

function take(context: BaseAudioContext, output: AudioNode, song: Song, audition: Audition): Voice {
  const { start_sample, end_sample } = song.sections[audition.section]!;
  return new FileVoice(context, output, audition.file, [{ from: start_sample, to: end_sample, shift: -start_sample }]);
}
