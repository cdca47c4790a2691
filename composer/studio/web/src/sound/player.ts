/** The player: one audio context at the song's rate, filled a few seconds ahead. */
import { effect, signal } from "@preact/signals";
import { isClickOn, volume } from "../state/preferences";
import { complain, notesArrived, state } from "../state/store";
import { faders, isMoved } from "./mixer";
import { Playhead, type Loop } from "./playhead";
import { readySections } from "./ready";
import { Scheduler } from "./scheduler";
import { buildDesk, evenGains, type Audition, type Desk, type Listening, type Side } from "./sources";
import { ClickVoice, SamplesVoice } from "./voices";

export const isPlaying = signal(false);
export const loop = signal<{ from_s: number; to_s: number } | null>(null);
export const listening = signal<Listening>("master");
export const side = signal<Side>("now");
export const audition = signal<Audition | null>(null);
/** What was recorded with the song and is heard with it, from a frame of the song on. */
export const overdub = signal<{ from: number; samples: Float32Array<ArrayBuffer> } | null>(null);
/** Milliseconds from the user's wish to the first scheduled sound. */
export const firstSound = signal<number | null>(null);

const AHEAD_S = 4;
const PUMP_MS = 250;
const START_S = 0.03;
/** How long the old sound goes on when the desk is built anew while playing. */
const HANDOVER_S = 0.12;

let context: AudioContext | null = null;
let output: GainNode | null = null;
let clickGate: GainNode | null = null;
let scheduler: Scheduler | null = null;
let desk: Desk | null = null;
let pump = 0;
let resting_s = 0;

/** What can be heard now: the master where there is one, else the score. */
export function heardNow(): Listening {
  const now = state.value?.render.now;
  if (!now) return readySections.value.size && listening.value !== "score" ? "master" : "score";
  if (listening.value === "master" && !now.files.some((file) => file.name === "master")) return "stems";
  return listening.value;
}

/** The context on whose clock the song is heard. */
export function openContext(rate: number): AudioContext {
  if (context?.sampleRate === rate) return context;
  void context?.close();
  context = new AudioContext({ sampleRate: rate, latencyHint: "interactive" });
  output = new GainNode(context, { gain: volume.value });
  output.connect(context.destination);
  clickGate = new GainNode(context, { gain: isClickOn.value ? 1 : 0 });
  clickGate.connect(output);
  return context;
}

/** Start a scheduler that takes over at a frame of the context. */
function startAt(song_s: number, at: number): void {
  const known = state.value!, song = known.song!;
  const rate = song.sample_rate;
  desk = buildDesk(context!, output!, known, heardNow(), side.value, audition.value);
  const voices = [...desk.voices, new ClickVoice(context!, clickGate!, song.bars)];
  if (overdub.value) voices.push(new SamplesVoice(context!, output!, overdub.value.samples, overdub.value.from));
  const end = Math.max(song.length_samples, ...(known.render.now?.files.map((file) => file.samples) ?? [0]));
  const round: Loop | null = loop.value && {
    from: Math.round(loop.value.from_s * rate), to: Math.round(loop.value.to_s * rate),
  };
  scheduler = new Scheduler(context!, new Playhead(Math.round(song_s * rate), end, round, at), voices);
}

async function fill(): Promise<void> {
  const own = scheduler;
  if (!own || !context) return;
  const goesOn = await own.fill(Math.round((context.currentTime + AHEAD_S) * context.sampleRate));
  if (own !== scheduler) return;
  const isOver = !goesOn && context.currentTime * context.sampleRate > own.playhead.reached;
  if (isOver) pause(0);
  else pump = window.setTimeout(() => void fill().catch(fail), PUMP_MS);
}

function fail(error: unknown): void {
  complain(error);
  pause();
}

/** Play from a time of the song. */
export const play = (from_s = position()): Promise<void> => playFrom(from_s);

/** The context's frame at which the song has begun to sound, null before. */
export const startedAt = (): number | null => begun_at;
let begun_at: number | null = null;

/** Play from a time of the song, at a time of the context; at once where that is left out. */
export async function playFrom(from_s: number, at_s?: number): Promise<void> {
  const song = state.value?.song;
  if (!song) return;
  const asked = performance.now();
  halt();
  const live = openContext(song.sample_rate);
  const resumed = live.resume();
  const end = loop.value?.to_s ?? song.length_s;
  const start_s = from_s >= end - 0.01 ? (loop.value?.from_s ?? 0) : from_s;
  resting_s = start_s;
  isPlaying.value = true;
  begun_at = null;
  startAt(start_s, Math.round((at_s ?? live.currentTime + START_S) * live.sampleRate));
  try {
    await resumed;
    await fill();
    const first = scheduler?.heard[0];
    begun_at = first?.at ?? null;
    if (first) firstSound.value = performance.now() - asked + Math.max(0, first.at / live.sampleRate - live.currentTime) * 1000;
  } catch (error) {
    fail(error);
  }
}

function halt(): void {
  clearTimeout(pump);
  scheduler?.stop();
  scheduler = null;
  desk = null;
}

export function pause(at_s = position()): void {
  halt();
  isPlaying.value = false;
  resting_s = at_s;
}

export const toggle = (): void => (isPlaying.value ? pause() : void play());

/** Go to a time, playing on if the song plays. */
export function seek(to_s: number): void {
  const wanted = Math.max(0, Math.min(to_s, state.value?.song?.length_s ?? 0));
  resting_s = wanted;
  if (isPlaying.value) void play(wanted);
  moved.value++;
}
/** Counts jumps, so that the playhead is drawn anew. */
export const moved = signal(0);

/** Seconds of the song that are heard now. */
export function position(): number {
  if (!scheduler || !context || !scheduler.heard.length) return resting_s;
  const heard_s = context.currentTime - (context.outputLatency || 0);
  return scheduler.songFrame(heard_s * context.sampleRate) / context.sampleRate;
}

/** Build the desk anew while playing: the new one takes over at a frame, and the old one stops there. */
function handOver(): void {
  if (!isPlaying.value || !scheduler || !context) return;
  const at = Math.round((context.currentTime + HANDOVER_S) * context.sampleRate);
  const song_s = scheduler.songFrame(at) / context.sampleRate;
  clearTimeout(pump);
  scheduler.stop(at / context.sampleRate);
  startAt(song_s, at);
  void fill().catch(fail);
}

/** The highest sample of each stem just now. */
export function levels(): Map<string, number> {
  return new Map([...(desk?.strips ?? [])].map(([name, strip]) => [name, strip.level()]));
}

effect(() => {
  void faders.value;
  for (const strip of desk?.strips.values() ?? []) strip.follow();
});
effect(() => {
  if (isMoved.value && listening.peek() === "master") listening.value = "stems";
});
effect(() => {
  if (output && context) output.gain.setTargetAtTime(volume.value, context.currentTime, 0.01);
  if (clickGate && context) clickGate.gain.setTargetAtTime(isClickOn.value ? 1 : 0, context.currentTime, 0.002);
});
effect(() => {
  const gains = state.value ? evenGains(state.value) : { now: 1, before: 1 };
  const chosen = side.value;
  for (const [one, gain] of desk?.sides ?? [])
    gain.gain.setTargetAtTime(one === chosen ? gains[one] : 0, context!.currentTime, 0.004);
});
let known = "";
effect(() => {
  const render = state.value?.render;
  const files = [render?.now, render?.before].flatMap((one) => one?.files.map((file) => file.etag) ?? []);
  const score = state.value?.song && !render?.is_current ? `${state.value.revision}.${notesArrived.value}` : "";
  const wanted = JSON.stringify([[...readySections.value.keys()], listening.value, loop.value, audition.value, overdub.value?.from, overdub.value?.samples.length, files, score]);
  if (wanted !== known) {
    known = wanted;
    handOver();
  }
});
