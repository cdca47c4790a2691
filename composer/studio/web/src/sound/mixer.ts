/** The mixing desk: which stems are heard, how loud, where. It changes while the song plays. */
import { computed, signal } from "@preact/signals";

export interface Fader { gain_db: number; pan: number; isMuted: boolean; isSolo: boolean }
export const LEVEL: Fader = { gain_db: 0, pan: 0, isMuted: false, isSolo: false };

export const faders = signal<Record<string, Fader>>({});
const anySolo = computed(() => Object.values(faders.value).some((fader) => fader.isSolo));

export const fader = (name: string): Fader => faders.value[name] ?? LEVEL;
export const isAudible = (name: string): boolean =>
  anySolo.value ? fader(name).isSolo : !fader(name).isMuted;

export function move(name: string, change: Partial<Fader>): void {
  faders.value = { ...faders.value, [name]: { ...fader(name), ...change } };
}

export const isMoved = computed(() =>
  Object.values(faders.value).some((one) => one.gain_db !== 0 || one.pan !== 0));

/** Seconds in which a level moves, so that it does not click. */
const GLIDE_S = 0.008;

/** One stem's way to the output: level, place, and a meter. */
export class Strip {
  readonly input: GainNode;
  private pan: StereoPannerNode;
  private gate: GainNode;
  private meter: AnalyserNode;
  private samples = new Float32Array(512);

  constructor(private context: BaseAudioContext, output: AudioNode, private name: string, private trim: number) {
    this.input = new GainNode(context);
    this.pan = new StereoPannerNode(context);
    this.gate = new GainNode(context);
    this.meter = new AnalyserNode(context, { fftSize: 512 });
    this.input.connect(this.pan).connect(this.gate).connect(output);
    this.gate.connect(this.meter);
    this.follow(true);
  }

  /** Take the fader's values; at once where `isFirst`. */
  follow(isFirst = false, isHeard = isAudible(this.name)): void {
    const { gain_db, pan } = fader(this.name);
    this.glide(this.input.gain, this.trim * 10 ** (gain_db / 20), isFirst);
    this.glide(this.pan.pan, pan, isFirst);
    this.glide(this.gate.gain, isHeard ? 1 : 0, isFirst);
  }

  private glide(parameter: AudioParam, value: number, isFirst: boolean): void {
    if (isFirst) parameter.value = value;
    else parameter.setTargetAtTime(value, this.context.currentTime, GLIDE_S);
  }

  /** The highest sample of the last few milliseconds. */
  level(): number {
    this.meter.getFloatTimeDomainData(this.samples);
    let high = 0;
    for (const sample of this.samples) if (Math.abs(sample) > high) high = Math.abs(sample);
    return high;
  }
}
