/** A light synthesis of scores: enough to hear what is written before it is rendered. */
import type { Stop } from "./scheduler";

export interface Played { when: number; length: number; pitch: number; velocity: number }

interface Tone {
  waves: OscillatorType[];
  detune: number;
  cutoff: number;
  attack: number;
  decay: number;
  sustain: number;
  release: number;
  gain: number;
}

const PLAIN: Tone = {
  waves: ["triangle"], detune: 0, cutoff: 3000, attack: 0.005, decay: 0.3, sustain: 0.4, release: 0.12, gain: 0.16,
};
const TONES: Record<string, Tone> = {
  bass: { ...PLAIN, waves: ["sawtooth", "sine"], cutoff: 500, sustain: 0.7, gain: 0.22 },
  lead: { ...PLAIN, waves: ["square", "triangle"], cutoff: 2600, sustain: 0.7, gain: 0.12 },
  vocals: { ...PLAIN, waves: ["triangle", "sine"], cutoff: 2200, attack: 0.03, sustain: 0.8, gain: 0.16 },
  pad: { ...PLAIN, waves: ["sawtooth", "sawtooth"], detune: 9, cutoff: 1100, attack: 0.12, sustain: 0.8,
    release: 0.3, gain: 0.06 },
  chords: { ...PLAIN, cutoff: 2400, decay: 0.6, sustain: 0.25, gain: 0.1 },
  arpeggio: { ...PLAIN, waves: ["sawtooth"], cutoff: 2800, decay: 0.15, sustain: 0.1, gain: 0.09 },
};

const noises = new WeakMap<BaseAudioContext, AudioBuffer>();

function noise(context: BaseAudioContext): AudioBuffer {
  const found = noises.get(context);
  if (found) return found;
  const buffer = new AudioBuffer({ length: context.sampleRate, sampleRate: context.sampleRate });
  const samples = buffer.getChannelData(0);
  let seed = 1;
  for (let i = 0; i < samples.length; i++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
    samples[i] = seed / 2 ** 31;
  }
  noises.set(context, buffer);
  return buffer;
}

/** A level that rises, falls and fades; it is gone at the time it returns. */
function envelope(gain: AudioParam, played: Played, tone: Tone): number {
  const peak = tone.gain * (played.velocity / 127) ** 1.3;
  const end = played.when + played.length;
  gain.setValueAtTime(0, played.when);
  gain.linearRampToValueAtTime(peak, played.when + Math.min(tone.attack, played.length / 2));
  gain.setTargetAtTime(peak * tone.sustain, played.when + tone.attack, tone.decay / 3);
  gain.setTargetAtTime(0, end, tone.release / 4);
  return end + tone.release;
}

function playTone(context: BaseAudioContext, output: AudioNode, tone: Tone, played: Played): Stop[] {
  const level = new GainNode(context, { gain: 0 });
  const filter = new BiquadFilterNode(context, { type: "lowpass", frequency: tone.cutoff });
  filter.connect(level).connect(output);
  const end = envelope(level.gain, played, tone);
  const frequency = 440 * 2 ** ((played.pitch - 69) / 12);
  return tone.waves.map((type, i) => {
    const source = new OscillatorNode(context, { type, frequency, detune: (i ? 1 : -1) * tone.detune });
    source.connect(filter);
    source.start(played.when);
    source.stop(end);
    if (i === 0) source.onended = () => level.disconnect();
    return source;
  });
}

interface Hit { length: number; kind: BiquadFilterType; frequency: number; gain: number }

/** How a drum of General MIDI is struck: noise through a filter. */
function hitOf(pitch: number): Hit {
  if ([42, 44].includes(pitch)) return { length: 0.05, kind: "highpass", frequency: 7000, gain: 0.12 };
  if (pitch === 46) return { length: 0.25, kind: "highpass", frequency: 6500, gain: 0.12 };
  if (pitch >= 49 && pitch <= 59) return { length: 0.6, kind: "highpass", frequency: 5000, gain: 0.12 };
  if ([37, 38, 39, 40].includes(pitch)) return { length: 0.16, kind: "bandpass", frequency: 1800, gain: 0.5 };
  return { length: 0.09, kind: "bandpass", frequency: 1200, gain: 0.25 };
}

function playNoise(context: BaseAudioContext, output: AudioNode, hit: Hit, played: Played): Stop[] {
  const level = new GainNode(context, { gain: 0 });
  const filter = new BiquadFilterNode(context, { type: hit.kind, frequency: hit.frequency });
  const source = new AudioBufferSourceNode(context, { buffer: noise(context) });
  source.connect(filter).connect(level).connect(output);
  level.gain.setValueAtTime(hit.gain * (played.velocity / 127), played.when);
  level.gain.setTargetAtTime(0, played.when, hit.length / 4);
  source.onended = () => level.disconnect();
  source.start(played.when);
  source.stop(played.when + hit.length * 1.5);
  return [source];
}

/** Kick and toms: a tone that falls. */
function playSkin(context: BaseAudioContext, output: AudioNode, from: number, played: Played): Stop[] {
  const level = new GainNode(context, { gain: 0 });
  const source = new OscillatorNode(context, { frequency: from });
  source.connect(level).connect(output);
  source.frequency.setValueAtTime(from, played.when);
  source.frequency.exponentialRampToValueAtTime(from / 3, played.when + 0.12);
  level.gain.setValueAtTime(0.6 * (played.velocity / 127), played.when);
  level.gain.setTargetAtTime(0, played.when + 0.02, 0.07);
  source.onended = () => level.disconnect();
  source.start(played.when);
  source.stop(played.when + 0.4);
  return [source];
}

/** Play a note as a stem of this role would, roughly. */
export function playNote(context: BaseAudioContext, output: AudioNode, role: string, played: Played): Stop[] {
  if (role !== "drums") return playTone(context, output, TONES[role] ?? PLAIN, played);
  if ([35, 36].includes(played.pitch)) return playSkin(context, output, 150, played);
  if ([41, 43, 45, 47, 48, 50].includes(played.pitch))
    return playSkin(context, output, 180 + 14 * (played.pitch - 41), played);
  return playNoise(context, output, hitOf(played.pitch), played);
}

/** A metronome's click. */
export function click(context: BaseAudioContext, output: AudioNode, when: number, isDownbeat: boolean): Stop {
  const level = new GainNode(context, { gain: 0 });
  const source = new OscillatorNode(context, { frequency: isDownbeat ? 1760 : 1175 });
  source.connect(level).connect(output);
  level.gain.setValueAtTime(0.35, when);
  level.gain.setTargetAtTime(0, when + 0.004, 0.012);
  source.onended = () => level.disconnect();
  source.start(when);
  source.stop(when + 0.09);
  return source;
}
